//! The columns a tree, a level and a node may be split on.

use std::borrow::Cow;

use crm_ml_core::Stream;

use super::Grower;
use super::frontier::Leaf;
use crate::evidence::Evidence;

/// The columns of a tree and of each of its levels, ascending.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    tree: Vec<usize>,
    /// Of each level reached so far; nothing where all levels have those of the tree.
    levels: Vec<Vec<usize>>,
    share_of_level: f64,
    stream: Option<Stream>,
}

impl Columns {
    /// A share of the columns for the tree, and a share of those for each level; at least one of each.
    pub(crate) fn drawn(width: usize, by_tree: f64, by_level: f64, mut stream: Stream) -> Self {
        let all: Vec<usize> = (0..width).collect();
        let tree = if by_tree < 1.0 { draw(&all, by_tree, &mut stream) } else { all };
        let stream = (by_level < 1.0).then_some(stream);
        Self { tree, levels: Vec::new(), share_of_level: by_level, stream }
    }

    /// Draws the columns of the levels down to this one.
    pub(super) fn reach(&mut self, level: usize) {
        let Some(stream) = &mut self.stream else { return };
        while self.levels.len() <= level {
            self.levels.push(draw(&self.tree, self.share_of_level, stream));
        }
    }

    fn of_level(&self, level: usize) -> &[usize] {
        self.levels.get(level).unwrap_or(&self.tree)
    }

    pub(super) fn of_tree(&self) -> &[usize] {
        &self.tree
    }
}

fn draw(columns: &[usize], share: f64, stream: &mut Stream) -> Vec<usize> {
    let amount = ((share * columns.len() as f64) as usize).max(1);
    let mut drawn: Vec<usize> =
        stream.sample(columns.len(), amount).into_iter().map(|place| columns[place]).collect();
    drawn.sort_unstable();
    drawn
}

impl<E: Evidence> Grower<'_, E> {
    /// The columns that may split a leaf, ascending. Its level must have been reached.
    pub(super) fn columns_of(&self, leaf: &Leaf) -> Cow<'_, [usize]> {
        let columns = self.columns.of_level(leaf.depth);
        let Some(open) = &leaf.groups else { return Cow::Borrowed(columns) };
        let mut allowed = vec![false; self.data.bins.len()];
        open.iter()
            .for_each(|group| self.interactions[*group].iter().for_each(|column| allowed[*column] = true));
        Cow::Owned(columns.iter().copied().filter(|column| allowed[*column]).collect())
    }

    /// The interaction groups that stay open below a split of a leaf on a column.
    pub(super) fn groups_below(&self, leaf: &Leaf, column: usize) -> Option<Vec<usize>> {
        let holds = |group: &usize| self.interactions[*group].contains(&column);
        leaf.groups.as_ref().map(|open| open.iter().copied().filter(holds).collect())
    }
}
