//! Trees as prediction of many rows walks them.

/// Rows that go down a tree side by side, so that the processor has work while a cell or node is fetched.
pub(crate) const LANES: usize = 8;

/// A node in 16 bytes. A leaf leads to itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    threshold: f64,
    feature: u32,
    /// Place of the left child, and in the lowest bit whether missing goes right.
    next: u32,
}

impl Step {
    pub(crate) fn leaf(place: usize) -> Self {
        // Nothing exceeds infinity, and missing goes left.
        Self { threshold: f64::INFINITY, feature: 0, next: (place as u32) << 1 }
    }

    pub(crate) fn threshold(feature: usize, threshold: f64, missing_left: bool, left: usize) -> Self {
        Self { threshold, feature: feature as u32, next: (left as u32) << 1 | u32::from(!missing_left) }
    }
}

/// The leaves of [`LANES`] rows of `width` cells.
pub(crate) fn leaves(steps: &[Step], cells: &[f64], width: usize) -> [usize; LANES] {
    let mut places = [0; LANES];
    loop {
        let mut moved = 0;
        for (place, row) in places.iter_mut().zip(cells.chunks_exact(width)) {
            let step = steps[*place];
            let cell = row[step.feature as usize];
            let goes_right = u32::from(cell > step.threshold) | (u32::from(cell.is_nan()) & step.next & 1);
            let next = ((step.next >> 1) + goes_right) as usize;
            moved |= next ^ *place;
            *place = next;
        }
        if moved == 0 {
            return places;
        }
    }
}
