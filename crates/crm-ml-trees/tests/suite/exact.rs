//! Exact cuts against an independent search of every cut, for every criterion.

use crm_ml_core::{Samples, Stream};
use crm_ml_trees::{
    Ensemble, Forest, Growth, Impurity, MaxFeatures, MaxSamples, RegressionCriterion, Splitter, Target,
};
use ndarray::{Array2, array};

/// What a test tree reduces; classes with their number.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Gini(usize),
    Entropy(usize),
    Squared,
    Absolute,
    Poisson,
}

const KINDS: [Kind; 9] = [
    Kind::Gini(2),
    Kind::Gini(3),
    Kind::Gini(6),
    Kind::Entropy(2),
    Kind::Entropy(4),
    Kind::Entropy(7),
    Kind::Squared,
    Kind::Absolute,
    Kind::Poisson,
];

struct Data {
    x: Array2<f64>,
    codes: Vec<u32>,
    values: Vec<f64>,
    weights: Vec<f64>,
    kind: Kind,
}

impl Data {
    /// Three columns: continuous, rounded, and of few values; missing cells where asked for.
    fn new(seed: u64, rows: usize, kind: Kind, missing: f64) -> Self {
        let mut stream = Stream::new(seed, "test/exact", 0);
        let x = Array2::from_shape_fn((rows, 3), |(_, column)| {
            let cell = stream.normal();
            if stream.uniform() < missing {
                f64::NAN
            } else {
                [cell, (cell * 8.0).round(), (cell * 1.5).round()][column]
            }
        });
        let classes = match kind {
            Kind::Gini(classes) | Kind::Entropy(classes) => classes,
            _ => 2,
        };
        let signal: Vec<f64> =
            x.rows().into_iter().map(|r| if r[0] > 0.3 { r[1] / 8.0 } else { 0.5 }).collect();
        let noisy: Vec<f64> =
            signal.iter().map(|s| if s.is_nan() { 0.0 } else { *s } + stream.normal()).collect();
        let codes = noisy.iter().map(|s| ((s + 2.0).max(0.0) * classes as f64 / 4.5) as u32 % classes as u32);
        let values = noisy.iter().map(|s| if *s < -1.0 { 0.0 } else { s.exp() });
        // Continuous weights: no two cuts tie.
        let weights = (0..rows).map(|_| 0.3 + stream.uniform()).collect();
        Self { codes: codes.collect(), values: values.collect(), x, weights, kind }
    }

