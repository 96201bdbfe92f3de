//! Where the histograms of a tree's columns lie.

use std::ops::Range;

use crate::bins::Binned;
use crate::groups::{GroupBins, LANES, Member};

/// The histograms of a node, one after the other. Groups without a column of the tree take no room.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub(super) parts: Vec<Part<'a>>,
    /// Of each column.
    pub(super) places: Vec<Place>,
    /// Words of all histograms.
    pub(super) words: usize,
}

/// A group, with the slots that the tree uses.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) bins: GroupBins<'a>,
    pub(super) cells: usize,
    pub(super) lanes: Vec<usize>,
    pub(super) words: usize,
}

/// Where the histogram of a column lies.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) slot: Range<usize>,
    /// Its share of a slot of several columns.
    pub(super) share: Option<Member>,
}

impl<'a> Layout<'a> {
    /// For the columns that a tree may use, cells having `cell_words` words. Without lines there are no parts.
    pub(super) fn new(data: &'a Binned, columns: &[usize], cell_words: usize) -> Self {
        let mut used = vec![false; data.bins.len()];
        columns.iter().for_each(|column| used[*column] = true);
        let mut layout = Self { parts: Vec::new(), places: vec![Place::default(); used.len()], words: 0 };
        let Some(lines) = &data.lines else { return layout };
        for (place, group) in data.groups.iter().enumerate() {
            let is_used = |lane: &usize| group.slots[*lane].members.iter().any(|m| used[m.column]);
            let lanes: Vec<usize> = (0..group.slots.len()).filter(is_used).collect();
            if lanes.is_empty() {
                continue;
            }
            let width = group.cells * cell_words;
            for (lane, slot) in group.slots.iter().enumerate() {
                let first = layout.words + lane * width;
                for member in &slot.members {
                    let share = (slot.members.len() > 1).then_some(*member);
                    layout.places[member.column] = Place { slot: first..first + width, share };
                }
            }
            let words = LANES * width;
            layout.words += words;
            layout.parts.push(Part { bins: lines.group(place), cells: group.cells, lanes, words });
        }
        layout
    }
}
