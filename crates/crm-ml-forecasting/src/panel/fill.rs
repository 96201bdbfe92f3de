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
        let known = values.iter().filter(|value| !value.is_nan()).count();
        if self == Self::Leave || known == values.len() {
            return Ok(values.to_vec());
        }
        if self == Self::Refuse {
            series.require_complete("the fill policy")?;
        }
        if self == Self::Zero {
            return Ok(values.iter().map(|value| if value.is_nan() { 0.0 } else { *value }).collect());
        }
        if known == 0 {
            return Err(series.error("", "all values are missing: there is nothing to fill them from"));
        }
        let near = Nearest::of(values, 1);
        let line = |step: usize| match (near.before[step], near.after[step]) {
            (Some(left), Some(right)) => {
                let share = (step - left) as f64 / (right - left) as f64;
                values[left] * (1.0 - share) + values[right] * share
            }
            (before, after) => either(values, before, after),
        };
        let fill: Box<dyn Fn(usize) -> f64> = match self {
            Self::Previous => Box::new(|step| either(values, near.before[step], near.after[step])),
            Self::Next => Box::new(|step| either(values, near.after[step], near.before[step])),
            Self::Seasonal(length) => {
                let season = Nearest::of(values, length);
                Box::new(move |step| match (season.before[step], season.after[step]) {
                    (None, None) => line(step),
                    (Some(before), Some(after)) => 0.5 * values[before] + 0.5 * values[after],
                    (before, after) => either(values, before, after),
                })
            }
            Self::Mean => {
                let values = values.iter().filter(|value| !value.is_nan());
                let mean = values.map(|value| value / known as f64).sum();
                Box::new(move |_| mean)
            }
            _ => Box::new(line),
        };
        let filled =
            values.iter().enumerate().map(|(step, value)| if value.is_nan() { fill(step) } else { *value });
        Ok(filled.collect())
    }
}

fn either(values: &[f64], one: Option<usize>, other: Option<usize>) -> f64 {
    one.or(other).map_or(f64::NAN, |step| values[step])
}

/// The nearest known values before and after every step, itself included, that are a multiple of a lag away.
struct Nearest {
    before: Vec<Option<usize>>,
    after: Vec<Option<usize>>,
}

impl Nearest {
    fn of(values: &[f64], lag: usize) -> Self {
        let n = values.len();
        let own: Vec<Option<usize>> = (0..n).map(|step| (!values[step].is_nan()).then_some(step)).collect();
        let (mut before, mut after) = (own.clone(), own);
        for step in lag..n {
            before[step] = before[step].or(before[step - lag]);
        }
        for step in (0..n.saturating_sub(lag)).rev() {
            after[step] = after[step].or(after[step + lag]);
        }
        Self { before, after }
    }
}
