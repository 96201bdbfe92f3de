//! What the engine promises beyond single splits.

use std::ops::ControlFlow;
use std::sync::Mutex;

use crm_ml_core::{Column, ErrorKind, Progress, Samples, Schema, Step, Stream};
use crm_ml_trees::{
    Boosted, Booster, Boosting, CategoricalEncoding, Ensemble, Forest, Growth, Importance, Impurity,
    Logistic, MaxFeatures, Part, RegressionCriterion, Softmax, Squared, Stopping, Target,
};
use ndarray::{Array1, Array2, array};
use proptest::prelude::*;

fn normal(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut stream = Stream::new(seed, "test/engine", 0);
    Array2::from_shape_fn((rows, columns), |_| stream.normal())
}

/// Classes that depend on the first two columns, with noise.
fn codes(x: &Array2<f64>) -> Vec<u32> {
    let mut stream = Stream::new(9, "test/codes", 0);
    x.rows().into_iter().map(|row| u32::from(row[0] * row[1] + 0.5 * stream.normal() > 0.0)).collect()
}

fn categories(cells: Vec<f64>, levels: usize) -> Samples<'static> {
    let schema =
        Schema::new(vec![Column::category("c", (0..levels).map(|l| l.to_string()).collect())]).unwrap();
    let x = Array2::from_shape_vec((cells.len(), 1), cells).unwrap();
    Samples::from_array(x).unwrap().with_schema(&schema).unwrap()
}

fn squared(target: &[f64]) -> Target<'_> {
    Target::Values(target, RegressionCriterion::SquaredError)
}

fn stump() -> Forest {
    Forest { growth: Growth { max_depth: Some(1), ..Growth::default() }, ..Forest::default() }
}

/// Enough columns that splits, not only histograms, are found in parallel.
#[test]
fn thread_counts_give_the_same_model() {
    let x = normal(5000, 80, 1);
    let codes = codes(&x);
    let samples = Samples::new(&x).unwrap();
    let boosting = Boosting { n_estimators: 4, subsample: 0.8, ..Boosting::default() };
    let forest =
        Forest { n_estimators: 5, bootstrap: true, max_features: MaxFeatures::Sqrt, ..Forest::default() };
    let fit = |threads: usize| -> (Booster, Ensemble, Array2<f64>) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let part = Part { samples: &samples, objective: &Logistic::new(&codes), weights: None };
            let boosted = boosting.fit(&part, None, &()).unwrap().booster;
            let target = Target::Classes { codes: &codes, classes: 2, impurity: Impurity::Entropy };
            let margins = boosted.predict(&samples).unwrap();
            (boosted, forest.fit(&samples, target, None, &()).unwrap(), margins)
        })
    };
    let one = fit(1);
    for threads in [2, 3, 8] {
        assert!(fit(threads) == one, "{threads} threads");
    }
}

#[test]
fn whole_weights_equal_repeated_rows_to_the_bit_in_class_trees() {
    let x = normal(400, 3, 2);
    let codes = codes(&x);
    let weights: Vec<f64> = (0..400).map(|row| 1.0 + (row * 7 % 4) as f64).collect();
    let repeated: Vec<usize> =
        (0..400).flat_map(|row| std::iter::repeat_n(row, weights[row] as usize)).collect();
    let repeated_codes: Vec<u32> = repeated.iter().map(|&row| codes[row]).collect();
    let samples = Samples::new(&x).unwrap();
    let many = samples.select_rows(&repeated);
    let tree = Forest::default();
    let target = |codes| Target::Classes { codes, classes: 2, impurity: Impurity::Gini };
    let weighted = tree.fit(&samples, target(&codes), Some(&weights), &()).unwrap();
    let plain = tree.fit(&many, target(&repeated_codes), None, &()).unwrap();
    assert!(weighted.trees()[0].n_leaves() > 50);
    assert_eq!(weighted.predict(&samples).unwrap(), plain.predict(&samples).unwrap());
}

