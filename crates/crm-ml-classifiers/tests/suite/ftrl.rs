//! FTRL-proximal against the paper's algorithm in plain Python (`fixtures/make_ftrl.py`), in pieces, and near the optimum.

use crm_ml_classifiers::{FtrlClassifier, FtrlClassifierModel, LogisticRegression};
use crm_ml_core::{
    Attributions, ClassWeight, Classes, Classifier, ClassifierModel, Column, Labeled, Persist, Samples,
    Schema, Stream, UNSEEN, reseal,
};
use crm_ml_testkit::{
    AsClassifier, Laws,
    fixture::{matrix, numbers},
    laws,
};
use ndarray::{Array1, Array2, Axis, array, s};
use serde_json::Value;

#[track_caller]
fn close(name: &str, found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-11 * expected.abs().max(1.0),
        "{name}: {found} against {expected}"
    );
}

#[test]
fn coefficients_and_losses_are_the_papers() {
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/ftrl.json")).unwrap();
    for case in fixture["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let number = |key: &str| case[key].as_f64().unwrap();
        let x = matrix(&case["x"]);
        let mut samples = Samples::new(&x).unwrap();
        if !case["w"].is_null() {
            samples = samples.with_weights(&Array1::from(numbers(&case["w"]))).unwrap();
        }
        let codes: Vec<u32> = numbers(&case["y"]).iter().map(|v| *v as u32).collect();
        let classes = Classes::new((0..case["k"].as_u64().unwrap()).map(|c| c.to_string())).unwrap();
        let data = Labeled::from_codes(samples, &codes, &classes).unwrap();
        let estimator = FtrlClassifier::new()
            .alpha(number("alpha"))
            .beta(number("beta"))
            .l1(number("l1"))
            .l2(number("l2"))
            .fit_intercept(case["intercept"] == true)
            .epochs(1)
            .shuffle(false);
        let model = estimator.fit(&data).unwrap();
        for (found, expected) in model.coefficients().iter().zip(&matrix(&case["coef"])) {
            close(name, *found, *expected);
        }
        for (found, expected) in model.intercepts().iter().zip(&numbers(&case["bias"])) {
            close(name, *found, *expected);
        }
        close(name, model.progressive_loss().mean().unwrap(), number("loss"));
        let shares = model.contributions(data.samples()).unwrap().sum_axis(Axis(1));
        for (sum, margin) in shares.iter().zip(&model.decision_function(data.samples()).unwrap()) {
            close(name, *sum, *margin);
        }
    }
}

/// Numbers and a category, with weights.
fn stream_of_rows(rows: usize) -> (Array2<f64>, Vec<&'static str>, Array1<f64>, Schema) {
    let mut stream = Stream::new(4, "ftrl", 0);
    let x = Array2::from_shape_fn((rows, 3), |(row, column)| match column {
        1 if row % 19 == 0 => f64::NAN,
        1 if row % 23 == 0 => UNSEEN,
        1 => stream.below(4) as f64,
        _ => stream.normal(),
    });
    let label = |row: ndarray::ArrayView1<'_, f64>| match row[0] + 0.5 * row[1].max(0.0) {
        v if v < 0.0 => "lost",
        v if v < 1.0 => "open",
        _ => "won",
    };
    let labels = x.rows().into_iter().map(label).collect();
    let weights = (0..rows).map(|row| 0.5 + (row % 3) as f64).collect();
    let levels = ["fair", "mail", "phone", "web"].map(String::from).to_vec();
    let columns = vec![Column::real("a"), Column::category("source", levels), Column::real("b")];
    (x, labels, weights, Schema::new(columns).unwrap())
}

