//! Symmetric (oblivious) trees: a level asks the same of all its leaves.

use std::borrow::Cow;

use rayon::prelude::*;

use super::frontier::Leaf;
use super::{Draw, Grower, Grown, KEEP_ROWS};
use crate::bins::{BINS, ColumnBins};
use crate::evidence::{Bins, Evidence, Terms, add, subtract};
use crate::split::{Limits, ONE_AGAINST_REST, Split};
use crate::tree::{BinSet, Tree};

/// Up to so many leaves keep their histograms however few rows they have.
const KEEP_LEAVES: usize = 256;

/// A way through the bins of a column: each cut sends left what was passed so far.
struct Sweep {
    /// Bins that are left of every cut.
    start: Vec<u8>,
    order: Vec<u8>,
    /// Whether the order is that of the values, from the first on.
    is_ascending: bool,
    terms: SplitTerms,
}

/// What holds for a split beyond the terms of its leaf.
#[derive(Clone, Copy)]
struct SplitTerms {
    /// Penalty on top of that of all splits.
    l2: f64,
    /// Whether it is beside the order of the values, so that the column's direction does not matter.
    is_free: bool,
}

/// What a level asks.
struct Test {
    /// Of all leaves together.
    gain: f64,
    feature: usize,
    left: BinSet,
    /// Last value bin that goes left; `None` for a category.
    threshold_bin: Option<u8>,
    terms: SplitTerms,
}

/// A leaf after a level: whole, or in two.
enum Part {
    Whole(Leaf),
    Halves { node: usize, split: Split, halves: Box<[Leaf; 2]> },
}

