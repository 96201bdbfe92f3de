//! The statistics of a fitted model.

use crm_ml_core::{Column, ColumnKind, Error, ErrorKind, ROW_CHUNK, Result, Samples, Schema, parallel};
use ndarray::{Array1, Array2, Array3, s};
use serde::{Deserialize, Serialize};

use super::CategoricalEncoding;

/// What turns category columns into numbers. The numbers of a column take its place; further outputs, and pairs of columns, come
/// behind the last column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    /// Columns of the data.
    width: usize,
    /// Numbers a statistic.
    outputs: usize,
    pub(super) permutations: usize,
    pub(super) prior: f64,
    pub(super) statistics: Vec<Statistic>,
}

/// Keys up to which a table of all is faster than a search.
pub(super) const FEW: usize = 1 << 18;
/// More numbers of pairs are not made.
const MOST_PAIR_NUMBERS: usize = 64;
/// More numbers of columns are not made: all columns are grouped.
const MOST_NUMBERS: usize = 512;

/// The statistic of the levels of a column, or of those of two taken together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Statistic {
    /// Each column with its number of levels.
    pub(super) sources: Vec<(usize, usize)>,
    /// The levels met in training, ascending.
    pub(super) keys: Vec<u64>,
    /// As many numbers a key as outputs. What was not met has 0.
    pub(super) values: Vec<f64>,
}

impl Statistic {
    /// The level of a row as one number: unseen and missing are levels of their own.
    pub(super) fn key(&self, row: &[f64]) -> u64 {
        self.sources.iter().fold(0u64, |key, &(column, levels)| {
            let cell = row[column];
            let code = if cell.is_nan() {
                levels + 1
            } else if cell >= 0.0 && cell < levels as f64 {
                cell as usize
            } else {
                levels
            };
            key.wrapping_mul(levels as u64 + 2).wrapping_add(code as u64)
        })
    }

    /// How many keys there could be, where they are few enough for a table of all.
    pub(super) fn few_keys(&self, most: usize) -> Option<usize> {
        let count = |count: usize, (_, levels): &(usize, usize)| count.checked_mul(levels.checked_add(2)?);
        self.sources.iter().try_fold(1, count).filter(|count| *count <= most)
    }

    /// The place of every key that could be, counted from 1; 0 for those without.
    fn all_places(&self) -> Option<Vec<u32>> {
        // No more than a multiple of what the model holds.
        let mut places = vec![0; self.few_keys(FEW.min(64 * self.keys.len() + 1024))?];
        for (place, key) in self.keys.iter().enumerate() {
            if let Some(slot) = places.get_mut(*key as usize) {
                *slot = place as u32 + 1;
            }
        }
        Some(places)
    }

    fn place(&self, row: &[f64], all_places: Option<&[u32]>) -> Option<usize> {
        let key = self.key(row);
        match all_places {
            Some(places) => (places.get(key as usize).copied().unwrap_or(0) as usize).checked_sub(1),
            None => self.keys.binary_search(&key).ok(),
        }
    }
}

impl Encoder {
    /// The statistics that the columns ask for, still without values; `None` where there is none.
    pub(crate) fn plan(encoding: CategoricalEncoding, schema: &Schema, outputs: usize) -> Option<Self> {
        let CategoricalEncoding::OrderedStatistics { permutations, prior, min_levels, combinations } =
            encoding
        else {
            return None;
        };
        let levels = |column: &Column| match &column.kind {
            ColumnKind::Category { levels } if levels.len() >= min_levels => Some(levels.len()),
            _ => None,
        };
        let singles: Vec<(usize, usize)> = schema
            .columns()
            .iter()
            .enumerate()
            .filter_map(|(place, column)| levels(column).map(|levels| (place, levels)))
            .collect();
        if singles.len().saturating_mul(outputs) > MOST_NUMBERS {
            return None;
        }
        let mut sources: Vec<Vec<(usize, usize)>> = singles.iter().map(|single| vec![*single]).collect();
        let pairs = singles.len() * singles.len().saturating_sub(1) / 2;
        if combinations && pairs * outputs <= MOST_PAIR_NUMBERS {
            for (place, first) in singles.iter().enumerate() {
                sources.extend(singles[place + 1..].iter().map(|second| vec![*first, *second]));
            }
        }
        let statistics: Vec<Statistic> = sources
            .into_iter()
            .map(|sources| Statistic { sources, keys: Vec::new(), values: Vec::new() })
            .collect();
        let width = schema.width();
        (!statistics.is_empty()).then_some(Self { width, outputs, permutations, prior, statistics })
    }

