//! A grid of cells so small that all points of a cell are within a radius of each other.

mod sort;
#[cfg(test)]
mod tests;
mod walk;

use std::ops::Range;

use crm_ml_core::parallel;
use rayon::prelude::*;

use crate::Norm;
pub use walk::Walk;

/// Cells are this much smaller than they might be: far more than rounding can add to a place.
const SLACK: f64 = 1e-5;

/// Places count below this, where rounding moves a place by less than a tenth of the slack.
const MOST_PLACES: f64 = (1u64 << 31) as f64;

/// Points or cells a piece of parallel work.
const PIECE: usize = 1 << 14;

/// Points in few dimensions, sorted by cell: the search structure for a radius known in advance.
///
/// The diagonal of a cell is just below the radius, so any two points of a cell are within it of each other, as
/// computed. Only cells that hold points exist: they are found in a sorted list of numbers (row-major in the grid), by
/// [`Walk`], without hashing. O(n) space and time, where sorting is by radix.
///
/// Reference: Wang, Gu, Shun, Theoretically-efficient and practical parallel DBSCAN, 2020 (the cells; the sorted list
/// is ours).
#[derive(Debug, Clone)]
pub struct CellGrid<const D: usize> {
    norm: Norm,
    radius: f64,
    /// Cells between two cells beyond which no points can be within the radius.
    reach: u64,
    /// Steps in the numbering for one place along each axis.
    strides: [u64; D],
    /// Number of every cell, ascending.
    numbers: Vec<u64>,
    /// First position of every cell, and the end of the last.
    starts: Vec<u32>,
    /// Lower and upper corner of the points of every cell.
    bounds: Vec<[[f64; D]; 2]>,
    /// Row of every position.
    order: Vec<u32>,
    points: Vec<[f64; D]>,
}

impl<const D: usize> CellGrid<D> {
    /// Sorts points, given point after point, into cells for a reduced radius (squared for [`Norm::Squares`]). No
    /// coordinate may be NaN; cells of a last point that is not whole are left out.
    ///
    /// `None` where a grid cannot serve: no points, a radius that is 0 or no finite number, or so small beside the
    /// spread of the points that 64 bits cannot number cell and point.
    pub fn new(coordinates: &[f64], radius: f64, norm: Norm) -> Option<Self> {
        let count =
            coordinates.len().checked_div(D).filter(|count| (1..u32::MAX as usize).contains(count))?;
        let (length, side) = match norm {
            Norm::Squares => (radius.sqrt(), radius.sqrt() / (D as f64).sqrt()),
            Norm::Magnitudes => (radius, radius / D as f64),
        };
        let side = side * (1.0 - SLACK);
        if !(side.is_normal() && radius.is_normal() && side > 0.0) {
            return None;
        }
        let [low, high] = corners(coordinates.chunks_exact(D));
        let reach = (length / side * (1.0 + 0.1 * SLACK)) as u64 + 1;
        let strides = strides(&low, &high, side, reach, count)?;
        let sorted = sort::by_number(count, |row| {
            let mut number = 0;
            for ((v, low), stride) in point::<D>(coordinates, row).iter().zip(&low).zip(&strides) {
                number += (((v - low) / side) as u64 + reach) * stride;
            }
            number
        })?;
        Some(Self::from_sorted(
            coordinates,
            &sorted,
            Self {
                norm,
                radius,
                reach,
                strides,
                numbers: Vec::new(),
                starts: Vec::new(),
                bounds: Vec::new(),
                order: Vec::new(),
                points: Vec::new(),
            },
        ))
    }

    fn from_sorted(coordinates: &[f64], sorted: &sort::Sorted, mut grid: Self) -> Self {
        let count = coordinates.len() / D;
        let pieces = parallel::map_rows(count, PIECE, |positions| {
            let (mut numbers, mut starts) = (Vec::new(), Vec::new());
            for position in positions {
                let number = sorted.number(position);
                if position == 0 || sorted.number(position - 1) != number {
                    numbers.push(number);
                    starts.push(position as u32);
                }
            }
            (numbers, starts)
        });
        for (numbers, starts) in pieces {
            grid.numbers.extend(numbers);
            grid.starts.extend(starts);
        }
        grid.starts.push(count as u32);
        grid.order = (0..count).into_par_iter().with_min_len(PIECE).map(|p| sorted.row(p)).collect();
        grid.points =
            grid.order.par_iter().with_min_len(PIECE).map(|row| point(coordinates, *row as usize)).collect();
        let bounds = |cell: usize| corners(grid.points[grid.span(cell)].iter().map(|point| &point[..]));
        grid.bounds = (0..grid.numbers.len()).into_par_iter().with_min_len(1024).map(bounds).collect();
        grid
    }

    /// Number of cells.
    pub fn n_cells(&self) -> usize {
        self.numbers.len()
    }

    /// The reduced radius.
    pub fn radius(&self) -> f64 {
        self.radius
    }

    /// The norm.
    pub fn norm(&self) -> Norm {
        self.norm
    }

    /// The row of every position: points are counted cell after cell.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The points in the order of their positions.
    pub fn points(&self) -> &[[f64; D]] {
        &self.points
    }

    /// The positions of a cell.
    #[inline]
    pub fn span(&self, cell: usize) -> Range<usize> {
        self.starts[cell] as usize..self.starts[cell + 1] as usize
    }

    /// Lower and upper corner of the points of a cell.
    #[inline]
    pub fn bounds(&self, cell: usize) -> &[[f64; D]; 2] {
        &self.bounds[cell]
    }
}

/// The coordinates of a row.
#[inline]
fn point<const D: usize>(coordinates: &[f64], row: usize) -> [f64; D] {
    let mut point = [0.0; D];
    point.copy_from_slice(&coordinates[row * D..(row + 1) * D]);
    point
}

/// Lower and upper corner of points.
fn corners<'a, const D: usize>(points: impl Iterator<Item = &'a [f64]>) -> [[f64; D]; 2] {
    let (mut low, mut high) = ([f64::INFINITY; D], [f64::NEG_INFINITY; D]);
    for point in points {
        for ((low, high), v) in low.iter_mut().zip(&mut high).zip(point) {
            *low = if v < low { *v } else { *low };
            *high = if v > high { *v } else { *high };
        }
    }
    [low, high]
}

/// Steps in the numbering along each axis, the last 1, with room for `reach` cells around; `None` where 64 bits cannot
/// hold a number beside a row.
fn strides<const D: usize>(
    low: &[f64; D],
    high: &[f64; D],
    side: f64,
    reach: u64,
    rows: usize,
) -> Option<[u64; D]> {
    let mut strides = [1u64; D];
    let mut product = 1u64;
    for axis in (0..D).rev() {
        let places = (high[axis] - low[axis]) / side;
        if places.is_nan() || places >= MOST_PLACES {
            return None;
        }
        strides[axis] = product;
        product = product.checked_mul(places as u64 + 1 + 2 * reach)?;
    }
    let bits = u64::BITS - product.leading_zeros() + sort::row_bits(rows);
    (bits <= u64::BITS).then_some(strides)
}
