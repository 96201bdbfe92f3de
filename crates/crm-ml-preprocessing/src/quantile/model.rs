//! The fitted quantile transformer.

use crm_ml_core::{Error, Persist, Result, Samples, Schema};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::OutputDistribution;
use crate::columns::{check_schema, is_real, map_indexed, transformer_model};
use crate::stats::between;

/// How near to an end a value of a normal distribution counts as the end.
const NEAR: f64 = 1e-7;

/// The fitted [`QuantileTransformer`](super::QuantileTransformer).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantileTransformerModel {
    schema: Schema,
    output_distribution: OutputDistribution,
    /// Ascending; empty for a column without values, `None` for a category column.
    quantiles: Vec<Option<Vec<f64>>>,
}

/// The share of the quantile at a place.
pub(super) fn reference(place: usize, count: usize) -> f64 {
    if count > 1 { place as f64 / (count - 1) as f64 } else { 0.0 }
}

/// The rank of a value among ascending quantiles, from 0 to 1; in the middle of the ranks of equal quantiles.
fn rank(value: f64, quantiles: &[f64]) -> f64 {
    let count = quantiles.len();
    // The part of the way first: a slope may overflow.
    let rise = |i: usize, from: f64, to: f64| {
        let (low, high) = (quantiles[i], quantiles[i + 1]);
        // Halves where the distance overflows.
        let unit = if (high - low).is_finite() { 1.0 } else { 0.5 };
        let part = (unit * to - unit * from) / (unit * high - unit * low);
        part * (reference(i + 1, count) - reference(i, count))
    };
    let above = quantiles.partition_point(|q| *q <= value);
    let from_below = match above {
        0 => 0.0,
        _ if above == count => reference(count - 1, count),
        _ => rise(above - 1, quantiles[above - 1], value) + reference(above - 1, count),
    };
    let first = quantiles.partition_point(|q| *q < value);
    let from_above = match first {
        0 => 0.0,
        _ if first == count => reference(count - 1, count),
        _ => reference(first, count) - rise(first - 1, value, quantiles[first]),
    };
    0.5 * (from_below + from_above)
}

/// The value at a rank from 0 to 1.
fn value_at(rank: f64, quantiles: &[f64]) -> f64 {
    let last = quantiles.len() - 1;
    let place = rank * last as f64;
    let below = (place.floor().max(0.0) as usize).min(last);
    let part = place - below as f64;
    match quantiles.get(below + 1) {
        Some(next) if part > 0.0 => between(quantiles[below], *next, part),
        _ => quantiles[below],
    }
}

impl OutputDistribution {
    /// NaN stays NaN.
    pub(crate) fn forward(self, value: f64, quantiles: &[f64]) -> f64 {
        let (Some(&low), Some(&high)) = (quantiles.first(), quantiles.last()) else { return value };
        if value.is_nan() {
            return value;
        }
        match self {
            Self::Uniform if value <= low => 0.0,
            Self::Uniform if value >= high => 1.0,
            Self::Uniform => rank(value, quantiles),
            Self::Normal => {
                let rank = if value - NEAR < low {
                    0.0
                } else if value + NEAR > high {
                    1.0
                } else {
                    rank(value, quantiles)
                };
                let end = NEAR - f64::EPSILON;
                normal().inverse_cdf(rank.clamp(end, 1.0 - end))
            }
        }
    }

    fn inverse(self, value: f64, quantiles: &[f64]) -> f64 {
        let (Some(&low), Some(&high)) = (quantiles.first(), quantiles.last()) else { return value };
        if value.is_nan() {
            return value;
        }
        let (rank, near) = match self {
            Self::Uniform => (value, 0.0),
            Self::Normal => (normal().cdf(value), NEAR),
        };
        if rank - near <= 0.0 {
            low
        } else if rank + near >= 1.0 {
            high
        } else {
            value_at(rank, quantiles)
        }
    }
}

fn normal() -> Normal {
    Normal::standard()
}

impl QuantileTransformerModel {
    pub(super) fn new(
        schema: &Schema,
        output_distribution: OutputDistribution,
        quantiles: Vec<Option<Vec<f64>>>,
    ) -> Self {
        Self { schema: schema.clone(), output_distribution, quantiles }
    }

    /// The ascending quantiles of a column; `None` for a category column.
    pub fn quantiles(&self, column: usize) -> Option<&[f64]> {
        self.quantiles.get(column)?.as_deref()
    }

    /// Back to the units of training, between its least and largest value.
    pub fn inverse_transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        self.map(samples, |v, quantiles| self.output_distribution.inverse(v, quantiles))
    }

    fn apply(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.map(samples, |v, quantiles| self.output_distribution.forward(v, quantiles))
    }

    fn map(
        &self,
        samples: &Samples<'_>,
        f: impl Fn(f64, &[f64]) -> f64 + Sync + Send,
    ) -> Result<Samples<'static>> {
        map_indexed(samples, &self.schema, |column, v| match &self.quantiles[column] {
            Some(quantiles) => f(v, quantiles),
            None => v,
        })
    }
}

transformer_model!(QuantileTransformerModel, schema);

impl Persist for QuantileTransformerModel {
    const KIND: &'static str = "preprocessing/quantile-transformer";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        if self.quantiles.len() != self.schema.width() {
            return Err(Error::length("quantiles", self.schema.width(), self.quantiles.len()));
        }
        let sound = |(column, quantiles): (usize, &Option<Vec<f64>>)| match quantiles {
            None => !is_real(&self.schema, column),
            Some(quantiles) => is_real(&self.schema, column) && are_ascending(quantiles),
        };
        match self.quantiles.iter().enumerate().all(sound) {
            true => Ok(()),
            false => Err(Error::model_file("quantiles do not fit their column")),
        }
    }
}

pub(crate) fn are_ascending(quantiles: &[f64]) -> bool {
    quantiles.iter().all(|q| q.is_finite()) && quantiles.windows(2).all(|pair| pair[0] <= pair[1])
}
