//! What is kept of a stream.

use crm_ml_core::{Error, Model, OutlierDetector, Persist, Result, Samples, Schema, Stream};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::RollingIsolationForest;
use crate::isolation_forest::IsolationForestModel;

/// The state of a [`RollingIsolationForest`]: the rows that are kept, and the forest that was last fitted to them.
///
/// It can be saved and goes on where it was. Memory: the capacity times the columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RollingIsolationForestModel {
    rolling: RollingIsolationForest,
    schema: Schema,
    /// Row after row.
    kept: Vec<f64>,
    seen: u64,
    model: Option<IsolationForestModel>,
}

impl RollingIsolationForestModel {
    pub(super) fn new(rolling: &RollingIsolationForest, schema: &Schema) -> Result<Self> {
        if schema.width() == 0 {
            return Err(Error::empty("columns"));
        }
        let (rolling, schema) = (rolling.clone(), schema.clone());
        Ok(Self { rolling, schema, kept: Vec::new(), seen: 0, model: None })
    }

    /// Takes rows in their order; says whether the forest was fitted anew.
    ///
    /// Errors: other columns, weights (a row counts once, when it comes).
    pub fn update(&mut self, samples: &Samples<'_>) -> Result<bool> {
        self.schema.accepts(samples)?;
        if samples.weights().is_some() {
            return Err(Error::unsupported(
                "RollingIsolationForest takes no weights: rows count as they come",
            ));
        }
        let samples = samples.clone().with_schema(&self.schema)?;
        let every = self.rolling.refit_every as u64;
        // Of several fits only the last would be left.
        let last = (self.seen + samples.n_rows() as u64) / every * every;
        let mut refitted = false;
        for row in 0..samples.n_rows() {
            self.keep(samples.row(row));
            self.seen += 1;
            if self.seen == last {
                self.refit()?;
                refitted = true;
            }
        }
        Ok(refitted)
    }

    /// The forest, once so many rows have come that it was fitted.
    pub fn model(&self) -> Option<&IsolationForestModel> {
        self.model.as_ref()
    }

    /// Fits the forest to the rows that are kept, now. Errors: there are none.
    pub fn refit(&mut self) -> Result<()> {
        let index = self.seen / self.rolling.refit_every as u64;
        let forest = self.rolling.forest.clone();
        let seed = Stream::new(forest.seed, "rolling/fit", index).bits();
        self.model = Some(forest.seed(seed).fit(&self.rows()?)?);
        Ok(())
    }

    /// Rows that have come.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// The rows that are kept. Errors: there are none.
    pub fn rows(&self) -> Result<Samples<'static>> {
        let width = self.schema.width();
        let rows = Array2::from_shape_vec((self.kept.len() / width.max(1), width), self.kept.clone());
        let rows = rows.map_err(|error| Error::model_file(error.to_string()))?;
        Samples::from_array(rows)?.with_schema(&self.schema)
    }

    fn keep(&mut self, row: &[f64]) {
        let (width, capacity) = (self.schema.width(), self.rolling.capacity);
        if self.kept.len() / width < capacity {
            self.kept.extend_from_slice(row);
            return;
        }
        let mut stream = Stream::new(self.rolling.forest.seed, "rolling/row", self.seen);
        let place = match self.rolling.half_life {
            None => stream.below(self.seen as usize + 1),
            Some(rows) => {
                let chance = capacity as f64 * std::f64::consts::LN_2 / rows;
                if stream.uniform() < chance { stream.below(capacity) } else { capacity }
            }
        };
        if let Some(kept) = self.kept.chunks_exact_mut(width).nth(place).filter(|_| place < capacity) {
            kept.copy_from_slice(row);
        }
    }
}

impl Persist for RollingIsolationForestModel {
    const KIND: &'static str = "rolling-isolation-forest";

    fn validate(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::model_file(what));
        self.rolling.check()?;
        let width = self.schema.width();
        if width == 0 || self.kept.len() % width != 0 {
            return wrong("rows that do not have the width of the columns");
        }
        let rows = self.kept.len() / width;
        if rows > self.rolling.capacity || self.seen < rows as u64 || self.seen > u64::MAX / 2 {
            return wrong("more rows than have come or fit");
        }
        if rows > 0 {
            self.rows()?;
        }
        match &self.model {
            None => Ok(()),
            Some(model) if *model.schema() == self.schema => model.validate(),
            Some(_) => wrong("a forest of other columns"),
        }
    }
}
