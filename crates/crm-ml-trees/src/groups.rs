//! Columns in groups, so that one look at a row gives its bins in several of them.

use std::ops::Range;

use crm_ml_core::parallel;

/// Columns a full group: their bins in a row are one word, and their histograms fit into first-level cache.
pub(crate) const LANES: usize = 8;

/// The bins of neighbouring columns, row after row.
pub(crate) type Interleaved = Vec<[u8; LANES]>;

/// Columns whose histograms are made in one pass over the rows.
#[derive(Debug, Clone)]
pub(crate) struct Group<'a> {
    /// Their places among all columns.
    pub(crate) columns: Range<usize>,
    pub(crate) bins: GroupBins<'a>,
}

/// The bins of a group.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GroupBins<'a> {
    /// Of one column.
    Single(&'a [u8]),
    /// Of [`LANES`] columns.
    Interleaved(&'a [[u8; LANES]]),
}

/// Interleaves the columns as far as they fill groups.
pub(crate) fn interleave(columns: &[Vec<u8>]) -> Vec<Interleaved> {
    parallel::map(columns.len() / LANES, |group| {
        let lanes: [&[u8]; LANES] = std::array::from_fn(|lane| columns[group * LANES + lane].as_slice());
        (0..lanes[0].len()).map(|row| lanes.map(|lane| lane[row])).collect()
    })
}

/// All columns in groups: the interleaved ones, then each of the others alone.
pub(crate) fn groups<'a>(columns: &'a [Vec<u8>], interleaved: &'a [Interleaved]) -> Vec<Group<'a>> {
    let full = interleaved.iter().enumerate().map(|(place, bins)| Group {
        columns: place * LANES..(place + 1) * LANES,
        bins: GroupBins::Interleaved(bins),
    });
    let first = interleaved.len() * LANES;
    let single = columns
        .iter()
        .enumerate()
        .skip(first)
        .map(|(place, bins)| Group { columns: place..place + 1, bins: GroupBins::Single(bins) });
    full.chain(single).collect()
}
