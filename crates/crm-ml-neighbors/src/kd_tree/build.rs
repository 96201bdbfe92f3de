//! Building level by level.

use rayon::prelude::*;

use super::{KdTree, MAX_LEAF};
use crate::Norm;

/// Points of a leaf are padded to a multiple of this.
const LANES: usize = 8;

/// Nodes smaller than this are not worth a task of their own.
const TASK: usize = 2048;

/// Leaves are this small where boxes are cheap to test against.
fn leaf_size(width: usize) -> usize {
    if width <= 3 { MAX_LEAF / 2 } else { MAX_LEAF }
}

pub(super) fn build(points: &[f64], width: usize, norm: Norm) -> KdTree {
    let count = points.len() / width;
    let mut depth = 0;
    while count.div_ceil(1 << depth) > leaf_size(width) {
        depth += 1;
    }
    let mut order: Vec<u32> = (0..count as u32).collect();
    let mut spans = vec![(0, count as u32)];
    let mut bounds = Vec::new();
    let mut lowest = Vec::new();
    for level in 0..=depth {
        let first = spans.len() - (1 << level);
        let level_spans = spans[first..].to_vec();
        let mut nodes = slices(&mut order, &level_spans);
        let min_len = (TASK >> (depth - level).min(8)).max(1);
        let boxes: Vec<(Vec<f64>, u32)> = nodes
            .par_iter_mut()
            .with_min_len(min_len)
            .map(|rows| {
                let corners = corners(points, width, rows);
                if level < depth {
                    halve(points, width, rows, longest(&corners, width));
                }
                (corners, rows.iter().copied().min().unwrap_or(0))
            })
            .collect();
        for (corners, row) in boxes {
            bounds.extend(corners);
            lowest.push(row);
        }
        if level < depth {
            for (start, end) in level_spans {
                let middle = middle(start, end);
                spans.extend([(start, middle), (middle, end)]);
            }
        }
    }
    let first_leaf = (1usize << depth) - 1;
    let stride = count.div_ceil(1 << depth).next_multiple_of(LANES);
    let mut cells = vec![0.0; (stride * width) << depth];
    cells.par_chunks_mut(stride * width).zip(&spans[first_leaf..]).for_each(|(block, (start, end))| {
        for (lane, row) in order[*start as usize..*end as usize].iter().enumerate() {
            let point = &points[*row as usize * width..][..width];
            for (column, value) in point.iter().enumerate() {
                block[column * stride + lane] = *value;
            }
        }
    });
    KdTree { norm, width, order, spans, bounds, lowest, first_leaf, stride, cells }
}

/// The left half is the larger one.
fn middle(start: u32, end: u32) -> u32 {
    start + (end - start).div_ceil(2)
}

/// The pieces of `order` that belong to the nodes of a level.
fn slices<'a>(order: &'a mut [u32], spans: &[(u32, u32)]) -> Vec<&'a mut [u32]> {
    let mut rest = order;
    let mut pieces = Vec::with_capacity(spans.len());
    for (start, end) in spans {
        let (piece, after) = rest.split_at_mut((end - start) as usize);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// Lower, then upper corner.
fn corners(points: &[f64], width: usize, rows: &[u32]) -> Vec<f64> {
    let mut corners = vec![f64::INFINITY; 2 * width];
    let (low, high) = corners.split_at_mut(width);
    high.fill(f64::NEG_INFINITY);
    for row in rows {
        let point = &points[*row as usize * width..][..width];
        for ((low, high), v) in low.iter_mut().zip(high.iter_mut()).zip(point) {
            *low = if v < low { *v } else { *low };
            *high = if v > high { *v } else { *high };
        }
    }
    corners
}

/// The coordinate the box is longest in; the first of several.
fn longest(corners: &[f64], width: usize) -> usize {
    let (low, high) = corners.split_at(width);
    let mut best = (0, f64::NEG_INFINITY);
    for (column, (low, high)) in low.iter().zip(high).enumerate() {
        if high - low > best.1 {
            best = (column, high - low);
        }
    }
    best.0
}

/// Reorders rows so that the first half comes before the second, by coordinate, then by row.
fn halve(points: &[f64], width: usize, rows: &mut [u32], column: usize) {
    if rows.len() < 2 {
        return;
    }
    let left = middle(0, rows.len() as u32) as usize;
    let mut keyed: Vec<(f64, u32)> =
        rows.iter().map(|row| (points[*row as usize * width + column], *row)).collect();
    keyed.select_nth_unstable_by(left, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    // Which half a row is in does not depend on how it was found; the order inside would.
    let (first, second) = keyed.split_at_mut(left);
    for half in [first, second] {
        if half.len() <= MAX_LEAF {
            half.sort_unstable_by_key(|(_, row)| *row);
        }
    }
    for (row, (_, keyed)) in rows.iter_mut().zip(&keyed) {
        *row = *keyed;
    }
}
