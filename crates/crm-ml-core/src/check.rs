//! The one mechanism that checks parameters.

use std::fmt::Display;
use std::ops::{Bound, RangeBounds};

use crate::{ClassWeight, ErrorKind, Result, Violation};

/// Collects the rules an estimator's parameters must meet and reports every violation at once.
///
/// Each rule states what is *allowed*, so that NaN, for which every comparison is false, fails.
///
/// ```
/// use crm_ml_core::Check;
///
/// let error = Check::of("Ridge").range("alpha", f64::NAN, 0.0..).at_least("max_iter", 0, 1).finish().unwrap_err();
/// assert_eq!(error.to_string(), "Ridge: alpha is NaN, must be at least 0; max_iter is 0, must be at least 1");
/// ```
#[derive(Debug)]
#[must_use = "call finish() to get the result"]
pub struct Check {
    estimator: &'static str,
    violations: Vec<Violation>,
}

impl Check {
    /// Starts the check of an estimator's (or function's) parameters.
    pub fn of(estimator: &'static str) -> Self {
        Self { estimator, violations: Vec::new() }
    }

    /// A rule in words: `holds` says whether it is met.
    pub fn rule(mut self, parameter: &str, value: impl Display, holds: bool, requirement: &str) -> Self {
        if !holds {
            self.violations.push(Violation {
                parameter: parameter.to_owned(),
                value: value.to_string(),
                requirement: requirement.to_owned(),
            });
        }
        self
    }

    /// A finite real number inside `allowed`, for example `0.0..` or `0.0..=1.0`.
    pub fn range(self, parameter: &str, value: f64, allowed: impl RangeBounds<f64>) -> Self {
        let holds = value.is_finite() && allowed.contains(&value);
        self.rule(parameter, value, holds, &words(&allowed))
    }

    /// A finite real number above zero.
    pub fn positive(self, parameter: &str, value: f64) -> Self {
        self.rule(parameter, value, value.is_finite() && value > 0.0, "above 0")
    }

    /// A share: above 0 and at most 1.
    pub fn share(self, parameter: &str, value: f64) -> Self {
        self.rule(parameter, value, value > 0.0 && value <= 1.0, "above 0 and at most 1")
    }

    /// A count of at least `least`.
    pub fn at_least(self, parameter: &str, value: usize, least: usize) -> Self {
        self.rule(parameter, value, value >= least, &format!("at least {least}"))
    }

    /// A count from `least` to `most`.
    pub fn between(self, parameter: &str, value: usize, least: usize, most: usize) -> Self {
        self.rule(parameter, value, (least..=most).contains(&value), &format!("from {least} to {most}"))
    }

    /// An optional count of at least `least`.
    pub fn optional_at_least(self, parameter: &str, value: Option<usize>, least: usize) -> Self {
        match value {
            Some(value) => self.at_least(parameter, value, least),
            None => self,
        }
    }

    /// Weights of classes are finite and above 0.
    pub fn class_weight(self, class_weight: &ClassWeight) -> Self {
        let weights: &[f64] = match class_weight {
            ClassWeight::Custom(weights) => weights,
            _ => &[],
        };
        let bad = weights.iter().find(|w| !(w.is_finite() && **w > 0.0));
        self.rule("class_weight", bad.copied().unwrap_or(0.0), bad.is_none(), "finite and above 0")
    }

    /// An error listing every violation, if there is one.
    pub fn finish(self) -> Result<()> {
        if self.violations.is_empty() {
            return Ok(());
        }
        Err(ErrorKind::InvalidParameters {
            estimator: self.estimator.to_owned(),
            violations: self.violations,
        }
        .into())
    }
}

fn words(allowed: &impl RangeBounds<f64>) -> String {
    let lower = match allowed.start_bound() {
        Bound::Included(a) => Some(format!("at least {a}")),
        Bound::Excluded(a) => Some(format!("above {a}")),
        Bound::Unbounded => None,
    };
    let upper = match allowed.end_bound() {
        Bound::Included(b) => Some(format!("at most {b}")),
        Bound::Excluded(b) => Some(format!("below {b}")),
        Bound::Unbounded => None,
    };
    match (lower, upper) {
        (Some(lower), Some(upper)) => format!("{lower} and {upper}"),
        (Some(bound), None) | (None, Some(bound)) => bound,
        (None, None) => "finite".to_owned(),
    }
}
