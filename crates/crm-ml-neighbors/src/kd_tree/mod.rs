//! A balanced k-d tree with tight boxes and blocks of points for leaves.

mod build;
mod search;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crm_ml_core::{Error, Result};

use crate::Norm;
pub(crate) use search::Best;

/// The most points a leaf has.
pub const MAX_LEAF: usize = 32;

/// A k-d tree (Bentley 1975) over points whose distance is a sum over coordinates.
///
/// Every node halves its points at the median of the coordinate its box is longest in, so the tree is perfectly
/// balanced and its nodes are numbered as in a heap: the children of `i` are `2 i + 1` and `2 i + 2`. Boxes are those
/// of the points, not of the cuts. Points stand in the order of the leaves: a *position* counts in that order, a *row*
/// in the order given. The points of a leaf stand coordinate after coordinate, so that a query is compared with many
/// at once.
///
/// Built in O(n log n) comparisons and O(n p log n) reads, parallel over nodes, the same at any number of threads; O(n
/// p) space. All distances are reduced: squared for [`Norm::Squares`].
///
/// ```
/// use crm_ml_neighbors::{KdTree, Norm};
///
/// let tree = KdTree::new(&[0.0, 0.0, 3.0, 4.0, 6.0, 8.0], 2, Norm::Squares)?;
/// let mut near = Vec::new();
/// tree.within(&[0.0, 0.0], 25.0, |position, distance| near.push((tree.row(position), distance)));
/// near.sort_by_key(|(row, _)| *row);
/// assert_eq!(near, [(0, 0.0), (1, 25.0)]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct KdTree {
    norm: Norm,
    width: usize,
    /// Row of every position.
    order: Vec<u32>,
    /// First position of every node; of the last also the end.
    spans: Vec<(u32, u32)>,
    /// Lower, then upper corner of every node's box.
    bounds: Vec<f64>,
    /// Lowest row of every node.
    lowest: Vec<u32>,
    /// Number of the first leaf among the nodes.
    first_leaf: usize,
    /// Points a leaf has room for.
    stride: usize,
    /// Leaf after leaf, in each coordinate after coordinate, `stride` values each.
    cells: Vec<f64>,
}

impl KdTree {
    /// Builds a tree over points of `width` coordinates, point after point. No coordinate may be NaN.
    ///
    /// Errors: no points; cells that make no whole points; more points than 32 bits count.
    pub fn new(points: &[f64], width: usize, norm: Norm) -> Result<Self> {
        let count = points.len().checked_div(width).unwrap_or(0);
        if count == 0 {
            return Err(Error::empty("rows"));
        }
        if count * width != points.len() {
            return Err(Error::length("coordinates", count * width, points.len()));
        }
        if count >= u32::MAX as usize {
            return Err(Error::unsupported("a k-d tree of more than 2^32 - 2 points"));
        }
        Ok(build::build(points, width, norm))
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is no point; there always is.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Coordinates a point.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The norm.
    pub fn norm(&self) -> Norm {
        self.norm
    }

    /// The row of every position.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The row of a position.
    ///
    /// # Panics
    /// If the position is out of range.
    #[inline]
    pub fn row(&self, position: usize) -> usize {
        self.order[position] as usize
    }

    /// Number of nodes; node 0 is the root.
    pub fn n_nodes(&self) -> usize {
        self.spans.len()
    }

    /// Number of the first leaf: it and all after it are leaves.
    #[inline]
    pub fn first_leaf(&self) -> usize {
        self.first_leaf
    }

    /// The children of a node; `None` for a leaf.
    #[inline]
    pub fn children(&self, node: usize) -> Option<(usize, usize)> {
        if node < self.first_leaf { Some((2 * node + 1, 2 * node + 2)) } else { None }
    }

    /// The positions of a node's points.
    #[inline]
    pub fn span(&self, node: usize) -> Range<usize> {
        let (start, end) = self.spans[node];
        start as usize..end as usize
    }

    #[inline]
    fn bounds(&self, node: usize) -> &[f64] {
        &self.bounds[node * 2 * self.width..(node + 1) * 2 * self.width]
    }

    /// A lower bound of the distances of `point` to the points of a node.
    #[inline]
    pub fn least(&self, node: usize, point: &[f64]) -> f64 {
        self.norm.point_to_box(point, self.bounds(node))
    }

    /// An upper bound of the distances of `point` to the points of a node.
    #[inline]
    pub fn most(&self, node: usize, point: &[f64]) -> f64 {
        self.norm.point_across_box(point, self.bounds(node))
    }

    /// A lower bound of the distances between the points of two nodes.
    #[inline]
    pub fn least_between(&self, a: usize, b: usize) -> f64 {
        self.norm.box_to_box(self.bounds(a), self.bounds(b))
    }

    /// An upper bound of the distances between the points of two nodes.
    #[inline]
    pub fn most_between(&self, a: usize, b: usize) -> f64 {
        self.norm.across_boxes(self.bounds(a), self.bounds(b))
    }

    /// Distances of `point` to the points of a leaf, in the order of [`KdTree::span`], as the first entries of `out`;
    /// how many they are. The other entries mean nothing.
    #[inline]
    pub fn leaf_distances(&self, leaf: usize, point: &[f64], out: &mut [f64; MAX_LEAF]) -> usize {
        let size = self.stride * self.width;
        let slot = leaf - self.first_leaf;
        self.norm.to_block(point, &self.cells[slot * size..(slot + 1) * size], &mut out[..self.stride]);
        self.span(leaf).len()
    }

    /// The coordinates of the point at `lane` of a leaf into `out`.
    #[inline]
    pub fn copy_point(&self, leaf: usize, lane: usize, out: &mut [f64]) {
        let size = self.stride * self.width;
        let block = &self.cells[(leaf - self.first_leaf) * size..][..size];
        for (out, column) in out.iter_mut().zip(block.chunks_exact(self.stride)) {
            *out = column[lane];
        }
    }
}
