//! Columns in groups, so that one look at a row gives its bins in several of them.

use crm_ml_core::parallel;

use crate::bins::BINS;

/// Columns a full group: their bins in a row are one word, and their histograms fit into first-level cache.
pub(crate) const LANES: usize = 8;
/// Groups whose bins lie side by side: those of a row fill one line of cache.
const SIDE_BY_SIDE: usize = 8;

/// Columns whose histograms are made in one pass over the rows.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Their places among all columns, [`LANES`] at most.
    pub(crate) columns: Vec<usize>,
    /// Room of each one's histogram in bins: 4, 16, 64 or 256.
    pub(crate) cells: usize,
}

/// All columns in groups, those with the most bins first, so that small histograms lie together. `counts` are their bins.
pub(crate) fn groups(counts: &[usize]) -> Vec<Group> {
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&column| std::cmp::Reverse(counts[column]));
    let group = |columns: &[usize]| Group { columns: columns.to_vec(), cells: room(counts[columns[0]]) };
    order.chunks(LANES).map(group).collect()
}

fn room(bins: usize) -> usize {
    [4, 16, 64].into_iter().find(|room| bins <= *room).unwrap_or(BINS)
}

/// The bins of all groups, row after row.
#[derive(Debug)]
pub(crate) struct Lines {
    blocks: Vec<Block>,
}

/// Up to [`SIDE_BY_SIDE`] groups.
#[derive(Debug)]
struct Block {
    bins: Vec<[u8; LANES]>,
    /// Entries before the first row, so that rows begin where lines of cache do.
    skipped: usize,
    /// Entries a row: a power of two.
    stride: usize,
}

/// The bins of one group.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupBins<'a> {
    bins: &'a [[u8; LANES]],
    stride: usize,
}

impl GroupBins<'_> {
    #[inline(always)]
    pub(crate) fn of_row(&self, row: u32) -> [u8; LANES] {
        self.bins[row as usize * self.stride]
    }
}

impl Lines {
    /// Lays the bins of `columns` out by `groups`.
    pub(crate) fn new(columns: &[Vec<u8>], groups: &[Group]) -> Self {
        let rows = columns.first().map_or(0, Vec::len);
        Self { blocks: groups.chunks(SIDE_BY_SIDE).map(|groups| Block::new(columns, groups, rows)).collect() }
    }

    /// The bins of the group at `place`.
    pub(crate) fn group(&self, place: usize) -> GroupBins<'_> {
        let block = &self.blocks[place / SIDE_BY_SIDE];
        let first = block.skipped + place % SIDE_BY_SIDE;
        GroupBins { bins: &block.bins[first..], stride: block.stride }
    }
}

impl Block {
    fn new(columns: &[Vec<u8>], groups: &[Group], rows: usize) -> Self {
        let stride = groups.len().next_power_of_two();
        let mut bins = vec![[0; LANES]; rows * stride + SIDE_BY_SIDE];
        let skipped = bins.as_ptr().align_offset(LANES * SIDE_BY_SIDE).min(SIDE_BY_SIDE - 1);
        parallel::fill_rows(&mut bins[skipped..skipped + rows * stride], stride, 1 << 13, |first, piece| {
            for (place, group) in groups.iter().enumerate() {
                for (lane, &column) in group.columns.iter().enumerate() {
                    let cells = &columns[column][first..];
                    piece.chunks_exact_mut(stride).zip(cells).for_each(|(row, bin)| row[place][lane] = *bin);
                }
            }
        });
        Self { bins, skipped, stride }
    }
}
