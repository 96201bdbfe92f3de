//! What a histogram sums: quantised integers, packed so that a row costs one add a column.
//!
//! Integer sums are exact and associative: any order of rows gives the same bits, and a node's histogram is exactly its
//! parent's minus its sibling's. A field is as wide as its largest possible sum over all rows needs, so that no field can spill
//! into the next, and the rest of the word goes to precision.

mod bounded;
mod cut;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use crate::bins::BINS;
use crate::groups::{GroupBins, LANES};
use crate::integers::{count_bits, nearest, scale};
use crate::split::Limits;
pub(crate) use bounded::{Bounded, Bounds, Terms, newton};
pub(crate) use cut::{Bins, Cut};

/// The kinds of evidence a tree can grow on.
pub(crate) trait Evidence: Sync + Sized {
    /// Words a bin.
    fn words(&self) -> usize;

    /// The words of one sum, of a length that the compiler knows where it is fixed.
    type Sum: AsRef<[u64]> + AsMut<[u64]> + Clone;

    /// The sum of no rows.
    fn zero(&self) -> Self::Sum;

    /// What a row adds.
    type Item: Copy + Default + Send + Sync;

    /// What this row adds.
    fn item(&self, row: u32) -> Self::Item;

    /// The sum of these rows.
    fn sum(&self, rows: &[u32]) -> Self::Sum;

    /// Adds the rows and their items to the histogram of one column, which has room for [`BINS`]. `bins` is the whole column.
    fn add_column(&self, bins: &[u8], rows: &[u32], items: &[Self::Item], histogram: &mut [u64]);

    /// Adds the rows and their items to the histograms of a group, which lie one after the other. `shape`: room of each in
    /// cells, and which of its lanes are wanted.
    fn add_group(
        &self,
        shape: (usize, &[usize]),
        bins: GroupBins<'_>,
        rows: &[u32],
        items: &[Self::Item],
        histograms: &mut [u64],
    );

    /// Rows in a sum.
    fn rows(&self, sum: &[u64]) -> usize;

    /// Hessian (or weight) in a sum.
    fn weight(&self, sum: &[u64]) -> f64;

    /// What a node with this sum is worth; a split gains the sum of its children's scores minus its own. `l2` comes on top
    /// of the penalty that the evidence has, if it has one.
    fn score(&self, sum: &[u64], l2: f64) -> f64;

    /// The best allowed cut of a real column, of equal ones the first.
    fn best_cut(&self, bins: &Bins<'_, Self::Sum>, limits: &Limits) -> Option<Cut> {
        cut::try_all(self, bins, limits)
    }

    /// Adds what every cut of a real column gains to `gains`.
    fn add_gains(&self, bins: &Bins<'_, Self::Sum>, limits: &Limits, gains: &mut [f64]) {
        cut::add_all_gains(self, bins, limits, gains);
    }

    /// Whether a split into these sums is allowed.
    #[inline(always)]
    fn allows(&self, _left: &[u64], _right: &[u64], _l2: f64) -> bool {
        true
    }

    /// The evidence under terms that bound splits; `None` where it knows none.
    fn bounded(&self, _: Terms) -> Option<Bounded<'_>> {
        None
    }

    /// Place of a level with this sum among the others, shrunk towards `node` by `smoothing` rows of average weight.
    fn key(&self, sum: &[u64], node: &[u64], smoothing: f64) -> f64;
}

/// Least rows for a thread of its own.
const ROWS: usize = 1 << 13;

/// Adds `other` to `sum`, word by word.
pub(crate) fn add(sum: &mut [u64], other: &[u64]) {
    sum.iter_mut().zip(other).for_each(|(a, b)| *a = a.wrapping_add(*b));
}

/// Takes `other` from `sum`, word by word.
pub(crate) fn subtract(sum: &mut [u64], other: &[u64]) {
    sum.iter_mut().zip(other).for_each(|(a, b)| *a = a.wrapping_sub(*b));
}

fn largest(values: &[f64]) -> f64 {
    values
        .par_chunks(ROWS)
        .map(|piece| piece.iter().fold(0.0, |most, v| v.abs().max(most)))
        .reduce(|| 0.0, f64::max)
}

/// First and second derivatives of a loss: `score = G^2 / (H + l2)`.
///
/// Two words a bin: the signed gradient in one, Hessian and row count in the other.
#[derive(Debug)]
pub(crate) struct Gradients {
    packed: Vec<[u64; 2]>,
    count_bits: u32,
    gradient_unit: f64,
    hessian_unit: f64,
    l2: f64,
}

impl Gradients {
    /// Quantises one gradient and one Hessian (at least 0) a row.
    pub(crate) fn new(gradients: &[f64], hessians: &[f64], l2: f64) -> Self {
        let count_bits = count_bits(gradients.len());
        let gradient_scale = scale(largest(gradients), 62u32.saturating_sub(count_bits).min(50));
        let hessian_scale = scale(largest(hessians), 63u32.saturating_sub(2 * count_bits).clamp(1, 50));
        let pack = |(g, h): (&f64, &f64)| {
            [nearest(g * gradient_scale), (nearest(h * hessian_scale) << count_bits) | 1]
        };
        Self {
            packed: gradients.par_iter().zip(hessians).with_min_len(ROWS).map(pack).collect(),
            count_bits,
            gradient_unit: 1.0 / gradient_scale,
            hessian_unit: 1.0 / hessian_scale,
            l2,
        }
    }

