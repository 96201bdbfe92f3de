//! The best split of one column, found on its histogram.

use crate::bins::ColumnBins;
use crate::evidence::{Evidence, add, subtract};
use crate::tree::BinSet;

/// Up to so many levels in a node, each is also tried against the rest.
const ONE_AGAINST_REST: usize = 4;

/// What both sides of a split must meet.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) min_samples_leaf: usize,
    pub(crate) min_weight: f64,
    pub(crate) min_gain: f64,
    pub(crate) smoothing: f64,
}

/// A split and what it gains. Every bin has its side: those in `left`, all others right.
#[derive(Debug, Clone)]
pub(crate) struct Split {
    pub(crate) gain: f64,
    pub(crate) feature: usize,
    pub(crate) left: BinSet,
    /// Last value bin that goes left; `None` for a category.
    pub(crate) threshold_bin: Option<u8>,
    /// Evidence of the left side.
    pub(crate) sum: Vec<u64>,
}

/// A node to be split: its evidence and the score of it.
pub(crate) struct Node<'a, E> {
    pub(crate) evidence: &'a E,
    pub(crate) sum: &'a [u64],
    pub(crate) score: f64,
    pub(crate) limits: &'a Limits,
}

impl<'a, E: Evidence> Node<'a, E> {
    pub(crate) fn new(evidence: &'a E, sum: &'a [u64], limits: &'a Limits) -> Self {
        Self { evidence, sum, score: evidence.score(sum), limits }
    }

    /// The best split of a column, if any is allowed; of equal ones the first.
    pub(crate) fn best_split(&self, feature: usize, bins: &ColumnBins, histogram: &[u64]) -> Option<Split> {
        let mut search = Search { node: self, right: self.sum.to_vec(), best: None };
        match bins {
            ColumnBins::Real { .. } => search.real(usize::from(bins.missing()), histogram),
            ColumnBins::Category(_) => search.category(histogram),
        }
        let Found { gain, sum, mut left, threshold_bin } = search.best?;
        // What the node has not met goes to the side with more rows.
        if 2 * self.evidence.rows(&sum) >= self.evidence.rows(self.sum) {
            let words = self.evidence.words();
            let absent = |bin: &usize| {
                let cell = &histogram[bin * words..(bin + 1) * words];
                let reserved = threshold_bin.is_none() || *bin == usize::from(bins.missing());
                reserved && self.evidence.rows(cell) == 0
            };
            (0..bins.count()).filter(absent).for_each(|bin| left.insert(bin as u8));
        }
        Some(Split { gain, feature, left, threshold_bin, sum })
    }
}

struct Found {
    gain: f64,
    sum: Vec<u64>,
    left: BinSet,
    threshold_bin: Option<u8>,
}

struct Search<'a, E> {
    node: &'a Node<'a, E>,
    right: Vec<u64>,
    best: Option<Found>,
}

impl<E: Evidence> Search<'_, E> {
    /// Scans the thresholds from low to high, missing values on either side.
    fn real(&mut self, values: usize, histogram: &[u64]) {
        let evidence = self.node.evidence;
        let words = evidence.words();
        let missing = &histogram[values * words..(values + 1) * words];
        let any_missing = evidence.rows(missing) > 0;
        let mut low = vec![0; words];
        let mut low_and_missing = missing.to_vec();
        for (bin, cell) in histogram.chunks_exact(words).take(values).enumerate() {
            if evidence.rows(cell) == 0 {
                continue;
            }
            add(&mut low, cell);
            let below = || BinSet::up_to(bin as u8);
            self.consider(&low, below, Some(bin as u8));
            if any_missing {
                add(&mut low_and_missing, cell);
                let with_missing = || {
                    let mut left = below();
                    left.insert(values as u8);
                    left
                };
                self.consider(&low_and_missing, with_missing, Some(bin as u8));
            }
        }
    }

    /// Cuts of the levels in the order of their means; of few levels also each against the rest.
    fn category(&mut self, histogram: &[u64]) {
        let evidence = self.node.evidence;
        let words = evidence.words();
        let cell = |bin: u8| &histogram[usize::from(bin) * words..(usize::from(bin) + 1) * words];
        let bins = (histogram.len() / words).min(256);
        let mut levels: Vec<u8> =
            (0..bins).map(|bin| bin as u8).filter(|bin| evidence.rows(cell(*bin)) > 0).collect();
        if levels.len() <= ONE_AGAINST_REST {
            levels.iter().for_each(|&level| self.consider(cell(level), || BinSet::of(level), None));
        }
        for order in 0..evidence.orders() {
            let key = |bin: u8| evidence.key(order, cell(bin), self.node.sum, self.node.limits.smoothing);
            levels.sort_by(|&a, &b| key(a).total_cmp(&key(b)).then(a.cmp(&b)));
            let mut low = vec![0; words];
            let mut left = BinSet::default();
            for &level in &levels {
                add(&mut low, cell(level));
                left.insert(level);
                self.consider(&low, || left, None);
            }
        }
    }

    /// Keeps the split that sends `sum` left if it is allowed and better than what was found.
    fn consider(&mut self, sum: &[u64], left: impl FnOnce() -> BinSet, threshold_bin: Option<u8>) {
        let Some(gain) = self.gain(sum) else { return };
        if self.best.as_ref().is_none_or(|best| gain > best.gain) {
            self.best = Some(Found { gain, sum: sum.to_vec(), left: left(), threshold_bin });
        }
    }

    fn gain(&mut self, left: &[u64]) -> Option<f64> {
        let Node { evidence, sum, score, limits } = self.node;
        let rows = evidence.rows(left);
        if rows < limits.min_samples_leaf || evidence.rows(sum) - rows < limits.min_samples_leaf {
            return None;
        }
        self.right.copy_from_slice(sum);
        subtract(&mut self.right, left);
        let (left_weight, right_weight) = (evidence.weight(left), evidence.weight(&self.right));
        let lightest = left_weight.min(right_weight);
        if !(lightest >= limits.min_weight && lightest > 0.0) {
            return None;
        }
        let (left_score, right_score) = (evidence.score(left), evidence.score(&self.right));
        let gain = left_score + right_score - score;
        // Below this a gain is rounding of equal scores.
        let noise = 1e-12 * (left_score.abs() + right_score.abs());
        (gain > noise && gain >= limits.min_gain && gain.is_finite()).then_some(gain)
    }
}