#[test]
fn pieces_and_files_give_the_same_bits() {
    let (x, labels, weights, schema) = stream_of_rows(400);
    let estimator = FtrlClassifier::new()
        .l1(0.1)
        .epochs(1)
        .shuffle(false)
        .class_weight(ClassWeight::Custom(vec![1.0, 0.7, 2.0]));
    let piece = |from: usize, to: usize| {
        let samples = Samples::new(x.slice(s![from..to, ..])).unwrap().with_schema(&schema).unwrap();
        let samples = samples.with_weights(weights.slice(s![from..to])).unwrap();
        Labeled::new(samples, &labels[from..to]).unwrap()
    };
    let all = piece(0, 400);
    let whole = estimator.fit(&all).unwrap();
    for size in [1, 7, 150, 400] {
        let mut model = estimator.start(&schema, all.classes()).unwrap();
        for from in (0..400).step_by(size) {
            // A piece may lack classes; saved and loaded on the way.
            model.partial_fit(&piece(from, (from + size).min(400))).unwrap();
            if from % 3 == 0 {
                model = FtrlClassifierModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
            }
        }
        assert_eq!(model, whole);
        assert!(model.to_bytes().unwrap() == whole.to_bytes().unwrap(), "pieces of {size}");
    }
    assert_eq!(whole.progressive_loss().rows(), 400);
    assert_eq!(whole.coefficients().dim(), (3, 7));
    assert_eq!(whole.coefficient_names()[5], "source missing");
}

#[test]
fn near_the_optimum_on_rows_of_one_kind() {
    let mut stream = Stream::new(1, "ftrl/optimum", 0);
    let x = Array2::from_shape_simple_fn((20_000, 4), || stream.normal());
    let won: Vec<bool> = x
        .rows()
        .into_iter()
        .map(|r| stream.uniform() < 1.0 / (1.0 + (-(1.0 + 0.8 * r[0] - 0.5 * r[1] + 0.2 * r[2])).exp()))
        .collect();
    let data = Labeled::new(Samples::new(&x).unwrap(), &won).unwrap();
    let best = LogisticRegression::new().c(10.0).fit(&data).unwrap();
    let model = FtrlClassifier::new().alpha(0.1).l2(1.0).epochs(10).fit(&data).unwrap();
    let loss = |proba: Array2<f64>| {
        let own = proba.rows().into_iter().zip(&won).map(|(row, won)| -row[usize::from(*won)].ln());
        own.sum::<f64>() / 20_000.0
    };
    let proba = |model: &dyn ClassifierModel| model.predict_proba(data.samples()).unwrap();
    let (found, least) = (loss(proba(&model)), loss(proba(&best)));
    assert!(found >= least - 1e-9 && found - least < 2e-4, "{found} against {least}");
    for (a, b) in model.coefficients().iter().zip(&best.coefficients()) {
        assert!((a - b).abs() < 0.03, "{a} against {b}");
    }
    // One pass, told honestly: little above what the best coefficients would have lost.
    let progressive = model.progressive_loss();
    let (mean, points) = (progressive.mean().unwrap(), progressive.points());
    assert!(mean > least && mean - least < 0.01, "{mean} against {least}");
    assert!(points[14].since_last < points[4].mean, "{points:?}");
}

#[test]
fn penalties_leave_few_coefficients() {
    let mut stream = Stream::new(2, "ftrl/sparse", 0);
    let x = Array2::from_shape_simple_fn((3000, 30), || stream.normal());
    let won: Vec<bool> = x.rows().into_iter().map(|r| r[3] + 0.5 * stream.normal() > 0.0).collect();
    let data = Labeled::new(Samples::new(&x).unwrap(), &won).unwrap();
    let model = FtrlClassifier::new().l1(40.0).epochs(1).fit(&data).unwrap();
    let left: Vec<usize> = (0..30).filter(|&i| model.coefficients()[[0, i]] != 0.0).collect();
    assert!(left.contains(&3) && left.len() < 5, "{left:?}");
}

