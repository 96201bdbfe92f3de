//! Rows in the order of their scores, tied rows together: what every ranking metric walks over.

use crm_ml_core::{ErrorKind, Result};

use crate::input;
use crate::sum::Sum;
use crm_ml_core::sort::{Keyed, sort, value};

/// All rows of one score.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tie {
    pub(crate) score: f64,
    /// Weight of the positives and of the negatives with this score.
    pub(crate) positive: f64,
    pub(crate) negative: f64,
    /// Weight of those with this score or a higher one.
    pub(crate) positives: f64,
    pub(crate) negatives: f64,
}

/// Calls `visit` for every distinct score from the highest down. Gives the total weights of positives and negatives.
///
/// Without weights all of these are counts, exact in `f64`. Errors: lengths, weights, scores that are not finite.
pub(crate) fn walk(
    truth: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
    visit: impl FnMut(Tie),
) -> Result<(f64, f64)> {
    input::rows(truth.len(), &[("scores", scores.len())], weights)?;
    input::finite("score", scores)?;
    Ok(match weights {
        None => merge::<u64>(truth, scores, None, visit),
        Some(_) => merge::<(u64, f64)>(truth, scores, weights, visit),
    })
}

fn merge<T: Keyed>(
    truth: &[bool],
    scores: &[f64],
    weights: Option<&[f64]>,
    mut visit: impl FnMut(Tie),
) -> (f64, f64) {
    let side = |wanted: bool| {
        let chosen = truth.iter().zip(scores).enumerate().filter(|(_, (truth, _))| **truth == wanted);
        let weighed = chosen.map(|(row, (_, score))| (*score, input::weight(weights, row)));
        // Rows of weight 0 are absent: they make no threshold.
        sort(weighed.filter(|(_, w)| *w > 0.0).map(|(s, w)| T::new(s, w)).collect())
    };
    let (positive, negative): (Vec<T>, Vec<T>) = (side(true), side(false));
    let (mut p, mut n) = (positive.len(), negative.len());
    let (mut positives, mut negatives) = (Sum::default(), Sum::default());
    while p > 0 || n > 0 {
        let next = |side: &[T], end: usize| side[..end].last().map(|item| item.key());
        // `None` is below every key.
        let Some(key) = next(&positive, p).max(next(&negative, n)) else { break };
        let take = |side: &[T], end: &mut usize| {
            let mut weight = Sum::default();
            while *end > 0 && side[*end - 1].key() == key {
                *end -= 1;
                weight.add(side[*end].weight());
            }
            weight.value()
        };
        let tie_positive = take(&positive, &mut p);
        let tie_negative = take(&negative, &mut n);
        positives.add(tie_positive);
        negatives.add(tie_negative);
        visit(Tie {
            score: value(key),
            positive: tie_positive,
            negative: tie_negative,
            positives: positives.value(),
            negatives: negatives.value(),
        });
    }
    (positives.value(), negatives.value())
}

/// An error unless both classes have weight.
pub(crate) fn require_both((positives, negatives): (f64, f64)) -> Result<()> {
    let found = usize::from(positives > 0.0) + usize::from(negatives > 0.0);
    if found == 2 {
        return Ok(());
    }
    Err(ErrorKind::TooFew { what: "classes with a row of positive weight".to_owned(), needed: 2, found }
        .into())
}

/// An error unless there is a positive row.
pub(crate) fn require_positives(positives: f64) -> Result<()> {
    if positives > 0.0 {
        return Ok(());
    }
    Err(ErrorKind::TooFew { what: "positive rows".to_owned(), needed: 1, found: 0 }.into())
}
