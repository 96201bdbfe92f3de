use crm_ml_core::{
    Attributions, Column, ErrorKind, Persist, Regressor, RegressorModel, Samples, Schema, Stream, Targeted,
};
use crm_ml_trees::{At, CategoricalEncoding, Derivatives};
use ndarray::{Array1, Array2, Axis};

use super::*;

fn cells() -> Array2<f64> {
    let mut stream = Stream::new(3, "test/boosting", 0);
    Array2::from_shape_fn((400, 3), |_| stream.normal())
}

fn data(x: &Array2<f64>) -> Targeted<'_> {
    let mut stream = Stream::new(4, "test/noise", 0);
    let y: Array1<f64> = x.rows().into_iter().map(|r| r[0] * r[1] + 0.5 * stream.normal()).collect();
    Targeted::new(Samples::new(x).unwrap(), &y).unwrap()
}

#[test]
fn contributions_add_up_to_the_prediction() {
    let x = cells();
    let data = data(&x);
    let model = GradientBoostingRegressor::new().n_estimators(30).fit(&data).unwrap();
    let sums = model.contributions(data.samples()).unwrap().sum_axis(Axis(1));
    let found = model.predict(data.samples()).unwrap();
    assert!((sums.column(0).to_owned() - found).iter().all(|d| d.abs() < 1e-9));
}

#[test]
fn early_stopping_ends_before_all_rounds() {
    let x = cells();
    let stopping = GradientBoostingRegressor::new().n_estimators(500).n_iter_no_change(10);
    let model = stopping.fit(&data(&x)).unwrap();
    assert!(model.report().iterations < 490 && model.report().converged, "{:?}", model.report());
    // The objective is half the mean squared error on the held-out part, which holds noise of variance 0.25.
    assert!(model.report().objective > 0.08 && model.report().objective < 0.4, "{:?}", model.report());
}

fn rounds(n_estimators: usize) -> GradientBoostingRegressor {
    GradientBoostingRegressor::new().n_estimators(n_estimators).max_leaf_nodes(6)
}

/// Half of the rows of the toy, exponentials where the target must be positive.
fn halves(x: &Array2<f64>, positive: bool) -> [Targeted<'static>; 2] {
    let y =
        data(x).target().iter().map(|y| if positive { (y / 3.0).exp() } else { *y }).collect::<Array1<f64>>();
    let all = Targeted::new(Samples::new(x).unwrap(), &y).unwrap();
    [(0..200).collect::<Vec<_>>(), (200..400).collect()].map(|rows| all.select_rows(&rows))
}

const LOSSES: [RegressionLoss; 6] = [
    RegressionLoss::SquaredError,
    RegressionLoss::AbsoluteError,
    RegressionLoss::Huber { delta: 0.5 },
    RegressionLoss::Quantile { quantile: 0.7 },
    RegressionLoss::Poisson,
    RegressionLoss::Gamma,
];

#[test]
fn a_given_validation_part_stops_the_fit_at_its_best_round() {
    let x = cells();
    for loss in LOSSES {
        let [train, test] = halves(&x, true);
        let boosting = rounds(150).loss(loss);
        let model = boosting.clone().n_iter_no_change(5).fit_with_validation(&train, &test, &()).unwrap();
        let kept = model.report().iterations;
        let losses = &model.history().validation;
        let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(kept < 145 && losses.len() == kept + 6, "{loss:?}: {:?}", model.report());
        assert_eq!((losses[kept], model.report().objective), (best, best));
        assert!(best < losses[0]);
        // No patience: all rounds are looked at.
        let all = boosting.fit_with_validation(&train, &test, &()).unwrap();
        assert_eq!(all.history().validation.len(), 151);
        let whole = boosting.fit(&train).unwrap();
        let predict = |model: &GradientBoostingRegressorModel| model.predict(test.samples()).unwrap();
        assert_eq!(predict(&whole.first_rounds(kept)), predict(&model));
    }
}

