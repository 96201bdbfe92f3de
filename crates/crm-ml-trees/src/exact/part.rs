//! Growing a tree or a part of it.

use std::cmp::Ordering;
use std::ops::Range;

use crm_ml_core::Stream;
use rayon::prelude::*;

use super::Plan;
use super::criterion::Criterion;
use super::ranks::{Cells, MISSING, Scale};
use super::search::{Cut, Found, Limits, Scratch, Search};
use crate::bins::midpoint;
use crate::grow::Grown;
use crate::tree::{BinSet, Rule, Tree};

/// Columns whose ranks are read in one pass over the rows.
const GROUP: usize = 8;
/// Threads share the search of nodes with so many cells, where they share trees.
const PARALLEL_CELLS: usize = 1 << 15;

/// Nodes of so many rows are searched by the codes of the ranks where columns were not copied.
const CODED_ROWS: usize = 2048;

/// A node whose rows are known.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) node: usize,
    pub(super) range: Range<usize>,
    pub(super) depth: usize,
}

/// A node that can be split.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) open: Open,
    pub(super) found: Found,
}

/// What grows a tree or a part of it.
pub(super) struct Part<'a, C: Criterion> {
    plan: &'a Plan<'a>,
    criterion: &'a C,
    limits: &'a Limits,
    cells: Cells<'a>,
    stream: Stream,
    /// All columns, in the order in which they were drawn last.
    columns: Vec<u32>,
    scratch: Scratch<C>,
    moved_rows: Vec<u32>,
    moved_items: Vec<C::Item>,
}

impl<'a, C: Criterion> Part<'a, C> {
    /// One that looks through the whole data.
    pub(super) fn new(plan: &'a Plan<'a>, criterion: &'a C, limits: &'a Limits) -> Self {
        Self {
            plan,
            criterion,
            limits,
            cells: Cells::All(plan.data),
            stream: stream(plan, 0),
            columns: (0..plan.data.width() as u32).collect(),
            scratch: Scratch::default(),
            moved_rows: Vec::new(),
            moved_items: Vec::new(),
        }
    }

    /// Grows all that is below a node with these rows. `number` is that of the part.
    pub(super) fn below(
        &mut self,
        number: u64,
        depth: usize,
        rows: &mut [u32],
        items: &mut [C::Item],
    ) -> Grown {
        let whole = rows.to_vec();
        let buffer = match std::mem::replace(&mut self.cells, Cells::All(self.plan.data)) {
            Cells::Part { columns, .. } => columns,
            Cells::All(_) => Vec::new(),
        };
        self.cells = Cells::part(self.plan.data, &whole, buffer);
        self.stream = stream(self.plan, number);
        self.columns.sort_unstable();
        rows.iter_mut().enumerate().for_each(|(place, row)| *row = place as u32);
        let mut grown = Grown { tree: Tree::leaf(), rows: Vec::new(), leaves: Vec::new() };
        let root = Open { node: 0, range: 0..rows.len(), depth };
        self.depth_first(root, 0, &mut grown, rows, items);
        rows.iter_mut().for_each(|row| *row = whole[*row as usize]);
        grown
    }

    /// Splits the last leaf first. Gives the nodes of up to `few` rows, which stay as they are.
    pub(super) fn depth_first(
        &mut self,
        root: Open,
        few: usize,
        grown: &mut Grown,
        rows: &mut [u32],
        items: &mut [C::Item],
    ) -> Vec<Open> {
        let (mut stack, mut left_open) = (vec![root], Vec::new());
        while let Some(open) = stack.pop() {
            if open.range.len() <= few {
                left_open.push(open);
                continue;
            }
            match self.find(open.depth, &rows[open.range.clone()], &items[open.range.clone()]) {
                None => grown.leaves.push((open.node, open.range)),
                Some(found) => stack.extend(self.split(&open, &found, &mut grown.tree, rows, items)),
            }
        }
        left_open
    }

    /// The best cut of a node, if it may be split.
    pub(super) fn find(&mut self, depth: usize, rows: &[u32], items: &[C::Item]) -> Option<Found> {
        let growth = self.plan.growth;
        let may_split = rows.len() >= growth.min_samples_split.max(2)
            && rows.len() / 2 >= self.limits.min_samples_leaf
            && growth.max_depth.is_none_or(|most| depth < most);
        if !may_split {
            return None;
        }
        let mut total = self.criterion.zero();
        items.iter().for_each(|&item| self.criterion.add(&mut total, item));
        if self.criterion.is_pure(items, &total) {
            return None;
        }
        self.best(rows, items, &total)
    }

