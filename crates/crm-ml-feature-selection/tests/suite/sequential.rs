//! Sequential selection and mRMR against scikit-learn and the definition (`fixtures/make_sequential.py`), and what bad data gets.

use crm_ml_classifiers::{DecisionTreeClassifier, LogisticRegression};
use crm_ml_core::{
    Classifier, ClassifierModel, Column, ErrorKind, Labeled, Persist, Regressor, RegressorModel, Samples,
    Schema, Split, Stream, Targeted, TransformerModel,
};
use crm_ml_feature_selection::*;
use crm_ml_metrics::{ClassificationMetric, RegressionMetric};
use crm_ml_regression::{LinearModel, Ridge};
use crm_ml_testkit::fixture::{matrix, numbers};
use ndarray::{Array1, Array2, Axis, array};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/sequential.json")).unwrap()
}

fn places(value: &Value) -> Vec<usize> {
    numbers(value).iter().map(|v| *v as usize).collect()
}

fn told<E, S>(selector: SequentialSelector<E, S>, case: &Value) -> SequentialSelector<E, S> {
    let direction = if case["direction"] == "forward" { Direction::Forward } else { Direction::Backward };
    let selector = selector.direction(direction).split(Split::KFold { folds: 4, seed: None });
    match (case["keep"].as_u64(), case["tol"].as_f64()) {
        (Some(count), _) => selector.n_features_to_select(count as usize),
        (None, Some(tol)) => selector.tol(tol),
        (None, None) => selector,
    }
}

/// Scores are negative losses in scikit-learn.
#[track_caller]
fn rounds_equal<M>(model: &SelectedModel<M>, case: &Value) {
    let name = case["name"].as_str().unwrap();
    assert_eq!(model.selection().selected(), places(&case["selected"]), "{name}");
    let expected = numbers(&case["scores"]);
    assert_eq!(model.validation().len(), expected.len(), "{name}");
    for (found, expected) in model.validation().iter().zip(expected) {
        assert!((found.mean + expected).abs() < 1e-8, "{name}: {} against {expected}", found.mean);
    }
    let last = model.validation().last().unwrap().n_features;
    assert_eq!(last, model.selection().selected().len(), "{name}");
}

#[test]
fn rounds_are_scikit_learns() {
    let all = fixture();
    let x = matrix(&all["x"]);
    let samples = Samples::new(&x).unwrap();
    let goal = Array1::from(numbers(&all["target"]));
    let target = Targeted::new(samples.clone(), &goal).unwrap();
    for case in all["regression"].as_array().unwrap() {
        let selector = SequentialSelector::new(Ridge::new(), RegressionMetric::MeanSquaredError);
        let selector = told(selector, case);
        let model = Regressor::fit(&selector, &target).unwrap();
        rounds_equal(&model, case);
        assert_eq!(&TargetSelector::select(&selector, &target).unwrap(), model.selection());
        // It predicts as its estimator does on the columns chosen.
        let kept = model.transform(target.samples()).unwrap();
        assert_eq!(model.predict(&samples).unwrap(), model.estimator().predict(&kept).unwrap());
    }
    let won: Vec<bool> = numbers(&all["y"]).iter().map(|y| *y > 0.0).collect();
    let data = Labeled::new(samples, &won).unwrap();
    for case in all["classification"].as_array().unwrap() {
        let logistic = LogisticRegression::new().tol(1e-11);
        let selector = told(SequentialSelector::new(logistic, ClassificationMetric::LogLoss), case);
        let model = Classifier::fit(&selector, &data).unwrap();
        rounds_equal(&model, case);
        assert_eq!(&ClassSelector::select(&selector, &data).unwrap(), model.selection());
    }
}

#[test]
fn columns_left_out_are_ranked() {
    let all = fixture();
    let x = matrix(&all["x"]);
    let goal = Array1::from(numbers(&all["target"]));
    let target = Targeted::new(Samples::new(&x).unwrap(), &goal).unwrap();
    let folds = Split::KFold { folds: 4, seed: None };
    let selector = SequentialSelector::new(Ridge::new(), RegressionMetric::R2).split(folds);
    let ranking = |selector: &SequentialSelector<Ridge, RegressionMetric>| {
        TargetSelector::select(selector, &target).unwrap().ranking().to_vec()
    };
    // Backwards: one column less moves the last one dropped to rank 1, and all others up by one.
    let backward = selector.clone().direction(Direction::Backward);
    let (two, three) =
        (ranking(&backward.clone().n_features_to_select(2)), ranking(&backward.n_features_to_select(3)));
    for (two, three) in two.iter().zip(&three) {
        assert_eq!(*three, (*two).max(2) - 1, "{two:?} {three:?}");
    }
    // Forwards: the best of those left out by the round that followed is what that round takes in, if nothing else is.
    let forward = ranking(&selector.clone().n_features_to_select(3));
    let mut sorted = forward.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [1, 1, 1, 2, 3, 4, 5]);
    let all_of_them = TargetSelector::select(&selector.n_features_to_select(99), &target).unwrap();
    assert_eq!(all_of_them.selected().len(), 7);
}

