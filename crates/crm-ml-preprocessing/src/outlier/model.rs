//! The fitted bounds.

use crm_ml_core::{Column, Error, Persist, Result, Samples, Schema};
use serde::{Deserialize, Serialize};

use super::{OutlierAction, OutlierReport, Touched};
use crate::clip::cut;
use crate::columns::{check_output, check_schema, is_real, transformer_model};
use crate::names::Names;

/// The fitted [`OutlierClipper`](super::OutlierClipper).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutlierClipperModel {
    schema: Schema,
    output: Schema,
    action: OutlierAction,
    /// The least and largest value that is not extreme; `None` for a category column.
    bounds: Vec<Option<(f64, f64)>>,
}

impl OutlierAction {
    /// What an extreme value becomes.
    pub(crate) fn treat(self, value: f64, (low, high): (f64, f64)) -> f64 {
        match self {
            Self::Clip => cut(value, low, high),
            Self::SetMissing if value < low || value > high => f64::NAN,
            _ => value,
        }
    }
}

impl OutlierClipperModel {
    pub(super) fn new(
        schema: &Schema,
        action: OutlierAction,
        bounds: Vec<Option<(f64, f64)>>,
    ) -> Result<Self> {
        let output = output_schema(schema, action, &bounds)?;
        Ok(Self { schema: schema.clone(), output, action, bounds })
    }

    /// The least and largest value of a column that is not extreme; `None` for a category column.
    pub fn bounds(&self, column: usize) -> Option<(f64, f64)> {
        self.bounds.get(column).copied().flatten()
    }

    /// The transformed rows, and what was done to which of them. Rows count as given, those of weight 0 included.
    pub fn transform_report(&self, samples: &Samples<'_>) -> Result<(Samples<'static>, OutlierReport)> {
        use crm_ml_core::TransformerModel;
        let clean = self.transform(samples)?;
        let mut report = OutlierReport::new(self.action, samples.n_rows());
        for (position, bounds) in self.bounds.iter().enumerate() {
            let Some(bounds) = *bounds else { continue };
            let name = self.schema.name(position);
            report.bounds.push((name.to_owned(), bounds.0, bounds.1));
            for (row, &old) in samples.dense().column(position).iter().enumerate() {
                if old < bounds.0 || old > bounds.1 {
                    let row = samples.kept_rows().map_or(row, |kept| kept[row]);
                    let new = Some(self.action.treat(old, bounds)).filter(|v| !v.is_nan());
                    report.touched.push(Touched { row, column: name.to_owned(), old, new });
                }
            }
        }
        Ok((clean, report))
    }

    fn apply(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        let width = self.schema.width();
        let flagged: Vec<(usize, (f64, f64))> = match self.action {
            OutlierAction::Flag => flagged(&self.bounds).collect(),
            _ => Vec::new(),
        };
        samples.map_rows(&self.output, |_, input, output| {
            for ((cell, value), bounds) in output.iter_mut().zip(input).zip(&self.bounds) {
                *cell = bounds.map_or(*value, |bounds| self.action.treat(*value, bounds));
            }
            for (flag, (column, (low, high))) in output[width..].iter_mut().zip(&flagged) {
                *flag = f64::from(u8::from(input[*column] < *low || input[*column] > *high));
            }
        })
    }
}

/// Columns that have a scale to judge by.
fn flagged(bounds: &[Option<(f64, f64)>]) -> impl Iterator<Item = (usize, (f64, f64))> {
    let judged = |(column, bounds): (usize, &Option<(f64, f64)>)| Some((column, (*bounds)?));
    bounds.iter().enumerate().filter_map(judged).filter(|(_, b)| *b != (f64::MIN, f64::MAX))
}

fn output_schema(schema: &Schema, action: OutlierAction, bounds: &[Option<(f64, f64)>]) -> Result<Schema> {
    if action != OutlierAction::Flag {
        return Ok(schema.clone());
    }
    let mut names = Names::taken(schema.columns().iter().map(|c| c.name.as_str()));
    let mut columns = schema.columns().to_vec();
    for (position, _) in flagged(bounds) {
        if let Some(column) = schema.columns().get(position) {
            let name = names.free(format!("{}=(outlier)", column.name));
            columns.push(Column::real(name).from_field(&column.field));
        }
    }
    if columns.len() == schema.width() { Ok(schema.clone()) } else { Schema::new(columns) }
}

transformer_model!(OutlierClipperModel);

impl Persist for OutlierClipperModel {
    const KIND: &'static str = "preprocessing/outlier-clipper";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        if self.bounds.len() != self.schema.width() {
            return Err(Error::length("bounds", self.schema.width(), self.bounds.len()));
        }
        let sound = |(position, bounds): (usize, &Option<(f64, f64)>)| {
            let real = is_real(&self.schema, position);
            bounds.map_or(!real, |(low, high)| real && low.is_finite() && high.is_finite() && low <= high)
        };
        match self.bounds.iter().enumerate().all(sound) {
            true => check_output(&self.output, &output_schema(&self.schema, self.action, &self.bounds)?),
            false => Err(Error::model_file("bounds do not fit their column")),
        }
    }
}
