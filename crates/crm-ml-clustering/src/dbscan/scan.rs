//! DBSCAN where every pair of rows is compared.

use crm_ml_core::{NOISE, parallel};
use crm_ml_neighbors::{BLOCK, Scan};
use rayon::prelude::*;

use super::{Clusters, Components, Density, number};

pub(super) fn cluster(scan: &Scan<'_>, density: Density<'_>) -> Clusters {
    let rows = scan.n_rows();
    let core: Vec<bool> = each_row(scan, |row, point| {
        let mut weight = 0.0;
        for block in 0..scan.n_blocks() {
            neighbours(scan, block, row, point, density.radius, |other| {
                weight += density.weights.map_or(1.0, |weights| weights[other]);
            });
            if weight >= density.enough {
                return true;
            }
        }
        false
    });
    let components = Components::new(rows);
    each_row(scan, |row, point| {
        if core[row] {
            for block in row / BLOCK..scan.n_blocks() {
                neighbours(scan, block, row, point, density.radius, |other| {
                    if core[other] {
                        components.unite(row as u32, other as u32);
                    }
                });
            }
        }
    });
    let (of_cores, count) = number(&components, rows, |row| core[row].then_some(row as u32));
    let labels = each_row(scan, |row, point| {
        if core[row] {
            return of_cores[row];
        }
        let mut best = i32::MAX;
        for block in 0..scan.n_blocks() {
            neighbours(scan, block, row, point, density.radius, |other| {
                if core[other] {
                    best = best.min(of_cores[other]);
                }
            });
        }
        if best == i32::MAX { NOISE } else { best }
    });
    Clusters { labels, core, count }
}

/// Calls `f(row, its coordinates)` for every row, in parallel.
fn each_row<T: Send>(scan: &Scan<'_>, f: impl Fn(usize, &[f64]) -> T + Sync + Send) -> Vec<T> {
    let pieces: Vec<Vec<T>> = parallel::map_rows(scan.n_rows(), BLOCK, |rows| {
        let mut point = vec![0.0; scan.width()];
        rows.map(|row| {
            scan.copy_row(row, &mut point);
            f(row, &point)
        })
        .collect()
    });
    pieces.into_par_iter().flatten_iter().collect()
}

/// Calls `visit` for the rows of a block that are neighbours of `row`; it is its own.
fn neighbours(
    scan: &Scan<'_>,
    block: usize,
    row: usize,
    point: &[f64],
    radius: f64,
    mut visit: impl FnMut(usize),
) {
    let mut distances = [0.0; BLOCK];
    let count = scan.distances(block, point, &mut distances);
    for (other, distance) in (block * BLOCK..).zip(&distances[..count]) {
        if *distance <= radius || other == row {
            visit(other);
        }
    }
}