#[test]
fn the_first_column_does_not_go_whatever_it_costs() {
    let x = Array2::from_shape_fn((60, 2), |(i, j)| ((i * (5 * j + 3)) % 7) as f64);
    let goal: Array1<f64> = x.rows().into_iter().map(|r| r[0] + r[1]).collect();
    let target = Targeted::new(Samples::new(&x).unwrap(), &goal).unwrap();
    let selector = SequentialSelector::new(Ridge::new(), RegressionMetric::R2).direction(Direction::Backward);
    let model = Regressor::fit(&selector.clone().tol(-0.1), &target).unwrap();
    assert_eq!(model.selection().selected(), [0, 1]);
    assert_eq!(model.validation().len(), 1);
    // Worth any loss: all but one go.
    let model = Regressor::fit(&selector.tol(-10.0), &target).unwrap();
    assert_eq!(model.selection().selected().len(), 1);
}

#[test]
fn flags_of_a_field_stay_together() {
    // Three flags of one category, each weak, against a single number that tells more than any one of them.
    let mut stream = Stream::new(6, "sequential/fields", 0);
    let levels: Vec<usize> = (0..240).map(|_| stream.below(4)).collect();
    let noise: Vec<f64> = (0..240).map(|_| stream.normal()).collect();
    let goal: Array1<f64> = (0..240).map(|i| [0.0, 3.0, -3.0, 1.5][levels[i]] + 1.4 * noise[i]).collect();
    let x = Array2::from_shape_fn((240, 5), |(i, j)| match j {
        0 => noise[i],
        4 => (i % 5) as f64,
        flag => f64::from(u8::from(levels[i] == flag)),
    });
    let flag = |level: &str| Column::real(format!("source={level}")).from_field("source");
    let columns = vec![Column::real("a"), flag("b"), flag("c"), flag("d"), Column::real("e")];
    let samples = Samples::new(&x).unwrap().with_schema(&Schema::new(columns).unwrap()).unwrap();
    let target = Targeted::new(samples, &goal).unwrap();
    let selector =
        SequentialSelector::new(Ridge::new(), RegressionMetric::MeanSquaredError).n_features_to_select(1);
    let alone = TargetSelector::select(&selector, &target).unwrap();
    assert_eq!(alone.selected().len(), 1);
    let together = TargetSelector::select(&selector.clone().by_field(true), &target).unwrap();
    assert_eq!(together.selected(), [1, 2, 3]);
    assert_eq!(together.ranking(), [2, 1, 1, 1, 3]);
    let backward = selector.by_field(true).direction(Direction::Backward);
    let model = Regressor::fit(&backward, &target).unwrap();
    assert_eq!(model.selection().selected(), [1, 2, 3]);
    let counts: Vec<usize> = model.validation().iter().map(|point| point.n_features).collect();
    assert_eq!(counts, [5, 4, 3]);
}

#[test]
fn selections_are_saved_with_what_follows() {
    let all = fixture();
    let x = matrix(&all["x"]);
    let labels: Vec<u32> = numbers(&all["y"]).iter().map(|y| *y as u32).collect();
    let data = Labeled::new(Samples::new(&x).unwrap(), &labels).unwrap();
    let selector =
        SequentialSelector::new(DecisionTreeClassifier::new().max_depth(3), ClassificationMetric::Accuracy);
    let then = SelectThen::new(selector.clone(), LogisticRegression::new());
    let model = then.fit(&data).unwrap();
    let loaded = SelectedModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(model, loaded);
    assert_eq!(model.selection(), &ClassSelector::select(&selector, &data).unwrap());
    let model = Classifier::fit(&selector, &data).unwrap();
    let loaded = SelectedModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(model, loaded);
    assert_eq!(model.predict_proba(data.samples()).unwrap(), loaded.predict_proba(data.samples()).unwrap());
    // Threads change nothing.
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Classifier::fit(&selector, &data).unwrap().to_bytes().unwrap())
    };
    assert!(run(1) == run(3));
}

