//! Columns in slots and slots in groups, so that one look at a row gives its bins in several of them.

use crm_ml_core::parallel;

use crate::bins::BINS;
use crate::evidence::add;

/// Slots a full group: their bins in a row are one word, and their histograms fit into first-level cache.
pub(crate) const LANES: usize = 8;
/// Groups whose bins lie side by side: those of a row fill one line of cache.
const SIDE_BY_SIDE: usize = 8;

/// From so many rows on columns share slots: below, taking their histograms apart again costs more than it saves.
const MANY_ROWS: usize = 1 << 13;

/// Most cells of a slot of more than two columns: each of them takes its histogram from all cells.
const MOST_SHARED: usize = 64;

/// One histogram: that of a column, or of several columns of few bins, one of whose cells is a combination of their bins.
///
/// One add a row then serves all of them, and a column's own histogram is a sum over the cells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slot {
    pub(crate) members: Vec<Member>,
    /// Number of combinations.
    cells: usize,
}

/// A column in a slot: its bin counts `stride` cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Member {
    pub(crate) column: usize,
    stride: usize,
    /// Bins of the column that occur.
    bins: usize,
}

impl Member {
    /// Adds up the slot's cells, of `words` each, to the column's own.
    pub(crate) fn sum(&self, slot: &[u64], words: usize, own: &mut [u64]) {
        for repetition in slot.chunks_exact(self.stride * self.bins * words) {
            for (cells, own) in repetition.chunks_exact(self.stride * words).zip(own.chunks_exact_mut(words))
            {
                cells.chunks_exact(words).for_each(|cell| add(own, cell));
            }
        }
    }
}

/// Slots whose histograms are made in one pass over the rows.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// [`LANES`] at most.
    pub(crate) slots: Vec<Slot>,
    /// Room of each one's histogram in cells: 4, 16, 64 or 256.
    pub(crate) cells: usize,
}

/// All columns in groups, slots with the most cells first, so that small histograms lie together.
///
/// `counts` are the bins of each column, `used` those up to the last that occurs.
pub(crate) fn groups(counts: &[usize], used: &[usize], rows: usize) -> Vec<Group> {
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&column| std::cmp::Reverse(used[column]));
    let mut slots: Vec<Slot> = Vec::new();
    for column in order {
        let bins = used[column].max(1);
        let most = |slot: &Slot| if slot.members.len() < 2 { BINS } else { MOST_SHARED };
        let fits = |slot: &&mut Slot| rows >= MANY_ROWS && slot.cells * bins <= most(slot);
        match slots.iter_mut().find(fits) {
            Some(slot) => {
                slot.members.push(Member { column, stride: slot.cells, bins });
                slot.cells *= bins;
            }
            None => slots.push(Slot { members: vec![Member { column, stride: 1, bins }], cells: bins }),
        }
    }
    // A column by itself is searched in the slot's histogram, which then holds all its bins.
    let cells = |slot: &Slot| match slot.members[..] {
        [Member { column, .. }] => counts[column],
        _ => slot.cells,
    };
    slots.sort_by_key(|slot| std::cmp::Reverse(cells(slot)));
    let group = |slots: &[Slot]| Group { slots: slots.to_vec(), cells: room(cells(&slots[0])) };
    slots.chunks(LANES).map(group).collect()
}

fn room(cells: usize) -> usize {
    [4, 16, 64].into_iter().find(|room| cells <= *room).unwrap_or(BINS)
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
                for (lane, slot) in group.slots.iter().enumerate() {
                    for member in &slot.members {
                        let stride_in_slot = member.stride as u8;
                        for (row, bin) in piece.chunks_exact_mut(stride).zip(&columns[member.column][first..])
                        {
                            row[place][lane] += bin * stride_in_slot;
                        }
                    }
                }
            }
        });
        Self { bins, skipped, stride }
    }
}