    fn gradient(&self, sum: &[u64]) -> f64 {
        sum[0] as i64 as f64 * self.gradient_unit
    }
}

impl Evidence for Gradients {
    fn words(&self) -> usize {
        2
    }

    type Sum = [u64; 2];

    fn zero(&self) -> [u64; 2] {
        [0; 2]
    }

    type Item = [u64; 2];

    #[inline(always)]
    fn item(&self, row: u32) -> [u64; 2] {
        self.packed[row as usize]
    }

    fn sum(&self, rows: &[u32]) -> [u64; 2] {
        let add = |mut sum: [u64; 2], item: [u64; 2]| {
            add(&mut sum, &item);
            sum
        };
        let of_rows = |rows: &[u32]| rows.iter().map(|row| self.item(*row)).fold([0; 2], add);
        rows.par_chunks(ROWS).map(of_rows).reduce(|| [0; 2], add)
    }

    fn add_column(&self, bins: &[u8], rows: &[u32], items: &[[u64; 2]], histogram: &mut [u64]) {
        let Ok(cells) = <&mut [u64; 2 * BINS]>::try_from(histogram) else { return };
        for (&row, item) in rows.iter().zip(items) {
            add_item(cells, usize::from(bins[row as usize]), item);
        }
    }

    fn add_group(
        &self,
        shape: (usize, &[usize]),
        bins: GroupBins<'_>,
        rows: &[u32],
        items: &[[u64; 2]],
        histograms: &mut [u64],
    ) {
        let (cells, lanes) = shape;
        // Lengths that the compiler knows, so that an update needs no bounds check.
        match cells {
            4 => add_lanes::<4, 64>(lanes, bins, rows, items, histograms),
            16 => add_lanes::<16, 256>(lanes, bins, rows, items, histograms),
            64 => add_lanes::<64, 1024>(lanes, bins, rows, items, histograms),
            _ => add_lanes::<BINS, 4096>(lanes, bins, rows, items, histograms),
        }
    }

    fn rows(&self, sum: &[u64]) -> usize {
        (sum[1] & ((1 << self.count_bits) - 1)) as usize
    }

    fn weight(&self, sum: &[u64]) -> f64 {
        // The highest bit is free: signed numbers convert in one instruction.
        (sum[1] >> self.count_bits) as i64 as f64 * self.hessian_unit
    }

    fn score(&self, sum: &[u64], l2: f64) -> f64 {
        let gradient = self.gradient(sum);
        gradient * gradient / (self.weight(sum) + self.l2 + l2)
    }

    fn best_cut(&self, bins: &Bins<'_, [u64; 2]>, limits: &Limits) -> Option<Cut> {
        self.cut(bins, limits)
    }

    fn add_gains(&self, bins: &Bins<'_, [u64; 2]>, limits: &Limits, gains: &mut [f64]) {
        self.gains(bins, limits, gains);
    }

    fn bounded(&self, terms: Terms) -> Option<Bounded<'_>> {
        Some(Bounded { gradients: self, terms })
    }

    fn key(&self, sum: &[u64], node: &[u64], smoothing: f64) -> f64 {
        let share = smoothing / self.rows(node) as f64;
        let weight = self.weight(sum) + share * self.weight(node);
        if weight > 0.0 { (self.gradient(sum) + share * self.gradient(node)) / weight } else { 0.0 }
    }
}

/// Rows whose bins are fetched before they are added: a loop that only fetches keeps many cache misses under way.
const FETCHED: usize = 256;

/// Adds the rows to histograms of `CELLS` bins each, `WORDS` in all.
fn add_lanes<const CELLS: usize, const WORDS: usize>(
    lanes: &[usize],
    bins: GroupBins<'_>,
    rows: &[u32],
    items: &[[u64; 2]],
    histograms: &mut [u64],
) {
    let Ok(cells) = <&mut [u64; WORDS]>::try_from(histograms) else { return };
    let mut fetched = [[0; LANES]; FETCHED];
    for (rows, items) in rows.chunks(FETCHED).zip(items.chunks(FETCHED)) {
        rows.iter().zip(&mut fetched).for_each(|(&row, fetched)| *fetched = bins.of_row(row));
        for (bins, item) in fetched.iter().zip(items) {
            let place = |lane: usize, bin: u8| lane * CELLS + (usize::from(bin) & (CELLS - 1));
            if lanes.len() == LANES {
                bins.iter().enumerate().for_each(|(lane, &bin)| add_item(cells, place(lane, bin), item));
            } else {
                lanes.iter().for_each(|&lane| add_item(cells, place(lane, bins[lane]), item));
            }
        }
    }
}

/// Adds a row to a cell.
#[inline(always)]
fn add_item<const N: usize>(cells: &mut [u64; N], cell: usize, item: &[u64; 2]) {
    cells[2 * cell] = cells[2 * cell].wrapping_add(item[0]);
    cells[2 * cell + 1] = cells[2 * cell + 1].wrapping_add(item[1]);
}
