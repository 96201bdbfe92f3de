//! Areas and distances over the whole ranking.

use crm_ml_core::{ErrorKind, Result};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::ranking::Ranking;
use crate::sum::{Sum, unit};
use crate::{Average, input};

impl Ranking {
    /// As [`roc_auc`].
    pub fn roc_auc(&self) -> Result<f64> {
        let (positives, negatives) = self.require_both()?;
        let (of_positives, of_negatives) = (unit(positives), unit(negatives));
        let wins = self.fold(|wins: &mut Sum, tie| {
            wins.add(tie.negative * of_negatives * ((tie.positives - 0.5 * tie.positive) * of_positives));
        });
        Ok(total(wins) / (positives * of_positives) / (negatives * of_negatives))
    }

    /// As [`average_precision`].
    pub fn average_precision(&self) -> Result<f64> {
        let (positives, _) = self.require_positives()?;
        let area = self.fold(|area: &mut Sum, tie| {
            if tie.positive > 0.0 {
                area.add(tie.positive * (tie.positives / (tie.positives + tie.negatives)));
            }
        });
        Ok(total(area) / positives)
    }

    /// As [`kolmogorov_smirnov`].
    pub fn kolmogorov_smirnov(&self) -> Result<f64> {
        let (positives, negatives) = self.require_both()?;
        let most = self.fold(|most: &mut f64, tie| {
            *most = most.max((tie.positives / positives - tie.negatives / negatives).abs());
        });
        Ok(most.into_iter().fold(0.0, f64::max))
    }
}

fn total(parts: Vec<Sum>) -> f64 {
    parts.into_iter().fold(Sum::default(), Sum::merge).value()
}

/// Area under the ROC curve: the chance that a positive row scores above a negative one, ties counted half.
///
/// Exact without weights up to 10^8 rows. O(n) time by radix sort. Errors: lengths, weights, a score that is not
/// finite, only one class (scikit-learn warns and gives NaN).
///
/// ```
/// use crm_ml_metrics::roc_auc;
///
/// let auc = roc_auc(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8], None)?;
/// assert_eq!(auc, 0.75);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn roc_auc(truth: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    Ranking::new(truth, scores, weights)?.roc_auc()
}

/// Average precision, the area under the precision-recall curve as a sum of steps: `sum (R_i - R_(i-1)) P_i`.
///
/// Errors: lengths, weights, a score that is not finite, no positive row (scikit-learn warns and gives 0).
pub fn average_precision(truth: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    Ranking::new(truth, scores, weights)?.average_precision()
}

/// Kolmogorov-Smirnov statistic: the largest distance between the score distributions of positives and negatives.
///
/// Errors: as [`roc_auc`].
pub fn kolmogorov_smirnov(truth: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Result<f64> {
    Ranking::new(truth, scores, weights)?.kolmogorov_smirnov()
}

/// How an AUC of more than two classes is put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MulticlassAuc {
    /// Each class against all others.
    OneVsRest,
    /// Each pair of classes, both ways (Hand and Till 2001); insensitive to class shares.
    OneVsOne,
}

/// AUC of several classes from a matrix of probabilities, as scikit-learn's `roc_auc_score`.
///
/// `average`: [`Average::Macro`] or [`Average::Weighted`] by the classes' shares (with one against one: by the pairs'
/// shares). Unlike scikit-learn, weights are honoured one against one too.
/// Errors: a class without a row, another average, and those of [`roc_auc`].
pub fn roc_auc_multiclass(
    truth: &[u32],
    proba: ArrayView2<'_, f64>,
    scheme: MulticlassAuc,
    average: Average,
    weights: Option<&[f64]>,
) -> Result<f64> {
    let classes = proba.ncols();
    input::rows(truth.len(), &[("rows of probabilities", proba.nrows())], weights)?;
    input::codes(truth, classes)?;
    if !matches!(average, Average::Macro | Average::Weighted) {
        return Err(crm_ml_core::Error::unsupported(
            "the AUC of several classes is averaged Macro or Weighted",
        ));
    }
    let mut shares = vec![0.0; classes];
    for (row, &code) in truth.iter().enumerate() {
        shares[code as usize] += input::weight(weights, row);
    }
    let found = shares.iter().filter(|s| **s > 0.0).count();
    if found < classes.max(2) {
        let what = "classes with a row of positive weight".to_owned();
        return Err(ErrorKind::TooFew { what, needed: classes.max(2), found }.into());
    }
    let scale = unit(shares.iter().sum());
    shares.iter_mut().for_each(|share| *share *= scale);
    let mut parts: Vec<(f64, f64)> = Vec::new();
    match scheme {
        MulticlassAuc::OneVsRest => {
            for (class, share) in shares.iter().enumerate() {
                let is_class: Vec<bool> = truth.iter().map(|&c| c as usize == class).collect();
                parts.push((roc_auc(&is_class, &proba.column(class).to_vec(), weights)?, *share));
            }
        }
        MulticlassAuc::OneVsOne => {
            for one in 0..classes {
                for other in one + 1..classes {
                    let both = [
                        pair_auc(truth, &proba, one, other, weights)?,
                        pair_auc(truth, &proba, other, one, weights)?,
                    ];
                    parts.push(((both[0] + both[1]) / 2.0, shares[one] + shares[other]));
                }
            }
        }
    }
    let weight = |share: f64| if average == Average::Macro { 1.0 } else { share };
    let total: f64 = parts.iter().map(|(_, share)| weight(*share)).sum();
    Ok(parts.iter().map(|(auc, share)| auc * weight(*share)).sum::<f64>() / total)
}

/// AUC of `one` against `other` by the probability of `one`.
fn pair_auc(
    truth: &[u32],
    proba: &ArrayView2<'_, f64>,
    one: usize,
    other: usize,
    weights: Option<&[f64]>,
) -> Result<f64> {
    let rows: Vec<usize> =
        (0..truth.len()).filter(|&row| [one, other].contains(&(truth[row] as usize))).collect();
    let is_one: Vec<bool> = rows.iter().map(|&row| truth[row] as usize == one).collect();
    let scores: Vec<f64> = rows.iter().map(|&row| proba[[row, one]]).collect();
    let weights: Option<Vec<f64>> = weights.map(|w| rows.iter().map(|&row| w[row]).collect());
    roc_auc(&is_one, &scores, weights.as_deref())
}
