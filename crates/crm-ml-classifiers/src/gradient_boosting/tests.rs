use crm_ml_core::{
    Attributions, ClassWeight, Classes, Classifier, ClassifierModel, Column, ErrorKind, Importances, Labeled,
    Persist, Samples, Schema, Stream,
};
use ndarray::{Array2, Axis};

use super::*;

fn cells() -> Array2<f64> {
    let mut stream = Stream::new(4, "test/boosting", 0);
    Array2::from_shape_fn((500, 4), |_| stream.normal())
}

/// Noisy classes; the third one only if asked for.
fn data(x: &Array2<f64>, classes: usize) -> Labeled<'_> {
    let mut stream = Stream::new(5, "test/noise", 0);
    let code = |r: ndarray::ArrayView1<'_, f64>| match r[0] * r[1] + 0.3 * stream.normal() {
        v if v > 0.5 && classes == 3 => 2,
        v => u32::from(v > 0.0),
    };
    let codes: Vec<u32> = x.rows().into_iter().map(code).collect();
    Labeled::new(Samples::new(x).unwrap(), &codes).unwrap()
}

#[test]
fn contributions_add_up_to_the_margins() {
    let x = cells();
    for (classes, outputs) in [(2, 1), (3, 3)] {
        let data = data(&x, classes);
        let model = GradientBoostingClassifier::new().n_estimators(20).fit(&data).unwrap();
        let shares = model.contributions(data.samples()).unwrap();
        assert_eq!(shares.dim(), (500, 5, outputs));
        let margins = model.decision_function(data.samples()).unwrap();
        assert!((shares.sum_axis(Axis(1)) - margins).iter().all(|d| d.abs() < 1e-9));
        let importances = model.feature_importances();
        assert!(importances[0] + importances[1] > 0.7, "{importances}");
    }
}

#[test]
fn probabilities_follow_from_the_margins() {
    let x = cells();
    let data = data(&x, 2);
    let model = GradientBoostingClassifier::new().n_estimators(5).fit(&data).unwrap();
    let (proba, margins) =
        (model.predict_proba(data.samples()).unwrap(), model.decision_function(data.samples()).unwrap());
    for (row, margin) in proba.rows().into_iter().zip(&margins) {
        assert!((row[1] / row[0] - margin.exp()).abs() < 1e-9 * margin.exp());
    }
}

#[test]
fn early_stopping_ends_before_all_rounds() {
    let x = cells();
    let data = data(&x, 2);
    let all = GradientBoostingClassifier::new().n_estimators(400);
    let model = all.clone().n_iter_no_change(5).validation_fraction(0.2).seed(1).fit(&data).unwrap();
    let rounds = model.report().iterations;
    assert!(rounds > 3 && rounds < 395 && model.report().converged, "{:?}", model.report());
    assert_eq!(model.ensemble().trees().len(), rounds);
    assert_eq!(all.fit(&data).unwrap().report().iterations, 400);
    let few = data.select_rows(&[0, 1]);
    let error = GradientBoostingClassifier::new().n_iter_no_change(5).fit(&few).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooFew { .. }), "{error}");
}

#[test]
fn class_weights_move_the_probabilities() {
    let x = cells();
    let data = data(&x, 2);
    let mean = |weights: ClassWeight| {
        let model =
            GradientBoostingClassifier::new().class_weight(weights).n_estimators(10).fit(&data).unwrap();
        model.predict_proba(data.samples()).unwrap().column(1).mean().unwrap()
    };
    assert!(mean(ClassWeight::Custom(vec![1.0, 9.0])) > mean(ClassWeight::None) + 0.2);
}

#[test]
fn a_class_without_rows_has_almost_no_probability() {
    let x = cells();
    for names in [&["a", "b"][..], &["a", "b", "c"]] {
        let classes = Classes::new(names.iter().copied()).unwrap();
        let data = Labeled::from_codes(Samples::new(&x).unwrap(), &[0; 500], &classes).unwrap();
        let proba =
            GradientBoostingClassifier::new().fit(&data).unwrap().predict_proba(data.samples()).unwrap();
        assert!(proba.column(0).iter().all(|p| *p > 1.0 - 1e-12));
    }
    let one =
        Labeled::from_codes(Samples::new(&x).unwrap(), &[0; 500], &Classes::new(["a"]).unwrap()).unwrap();
    let proba = GradientBoostingClassifier::new().fit(&one).unwrap().predict_proba(one.samples()).unwrap();
    assert!(proba.iter().all(|p| *p == 1.0));
}

