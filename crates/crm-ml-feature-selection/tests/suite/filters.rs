//! Scores, eliminations and decompositions against scikit-learn (`fixtures/make_filters.py`), and what bad data gets.

use crm_ml_classifiers::{LogisticRegression, RandomForestClassifier};
use crm_ml_core::{
    Classifier, ClassifierModel, Column, Importances, Labeled, Persist, Regressor, Samples, Schema, Split,
    Targeted, Transformer, TransformerModel,
};
use crm_ml_feature_selection::*;
use crm_ml_metrics::{ClassificationMetric, RegressionMetric};
use crm_ml_regression::{DecisionTreeRegressor, Ridge};
use crm_ml_testkit::fixture::{matrix, numbers};
use ndarray::{Array1, Array2, array, s};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/filters.json")).unwrap()
}

#[track_caller]
fn close<'a>(found: impl IntoIterator<Item = &'a f64>, expected: &[f64]) {
    let found: Vec<&f64> = found.into_iter().collect();
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        assert!((**f - *e).abs() <= 1e-10 * e.abs().max(1.0), "{f} against {e}");
    }
}

fn labels(value: &Value) -> Vec<u32> {
    numbers(value).iter().map(|v| *v as u32).collect()
}

#[track_caller]
fn scores_close(found: &[ColumnScore], scores: &Value, p_values: Option<&Value>) {
    close(found.iter().map(|s| &s.score), &numbers(scores));
    if let Some(p_values) = p_values {
        for (found, expected) in found.iter().zip(numbers(p_values)) {
            assert!((found.p_value.unwrap() / expected - 1.0).abs() < 1e-8, "{found:?} against {expected}");
        }
    }
}

#[test]
fn scores_are_scikit_learns() {
    let all = fixture();
    let scores = &all["scores"];
    let (x, counts) = (matrix(&all["x"]), matrix(&all["counts"]));
    let (samples, y) = (Samples::new(&x).unwrap(), labels(&all["y"]));
    let data = Labeled::new(samples.clone(), &y).unwrap();
    let goal = Array1::from(numbers(&all["target"]));
    let target = Targeted::new(samples.clone(), &goal).unwrap();
    scores_close(&anova_f(&data).unwrap(), &scores["anova"][0], Some(&scores["anova"][1]));
    let counted = Labeled::new(Samples::new(&counts).unwrap(), &y).unwrap();
    scores_close(&chi_squared(&counted).unwrap(), &scores["chi2"][0], Some(&scores["chi2"][1]));
    scores_close(
        &correlation_f(&target).unwrap(),
        &scores["correlation"][0],
        Some(&scores["correlation"][1]),
    );
    scores_close(&mutual_information(&data, 3).unwrap(), &scores["mi_class"], None);
    scores_close(&mutual_information(&data, 5).unwrap(), &scores["mi_class_5"], None);
    scores_close(&mutual_information_of_target(&target, 3).unwrap(), &scores["mi_target"], None);

    let levels = Array2::from_shape_vec((y.len(), 1), numbers(&all["levels"])).unwrap();
    let names = ["a", "b", "c", "d"].map(String::from).to_vec();
    let schema = Schema::new(vec![Column::category("level", names)]).unwrap();
    let coded = Samples::new(&levels).unwrap().with_schema(&schema).unwrap();
    let by_class = mutual_information(&Labeled::new(coded.clone(), &y).unwrap(), 3).unwrap();
    close([&by_class[0].score], &[scores["mi_levels_class"].as_f64().unwrap()]);
    let by_target = mutual_information_of_target(&Targeted::new(coded, &goal).unwrap(), 3).unwrap();
    close([&by_target[0].score], &[scores["mi_levels_target"].as_f64().unwrap()]);

    let support = |filter: SelectByScore<ClassScore>| filter.select(&data).unwrap().support();
    let expected = |name: &str| -> Vec<bool> { serde_json::from_value(all["keep"][name].clone()).unwrap() };
    let filter = SelectByScore::new(ClassScore::AnovaF);
    assert_eq!(support(filter.clone().false_positive_rate(0.05)), expected("fpr"));
    assert_eq!(support(filter.clone().false_discovery_rate(0.1)), expected("fdr"));
    assert_eq!(support(filter.clone().family_wise_error(0.05)), expected("fwe"));
    assert_eq!(support(filter.share(0.5)), expected("share"));
}

