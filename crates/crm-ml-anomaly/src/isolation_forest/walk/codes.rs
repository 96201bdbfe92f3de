//! Cells as their place among the thresholds of their column.

use crate::isolation_forest::tree::{Cut, Tree};

/// No code is above it: of leaves.
pub(super) const NEVER: u16 = u16::MAX;
/// The code of a missing cell.
pub(super) const MISSING: u16 = u16::MAX;
/// Most thresholds of a column, so that no code is one of these.
const MOST: usize = u16::MAX as usize - 1;

/// For the columns of which trees ask whether they are above thresholds, in all that they ask; `None` for too many thresholds.
pub(super) fn of_columns(trees: &[Tree], width: usize) -> Option<Vec<Option<Codes>>> {
    let mut thresholds = vec![Vec::new(); width];
    for cut in trees.iter().flat_map(|tree| &tree.nodes).filter_map(|node| node.cut.as_ref()) {
        if let Cut::Threshold { column, threshold } = cut {
            thresholds[*column as usize].push(*threshold);
        }
    }
    let column = |thresholds: Vec<f64>| match thresholds.is_empty() {
        true => Some(None),
        false => Codes::new(thresholds).map(Some),
    };
    thresholds.into_iter().map(column).collect()
}

/// The thresholds of a column, and a table that says where to look among them.
#[derive(Debug, Clone)]
pub(super) struct Codes {
    /// Ascending, and then infinity so often that no look goes beyond the end.
    thresholds: Vec<f64>,
    low: f64,
    scale: f64,
    /// For equal parts of the range, the thresholds before each.
    starts: Vec<u16>,
    /// The first of the steps, each half as long as the one before, that cover the fullest part.
    step: usize,
}

impl Codes {
    /// `None` for too many thresholds.
    pub(super) fn new(mut thresholds: Vec<f64>) -> Option<Self> {
        thresholds.sort_unstable_by(f64::total_cmp);
        // 0.0 and -0.0 are one.
        thresholds.dedup_by(|a, b| a == b);
        if thresholds.len() > MOST {
            return None;
        }
        let (low, high) = (thresholds.first().copied()?, thresholds.last().copied()?);
        let parts = (2 * thresholds.len()).next_power_of_two();
        let scale = parts as f64 / (high - low);
        let mut codes = Self {
            thresholds: Vec::new(),
            low,
            // A range of no width, or beyond all numbers, is one part.
            scale: if scale.is_finite() { scale } else { 0.0 },
            starts: vec![0; parts],
            step: 0,
        };
        let mut inside = vec![0u16; parts];
        thresholds.iter().for_each(|threshold| inside[codes.part(*threshold)] += 1);
        let mut before = 0;
        for (start, inside) in codes.starts.iter_mut().zip(&inside) {
            *start = before;
            before += inside;
        }
        let fullest = inside.iter().copied().max().map_or(1, usize::from);
        codes.step = fullest.next_power_of_two();
        thresholds.resize(thresholds.len() + 2 * codes.step, f64::INFINITY);
        codes.thresholds = thresholds;
        Some(codes)
    }

    /// Never falls as the cell rises, so that thresholds of lower parts are below the cell and those of higher ones above it.
    #[inline]
    fn part(&self, cell: f64) -> usize {
        (((cell - self.low) * self.scale) as usize).min(self.starts.len() - 1)
    }

    #[inline]
    pub(super) fn code_or_missing(&self, cell: f64) -> u16 {
        if cell.is_nan() { MISSING } else { self.code(cell) }
    }

    /// How many thresholds are below a cell: it is above those, and no other.
    #[inline]
    pub(super) fn code(&self, cell: f64) -> u16 {
        let mut code = usize::from(self.starts[self.part(cell)]);
        let mut step = self.step;
        while step > 0 {
            code += if self.thresholds[code + step - 1] < cell { step } else { 0 };
            step /= 2;
        }
        code as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crm_ml_core::Stream;

    #[test]
    fn a_code_is_the_number_of_thresholds_below() {
        let mut stream = Stream::new(1, "test/codes", 0);
        let normal: Vec<f64> = (0..3000).map(|_| stream.normal()).collect();
        let tailed: Vec<f64> = normal.iter().map(|value| (20.0 * value).exp()).collect();
        let extreme = vec![-f64::MAX, -1.0, -0.0, 0.0, f64::from_bits(1), 2.0, 2.0, 1e300, f64::MAX];
        for thresholds in [normal, tailed, extreme, vec![3.0]] {
            let codes = Codes::new(thresholds.clone()).unwrap();
            let mut distinct = thresholds.clone();
            distinct.sort_unstable_by(f64::total_cmp);
            distinct.dedup_by(|a, b| a == b);
            let others = thresholds.iter().flat_map(|t| [*t, t.next_up(), t.next_down(), 0.5 * t, -t]);
            for cell in others.filter(|cell| cell.is_finite()) {
                let below = distinct.iter().filter(|threshold| **threshold < cell).count();
                assert_eq!(usize::from(codes.code(cell)), below, "{cell:e}");
            }
        }
    }
}
