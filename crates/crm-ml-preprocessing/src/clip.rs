//! Cutting extreme values.

use crm_ml_core::{Check, Column, Error, Model, Persist, Result, Samples, Schema, TransformerModel};
use serde::{Deserialize, Serialize};

use crate::columns::{check_schema, check_values, each_statistic, map_columns};
use crate::seen::{Values, mergeable};

/// Cuts every real column to two of its quantiles (winsorising): smaller values become the lower one, larger values the
/// upper one.
///
/// Missing values are left out in fitting and stay missing; category columns pass unchanged; a whole weight counts its row
/// that often, other weights are first scaled to a mean of 1. Quantiles interpolate linearly. Time O(rows x columns), with
/// weights O(rows log rows x columns); a [state](QuantileClipperState) of a stream holds every value, 8 bytes each.
///
/// Errors: shares outside 0 to 1 or not ascending.
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::QuantileClipper;
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [2.0], [3.0], [100.0]];
/// let model = QuantileClipper::new(0.0, 0.75).fit(&Samples::new(&x)?)?;
/// assert_eq!(model.transform(&Samples::new(&x)?)?.cells(), [0.0, 1.0, 2.0, 3.0, 3.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantileClipper {
    lower: f64,
    upper: f64,
}

/// The fitted [`QuantileClipper`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantileClipperModel {
    schema: Schema,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl Default for QuantileClipper {
    fn default() -> Self {
        Self { lower: 0.01, upper: 0.99 }
    }
}

impl QuantileClipper {
    /// Cuts to the quantiles of these shares.
    pub fn new(lower: f64, upper: f64) -> Self {
        Self { lower, upper }
    }
}

impl QuantileClipper {
    fn check(&self) -> Result<()> {
        let shown = format!("{} to {}", self.lower, self.upper);
        Check::of("QuantileClipper")
            .range("lower", self.lower, 0.0..=1.0)
            .range("upper", self.upper, 0.0..=1.0)
            .rule("lower to upper", shown, self.lower < self.upper, "ascending")
            .finish()
    }

    fn statistic(&self, column: &Column) -> Result<Option<Values>> {
        Ok(column.levels().is_none().then(Values::default))
    }

    fn model(&self, schema: &Schema, columns: &[Option<Values>]) -> Result<QuantileClipperModel> {
        let learnt = each_statistic(columns, |_, seen| {
            let Some(seen) = seen.filter(|seen| !seen.is_empty()) else { return Ok([f64::MIN, f64::MAX]) };
            let [lower, upper] = seen.quantiles([self.lower, self.upper]);
            Ok([lower.max(f64::MIN), upper.min(f64::MAX)])
        })?;
        Ok(QuantileClipperModel {
            schema: schema.clone(),
            lower: learnt.iter().map(|l| l[0]).collect(),
            upper: learnt.iter().map(|l| l[1]).collect(),
        })
    }
}

mergeable!(
    QuantileClipper,
    QuantileClipperState,
    QuantileClipperModel,
    Values,
    "preprocessing/quantile-clipper",
    "quantile clipper"
);

impl QuantileClipperModel {
    /// The least value of each column.
    pub fn lower(&self) -> &[f64] {
        &self.lower
    }

    /// The largest value of each column.
    pub fn upper(&self) -> &[f64] {
        &self.upper
    }
}

impl Model for QuantileClipperModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl TransformerModel for QuantileClipperModel {
    fn output_schema(&self) -> &Schema {
        &self.schema
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        let bounds: Vec<(f64, f64)> = self.lower.iter().copied().zip(self.upper.iter().copied()).collect();
        map_columns(samples, &self.schema, &bounds, |v, (lower, upper)| cut(v, lower, upper))
    }
}

/// NaN stays NaN.
pub(crate) fn cut(value: f64, lower: f64, upper: f64) -> f64 {
    if value < lower {
        lower
    } else if value > upper {
        upper
    } else {
        value
    }
}

impl Persist for QuantileClipperModel {
    const KIND: &'static str = "preprocessing/quantile-clipper";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        check_values("lower bounds", &self.lower, &self.schema)?;
        check_values("upper bounds", &self.upper, &self.schema)?;
        match self.lower.iter().zip(&self.upper).all(|(l, u)| l <= u) {
            true => Ok(()),
            false => Err(Error::model_file("a lower bound lies above its upper bound")),
        }
    }
}