#[test]
fn eliminations_by_cross_validation_are_scikit_learns() {
    let all = fixture();
    let x = matrix(&all["x"]);
    let samples = Samples::new(&x).unwrap();
    let goal = Array1::from(numbers(&all["target"]));
    let folds = Split::KFold { folds: 5, seed: None };
    let target = Targeted::new(samples.clone(), &goal).unwrap();
    let rfecv = Rfecv::new(Ridge::new(), RegressionMetric::MeanSquaredError).split(folds.clone());
    let model = rfecv.fit(&target).unwrap();
    let expected: Vec<usize> = labels(&all["rfecv"]["ranking"]).iter().map(|r| *r as usize).collect();
    assert_eq!(model.selection().ranking(), expected);
    // scikit-learn lists the fewest columns first.
    close(model.validation().iter().rev().map(|p| &p.mean), &numbers(&all["rfecv"]["mse"]));

    let won: Vec<bool> = labels(&all["y"]).iter().map(|y| *y > 0).collect();
    let data = Labeled::new(samples, &won).unwrap();
    let logistic = LogisticRegression::new().tol(1e-11);
    let rfecv = Rfecv::new(logistic, ClassificationMetric::LogLoss).split(folds);
    let model = rfecv.fit(&data).unwrap();
    let expected: Vec<usize> = labels(&all["rfecv_class"]["ranking"]).iter().map(|r| *r as usize).collect();
    assert_eq!(model.selection().ranking(), expected);
    let losses = numbers(&all["rfecv_class"]["loss"]);
    for (found, expected) in model.validation().iter().rev().zip(losses) {
        assert!((found.mean - expected).abs() < 1e-8);
    }
    let fewer = rfecv.one_standard_error(true).fit(&data).unwrap();
    assert!(fewer.selection().selected().len() <= model.selection().selected().len());
    let best = model.validation().iter().min_by(|a, b| a.mean.total_cmp(&b.mean)).unwrap();
    let chosen =
        fewer.validation().iter().find(|p| p.n_features == fewer.selection().selected().len()).unwrap();
    assert!(chosen.mean <= best.mean + best.standard_error);
}

#[test]
fn a_selection_inside_a_fold_sees_the_fold_alone() {
    // Noise everywhere: whoever chooses columns by all rows finds some that fit the held-out ones, too.
    let mut state = 1u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1u32 << 31) - 0.5
    };
    let x = Array2::from_shape_simple_fn((60, 400), &mut draw);
    let y: Vec<bool> = (0..60).map(|_| draw() > 0.0).collect();
    let data = Labeled::new(Samples::new(&x).unwrap(), &y).unwrap();
    let filter = SelectByScore::new(ClassScore::AnovaF).count(10);
    let honest = SelectThen::new(filter.clone(), LogisticRegression::new());
    let leaky = filter.select(&data).unwrap().transform(data.samples()).unwrap();
    let leaky = data.with_samples(leaky).unwrap();
    let right = |fold: &crm_ml_core::Fold, proba: Array2<f64>| {
        let labels = crm_ml_core::most_probable(&proba);
        fold.test.iter().zip(labels).filter(|(row, label)| u32::from(y[**row]) == *label).count()
    };
    let (mut fair, mut cheat) = (0, 0);
    for fold in Split::stratified(5, 0).folds(60, Some(data.codes())).unwrap() {
        let model = honest.fit(&data.select_rows(&fold.train)).unwrap();
        fair += right(&fold, model.predict_proba(&data.samples().select_rows(&fold.test)).unwrap());
        let model = LogisticRegression::new().fit(&leaky.select_rows(&fold.train)).unwrap();
        cheat += right(&fold, model.predict_proba(&leaky.samples().select_rows(&fold.test)).unwrap());
    }
    assert!(cheat > 42 && fair < 40, "{cheat} and {fair} of 60");
}