    /// The best cut of the columns drawn; while none of them varies in the node, one more is drawn.
    ///
    /// Columns that vary but allow no cut count as drawn, as in scikit-learn: drawing on until one allows a cut grows
    /// trees that fit noise.
    fn best(&mut self, rows: &[u32], items: &[C::Item], total: &C::Sum) -> Option<Found> {
        let amount = self.plan.amount;
        if amount < self.columns.len() {
            (0..amount).for_each(|place| self.draw(place));
        } else if self.plan.shared && !self.plan.random && rows.len() * amount > PARALLEL_CELLS {
            return self.best_in_parallel(rows, items, total);
        }
        let (mut search, mut varied) = (Search::new(self.criterion, self.limits, items, total), false);
        let mut next = 0;
        while next < self.columns.len() && (next < amount || !varied) {
            if next >= amount {
                self.draw(next);
            }
            let group = next..(next + GROUP).min(amount).max(next + 1);
            next = group.end;
            let group = &self.columns[group];
            varied |= search_columns(
                &mut search,
                self.plan,
                &self.cells,
                group,
                rows,
                &mut self.scratch,
                &mut self.stream,
            );
        }
        search.best
    }

    /// Draws the column at a place of the order from those that were not drawn yet.
    fn draw(&mut self, place: usize) {
        let other = place + self.stream.below(self.columns.len() - place);
        self.columns.swap(place, other);
    }

    fn best_in_parallel(&self, rows: &[u32], items: &[C::Item], total: &C::Sum) -> Option<Found> {
        let best_of = |group: &[u32]| {
            let mut search = Search::new(self.criterion, self.limits, items, total);
            let (mut scratch, mut stream) = (Scratch::default(), self.stream.clone());
            search_columns(&mut search, self.plan, &self.cells, group, rows, &mut scratch, &mut stream);
            search.best
        };
        let found: Vec<_> = self.columns.par_chunks(GROUP).map(best_of).collect();
        found.into_iter().flatten().reduce(|best, next| if next.gain > best.gain { next } else { best })
    }

    /// Makes a split of the node and gives its children.
    pub(super) fn split(
        &mut self,
        open: &Open,
        found: &Found,
        tree: &mut Tree,
        rows: &mut [u32],
        items: &mut [C::Item],
    ) -> [Open; 2] {
        let (rows, items) = (&mut rows[open.range.clone()], &mut items[open.range.clone()]);
        let mut keys = std::mem::take(&mut self.scratch.keys);
        self.cells.gather(&[found.column], rows, &mut keys);
        let (middle, rule) = match found.cut {
            Cut::Real { end, missing_left, drawn } => {
                let middle =
                    self.partition(&keys, rows, items, |key| key < end || (missing_left && key == MISSING));
                (middle, self.threshold(found.column, &keys, middle, end, missing_left, drawn))
            }
            Cut::Set(set) => {
                let middle = self.partition(&keys, rows, items, |key| set.contains(key as u8));
                (middle, Rule::Set(with_absent(set, &keys, middle)))
            }
        };
        self.scratch.keys = keys;
        let left = tree.split(open.node, found.column as usize, rule, found.gain);
        let border = open.range.start + middle;
        let child = |node, range| Open { node, range, depth: open.depth + 1 };
        [child(left, open.range.start..border), child(left + 1, border..open.range.end)]
    }

    /// The question of a cut between ranks.
    fn threshold(
        &self,
        column: u32,
        keys: &[u32],
        middle: usize,
        end: u32,
        missing_left: bool,
        drawn: Option<f64>,
    ) -> Rule {
        let (mut last, mut first, mut any_missing) = (0, MISSING, false);
        for &key in keys {
            any_missing |= key == MISSING;
            last = if key < end { last.max(key) } else { last };
            first = if key >= end { first.min(key) } else { first };
        }
        let value = |rank: u32| match &self.plan.data.scales[column as usize] {
            Scale::Real(values) => values.get(rank as usize).copied(),
            Scale::Category(_) => None,
        };
        let threshold = match (drawn, value(last), value(first)) {
            (Some(drawn), ..) => drawn,
            (None, Some(low), Some(high)) => midpoint(low, high),
            // Only missing cells go right.
            _ => f64::MAX,
        };
        // What the node has not met goes to the side with more rows.
        let missing_left = if any_missing { missing_left } else { 2 * middle >= keys.len() };
        Rule::Threshold { threshold, missing_left }
    }

