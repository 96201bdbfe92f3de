use approx::assert_abs_diff_eq;
use crm_ml_core::{Attributions, Column, OutlierModel, Persist, Samples, Schema, UNSEEN};
use crm_ml_testkit::fixture::{matrix, numbers};
use ndarray::{Array2, Axis};
use proptest::prelude::*;
use serde_json::Value;

use super::tree::{Cut, Node, Tree};
use super::*;

fn reference() -> Value {
    serde_json::from_str(include_str!("../../tests/fixtures/isolation_forest.json")).unwrap()
}

fn tree_of(nodes: &Value) -> Tree {
    let node = |node: &Value| {
        let [column, threshold, rows] = numbers(node)[..] else { panic!("a node of three numbers") };
        let cut = (column >= 0.0).then_some(Cut::Threshold { column: column as u32, threshold });
        Node { cut, rows: rows as u32 }
    };
    Tree { nodes: nodes.as_array().unwrap().iter().map(node).collect(), ..Tree::default() }
}

/// A model of scikit-learn's trees.
fn model_of(forest: &Value) -> IsolationForestModel {
    let width = forest["columns"].as_u64().unwrap() as usize;
    let trees = forest["trees"].as_array().unwrap().iter().map(tree_of).collect();
    let max_samples = forest["max_samples"].as_u64().unwrap() as usize;
    let mut model = IsolationForestModel::new(Schema::unnamed(width), trees, max_samples);
    model.offset = forest["offset"].as_f64().unwrap();
    model.validate().unwrap();
    model
}

#[test]
fn the_same_trees_give_the_scores_of_scikit_learn() {
    for forest in reference()["forests"].as_array().unwrap() {
        let (model, test) = (model_of(forest), matrix(&forest["test"]));
        let samples = Samples::new(&test).unwrap();
        let scores = model.score_samples(&samples).unwrap();
        let decisions = model.decision_function(&samples).unwrap();
        for (ours, theirs) in scores.iter().zip(numbers(&forest["scores"])) {
            assert_abs_diff_eq!(*ours, theirs, epsilon = 1e-12);
        }
        for (ours, theirs) in decisions.iter().zip(numbers(&forest["decisions"])) {
            assert_abs_diff_eq!(*ours, theirs, epsilon = 1e-12);
        }
        let outliers: Vec<bool> =
            forest["outliers"].as_array().unwrap().iter().map(|flag| flag.as_bool().unwrap()).collect();
        assert_eq!(model.is_outlier(&samples).unwrap(), outliers);
    }
}

#[test]
fn a_contamination_gives_the_offset_of_scikit_learn() {
    let reference = reference();
    let forest = &reference["forests"][1];
    let scores = numbers(&forest["fit"]["scores"]);
    let offset = Contamination::Share(0.1).offset(-0.5, || scores, None);
    assert_abs_diff_eq!(offset, forest["offset"].as_f64().unwrap(), epsilon = 1e-12);
}

#[test]
fn average_path_lengths_are_those_of_scikit_learn() {
    for pair in reference()["average_path_length"].as_array().unwrap() {
        let [rows, length] = numbers(pair)[..] else { panic!("a pair") };
        assert_abs_diff_eq!(average_path_length(rows as usize), length, epsilon = 1e-10);
    }
}

/// Two real columns, one with gaps, a category of five levels and one real column more.
fn mixed(rows: usize, gaps: f64, seed: u64) -> Samples<'static> {
    let mut stream = Stream::new(seed, "test/mixed", 0);
    let x = Array2::from_shape_fn((rows, 4), |(_, column)| match column {
        1 if stream.uniform() < gaps => f64::NAN,
        2 => [0.0, 0.0, 0.0, 1.0, 1.0, 2.0, 3.0][stream.below(7)],
        3 => stream.normal().exp(),
        _ => stream.normal(),
    });
    let levels = ["a", "b", "c", "d", "e"].map(String::from).to_vec();
    let columns =
        vec![Column::real("a"), Column::real("b"), Column::category("c", levels), Column::real("d")];
    Samples::from_array(x).unwrap().with_schema(&Schema::new(columns).unwrap()).unwrap()
}

fn variants() -> Vec<IsolationForest> {
    let new = || IsolationForest::new().n_estimators(20);
    vec![
        new(),
        new().max_depth(MaxDepth::Unlimited),
        new().ndim(2),
        new().ndim(3).prob_pick_avg_gain(0.7).ntry(3),
        new().prob_pick_pooled_gain(1.0),
        new().column_choice(ColumnChoice::Range),
        new().column_choice(ColumnChoice::Kurtosis).new_categ_action(NewCategAction::Smallest),
    ]
}

