//! Cells as bytes: a column is compared with few thresholds, so its cells need no more than their number.

use crate::bins::Levels;
use crate::tree::{Rule, Tree};

/// The highest code. Only missing has it.
pub(super) const NEVER: u8 = u8::MAX;

/// How the cells of a column become codes.
#[derive(Debug, Clone)]
pub(super) enum Coding {
    /// The number of thresholds below the cell.
    Thresholds(Vec<f64>),
    Levels(Levels),
}

impl Coding {
    /// Of all columns, for what these trees ask; `None` where a number does not fit into a byte.
    pub(super) fn of_columns(trees: &[Tree], levels: &[Option<Levels>]) -> Option<Vec<Self>> {
        let mut thresholds = vec![Vec::new(); levels.len()];
        for branch in trees.iter().flat_map(|tree| (0..tree.n_nodes()).filter_map(|node| tree.branch(node))) {
            if let Rule::Threshold { threshold, .. } = branch.rule {
                thresholds[branch.feature].push(threshold);
            }
        }
        let coding = |(mut thresholds, levels): (Vec<f64>, &Option<Levels>)| {
            thresholds.sort_unstable_by(f64::total_cmp);
            // 0.0 and -0.0 are one.
            thresholds.dedup_by(|a, b| a == b);
            let fits = thresholds.len() <= usize::from(NEVER);
            fits.then(|| levels.clone().map_or(Self::Thresholds(thresholds), Self::Levels))
        };
        thresholds.into_iter().zip(levels).map(coding).collect()
    }

    /// The two codes of a cell. Missing has the lowest in the first and the highest in the second, so that one comparison sends it
    /// where a split wants it.
    pub(super) fn codes(&self, cell: f64) -> [u8; 2] {
        match self {
            Self::Thresholds(_) if cell.is_nan() => [0, NEVER],
            Self::Thresholds(thresholds) => [thresholds.partition_point(|t| *t < cell) as u8; 2],
            Self::Levels(levels) => [levels.bin(cell); 2],
        }
    }

    /// The highest code that a threshold sends left.
    pub(super) fn code_of(&self, threshold: f64) -> Option<u8> {
        match self {
            Self::Thresholds(thresholds) => Some(thresholds.partition_point(|t| *t < threshold) as u8),
            // A column is either real or a category.
            Self::Levels(_) => None,
        }
    }
}