    fn target(&self) -> Target<'_> {
        let classes = |classes, impurity| Target::Classes { codes: &self.codes, classes, impurity };
        match self.kind {
            Kind::Gini(count) => classes(count, Impurity::Gini),
            Kind::Entropy(count) => classes(count, Impurity::Entropy),
            Kind::Squared => Target::Values(&self.values, RegressionCriterion::SquaredError),
            Kind::Absolute => Target::Values(&self.values, RegressionCriterion::AbsoluteError),
            Kind::Poisson => Target::Values(&self.values, RegressionCriterion::Poisson),
        }
    }

    fn fit(&self, forest: &Forest) -> Ensemble {
        forest.fit(&Samples::new(&self.x).unwrap(), self.target(), Some(&self.weights), &()).unwrap()
    }

    fn predict(&self, ensemble: &Ensemble) -> Array2<f64> {
        ensemble.predict(&Samples::new(&self.x).unwrap()).unwrap()
    }

    /// What rows predict.
    fn value(&self, rows: &[usize]) -> Vec<f64> {
        let total: f64 = rows.iter().map(|&row| self.weights[row]).sum();
        match self.kind {
            Kind::Gini(classes) | Kind::Entropy(classes) => (0..classes as u32)
                .map(|class| {
                    let of_class = rows.iter().filter(|row| self.codes[**row] == class);
                    of_class.map(|&row| self.weights[row]).sum::<f64>() / total
                })
                .collect(),
            Kind::Absolute => {
                let mut rows = rows.to_vec();
                rows.sort_by(|&a, &b| self.values[a].total_cmp(&self.values[b]));
                let mut below = 0.0;
                let half = |row: &&usize| {
                    below += self.weights[**row];
                    below >= total / 2.0
                };
                vec![self.values[*rows.iter().find(half).unwrap()]]
            }
            _ => vec![rows.iter().map(|&row| self.weights[row] * self.values[row]).sum::<f64>() / total],
        }
    }

    /// The impurity of rows times their weight; `None` where it is not defined.
    fn impurity(&self, rows: &[usize]) -> Option<f64> {
        let (value, total) = (self.value(rows), rows.iter().map(|&row| self.weights[row]).sum::<f64>());
        let sum = |error: &dyn Fn(f64) -> f64| {
            Some(rows.iter().map(|&row| self.weights[row] * error(self.values[row])).sum())
        };
        match self.kind {
            Kind::Gini(_) => Some(total * (1.0 - value.iter().map(|share| share * share).sum::<f64>())),
            Kind::Entropy(_) => {
                let shares = value.iter().filter(|share| **share > 0.0);
                Some(-total * shares.map(|share| share * share.log2()).sum::<f64>())
            }
            Kind::Squared => sum(&|y| (y - value[0]).powi(2)),
            Kind::Absolute => sum(&|y| (y - value[0]).abs()),
            Kind::Poisson if value[0] <= 0.0 => None,
            Kind::Poisson => sum(&|y| if y > 0.0 { y * (y / value[0]).ln() } else { 0.0 }),
        }
    }

    /// The best of all cuts: gain and both sides.
    fn best(&self, rows: &[usize], least: usize) -> Option<(f64, Vec<usize>, Vec<usize>)> {
        let parent = self.impurity(rows)?;
        let mut best: Option<(f64, Vec<usize>, Vec<usize>)> = None;
        for column in 0..3 {
            for &row in rows {
                let threshold = self.x[[row, column]];
                for missing_left in [false, true] {
                    let goes_left = |row: &&usize| {
                        let cell = self.x[[**row, column]];
                        if cell.is_nan() { missing_left } else { cell <= threshold }
                    };
                    let (left, right): (Vec<usize>, Vec<usize>) = rows.iter().partition(goes_left);
                    if left.len().min(right.len()) < least.max(1) {
                        continue;
                    }
                    let (Some(a), Some(b)) = (self.impurity(&left), self.impurity(&right)) else { continue };
                    let gain = parent - a - b;
                    if best.as_ref().is_none_or(|(most, ..)| gain > *most + 1e-11) {
                        best = Some((gain, left, right));
                    }
                }
            }
        }
        best
    }

    fn grow(&self, rows: Vec<usize>, least: usize, depth: usize, predictions: &mut Array2<f64>) {
        let alike = rows.iter().all(|&row| match self.kind {
            Kind::Gini(_) | Kind::Entropy(_) => self.codes[row] == self.codes[rows[0]],
            _ => self.values[row] == self.values[rows[0]],
        });
        let may_split = depth > 0 && !alike;
        if let (true, Some((_, left, right))) = (may_split, self.best(&rows, least)) {
            self.grow(left, least, depth - 1, predictions);
            self.grow(right, least, depth - 1, predictions);
            return;
        }
        let value = self.value(&rows);
        for row in rows {
            predictions.row_mut(row).iter_mut().zip(&value).for_each(|(to, from)| *to = *from);
        }
    }
}

fn bounded(max_depth: usize, min_samples_leaf: usize) -> Forest {
    let growth = Growth { max_depth: Some(max_depth), min_samples_leaf, ..Growth::default() };
    Forest { growth, ..Forest::default() }
}

fn assert_equal(found: &Array2<f64>, expected: &Array2<f64>, what: &dyn std::fmt::Debug) {
    let worst = (found - expected).iter().fold(0.0, |most: f64, d| most.max(d.abs()));
    assert!(worst < 1e-9, "{what:?} differs by {worst}");
}