#[test]
fn extreme_weights_give_probabilities() {
    let x = cells();
    let codes = data(&x, 3).codes().to_vec();
    for unit in [1e-300, 1e300] {
        let weights: ndarray::Array1<f64> = (0..500).map(|row| unit * f64::from(1 + row % 3)).collect();
        let samples = Samples::new(&x).unwrap().with_weights(&weights).unwrap();
        let data = Labeled::new(samples, &codes).unwrap();
        for class_weight in
            [ClassWeight::None, ClassWeight::Balanced, ClassWeight::Custom(vec![1e300, 1.0, 1e-300])]
        {
            let boosting =
                GradientBoostingClassifier::new().class_weight(class_weight.clone()).n_estimators(3);
            let tree = crate::DecisionTreeClassifier::new().class_weight(class_weight);
            let both = [
                boosting.fit(&data).unwrap().predict_proba(data.samples()).unwrap(),
                tree.fit(&data).unwrap().predict_proba(data.samples()).unwrap(),
            ];
            for proba in both {
                assert!(proba.sum_axis(Axis(1)).iter().all(|sum| (sum - 1.0).abs() < 1e-9));
            }
        }
    }
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let x = cells();
    let model = GradientBoostingClassifier::new().n_estimators(3).fit(&data(&x, 3)).unwrap();
    assert_eq!(GradientBoostingClassifierModel::from_bytes(&model.to_bytes().unwrap()).unwrap(), model);
    let mut few = model.clone();
    few.classes = Classes::new(["a", "b"]).unwrap();
    assert!(few.validate().is_err());
    let mut narrow = model.clone();
    narrow.schema = narrow.schema.select(&[0]);
    assert!(narrow.validate().is_err());
    let mut endless = model;
    endless.report.objective = f64::NAN;
    assert!(endless.validate().is_err());
}

fn halves(data: &Labeled<'_>) -> [Labeled<'static>; 2] {
    [(0..250).collect::<Vec<_>>(), (250..500).collect()].map(|rows| data.select_rows(&rows))
}

#[test]
fn a_given_validation_part_stops_the_fit_at_its_best_round() {
    let x = cells();
    for classes in [2, 3] {
        let [train, test] = halves(&data(&x, classes));
        let boosting = GradientBoostingClassifier::new().n_estimators(200).max_leaf_nodes(6);
        let model = boosting.clone().n_iter_no_change(5).fit_with_validation(&train, &test, &()).unwrap();
        let kept = model.report().iterations;
        let losses = &model.history().validation;
        let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(kept < 195 && losses.len() == kept + 6, "{:?}", model.report());
        assert_eq!((losses[kept], model.report().objective), (best, best));
        let proba = model.predict_proba(test.samples()).unwrap();
        let own = proba.rows().into_iter().zip(test.codes()).map(|(p, code)| -p[*code as usize].ln());
        assert!((own.sum::<f64>() / 250.0 - best).abs() < 1e-12);
        let whole = boosting.fit(&train).unwrap();
        assert_eq!(whole.first_rounds(kept).predict_proba(test.samples()).unwrap(), proba);
    }
}

#[test]
fn stages_end_at_the_probabilities_and_more_rounds_go_on_from_there() {
    let x = cells();
    for classes in [2, 3] {
        let data = data(&x, classes);
        let boosting = |rounds| {
            let new = GradientBoostingClassifier::new().n_estimators(rounds).subsample(0.7);
            new.max_features(crate::MaxFeatures::Count(2)).class_weight(ClassWeight::Balanced).seed(9)
        };
        let (some, all) = (boosting(4).fit(&data).unwrap(), boosting(9).fit(&data).unwrap());
        let stages: Vec<Array2<f64>> = all.staged_predict_proba(data.samples()).unwrap().collect();
        assert_eq!((stages.len(), &stages[3]), (9, &some.predict_proba(data.samples()).unwrap()));
        assert_eq!(stages[8], all.predict_proba(data.samples()).unwrap());
        let more = boosting(5).fit_from(&some, &data, &()).unwrap();
        assert_eq!(more.ensemble(), all.ensemble());
        let stopped = boosting(50).n_iter_no_change(2).fit_from(&some, &data, &()).unwrap();
        assert_eq!(stopped.first_rounds(4).ensemble(), some.ensemble());
    }
}

#[test]
fn validation_and_going_on_want_the_same_classes_and_columns() {
    let x = cells();
    let (two, three) = (data(&x, 2), data(&x, 3));
    let boosting = GradientBoostingClassifier::new().n_estimators(2);
    let model = boosting.fit(&two).unwrap();
    for result in [boosting.fit_with_validation(&two, &three, &()), boosting.fit_from(&model, &three, &())] {
        let error = result.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains("the classes are '0', '1', '2', expected '0', '1'"), "{error}");
    }
    let narrow = two.with_samples(two.samples().select_columns(&[0])).unwrap();
    for result in [boosting.fit_with_validation(&two, &narrow, &()), boosting.fit_from(&model, &narrow, &())]
    {
        assert!(matches!(result.unwrap_err().kind(), ErrorKind::WidthMismatch { .. }));
    }
}

#[test]
fn an_objective_of_ones_own_gives_probabilities() {
    let x = cells();
    for classes in [2, 3] {
        let data = data(&x, classes);
        let boosting = GradientBoostingClassifier::new().n_estimators(5);
        let objective = log_loss(&data);
        let own = boosting.fit_objective(&data, objective.as_ref(), None, &()).unwrap();
        assert_eq!(own, boosting.fit(&data).unwrap());
        let wrong = if classes == 2 { Softmax::new(data.codes(), 2) } else { Softmax::new(data.codes(), 4) };
        let error = boosting.fit_objective(&data, &wrong, None, &()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::LengthMismatch { .. }), "{error}");
        let stopping = boosting.n_iter_no_change(2);
        assert!(stopping.fit_objective(&data, objective.as_ref(), None, &()).is_err());
        let watched = Some((&data, objective.as_ref()));
        let model = stopping.fit_objective(&data, objective.as_ref(), watched, &()).unwrap();
        assert_eq!(model.history().validation.len(), 6);
    }
}