    /// Number of columns of the data.
    pub fn n_columns(&self) -> usize {
        self.width
    }

    /// The columns whose levels a column of the encoded data was made of; itself for one that was left as it is.
    pub fn sources(&self, encoded: usize) -> Vec<usize> {
        self.places().find(|(_, _, place)| *place == encoded).map_or(vec![encoded], |(statistic, ..)| {
            statistic.sources.iter().map(|(column, _)| *column).collect()
        })
    }

    /// Number of columns of the encoded data.
    pub fn n_encoded(&self) -> usize {
        let extra = |statistic: &Statistic| self.outputs - usize::from(statistic.sources.len() == 1);
        self.width + self.statistics.iter().map(extra).sum::<usize>()
    }

    /// Every number: its statistic, its output and its column in the encoded data.
    fn places(&self) -> impl Iterator<Item = (&Statistic, usize, usize)> {
        let mut next = self.width;
        let outputs = self.outputs;
        self.statistics.iter().flat_map(move |statistic| {
            let first = next;
            let is_single = statistic.sources.len() == 1;
            next += outputs - usize::from(is_single);
            (0..outputs).map(move |output| match statistic.sources.first() {
                Some((column, _)) if is_single && output == 0 => (statistic, output, *column),
                _ => (statistic, output, first + output - usize::from(is_single)),
            })
        })
    }

    /// The rows to predict, with the statistics in place of the levels. Errors: another number of columns.
    pub fn encode(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        let (expected, found) = (self.width, samples.n_columns());
        if expected != found {
            return Err(ErrorKind::WidthMismatch { expected, found }.into());
        }
        let width = self.n_encoded();
        let mut encoded = Array2::zeros((samples.n_rows(), width));
        let places = self.numbers();
        let tables: Vec<Option<Vec<u32>>> = self.statistics.iter().map(Statistic::all_places).collect();
        if let Some(buffer) = encoded.as_slice_mut() {
            parallel::fill_rows(buffer, width, ROW_CHUNK, |first, piece| {
                for (i, row) in piece.chunks_exact_mut(width).enumerate() {
                    self.write_row(samples.row(first + i), row, &places, &tables);
                }
            });
        }
        self.wrap(samples, encoded)
    }

    /// One row to predict, with the statistics in place of the levels.
    pub(crate) fn encode_row(&self, cells: &[f64]) -> Vec<f64> {
        let mut encoded = vec![0.0; self.n_encoded()];
        self.encode_into(cells, &mut encoded, &self.numbers());
        encoded
    }

    /// As [`Encoder::encode_row`], into a row of [`Encoder::n_encoded`] cells, given [`Encoder::numbers`].
    pub(crate) fn encode_into(&self, cells: &[f64], encoded: &mut [f64], numbers: &[usize]) {
        self.write_row(cells, encoded, numbers, &[]);
    }

    fn write_row(&self, cells: &[f64], encoded: &mut [f64], places: &[usize], tables: &[Option<Vec<u32>>]) {
        encoded[..self.width].copy_from_slice(cells);
        let of_statistics = self.statistics.iter().zip(places.chunks_exact(self.outputs));
        for (i, (statistic, places)) in of_statistics.enumerate() {
            let table = tables.get(i).and_then(Option::as_deref);
            let found = statistic.place(cells, table).map(|place| place * self.outputs);
            for (output, place) in places.iter().enumerate() {
                encoded[*place] = found.map_or(0.0, |first| statistic.values[first + output]);
            }
        }
    }

