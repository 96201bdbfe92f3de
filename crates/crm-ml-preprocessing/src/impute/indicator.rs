//! Columns that say what is missing.

use crm_ml_core::{Column, Error, Persist, Progress, Result, Samples, Schema, Transformer, advance};
use serde::{Deserialize, Serialize};

use crate::columns::{check_output, check_schema, transformer_model};
use crate::names::Names;

/// Which columns get an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum IndicatorFeatures {
    /// Those with missing values in training.
    #[default]
    MissingOnly,
    /// All.
    All,
}

/// Gives one 0/1 column `missingindicator_<name>` a column, 1 where the value is missing; the columns themselves are not among
/// them (see [`SimpleImputer::add_indicator`](crate::SimpleImputer::add_indicator) for both together).
///
/// Any kind of column; weights play no part. Equal to scikit-learn's `MissingIndicator`, but new gaps in a column that had none
/// in training are no error. Time O(rows x columns).
///
/// Errors: nothing is missing, under [`IndicatorFeatures::MissingOnly`].
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::MissingIndicator;
/// use ndarray::array;
///
/// let x = array![[1.0, f64::NAN], [2.0, 3.0]];
/// let samples = Samples::new(&x)?;
/// let model = MissingIndicator::new().fit(&samples)?;
/// assert_eq!(model.output_schema().name(0), "missingindicator_x1");
/// assert_eq!(model.transform(&samples)?.cells(), [1.0, 0.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MissingIndicator {
    features: IndicatorFeatures,
}

/// The fitted [`MissingIndicator`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MissingIndicatorModel {
    schema: Schema,
    output: Schema,
    /// Positions of the columns, ascending.
    columns: Vec<usize>,
}

impl MissingIndicator {
    /// Of the columns with gaps.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which columns get an indicator.
    pub fn features(mut self, features: IndicatorFeatures) -> Self {
        self.features = features;
        self
    }
}

impl Transformer for MissingIndicator {
    type Model = MissingIndicatorModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<MissingIndicatorModel> {
        let width = samples.n_columns();
        let mut flagged = vec![self.features == IndicatorFeatures::All; width];
        for row in samples.cells().chunks_exact(width) {
            flagged.iter_mut().zip(row).for_each(|(flag, cell)| *flag |= cell.is_nan());
        }
        let columns: Vec<usize> = (0..width).filter(|&column| flagged[column]).collect();
        let output = output_schema(samples.schema(), &columns)?;
        advance(progress, "missing indicator", 1, 1)?;
        Ok(MissingIndicatorModel { schema: samples.schema().clone(), output, columns })
    }
}

fn output_schema(schema: &Schema, columns: &[usize]) -> Result<Schema> {
    if columns.is_empty() {
        return Err(Error::unsupported("no value is missing: there is nothing to indicate"));
    }
    let mut names = Names::default();
    let flagged = columns.iter().filter_map(|&position| schema.columns().get(position));
    let flag = |column: &Column| {
        Column::real(names.free(format!("missingindicator_{}", column.name))).from_field(&column.field)
    };
    Schema::new(flagged.map(flag).collect())
}

impl MissingIndicatorModel {
    /// Positions of the columns that are looked at, ascending.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    fn apply(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        samples.map_rows(&self.output, |_, input, output| {
            for (flag, &column) in output.iter_mut().zip(&self.columns) {
                *flag = f64::from(u8::from(input[column].is_nan()));
            }
        })
    }
}

transformer_model!(MissingIndicatorModel);

impl Persist for MissingIndicatorModel {
    const KIND: &'static str = "preprocessing/missing-indicator";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        let ascending = self.columns.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || self.columns.last().is_some_and(|&last| last >= self.schema.width()) {
            return Err(Error::model_file("an indicator of a column that is not there"));
        }
        check_output(&self.output, &output_schema(&self.schema, &self.columns)?)
    }
}
