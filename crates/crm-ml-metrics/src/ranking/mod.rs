//! Rows in the order of their scores, tied rows together: what every ranking metric walks over.

mod buckets;
mod rows;

use crm_ml_core::sort::key;
use crm_ml_core::{ErrorKind, ROW_CHUNK, Result, parallel};

use crate::input;
use buckets::{Buckets, Input};
use rows::Tally;

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

/// Rows of two classes sorted by their scores, once, for every metric that asks for the order.
///
/// The functions of the same names sort for themselves; who wants several of them sorts here. O(n) time, one copy of the
/// scores while sorting and one kept.
///
/// ```
/// use crm_ml_metrics::Ranking;
///
/// let ranking = Ranking::new(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8], None)?;
/// assert_eq!(ranking.roc_auc()?, 0.75);
/// assert!((ranking.average_precision()? - 5.0 / 6.0).abs() < 1e-15);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ranking {
    rows: Rows,
}

#[derive(Debug, Clone)]
enum Rows {
    /// Rows of weight 1: one word each.
    Counted(Buckets<u64>),
    Weighed(Buckets<(u64, f64)>),
}

impl Ranking {
    /// Sorts. Errors: no rows, lengths, weights, a score that is not finite.
    pub fn new(truth: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Result<Self> {
        input::rows(truth.len(), &[("scores", scores.len())], weights)?;
        let Some((lowest, highest)) = bounds(scores) else {
            input::finite("score", scores)?;
            return Err(crm_ml_core::Error::empty("rows"));
        };
        let input = Input { truth, scores, weights, lowest, highest };
        // The class must find room beside the place of a score.
        let fits = key(highest) - key(lowest) < 1 << 63;
        let rows = if weights.is_none() && fits {
            Rows::Counted(Buckets::new(input))
        } else {
            Rows::Weighed(Buckets::new(input))
        };
        Ok(Self { rows })
    }

    /// Weight of the positives and of the negatives.
    pub(crate) fn totals(&self) -> (f64, f64) {
        let [positives, negatives] = match &self.rows {
            Rows::Counted(buckets) => buckets.total().map(Tally::value),
            Rows::Weighed(buckets) => buckets.total().map(Tally::value),
        };
        (positives, negatives)
    }

    /// What `visit` makes of the distinct scores, from the highest down, in parts that follow each other.
    ///
    /// Without weights all of a tie's figures are counts, exact in `f64`.
    pub(crate) fn fold<A: Default + Send>(&self, visit: impl Fn(&mut A, Tie) + Sync + Send) -> Vec<A> {
        match &self.rows {
            Rows::Counted(buckets) => buckets.fold(|found, score, tie, above| {
                visit(found, Tie::new(score, tie.map(Tally::value), above.map(Tally::value)));
            }),
            Rows::Weighed(buckets) => buckets.fold(|found, score, tie, above| {
                visit(found, Tie::new(score, tie.map(Tally::value), above.map(Tally::value)));
            }),
        }
    }

    /// All distinct scores, from the highest down.
    pub(crate) fn ties(&self) -> Vec<Tie> {
        self.fold(|ties: &mut Vec<Tie>, tie| ties.push(tie)).concat()
    }

    /// Weights of positives and negatives; an error unless there are both.
    pub(crate) fn require_both(&self) -> Result<(f64, f64)> {
        let (positives, negatives) = self.totals();
        let found = usize::from(positives > 0.0) + usize::from(negatives > 0.0);
        if found == 2 {
            return Ok((positives, negatives));
        }
        let what = "classes with a row of positive weight".to_owned();
        Err(ErrorKind::TooFew { what, needed: 2, found }.into())
    }

    /// Weights of positives and negatives; an error unless there is a positive row.
    pub(crate) fn require_positives(&self) -> Result<(f64, f64)> {
        let totals = self.totals();
        if totals.0 > 0.0 {
            return Ok(totals);
        }
        Err(ErrorKind::TooFew { what: "positive rows".to_owned(), needed: 1, found: 0 }.into())
    }
}

impl Tie {
    fn new(score: f64, [positive, negative]: [f64; 2], [positives, negatives]: [f64; 2]) -> Self {
        Self { score, positive, negative, positives, negatives }
    }
}

/// Lowest and highest score; `None` if one of them is not finite or there is none.
fn bounds(scores: &[f64]) -> Option<(f64, f64)> {
    let piece = |rows: std::ops::Range<usize>| {
        scores[rows].iter().fold((f64::INFINITY, f64::NEG_INFINITY, true), |(low, high, finite), score| {
            (low.min(*score), high.max(*score), finite & score.is_finite())
        })
    };
    let (low, high, finite) = parallel::reduce_rows(scores.len(), ROW_CHUNK, piece, |a, b| {
        (a.0.min(b.0), a.1.max(b.1), a.2 & b.2)
    })?;
    finite.then_some((low, high))
}
