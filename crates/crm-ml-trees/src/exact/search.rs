//! The best cut of one column in one node.

use super::criterion::Criterion;
use super::ranks::{MISSING, MISSING_CODE};
use crate::tree::BinSet;

/// Nodes of up to so many rows are sorted; in others coarse cuts come first.
const SORTED_ROWS: usize = 48;
/// Most buckets; their sums stay in first-level cache.
const MOST_BUCKETS: usize = 1024;
/// Rows a bucket where the values are spread evenly.
const BUCKET_ROWS: usize = 8;

/// What both sides of a split must meet.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) min_samples_leaf: usize,
    pub(crate) min_weight: f64,
    pub(crate) min_gain: f64,
    pub(crate) smoothing: f64,
    pub(crate) min_samples_level: usize,
}

impl Limits {
    /// Whether they forbid any cut between rows.
    fn binds(&self) -> bool {
        self.min_samples_leaf > 1 || self.min_weight > 0.0
    }
}

/// How a node's rows part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cut {
    /// Ranks below `end` go left, missing as said; the threshold lies in the middle unless it was drawn.
    Real { end: u32, missing_left: bool, drawn: Option<f64> },
    /// The bins that go left.
    Set(BinSet),
}

/// A cut and what it gains.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) gain: f64,
    pub(crate) column: u32,
    pub(crate) cut: Cut,
}

/// Buffers that all nodes of a part of a tree use.
#[derive(Debug)]
pub(crate) struct Scratch<C: Criterion> {
    pub(crate) keys: Vec<u32>,
    pub(crate) codes: Vec<u8>,
    pub(crate) order: Vec<u64>,
    pub(super) sums: Vec<C::Sum>,
    before: Vec<C::Sum>,
    open: Vec<bool>,
}

impl<C: Criterion> Default for Scratch<C> {
    fn default() -> Self {
        Self { keys: vec![], codes: vec![], order: vec![], sums: vec![], before: vec![], open: vec![] }
    }
}

/// A node that is searched, and the best cut so far.
pub(crate) struct Search<'a, C: Criterion> {
    pub(crate) criterion: &'a C,
    pub(crate) limits: &'a Limits,
    pub(crate) items: &'a [C::Item],
    pub(crate) total: &'a C::Sum,
    pub(crate) column: u32,
    pub(crate) best: Option<Found>,
    /// Gain of the best cut; minus infinity where there is none.
    best_gain: f64,
}

/// Coarse ranges of ranks.
struct Buckets {
    low: u32,
    shift: u32,
    /// Number of buckets.
    used: usize,
    /// Whether there are missing cells.
    missing: bool,
}

impl Buckets {
    /// The first rank behind a bucket.
    fn end_of(&self, bucket: usize) -> u32 {
        self.low + ((bucket as u32 + 1) << self.shift)
    }
}

/// The ranks of a column in a node.
#[derive(Debug)]
pub(super) struct Range {
    pub(super) low: u32,
    pub(super) high: u32,
    pub(super) missing: usize,
}

impl Range {
    pub(super) fn of(keys: &[u32]) -> Self {
        let (mut low, mut high, mut missing) = (u32::MAX, 0, 0);
        for &key in keys {
            low = low.min(key);
            // Missing wraps to 0.
            high = high.max(key.wrapping_add(1));
            missing += usize::from(key == MISSING);
        }
        Self { low, high: high.wrapping_sub(1), missing }
    }

    pub(super) fn varies(&self, rows: usize) -> bool {
        self.missing < rows && (self.low < self.high || self.missing > 0)
    }
}

/// Place of a row among the items, in the low half of its entry; its key is in the high half.
#[inline(always)]
fn place_of(entry: u64) -> usize {
    (entry & 0xffff_ffff) as usize
}

#[inline(always)]
fn key_of(entry: u64) -> u32 {
    (entry >> 32) as u32
}

fn entry(place: usize, key: u32) -> u64 {
    u64::from(key) << 32 | place as u64
}

