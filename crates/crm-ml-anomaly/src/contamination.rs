//! How many rows are outliers.

use serde::{Deserialize, Serialize};

use crm_ml_core::Check;

/// The share of outliers among the rows of the fit, from which a model's threshold follows.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum Contamination {
    /// The threshold of the method's paper, told in each detector's documentation.
    #[default]
    Auto,
    /// This share of the rows, above 0 and at most 0.5.
    Share(f64),
}

impl Contamination {
    /// The rule a share must meet.
    pub(crate) fn check(self, check: Check) -> Check {
        match self {
            Self::Auto => check,
            Self::Share(share) => {
                let holds = share > 0.0 && share <= 0.5;
                check.rule("contamination", share, holds, "above 0 and at most 0.5")
            }
        }
    }

    /// Itself, or this share where the method has no threshold of its own.
    pub(crate) fn or_share(self, share: f64) -> Self {
        match self {
            Self::Auto => Self::Share(share),
            Self::Share(_) => self,
        }
    }

    /// The score below which rows are outliers: `auto`, or the quantile of the scores of the fit.
    ///
    /// The quantile is interpolated between rows as NumPy does it; a row of weight w counts as w rows.
    pub(crate) fn offset(self, auto: f64, scores: impl FnOnce() -> Vec<f64>, weights: Option<&[f64]>) -> f64 {
        match self {
            Self::Auto => auto,
            Self::Share(share) => match weights {
                Some(weights) => weighted_quantile(&scores(), weights, share),
                None => quantile(scores(), share),
            },
        }
    }
}

/// The share of outliers where neither the method nor the caller tells one: scikit-learn's and pyod's.
pub(crate) const A_TENTH: f64 = 0.1;

fn quantile(mut scores: Vec<f64>, share: f64) -> f64 {
    let Some(last) = scores.len().checked_sub(1) else { return f64::NAN };
    let place = share * last as f64;
    let (low, part) = (place.floor() as usize, place.fract());
    let (_, at, above) = scores.select_nth_unstable_by(low.min(last), f64::total_cmp);
    let at = *at;
    let next = above.iter().copied().min_by(f64::total_cmp).unwrap_or(at);
    at + part * (next - at)
}

fn weighted_quantile(scores: &[f64], weights: &[f64], share: f64) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let total: f64 = order.iter().map(|&row| weights[row]).sum();
    let place = share * (total - 1.0).max(0.0);
    let (low, part) = (place.floor(), place.fract());
    // The score of the row that covers a place, where row after row covers its weight.
    let at = |place: f64| {
        let mut covered = 0.0;
        for &row in &order {
            covered += weights[row];
            if covered > place {
                return scores[row];
            }
        }
        order.last().map_or(f64::NAN, |&row| scores[row])
    };
    let (low, high) = (at(low), at(low + 1.0));
    low + part * (high - low)
}

#[cfg(test)]
mod tests {
    use super::{quantile, weighted_quantile};

    #[test]
    fn the_quantile_is_interpolated_as_numpy_does_it() {
        let scores = [5.0, 1.0, 3.0, 2.0];
        // numpy.quantile([1, 2, 3, 5], [0, .1, .5, .9])
        for (share, expected) in [(0.0, 1.0), (0.1, 1.3), (0.5, 2.5), (0.9, 4.4)] {
            approx::assert_abs_diff_eq!(quantile(scores.to_vec(), share), expected, epsilon = 1e-12);
        }
    }

    #[test]
    fn a_weight_counts_as_rows() {
        let repeated = [1.0, 1.0, 1.0, 4.0, 9.0, 9.0];
        for share in [0.1, 0.3, 0.5] {
            let weighted = weighted_quantile(&[9.0, 1.0, 4.0], &[2.0, 3.0, 1.0], share);
            assert_eq!(weighted, quantile(repeated.to_vec(), share));
        }
    }
}
