//! Exact path-dependent TreeSHAP.
//!
//! Lundberg et al. (2018) define the Shapley values of the game in which a column outside the coalition is replaced by the
//! shares of training rows in the branches. A tree is a sum of leaves, and the game of one leaf is a product of one factor a
//! column `j` of its path: 1 or 0 (`o`, does the row pass the column's tests) inside the coalition, the share `z` of training weight
//! that does outside. The Shapley value of a product is (Owen 1972, multilinear extension)
//!
//! `phi_j = (o_j - z_j) * integral over t from 0 to 1 of prod_{i != j} ((1 - t) z_i + t o_i)`,
//!
//! a polynomial in `t`, which Gauss-Legendre points integrate exactly. All factors are positive, so nothing cancels, and
//! there is no recursion.

mod block;
#[cfg(test)]
mod tests;

use block::Block;
use crm_ml_core::{Result, Samples, parallel};
use ndarray::Array3;

use crate::bins::Levels;
use crate::ensemble::Ensemble;
use crate::tree::{BinSet, Branch, Rule, Tree};

/// Rows for which the tables of a leaf are made once.
const BLOCK: usize = 1024;
/// More points change nothing: 64 are exact up to 128 columns on one path, and far beyond that to the last digits.
const MOST_POINTS: usize = 64;

impl Ensemble {
    /// Splits every output of every row into shares of the columns: rows x (columns + 1) x outputs, the base value (the mean
    /// over training) last; a row sums to its output.
    ///
    /// The weights of branches are those of the training rows (sample weights, not Hessians: XGBoost counts the latter).
    /// Time: rows x leaves x path columns, and for every set of columns of a path that some row passes, path columns squared.
    /// Errors: another number of columns.
    pub fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.check_width(samples)?;
        let (columns, outputs) = (self.n_columns() + 1, self.n_outputs());
        let mut shares = Array3::zeros((samples.n_rows(), columns, outputs));
        let rules: Vec<Vec<(f64, f64)>> = (0..=MOST_POINTS).map(gauss_legendre).collect();
        let parents: Vec<Vec<u32>> = parallel::map(self.trees().len(), |tree| parents(&self.trees()[tree]));
        if let Some(buffer) = shares.as_slice_mut() {
            let width = columns * outputs;
            parallel::fill_rows(buffer, width, BLOCK, |first, piece| {
                for row in piece.chunks_exact_mut(width) {
                    row[width - outputs..].copy_from_slice(self.base());
                }
                let mut block = Block::new(samples, first..first + piece.len() / width, self);
                for (place, tree) in self.trees().iter().enumerate() {
                    for leaf in (0..tree.n_nodes()).filter(|node| tree.branch(*node).is_none()) {
                        let path = Path::new(tree, &parents[place], leaf, &rules);
                        block.add(&path, self.share_of(place), piece);
                    }
                }
            });
        }
        Ok(shares)
    }
}

/// The parent of every node; the root's is itself.
fn parents(tree: &Tree) -> Vec<u32> {
    let mut parents = vec![0; tree.n_nodes()];
    for node in 0..tree.n_nodes() {
        if let Some(Branch { left, .. }) = tree.branch(node) {
            parents[left] = node as u32;
            parents[left + 1] = node as u32;
        }
    }
    parents
}

/// What the path to a leaf asks of one column.
enum Test {
    Interval { above: f64, up_to: f64, missing: bool },
    Set(BinSet),
}

impl Test {
    fn passes(&self, cell: f64, levels: Option<&Levels>) -> bool {
        match self {
            Self::Interval { missing, .. } if cell.is_nan() => *missing,
            Self::Interval { above, up_to, .. } => cell > *above && cell <= *up_to,
            Self::Set(bins) => levels.is_some_and(|levels| bins.contains(levels.bin(cell))),
        }
    }