#[test]
fn all_forms_give_the_same_bits() {
    let all = mixed(3003, 0.2, 1);
    let real = all.select_columns(&[0, 1, 3]);
    let new = || IsolationForest::new().n_estimators(20);
    let deep =
        |forest: IsolationForest| forest.max_depth(MaxDepth::Unlimited).max_samples(MaxSamples::Count(900));
    let smallest = || new().new_categ_action(NewCategAction::Smallest);
    for (samples, forest) in [
        (&real, new()),
        (&real, new().ndim(2)),
        (&real, new().ndim(3)),
        (&real, deep(new())),
        (&real, deep(new().ndim(2))),
        (&all, new()),
        (&all, smallest()),
        (&all, deep(smallest())),
    ] {
        let model = forest.fit(samples).unwrap();
        assert!(model.walk().is_fast());
        let mut x = samples.dense().to_owned();
        // What the columns do not know, and no code at all, where a model of categories is given numbers without names.
        (0..30).for_each(|row| x[[row * 7, 2]] = [UNSEEN, 4.0, 0.5, 77.0][row % 4]);
        let odd = Samples::new(&x).unwrap();
        for samples in [samples, &odd] {
            let together = model.score_samples(samples).unwrap();
            for (row, score) in together.iter().enumerate() {
                let as_is = model.score(model.walk().as_is(model.trees(), samples.row(row)));
                assert_eq!(score.to_bits(), as_is.to_bits(), "row {row}");
                assert_eq!(
                    score.to_bits(),
                    model.score_row(samples.row(row)).unwrap().to_bits(),
                    "row {row}"
                );
            }
        }
    }
}

#[test]
fn contributions_add_up() {
    for samples in [mixed(400, 0.3, 2), mixed(3, 0.0, 2), mixed(1, 0.0, 2)] {
        for forest in variants() {
            let model = forest.fit(&samples).unwrap();
            let (paths, lengths) =
                (model.path_contributions(&samples).unwrap(), model.path_lengths(&samples).unwrap());
            let (shares, scores) =
                (model.contributions(&samples).unwrap(), model.anomaly_scores(&samples).unwrap());
            for row in 0..samples.n_rows() {
                assert_abs_diff_eq!(paths.row(row).sum(), lengths[row], epsilon = 1e-9);
                let shares = shares.index_axis(Axis(0), row);
                assert_abs_diff_eq!(shares.sum(), scores[row], epsilon = 1e-9);
                for (share, path) in shares.iter().zip(paths.row(row)).take(4) {
                    assert!(share * path <= 0.0, "a shorter path is odder");
                }
                if samples.row(row)[1].is_nan() && forest.ndim == 1 {
                    assert_eq!(shares[[1, 0]], 0.0, "a missing value has no share");
                }
            }
        }
    }
}

/// The mean of the rows of the fit, weighted by their place in the trees, is the base: for one tree on all rows exactly.
#[test]
fn the_base_is_the_mean_over_the_rows_of_the_fit() {
    let samples = mixed(200, 0.0, 3);
    for forest in variants() {
        let model = forest.n_estimators(1).max_samples(MaxSamples::Count(200)).fit(&samples).unwrap();
        let mean = model.path_lengths(&samples).unwrap().mean().unwrap();
        assert_abs_diff_eq!(model.path_contributions(&samples).unwrap()[[0, 4]], mean, epsilon = 1e-9);
    }
}

#[test]
fn planted_causes_come_first() {
    for (gaps, forest) in
        [0.0, 0.1].into_iter().flat_map(|gaps| variants().into_iter().map(move |f| (gaps, f)))
    {
        let (mut found, mut planted) = (0, 0);
        for seed in 0..4 {
            let rows = mixed(1500, gaps, 10 + seed);
            let mut x = rows.dense().to_owned();
            let mut stream = Stream::new(seed, "test/planted", 0);
            let frauds: Vec<(usize, usize)> = (0..25).map(|i| (i * 50, [0, 1, 3][stream.below(3)])).collect();
            for &(row, cause) in &frauds {
                x[[row, cause]] = if cause == 3 { 20.0 } else { 8.0 } * (1.0 + 0.2 * stream.uniform());
            }
            let samples = Samples::from_array(x).unwrap().with_schema(rows.schema()).unwrap();
            let model = forest.clone().n_estimators(100).seed(seed).fit(&samples).unwrap();
            let shares = model.contributions(&samples).unwrap();
            for (row, cause) in frauds {
                let first = (0..4).max_by(|a, b| shares[[row, *a, 0]].total_cmp(&shares[[row, *b, 0]]));
                found += usize::from(first == Some(cause));
                planted += 1;
            }
        }
        assert!(found * 100 >= 95 * planted, "{found} of {planted} with gaps {gaps}: {forest:?}");
    }
}