impl<'a, C: Criterion> Search<'a, C> {
    pub(crate) fn new(criterion: &'a C, limits: &'a Limits, items: &'a [C::Item], total: &'a C::Sum) -> Self {
        Self { criterion, limits, items, total, column: 0, best: None, best_gain: f64::NEG_INFINITY }
    }

    /// Searches all thresholds of a real column, missing cells on either side; of equal ones the lowest is the best. Whether the
    /// column varies in the node.
    pub(crate) fn real(&mut self, keys: &[u32], scratch: &mut Scratch<C>) -> bool {
        let range = Range::of(keys);
        if !range.varies(keys.len()) {
            return false;
        }
        let distinct = (range.high - range.low) as usize + 1;
        if !C::BOUNDED || (keys.len() <= SORTED_ROWS && distinct > keys.len()) {
            self.sorted(keys, &range, &mut scratch.order);
        } else {
            let (low, spread) = (range.low, range.high - range.low);
            let shift = shift(spread, keys.len());
            let used = (spread >> shift) as usize + 1;
            let buckets = Buckets { low, shift, used, missing: range.missing > 0 };
            let bucket_of = |&key: &u32| ((key.wrapping_sub(low) >> shift) as usize).min(used);
            self.bucketed(&buckets, keys.iter().map(bucket_of), |place| keys[place], scratch);
        }
        true
    }

    /// Every cut of the sorted rows.
    fn sorted(&mut self, keys: &[u32], range: &Range, order: &mut Vec<u64>) {
        order.clear();
        order.extend(keys.iter().enumerate().map(|(place, &key)| entry(place, key)));
        order.sort_unstable();
        // Missing ones are the last.
        let (present, missing) = order.split_at(order.len() - range.missing);
        let of_missing = self.sum_of(missing);
        if self.considered_by_gains(present, missing, &of_missing) {
            return;
        }
        let any = range.missing > 0;
        self.scan(present, self.criterion.zero(), any.then_some(&of_missing), any);
    }

    fn sum_of(&self, entries: &[u64]) -> C::Sum {
        let mut sum = self.criterion.zero();
        entries.iter().for_each(|&entry| self.criterion.add(&mut sum, self.items[place_of(entry)]));
        sum
    }

    /// Considers the cuts between sorted rows, from those that are `left` already. `last`: also the cut behind the last row.
    fn scan(&mut self, order: &[u64], mut left: C::Sum, missing: Option<&C::Sum>, last: bool) {
        for (place, &entry) in order.iter().enumerate() {
            self.criterion.add(&mut left, self.items[place_of(entry)]);
            let ends = order.get(place + 1).map_or(last, |next| key_of(*next) != key_of(entry));
            if ends {
                self.both_sides(&left, missing, key_of(entry) + 1);
            }
        }
    }

    /// Considers a threshold without the missing cells and with them.
    #[inline(always)]
    fn both_sides(&mut self, left: &C::Sum, missing: Option<&C::Sum>, end: u32) {
        self.consider(left, Cut::Real { end, missing_left: false, drawn: None });
        if let Some(missing) = missing {
            let with_missing = self.merged(left, missing);
            self.consider(&with_missing, Cut::Real { end, missing_left: true, drawn: None });
        }
    }

    pub(super) fn merged(&self, a: &C::Sum, b: &C::Sum) -> C::Sum {
        let mut sum = a.clone();
        self.criterion.merge(&mut sum, b);
        sum
    }

    /// Considers all cuts of sorted rows where gains do not follow from sums; whether that is so.
    fn considered_by_gains(&mut self, present: &[u64], missing: &[u64], of_missing: &C::Sum) -> bool {
        let item = |entry: &u64| self.items[place_of(*entry)];
        let both: Vec<u64> = present.iter().chain(missing).copied().collect();
        let Some(gains) = self.criterion.gains(&mut both.iter().map(item)) else { return false };
        self.consider_gains(present, self.criterion.zero(), &gains, false);
        if !missing.is_empty() {
            let both: Vec<u64> = missing.iter().chain(present).copied().collect();
            let gains = self.criterion.gains(&mut both.iter().map(item)).unwrap_or_default();
            let behind = gains.get(missing.len()..).unwrap_or_default();
            self.consider_gains(present, of_missing.clone(), behind, true);
        }
        true
    }

