//! Which cells are missing.

/// Texts that stand for "missing", quick to tell from all others.
pub(crate) struct Markers<'a> {
    texts: Vec<&'a str>,
    /// By the first byte of a cell, whether it can be one of them.
    starts: [bool; 256],
}

impl<'a> Markers<'a> {
    pub(crate) fn new(markers: &'a [String]) -> Self {
        let texts: Vec<&str> = markers.iter().map(|marker| marker.trim()).collect();
        let mut starts = [false; 256];
        for first in texts.iter().filter_map(|text| text.bytes().next()) {
            starts[usize::from(first.to_ascii_lowercase())] = true;
            starts[usize::from(first.to_ascii_uppercase())] = true;
        }
        Self { texts, starts }
    }

    /// Whether a trimmed cell is missing: it is empty, or a marker in any case.
    pub(crate) fn is_missing(&self, cell: &str) -> bool {
        match cell.bytes().next() {
            None => true,
            Some(first) if self.starts[usize::from(first)] => {
                self.texts.iter().any(|text| text.eq_ignore_ascii_case(cell))
            }
            Some(_) => false,
        }
    }
}
