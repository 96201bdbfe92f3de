//! Linkages of all distances: complete, average, weighted.

use crm_ml_core::{Error, Result};
use crm_ml_neighbors::{BLOCK, Scan, Space};
use pulp::Arch;
use rayon::prelude::*;

use super::Linkage;
use super::chain::Clusters;

/// Rows of the matrix that one thread brings up to date.
const ROWS: usize = 2048;
/// Below this many clusters one thread brings all up to date: waking another costs as much.
const PARALLEL: usize = 4096;
/// Below this many clusters the matrix is not made smaller again.
const SMALL: usize = 256;

/// The distances of all clusters, a full square so that those of one lie side by side.
pub(super) struct Distances {
    linkage: Linkage,
    side: usize,
    cells: Vec<f64>,
    weights: Vec<f64>,
    /// 0 for clusters that are left, infinity for those that are gone: added to distances, it keeps the gone away.
    gone: Vec<f64>,
    left: usize,
    names: Vec<u32>,
    /// Where a named cluster stands.
    places: Vec<u32>,
}

impl Distances {
    pub(super) fn new(
        space: &Space,
        coordinates: &[f64],
        weights: Vec<f64>,
        linkage: Linkage,
    ) -> Result<Self> {
        let scan = Scan::new(coordinates, space.n_coordinates(), space.kernel());
        let side = scan.n_rows();
        if Vec::<f64>::new().try_reserve_exact(side * side).is_err() {
            return Err(Error::unsupported(format!("no memory for the distances of {side} rows")));
        }
        // Memory that the system clears when it is first touched, by the thread that fills it.
        let mut cells = vec![0.0; side * side];
        cells.par_chunks_mut(side.max(1)).enumerate().for_each(|(row, cells)| {
            let (mut point, mut found) = (vec![0.0; scan.width()], [0.0; BLOCK]);
            scan.copy_row(row, &mut point);
            for (block, cells) in cells.chunks_mut(BLOCK).enumerate() {
                scan.distances(block, &point, &mut found);
                cells.copy_from_slice(&found[..cells.len()]);
                space.to_distances(cells);
            }
        });
        let names: Vec<u32> = (0..side as u32).collect();
        Ok(Self {
            linkage,
            side,
            cells,
            weights,
            gone: vec![0.0; side],
            left: side,
            places: names.clone(),
            names,
        })
    }

    fn row(&self, place: usize) -> &[f64] {
        &self.cells[place * self.side..(place + 1) * self.side]
    }

    /// Leaves out what is gone, once that is half of the matrix.
    fn shrink(&mut self) {
        let kept: Vec<usize> = (0..self.side).filter(|place| self.gone[*place] == 0.0).collect();
        for (row, from) in kept.iter().enumerate() {
            for (column, other) in kept.iter().enumerate() {
                // What is written was read before: no place moves up.
                self.cells[row * kept.len() + column] = self.cells[from * self.side + other];
            }
        }
        self.side = kept.len();
        self.cells.truncate(self.side * self.side);
        self.weights = kept.iter().map(|place| self.weights[*place]).collect();
        self.names = kept.iter().map(|place| self.names[*place]).collect();
        self.gone = vec![0.0; self.side];
        for (place, name) in self.names.iter().enumerate() {
            self.places[*name as usize] = place as u32;
        }
    }
}

/// The least distance to a cluster that is left and not `own`, and whose it is; the first of equal ones.
#[inline(always)]
fn nearest(row: &[f64], gone: &[f64], own: usize) -> (usize, f64) {
    const LANES: usize = 8;
    let (before, behind) =
        (least::<LANES>(&row[..own], &gone[..own]), least::<LANES>(&row[own + 1..], &gone[own + 1..]));
    let distance = if behind < before { behind } else { before };
    let place = row
        .iter()
        .zip(gone)
        .enumerate()
        .position(|(place, (cell, gone))| place != own && cell + gone == distance);
    (place.unwrap_or(own), distance)
}

#[inline(always)]
fn least<const LANES: usize>(row: &[f64], gone: &[f64]) -> f64 {
    let mut lanes = [f64::INFINITY; LANES];
    let (cells, marks) = (row.chunks_exact(LANES), gone.chunks_exact(LANES));
    let rest = cells.remainder().iter().zip(marks.remainder());
    let rest = rest.map(|(cell, gone)| cell + gone).fold(f64::INFINITY, f64::min);
    for (cells, marks) in cells.zip(marks) {
        for lane in 0..LANES {
            let value = cells[lane] + marks[lane];
            lanes[lane] = if value < lanes[lane] { value } else { lanes[lane] };
        }
    }
    lanes.into_iter().fold(rest, f64::min)
}

impl Clusters for Distances {
    fn len(&self) -> usize {
        self.left
    }

    fn first(&self) -> u32 {
        self.gone.iter().position(|gone| *gone == 0.0).map_or(0, |place| self.names[place])
    }

    fn nearest(&self, cluster: u32, preferred: Option<u32>) -> (u32, f64) {
        let own = self.places[cluster as usize] as usize;
        let row = self.row(own);
        let (place, distance) = Arch::new().dispatch(|| nearest(row, &self.gone, own));
        match preferred {
            Some(preferred) if row[self.places[preferred as usize] as usize] <= distance => {
                (preferred, distance)
            }
            _ => (self.names[place], distance),
        }
    }

    fn join(&mut self, gone: u32, kept: u32) {
        let [from, to] = [gone, kept].map(|name| self.places[name as usize] as usize);
        let (side, linkage) = (self.side, self.linkage);
        let share = self.weights[from] / (self.weights[from] + self.weights[to]);
        let (one, other) = (self.row(from), self.row(to));
        let joined = |(one, other): (&f64, &f64)| match linkage {
            Linkage::Complete => one.max(*other),
            Linkage::Average => other + share * (one - other),
            _ => 0.5 * one + 0.5 * other,
        };
        let row: Vec<f64> = one.iter().zip(other).map(joined).collect();
        self.cells[to * side..(to + 1) * side].copy_from_slice(&row);
        self.weights[to] += self.weights[from];
        self.gone[from] = f64::INFINITY;
        self.left -= 1;
        let gone = &self.gone;
        let update = |(piece, cells): (usize, &mut [f64])| {
            let first = piece * ROWS;
            for (place, cells) in (first..).zip(cells.chunks_exact_mut(side)) {
                if gone[place] == 0.0 {
                    cells[to] = row[place];
                }
            }
        };
        if side < PARALLEL {
            self.cells.chunks_mut(ROWS * side).enumerate().for_each(update);
        } else {
            self.cells.par_chunks_mut(ROWS * side).enumerate().for_each(update);
        }
        if self.left * 2 <= self.side && self.left >= SMALL {
            self.shrink();
        }
    }
}
