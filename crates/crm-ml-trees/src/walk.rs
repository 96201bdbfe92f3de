//! Trees as prediction of many rows walks them.

/// Rows that go down a tree side by side, so that the processor has work while a cell or node is fetched.
pub(crate) const LANES: usize = 8;

/// A node in 16 bytes. A leaf leads to itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    threshold: f64,
    /// Place among the cells of [`with_both_infinities`].
    cell: u32,
    left: u32,
}

impl Step {
    pub(crate) fn leaf(place: usize) -> Self {
        // Nothing exceeds infinity.
        Self { threshold: f64::INFINITY, cell: 0, left: place as u32 }
    }

    pub(crate) fn threshold(feature: usize, threshold: f64, missing_left: bool, left: usize) -> Self {
        Self { threshold, cell: 2 * feature as u32 + u32::from(!missing_left), left: left as u32 }
    }
}

/// Every cell twice, so that one comparison decides: missing is minus infinity in the first and infinity in the second. Data has
/// no infinities of its own.
pub(crate) fn with_both_infinities(cells: &[f64]) -> Vec<f64> {
    let both = |cell: &f64| match cell.is_nan() {
        true => [f64::NEG_INFINITY, f64::INFINITY],
        false => [*cell; 2],
    };
    cells.iter().flat_map(both).collect()
}

/// The leaves of [`LANES`] rows, from their cells [`with_both_infinities`], `width` a row.
pub(crate) fn leaves(steps: &[Step], cells: &[f64], width: usize) -> [usize; LANES] {
    let mut places = [0; LANES];
    loop {
        let mut moved = 0;
        for (place, row) in places.iter_mut().zip(cells.chunks_exact(width)) {
            let step = steps[*place];
            let next = step.left as usize + usize::from(row[step.cell as usize] > step.threshold);
            moved |= next ^ *place;
            *place = next;
        }
        if moved == 0 {
            return places;
        }
    }
}