#[test]
fn stages_end_at_the_prediction_and_more_rounds_go_on_from_there() {
    let x = cells();
    for loss in LOSSES {
        let [train, _] = halves(&x, true);
        let boosting = |n| rounds(n).loss(loss).subsample(0.8).seed(3);
        let (some, all) = (boosting(4).fit(&train).unwrap(), boosting(10).fit(&train).unwrap());
        let stages: Vec<Array1<f64>> = all.staged_predict(train.samples()).unwrap().collect();
        assert_eq!(stages.len(), 10);
        assert_eq!(stages[3], some.predict(train.samples()).unwrap());
        assert_eq!(stages[9], all.predict(train.samples()).unwrap());
        let more = boosting(6).fit_from(&some, &train, &()).unwrap();
        assert_eq!(more.predict(train.samples()).unwrap(), stages[9], "{loss:?}");
        assert_eq!(more.ensemble(), all.ensemble());
        let other = rounds(2).loss(RegressionLoss::Quantile { quantile: 0.1 });
        let error = other.fit_from(&some, &train, &()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
    }
}

#[test]
fn validation_and_going_on_want_the_same_columns() {
    let x = cells();
    let [train, test] = halves(&x, false);
    let narrow = test.with_samples(test.samples().select_columns(&[0, 1])).unwrap();
    let error = rounds(3).fit_with_validation(&train, &narrow, &()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WidthMismatch { .. }), "{error}");
    let model = rounds(3).fit(&train).unwrap();
    let error = rounds(3).fit_from(&model, &narrow, &()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WidthMismatch { .. }), "{error}");
    // Where a column is a category, codes are asked for when going on, with or without names.
    let schema = |levels: usize| {
        let levels = (0..levels).map(|l| l.to_string()).collect();
        Schema::new(vec![Column::category("c", levels)]).unwrap()
    };
    let codes = Array2::from_shape_fn((200, 1), |(row, _)| (row % 4) as f64);
    let y = codes.column(0).to_owned();
    let coded = |schema: &Schema| {
        Targeted::new(Samples::new(&codes).unwrap().with_schema(schema).unwrap(), &y).unwrap()
    };
    let model = rounds(3).fit(&coded(&schema(4))).unwrap();
    let error = rounds(3).fit_from(&model, &coded(&schema(5)), &()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ColumnMismatch { .. }), "{error}");
    let unnamed = Targeted::new(Samples::new(&codes).unwrap(), &y).unwrap();
    let both =
        [rounds(3).fit_from(&model, &unnamed, &()), rounds(3).fit_from(&model, &coded(&schema(4)), &())];
    let [unnamed, named] = both.map(Result::unwrap);
    assert_eq!(unnamed, named);
    let halves = codes.mapv(|c| c + 0.5);
    let wrong = Targeted::new(Samples::new(&halves).unwrap(), &y).unwrap();
    let error = rounds(3).fit_from(&model, &wrong, &()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidCode { .. }), "{error}");
}

#[test]
fn targets_a_loss_does_not_allow_are_named() {
    let x = cells();
    let samples = || Samples::new(&x).unwrap();
    for (loss, bad) in [(RegressionLoss::Poisson, -1.0), (RegressionLoss::Gamma, 0.0)] {
        let mut y = Array1::ones(400);
        y[17] = bad;
        let data = Targeted::new(samples(), &y).unwrap();
        let good = Targeted::new(samples(), &Array1::ones(400)).unwrap();
        for result in [
            rounds(2).loss(loss).fit(&data),
            rounds(2).loss(loss).n_iter_no_change(3).fit(&data),
            rounds(2).loss(loss).fit_with_validation(&good, &data, &()),
        ] {
            let error = result.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::InvalidTarget { row: 17, .. }), "{error}");
        }
    }
    let zeros = Targeted::new(samples(), &Array1::zeros(400)).unwrap();
    let error = rounds(2).loss(RegressionLoss::Poisson).fit(&zeros).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidTarget { .. }), "{error}");
    let good = Targeted::new(samples(), &Array1::ones(400)).unwrap();
    assert!(rounds(2).loss(RegressionLoss::Poisson).fit_with_validation(&good, &zeros, &()).is_ok());
}

#[test]
fn log_links_predict_positive_means() {
    let x = cells();
    for loss in [RegressionLoss::Poisson, RegressionLoss::Gamma] {
        let [train, _] = halves(&x, true);
        let model = rounds(60).loss(loss).fit(&train).unwrap();
        let found = model.predict(train.samples()).unwrap();
        assert!(found.iter().all(|p| *p > 0.0));
        let margins = model.margins(train.samples()).unwrap();
        assert!(found.iter().zip(&margins).all(|(p, m)| (p.ln() - m).abs() < 1e-9));
        // At the minimum the residuals cancel, for gamma relative to the predictions.
        let scale = |p: f64| if loss == RegressionLoss::Gamma { p } else { 1.0 };
        let rest: f64 = found.iter().zip(train.target()).map(|(p, y)| (y - p) / scale(*p)).sum();
        assert!(rest.abs() / 200.0 < 0.02, "{loss:?}: {rest}");
        let sums = model.contributions(train.samples()).unwrap().sum_axis(Axis(1));
        assert!((sums.column(0).to_owned() - margins).iter().all(|d| d.abs() < 1e-9));
    }
}

#[derive(Debug)]
struct Pairs(usize);

impl Objective for Pairs {
    fn n_rows(&self) -> usize {
        400
    }

    fn n_outputs(&self) -> usize {
        self.0
    }

    fn losses(&self, _: &At<'_>, losses: &mut [f64]) {
        losses.fill(1.0);
    }

    fn derivatives(&self, _: &At<'_>, into: &mut Derivatives<'_>) {
        into.gradients(0).fill(f64::NAN);
    }
}