    /// Moves the rows that go left before the others, each side in its order; gives how many they are.
    fn partition(
        &mut self,
        keys: &[u32],
        rows: &mut [u32],
        items: &mut [C::Item],
        goes_left: impl Fn(u32) -> bool,
    ) -> usize {
        self.moved_rows.clear();
        self.moved_rows.extend_from_slice(rows);
        self.moved_items.clear();
        self.moved_items.extend_from_slice(items);
        let middle = keys.iter().filter(|key| goes_left(**key)).count();
        let (mut left, mut right) = (0, middle);
        for ((&key, &row), &item) in keys.iter().zip(&self.moved_rows).zip(&self.moved_items) {
            let is_left = goes_left(key);
            // A branch here is a coin that no processor foresees.
            let place = if is_left { left } else { right };
            rows[place] = row;
            items[place] = item;
            left += usize::from(is_left);
            right += usize::from(!is_left);
        }
        middle
    }
}

/// The draws of a part of a tree.
fn stream(plan: &Plan<'_>, number: u64) -> Stream {
    Stream::new(plan.seed, "forest/columns", (plan.tree as u64) << 32 | number)
}

/// Searches some columns; whether one of them varies in the node.
fn search_columns<C: Criterion>(
    search: &mut Search<'_, C>,
    plan: &Plan<'_>,
    cells: &Cells<'_>,
    columns: &[u32],
    rows: &[u32],
    scratch: &mut Scratch<C>,
    stream: &mut Stream,
) -> bool {
    let mut keys = std::mem::take(&mut scratch.keys);
    let mut varied = false;
    let coded = C::BOUNDED && !plan.random && rows.len() >= CODED_ROWS;
    if let (Cells::All(all), true) = (cells, coded) {
        let mut codes = std::mem::take(&mut scratch.codes);
        for &column in columns {
            search.column = column;
            let shift = all.codes(column, rows, &mut codes);
            varied |= match &all.scales[column as usize] {
                Scale::Category(levels) => {
                    keys.clear();
                    keys.extend(codes.iter().map(|code| u32::from(*code)));
                    search.category(&keys, levels.count(), scratch)
                }
                Scale::Real(_) => {
                    let exact = |place: usize| all.rank(rows[place], column);
                    search.coded(&codes, shift, exact, scratch).unwrap_or_else(|| {
                        cells.gather(&[column], rows, &mut keys);
                        search.real(&keys, scratch)
                    })
                }
            };
        }
        scratch.codes = codes;
        scratch.keys = keys;
        return varied;
    }
    cells.gather(columns, rows, &mut keys);
    for (&column, keys) in columns.iter().zip(keys.chunks_exact(rows.len())) {
        search.column = column;
        varied |= match (&plan.data.scales[column as usize], plan.random) {
            (Scale::Real(_), false) => search.real(keys, scratch),
            (Scale::Real(values), true) => search.random_real(keys, values, stream),
            (Scale::Category(levels), false) => search.category(keys, levels.count(), scratch),
            (Scale::Category(levels), true) => search.random_category(keys, levels.count(), scratch, stream),
        };
    }
    scratch.keys = keys;
    varied
}

/// The set with what the node has not met, if its left side has more rows.
fn with_absent(set: BinSet, keys: &[u32], left: usize) -> BinSet {
    let mut present = BinSet::default();
    keys.iter().for_each(|key| present.insert(*key as u8));
    let mut goes_left = set;
    goes_left.intersect(&present);
    if 2 * left >= keys.len() {
        (0..=255).filter(|bin| !present.contains(*bin)).for_each(|bin| goes_left.insert(bin));
    }
    goes_left
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.found.gain.total_cmp(&other.found.gain).then(other.open.node.cmp(&self.open.node))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}
