//! Filling in missing values.

mod filling;
mod indicator;
mod iterative;
mod knn;

use crm_ml_core::{Check, Column, Error, Model, Persist, Result, Samples, Schema, TransformerModel};
use serde::{Deserialize, Serialize};

use crate::columns::{check_schema, each_statistic, finite, map_columns};
use crate::names::Names;
use crate::seen::mergeable;
use crate::stats::Observed;
use filling::Filling;
pub use indicator::{IndicatorFeatures, MissingIndicator, MissingIndicatorModel};
pub use iterative::{ImputationOrder, ImputerEstimator, IterativeImputer, IterativeImputerModel, Limits};
pub use knn::{KnnImputer, KnnImputerModel, NeighborWeights};

/// What a missing value becomes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Strategy {
    /// The mean of the column.
    #[default]
    Mean,
    /// The median of the column.
    Median,
    /// The most frequent value of the column, the smallest among equals.
    MostFrequent,
    /// A value of your own.
    Constant(f64),
}

impl Strategy {
    /// The value to fill in, `None` where the column has no value to learn from.
    pub(crate) fn learn(self, seen: &Observed) -> Option<f64> {
        match self {
            _ if seen.is_empty() => None,
            Self::Constant(value) => Some(value),
            Self::Mean => Some(seen.mean()),
            Self::Median => Some(seen.median()),
            Self::MostFrequent => Some(seen.most_frequent()),
        }
    }
}

/// Fills missing values with a statistic of their column, and can add a column that says where.
///
/// Weights are honoured (a whole weight counts its row that often in the median; scikit-learn's `SimpleImputer`, equal
/// without weights, knows none). A column without any value is dropped, unless `keep_empty_features` fills it with the
/// constant or with 0. With `add_indicator`, each column that had missing values in training gets a 0/1 column
/// `missingindicator_<name>` at the end. Category columns are filled under [`Strategy::MostFrequent`] and pass unchanged under
/// the others. Time O(rows x columns), with weights or for the most frequent value O(rows log rows x columns); for medians a
/// [state](SimpleImputerState) of a stream holds every value, 8 bytes each, for most frequent values every different one.
///
/// Errors: a constant that is not finite, nothing left.
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::{SimpleImputer, Strategy};
/// use ndarray::array;
///
/// let x = array![[1.0], [f64::NAN], [4.0]];
/// let imputer = SimpleImputer::new().strategy(Strategy::Median).add_indicator(true);
/// let model = imputer.fit(&Samples::new(&x)?)?;
/// assert_eq!(model.transform(&Samples::new(&x)?)?.cells(), [1.0, 0.0, 2.5, 1.0, 4.0, 0.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SimpleImputer {
    strategy: Strategy,
    add_indicator: bool,
    keep_empty_features: bool,
}

/// The fitted [`SimpleImputer`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimpleImputerModel {
    schema: Schema,
    output: Schema,
    /// One a column.
    fill: Vec<Fill>,
    /// Columns that get an indicator.
    indicators: Vec<usize>,
}

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Fill {
    /// Its gaps are filled.
    With(f64),
    /// It had no value to learn from.
    Drop,
    /// It is a category and passes unchanged.
    Keep,
}

impl Fill {
    /// The value for gaps; NaN leaves them.
    fn value(self) -> f64 {
        if let Self::With(value) = self { value } else { f64::NAN }
    }
}

impl SimpleImputer {
    /// Fills with the mean, no indicator.
    pub fn new() -> Self {
        Self::default()
    }

    /// What to fill in.
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Whether to add columns that say what was missing.
    pub fn add_indicator(mut self, add_indicator: bool) -> Self {
        self.add_indicator = add_indicator;
        self
    }

    /// Whether columns without any value are kept, filled with the constant, or with 0 under other strategies.
    pub fn keep_empty_features(mut self, keep_empty_features: bool) -> Self {
        self.keep_empty_features = keep_empty_features;
        self
    }
}

impl SimpleImputer {
    fn check(&self) -> Result<()> {
        match self.strategy {
            Strategy::Constant(value) => {
                Check::of("SimpleImputer").range("strategy.constant", value, ..).finish()
            }
            _ => Ok(()),
        }
    }

    fn statistic(&self, column: &Column) -> Result<Option<Filling>> {
        let filled = column.levels().is_none() || self.strategy == Strategy::MostFrequent;
        Ok(filled.then(|| Filling::new(self.strategy)))
    }

