//! Cross-validation never shows a model its own test rows, and search finds what is there.

use crm_ml_classifiers::{DecisionTreeClassifier, LogisticRegression};
use crm_ml_core::{
    Classifier, ClassifierModel, ErrorKind, Labeled, Model, Progress, Result, Samples, Schema, Split, Step,
    Targeted, Transformer, TransformerModel,
};
use crm_ml_model_selection::{
    ClassificationMetric, GridSearch, Pipeline, RandomSearch, RegressionMetric, Space, cross_validate,
    cross_validate_regressor, out_of_fold,
};
use crm_ml_testkit::toy::toy;
use ndarray::{Array1, Array2, array};

fn data() -> (Array2<f64>, Vec<f64>) {
    let toy = toy(200, 2, 3);
    (toy.x, toy.codes)
}

fn labeled<'a>(x: &'a Array2<f64>, codes: &[f64]) -> Labeled<'a> {
    Labeled::from_values(Samples::new(x).unwrap(), codes).unwrap()
}

/// A transformer that remembers every row it was fitted on and marks those it meets again.
#[derive(Debug)]
struct Canary;

struct CanaryModel {
    seen: Vec<f64>,
    schema: Schema,
}

impl Transformer for Canary {
    type Model = CanaryModel;

    fn fit_with(&self, samples: &Samples<'_>, _: &dyn Progress) -> Result<CanaryModel> {
        let seen = (0..samples.n_rows()).map(|row| samples.row(row)[0]).collect();
        Ok(CanaryModel { seen, schema: samples.schema().clone() })
    }
}

impl Model for CanaryModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl TransformerModel for CanaryModel {
    fn output_schema(&self) -> &Schema {
        &self.schema
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        let mark = |(row, _)| f64::from(u8::from(self.seen.contains(&samples.row(row)[0])));
        samples.with_features(Array2::from_shape_fn((samples.n_rows(), 1), mark), &self.schema)
    }
}

/// Gives the canary's mark back as the probability.
struct Echo;

struct EchoModel(Schema, crm_ml_core::Classes);

impl Classifier for Echo {
    type Model = EchoModel;

    fn fit_with(&self, data: &Labeled<'_>, _: &dyn Progress) -> Result<EchoModel> {
        Ok(EchoModel(data.samples().schema().clone(), data.classes().clone()))
    }
}

impl Model for EchoModel {
    fn schema(&self) -> &Schema {
        &self.0
    }
}

impl ClassifierModel for EchoModel {
    fn classes(&self) -> &crm_ml_core::Classes {
        &self.1
    }

    fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        Ok(Array2::from_shape_fn((samples.n_rows(), 2), |(row, class)| match class {
            1 => samples.row(row)[0],
            _ => 1.0 - samples.row(row)[0],
        }))
    }
}

#[test]
fn a_pipeline_in_a_fold_never_meets_the_rows_held_out() {
    let x = Array2::from_shape_fn((60, 1), |(i, _)| i as f64);
    let codes: Vec<f64> = (0..60).map(|i| f64::from(i % 2)).collect();
    let data = labeled(&x, &codes);
    let marks =
        cross_validate(&Pipeline::new(Canary, Echo), &data, &Split::stratified(4, 1), &[], &()).unwrap();
    assert!(
        marks.out_of_fold.column(1).iter().all(|mark| *mark == 0.0),
        "a held-out row was seen in fitting"
    );
    let model = Pipeline::new(Canary, Echo).fit(&data).unwrap();
    let all = model.predict_proba(data.samples()).unwrap();
    assert!(all.column(1).iter().all(|mark| *mark == 1.0), "the canary would not have noticed");
}

#[test]
fn out_of_fold_rows_are_those_of_each_folds_model() {
    let (x, codes) = data();
    let data = labeled(&x, &codes);
    let split = Split::stratified(4, 9);
    let metrics = [ClassificationMetric::LogLoss, ClassificationMetric::RocAuc];
    let found = cross_validate(&LogisticRegression::new(), &data, &split, &metrics, &()).unwrap();
    for (i, fold) in found.folds.iter().enumerate() {
        let model = LogisticRegression::new().fit(&data.select_rows(&fold.train)).unwrap();
        let test = data.select_rows(&fold.test);
        let proba = model.predict_proba(test.samples()).unwrap();
        assert_eq!(proba, found.out_of_fold.select(ndarray::Axis(0), &fold.test));
        let loss = metrics[0].evaluate(test.codes(), &proba, None).unwrap();
        assert_eq!(loss, found.scores[[i, 0]]);
    }
    let mean = found.scores.column(1).mean().unwrap();
    assert_eq!(found.mean(metrics[1]), Some(mean));
    assert!(mean > 0.8, "{mean}");
    assert!(found.deviation(ClassificationMetric::F1).is_none());
    assert!(found.to_string().contains("roc_auc"));
}

