//! What was seen of every column: states that take in pieces of the rows and merge, the same bits however they are cut.

mod counts;
mod extent;
mod frequencies;
mod levels;
mod state;
mod values;

pub(crate) use extent::Extent;
pub(crate) use frequencies::Frequencies;
pub(crate) use levels::LevelCounts;
pub(crate) use state::mergeable;
pub(crate) use values::Values;

use crm_ml_core::{Column, Error, Result, Samples, Schema, parallel};
use serde::{Deserialize, Serialize};

use crate::columns::check_schema;

/// Rows of a piece that one thread takes in.
const PIECE: usize = 1 << 16;
/// Rows whose cells are gathered at a time: they stay in the first cache.
const BLOCK: usize = 128;

/// A statistic of one column that does not depend on the order of the rows.
pub(crate) trait Statistic: Clone + Send + Sync {
    /// What it is while a piece is read.
    type Work;

    fn begin(&self) -> Self::Work;

    /// Takes in cells, NaN where missing.
    fn see(work: &mut Self::Work, cells: &[f64], weights: Option<&[f64]>);

    /// Takes in what was seen of a piece.
    fn absorb(&mut self, work: Self::Work);

    fn merge(&mut self, other: &Self);

    /// As `merge`, of what is needed no more.
    fn take(&mut self, other: Self) {
        self.merge(&other);
    }

    /// Whether it can have come from what a column starts from, for states read from a file.
    fn comes_from(&self, _start: &Self) -> bool {
        true
    }

    /// For states read from a file.
    fn is_sound(&self, column: &Column) -> bool;
}

/// A statistic of each column, `None` for those that need none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seen<C> {
    schema: Option<Schema>,
    columns: Vec<Option<C>>,
}

impl<C> Default for Seen<C> {
    fn default() -> Self {
        Self { schema: None, columns: Vec::new() }
    }
}

impl<C: Statistic> Seen<C> {
    /// Takes in rows; `make` gives the statistic that a column starts from.
    pub(crate) fn partial_fit(
        &mut self,
        samples: &Samples<'_>,
        make: impl Fn(&Column) -> Result<Option<C>>,
    ) -> Result<()> {
        if let Some(schema) = &self.schema {
            schema.accepts(samples)?;
        }
        let empty: Vec<Option<C>> = samples.schema().columns().iter().map(make).collect::<Result<_>>()?;
        let piece = |rows| read(samples, rows, &empty);
        let read = parallel::reduce_rows(samples.n_rows(), PIECE, piece, |mut all, piece| {
            merge(&mut all, piece);
            all
        });
        self.take(samples.schema(), read.unwrap_or(empty));
        Ok(())
    }

    fn take(&mut self, schema: &Schema, columns: Vec<Option<C>>) {
        if self.schema.is_none() {
            self.schema = Some(schema.clone());
            self.columns = columns;
        } else {
            merge(&mut self.columns, columns);
        }
    }

    /// Errors: other columns.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<()> {
        let Some(theirs) = &other.schema else { return Ok(()) };
        if self.schema.as_ref().is_some_and(|ours| ours != theirs) {
            return Err(Error::unsupported("the states are of other columns: they cannot be merged"));
        }
        self.take(theirs, other.columns.clone());
        Ok(())
    }

    /// The columns and their statistics. Errors: no row was seen.
    pub(crate) fn finish(&self) -> Result<(&Schema, &[Option<C>])> {
        match &self.schema {
            Some(schema) => Ok((schema, &self.columns)),
            None => Err(Error::empty("rows")),
        }
    }

    pub(crate) fn validate(&self, make: impl Fn(&Column) -> Result<Option<C>>) -> Result<()> {
        let Some(schema) = &self.schema else {
            return match self.columns.is_empty() {
                true => Ok(()),
                false => Err(Error::model_file("statistics of no column")),
            };
        };
        check_schema(schema)?;
        if self.columns.len() != schema.width() {
            return Err(Error::length("statistics", schema.width(), self.columns.len()));
        }
        for (column, statistic) in schema.columns().iter().zip(&self.columns) {
            let sound = match (make(column)?, statistic) {
                (Some(start), Some(seen)) => seen.comes_from(&start) && seen.is_sound(column),
                (None, None) => true,
                _ => false,
            };
            if !sound {
                let name = &column.name;
                return Err(Error::model_file(format!("the statistic of column '{name}' is not sound")));
            }
        }
        Ok(())
    }
}

/// The statistics of some rows, read block by block, so that memory is passed once for all columns.
fn read<C: Statistic>(
    samples: &Samples<'_>,
    rows: std::ops::Range<usize>,
    empty: &[Option<C>],
) -> Vec<Option<C>> {
    let mut works: Vec<Option<C::Work>> = empty.iter().map(|c| c.as_ref().map(C::begin)).collect();
    let (cells, width) = (samples.cells(), samples.n_columns());
    let mut gathered = [0.0; BLOCK];
    for first in rows.clone().step_by(BLOCK) {
        let last = (first + BLOCK).min(rows.end);
        let block = &cells[first * width..last * width];
        let weights = samples.weights().map(|w| &w[first..last]);
        for (column, work) in works.iter_mut().enumerate() {
            let Some(work) = work else { continue };
            let rows = gathered.iter_mut().zip(block.chunks_exact(width));
            rows.for_each(|(cell, row)| *cell = row[column]);
            C::see(work, &gathered[..last - first], weights);
        }
    }
    let absorbed = |(statistic, work): (&Option<C>, Option<C::Work>)| {
        let mut statistic = statistic.clone()?;
        statistic.absorb(work?);
        Some(statistic)
    };
    empty.iter().zip(works).map(absorbed).collect()
}

fn merge<C: Statistic>(into: &mut [Option<C>], from: Vec<Option<C>>) {
    for (into, from) in into.iter_mut().zip(from) {
        if let (Some(into), Some(from)) = (into, from) {
            into.take(from);
        }
    }
}
