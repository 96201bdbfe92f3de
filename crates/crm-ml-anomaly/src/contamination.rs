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

    /// The score below which rows are outliers: `auto`, or the quantile of the scores of the fit.
    ///
    /// The quantile is interpolated between rows as NumPy does it; a row of weight w counts as w rows.
    pub(crate) fn offset(self, auto: f64, scores: impl FnOnce() -> Vec<f64>, weights: Option<&[f64]>) -> f64 {
        match self {
            Self::Auto => auto,
            Self::Share(share) => quantile(&scores(), weights, share),
        }
    }
}

fn quantile(scores: &[f64], weights: Option<&[f64]>, share: f64) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let total: f64 = order.iter().map(|&row| weight(row)).sum();
    let place = share * (total - 1.0).max(0.0);
    let (low, part) = (place.floor(), place.fract());
    // The score of the row that covers a place, where row after row covers its weight.
    let at = |place: f64| {
        let mut covered = 0.0;
        for &row in &order {
            covered += weight(row);
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
    use super::quantile;

    #[test]
    fn the_quantile_is_interpolated_as_numpy_does_it() {
        let scores = [5.0, 1.0, 3.0, 2.0];
        // numpy.quantile([1, 2, 3, 5], [0, .1, .5, .9])
        for (share, expected) in [(0.0, 1.0), (0.1, 1.3), (0.5, 2.5), (0.9, 4.4)] {
            approx::assert_abs_diff_eq!(quantile(&scores, None, share), expected, epsilon = 1e-12);
        }
    }

    #[test]
    fn a_weight_counts_as_rows() {
        let repeated = [1.0, 1.0, 1.0, 4.0, 9.0, 9.0];
        for share in [0.1, 0.3, 0.5] {
            let weighted = quantile(&[9.0, 1.0, 4.0], Some(&[2.0, 3.0, 1.0]), share);
            assert_eq!(weighted, quantile(&repeated, None, share));
        }
    }
}