#[test]
fn rows_no_fold_tests_stay_nan_and_weights_count() {
    let (x, codes) = data();
    let weights: Vec<f64> = (0..200).map(|i| 1.0 + f64::from(i % 3)).collect();
    let samples = Samples::new(&x).unwrap().with_weights(&weights).unwrap();
    let data = Labeled::from_values(samples, &codes).unwrap();
    let split = Split::TimeOrdered { folds: 3, gap: 0, max_train: None };
    let metric = ClassificationMetric::LogLoss;
    let found = cross_validate(&LogisticRegression::new(), &data, &split, &[metric], &()).unwrap();
    assert!(found.out_of_fold[[0, 0]].is_nan() && !found.out_of_fold[[199, 0]].is_nan());
    let fold = &found.folds[0];
    let pick = |values: &[f64]| fold.test.iter().map(|&r| values[r]).collect::<Vec<_>>();
    let codes: Vec<u32> = pick(&codes).iter().map(|c| *c as u32).collect();
    let proba = found.out_of_fold.select(ndarray::Axis(0), &fold.test);
    assert_eq!(metric.evaluate(&codes, &proba, Some(&pick(&weights))).unwrap(), found.scores[[0, 0]]);
    assert_ne!(metric.evaluate(&codes, &proba, None).unwrap(), found.scores[[0, 0]]);
}

#[test]
fn regressors_are_validated_too() {
    struct Mean;
    struct MeanModel(f64, Schema);
    impl crm_ml_core::Regressor for Mean {
        type Model = MeanModel;
        fn fit_with(&self, data: &Targeted<'_>, _: &dyn Progress) -> Result<MeanModel> {
            let mean = data.target().iter().sum::<f64>() / data.n_rows() as f64;
            Ok(MeanModel(mean, data.samples().schema().clone()))
        }
    }
    impl Model for MeanModel {
        fn schema(&self) -> &Schema {
            &self.1
        }
    }
    impl crm_ml_core::RegressorModel for MeanModel {
        fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
            Ok(Array1::from_elem(samples.n_rows(), self.0))
        }
    }
    let x = array![[0.0], [0.0], [0.0], [0.0]];
    let data = Targeted::new(Samples::new(&x).unwrap(), &[1.0, 2.0, 3.0, 6.0]).unwrap();
    let split = Split::KFold { folds: 2, seed: None };
    let metric = RegressionMetric::MeanAbsoluteError;
    let found = cross_validate_regressor(&Mean, &data, &split, &[metric], &()).unwrap();
    assert_eq!(found.out_of_fold.to_vec(), [4.5, 4.5, 1.5, 1.5]);
    assert_eq!(found.scores, array![[3.0], [3.0]]);
}

#[test]
fn a_grid_tries_every_combination_and_keeps_the_best() {
    let (x, codes) = data();
    let data = labeled(&x, &codes);
    let space = Space::new(DecisionTreeClassifier::new())
        .choice("max_depth", [1, 3], |e, v| e.max_depth(*v))
        .choice("min_samples_leaf", [1, 20, 90], |e, v| e.min_samples_leaf(*v));
    let found = GridSearch::new(space).metric(ClassificationMetric::RocAuc).fit(&data).unwrap();
    assert_eq!(found.trials.len(), 6);
    assert!(found.trials.iter().all(|trial| trial.mean <= found.best_trial().mean));
    let [depth, leaf] = found.best_trial().parameters.as_slice() else { panic!("two parameters") };
    let same = DecisionTreeClassifier::new()
        .max_depth(depth.1.parse::<usize>().unwrap())
        .min_samples_leaf(leaf.1.parse().unwrap());
    assert_eq!(found.best_estimator, same);
    assert!(found.to_string().lines().nth(1).unwrap().contains(&format!("max_depth={}", depth.1)));
}

