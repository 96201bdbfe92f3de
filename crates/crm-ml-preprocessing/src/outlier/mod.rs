//! Extreme values: found by a rule, treated by a policy, every one reported.

mod model;
mod report;

use crm_ml_core::{Check, Progress, Result, Samples, Transformer, advance, parallel};
use serde::{Deserialize, Serialize};

use crate::columns::{column, is_real};
use crate::stats::Observed;
pub use model::OutlierClipperModel;
pub use report::{OutlierReport, Touched};

/// Which values are extreme.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum OutlierRule {
    /// Farther than this many interquartile ranges below the first or above the third quartile (J. W. Tukey, "Exploratory Data
    /// Analysis", 1977: 1.5).
    Iqr(f64),
    /// Farther than this many deviations from the median, a deviation being 1.4826 times the median distance from it, which is
    /// the standard deviation of normal values (B. Iglewicz and D. C. Hoaglin, 1993: 3.5).
    Mad(f64),
    /// Below the first or above the second of these quantiles.
    Quantile(f64, f64),
}

/// What becomes of extreme values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum OutlierAction {
    /// They become the nearest bound.
    #[default]
    Clip,
    /// They become missing.
    SetMissing,
    /// They stay, and a 0/1 column `<name>=(outlier)` says where they are.
    Flag,
}

/// A normal distribution's standard deviation in median absolute deviations.
const NORMAL: f64 = 1.482_602_218_505_602;

/// Bounds every real column by a robust rule, and cuts, empties or flags what lies beyond.
///
/// [`OutlierClipperModel::transform_report`] tells every value that was touched, by row and column. A column whose quartiles
/// (or median distance) are equal has no scale to judge by and is left alone. Missing values are left out in fitting and stay
/// missing; category columns pass unchanged; a whole weight counts its row that often, other weights are first scaled to a
/// mean of 1. Time O(rows x columns), with weights O(rows log rows x columns).
///
/// Errors: a factor that is not above 0, shares outside 0 to 1 or not ascending.
///
/// ```
/// use crm_ml_core::{Samples, Transformer};
/// use crm_ml_preprocessing::{OutlierClipper, OutlierRule};
/// use ndarray::array;
///
/// let x = array![[1.0], [2.0], [3.0], [4.0], [1000.0]];
/// let samples = Samples::new(&x)?;
/// let model = OutlierClipper::new(OutlierRule::Iqr(1.5)).fit(&samples)?;
/// let (clean, report) = model.transform_report(&samples)?;
/// assert_eq!(clean.cells(), [1.0, 2.0, 3.0, 4.0, 7.0]);
/// let touched = &report.touched[0];
/// assert_eq!((touched.row, touched.old, touched.new), (4, 1000.0, Some(7.0)));
/// assert_eq!(report.to_string(), "1 of 5 values of 'x0' lie outside -1 to 7 and were cut: row 4 (1000)\n");
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutlierClipper {
    rule: OutlierRule,
    action: OutlierAction,
}

impl Default for OutlierClipper {
    fn default() -> Self {
        Self::new(OutlierRule::Iqr(1.5))
    }
}

impl OutlierClipper {
    /// Cuts what the rule finds.
    pub fn new(rule: OutlierRule) -> Self {
        Self { rule, action: OutlierAction::default() }
    }

    /// What becomes of extreme values.
    pub fn action(mut self, action: OutlierAction) -> Self {
        self.action = action;
        self
    }
}

impl OutlierRule {
    /// The rules on the rule's own numbers.
    pub(crate) fn check(self, check: Check) -> Check {
        match self {
            Self::Iqr(factor) => check.positive("rule.iqr", factor),
            Self::Mad(factor) => check.positive("rule.mad", factor),
            Self::Quantile(lower, upper) => check
                .range("rule.lower", lower, 0.0..=1.0)
                .range("rule.upper", upper, 0.0..=1.0)
                .rule("rule.quantile", format!("{lower} to {upper}"), lower < upper, "ascending"),
        }
    }

    /// The least and largest value that is not extreme; the whole line where nothing can be judged.
    pub(crate) fn bounds(self, seen: &Observed) -> (f64, f64) {
        let everything = (f64::MIN, f64::MAX);
        if seen.is_empty() {
            return everything;
        }
        let (low, high) = match self {
            Self::Quantile(lower, upper) => {
                let [low, high] = seen.quantiles([lower, upper]);
                (low, high)
            }
            Self::Iqr(factor) => {
                let [first, third] = seen.quantiles([0.25, 0.75]);
                let reach = factor * (third - first);
                if reach > 0.0 { (first - reach, third + reach) } else { everything }
            }
            Self::Mad(factor) => {
                let median = seen.median();
                let reach = factor * NORMAL * seen.distances_from(median).median();
                if reach > 0.0 { (median - reach, median + reach) } else { everything }
            }
        };
        if low.is_nan() || high.is_nan() { everything } else { (low.max(f64::MIN), high.min(f64::MAX)) }
    }
}

impl Transformer for OutlierClipper {
    type Model = OutlierClipperModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<OutlierClipperModel> {
        self.rule.check(Check::of("OutlierClipper")).finish()?;
        let bounds = parallel::map(samples.n_columns(), |position| {
            let real = is_real(samples.schema(), position);
            real.then(|| self.rule.bounds(&Observed::new(&column(samples, position), samples.weights())))
        });
        advance(progress, "outlier clipper", 1, 1)?;
        OutlierClipperModel::new(samples.schema(), self.action, bounds)
    }
}