#[test]
fn what_is_refused() {
    let classes = Classes::new(["lost", "won"]).unwrap();
    let schema = Schema::new(vec![Column::real("days")]).unwrap();
    let new = FtrlClassifier::new;
    assert!(new().class_weight(ClassWeight::Balanced).start(&schema, &classes).is_err());
    assert!(new().class_weight(ClassWeight::Custom(vec![1.0; 3])).start(&schema, &classes).is_err());
    assert!(new().start(&schema, &Classes::new(["won"]).unwrap()).is_err());
    let mut model = new().start(&schema, &classes).unwrap();
    let before = model.clone();
    let x = array![[1.0], [2.0]];
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    // Nothing is known yet.
    assert_eq!(model.predict_proba(&samples).unwrap(), array![[0.5, 0.5], [0.5, 0.5]]);
    assert_eq!((model.progressive_loss().mean(), model.progressive_loss().rows()), (None, 0));
    let loaded = FtrlClassifierModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(loaded, model);
    let unknown = Labeled::new(samples.clone(), &["won", "postponed"]).unwrap();
    let message = model.partial_fit(&unknown).unwrap_err().to_string();
    assert!(message.contains("postponed"), "{message}");
    let other = Schema::new(vec![Column::real("weeks")]).unwrap();
    let renamed = Samples::new(&x).unwrap().with_schema(&other).unwrap();
    assert!(model.partial_fit(&Labeled::new(renamed, &["won", "lost"]).unwrap()).is_err());
    assert_eq!(model, before);
    // One class alone, in any spelling order, is a piece like others.
    model.partial_fit(&Labeled::new(samples, &["won", "won"]).unwrap()).unwrap();
    assert!(model.predict_proba(&Samples::new(&x).unwrap()).unwrap()[[0, 1]] > 0.5);
}

#[test]
fn a_damaged_file_does_not_learn_on() {
    let (x, labels, _, schema) = stream_of_rows(30);
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let data = Labeled::new(samples, &labels).unwrap();
    let file = FtrlClassifier::new().fit(&data).unwrap().to_bytes().unwrap();
    for seed in 0..3000 {
        let mut stream = Stream::new(seed, "ftrl/flip", 0);
        let mut damaged = file.clone();
        let bit = stream.below(damaged.len() * 8);
        damaged[bit / 8] ^= 1 << (bit % 8);
        reseal(&mut damaged);
        if let Ok(mut model) = FtrlClassifierModel::from_bytes(&damaged) {
            if model.partial_fit(&data).is_ok() {
                let numbers = model.coefficients().iter().all(|v| v.is_finite());
                assert!(numbers, "seed {seed}");
            }
        }
    }
}

type Ftrl = AsClassifier<FtrlClassifier>;

fn ftrl(estimator: FtrlClassifier) -> Laws<Ftrl> {
    Laws::new(AsClassifier(estimator.alpha(0.2)))
        .random(|e, seed| AsClassifier(e.0.clone().seed(seed)))
        .weights_in_expectation(0.1)
        .weight_scale_matters()
        .categories_accepted()
        .bad("alpha", |e: Ftrl| AsClassifier(e.0.alpha(0.0)))
        .bad("alpha", |e: Ftrl| AsClassifier(e.0.alpha(f64::NAN)))
        .bad("beta", |e: Ftrl| AsClassifier(e.0.beta(-1.0)))
        .bad("l1", |e: Ftrl| AsClassifier(e.0.l1(f64::INFINITY)))
        .bad("l2", |e: Ftrl| AsClassifier(e.0.l2(f64::NAN)))
        .bad("epochs", |e: Ftrl| AsClassifier(e.0.epochs(0)))
        .bad("class_weight", |e: Ftrl| AsClassifier(e.0.class_weight(ClassWeight::Custom(vec![0.0, 1.0]))))
}

laws!(ftrl_laws, ftrl(FtrlClassifier::new()));
laws!(sparse_ftrl_laws, ftrl(FtrlClassifier::new().l1(1.0).epochs(2).class_weight(ClassWeight::Balanced)));