#[test]
fn models_choose_columns() {
    let all = fixture();
    let x = matrix(&all["x"]);
    let data = Labeled::new(Samples::new(&x).unwrap(), &labels(&all["y"])).unwrap();
    let forest = RandomForestClassifier::new().n_estimators(20);
    let importances = forest.fit(&data).unwrap().feature_importances();
    let kept = |by: SelectFromModel<RandomForestClassifier>| by.select(&data).unwrap().support();
    let by_mean = kept(SelectFromModel::new(forest.clone()));
    let mean = importances.mean().unwrap();
    assert_eq!(by_mean, importances.iter().map(|v| *v >= mean).collect::<Vec<bool>>());
    assert_eq!(
        kept(SelectFromModel::new(forest.clone()).median_times(1.0)).iter().filter(|k| **k).count(),
        3
    );
    assert_eq!(
        kept(SelectFromModel::new(forest.clone()).threshold(0.0).max_features(2))
            .iter()
            .filter(|k| **k)
            .count(),
        2
    );
    assert!(SelectFromModel::new(forest.clone()).threshold(2.0).select(&data).is_err());
    assert!(SelectFromModel::new(forest).mean_times(f64::NAN).select(&data).is_err());
    let goal = Array1::from(numbers(&all["target"]));
    let target = Targeted::new(Samples::new(&x).unwrap(), &goal).unwrap();
    let then =
        SelectThen::new(SelectFromModel::new(DecisionTreeRegressor::new()), DecisionTreeRegressor::new());
    let model = Regressor::fit(&then, &target).unwrap();
    let importances = model.feature_importances();
    assert_eq!(importances.len(), 6);
    assert!(model.selection().ranking().iter().zip(&importances).all(|(rank, v)| *rank == 1 || *v == 0.0));
}

#[test]
fn decompositions_are_scikit_learns() {
    let all = fixture();
    let words = matrix(&all["words"]);
    let samples = Samples::new(&words).unwrap();
    let expected = &all["svd"];
    let model = TruncatedSvd::new(3).fit(&samples).unwrap();
    close(model.singular_values(), &numbers(&expected["values"]));
    close(model.explained_variance(), &numbers(&expected["variance"]));
    close(model.explained_variance_ratio(), &numbers(&expected["ratio"]));
    // Signs are ours; scikit-learn's go by the left vectors.
    let reference = matrix(&expected["components"]);
    for (mine, theirs) in model.components().rows().into_iter().zip(reference.rows()) {
        assert!((mine.dot(&theirs).abs() - 1.0).abs() < 1e-10);
    }
    let transformed = model.transform(&samples).unwrap();
    for (found, expected) in
        transformed.dense().slice(s![..4, ..]).iter().zip(matrix(&expected["transformed"]).iter())
    {
        assert!((found.abs() - expected.abs()).abs() < 1e-9);
    }
    let random = TruncatedSvd::new(3).randomized(20, 1).fit(&samples).unwrap();
    close(random.singular_values(), &numbers(&expected["values"]));
    let whole = TruncatedSvd::new(9).fit(&samples).unwrap();
    let back = whole.inverse_transform(&whole.transform(&samples).unwrap()).unwrap();
    close(back.cells(), samples.cells());

    let x = matrix(&all["x"]);
    let mut pieces = IncrementalPca::new(Pca::new());
    let mut other = pieces.clone();
    pieces.partial_fit(&Samples::new(x.slice(s![..30, ..])).unwrap()).unwrap();
    other.partial_fit(&Samples::new(x.slice(s![30..31, ..])).unwrap()).unwrap();
    other.partial_fit(&Samples::new(x.slice(s![31.., ..])).unwrap()).unwrap();
    pieces.merge(&IncrementalPca::from_bytes(&other.to_bytes().unwrap()).unwrap()).unwrap();
    let model = pieces.finish().unwrap();
    let expected = &all["ipca"];
    close(model.mean(), &numbers(&expected["mean"]));
    close(model.explained_variance(), &numbers(&expected["variance"]));
    for (mine, theirs) in model.components().rows().into_iter().zip(matrix(&expected["components"]).rows()) {
        assert!((mine.dot(&theirs).abs() - 1.0).abs() < 1e-10);
    }
    let whole = Pca::new().fit(&Samples::new(&x).unwrap()).unwrap();
    close(model.components(), &whole.components().iter().copied().collect::<Vec<_>>());
}

