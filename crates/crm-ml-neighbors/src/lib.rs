#![doc = include_str!("../README.md")]

mod grid;
mod kd_tree;
mod metric;
mod nearest;
mod norm;
mod scan;
mod space;

pub use grid::{CellGrid, Walk};
pub use kd_tree::{KdTree, MAX_LEAF};
pub use metric::Metric;
pub use nearest::{NearestNeighbors, NearestNeighborsModel, Neighbors, NeighborsWithin, SearchAlgorithm};
pub use norm::Norm;
pub use scan::{BLOCK, Scan};
pub use space::{Kernel, Space};