#[test]
fn a_planted_grouping_is_found_where_codes_as_numbers_cannot() {
    let cells: Vec<f64> = (0..600).map(|row| f64::from(row % 30)).collect();
    let target: Vec<f64> = cells.iter().map(|c| if (*c as u32 * 7) % 3 == 0 { 1.0 } else { 0.0 }).collect();
    let error = |samples: &Samples<'_>| -> f64 {
        let tree = stump().fit(samples, squared(&target), None, &()).unwrap();
        let found = tree.predict(samples).unwrap();
        found.iter().zip(&target).map(|(a, b)| (a - b).powi(2)).sum()
    };
    let numbers = Array2::from_shape_vec((600, 1), cells.clone()).unwrap();
    assert!(error(&categories(cells, 30)) < 1e-20);
    assert!(error(&Samples::new(&numbers).unwrap()) > 100.0);
}

#[test]
fn missing_unseen_and_known_are_three_things() {
    // Level 0 gives 1, level 1 gives 5, missing gives 9; 1 is the most frequent. Nothing is unseen in training.
    let cells = [vec![0.0; 10], vec![1.0; 30], vec![f64::NAN; 10]].concat();
    let target = [vec![1.0; 10], vec![5.0; 30], vec![9.0; 10]].concat();
    let samples = categories(cells, 3);
    let tree = Forest::default().fit(&samples, squared(&target), None, &()).unwrap();
    let ask = |cell: f64| tree.predict(&categories(vec![cell], 3)).unwrap()[[0, 0]];
    assert_eq!([ask(0.0), ask(1.0), ask(f64::NAN)], [1.0, 5.0, 9.0]);
    // Unseen, and level 2 without a row, go where most rows went.
    assert_eq!([ask(-1.0), ask(2.0)], [5.0, 5.0]);

    // Unseen in training is learned like a level.
    let cells = [vec![0.0; 30], vec![-1.0; 10], vec![f64::NAN; 10]].concat();
    let target = [vec![1.0; 30], vec![5.0; 10], vec![9.0; 10]].concat();
    let tree = Forest::default().fit(&categories(cells, 3), squared(&target), None, &()).unwrap();
    let ask = |cell: f64| tree.predict(&categories(vec![cell], 3)).unwrap()[[0, 0]];
    assert_eq!([ask(0.0), ask(-1.0), ask(f64::NAN)], [1.0, 5.0, 9.0]);
}