impl<E: Evidence> Grower<'_, E> {
    /// Grows level by level.
    pub(super) fn run_symmetric(mut self, mut draw: Option<Draw>, mut rows: Vec<u32>) -> Grown {
        let mut scratch = vec![0; rows.len()];
        let mut tree = Tree::leaf();
        let mut root = self.root(&rows);
        let keeps = self.data.lines.is_some() && self.may_split(&root);
        root.histogram = keeps.then(|| self.histogram(&rows));
        let mut leaves = vec![root];
        for level in 0..self.max_depth {
            self.columns.reach(level);
            let Some(test) = self.best_test(&leaves, &rows, draw.as_mut()) else { break };
            let parts = self.split_all(&test, leaves, &mut rows, &mut scratch);
            leaves = Vec::with_capacity(2 * parts.len());
            for part in parts {
                match part {
                    Part::Whole(leaf) => leaves.push(leaf),
                    Part::Halves { node, split, halves } => {
                        let left = tree.split(node, split.feature, self.rule(&split), split.gain);
                        let place = |(side, half)| Leaf { node: left + side, ..half };
                        leaves.extend(halves.into_iter().enumerate().map(place));
                    }
                }
            }
            self.forget_small(&mut leaves);
        }
        let mut done = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            leaf.histogram.into_iter().for_each(|histogram| self.data.pool.give(histogram));
            done.push((leaf.node, leaf.range));
        }
        done.sort_unstable_by_key(|(node, _)| *node);
        Grown { tree, rows, leaves: done }
    }

    /// Where leaves are many, the small ones make their histograms anew, column by column.
    fn forget_small(&self, leaves: &mut [Leaf]) {
        if leaves.len() <= KEEP_LEAVES {
            return;
        }
        for leaf in leaves.iter_mut().filter(|leaf| leaf.range.len() < KEEP_ROWS) {
            leaf.histogram.take().into_iter().for_each(|histogram| self.data.pool.give(histogram));
        }
    }

    /// The test that gains most in all leaves together, of equal ones the first.
    fn best_test(&self, leaves: &[Leaf], rows: &[u32], draw: Option<&mut Draw>) -> Option<Test> {
        let open: Vec<(&Leaf, Cow<'_, [usize]>)> = leaves
            .iter()
            .filter(|leaf| self.may_split(leaf))
            .map(|leaf| (leaf, self.columns_of(leaf)))
            .collect();
        let mut columns: Vec<usize> = open.iter().flat_map(|(_, columns)| columns.iter().copied()).collect();
        columns.sort_unstable();
        columns.dedup();
        if let Some(draw) = draw {
            let amount = draw.features.amount(columns.len());
            columns = draw.order(&columns);
            columns.truncate(amount);
            columns.sort_unstable();
        }
        let best_of_column = |&column: &usize| {
            let histograms: Vec<_> = open
                .iter()
                .filter(|(_, columns)| columns.binary_search(&column).is_ok())
                .map(|(leaf, _)| (*leaf, self.histogram_of(leaf, &rows[leaf.range.clone()], column)))
                .collect();
            self.best_test_of(column, &histograms)
        };
        let tests: Vec<Option<Test>> = columns.par_iter().map(best_of_column).collect();
        tests.into_iter().flatten().reduce(|best, next| if next.gain > best.gain { next } else { best })
    }

    /// The histogram of one column in a leaf of these rows.
    fn histogram_of<'l>(&self, leaf: &'l Leaf, rows: &[u32], column: usize) -> Cow<'l, [u64]> {
        if let Some(histogram) = &leaf.histogram {
            return self.of_column(histogram, column);
        }
        let items: Vec<_> = rows.iter().map(|row| self.evidence.item(*row)).collect();
        let mut histogram = vec![0; BINS * self.evidence.words()];
        self.evidence.add_column(&self.data.columns[column], rows, &items, &mut histogram);
        Cow::Owned(histogram)
    }

    fn best_test_of(&self, feature: usize, histograms: &[(&Leaf, Cow<'_, [u64]>)]) -> Option<Test> {
        let words = self.evidence.words();
        let bins = &self.data.bins[feature];
        let mut pooled = vec![0; bins.count() * words];
        histograms.iter().for_each(|(_, histogram)| add(&mut pooled, histogram));
        let mut best: Option<Test> = None;
        for sweep in self.sweeps(bins, &pooled) {
            let mut gains = vec![0.0; sweep.order.len()];
            for (leaf, histogram) in histograms {
                self.add_gains(leaf, feature, histogram, &sweep, &mut gains);
            }
            for (cut, &gain) in gains.iter().enumerate() {
                if gain > best.as_ref().map_or(0.0, |best| best.gain) {
                    let mut left = BinSet::default();
                    sweep.start.iter().chain(&sweep.order[..=cut]).for_each(|bin| left.insert(*bin));
                    let is_real = matches!(bins, ColumnBins::Real { .. });
                    let threshold_bin = is_real.then_some(sweep.order[cut]);
                    best = Some(Test { gain, feature, left, threshold_bin, terms: sweep.terms });
                }
            }
        }
        let mut best = best?;
        self.place_absent(&mut best, bins, &pooled);
        Some(best)
    }

    /// What no leaf has met goes to the side with more rows.
    fn place_absent(&self, test: &mut Test, bins: &ColumnBins, pooled: &[u64]) {
        let words = self.evidence.words();
        let rows = |bin: usize| self.evidence.rows(&pooled[bin * words..(bin + 1) * words]);
        let (mut left, mut all) = (0, 0);
        for bin in 0..bins.count() {
            all += rows(bin);
            left += if test.left.contains(bin as u8) { rows(bin) } else { 0 };
        }
        if 2 * left >= all {
            let reserved = |bin: &usize| test.threshold_bin.is_none() || *bin == usize::from(bins.missing());
            let absent = (0..bins.count()).filter(|bin| reserved(bin) && rows(*bin) == 0);
            absent.for_each(|bin| test.left.insert(bin as u8));
        }
    }

    /// The ways through a column's bins, of which `pooled` holds the evidence of all leaves.
    fn sweeps(&self, bins: &ColumnBins, pooled: &[u64]) -> Vec<Sweep> {
        let words = self.evidence.words();
        let cell = |bin: u8| &pooled[usize::from(bin) * words..(usize::from(bin) + 1) * words];
        let rows = |bin: u8| self.evidence.rows(cell(bin));
        let missing = bins.missing();
        if let ColumnBins::Real { .. } = bins {
            let terms = SplitTerms { l2: 0.0, is_free: false };
            let (last, order) = (missing.saturating_sub(1), 0..missing.saturating_sub(1));
            let sweep = |start| Sweep { start, order: order.clone().collect(), is_ascending: true, terms };
            let mut sweeps = vec![sweep(vec![])];
            if rows(missing) > 0 {
                sweeps.push(sweep(vec![missing]));
                let alone = SplitTerms { is_free: true, ..terms };
                sweeps.push(Sweep {
                    start: order.collect(),
                    order: vec![last],
                    is_ascending: false,
                    terms: alone,
                });
            }
            return sweeps;
        }
        let sweep = |order, terms| Sweep { start: vec![], order, is_ascending: false, terms };
        let mut levels: Vec<u8> = (0..=missing).filter(|&bin| rows(bin) > 0).collect();
        let mut sweeps = Vec::new();
        if levels.len() <= ONE_AGAINST_REST {
            let terms = SplitTerms { l2: 0.0, is_free: true };
            sweeps.extend(levels.iter().map(|&level| sweep(vec![level], terms)));
        }
        levels.retain(|&level| rows(level) >= self.limits.min_samples_level);
        let mut whole = self.evidence.zero();
        pooled.chunks_exact(words).for_each(|cell| add(whole.as_mut(), cell));
        let key = |bin: u8| self.evidence.key(cell(bin), whole.as_ref(), self.limits.smoothing);
        levels.sort_by(|&a, &b| key(a).total_cmp(&key(b)).then(a.cmp(&b)));
        // A set chosen by the gradients it is judged by promises too much. Rare levels stay right, so that the two ends differ.
        let terms = SplitTerms { l2: self.limits.category_l2, is_free: true };
        sweeps.push(sweep(levels.clone(), terms));
        levels.reverse();
        sweeps.push(sweep(levels, terms));
        sweeps
    }

    /// Adds what the cuts of a sweep gain in a leaf.
    fn add_gains(&self, leaf: &Leaf, feature: usize, histogram: &[u64], sweep: &Sweep, gains: &mut [f64]) {
        let judge = Judge { limits: &self.limits, whole: &leaf.sum, l2: sweep.terms.l2 };
        match self.leaf_terms(leaf, feature, sweep.terms) {
            None => judge.add_gains(self.evidence, histogram, sweep, gains),
            Some(terms) => {
                let bounded = self.evidence.bounded(terms);
                bounded.iter().for_each(|bounded| judge.add_gains(bounded, histogram, sweep, gains));
            }
        }
    }

    fn leaf_terms(&self, leaf: &Leaf, feature: usize, of_split: SplitTerms) -> Option<Terms> {
        let terms = self.terms(leaf.bounds, feature)?;
        Some(if of_split.is_free { Terms { direction: 0, ..terms } } else { terms })
    }

    /// Asks a test in all leaves.
    fn split_all(&self, test: &Test, leaves: Vec<Leaf>, rows: &mut [u32], scratch: &mut [u32]) -> Vec<Part> {
        let (mut rows, mut scratch) = (rows, scratch);
        let mut work = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            let (own, behind) = rows.split_at_mut(leaf.range.len());
            let (own_scratch, scratch_behind) = scratch.split_at_mut(leaf.range.len());
            (rows, scratch) = (behind, scratch_behind);
            work.push((leaf, own, own_scratch));
        }
        work.into_par_iter().map(|(leaf, rows, scratch)| self.split_one(test, leaf, rows, scratch)).collect()
    }

    fn split_one(&self, test: &Test, mut leaf: Leaf, rows: &mut [u32], scratch: &mut [u32]) -> Part {
        let Some(split) = self.split_of(test, &leaf, rows) else {
            leaf.depth += 1;
            return Part::Whole(leaf);
        };
        let border = self.partition(rows, scratch, &split);
        let node = leaf.node;
        let halves = Box::new(self.children(&mut leaf, &split, border, rows));
        Part::Halves { node, split, halves }
    }

    /// The test as a split of this leaf, if it gains there.
    fn split_of(&self, test: &Test, leaf: &Leaf, rows: &[u32]) -> Option<Split> {
        let is_open = self.may_split(leaf) && self.columns_of(leaf).binary_search(&test.feature).is_ok();
        if !is_open {
            return None;
        }
        let words = self.evidence.words();
        let mut sum = self.evidence.zero();
        let histogram = self.histogram_of(leaf, rows, test.feature);
        for (bin, cell) in histogram.chunks_exact(words).enumerate().take(BINS) {
            if test.left.contains(bin as u8) {
                add(sum.as_mut(), cell);
            }
        }
        let judge = Judge { limits: &self.limits, whole: &leaf.sum, l2: test.terms.l2 };
        let gain = match self.leaf_terms(leaf, test.feature, test.terms) {
            None => judge.gain(self.evidence, sum.as_ref()),
            Some(terms) => judge.gain(&self.evidence.bounded(terms)?, sum.as_ref()),
        }?;
        let &Test { feature, left, threshold_bin, .. } = test;
        Some(Split { gain, feature, left, threshold_bin, sum: sum.as_ref().to_vec() })
    }
}