/// Leads with a source of many levels, each with an effect of its own.
fn coded(x: &Array2<f64>) -> Labeled<'static> {
    let mut stream = Stream::new(6, "test/coded", 0);
    let mut x = x.clone();
    x.column_mut(0).iter_mut().for_each(|cell| *cell = stream.below(20) as f64);
    let won: Vec<bool> = x.rows().into_iter().map(|row| row[0] % 3.0 < 1.0 || row[1] > 1.5).collect();
    let levels = (0..20).map(|level| level.to_string()).collect();
    let columns =
        vec![Column::category("source", levels), Column::real("b"), Column::real("c"), Column::real("d")];
    let samples = Samples::from_array(x).unwrap().with_schema(&Schema::new(columns).unwrap()).unwrap();
    Labeled::new(samples, &won).unwrap()
}

#[test]
fn numbers_of_categories_are_part_of_the_model() {
    let data = coded(&cells());
    let boosting = GradientBoostingClassifier::new().n_estimators(10);
    let model = boosting.fit(&data).unwrap();
    assert_eq!(model.booster().encoder().unwrap().n_columns(), 4);
    let shares = model.contributions(data.samples()).unwrap();
    let margins = model.decision_function(data.samples()).unwrap();
    assert!((shares.sum_axis(Axis(1)) - margins).iter().all(|d| d.abs() < 1e-9));
    assert!(model.feature_importances()[0] > 0.3 && model.feature_importances().len() == 4);
    let again = GradientBoostingClassifierModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(again, model);
    let proba = model.predict_proba(data.samples()).unwrap();
    let mut alone = [0.0; 2];
    model.row_scorer().predict_proba(data.samples().row(7), &mut alone).unwrap();
    assert_eq!(proba.row(7).to_vec(), alone);
    assert_eq!(model.staged_predict_proba(data.samples()).unwrap().last().unwrap(), proba);
    let (some, rest) = (model.first_rounds(4), boosting.clone().n_estimators(6));
    assert_eq!(rest.fit_from(&some, &data, &()).unwrap().booster(), model.booster());
    let stopping = boosting.n_iter_no_change(3).n_estimators(200);
    let stopped = stopping.fit_with_validation(&data, &data, &()).unwrap();
    let own = stopped.predict_proba(data.samples()).unwrap();
    let loss = own.rows().into_iter().zip(data.codes()).map(|(p, code)| -p[*code as usize].ln()).sum::<f64>();
    assert!((loss / 500.0 - stopped.report().objective).abs() < 1e-12);
}

#[test]
fn xgboosts_files_keep_the_model() {
    let x = cells().mapv(|cell| f64::from(cell as f32));
    for classes in [2, 3] {
        let data = data(&x, classes);
        let model = GradientBoostingClassifier::new().n_estimators(10).fit(&data).unwrap();
        let json = model.to_xgboost_json().unwrap();
        let read = |classes: Option<&Classes>| {
            GradientBoostingClassifierModel::from_xgboost_json(json.as_bytes(), None, classes)
        };
        let again = read(Some(data.classes())).unwrap();
        again.validate().unwrap();
        assert_eq!((again.classes(), again.report().iterations), (data.classes(), 10));
        let difference =
            again.predict_proba(data.samples()).unwrap() - model.predict_proba(data.samples()).unwrap();
        assert!(difference.iter().all(|d| d.abs() < 1e-5));
        let one = Classes::new(["a"]).unwrap();
        let error = read(Some(&one)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::LengthMismatch { .. }), "{error}");
        assert_eq!(read(None).unwrap().classes().len(), classes);
        let other = json.replace("binary:logistic", "reg:gamma").replace("multi:softprob", "reg:gamma");
        assert!(GradientBoostingClassifierModel::from_xgboost_json(other.as_bytes(), None, None).is_err());
    }
}

#[test]
fn ordered_statistics_are_refused_by_name_for_xgboost() {
    use crm_ml_core::{Column, Schema};
    use crm_ml_trees::CategoricalEncoding;

    let x = Array2::from_shape_fn((400, 1), |(row, _)| (row % 50) as f64);
    let levels = (0..50).map(|level| level.to_string()).collect();
    let schema = Schema::new(vec![Column::category("source", levels)]).unwrap();
    let codes: Vec<u32> = (0..400).map(|row| u32::from(row % 50 % 3 == 0)).collect();
    let data = Labeled::new(Samples::new(&x).unwrap().with_schema(&schema).unwrap(), &codes).unwrap();
    let boosting = GradientBoostingClassifier::new().n_estimators(3);
    let model = boosting.categorical_encoding(CategoricalEncoding::ordered());
    let error = model.fit(&data).unwrap().to_xgboost_json().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("ordered statistics"), "{error}");
}
