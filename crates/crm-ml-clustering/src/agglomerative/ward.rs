//! Ward's linkage by means: no distance is kept.

use pulp::Arch;
use rayon::prelude::*;

use super::chain::Clusters;

/// Clusters a block: their coordinates stand side by side.
const BLOCK: usize = 64;
/// Clusters whose sums stay in registers.
const LANES: usize = 16;
/// Coordinates a piece of parallel work: less is not worth waking another thread.
const PIECE: usize = 1 << 15;

/// The means of the clusters that are left, without gaps.
pub(super) struct Means {
    width: usize,
    /// Block after block, in each coordinate after coordinate.
    cells: Vec<f64>,
    weights: Vec<f64>,
    /// The least weight there ever was.
    lightest: f64,
    names: Vec<u32>,
    /// Where a named cluster stands.
    places: Vec<u32>,
}

impl Means {
    pub(super) fn new(coordinates: &[f64], width: usize, weights: Vec<f64>) -> Self {
        let count = weights.len();
        let names: Vec<u32> = (0..count as u32).collect();
        let mut means = Self {
            width,
            cells: vec![0.0; count.div_ceil(BLOCK) * BLOCK * width],
            lightest: weights.iter().copied().fold(f64::INFINITY, f64::min),
            weights,
            places: names.clone(),
            names,
        };
        for (place, point) in coordinates.chunks_exact(width).enumerate() {
            means.set(place, point);
        }
        means
    }

    fn cell(&self, place: usize, column: usize) -> usize {
        (place / BLOCK * self.width + column) * BLOCK + place % BLOCK
    }

    fn point(&self, place: usize) -> Vec<f64> {
        (0..self.width).map(|column| self.cells[self.cell(place, column)]).collect()
    }

    fn set(&mut self, place: usize, point: &[f64]) {
        for (column, value) in point.iter().enumerate() {
            let cell = self.cell(place, column);
            self.cells[cell] = *value;
        }
    }

    /// The nearest to a point among the clusters of some blocks, the first of equal ones.
    #[inline(always)]
    fn nearest_in(&self, blocks: std::ops::Range<usize>, own: usize, point: &[f64]) -> (usize, f64) {
        let size = BLOCK * self.width;
        let mut best = (usize::MAX, f64::INFINITY);
        // Rounded down.
        let lightest = share(self.weights[own], self.lightest) * (1.0 - 8.0 * f64::EPSILON);
        let cells = self.cells.chunks_exact(size).skip(blocks.start).take(blocks.len());
        for (block, cells) in blocks.zip(cells) {
            let first = block * BLOCK;
            let weights = &self.weights[first..self.weights.len().min(first + BLOCK)];
            let mut squares = squares(point, cells);
            squares[weights.len()..].fill(f64::INFINITY);
            if own / BLOCK == block {
                squares[own % BLOCK] = f64::INFINITY;
            }
            // No division where the nearest mean, were it the lightest cluster's, is not near enough.
            if least(&squares) * lightest > best.1 {
                continue;
            }
            let rises = rises(&squares, self.weights[own], weights);
            let least = least(&rises);
            if least < best.1 {
                let place = rises.iter().position(|rise| *rise == least).unwrap_or(0);
                best = (first + place, least);
            }
        }
        best
    }
}

/// Squared distances of a point to the means of a block.
#[inline(always)]
fn squares(point: &[f64], cells: &[f64]) -> [f64; BLOCK] {
    let mut squares = [0.0; BLOCK];
    for (first, squares) in (0..).step_by(LANES).zip(squares.chunks_exact_mut(LANES)) {
        let mut sums = [0.0; LANES];
        for (p, column) in point.iter().zip(cells.chunks_exact(BLOCK)) {
            for (sum, cell) in sums.iter_mut().zip(&column[first..first + LANES]) {
                let difference = p - cell;
                *sum += difference * difference;
            }
        }
        squares.copy_from_slice(&sums);
    }
    squares
}

/// By what the squared distance of two means is multiplied to give twice the rise of the sum of squares: the same from both sides, to the bit.
/// It grows with both weights.
#[inline(always)]
fn share(weight: f64, other: f64) -> f64 {
    let (less, more) = if other < weight { (other, weight) } else { (weight, other) };
    2.0 * less * (more / (less + more))
}

/// Twice what joining a cluster with those of a block adds to the sum of squares.
#[inline(always)]
fn rises(squares: &[f64; BLOCK], weight: f64, weights: &[f64]) -> [f64; BLOCK] {
    let mut rises = [f64::INFINITY; BLOCK];
    for ((rise, square), other) in rises.iter_mut().zip(squares).zip(weights) {
        *rise = square * share(weight, *other);
    }
    rises
}

/// As [`squares`], to the bit: coordinate after coordinate.
fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + (a - b) * (a - b))
}

#[inline(always)]
fn least(values: &[f64; BLOCK]) -> f64 {
    let mut lanes = [f64::INFINITY; LANES];
    for values in values.chunks_exact(LANES) {
        for (lane, value) in lanes.iter_mut().zip(values) {
            *lane = if value < lane { *value } else { *lane };
        }
    }
    lanes.into_iter().fold(f64::INFINITY, f64::min)
}

impl Clusters for Means {
    fn len(&self) -> usize {
        self.names.len()
    }

    fn first(&self) -> u32 {
        self.names.first().copied().unwrap_or(0)
    }

    fn nearest(&self, cluster: u32, preferred: Option<u32>) -> (u32, f64) {
        let own = self.places[cluster as usize] as usize;
        let point = self.point(own);
        let blocks = self.names.len().div_ceil(BLOCK);
        let piece = (PIECE / (BLOCK * self.width)).max(1);
        let search = |piece_number: usize| {
            let range = piece_number * piece..blocks.min((piece_number + 1) * piece);
            Arch::new().dispatch(|| self.nearest_in(range, own, &point))
        };
        let better = |best: (usize, f64), next: (usize, f64)| if next.1 < best.1 { next } else { best };
        let none = (usize::MAX, f64::INFINITY);
        let pieces = blocks.div_ceil(piece);
        let (place, rise) = match pieces {
            1 => search(0),
            _ => (0..pieces).into_par_iter().map(search).collect::<Vec<_>>().into_iter().fold(none, better),
        };
        if let Some(preferred) = preferred {
            let place = self.places[preferred as usize] as usize;
            let apart = squared(&point, &self.point(place));
            let of_preferred = apart * share(self.weights[own], self.weights[place]);
            if of_preferred <= rise {
                return (preferred, of_preferred);
            }
        }
        // Where every distance overflows, any cluster will do.
        let place = if place < self.names.len() { place } else { usize::from(own == 0) };
        (self.names[place], rise)
    }

    fn join(&mut self, gone: u32, kept: u32) {
        let [from, to] = [gone, kept].map(|name| self.places[name as usize] as usize);
        let total = self.weights[from] + self.weights[to];
        let share = self.weights[from] / total;
        let (a, mut b) = (self.point(from), self.point(to));
        b.iter_mut().zip(a).for_each(|(b, a)| *b += share * (a - *b));
        self.set(to, &b);
        self.weights[to] = total;
        // The last cluster fills the gap.
        let last = self.names.len() - 1;
        let moved = self.point(last);
        self.set(from, &moved);
        self.weights.swap_remove(from);
        self.names.swap_remove(from);
        if let Some(name) = self.names.get(from) {
            self.places[*name as usize] = from as u32;
        }
    }
}