#[test]
fn random_draws_are_seeded_and_stay_in_their_range() {
    let (x, codes) = data();
    let data = labeled(&x, &codes);
    let search = |seed| {
        let space = Space::new(LogisticRegression::new())
            .log_range("C", 1e-3, 1e3, |e, v| e.c(v))
            .range("tol", 1e-6, 1e-4, |e, v| e.tol(v))
            .choice("max_iter", [50, 100], |e, v| e.max_iter(*v));
        RandomSearch::new(space, 8).seed(seed).split(Split::stratified(3, 0)).fit(&data).unwrap().trials
    };
    assert_eq!(search(1), search(1));
    assert_ne!(search(1), search(2));
    for trial in search(1) {
        let c: f64 = trial.parameters[0].1.parse().unwrap();
        assert!((1e-3..=1e3).contains(&c), "{c}");
    }
}

#[test]
fn impossible_searches_are_refused_by_name() {
    let (x, codes) = data();
    let data = labeled(&x, &codes);
    let message = |space| GridSearch::new(space).fit(&data).unwrap_err().to_string();
    let space = || Space::new(LogisticRegression::new());
    assert!(message(space().range("C", 0.1, 1.0, |e, v| e.c(v))).contains("'C' is a range"));
    assert!(message(space().choice("C", Vec::<f64>::new(), |e, v| e.c(*v))).contains("choices of 'C'"));
    let huge = |s: Space<LogisticRegression>| s.choice("max_iter", 1..1000usize, |e, v| e.max_iter(*v));
    assert!(message(huge(huge(space()))).contains("points of the grid"));
    assert!(RandomSearch::new(space(), 0).fit(&data).is_err());
    let none =
        space().range("tol", 1e-6, 1e-4, |e, v| e.tol(v)).choice("C", Vec::<f64>::new(), |e, v| e.c(*v));
    let error = RandomSearch::new(none, 2).fit(&data).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooFew { needed: 1, found: 0, .. }), "{error}");
    assert!(error.to_string().contains("choices of 'C'"), "{error}");
}

#[test]
fn what_was_tried_can_be_read_back() {
    let (x, codes) = data();
    let data = labeled(&x, &codes);
    for (low, high) in [(1e-12, 1e-9), (1e-4, 1e-2), (1e9, 1e20)] {
        let space = Space::new(LogisticRegression::new()).log_range("C", low, high, |e, v| e.c(v));
        let found = RandomSearch::new(space, 2).split(Split::stratified(2, 0)).fit(&data).unwrap();
        let c: f64 = found.best_trial().parameters[0].1.parse().unwrap();
        assert_eq!(found.best_estimator, LogisticRegression::new().c(c));
    }
}

#[test]
fn a_caller_can_cancel() {
    struct Stop;
    impl Progress for Stop {
        fn step(&self, _: Step<'_>) -> std::ops::ControlFlow<()> {
            std::ops::ControlFlow::Break(())
        }
    }
    let (x, codes) = data();
    let data = labeled(&x, &codes);
    let run = cross_validate(&LogisticRegression::new(), &data, &Split::stratified(3, 0), &[], &Stop);
    assert_eq!(*run.unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn the_first_failing_fold_is_reported() {
    let folds = Split::KFold { folds: 3, seed: None }.folds(6, None).unwrap();
    let fail = |fold: &crm_ml_core::Fold| Err(crm_ml_core::Error::unsupported(format!("{:?}", fold.test)));
    let run = out_of_fold(6, 1, &folds, fail, &());
    assert_eq!(run.unwrap_err().to_string(), "[0, 1]");
}

#[test]
fn folds_of_another_shape_are_refused() {
    let folds = Split::KFold { folds: 3, seed: None }.folds(6, None).unwrap();
    let of_shape = |shape: (usize, usize), width: usize, rows: usize| {
        out_of_fold(rows, width, &folds, |_| Ok(Array2::zeros(shape)), &()).unwrap_err()
    };
    for (shape, width) in [((2, 1), 3), ((2, 3), 1), ((2, 0), 1), ((1, 2), 2), ((3, 2), 2), ((0, 2), 2)] {
        let error = of_shape(shape, width, 6);
        assert!(matches!(error.kind(), ErrorKind::LengthMismatch { .. }), "{shape:?}: {error}");
    }
    let beyond = of_shape((2, 1), 1, 5);
    assert!(matches!(beyond.kind(), ErrorKind::Unsupported { .. }), "{beyond}");
    assert!(beyond.to_string().contains("row 5"), "{beyond}");
}