    fn consider_gains(&mut self, present: &[u64], mut left: C::Sum, gains: &[f64], missing_left: bool) {
        for (place, (&entry, &gain)) in present.iter().zip(gains).enumerate() {
            self.criterion.add(&mut left, self.items[place_of(entry)]);
            if present.get(place + 1).is_none_or(|next| key_of(*next) != key_of(entry)) {
                self.keep(gain, &left, Cut::Real { end: key_of(entry) + 1, missing_left, drawn: None });
            }
        }
    }

    /// As [`Search::real`], of a column whose ranks lost their last `shift` bits; `exact` is the rank of a row. `None` where the codes
    /// do not tell whether the column varies.
    pub(crate) fn coded(
        &mut self,
        codes: &[u8],
        shift: u32,
        exact: impl Fn(usize) -> u32,
        scratch: &mut Scratch<C>,
    ) -> Option<bool> {
        let (mut low, mut high, mut missing) = (u8::MAX, 0, 0);
        for &code in codes {
            low = low.min(code);
            // Missing is the highest code, and no value: it wraps to 0.
            high = high.max(code.wrapping_add(1));
            missing += usize::from(code == MISSING_CODE);
        }
        if missing == codes.len() || (missing == 0 && low + 1 == high) {
            return if shift == 0 || missing > 0 { Some(false) } else { None };
        }
        let buckets = Buckets { low: 0, shift, used: high as usize, missing: missing > 0 };
        let codes = codes.iter().map(|&code| usize::from(code).min(buckets.used));
        self.bucketed(&buckets, codes, exact, scratch);
        Some(true)
    }

    /// Every cut, but most of them by the bucket: rows are summed by coarse ranges of ranks, and only buckets in which a cut
    /// could be better than the best so far are sorted. `bucket_of_row` gives the bucket of every row (behind the last for missing
    /// cells), `exact` its rank.
    fn bucketed(
        &mut self,
        buckets: &Buckets,
        bucket_of_row: impl ExactSizeIterator<Item = usize> + Clone,
        exact: impl Fn(usize) -> u32,
        scratch: &mut Scratch<C>,
    ) {
        let used = buckets.used;
        let Scratch { order, sums, before, open, .. } = scratch;
        sums.clear();
        sums.resize(2 * (used + 1), self.criterion.zero());
        {
            // Two sums a bucket in turn, so that neighbouring rows of one bucket need not wait for each other.
            let (even, odd) = sums.split_at_mut(used + 1);
            let mut rows = bucket_of_row.clone().zip(self.items);
            while let Some((bucket, &item)) = rows.next() {
                self.criterion.add(&mut even[bucket], item);
                if let Some((bucket, &item)) = rows.next() {
                    self.criterion.add(&mut odd[bucket], item);
                }
            }
            even.iter_mut().zip(odd).for_each(|(even, odd)| self.criterion.merge(even, odd));
        }
        let (sums, of_missing) = sums[..=used].split_at(used);
        let missing = of_missing.first().filter(|_| buckets.missing);
        before.clear();
        let mut left = self.criterion.zero();
        for (bucket, sum) in sums.iter().enumerate() {
            before.push(left.clone());
            if self.criterion.rows(sum) == 0 {
                continue;
            }
            self.criterion.merge(&mut left, sum);
            if bucket + 1 < used || missing.is_some() {
                self.both_sides(&left, missing, buckets.end_of(bucket));
            }
        }
        if buckets.shift == 0 {
            return;
        }
        // Rounding must not hide a cut that is as good.
        let enough = self.best_gain * (1.0 - 1e-9);
        open.clear();
        open.extend(sums.iter().zip(before.iter()).map(|(sum, before)| {
            self.criterion.rows(sum) > 1 && self.may_hold(before, missing, sum, enough)
        }));
        if !open.contains(&true) {
            return;
        }
        open.push(false);
        let mut kept = 0;
        order.resize(order.len().max(bucket_of_row.len()), 0);
        for (place, bucket) in bucket_of_row.enumerate() {
            order[kept] = place as u64;
            kept += usize::from(open[bucket]);
        }
        let order = &mut order[..kept];
        order.iter_mut().for_each(|place| *place = entry(*place as usize, exact(*place as usize)));
        order.sort_unstable();
        let bucket_of = |entry: u64| ((key_of(entry) - buckets.low) >> buckets.shift) as usize;
        for rows in order.chunk_by(|a, b| bucket_of(*a) == bucket_of(*b)) {
            self.scan(rows, before[bucket_of(rows[0])].clone(), missing, false);
        }
    }

