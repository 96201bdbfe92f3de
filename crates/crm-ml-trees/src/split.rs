//! The best split of one column, found on its histogram.

use crate::bins::ColumnBins;
use crate::evidence::{Bins, Cut, Evidence, add, subtract};
use crate::tree::BinSet;

/// Up to so many levels in a node, each is also tried against the rest.
pub(crate) const ONE_AGAINST_REST: usize = 4;

/// What both sides of a split must meet.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) min_samples_leaf: usize,
    pub(crate) min_weight: f64,
    pub(crate) min_gain: f64,
    pub(crate) smoothing: f64,
    /// Penalty of sets of levels on top of that of all splits.
    pub(crate) category_l2: f64,
    /// Least rows of a level that is ordered; rarer ones go right.
    pub(crate) min_samples_level: usize,
}

impl Limits {
    /// Whether a side may have this evidence.
    pub(crate) fn allow<E: Evidence>(&self, evidence: &E, side: &[u64]) -> bool {
        self.allow_of(evidence.rows(side), evidence.weight(side))
    }

    /// Whether a side may have so many rows of this weight.
    #[inline]
    pub(crate) fn allow_of(&self, rows: usize, weight: f64) -> bool {
        rows >= self.min_samples_leaf && weight >= self.min_weight && weight > 0.0
    }

    /// What both sides of a split score together, if they may be.
    #[inline(always)]
    pub(crate) fn score<E: Evidence>(
        &self,
        evidence: &E,
        left: &[u64],
        right: &[u64],
        l2: f64,
    ) -> Option<f64> {
        let allowed = self.allow(evidence, left) && self.allow(evidence, right);
        (allowed && evidence.allows(left, right, l2))
            .then(|| evidence.score(left, l2) + evidence.score(right, l2))
    }

    /// The gain of a split whose sides score so much together, in a node of this score, if it is one.
    pub(crate) fn worth(&self, score: f64, of_node: f64) -> Option<f64> {
        let gain = score - of_node;
        // Below this a gain is rounding of equal scores.
        let noise = 1e-12 * score.abs();
        (gain > noise && gain >= self.min_gain && gain.is_finite()).then_some(gain)
    }
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
        Self { evidence, sum, score: evidence.score(sum, 0.0), limits }
    }

    /// Whether the node's rows fall into more than one bin.
    pub(crate) fn varies(&self, histogram: &[u64]) -> bool {
        let cells = histogram.chunks_exact(self.evidence.words());
        cells.filter(|cell| self.evidence.rows(cell) > 0).nth(1).is_some()
    }

    /// The best split of a column, if any is allowed; of equal ones the first.
    pub(crate) fn best_split(&self, feature: usize, bins: &ColumnBins, histogram: &[u64]) -> Option<Split> {
        let mut whole = self.evidence.zero();
        add(whole.as_mut(), self.sum);
        let mut search =
            Search { node: self, l2: 0.0, right: whole.clone(), whole, best_gain: 0.0, best: None };
        match bins {
            ColumnBins::Real { .. } => search.real(usize::from(bins.missing()), histogram),
            ColumnBins::Category(_) => search.category(histogram),
        }
        search.into_split(feature, bins, histogram)
    }

    /// The split of a real column that sends missing right and all values left.
    pub(crate) fn missing_alone(
        &self,
        feature: usize,
        bins: &ColumnBins,
        histogram: &[u64],
    ) -> Option<Split> {
        let (missing, words) = (usize::from(bins.missing()), self.evidence.words());
        let mut values = self.evidence.zero();
        add(values.as_mut(), self.sum);
        let mut search = Search {
            node: self,
            l2: 0.0,
            right: values.clone(),
            whole: values.clone(),
            best_gain: 0.0,
            best: None,
        };
        subtract(values.as_mut(), &histogram[missing * words..(missing + 1) * words]);
        let last = bins.missing().saturating_sub(1);
        search.consider(&values, || BinSet::up_to(last), Some(last));
        search.into_split(feature, bins, histogram)
    }
}

struct Found<S> {
    sum: S,
    left: BinSet,
    threshold_bin: Option<u8>,
}

struct Search<'a, E: Evidence> {
    node: &'a Node<'a, E>,
    l2: f64,
    /// The node's evidence.
    whole: E::Sum,
    /// Scratch: what the left side leaves of it.
    right: E::Sum,
    best_gain: f64,
    best: Option<Found<E::Sum>>,
}

