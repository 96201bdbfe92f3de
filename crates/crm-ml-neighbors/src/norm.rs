//! Distances that add up over coordinates, before the final root: to points, blocks of points and boxes.

use serde::{Deserialize, Serialize};

/// Points a block works on at a time: four registers of the x86-64 baseline.
const LANES: usize = 8;

/// What a coordinate's difference adds to the distance of two points.
///
/// Sums run over the coordinates in order, everywhere, and every step is monotone in floating point as well. So a
/// bound to a box is never on the wrong side of the distance to a point in it, to the last bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Norm {
    /// Its square: the squared Euclidean distance.
    Squares,
    /// Its magnitude: the Manhattan distance.
    Magnitudes,
}

trait Term {
    fn of(difference: f64) -> f64;
}

struct Square;

impl Term for Square {
    #[inline(always)]
    fn of(difference: f64) -> f64 {
        difference * difference
    }
}

struct Magnitude;

impl Term for Magnitude {
    #[inline(always)]
    fn of(difference: f64) -> f64 {
        difference.abs()
    }
}

/// Calls a generic function with the term of a norm.
macro_rules! with_term {
    ($norm:expr, $function:ident($($argument:expr),*)) => {
        match $norm {
            Norm::Squares => $function::<Square>($($argument),*),
            Norm::Magnitudes => $function::<Magnitude>($($argument),*),
        }
    };
}

impl Norm {
    /// Between two points.
    #[inline]
    pub fn between(self, a: &[f64], b: &[f64]) -> f64 {
        with_term!(self, between(a, b))
    }

    /// From a point to the points of a block, which stands coordinate after coordinate, `out.len()` values each.
    #[inline]
    pub(crate) fn to_block(self, point: &[f64], block: &[f64], out: &mut [f64]) {
        with_term!(self, to_block(point, block, out));
    }

    /// From a point to the nearest place of a box (its lower corner, then its upper).
    #[inline]
    pub(crate) fn point_to_box(self, point: &[f64], bounds: &[f64]) -> f64 {
        with_term!(self, point_to_box(point, bounds))
    }

    /// From a point to the farthest place of a box.
    #[inline]
    pub(crate) fn point_across_box(self, point: &[f64], bounds: &[f64]) -> f64 {
        with_term!(self, point_across_box(point, bounds))
    }

    /// Between the nearest places of two boxes.
    #[inline]
    pub(crate) fn box_to_box(self, a: &[f64], b: &[f64]) -> f64 {
        with_term!(self, box_to_box(a, b))
    }

    /// Between the farthest places of two boxes.
    #[inline]
    pub(crate) fn across_boxes(self, a: &[f64], b: &[f64]) -> f64 {
        with_term!(self, across_boxes(a, b))
    }
}

#[inline(always)]
fn between<T: Term>(a: &[f64], b: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (a, b) in a.iter().zip(b) {
        sum += T::of(a - b);
    }
    sum
}

#[inline(always)]
fn to_block<T: Term>(point: &[f64], block: &[f64], out: &mut [f64]) {
    let stride = out.len();
    if stride == 0 {
        return;
    }
    for (first, out) in (0..).step_by(LANES).zip(out.chunks_exact_mut(LANES)) {
        let mut sums = [0.0; LANES];
        for (p, column) in point.iter().zip(block.chunks_exact(stride)) {
            for (sum, x) in sums.iter_mut().zip(&column[first..first + LANES]) {
                *sum += T::of(p - x);
            }
        }
        out.copy_from_slice(&sums);
    }
    let first = stride - stride % LANES;
    for (lane, out) in out.iter_mut().enumerate().skip(first) {
        let mut sum = 0.0;
        for (p, column) in point.iter().zip(block.chunks_exact(stride)) {
            sum += T::of(p - column[lane]);
        }
        *out = sum;
    }
}

#[inline(always)]
fn point_to_box<T: Term>(point: &[f64], bounds: &[f64]) -> f64 {
    let (low, high) = bounds.split_at(bounds.len() / 2);
    let mut sum = 0.0;
    for ((p, low), high) in point.iter().zip(low).zip(high) {
        sum += T::of(larger(larger(low - p, p - high), 0.0));
    }
    sum
}

#[inline(always)]
fn point_across_box<T: Term>(point: &[f64], bounds: &[f64]) -> f64 {
    let (low, high) = bounds.split_at(bounds.len() / 2);
    let mut sum = 0.0;
    for ((p, low), high) in point.iter().zip(low).zip(high) {
        sum += T::of(larger(high - p, p - low));
    }
    sum
}

#[inline(always)]
fn box_to_box<T: Term>(a: &[f64], b: &[f64]) -> f64 {
    let width = a.len() / 2;
    let mut sum = 0.0;
    for ((a_low, a_high), (b_low, b_high)) in a.iter().zip(&a[width..]).zip(b.iter().zip(&b[width..])) {
        sum += T::of(larger(larger(b_low - a_high, a_low - b_high), 0.0));
    }
    sum
}

#[inline(always)]
fn across_boxes<T: Term>(a: &[f64], b: &[f64]) -> f64 {
    let width = a.len() / 2;
    let mut sum = 0.0;
    for ((a_low, a_high), (b_low, b_high)) in a.iter().zip(&a[width..]).zip(b.iter().zip(&b[width..])) {
        sum += T::of(larger(b_high - a_low, a_high - b_low));
    }
    sum
}

/// One instruction, where `f64::max` has to mind NaN.
#[inline(always)]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}