#[test]
fn trees_equal_those_of_searching_every_cut() {
    for kind in KINDS {
        for (seed, missing, least) in [(1, 0.0, 1), (2, 0.0, 4), (3, 0.15, 1), (4, 0.15, 5)] {
            let data = Data::new(seed, 90, kind, missing);
            let found = data.predict(&data.fit(&bounded(3, least)));
            let mut expected = Array2::zeros(found.dim());
            data.grow((0..90).collect(), least, 3, &mut expected);
            assert_equal(&found, &expected, &(kind, seed));
        }
    }
}

/// Enough rows that cuts are searched by codes and buckets first: 300 rows are too few for the first and enough for the second.
#[test]
fn coarse_cuts_first_find_the_best_cut_of_many_rows() {
    for kind in [Kind::Gini(2), Kind::Gini(4), Kind::Entropy(3), Kind::Squared, Kind::Poisson] {
        for (rows, missing, least) in [(300, 0.1, 1), (6000, 0.0, 1), (6000, 0.05, 700)] {
            let data = Data::new(7, rows, kind, missing);
            let tree = data.fit(&bounded(1, least));
            let gain = data.gain_of_best_cut(least);
            let found = data.gain_of_tree(&tree);
            assert!((found / gain - 1.0).abs() < 1e-6, "{kind:?} {rows}: {found} for {gain}");
        }
    }
}

impl Data {
    /// The gain of the split that a tree of one split makes.
    fn gain_of_tree(&self, tree: &Ensemble) -> f64 {
        let leaves = tree.apply(&Samples::new(&self.x).unwrap()).unwrap();
        let (left, right): (Vec<usize>, Vec<usize>) =
            (0..self.x.nrows()).partition(|row| leaves[[*row, 0]] == 1);
        let all: Vec<usize> = (0..self.x.nrows()).collect();
        self.impurity(&all).unwrap() - self.impurity(&left).unwrap() - self.impurity(&right).unwrap()
    }

    /// The greatest gain, from running sums of the sorted rows.
    fn gain_of_best_cut(&self, least: usize) -> f64 {
        let entries = match self.kind {
            Kind::Gini(classes) | Kind::Entropy(classes) => classes,
            _ => 2,
        };
        // Weights of classes, or weight and weighted value.
        let entry = |row: usize| -> Vec<f64> {
            let mut entry = vec![0.0; entries];
            match self.kind {
                Kind::Gini(_) | Kind::Entropy(_) => entry[self.codes[row] as usize] = self.weights[row],
                _ => entry = vec![self.weights[row], self.weights[row] * self.values[row]],
            }
            entry
        };
        let score = |sum: &[f64]| -> f64 {
            let total: f64 = sum.iter().sum();
            match self.kind {
                Kind::Gini(_) => sum.iter().map(|w| w * w).sum::<f64>() / total,
                Kind::Entropy(_) => sum.iter().filter(|w| **w > 1e-9).map(|w| w * (w / total).log2()).sum(),
                Kind::Poisson => sum[1] * (sum[1] / sum[0]).ln(),
                _ => sum[1] * sum[1] / sum[0],
            }
        };
        let add = |sum: &mut Vec<f64>, row: usize, sign: f64| {
            sum.iter_mut().zip(entry(row)).for_each(|(sum, value)| *sum += sign * value);
        };
        let rows = self.x.nrows();
        let mut all = vec![0.0; entries];
        (0..rows).for_each(|row| add(&mut all, row, 1.0));
        let mut best = 0.0;
        for column in 0..3 {
            let (missing, mut present): (Vec<usize>, Vec<usize>) =
                (0..rows).partition(|row| self.x[[*row, column]].is_nan());
            present.sort_by(|&a, &b| self.x[[a, column]].total_cmp(&self.x[[b, column]]));
            for moved in [&[][..], &missing] {
                let (mut left, mut right, mut count) = (vec![0.0; entries], all.clone(), moved.len());
                for &row in moved {
                    add(&mut left, row, 1.0);
                    add(&mut right, row, -1.0);
                }
                for (place, &row) in present.iter().enumerate() {
                    add(&mut left, row, 1.0);
                    add(&mut right, row, -1.0);
                    count += 1;
                    let ends = present
                        .get(place + 1)
                        .is_none_or(|next| self.x[[*next, column]] > self.x[[row, column]]);
                    if ends && count.min(rows - count) >= least {
                        let gain = score(&left) + score(&right) - score(&all);
                        best = if gain > best { gain } else { best };
                    }
                }
            }
        }
        best
    }
}