#[test]
fn gaps_and_single_classes() {
    let mut x = matrix(&fixture()["x"]);
    x[[11, 5]] = f64::NAN;
    let won: Vec<bool> = (0..120).map(|i| i % 3 == 0).collect();
    let data = Labeled::new(Samples::new(&x).unwrap(), &won).unwrap();
    let selector = SequentialSelector::new(LogisticRegression::new(), ClassificationMetric::LogLoss);
    // The row as given, although the folds hold it elsewhere.
    match Classifier::fit(&selector, &data).unwrap_err().kind() {
        ErrorKind::MissingValue { row: 11, column, .. } => assert_eq!(column, "x5"),
        other => panic!("{other:?}"),
    }
    let trees = SequentialSelector::new(DecisionTreeClassifier::new(), ClassificationMetric::Accuracy);
    assert!(Classifier::fit(&trees, &data).is_ok());
    let one = Labeled::new(Samples::new(&x).unwrap(), &[true; 120]).unwrap();
    assert!(Classifier::fit(&selector, &one).is_err());
    assert!(Classifier::fit(&selector.tol(-0.1), &data).is_err());
}

fn steps_equal(found: &[MrmrStep], case: &Value) {
    assert_eq!(found.iter().map(|step| step.column).collect::<Vec<_>>(), places(&case["taken"]), "{found:?}");
    for (found, expected) in found.iter().zip(numbers(&case["scores"])) {
        assert!(
            (found.score - expected).abs() < 1e-7 * expected.abs().max(1.0),
            "{found:?} against {expected}"
        );
    }
}

#[test]
fn steps_follow_the_definition() {
    let all = fixture();
    let (x, ranked) = (matrix(&all["x"]), matrix(&all["ranked"]));
    let labels: Vec<u32> = numbers(&all["y"]).iter().map(|y| *y as u32).collect();
    let goal = Array1::from(numbers(&all["target"]));
    let data = Labeled::new(Samples::new(&x).unwrap(), &labels).unwrap();
    let target = Targeted::new(Samples::new(&x).unwrap(), &goal).unwrap();
    let cases = &all["mrmr"];
    let mrmr = |scheme: MrmrScheme| Mrmr::new(scheme).n_features_to_select(5);
    for (name, scheme) in [
        ("mid", MrmrScheme::Mid),
        ("miq", MrmrScheme::Miq),
        ("fcd", MrmrScheme::Fcd),
        ("fcq", MrmrScheme::Fcq),
    ] {
        steps_equal(&mrmr(scheme).steps(&data).unwrap(), &cases[name]);
    }
    steps_equal(&mrmr(MrmrScheme::Mid).steps_of_target(&target).unwrap(), &cases["mid_target"]);
    steps_equal(&mrmr(MrmrScheme::Fcq).steps_of_target(&target).unwrap(), &cases["fcq_target"]);
    let data = Labeled::new(Samples::new(&ranked).unwrap(), &labels).unwrap();
    steps_equal(&mrmr(MrmrScheme::Mid).n_bins(4).steps(&data).unwrap(), &cases["mid_bins"]);
    steps_equal(&mrmr(MrmrScheme::Miq).n_bins(4).steps(&data).unwrap(), &cases["miq_bins"]);

    let selection = ClassSelector::select(&mrmr(MrmrScheme::Fcq), &data).unwrap();
    let mut ranking = selection.ranking().to_vec();
    ranking.sort_unstable();
    assert_eq!(ranking, [1, 1, 1, 1, 1, 2, 3]);
    let left: Vec<usize> = (0..7).filter(|c| selection.ranking()[*c] > 1).collect();
    let (a, b) = (left[0], left[1]);
    let first = if selection.ranking()[a] == 2 { a } else { b };
    let last = a + b - first;
    assert!(selection.scores()[first].score >= selection.scores()[last].score);
}

#[test]
fn repeated_columns_are_taken_last() {
    let mut stream = Stream::new(9, "mrmr", 0);
    let mut x = Array2::from_shape_simple_fn((300, 6), || stream.normal());
    for copy in [1, 2, 3] {
        let near: Array1<f64> = x.column(0).mapv(|v| v + 0.01 * stream.normal());
        x.column_mut(copy).assign(&near);
    }
    let goal: Array1<f64> = x.rows().into_iter().map(|r| r[0] + 0.4 * r[5]).collect();
    let target = Targeted::new(Samples::new(&x).unwrap(), &goal).unwrap();
    for scheme in [MrmrScheme::Mid, MrmrScheme::Miq, MrmrScheme::Fcq] {
        let steps = Mrmr::new(scheme).n_features_to_select(2).steps_of_target(&target).unwrap();
        assert!(steps[0].column < 4 && steps[1].column > 3, "{scheme:?} {steps:?}");
    }
    let alone =
        TargetSelector::select(&SelectByScore::new(TargetScore::CorrelationF).count(4), &target).unwrap();
    assert_eq!(alone.selected(), [0, 1, 2, 3]);
}