    fn narrow(&mut self, rule: Rule, goes_left: bool) {
        match (self, rule) {
            (Self::Interval { above, up_to, missing }, Rule::Threshold { threshold, missing_left }) => {
                if goes_left {
                    *up_to = up_to.min(threshold);
                } else {
                    *above = above.max(threshold);
                }
                *missing &= missing_left == goes_left;
            }
            (Self::Set(bins), Rule::Set(left)) => {
                bins.intersect(&if goes_left { left } else { left.complement() });
            }
            // A column is either real or a category.
            _ => {}
        }
    }
}

/// One column of a path.
struct Element {
    column: usize,
    /// Share of the training weight that passes.
    share: f64,
    test: Test,
}

/// The path to a leaf, the tests of a column merged, with the factors at all points for rows that fail and pass.
struct Path<'a> {
    elements: Vec<Element>,
    weights: Vec<f64>,
    /// For each element, failing then passing: the factors, then their inverses.
    factors: Vec<[Vec<f64>; 2]>,
    inverses: Vec<[Vec<f64>; 2]>,
    values: &'a [f64],
}

impl<'a> Path<'a> {
    fn new(tree: &'a Tree, parents: &[u32], leaf: usize, rules: &[Vec<(f64, f64)>]) -> Self {
        let mut elements: Vec<Element> = Vec::new();
        let mut node = leaf;
        while node != 0 {
            let parent = parents[node] as usize;
            if let Some(Branch { feature, rule, left }) = tree.branch(parent) {
                let place = elements.iter().position(|e| e.column == feature).unwrap_or_else(|| {
                    let test = match rule {
                        Rule::Threshold { .. } => {
                            Test::Interval { above: f64::NEG_INFINITY, up_to: f64::INFINITY, missing: true }
                        }
                        Rule::Set(_) => Test::Set(BinSet::full()),
                    };
                    elements.push(Element { column: feature, share: 1.0, test });
                    elements.len() - 1
                });
                elements[place].share *= tree.cover(node) / (tree.cover(left) + tree.cover(left + 1));
                elements[place].test.narrow(rule, node == left);
            }
            node = parent;
        }
        let points = &rules[elements.len().div_ceil(2).min(MOST_POINTS)];
        let at_points = |f: &dyn Fn(f64) -> f64| points.iter().map(|(t, _)| f(*t)).collect::<Vec<f64>>();
        let factor = |share: f64| [at_points(&|t| (1.0 - t) * share), at_points(&|t| (1.0 - t) * share + t)];
        let inverse = |[failing, passing]: &[Vec<f64>; 2]| {
            [failing.iter().map(|f| 1.0 / f).collect(), passing.iter().map(|f| 1.0 / f).collect()]
        };
        let factors: Vec<[Vec<f64>; 2]> = elements.iter().map(|e| factor(e.share)).collect();
        let inverses = factors.iter().map(inverse).collect();
        let weights = points.iter().map(|(_, weight)| *weight).collect();
        Self { elements, weights, factors, inverses, values: tree.values(leaf) }
    }

    /// Appends the Shapley value of every element, for rows that pass the tests of those that `passes` says.
    fn shapley(&self, passes: impl Fn(usize) -> bool, into: &mut Vec<f64>) {
        let mut products = self.weights.clone();
        for (i, factors) in self.factors.iter().enumerate() {
            products.iter_mut().zip(&factors[usize::from(passes(i))]).for_each(|(p, f)| *p *= f);
        }
        into.extend(self.elements.iter().zip(&self.inverses).enumerate().map(|(i, (element, inverses))| {
            let passes = passes(i);
            let others: f64 = products.iter().zip(&inverses[usize::from(passes)]).map(|(p, i)| p * i).sum();
            (f64::from(u8::from(passes)) - element.share) * others
        }));
    }
}

/// Points in (0, 1) and weights that integrate polynomials below degree `2 * count` exactly (Newton on the Legendre polynomial).
fn gauss_legendre(count: usize) -> Vec<(f64, f64)> {
    let n = count as f64;
    let point = |i: usize| {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        // Newton's steps double the digits; ten are more than enough.
        for _ in 0..10 {
            let (mut before, mut value) = (1.0, x);
            for k in 2..=count {
                let k = k as f64;
                (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
            }
            slope = n * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        ((1.0 + x) / 2.0, 1.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..count).map(point).collect()
}
