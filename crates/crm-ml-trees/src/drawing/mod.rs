//! Drawing trees for people.

mod svg;
#[cfg(test)]
mod tests;
mod text;

use crm_ml_core::{Check, Error, Result, Schema};
use serde::{Deserialize, Serialize};

use crate::bins::Levels;
use crate::ensemble::Ensemble;
use crate::tree::{BinSet, Branch, Rule, Tree};

/// Levels of a category that are named before the rest is counted.
const NAMED_LEVELS: usize = 6;

/// How a tree is drawn: as text (scikit-learn's `export_text`) or as an SVG picture.
///
/// Questions name the columns of the schema, and the raw field where a column was made from another; categories show the names of
/// their levels; the side of missing cells is always told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    max_depth: Option<usize>,
    decimals: usize,
}

impl Default for Drawing {
    fn default() -> Self {
        Self { max_depth: None, decimals: 2 }
    }
}

/// A tree with the names it is drawn with.
struct Named<'a> {
    tree: &'a Tree,
    levels: &'a [Option<Levels>],
    schema: &'a Schema,
    /// Names of the classes; `None` where leaves hold a value.
    classes: Option<&'a [String]>,
    decimals: usize,
}

impl Drawing {
    /// All levels of the tree, two decimals.
    pub fn new() -> Self {
        Self::default()
    }

    /// Levels of splits that are drawn; branches below are told by their depth. `None` (default): all.
    #[must_use]
    pub fn max_depth(mut self, max_depth: impl Into<Option<usize>>) -> Self {
        self.max_depth = max_depth.into();
        self
    }

    /// Digits behind the point, at most 17 (default 2).
    #[must_use]
    pub fn decimals(mut self, decimals: usize) -> Self {
        self.decimals = decimals;
        self
    }

    /// A tree as text, a line a node. `classes` are the names of the outputs where they are class shares.
    ///
    /// Errors: a tree that is not there, a schema or classes of another width, decimals out of range.
    pub fn text(
        &self,
        ensemble: &Ensemble,
        tree: usize,
        schema: &Schema,
        classes: Option<&[String]>,
    ) -> Result<String> {
        Ok(text::draw(&self.named(ensemble, tree, schema, classes)?, self.max_depth))
    }

    /// A tree as an SVG picture. Errors: those of [`Drawing::text`].
    pub fn svg(
        &self,
        ensemble: &Ensemble,
        tree: usize,
        schema: &Schema,
        classes: Option<&[String]>,
    ) -> Result<String> {
        Ok(svg::draw(&self.named(ensemble, tree, schema, classes)?, self.max_depth))
    }

    fn named<'a>(
        &self,
        ensemble: &'a Ensemble,
        tree: usize,
        schema: &'a Schema,
        classes: Option<&'a [String]>,
    ) -> Result<Named<'a>> {
        Check::of("Drawing")
            .between("decimals", self.decimals, 0, 17)
            .rule("tree", tree, tree < ensemble.trees().len(), "one of the ensemble")
            .finish()?;
        if schema.width() != ensemble.n_columns() {
            return Err(Error::length("columns", ensemble.n_columns(), schema.width()));
        }
        let outputs = if ensemble.is_mean() { ensemble.n_outputs() } else { 1 };
        if let Some(classes) = classes {
            if classes.len() != outputs {
                return Err(Error::length("classes", outputs, classes.len()));
            }
        }
        let tree = &ensemble.trees()[tree];
        Ok(Named { tree, levels: ensemble.levels(), schema, classes, decimals: self.decimals })
    }
}

impl Named<'_> {
    /// What leads to the left child and what to the right one.
    fn questions(&self, branch: &Branch) -> [String; 2] {
        let column = &self.schema.columns()[branch.feature];
        let name = match column.name.contains(&column.field) {
            true => column.name.clone(),
            false => format!("{} ({})", column.name, column.field),
        };
        match &branch.rule {
            Rule::Threshold { threshold, .. } if *threshold == f64::MAX => {
                [format!("{name} is known"), format!("{name} is missing")]
            }
            Rule::Threshold { threshold, missing_left } => {
                let [left, right] = if *missing_left { [" or missing", ""] } else { ["", " or missing"] };
                let threshold = self.number(*threshold);
                [format!("{name} <= {threshold}{left}"), format!("{name} > {threshold}{right}")]
            }
            Rule::Set(set) => {
                let levels = column.levels().unwrap_or_default();
                [true, false]
                    .map(|left| format!("{name} in {}", self.side(branch.feature, levels, set, left)))
            }
        }
    }

    /// The levels on one side of a set.
    fn side(&self, feature: usize, levels: &[String], set: &BinSet, left: bool) -> String {
        let Some(bins) = &self.levels[feature] else { return String::new() };
        let on_side = |cell: f64| set.contains(bins.bin(cell)) == left;
        let named = levels.iter().enumerate().filter(|(code, _)| on_side(*code as f64));
        let mut names: Vec<&str> = named.map(|(_, name)| name.as_str()).collect();
        let more = names.len().saturating_sub(NAMED_LEVELS);
        names.truncate(NAMED_LEVELS);
        let mut text = names.join(", ");
        if more > 0 {
            text += &format!(" and {more} more");
        }
        for (cell, name) in [(crm_ml_core::UNSEEN, "unseen"), (f64::NAN, "missing")] {
            if on_side(cell) {
                text += if text.is_empty() { "" } else { "; " };
                text += name;
            }
        }
        format!("{{{text}}}")
    }

    /// What a node predicts.
    fn prediction(&self, node: usize) -> String {
        let values = self.tree.values(node);
        let Some(classes) = self.classes else {
            return format!("value {}", self.number(values.first().copied().unwrap_or(0.0)));
        };
        let best = self.majority(node);
        format!("{} {}", classes[best], self.number(values[best]))
    }

    /// The class with the greatest share, of equal ones the first.
    fn majority(&self, node: usize) -> usize {
        let values = self.tree.values(node);
        (0..values.len()).rev().max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap_or(0)
    }

    fn weight(&self, node: usize) -> String {
        format!("weight {}", self.number(self.tree.cover(node)))
    }

    /// Fixed digits, but none that say nothing, and few for numbers of another size.
    fn number(&self, value: f64) -> String {
        let size = value.abs();
        if size != 0.0 && !(1e-3..1e9).contains(&size) {
            return format!("{value:.*e}", self.decimals);
        }
        let text = format!("{value:.*}", self.decimals);
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        }
    }

    /// Splits on the longest way from a node to a leaf.
    fn depth(&self, node: usize) -> usize {
        let (mut deepest, mut open) = (0, vec![(node, 0)]);
        while let Some((node, depth)) = open.pop() {
            deepest = deepest.max(depth);
            if let Some(branch) = self.tree.branch(node) {
                open.extend([(branch.left, depth + 1), (branch.left + 1, depth + 1)]);
            }
        }
        deepest
    }
}