#[test]
fn weights_are_rows_in_bins_and_correlations() {
    let all = fixture();
    let x = matrix(&all["x"]).select(Axis(0), &(0..60).collect::<Vec<_>>());
    let labels: Vec<u32> = numbers(&all["y"])[..60].iter().map(|y| *y as u32).collect();
    let weights: Array1<f64> = (0..60).map(|i| f64::from(i % 4)).collect();
    let rows: Vec<usize> = (0..60).flat_map(|i| std::iter::repeat_n(i, i % 4)).collect();
    let weighted = Labeled::new(Samples::new(&x).unwrap().with_weights(&weights).unwrap(), &labels).unwrap();
    let repeated = x.select(Axis(0), &rows);
    let repeated_labels: Vec<u32> = rows.iter().map(|row| labels[*row]).collect();
    let repeated = Labeled::new(Samples::new(&repeated).unwrap(), &repeated_labels).unwrap();
    for mrmr in [Mrmr::new(MrmrScheme::Fcq), Mrmr::new(MrmrScheme::Fcd), Mrmr::new(MrmrScheme::Mid).n_bins(5)]
    {
        for (a, b) in mrmr.steps(&weighted).unwrap().iter().zip(mrmr.steps(&repeated).unwrap()) {
            assert_eq!(a.column, b.column);
            assert!((a.score - b.score).abs() < 1e-10 * b.score.abs().max(1.0), "{a:?} {b:?}");
        }
    }
    assert!(Mrmr::new(MrmrScheme::Mid).steps(&weighted).is_err());
}

#[test]
fn strange_columns_and_parameters() {
    let levels = ["a", "b", "c"].map(String::from).to_vec();
    let columns = vec![Column::real("x"), Column::category("level", levels), Column::real("flat")];
    let schema = Schema::new(columns).unwrap();
    let x = Array2::from_shape_fn((40, 3), |(i, j)| match j {
        0 if i % 9 == 4 => f64::NAN,
        0 => (i * i % 11) as f64,
        1 if i % 8 == 1 => f64::NAN,
        1 => (i % 3) as f64,
        _ => 1e300,
    });
    let labels: Vec<bool> = (0..40).map(|i| i % 3 == 0).collect();
    let data = Labeled::new(Samples::new(&x).unwrap().with_schema(&schema).unwrap(), &labels).unwrap();
    let steps = Mrmr::new(MrmrScheme::Miq).n_bins(4).steps(&data).unwrap();
    assert_eq!((steps.len(), steps[0].column, steps[2].column), (3, 1, 2));
    assert_eq!((steps[2].relevance, steps[2].redundancy), (0.0, 0.0));
    // Gaps have no neighbours; F takes no categories.
    match Mrmr::new(MrmrScheme::Mid).steps(&data).unwrap_err().kind() {
        ErrorKind::MissingValue { row: 4, column, .. } => assert_eq!(column, "x"),
        other => panic!("{other:?}"),
    }
    assert!(Mrmr::new(MrmrScheme::Fcd).steps(&data).is_err());
    let flat =
        array![[1.0, 1e300, 2.0], [1.0, -1e300, 3.0], [1.0, 1e300, 5.0], [1.0, -1e300, 7.0], [1.0, 0.0, 7.5]];
    let data = Labeled::new(Samples::new(&flat).unwrap(), &[0, 0, 1, 1, 1]).unwrap();
    for scheme in [MrmrScheme::Fcd, MrmrScheme::Fcq, MrmrScheme::Mid, MrmrScheme::Miq] {
        let steps = Mrmr::new(scheme).steps(&data).unwrap();
        assert!(steps.len() == 3 && steps[0].column == 2, "{scheme:?} {steps:?}");
        assert!(steps.iter().all(|step| step.score.is_finite()), "{scheme:?} {steps:?}");
    }
    for bad in [
        Mrmr::new(MrmrScheme::Mid).n_features_to_select(0),
        Mrmr::new(MrmrScheme::Mid).share_to_select(f64::NAN),
        Mrmr::new(MrmrScheme::Mid).n_neighbors(0),
        Mrmr::new(MrmrScheme::Mid).n_bins(1),
    ] {
        assert!(matches!(bad.steps(&data).unwrap_err().kind(), ErrorKind::InvalidParameters { .. }));
    }
    assert_eq!(Mrmr::new(MrmrScheme::Fcq).share_to_select(0.5).steps(&data).unwrap().len(), 1);
}

#[test]
fn a_selection_by_mrmr_sees_numbers_to_be_predicted() {
    let all = fixture();
    let x = matrix(&all["x"]);
    let goal = Array1::from(numbers(&all["target"]));
    let target = Targeted::new(Samples::new(&x).unwrap(), &goal).unwrap();
    let then = SelectThen::new(Mrmr::new(MrmrScheme::Mid).n_features_to_select(2), Ridge::new());
    let model: SelectedModel<LinearModel> = Regressor::fit(&then, &target).unwrap();
    assert_eq!(model.selection().selected(), [1, 6]);
}
