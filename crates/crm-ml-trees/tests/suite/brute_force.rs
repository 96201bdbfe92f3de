//! Trees against an independent grower that tries every split on plain `f64` sums.

use crm_ml_core::{Column, Samples, Schema, Stream};
use crm_ml_trees::{Forest, Growth, Impurity, RegressionCriterion, Target};
use ndarray::Array2;

const LEVELS: usize = 5;

/// Gain, rows to the left, rows to the right.
type Split = (f64, Vec<usize>, Vec<usize>);

fn squared(target: &[f64]) -> Target<'_> {
    Target::Values(target, RegressionCriterion::SquaredError)
}

struct Data {
    x: Array2<f64>,
    /// One column an output: the target, or one indicator a class.
    y: Array2<f64>,
    weights: Vec<f64>,
}

impl Data {
    /// Two real columns and, if asked for, a category, with missing cells everywhere and unseen ones in the category.
    fn new(seed: u64, rows: usize, classes: Option<usize>, category: bool) -> Self {
        let mut stream = Stream::new(seed, "test/brute", 0);
        let x = Array2::from_shape_fn((rows, 3), |(_, column)| match column {
            _ if stream.uniform() < 0.12 => f64::NAN,
            2 if !category => f64::NAN,
            2 => stream.below(LEVELS + 1) as f64 - 1.0,
            _ => (stream.normal() * 4.0).round() / 2.0,
        });
        let mut y = Array2::zeros((rows, classes.unwrap_or(1)));
        for mut row in y.rows_mut() {
            match classes {
                None => row[0] = stream.normal(),
                Some(classes) => row[stream.below(classes)] = 1.0,
            }
        }
        // Continuous weights: no two splits tie.
        let weights = (0..rows).map(|_| 0.2 + stream.uniform()).collect();
        Self { x, y, weights }
    }

    /// `sum over outputs of (sum w y)^2 / sum w`: its increase is the decrease of squared error and of Gini impurity.
    fn score(&self, rows: &[usize]) -> f64 {
        let weight: f64 = rows.iter().map(|&row| self.weights[row]).sum();
        self.y
            .columns()
            .into_iter()
            .map(|y| rows.iter().map(|&row| self.weights[row] * y[row]).sum::<f64>().powi(2))
            .sum::<f64>()
            / weight
    }

    fn mean(&self, rows: &[usize]) -> Vec<f64> {
        let weight: f64 = rows.iter().map(|&row| self.weights[row]).sum();
        self.y
            .columns()
            .into_iter()
            .map(|y| rows.iter().map(|&row| self.weights[row] * y[row]).sum::<f64>() / weight)
            .collect()
    }

    /// All ways to part the rows: thresholds with missing on either side, and for the category all sets of levels.
    fn partitions(&self, rows: &[usize]) -> Vec<(Vec<usize>, Vec<usize>)> {
        let part = |goes_left: &dyn Fn(f64) -> bool, column: usize| -> (Vec<usize>, Vec<usize>) {
            rows.iter().partition(|row| goes_left(self.x[[**row, column]]))
        };
        let mut found = Vec::new();
        for column in 0..2 {
            for &row in rows {
                let threshold = self.x[[row, column]];
                found.push(part(&|cell| cell <= threshold, column));
                found.push(part(&|cell| cell.is_nan() || cell <= threshold, column));
            }
        }
        for set in 0..1u32 << (LEVELS + 2) {
            let place = |cell: f64| if cell.is_nan() { LEVELS + 1 } else { (cell + 1.0) as usize };
            found.push(part(&|cell| set >> place(cell) & 1 == 1, 2));
        }
        found
    }

    fn best(&self, rows: &[usize], least: usize) -> Option<Split> {
        let parent = self.score(rows);
        let mut best: Option<Split> = None;
        for (left, right) in self.partitions(rows) {
            if left.len() < least.max(1) || right.len() < least.max(1) {
                continue;
            }
            let gain = self.score(&left) + self.score(&right) - parent;
            if gain > 1e-10 && best.as_ref().is_none_or(|(most, ..)| gain > *most) {
                best = Some((gain, left, right));
            }
        }
        best
    }

    /// Predictions of the best-first tree.
    fn grow(&self, least: usize, leaves: usize) -> Array2<f64> {
        let all: Vec<usize> = (0..self.x.nrows()).collect();
        let mut open = vec![(all.clone(), self.best(&all, least))];
        while open.len() < leaves {
            let gain = |(_, split): &(Vec<usize>, Option<Split>)| split.as_ref().map_or(0.0, |s| s.0);
            let place = (0..open.len()).max_by(|&a, &b| gain(&open[a]).total_cmp(&gain(&open[b]))).unwrap();
            let (rows, split) = open.swap_remove(place);
            let Some((_, left, right)) = split else {
                open.push((rows, None));
                break;
            };
            for side in [left, right] {
                let split = self.best(&side, least);
                open.push((side, split));
            }
        }
        let mut predictions = Array2::zeros(self.y.dim());
        for (rows, _) in open {
            let mean = self.mean(&rows);
            for row in rows {
                predictions.row_mut(row).iter_mut().zip(&mean).for_each(|(p, m)| *p = *m);
            }
        }
        predictions
    }

    fn samples(&self) -> Samples<'_> {
        let levels = (0..LEVELS).map(|level| level.to_string()).collect();
        let columns = vec![Column::real("a"), Column::real("b"), Column::category("c", levels)];
        Samples::new(&self.x).unwrap().with_schema(&Schema::new(columns).unwrap()).unwrap()
    }
}

fn assert_equal(found: &Array2<f64>, expected: &Array2<f64>) {
    let worst = (found - expected).iter().fold(0.0, |most: f64, d| most.max(d.abs()));
    assert!(worst < 1e-12, "differs by {worst}");
}

/// Least rows in a leaf, most leaves, and whether there is a category: cuts of its ordered levels hold the best set of them
/// only while no set is forbidden.
const BOUNDS: [(usize, usize, bool); 4] = [(1, 4, true), (1, 60, true), (4, 9, false), (7, 60, false)];

#[test]
fn regression_trees_are_the_best_first_ones() {
    for seed in 0..12 {
        for (least, leaves, category) in BOUNDS {
            let data = Data::new(seed, 60, None, category);
            let target = data.y.column(0).to_vec();
            let growth =
                Growth { max_leaf_nodes: Some(leaves), min_samples_leaf: least, ..Growth::default() };
            let forest = Forest { growth, ..Forest::default() };
            let tree = forest.fit(&data.samples(), squared(&target), Some(&data.weights), &()).unwrap();
            assert_equal(&tree.predict(&data.samples()).unwrap(), &data.grow(least, leaves));
        }
    }
}

#[test]
fn classification_trees_are_the_best_first_ones() {
    for seed in 0..12 {
        for (least, leaves, category) in BOUNDS {
            let data = Data::new(seed, 60, Some(2), category);
            let codes: Vec<u32> = data.y.column(1).iter().map(|y| *y as u32).collect();
            let growth =
                Growth { max_leaf_nodes: Some(leaves), min_samples_leaf: least, ..Growth::default() };
            let forest = Forest { growth, ..Forest::default() };
            let target = Target::Classes { codes: &codes, classes: 2, impurity: Impurity::Gini };
            let tree = forest.fit(&data.samples(), target, Some(&data.weights), &()).unwrap();
            assert_equal(&tree.predict(&data.samples()).unwrap(), &data.grow(least, leaves));
        }
    }
}