#[test]
fn missing_reals_take_the_side_they_are_like() {
    let cells = array![[1.0], [2.0], [8.0], [9.0], [f64::NAN], [f64::NAN]];
    for (missing, expected) in [(0.0, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]), (1.0, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0])]
    {
        let target = [0.0, 0.0, 1.0, 1.0, missing, missing];
        let samples = Samples::new(&cells).unwrap();
        let tree = stump().fit(&samples, squared(&target), None, &()).unwrap();
        assert_eq!(tree.predict(&samples).unwrap().column(0), Array1::from(expected.to_vec()));
    }
    // Missing against everything else, and a column without missing: then the side with more rows.
    let samples = Samples::new(&cells).unwrap();
    let tree = stump().fit(&samples, squared(&[0.0, 0.0, 0.0, 0.0, 1.0, 1.0]), None, &()).unwrap();
    assert_eq!(tree.predict(&samples).unwrap().column(0).to_vec(), [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
    let complete = array![[1.0], [2.0], [3.0], [9.0]];
    let samples = Samples::new(&complete).unwrap();
    let tree = stump().fit(&samples, squared(&[0.0, 0.0, 0.0, 1.0]), None, &()).unwrap();
    let missing = array![[f64::NAN]];
    assert_eq!(tree.predict(&Samples::new(&missing).unwrap()).unwrap()[[0, 0]], 0.0);
}

#[test]
fn more_levels_than_bins_are_grouped() {
    // 1000 levels, of which the first ten are frequent and decide.
    let mut stream = Stream::new(3, "test/levels", 0);
    let draw =
        |stream: &mut Stream| if stream.uniform() < 0.8 { stream.below(10) } else { stream.below(1000) };
    let cells: Vec<f64> = (0..5000).map(|_| draw(&mut stream) as f64).collect();
    let target: Vec<f64> = cells.iter().map(|c| if *c < 10.0 { c % 2.0 } else { 0.5 }).collect();
    let samples = categories(cells, 1000);
    let tree = Forest::default().fit(&samples, squared(&target), None, &()).unwrap();
    let found = tree.predict(&samples).unwrap();
    assert!(found.iter().zip(&target).all(|(a, b)| (a - b).abs() < 1e-12));
}

#[test]
fn rare_levels_stay_together() {
    // Six levels of 20 rows and six of 2, all with means of their own.
    let cells: Vec<f64> =
        (0..132).map(|row| if row < 120 { row % 6 } else { 6 + row % 6 }).map(f64::from).collect();
    let target: Vec<f64> = cells.iter().map(|c| (c * 7.0) % 12.0).collect();
    let samples = categories(cells, 12);
    let leaves = |min_samples_level: usize| {
        let forest =
            Forest { growth: Growth { min_samples_level, ..Growth::default() }, ..Forest::default() };
        let tree = forest.fit(&samples, squared(&target), None, &()).unwrap();
        let mut leaves: Vec<u32> = (120..132).map(|row| tree.apply(&samples).unwrap()[[row, 0]]).collect();
        leaves.dedup();
        leaves.len()
    };
    assert_eq!((leaves(1), leaves(3)), (12, 1));
}

#[test]
fn growth_keeps_its_bounds() {
    let x = normal(500, 4, 4);
    let samples = Samples::new(&x).unwrap();
    let target: Vec<f64> = x.rows().into_iter().map(|row| row[0] + row[1] * row[2]).collect();
    let fit = |growth: Growth| {
        Forest { growth, ..Forest::default() }.fit(&samples, squared(&target), None, &()).unwrap()
    };
    let growth = Growth::default;
    assert_eq!(fit(Growth { max_leaf_nodes: Some(7), ..growth() }).trees()[0].n_leaves(), 7);
    assert_eq!(fit(Growth { max_depth: Some(3), ..growth() }).trees()[0].depth(), 3);
    assert_eq!(fit(Growth { min_gain: 1e9, ..growth() }).trees()[0].n_leaves(), 1);
    assert_eq!(fit(Growth { min_samples_split: 501, ..growth() }).trees()[0].n_leaves(), 1);
    assert_eq!(fit(Growth { min_sum_hessian: 251.0, ..growth() }).trees()[0].n_leaves(), 1);
    let leaves = fit(Growth { min_samples_leaf: 40, ..growth() }).apply(&samples).unwrap();
    let mut counts = std::collections::BTreeMap::new();
    leaves.iter().for_each(|leaf| *counts.entry(*leaf).or_insert(0) += 1);
    assert!(counts.len() > 3 && counts.values().all(|count| *count >= 40));
}

#[test]
fn importances_are_known_for_a_known_tree() {
    // Column 0 parts 0 from 8 (4 rows each), column 1 parts 8 into 6 and 10.
    let x = array![
        [0., 0., 0.],
        [0., 1., 0.],
        [0., 0., 1.],
        [0., 1., 1.],
        [1., 0., 0.],
        [1., 1., 0.],
        [1., 0., 1.],
        [1., 1., 1.]
    ];
    let target = [0., 0., 0., 0., 6., 10., 6., 10.];
    let tree = Forest::default().fit(&Samples::new(&x).unwrap(), squared(&target), None, &()).unwrap();
    // Squared error: 128 + 16 without splits, 16 after the first, 0 after the second.
    let close = |found: Array1<f64>, expected: [f64; 3]| {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found}");
    };
    close(tree.importances(Importance::Gain), [128. / 144., 16. / 144., 0.]);
    close(tree.importances(Importance::Cover), [8. / 12., 4. / 12., 0.]);
    close(tree.importances(Importance::Split), [0.5, 0.5, 0.]);
}

