//! A tree, and the rules that make any deserialised one safe.

use std::ops::Range;

use crm_ml_core::{Error, Result, Schema};
use serde::{Deserialize, Serialize};

/// Nodes breadth-first: the k-th node that is cut has its branches at `2k + 1` and `2k + 2`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    /// Those of sloped cuts.
    pub(crate) terms: Vec<Term>,
    /// Those of cuts of categories.
    pub(crate) levels: Vec<Level>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) cut: Option<Cut>,
    /// Rows of the fit.
    pub(crate) rows: u32,
}

/// What is above the threshold goes right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Cut {
    Threshold {
        column: u32,
        threshold: f64,
    },
    /// Levels of a value above 0 go right, the others left.
    Levels {
        column: u32,
        levels: Span,
        unseen: Side,
    },
    Sloped {
        terms: Span,
        threshold: f64,
    },
}

/// Where a row goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Side {
    Left,
    Right,
    /// Both ways, by their rows.
    Both,
}

/// One column of a sloped cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Term {
    pub(crate) column: u32,
    pub(crate) slope: Slope,
    /// The value of the median row of the node, which stands for a missing one.
    pub(crate) middle: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Slope {
    Times(f64),
    Levels(Span),
}

/// A level that the node has seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Level {
    pub(crate) code: u32,
    pub(crate) value: f64,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) first: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn new(range: Range<usize>) -> Self {
        Self { first: range.start as u32, end: range.end as u32 }
    }

    pub(crate) fn of<'a, T>(&self, list: &'a [T]) -> &'a [T] {
        list.get(self.first as usize..self.end as usize).unwrap_or(&[])
    }
}

impl Tree {
    /// Where a row goes at a cut.
    #[inline]
    pub(crate) fn side(&self, cut: &Cut, row: &[f64]) -> Side {
        match cut {
            Cut::Threshold { column, threshold } => {
                let cell = row[*column as usize];
                match cell.is_nan() {
                    true => Side::Both,
                    false => side(cell > *threshold),
                }
            }
            Cut::Levels { column, levels, unseen } => {
                let cell = row[*column as usize];
                match value_of(levels.of(&self.levels), cell) {
                    Some(value) => side(value > 0.0),
                    None if cell.is_nan() => Side::Both,
                    None => *unseen,
                }
            }
            Cut::Sloped { terms, threshold } => {
                let terms = terms.of(&self.terms).iter();
                side(terms.map(|term| self.value(term, row)).fold(0.0, |sum, value| sum + value) > *threshold)
            }
        }
    }

    /// What a term adds to the sum of a sloped cut.
    #[inline]
    pub(crate) fn value(&self, term: &Term, row: &[f64]) -> f64 {
        let cell = row[term.column as usize];
        match &term.slope {
            Slope::Times(_) if cell.is_nan() => term.middle,
            Slope::Times(slope) => slope * cell,
            Slope::Levels(levels) => value_of(levels.of(&self.levels), cell).unwrap_or(term.middle),
        }
    }

    /// For every node its left branch; 0 for leaves.
    pub(crate) fn lefts(&self) -> Vec<u32> {
        let mut next = 1;
        let left = |node: &Node| {
            let left = if node.cut.is_some() { next } else { 0 };
            next += if node.cut.is_some() { 2 } else { 0 };
            left
        };
        self.nodes.iter().map(left).collect()
    }

    /// Checks all that walking relies on.
    pub(crate) fn validate(&self, schema: &Schema) -> Result<()> {
        let wrong = |what: &str| Err(Error::model_file(format!("isolation tree: {what}")));
        let cuts = self.nodes.iter().filter(|node| node.cut.is_some()).count();
        if self.nodes.len() != 2 * cuts + 1 {
            return wrong("nodes that are no tree");
        }
        let mut used = Used { tree: self, schema, terms: 0, levels: 0 };
        for (place, (node, left)) in self.nodes.iter().zip(self.lefts()).enumerate() {
            if node.rows == 0 {
                return wrong("a node of no rows");
            }
            let Some(cut) = &node.cut else { continue };
            let left = left as usize;
            let branches = self.nodes.get(left..left + 2).filter(|_| left > place);
            let rows = branches.map(|pair| pair.iter().map(|branch| u64::from(branch.rows)).sum::<u64>());
            if rows != Some(u64::from(node.rows)) {
                return wrong("branches that do not add up to their node");
            }
            if !used.is_valid(cut) {
                return wrong("a cut that does not suit the columns");
            }
        }
        match used.terms as usize == self.terms.len() && used.levels as usize == self.levels.len() {
            true => Ok(()),
            false => wrong("terms or levels of no cut"),
        }
    }
}

/// How far the lists of a tree are used up: every entry belongs to one cut, in the order of the cuts.
struct Used<'a> {
    tree: &'a Tree,
    schema: &'a Schema,
    terms: u32,
    levels: u32,
}

impl Used<'_> {
    fn is_valid(&mut self, cut: &Cut) -> bool {
        match cut {
            Cut::Threshold { column, threshold } => self.is_real(*column) && threshold.is_finite(),
            Cut::Levels { column, levels, .. } => self.are_levels(*column, levels),
            Cut::Sloped { terms, threshold } => {
                let follow = terms.first == self.terms && terms.first < terms.end;
                if !follow || terms.end as usize > self.tree.terms.len() || !threshold.is_finite() {
                    return false;
                }
                self.terms = terms.end;
                terms.of(&self.tree.terms).iter().all(|term| {
                    let suits = match &term.slope {
                        Slope::Times(slope) => self.is_real(term.column) && slope.is_finite(),
                        Slope::Levels(levels) => self.are_levels(term.column, levels),
                    };
                    suits && term.middle.is_finite()
                })
            }
        }
    }

    fn is_real(&self, column: u32) -> bool {
        self.schema.columns().get(column as usize).is_some_and(|column| column.levels().is_none())
    }

    fn are_levels(&mut self, column: u32, levels: &Span) -> bool {
        let known = self.schema.columns().get(column as usize).and_then(|column| column.levels());
        let follow = levels.first == self.levels && levels.first <= levels.end;
        if !follow || levels.end as usize > self.tree.levels.len() {
            return false;
        }
        self.levels = levels.end;
        let (levels, known) = (levels.of(&self.tree.levels), known.map_or(0, <[String]>::len));
        levels.windows(2).all(|pair| pair[0].code < pair[1].code)
            && levels.iter().all(|level| (level.code as usize) < known && level.value.is_finite())
    }
}

fn side(right: bool) -> Side {
    if right { Side::Right } else { Side::Left }
}

/// The value of the level of a cell, if it is among these, which are sorted.
fn value_of(levels: &[Level], cell: f64) -> Option<f64> {
    let place = levels.partition_point(|level| f64::from(level.code) < cell);
    levels.get(place).filter(|level| f64::from(level.code) == cell).map(|level| level.value)
}
