//! Visiting the cells around a cell.

use super::CellGrid;

/// A walk over cells in ascending order that knows the cells around each.
///
/// The cells around a cell stand in runs, one for every step along all axes but the last. Each run starts at a number
/// a fixed distance away, so its place in the sorted list only moves forward as the walk does: a walk over m cells
/// takes O(m) steps a run.
#[derive(Debug)]
pub struct Walk<'a, const D: usize> {
    grid: &'a CellGrid<D>,
    only_after: bool,
    runs: Vec<Run>,
}

#[derive(Debug, Clone, Copy)]
struct Run {
    /// From the number of the cell to the middle of the run.
    offset: i64,
    /// The first cell that is not before the run.
    place: usize,
}

impl<'a, const D: usize> Walk<'a, D> {
    /// A walk that starts at `cell` or after it, to all the cells around.
    pub fn around(grid: &'a CellGrid<D>, cell: usize) -> Self {
        Self::new(grid, cell, false)
    }

    /// A walk to those of the cells around that come after the cell: every pair of cells is seen once.
    pub fn after(grid: &'a CellGrid<D>, cell: usize) -> Self {
        Self::new(grid, cell, true)
    }

    fn new(grid: &'a CellGrid<D>, cell: usize, only_after: bool) -> Self {
        let reach = grid.reach as i64;
        let mut offsets = vec![(0, 0)];
        for stride in grid.strides.iter().take(D.saturating_sub(1)) {
            let steps = |(length, offset): (i64, i64)| {
                (-reach..=reach).map(move |step| (length + step * step, offset + step * *stride as i64))
            };
            offsets = offsets.into_iter().flat_map(steps).collect();
        }
        // The nearest first: whoever looks for enough neighbours finds them sooner.
        offsets.sort_unstable();
        let number = grid.numbers.get(cell).copied().unwrap_or(0);
        let runs = offsets
            .into_iter()
            .filter(|(_, offset)| !only_after || *offset >= 0)
            .map(|(_, offset)| {
                let first = number.saturating_add_signed(offset - reach);
                Run { offset, place: grid.numbers.partition_point(|n| *n < first) }
            })
            .collect();
        Self { grid, only_after, runs }
    }

    /// Replaces `found` by the cells around `cell`, itself left out. Cells must not descend from call to call.
    pub fn visit(&mut self, cell: usize, found: &mut Vec<u32>) {
        found.clear();
        let numbers = &self.grid.numbers;
        let Some(number) = numbers.get(cell) else { return };
        let reach = self.grid.reach;
        for run in &mut self.runs {
            let middle = number.saturating_add_signed(run.offset);
            let (first, last) = (middle.saturating_sub(reach), middle + reach);
            while numbers.get(run.place).is_some_and(|n| *n < first) {
                run.place += 1;
            }
            let from = if self.only_after && run.offset == 0 { cell + 1 } else { run.place };
            for (other, n) in (from..).zip(numbers.get(from..).unwrap_or(&[])) {
                if *n > last {
                    break;
                }
                if other != cell {
                    found.push(other as u32);
                }
            }
        }
    }
}