#[test]
fn weights_are_rows() {
    let all = fixture();
    let x = matrix(&all["x"]).slice(s![..60, ..4]).to_owned();
    let counts = matrix(&all["counts"]).slice(s![..60, ..]).to_owned();
    let y = labels(&all["y"])[..60].to_vec();
    let goal = numbers(&all["target"])[..60].to_vec();
    let weights: Array1<f64> = (0..60).map(|i| f64::from(i % 3)).collect();
    let rows: Vec<usize> = (0..60).flat_map(|i| std::iter::repeat_n(i, i % 3)).collect();
    let weighed = |x: &Array2<f64>| Samples::from_array(x.clone()).unwrap().with_weights(&weights).unwrap();
    let repeated = |x: &Array2<f64>| Samples::from_array(x.select(ndarray::Axis(0), &rows)).unwrap();
    let y_repeated: Vec<u32> = rows.iter().map(|r| y[*r]).collect();
    let pair = |x: &Array2<f64>| {
        (Labeled::new(weighed(x), &y).unwrap(), Labeled::new(repeated(x), &y_repeated).unwrap())
    };
    let same = |a: Vec<ColumnScore>, b: Vec<ColumnScore>| {
        for (a, b) in a.iter().zip(&b) {
            assert!((a.score - b.score).abs() < 1e-9 * b.score.max(1.0), "{a:?} {b:?}");
        }
    };
    let (one, two) = pair(&x);
    same(anova_f(&one).unwrap(), anova_f(&two).unwrap());
    let (one, two) = pair(&counts);
    same(chi_squared(&one).unwrap(), chi_squared(&two).unwrap());
    assert!(mutual_information(&one, 3).is_err());
    let goals = Array1::from(goal.clone());
    let goals_repeated: Array1<f64> = rows.iter().map(|r| goal[*r]).collect();
    let one = Targeted::new(weighed(&x), &goals).unwrap();
    let two = Targeted::new(repeated(&x), &goals_repeated).unwrap();
    same(correlation_f(&one).unwrap(), correlation_f(&two).unwrap());
    let a = TruncatedSvd::new(2).fit(&weighed(&x)).unwrap();
    let b = TruncatedSvd::new(2).fit(&repeated(&x)).unwrap();
    close(a.singular_values(), b.singular_values());
    close(a.explained_variance(), b.explained_variance());
}

#[test]
fn strange_columns() {
    let x = array![
        [1.0, 7.0, 0.0, 1e300],
        [1.0, 7.0, 1.0, -1e300],
        [2.0, 7.0, 0.0, 1e300],
        [2.0, 7.0, 1.0, -1e300]
    ];
    let data = Labeled::new(Samples::new(&x).unwrap(), &[0, 0, 1, 1]).unwrap();
    let scores = anova_f(&data).unwrap();
    assert_eq!((scores[0].score, scores[0].p_value), (f64::INFINITY, Some(0.0)));
    assert_eq!((scores[1].score, scores[1].p_value), (0.0, Some(1.0)));
    assert_eq!(scores[2].score, 0.0);
    assert!(chi_squared(&data).is_err());
    let kept = VarianceThreshold::new().fit(data.samples()).unwrap();
    assert!(!kept.support()[1] && kept.support()[0]);
    let constant = array![[1.0], [1.0]];
    assert!(VarianceThreshold::new().fit(&Samples::new(&constant).unwrap()).is_err());
    assert!(VarianceThreshold::new().threshold(-1.0).fit(data.samples()).is_err());
    let gaps = array![[1.0, f64::NAN], [1.0, 2.0], [1.0, 3.0]];
    assert_eq!(VarianceThreshold::new().fit(&Samples::new(&gaps).unwrap()).unwrap().selected(), [1]);
    let filter = SelectByScore::new(ClassScore::MutualInformation(0));
    assert!(filter.select(&data).is_err());
    let filter = SelectByScore::new(ClassScore::MutualInformation(3)).false_positive_rate(0.1);
    assert!(filter.select(&data).is_err());
    assert!(SelectByScore::new(ClassScore::AnovaF).count(0).select(&data).is_err());
    assert!(SelectByScore::new(ClassScore::AnovaF).above(f64::INFINITY).select(&data).is_err());
    let one_class = Labeled::new(Samples::new(&x).unwrap(), &[1, 1, 1, 1]).unwrap();
    assert!(anova_f(&one_class).is_err());
    assert!(TruncatedSvd::new(5).fit(data.samples()).is_err());
    assert!(TruncatedSvd::new(0).fit(data.samples()).is_err());
    assert!(IncrementalPca::new(Pca::new()).finish().is_err());
    let mut pieces = IncrementalPca::new(Pca::new());
    pieces.partial_fit(&Samples::new(&constant).unwrap()).unwrap();
    assert!(pieces.partial_fit(data.samples()).is_err());
    assert!(pieces.finish().is_ok());
}