    fn model(&self, schema: &Schema, columns: &[Option<Filling>]) -> Result<SimpleImputerModel> {
        let constant = if let Strategy::Constant(value) = self.strategy { value } else { 0.0 };
        let empty = self.keep_empty_features.then_some(constant);
        let fill = each_statistic(columns, |column, seen| {
            let Some(seen) = seen else { return Ok(Fill::Keep) };
            match seen.value().or(empty) {
                Some(value) => Ok(Fill::With(finite(value, "value to fill in", schema, column)?)),
                None => Ok(Fill::Drop),
            }
        })?;
        let gaps = |column: &usize| columns[*column].as_ref().is_some_and(|seen| seen.missing > 0);
        let indicators: Vec<usize> = (0..fill.len()).filter(|c| self.add_indicator && gaps(c)).collect();
        let output = output_schema(schema, &kept(&fill), &indicators)?;
        Ok(SimpleImputerModel { schema: schema.clone(), output, fill, indicators })
    }
}

mergeable!(
    SimpleImputer,
    SimpleImputerState,
    SimpleImputerModel,
    Filling,
    "preprocessing/simple-imputer",
    "simple imputer"
);

fn kept(fill: &[Fill]) -> Vec<bool> {
    fill.iter().map(|fill| *fill != Fill::Drop).collect()
}

/// The columns that are kept, then the indicators.
fn output_schema(schema: &Schema, kept: &[bool], indicators: &[usize]) -> Result<Schema> {
    let kept = schema.columns().iter().zip(kept).filter(|(_, kept)| **kept);
    let mut columns: Vec<Column> = kept.map(|(column, _)| column.clone()).collect();
    let mut names = Names::taken(columns.iter().map(|c| c.name.as_str()));
    for column in indicators.iter().filter_map(|&i| schema.columns().get(i)) {
        columns.push(
            Column::real(names.free(format!("missingindicator_{}", column.name))).from_field(&column.field),
        );
    }
    if columns.is_empty() {
        return Err(Error::unsupported("every column is without any value: nothing is left to fill"));
    }
    Schema::new(columns)
}

impl SimpleImputerModel {
    /// What is filled in, one a column; `None` for a column that is dropped, having had no value in training, or passes
    /// unchanged.
    pub fn statistics(&self) -> Vec<Option<f64>> {
        self.fill.iter().map(|fill| Some(fill.value()).filter(|v| !v.is_nan())).collect()
    }
}

impl Model for SimpleImputerModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl TransformerModel for SimpleImputerModel {
    fn output_schema(&self) -> &Schema {
        &self.output
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        if self.output == self.schema {
            let fill: Vec<f64> = self.fill.iter().map(|fill| fill.value()).collect();
            return map_columns(samples, &self.output, &fill, |v, fill| if v.is_nan() { fill } else { v });
        }
        samples.map_rows(&self.output, |_, input, output| {
            let filled = input
                .iter()
                .zip(&self.fill)
                .filter(|(_, fill)| **fill != Fill::Drop)
                .map(|(v, fill)| if v.is_nan() { fill.value() } else { *v });
            let flags = self.indicators.iter().map(|&column| f64::from(u8::from(input[column].is_nan())));
            output.iter_mut().zip(filled.chain(flags)).for_each(|(cell, value)| *cell = value);
        })
    }
}

impl Persist for SimpleImputerModel {
    const KIND: &'static str = "preprocessing/simple-imputer";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        if self.fill.len() != self.schema.width() {
            return Err(Error::length("values to fill in", self.schema.width(), self.fill.len()));
        }
        let columns = self.schema.columns().iter().zip(&self.fill);
        if columns.clone().any(|(column, fill)| *fill == Fill::Keep && column.levels().is_none()) {
            return Err(Error::model_file("a real column that is neither filled nor dropped"));
        }
        if self.fill.iter().any(|fill| matches!(fill, Fill::With(v) if !v.is_finite())) {
            return Err(Error::model_file("a value to fill in is not finite"));
        }
        if self.indicators.iter().any(|&column| column >= self.fill.len()) {
            return Err(Error::model_file("an indicator of a column that is not there"));
        }
        match output_schema(&self.schema, &kept(&self.fill), &self.indicators)? == self.output {
            true => Ok(()),
            false => {
                Err(Error::model_file("the columns given are not those that follow from what was learnt"))
            }
        }
    }
}