    /// The columns of the numbers in the encoded data, statistic after statistic.
    pub(crate) fn numbers(&self) -> Vec<usize> {
        self.places().map(|(.., place)| place).collect()
    }

    /// Directions of the columns of the data as those of the encoded ones: numbers have none.
    pub(crate) fn spread_directions(&self, mut directions: Vec<i8>) -> Vec<i8> {
        if !directions.is_empty() {
            directions.resize(self.n_encoded(), 0);
        }
        directions
    }

    /// Groups of columns of the data as those of the encoded ones: a number belongs where all its columns do.
    pub(crate) fn spread_groups(&self, mut groups: Vec<Vec<usize>>) -> Vec<Vec<usize>> {
        for group in &mut groups {
            let behind = self.places().filter(|(.., place)| *place >= self.width);
            let inside = behind
                .filter(|(statistic, ..)| statistic.sources.iter().all(|(column, _)| group.contains(column)));
            let places: Vec<usize> = inside.map(|(.., place)| place).collect();
            group.extend(places);
        }
        groups
    }

    /// The training rows with other numbers: a column a number, statistic after statistic.
    pub(super) fn with_numbers(
        &self,
        samples: &Samples<'_>,
        numbers: &[Vec<f64>],
    ) -> Result<Samples<'static>> {
        let width = self.n_encoded();
        let mut encoded = Array2::zeros((samples.n_rows(), width));
        let places = self.numbers();
        if let Some(buffer) = encoded.as_slice_mut() {
            parallel::fill_rows(buffer, width, ROW_CHUNK, |first, piece| {
                for (i, row) in piece.chunks_exact_mut(width).enumerate() {
                    row[..self.width].copy_from_slice(samples.row(first + i));
                    for (place, numbers) in places.iter().zip(numbers) {
                        row[*place] = numbers[first + i];
                    }
                }
            });
        }
        self.wrap(samples, encoded)
    }

    fn wrap(&self, samples: &Samples<'_>, encoded: Array2<f64>) -> Result<Samples<'static>> {
        let numbers = self.numbers();
        // Names of no other use, and none twice.
        let column = |place: usize| match samples.schema().columns().get(place).map(|column| &column.kind) {
            Some(ColumnKind::Category { levels }) if !numbers.contains(&place) => {
                Column::category(place.to_string(), levels.clone())
            }
            _ => Column::real(place.to_string()),
        };
        let schema = Schema::new((0..self.n_encoded()).map(column).collect())?;
        Samples::from_array(encoded)?.with_schema(&schema)
    }

    /// Attributions of the encoded columns as those of the data's: what a pair contributes is halved.
    pub(crate) fn fold_shares(&self, shares: &Array3<f64>) -> Array3<f64> {
        let (rows, columns, outputs) = shares.dim();
        let mut folded = Array3::zeros((rows, self.width + 1, outputs));
        folded.slice_mut(s![.., ..self.width, ..]).assign(&shares.slice(s![.., ..self.width, ..]));
        folded.slice_mut(s![.., self.width, ..]).assign(&shares.slice(s![.., columns - 1, ..]));
        for (statistic, _, place) in self.places().filter(|(.., place)| *place >= self.width) {
            let part = 1.0 / statistic.sources.len() as f64;
            for (column, _) in &statistic.sources {
                folded.slice_mut(s![.., *column, ..]).scaled_add(part, &shares.slice(s![.., place, ..]));
            }
        }
        folded
    }

    /// Importances of the encoded columns as those of the data's.
    pub(crate) fn fold_importances(&self, importances: &Array1<f64>) -> Array1<f64> {
        let mut folded = importances.slice(s![..self.width]).to_owned();
        for (statistic, _, place) in self.places().filter(|(.., place)| *place >= self.width) {
            let part = importances[place] / statistic.sources.len() as f64;
            statistic.sources.iter().for_each(|(column, _)| folded[*column] += part);
        }
        folded
    }

    /// Checks all that encoding relies on; for values read from a file.
    pub fn validate(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::model_file(format!("the statistics of categories have {what}")));
        if self.statistics.is_empty() || self.statistics.len() > self.width.saturating_add(MOST_PAIR_NUMBERS)
        {
            return wrong("another number of columns");
        }
        if self.outputs == 0 || !(1..=16).contains(&self.permutations) {
            return wrong("no use");
        }
        if !(self.prior > 0.0 && self.prior.is_finite()) {
            return wrong("a prior out of range");
        }
        let mut singles = std::collections::BTreeSet::new();
        for Statistic { sources, keys, values } in &self.statistics {
            let in_range =
                |(column, levels): &(usize, usize)| *column < self.width && *levels <= u32::MAX as usize;
            if !(1..=2).contains(&sources.len()) || !sources.iter().all(in_range) {
                return wrong("a column out of range");
            }
            if sources.len() == 1 && !singles.insert(sources[0].0) {
                return wrong("a column twice");
            }
            if keys.len().checked_mul(self.outputs) != Some(values.len()) {
                return wrong("tables of different lengths");
            }
            if !keys.windows(2).all(|pair| pair[0] < pair[1]) || !values.iter().all(|v| v.is_finite()) {
                return wrong("a damaged table");
            }
        }
        Ok(())
    }

    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_statistics_are_refused() {
        let statistic = |sources: Vec<(usize, usize)>, keys: Vec<u64>, values: Vec<f64>| Statistic {
            sources,
            keys,
            values,
        };
        let encoder = |statistics: Vec<Statistic>| Encoder {
            width: 2,
            outputs: 1,
            permutations: 1,
            prior: 1.0,
            statistics,
        };
        let good = || statistic(vec![(1, 3)], vec![0, 2], vec![0.5, -0.5]);
        let right = encoder(vec![good(), statistic(vec![(0, 3), (1, 3)], vec![7], vec![1.0])]);
        assert!(right.validate().is_ok());
        assert!(encoder(vec![]).validate().is_err());
        assert!(encoder(vec![good(), good()]).validate().is_err());
        let pairs = (0..67).map(|_| statistic(vec![(0, 3), (1, 3)], vec![], vec![])).collect();
        assert!(encoder(pairs).validate().is_err());
        for wrong in [
            statistic(vec![], vec![], vec![]),
            statistic(vec![(2, 3)], vec![], vec![]),
            statistic(vec![(0, usize::MAX)], vec![], vec![]),
            statistic(vec![(0, 3), (1, 3), (1, 3)], vec![], vec![]),
            statistic(vec![(0, 3)], vec![1], vec![]),
            statistic(vec![(0, 3)], vec![2, 1], vec![0.0, 0.0]),
            statistic(vec![(0, 3)], vec![1, 1], vec![0.0, 0.0]),
            statistic(vec![(0, 3)], vec![1], vec![f64::NAN]),
        ] {
            assert!(encoder(vec![wrong]).validate().is_err());
        }
        for spoil in [
            |e: &mut Encoder| e.outputs = 0,
            |e: &mut Encoder| e.outputs = usize::MAX,
            |e: &mut Encoder| e.permutations = 0,
            |e: &mut Encoder| e.permutations = 17,
            |e: &mut Encoder| e.prior = 0.0,
            |e: &mut Encoder| e.prior = f64::NAN,
        ] {
            let mut wrong = right.clone();
            spoil(&mut wrong);
            assert!(wrong.validate().is_err());
        }
        // Keys that no row has are never found.
        let idle = encoder(vec![statistic(vec![(0, 3)], vec![u64::MAX], vec![1.0])]);
        assert!(idle.validate().is_ok());
        assert_eq!(idle.encode_row(&[1.0, 2.0]), [0.0, 2.0]);
    }
}