#[test]
fn constant_columns_tell_nothing_at_any_size() {
    for rows in [10, 300, 1_000, 30_000] {
        for constant in [0.1, 1234.567, -1e-9, 1e160] {
            let x = Array2::from_shape_fn((rows, 3), |(row, column)| match column {
                0 => constant,
                1 => f64::from(u8::from(row % 10 < 3)) + 0.1 * (row % 7) as f64,
                // Constant in each class.
                _ => constant * f64::from(u8::from(row % 10 < 3)),
            });
            let samples = Samples::new(&x).unwrap();
            let y: Vec<u32> = (0..rows).map(|row| u32::from(row % 10 < 3)).collect();
            let data = Labeled::new(samples.clone(), &y).unwrap();
            let scores = anova_f(&data).unwrap();
            assert_eq!((scores[0].score, scores[0].p_value), (0.0, Some(1.0)), "{rows}, {constant}");
            assert_eq!(
                (scores[2].score, scores[2].p_value),
                (f64::INFINITY, Some(0.0)),
                "{rows}, {constant}"
            );
            assert!(
                VarianceThreshold::new().fit(&samples).unwrap().selected() == [1, 2],
                "{rows}, {constant}"
            );
            let target = x.column(1).to_owned();
            let found = correlation_f(&Targeted::new(samples, &target).unwrap()).unwrap();
            assert_eq!(found[0].score, 0.0);
            let mrmr = Mrmr::new(MrmrScheme::Fcd).n_features_to_select(2);
            let chosen = ClassSelector::select(&mrmr, &data).unwrap();
            assert_eq!(chosen.selected(), [1, 2], "{rows}, {constant}");
        }
    }
}

#[test]
fn scores_do_not_depend_on_the_unit_of_a_column() {
    let cell = |row: usize| f64::from(u8::from(row % 3 == 0)) + ((row * 37) % 101) as f64 / 100.0;
    let y: Vec<u32> = (0..90).map(|row| u32::from(row % 3 == 0)).collect();
    let units = [1.0, 1e-200, 1e160, 1e300];
    let x = Array2::from_shape_fn((90, 4), |(row, column)| cell(row) * units[column]);
    let data = Labeled::new(Samples::new(&x).unwrap(), &y).unwrap();
    let target = x.column(0).mapv(|v| 1e-250 * v * v);
    let all = [
        anova_f(&data).unwrap(),
        correlation_f(&Targeted::new(Samples::new(&x).unwrap(), &target).unwrap()).unwrap(),
    ];
    for scores in all {
        for score in &scores[1..] {
            assert!((score.score / scores[0].score - 1.0).abs() < 1e-10, "{scores:?}");
        }
    }
    for (score, unit) in chi_squared(&data).unwrap().iter().zip(units) {
        let usual = chi_squared(&data).unwrap()[0].score;
        assert!((score.score / unit / usual - 1.0).abs() < 1e-10, "{score:?}");
    }
}

#[test]
fn distances_beyond_numbers_are_distances() {
    let x = array![[1.7e308], [-1.7e308], [1.0], [2.0], [3.0], [-1.7e308]];
    let data = Labeled::new(Samples::new(&x).unwrap(), &[0, 0, 1, 1, 1, 0]).unwrap();
    assert!(mutual_information(&data, 3).unwrap()[0].score >= 0.0);
}

#[test]
fn pieces_are_joined_only_with_the_same_parameters() {
    let x = array![[1.0, 2.0], [3.0, 5.0], [4.0, 4.0]];
    let seen = |count: usize| {
        let mut pieces = IncrementalPca::new(Pca::new().n_components(count));
        pieces.partial_fit(&Samples::new(&x).unwrap()).unwrap();
        pieces
    };
    assert!(seen(1).merge(&seen(1)).is_ok());
    assert!(seen(1).merge(&seen(2)).unwrap_err().to_string().contains("parameters"));
}