#[test]
fn objectives_of_ones_own_are_checked() {
    let x = cells();
    let samples = Samples::new(&x).unwrap();
    let error = rounds(2).fit_objective(&samples, &Pairs(2), None, &()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::LengthMismatch { .. }), "{error}");
    let error = rounds(2).fit_objective(&samples, &Pairs(1), None, &()).unwrap_err();
    assert!(error.to_string().contains("row 0"), "{error}");
    let error = rounds(2).n_iter_no_change(3).fit_objective(&samples, &Pairs(1), None, &()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
    let y = data(&x).target().to_vec();
    let objective = crm_ml_trees::Squared::new(&y);
    let stopping = rounds(150).n_iter_no_change(5);
    let own = stopping.fit_objective(&samples, &objective, Some((&samples, &objective)), &()).unwrap();
    let named = stopping.fit_with_validation(&data(&x), &data(&x), &()).unwrap();
    assert_eq!((own.loss(), own.ensemble()), (None, named.ensemble()));
    // A model of another objective has no loss to go on with.
    assert!(rounds(2).fit_from(&own, &data(&x), &()).is_err());
}

#[test]
fn damaged_models_are_refused() {
    let x = cells();
    let [train, test] = halves(&x, true);
    let model = rounds(3).loss(RegressionLoss::Gamma).fit_with_validation(&train, &test, &()).unwrap();
    assert_eq!(GradientBoostingRegressorModel::from_bytes(&model.to_bytes().unwrap()).unwrap(), model);
    let mut wrong = model.clone();
    wrong.loss = Some(RegressionLoss::Huber { delta: f64::NAN });
    assert!(wrong.validate().is_err());
    let mut wrong = model.clone();
    wrong.history.train.pop();
    assert!(wrong.validate().is_err());
    let mut wrong = model;
    wrong.history.validation[0] = f64::INFINITY;
    assert!(wrong.validate().is_err());
}

#[test]
fn xgboosts_files_keep_the_model() {
    let x = cells().mapv(|cell| f64::from(cell as f32));
    let data = data(&x);
    let target: Array1<f64> = data.target().iter().map(|y| y.abs() + 0.1).collect();
    let positive = Targeted::new(Samples::new(&x).unwrap(), &target).unwrap();
    let losses = [
        RegressionLoss::SquaredError,
        RegressionLoss::AbsoluteError,
        RegressionLoss::Huber { delta: 0.5 },
        RegressionLoss::Quantile { quantile: 0.75 },
        RegressionLoss::Poisson,
        RegressionLoss::Gamma,
    ];
    for loss in losses {
        let model = GradientBoostingRegressor::new().n_estimators(10).loss(loss).fit(&positive).unwrap();
        let json = model.to_xgboost_json().unwrap();
        let again = GradientBoostingRegressorModel::from_xgboost_json(json.as_bytes(), None).unwrap();
        again.validate().unwrap();
        assert_eq!((again.loss(), again.report().iterations), (Some(loss), 10));
        let difference = again.predict(data.samples()).unwrap() - model.predict(data.samples()).unwrap();
        assert!(difference.iter().all(|d| d.abs() < 1e-5), "{loss:?}");
        // Its file is that of a regression alone.
        let other = json.replace("\"reg:", "\"rank:").replace("\"count:", "\"rank:");
        assert!(GradientBoostingRegressorModel::from_xgboost_json(other.as_bytes(), None).is_err());
    }
}

#[test]
fn a_row_scorer_predicts_to_the_same_bits() {
    let mut stream = Stream::new(8, "test/rows", 0);
    let x = Array2::from_shape_fn((300, 3), |(row, column)| match column {
        2 => (row % 9) as f64 - 1.0,
        _ if stream.uniform() < 0.1 => f64::NAN,
        _ => stream.normal(),
    });
    let levels = (0..8).map(|level| level.to_string()).collect();
    let columns = vec![Column::real("a"), Column::real("b"), Column::category("c", levels)];
    let samples = Samples::new(&x).unwrap().with_schema(&Schema::new(columns).unwrap()).unwrap();
    let y: Array1<f64> = (0..300).map(|row| ((row * row) % 9) as f64).collect();
    let data = Targeted::new(samples, &y).unwrap();
    // The category as numbers and as sets, the prediction the margin and its exponential.
    for encoding in [CategoricalEncoding::ordered(), CategoricalEncoding::Grouping] {
        for loss in [RegressionLoss::SquaredError, RegressionLoss::Poisson] {
            let boosting = GradientBoostingRegressor::new().n_estimators(20).loss(loss);
            let model = boosting.categorical_encoding(encoding).fit(&data).unwrap();
            let (scorer, together) = (model.row_scorer(), model.predict(data.samples()).unwrap());
            assert_eq!(scorer.n_columns(), 3);
            let leaves = model.apply(data.samples()).unwrap();
            assert_eq!(leaves.dim(), (300, model.ensemble().trees().len()));
            let splits = model.importances(crate::Importance::Split);
            assert!(splits.len() == 3 && (splits.sum() - 1.0).abs() < 1e-12);
            for (row, prediction) in together.iter().enumerate() {
                assert_eq!(scorer.predict(data.samples().row(row)).unwrap(), *prediction);
            }
            assert!(
                scorer.predict(&[0.0; 2]).is_err() && scorer.predict(&[f64::INFINITY, 0.0, 0.0]).is_err()
            );
        }
    }
    let forest = crate::RandomForestRegressor::new().n_estimators(5).fit(&data).unwrap();
    assert_eq!(
        forest.row_scorer().predict(data.samples().row(7)).unwrap(),
        forest.predict(data.samples()).unwrap()[7]
    );
}
