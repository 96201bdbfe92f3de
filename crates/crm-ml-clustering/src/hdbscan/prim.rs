//! The minimum spanning tree by Prim's algorithm: every distance is found when it is needed, none is kept.

use crm_ml_core::{Progress, Result, parallel};
use crm_ml_neighbors::{BLOCK, Scan};
use rayon::prelude::*;

use super::{Edge, Reach, step};

/// Blocks of rows a piece of parallel work.
const BLOCKS: usize = 32;

/// Steps between calls of the progress.
const TOLD: usize = 1024;

/// A row that is not in the tree yet, and its shortest edge into it.
#[derive(Debug, Clone, Copy)]
struct Outside {
    reach: f64,
    distance: f64,
    to: u32,
    done: bool,
}

/// The core distances of the rows and the edges of the tree, in no order.
pub(super) fn spanning_tree(
    scan: &Scan<'_>,
    reach: Reach<'_>,
    progress: &dyn Progress,
) -> Result<(Vec<f64>, Vec<Edge>)> {
    let count = scan.n_rows();
    let cores = core_distances(scan, reach);
    let start = Outside { reach: f64::INFINITY, distance: f64::INFINITY, to: 0, done: false };
    let mut rows = vec![start; count];
    let mut edges = Vec::with_capacity(count.saturating_sub(1));
    let mut point = vec![0.0; scan.width()];
    let mut current = 0;
    while edges.len() + 1 < count {
        if edges.len() % TOLD == 0 {
            step(progress, edges.len(), count)?;
        }
        rows[current].done = true;
        scan.copy_row(current, &mut point);
        let pieces: Vec<Option<Edge>> = rows
            .par_chunks_mut(BLOCKS * BLOCK)
            .enumerate()
            .map(|(piece, rows)| {
                let mut best: Option<Edge> = None;
                for (block, rows) in (piece * BLOCKS..).zip(rows.chunks_mut(BLOCK)) {
                    relax(scan, (block, rows), (current, &point), &cores, reach);
                    for (row, outside) in (block * BLOCK..).zip(rows.iter()).filter(|(_, row)| !row.done) {
                        let edge = Edge::new(outside.reach, outside.distance, row, outside.to as usize);
                        if best.as_ref().is_none_or(|best| edge.cmp(best).is_lt()) {
                            best = Some(edge);
                        }
                    }
                }
                best
            })
            .collect();
        let Some(edge) = pieces.into_iter().flatten().min_by(Edge::cmp) else { break };
        let (low, high) = (edge.rows.0 as usize, edge.rows.1 as usize);
        current = if rows[low].done { high } else { low };
        edges.push(edge);
    }
    Ok((cores, edges))
}

/// Offers the rows of a block the edge to the current row.
fn relax(
    scan: &Scan<'_>,
    (block, rows): (usize, &mut [Outside]),
    (current, point): (usize, &[f64]),
    cores: &[f64],
    reach: Reach<'_>,
) {
    if rows.iter().all(|row| row.done) {
        return;
    }
    let mut distances = [0.0; BLOCK];
    let count = scan.distances(block, point, &mut distances);
    let cores_of_block = &cores[block * BLOCK..];
    for ((outside, distance), core) in rows.iter_mut().zip(&distances[..count]).zip(cores_of_block) {
        let reach = reach.between(cores[current], *core, *distance);
        let key = (reach, *distance);
        if !outside.done && key < (outside.reach, outside.distance) {
            (outside.reach, outside.distance) = key;
            outside.to = current as u32;
        }
    }
}

/// The core distance of every row; it is at 0 from itself.
fn core_distances(scan: &Scan<'_>, reach: Reach<'_>) -> Vec<f64> {
    let pieces = parallel::map_rows(scan.n_rows(), BLOCK, |rows| {
        let mut point = vec![0.0; scan.width()];
        let mut all = vec![(0.0, 0.0); scan.n_rows()];
        let mut distances = [0.0; BLOCK];
        let core = |row: usize| {
            scan.copy_row(row, &mut point);
            for (block, all) in all.chunks_mut(BLOCK).enumerate() {
                let count = scan.distances(block, &point, &mut distances);
                for (other, (entry, distance)) in
                    (block * BLOCK..).zip(all.iter_mut().zip(&distances[..count]))
                {
                    let distance = if other == row { 0.0 } else { *distance };
                    *entry = (distance, reach.weights.map_or(1.0, |weights| weights[other]));
                }
            }
            core_distance(&mut all, reach)
        };
        rows.map(core).collect::<Vec<f64>>()
    });
    pieces.concat()
}

/// The least distance within which the rows weigh enough.
fn core_distance(all: &mut [(f64, f64)], reach: Reach<'_>) -> f64 {
    if reach.weights.is_none() {
        return all.select_nth_unstable_by(reach.k - 1, |a, b| a.0.total_cmp(&b.0)).1.0;
    }
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut weight = 0.0;
    let enough = |(_, w): &&(f64, f64)| {
        weight += w;
        weight >= reach.k as f64
    };
    all.iter().find(enough).or(all.last()).map_or(0.0, |(distance, _)| *distance)
}