impl<E: Evidence> Search<'_, E> {
    /// The best split found.
    fn into_split(self, feature: usize, bins: &ColumnBins, histogram: &[u64]) -> Option<Split> {
        let Found { sum, mut left, threshold_bin } = self.best?;
        let evidence = self.node.evidence;
        let sum = sum.as_ref().to_vec();
        // What the node has not met goes to the side with more rows.
        if 2 * evidence.rows(&sum) >= evidence.rows(self.node.sum) {
            let words = evidence.words();
            let absent = |bin: &usize| {
                let cell = &histogram[bin * words..(bin + 1) * words];
                let reserved = threshold_bin.is_none() || *bin == usize::from(bins.missing());
                reserved && evidence.rows(cell) == 0
            };
            (0..bins.count()).filter(absent).for_each(|bin| left.insert(bin as u8));
        }
        Some(Split { gain: self.best_gain, feature, left, threshold_bin, sum })
    }

    /// Tries the thresholds with missing values on either side.
    fn real(&mut self, values: usize, histogram: &[u64]) {
        let evidence = self.node.evidence;
        let words = evidence.words();
        let (cells, missing) = histogram[..(values + 1) * words].split_at(values * words);
        let none = evidence.zero();
        let mut missing_sum = evidence.zero();
        add(missing_sum.as_mut(), missing);
        self.thresholds(cells, [&none, &missing_sum], None);
        if evidence.rows(missing) > 0 {
            self.thresholds(cells, [&missing_sum, &none], Some(values as u8));
        }
    }

    /// Tries the thresholds with something on the left (the bin of it is given, if any) and on the right.
    fn thresholds(&mut self, cells: &[u64], [first, last]: [&E::Sum; 2], first_bin: Option<u8>) {
        let evidence = self.node.evidence;
        let bins = Bins { cells, first, last, whole: &self.whole };
        let Some(Cut { bin, score }) = evidence.best_cut(&bins, self.node.limits) else { return };
        if let Some(gain) = self.worth(score) {
            let mut sum = first.clone();
            cells.chunks_exact(evidence.words()).take(bin + 1).for_each(|cell| add(sum.as_mut(), cell));
            let mut left = BinSet::up_to(bin as u8);
            first_bin.into_iter().for_each(|bin| left.insert(bin));
            self.keep(gain, || Found { sum, left, threshold_bin: Some(bin as u8) });
        }
    }

    /// Cuts of the levels in the order of their means; of few levels also each against the rest.
    fn category(&mut self, histogram: &[u64]) {
        let evidence = self.node.evidence;
        let words = evidence.words();
        let cell = |bin: u8| &histogram[usize::from(bin) * words..(usize::from(bin) + 1) * words];
        let bins = (histogram.len() / words).min(256);
        let rows = |bin: u8| evidence.rows(cell(bin));
        let mut levels: Vec<u8> = (0..bins).map(|bin| bin as u8).filter(|&bin| rows(bin) > 0).collect();
        if levels.len() <= ONE_AGAINST_REST {
            let mut alone = evidence.zero();
            for &level in &levels {
                alone.as_mut().copy_from_slice(cell(level));
                self.consider(&alone, || BinSet::of(level), None);
            }
        }
        levels.retain(|&level| rows(level) >= self.node.limits.min_samples_level);
        // A set chosen by the gradients it is judged by promises too much.
        self.l2 = self.node.limits.category_l2;
        let key = |bin: u8| evidence.key(cell(bin), self.node.sum, self.node.limits.smoothing);
        levels.sort_by(|&a, &b| key(a).total_cmp(&key(b)).then(a.cmp(&b)));
        // Rare levels stay right, so that the two ends differ.
        self.cuts(levels.iter(), histogram);
        self.cuts(levels.iter().rev(), histogram);
    }

    /// Sends the levels left, one after the other.
    fn cuts<'b>(&mut self, levels: impl Iterator<Item = &'b u8>, histogram: &[u64]) {
        let words = self.node.evidence.words();
        let mut low = self.node.evidence.zero();
        let mut left = BinSet::default();
        for &level in levels {
            add(low.as_mut(), &histogram[usize::from(level) * words..(usize::from(level) + 1) * words]);
            left.insert(level);
            self.consider(&low, || left, None);
        }
    }

    /// Keeps the split that sends `sum` left if it is allowed and better than what was found.
    #[inline]
    fn consider(&mut self, sum: &E::Sum, left: impl FnOnce() -> BinSet, threshold_bin: Option<u8>) {
        let Node { evidence, limits, .. } = self.node;
        self.right.as_mut().copy_from_slice(self.whole.as_ref());
        subtract(self.right.as_mut(), sum.as_ref());
        let score = limits.score(*evidence, sum.as_ref(), self.right.as_ref(), self.l2);
        let Some(score) = score else { return };
        if let Some(gain) = self.worth(score) {
            self.keep(gain, || Found { sum: sum.clone(), left: left(), threshold_bin });
        }
    }

    /// The gain of a split whose sides score so much together, if it is one.
    fn worth(&self, score: f64) -> Option<f64> {
        self.node.limits.worth(score, self.node.score)
    }

    fn keep(&mut self, gain: f64, found: impl FnOnce() -> Found<E::Sum>) {
        if gain > self.best_gain {
            self.best_gain = gain;
            self.best = Some(found());
        }
    }
}