/// What splits of one leaf gain.
struct Judge<'a> {
    limits: &'a Limits,
    whole: &'a [u64],
    l2: f64,
}

impl Judge<'_> {
    fn add_gains<E: Evidence>(&self, evidence: &E, histogram: &[u64], sweep: &Sweep, gains: &mut [f64]) {
        let words = evidence.words();
        let cell = |bin: u8| &histogram[usize::from(bin) * words..(usize::from(bin) + 1) * words];
        let mut left = evidence.zero();
        sweep.start.iter().for_each(|bin| add(left.as_mut(), cell(*bin)));
        if sweep.is_ascending {
            // What the sweep leaves out at its end.
            let (cells, behind) = histogram.split_at(sweep.order.len() * words);
            let (mut whole, mut last) = (evidence.zero(), evidence.zero());
            add(whole.as_mut(), self.whole);
            behind.chunks_exact(words).for_each(|cell| add(last.as_mut(), cell));
            subtract(last.as_mut(), left.as_ref());
            let bins = Bins { cells, first: &left, last: &last, whole: &whole };
            return evidence.add_gains(&bins, self.limits, gains);
        }
        for (gain, bin) in gains.iter_mut().zip(&sweep.order) {
            add(left.as_mut(), cell(*bin));
            *gain += self.gain(evidence, left.as_ref()).unwrap_or(0.0);
        }
    }

    /// What it gains to send `left` left, if it may.
    fn gain<E: Evidence>(&self, evidence: &E, left: &[u64]) -> Option<f64> {
        let mut right = evidence.zero();
        right.as_mut().copy_from_slice(self.whole);
        subtract(right.as_mut(), left);
        let score = self.limits.score(evidence, left, right.as_ref(), self.l2)?;
        self.limits.worth(score, evidence.score(self.whole, 0.0))
    }
}