#[test]
fn early_stopping_keeps_the_best_round() {
    let (x, validation) = (normal(600, 5, 5), normal(300, 5, 6));
    let (codes, validation_codes) = (codes(&x), codes(&validation));
    let samples = [Samples::new(&x).unwrap(), Samples::new(&validation).unwrap()];
    let train = Part { samples: &samples[0], objective: &Logistic::new(&codes), weights: None };
    let watched = Part { samples: &samples[1], objective: &Logistic::new(&validation_codes), weights: None };
    let boosting = Boosting { n_estimators: 300, ..Boosting::default() };
    let rule = Stopping { n_iter_no_change: 10, tol: 0.0 };
    let Boosted { booster: stopped, report, history } =
        boosting.fit(&train, Some((&watched, rule)), &()).unwrap();
    assert!(
        report.converged && report.iterations < 290 && report.iterations == stopped.ensemble().trees().len()
    );
    // Every other number of rounds has a greater loss.
    let loss = |rounds: usize| {
        let fitted = Boosting { n_estimators: rounds, ..boosting.clone() }.fit(&train, None, &()).unwrap();
        let margins = fitted.booster.predict(&samples[1]).unwrap();
        let of_row = |(margin, code): (&f64, &u32)| (1.0 + margin.exp()).ln() - margin * f64::from(*code);
        margins.iter().zip(&validation_codes).map(of_row).sum::<f64>() / 300.0
    };
    assert!((loss(report.iterations) - report.objective).abs() < 1e-12);
    for rounds in [report.iterations - 1, report.iterations + 1, report.iterations + 9] {
        assert!(loss(rounds) > report.objective);
        assert!((loss(rounds) - history.validation[rounds]).abs() < 1e-12);
    }
    assert_eq!(history.train.len(), report.iterations + 11);
    assert!(history.train.windows(2).all(|pair| pair[1] < pair[0]));
}

#[test]
fn boosting_ends_when_nothing_can_be_split() {
    let x = normal(50, 2, 7);
    let samples = Samples::new(&x).unwrap();
    let target = vec![3.5; 50];
    let part = Part { samples: &samples, objective: &Squared::new(&target), weights: None };
    let Boosted { booster: model, report, .. } = Boosting::default().fit(&part, None, &()).unwrap();
    assert_eq!((model.ensemble().trees().len(), report.iterations, report.converged), (0, 0, true));
    assert!(model.predict(&samples).unwrap().iter().all(|y| (y - 3.5).abs() < 1e-14));
    model.validate().unwrap();
}

struct Watch {
    heard: Mutex<Vec<(usize, usize)>>,
    last: usize,
}