#[test]
fn a_level_that_no_row_had_is_odd_where_asked_for() {
    let samples = mixed(500, 0.0, 4);
    let mut row = samples.row(0).to_vec();
    let score = |action: NewCategAction, row: &[f64]| {
        let model = IsolationForest::new().new_categ_action(action).fit(&samples).unwrap();
        -model.score_row(row).unwrap()
    };
    let usual = score(NewCategAction::Smallest, &row);
    for level in [UNSEEN, 4.0] {
        row[2] = level;
        let new = score(NewCategAction::Smallest, &row);
        assert!(new > usual + 0.005, "{new} {usual}");
        let weighted = score(NewCategAction::Weighted, &row);
        row[2] = f64::NAN;
        assert_eq!(weighted.to_bits(), score(NewCategAction::Weighted, &row).to_bits());
    }
}

#[test]
fn hopeless_data_give_a_score() {
    let all_missing = Array2::from_elem((50, 3), f64::NAN);
    let alike = Array2::from_elem((50, 3), 7.0);
    let usual = mixed(300, 0.0, 5).select_columns(&[0, 1, 3]).dense().to_owned();
    for x in [&all_missing, &alike] {
        let model = IsolationForest::new().fit(&Samples::new(x).unwrap()).unwrap();
        // Nothing can be cut: everybody is in the root, whose length is the average.
        for rows in [x, &usual, &all_missing] {
            let scores = model.score_samples(&Samples::new(rows).unwrap()).unwrap();
            assert!(scores.iter().all(|score| (score + 0.5).abs() < 1e-12));
        }
    }
    let model = IsolationForest::new().fit(&Samples::new(&usual).unwrap()).unwrap();
    let scores = model.anomaly_scores(&Samples::new(&all_missing).unwrap()).unwrap();
    let base = model.contributions(&Samples::new(&all_missing).unwrap()).unwrap()[[0, 3, 0]];
    assert_abs_diff_eq!(scores[0], base, epsilon = 1e-9);
    let one = usual.slice(ndarray::s![..1, ..]).to_owned();
    let model = IsolationForest::new().fit(&Samples::new(&one).unwrap()).unwrap();
    assert_eq!(model.score_samples(&Samples::new(&one).unwrap()).unwrap()[0], -0.5);
    assert!(model.score_row(&[0.0]).is_err() && model.score_row(&[0.0, f64::INFINITY, 0.0]).is_err());
}

/// Other units of measurement change nothing: powers of two, so that nothing is rounded otherwise.
#[test]
fn units_of_measurement_do_not_matter() {
    let samples = mixed(400, 0.1, 6);
    let mut x = samples.dense().to_owned();
    x.column_mut(0).mapv_inplace(|cell| cell * 1024.0);
    x.column_mut(3).mapv_inplace(|cell| cell / 4096.0);
    let other = Samples::from_array(x).unwrap().with_schema(samples.schema()).unwrap();
    for forest in variants() {
        let scores = forest.fit(&samples).unwrap().score_samples(&samples).unwrap();
        assert_eq!(forest.fit(&other).unwrap().score_samples(&other).unwrap(), scores, "{forest:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever the data, of ties, gaps and far values: shares add up, a row alone has the score that it has among others.
    #[test]
    fn any_data_give_scores_that_add_up(
        cells in prop::collection::vec(prop_oneof![
            4 => -3.0..3.0f64,
            2 => (0..4i32).prop_map(f64::from),
            1 => Just(f64::NAN),
            1 => prop_oneof![Just(1e300), Just(-1e300), Just(f64::from_bits(1)), Just(1e12)],
        ], 3..240),
        variant in 0..7usize,
        seed in 0..1000u64,
    ) {
        let rows = cells.len() / 3;
        let x = Array2::from_shape_vec((rows, 3), cells[..rows * 3].to_vec()).unwrap();
        let samples = Samples::new(&x).unwrap();
        let model = variants()[variant].clone().n_estimators(4).seed(seed).fit(&samples).unwrap();
        model.validate().unwrap();
        let (lengths, paths) = (model.path_lengths(&samples).unwrap(), model.path_contributions(&samples).unwrap());
        let (scores, shares) = (model.anomaly_scores(&samples).unwrap(), model.contributions(&samples).unwrap());
        for row in 0..rows {
            prop_assert!((0.0..=1.0).contains(&scores[row]));
            prop_assert!((paths.row(row).sum() - lengths[row]).abs() < 1e-9);
            prop_assert!((shares.index_axis(Axis(0), row).sum() - scores[row]).abs() < 1e-9);
            prop_assert_eq!((-scores[row]).to_bits(), model.score_row(samples.row(row)).unwrap().to_bits());
        }
    }
}
