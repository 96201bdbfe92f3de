//! What to put where values are missing.

use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, Result, Series};

/// What to put where values are missing.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum Fill {
    /// Nothing: they stay missing, and models that take no missing values refuse the series.
    #[default]
    Leave,
    /// An error that names the first one.
    Refuse,
    /// 0: nothing was sold.
    Zero,
    /// The value before; the first one at the start.
    Previous,
    /// The value after; the last one at the end.
    Next,
    /// The line between the values before and after; the nearest one at both ends.
    Linear,
    /// The mean of the values of the same season before and after; `Linear` where there is none. The number of values a season has.
    Seasonal(usize),
    /// The mean of all values.
    Mean,
}

impl Fill {
    pub(super) fn check(self, check: Check) -> Check {
        match self {
            Self::Seasonal(length) => check.at_least("season_length", length, 1),
            _ => check,
        }
    }

    /// The values, filled. Errors: a season of no values, missing values where they are refused, none at all where they are to be filled.
    pub fn fill(self, series: &Series<'_>) -> Result<Vec<f64>> {
        self.check(Check::of("Fill")).finish()?;
        let values = series.values();
        let first = values.iter().position(|value| !value.is_nan());
        let complete = values.iter().all(|value| !value.is_nan());
        if self == Self::Leave || complete {
            return Ok(values.to_vec());
        }
        if self == Self::Refuse {
            series.require_complete("the fill policy")?;
        }
        if self == Self::Zero {
            return Ok(values.iter().map(|value| if value.is_nan() { 0.0 } else { *value }).collect());
        }
        if first.is_none() {
            return Err(series.error("", "all values are missing: there is nothing to fill them from"));
        }
        let fill = |step: usize| if values[step].is_nan() { self.value(values, step) } else { values[step] };
        Ok((0..values.len()).map(fill).collect())
    }

    fn value(self, values: &[f64], step: usize) -> f64 {
        let known = |step: &usize| !values[*step].is_nan();
        let before = |lag: usize| (0..step).rev().skip(lag - 1).step_by(lag).find(known);
        let after = |lag: usize| (step..values.len()).skip(lag).step_by(lag).find(known);
        let either =
            |one: Option<usize>, other: Option<usize>| one.or(other).map_or(f64::NAN, |step| values[step]);
        match self {
            Self::Previous => either(before(1), after(1)),
            Self::Next => either(after(1), before(1)),
            Self::Seasonal(length) => match (before(length), after(length)) {
                (None, None) => Self::Linear.value(values, step),
                (Some(before), Some(after)) => 0.5 * values[before] + 0.5 * values[after],
                (before, after) => either(before, after),
            },
            Self::Mean => {
                let count = values.iter().filter(|value| !value.is_nan()).count() as f64;
                values.iter().filter(|value| !value.is_nan()).map(|value| value / count).sum()
            }
            _ => match (before(1), after(1)) {
                (Some(left), Some(right)) => {
                    let share = (step - left) as f64 / (right - left) as f64;
                    values[left] * (1.0 - share) + values[right] * share
                }
                (before, after) => either(before, after),
            },
        }
    }
}