impl Progress for Watch {
    fn step(&self, step: Step<'_>) -> ControlFlow<()> {
        self.heard.lock().unwrap().push((step.done, step.total));
        if step.done == self.last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn progress_is_told_and_can_cancel() {
    let x = normal(200, 2, 8);
    let codes = codes(&x);
    let samples = Samples::new(&x).unwrap();
    let part = Part { samples: &samples, objective: &Logistic::new(&codes), weights: None };
    let target = Target::Classes { codes: &codes, classes: 2, impurity: Impurity::Gini };
    for last in [3, 99] {
        let watch = || Watch { heard: Mutex::new(Vec::new()), last };
        let (first, second) = (watch(), watch());
        let boosted = Boosting { n_estimators: 12, ..Boosting::default() }.fit(&part, None, &first).err();
        let forest =
            Forest { n_estimators: 12, ..Forest::default() }.fit(&samples, target, None, &second).err();
        let expected: Vec<(usize, usize)> = (1..=last.min(12)).map(|done| (done, 12)).collect();
        for (error, watch) in [(boosted, first), (forest, second)] {
            assert_eq!(error.map(|e| e.kind().clone()), (last == 3).then_some(ErrorKind::Cancelled));
            assert_eq!(*watch.heard.lock().unwrap(), expected);
        }
    }
}

#[test]
fn extra_columns_are_drawn_while_none_can_be_split() {
    // One column out of twenty varies: a forest of one drawn column finds it.
    let mut x = Array2::zeros((40, 20));
    x.column_mut(13).iter_mut().enumerate().for_each(|(row, cell)| *cell = (row % 2) as f64);
    let target: Vec<f64> = (0..40).map(|row| (row % 2) as f64).collect();
    let forest = Forest { n_estimators: 5, max_features: MaxFeatures::Count(1), ..Forest::default() };
    let samples = Samples::new(&x).unwrap();
    let model = forest.fit(&samples, squared(&target), None, &()).unwrap();
    assert_eq!(model.predict(&samples).unwrap().column(0).to_vec(), target);
}

#[test]
fn max_features_counts() {
    let amounts = |width: usize| {
        use MaxFeatures::{All, Count, Log2, Share, Sqrt};
        [All, Sqrt, Log2, Share(0.3), Count(3)].map(|features| features.amount(width))
    };
    assert_eq!(amounts(40), [40, 6, 5, 12, 3]);
    assert_eq!(amounts(2), [2, 1, 1, 1, 2]);
    assert_eq!(amounts(1), [1; 5]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Any small data with categories, holes and wild weights: a valid model with finite outputs that explains itself.
    #[test]
    fn small_data_never_breaks(
        rows in 1usize..40, levels in 1usize..300, seed in 0u64..1000, bins in 2usize..=255,
        leaves in 2usize..20, least in 1usize..5, l2 in 0.0..10.0f64, decades in 0.0..6.0f64,
    ) {
        let mut stream = Stream::new(seed, "test/small", 0);
        let mut draw = |column: usize| match (column, stream.below(6)) {
            (_, 0) => f64::NAN,
            (0, _) => stream.below(levels + 1) as f64 - 1.0,
            (1, _) => stream.normal() * 1e200,
            _ => stream.below(3) as f64,
        };
        let x = Array2::from_shape_fn((rows, 3), |(_, column)| draw(column));
        let names = (0..levels).map(|l| l.to_string()).collect();
        let schema = Schema::new(vec![Column::category("c", names), Column::real("a"), Column::real("b")]).unwrap();
        let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
        let weights: Vec<f64> = (0..rows).map(|_| 10f64.powf(decades * stream.uniform())).collect();
        let codes: Vec<u32> = (0..rows).map(|_| stream.below(3) as u32).collect();
        let growth = Growth { max_leaf_nodes: Some(leaves), min_samples_leaf: least, categorical_smoothing: l2, ..Growth::default() };
        for categorical_encoding in [CategoricalEncoding::Grouping, CategoricalEncoding::ordered()] {
            let boosting = Boosting {
                n_estimators: 3, growth: growth.clone(), max_bins: bins, l2_regularization: l2, categorical_encoding, ..Boosting::default()
            };
            let part = Part { samples: &samples, objective: &Softmax::new(&codes, 3), weights: Some(&weights) };
            let model = boosting.fit(&part, None, &()).unwrap().booster;
            model.validate().unwrap();
            let outputs = model.predict(&samples).unwrap();
            prop_assert!(outputs.iter().all(|v| v.is_finite()));
            let sums = model.contributions(&samples).unwrap().sum_axis(ndarray::Axis(1));
            prop_assert!((sums - outputs).iter().all(|d| d.abs() < 1e-9));
        }
        let forest = Forest { n_estimators: 3, bootstrap: true, max_features: MaxFeatures::Count(1), growth, seed, ..Forest::default() };
        let target = Target::Classes { codes: &codes, classes: 3, impurity: Impurity::Entropy };
        let forest = forest.fit(&samples, target, Some(&weights), &()).unwrap();
        forest.validate_shares().unwrap();
        forest.validate().unwrap();
        let outputs = forest.predict(&samples).unwrap();
        prop_assert!(outputs.iter().all(|v| v.is_finite()));
        let sums = forest.contributions(&samples).unwrap().sum_axis(ndarray::Axis(1));
        prop_assert!((sums - outputs).iter().all(|d| d.abs() < 1e-9));
    }
}

#[test]
fn many_rows_and_single_rows_are_scored_to_the_same_bits() {
    let mut x = normal(333, 4, 10);
    x.iter_mut().enumerate().filter(|(cell, _)| cell % 7 == 0).for_each(|(_, cell)| *cell = f64::NAN);
    let codes = codes(&x);
    let mut coded = x.clone();
    coded.column_mut(3).mapv_inplace(|cell| if cell.is_nan() { cell } else { (cell * 2.0).round().abs() });
    let columns = ["a", "b", "c"]
        .map(Column::real)
        .into_iter()
        .chain([Column::category("d", (0..12).map(|level| level.to_string()).collect())]);
    let schema = Schema::new(columns.collect()).unwrap();
    let with_category = Samples::new(&coded).unwrap().with_schema(&schema).unwrap();
    for samples in [Samples::new(&x).unwrap(), with_category] {
        let part = Part { samples: &samples, objective: &Softmax::new(&codes, 2), weights: None };
        let boosting = Boosting { n_estimators: 9, ..Boosting::default() };
        let model = boosting.fit(&part, None, &()).unwrap().booster;
        let together = model.predict(&samples).unwrap();
        for (row, margins) in together.rows().into_iter().enumerate() {
            assert_eq!(model.predict(&samples.select_rows(&[row])).unwrap().row(0), margins);
        }
    }
}