    /// Whether a cut inside a bucket could gain `enough`.
    fn may_hold(&self, before: &C::Sum, missing: Option<&C::Sum>, bucket: &C::Sum, enough: f64) -> bool {
        // What is not a number is no bound.
        let reaches = |gain: f64| gain.is_nan() || gain >= enough;
        let could = |left: &C::Sum| {
            let bound = self.criterion.bound(self.total, left, bucket);
            // Where an end is allowed it was considered; else a cut inside may be as good as it.
            let open_end = |end: &C::Sum| {
                let rows = self.criterion.rows(end);
                let is_cut = rows > 0 && rows < self.criterion.rows(self.total);
                is_cut && !self.allowed(end) && reaches(self.criterion.gain(self.total, end))
            };
            reaches(bound)
                || (self.limits.binds() && (open_end(left) || open_end(&self.merged(left, bucket))))
        };
        could(before) || missing.is_some_and(|missing| could(&self.merged(before, missing)))
    }

    /// Keeps the cut that sends `left` to the left if it is allowed and better than what was found.
    #[inline(always)]
    pub(super) fn consider(&mut self, left: &C::Sum, cut: Cut) {
        let gain = self.criterion.gain(self.total, left);
        if gain >= self.best_gain {
            self.keep(gain, left, cut);
        }
    }

    /// As [`Search::consider`], with a gain that is known. Of equal ones the first column's lowest threshold stays.
    #[inline(never)]
    pub(super) fn keep(&mut self, gain: f64, left: &C::Sum, cut: Cut) {
        let better = match (&self.best, &cut) {
            (None, _) => true,
            (Some(best), _) if gain > best.gain => true,
            (
                Some(Found { cut: Cut::Real { end: old, .. }, column, gain: of_best }),
                Cut::Real { end, .. },
            ) => gain == *of_best && *column == self.column && end < old,
            _ => false,
        };
        if better && gain.is_finite() && gain >= self.limits.min_gain && self.allowed(left) {
            self.best_gain = gain;
            self.best = Some(Found { gain, column: self.column, cut });
        }
    }

    /// Whether both sides have the rows and the weight they must have.
    fn allowed(&self, left: &C::Sum) -> bool {
        let (all, rows) = (self.criterion.rows(self.total), self.criterion.rows(left));
        let (weight, rest) = (self.criterion.weight(left), all - rows);
        let lightest = weight.min(self.criterion.weight(self.total) - weight);
        rows.min(rest) >= self.limits.min_samples_leaf && lightest >= self.limits.min_weight
    }
}

/// By how many bits ranks are cut to number buckets: by none where single ranks are few enough.
fn shift(spread: u32, rows: usize) -> u32 {
    let direct = (2 * rows).min(MOST_BUCKETS);
    if (spread as usize) < direct {
        return 0;
    }
    let wanted = (rows / BUCKET_ROWS).next_power_of_two().clamp(1, MOST_BUCKETS);
    (u32::BITS - spread.leading_zeros()).saturating_sub(wanted.trailing_zeros())
}