/// Best-first growth looks through the whole data, depth-first growth copies parts of it; threads share few trees only.
#[test]
fn every_way_to_grow_gives_the_same_cuts() {
    for kind in KINDS {
        let rows = if kind == Kind::Absolute { 1500 } else { 9000 };
        let data = Data::new(11, rows, kind, 0.05);
        let deep = bounded(9, 3);
        let best_first = Growth { max_leaf_nodes: Some(100_000), ..deep.growth.clone() };
        let expected = data.predict(&data.fit(&deep));
        assert_equal(
            &data.predict(&data.fit(&Forest { growth: best_first, ..deep.clone() })),
            &expected,
            &kind,
        );
        let many = Forest { n_estimators: 8, ..deep };
        assert_equal(&data.predict(&data.fit(&many)), &expected, &kind);
    }
}

#[test]
fn drawn_thresholds_lie_between_the_values_of_their_node() {
    let x = array![[0.0], [1.0], [10.0], [10.0]];
    let samples = Samples::new(&x).unwrap();
    let target = Target::Values(&[0.0, 1.0, 5.0, 7.0], RegressionCriterion::SquaredError);
    let mut low = 0;
    for seed in 0..2000 {
        let forest = Forest { splitter: Splitter::Random, seed, ..bounded(1, 1) };
        let found = forest.fit(&samples, target, None, &()).unwrap().predict(&samples).unwrap();
        assert_eq!((found[[2, 0]], found[[3, 0]]), (found[[3, 0]], found[[2, 0]]));
        assert!(found[[0, 0]] < found[[3, 0]]);
        low += usize::from(found[[0, 0]] == 0.0);
    }
    // One of ten thresholds between 0 and 10 lies below 1.
    assert!((150..250).contains(&low), "{low}");
}

#[test]
fn a_split_without_gain_is_made_where_it_leads_on() {
    // Exclusive or: no single cut gains, two of them tell all.
    let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let samples = Samples::new(&x).unwrap();
    let target = Target::Classes { codes: &[0, 1, 1, 0], classes: 2, impurity: Impurity::Gini };
    let tree = Forest::default().fit(&samples, target, None, &()).unwrap();
    assert_eq!(tree.predict(&samples).unwrap().column(1).to_vec(), [0.0, 1.0, 1.0, 0.0]);
}

#[test]
fn draws_of_rows_have_the_size_asked_for() {
    let data = Data::new(5, 400, Kind::Gini(2), 0.0);
    let samples = Samples::new(&data.x).unwrap();
    let draw = |bootstrap, max_samples| Forest { n_estimators: 30, bootstrap, max_samples, ..bounded(4, 1) };
    let left_out = |forest: &Forest| {
        let ensemble = forest.fit(&samples, data.target(), None, &()).unwrap();
        let cover: f64 = ensemble.contributions(&samples).unwrap().sum();
        assert!(cover.is_finite());
        forest.out_of_bag(&ensemble, &samples).unwrap().known_rows().len()
    };
    assert_eq!(left_out(&draw(false, None)), 0);
    // Thirty draws leave every row out at least once, but for a chance of 400 * 0.632^30.
    assert_eq!(left_out(&draw(true, None)), 400);
    assert_eq!(left_out(&draw(false, Some(MaxSamples::Share(0.5)))), 400);
    let all = Forest { n_estimators: 1, ..draw(false, Some(MaxSamples::Count(100))) };
    assert_eq!(left_out(&all), 300);
    let drawn = Forest { max_features: MaxFeatures::Count(1), ..draw(true, Some(MaxSamples::Count(7))) };
    assert_eq!(left_out(&drawn), 400);
}
