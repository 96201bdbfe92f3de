//! Exchange with XGBoost: its models here (numbers by `fixtures/make_xgboost.py`), ours there, and files that are neither.
//!
//! `CRM_ML_PYTHON=python3 cargo test -p crm-ml-trees xgboost`, with a Python that has XGBoost, also lets XGBoost score models that

//! are written here.

use crm_ml_testkit::fixture::numbers;
use std::process::Command;

use crm_ml_core::{Column, ErrorKind, Samples, Schema, Stream};
use crm_ml_trees::{
    Boosting, CategoricalEncoding, Ensemble, Forest, Growth, Importance, Impurity, Logistic, Objective, Part,
    RegressionCriterion, Softmax, Squared, Target, XgboostModel, XgboostObjective,
};
use ndarray::{Array1, Array2};
use proptest::prelude::*;
use serde_json::{Value, json};

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/xgboost.json")).unwrap()
}

fn read(model: &Value) -> crm_ml_core::Result<XgboostModel> {
    XgboostModel::read(model.to_string().as_bytes(), None)
}

/// The rows of the fixture, as many columns as the model has.
fn rows(fixture: &Value, schema: &Schema) -> Samples<'static> {
    let rows: Vec<Vec<f64>> = fixture["x"].as_array().unwrap().iter().map(numbers).collect();
    let x = Array2::from_shape_fn((rows.len(), schema.width()), |(row, column)| rows[row][column]);
    Samples::from_array(x).unwrap().with_schema(schema).unwrap()
}

fn assert_close<'a>(what: &str, found: impl IntoIterator<Item = &'a f64>, expected: &[f64]) {
    let found: Vec<f64> = found.into_iter().copied().collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-5 * expected.abs().max(1.0), "{what}: {found} for {expected}");
    }
}

#[test]
fn xgboosts_models_score_and_explain_here() {
    let fixture = fixture();
    let cases = fixture["cases"].as_object().unwrap();
    assert_eq!(cases.len(), 16);
    for (name, case) in cases {
        let model = read(&case["model"]).unwrap();
        let samples = rows(&fixture, &model.schema);
        let margins = model.ensemble.predict(&samples).unwrap();
        assert_close(name, &margins, &numbers(&case["margins"]));

        let some = samples.select_rows(&(0..10).collect::<Vec<_>>());
        // Ours are rows x columns x outputs, XGBoost's rows x outputs x columns.
        let contributions = model.ensemble.contributions(&some).unwrap().permuted_axes([0, 2, 1]);
        assert_close(name, &contributions, &numbers(&case["contributions"]));

        let expected = |kind: &str| Array1::from(numbers(&case["importances"][kind]));
        let shares = |values: Array1<f64>| {
            let total = values.sum();
            (values / total).to_vec()
        };
        let ours = |importance| model.ensemble.importances(importance);
        assert_close(name, &ours(Importance::Split), &shares(expected("weight")));
        assert_close(name, &ours(Importance::Gain), &shares(expected("total_gain")));
        assert_close(name, &ours(Importance::Cover), &shares(expected("total_cover")));
        // XGBoost's `gain` is the mean over the splits.
        let mean =
            (ours(Importance::Gain) / ours(Importance::Split)).mapv(|v| if v.is_nan() { 0.0 } else { v });
        assert_close(name, &Array1::from(shares(mean)), &shares(expected("gain")));
    }
}

#[test]
fn objectives_and_columns_are_read() {
    let fixture = fixture();
    let of = |name: &str| read(&fixture["cases"][name]["model"]).unwrap();
    assert_eq!(of("logitraw").objective, XgboostObjective::Logistic);
    assert_eq!(of("softmax-forest").objective, XgboostObjective::Softmax);
    assert_eq!(of("softmax-forest").ensemble.trees().len(), 18);
    assert_eq!(of("huber").objective, XgboostObjective::PseudoHuber { slope: 1.5 });
    let XgboostObjective::Quantile { alpha } = of("quantile").objective else { panic!("another objective") };
    assert!((alpha - 0.8).abs() < 1e-6);
    assert!(!of("squared").schema.is_named());
    let model = of("category-sets");
    let names: Vec<&str> = model.schema.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    assert_eq!(model.schema.columns()[3].levels().unwrap(), ["u", "v", "w", "x", "y", "z"]);

    // Columns of the caller's own, if they fit.
    let json = fixture["cases"]["category-sets"]["model"].to_string();
    let with = |schema: Vec<Column>| XgboostModel::read(json.as_bytes(), Some(&Schema::new(schema).unwrap()));
    let levels = |count: usize| (0..count).map(|level| format!("level {level}")).collect();
    let reals = || ["a", "b", "c"].map(Column::real).to_vec();
    let own = |last: Column| reals().into_iter().chain([last]).collect();
    assert_eq!(with(own(Column::category("d", levels(9)))).unwrap().ensemble.n_columns(), 4);
    let error = with(own(Column::category("e", levels(9)))).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ColumnMismatch { position: 3, .. }), "{error}");
    let error = with(own(Column::real("d"))).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ColumnMismatch { position: 3, .. }), "{error}");
    let error = with(own(Column::category("d", levels(2)))).unwrap_err();
    assert!(error.to_string().contains("'d' has more levels"), "{error}");
    let error = with(reals()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WidthMismatch { expected: 4, found: 3 }), "{error}");
}

#[test]
fn what_trees_here_do_not_hold_is_refused_by_name() {
    let fixture = fixture();
    for (word, model) in fixture["refused"].as_object().unwrap() {
        let error = read(model).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{word}: {error}");
        assert!(error.to_string().contains(word.as_str()), "{word}: {error}");
    }
}

/// Cells that single precision holds: two real columns and a category of seven levels, the last of which never occurs.
fn data(seed: u64, rows: usize) -> (Samples<'static>, Stream) {
    let mut stream = Stream::new(seed, "test/xgboost", 0);
    let x = Array2::from_shape_fn((rows, 3), |(_, column)| match column {
        _ if stream.uniform() < 0.15 => f64::NAN,
        2 => stream.below(7) as f64 - 1.0,
        _ => f64::from((stream.normal() * 3.0) as f32),
    });
    let levels = (0..7).map(|level| format!("level {level}")).collect();
    let columns = vec![Column::real("a"), Column::real("b"), Column::category("c", levels)];
    (Samples::from_array(x).unwrap().with_schema(&Schema::new(columns).unwrap()).unwrap(), stream)
}

fn fit(samples: &Samples<'_>, objective: impl Objective, rounds: usize) -> Ensemble {
    let growth = Growth { min_samples_level: 2, max_leaf_nodes: Some(12), ..Growth::default() };
    let boosting = Boosting {
        n_estimators: rounds,
        growth,
        categorical_encoding: CategoricalEncoding::Grouping,
        ..Boosting::default()
    };
    boosting
        .fit(&Part { samples, objective: &objective, weights: None }, None, &())
        .unwrap()
        .booster
        .ensemble()
        .clone()
}

/// Models of all kinds of splits, outputs and base values.
fn models(seed: u64) -> Vec<(XgboostModel, Samples<'static>)> {
    let (samples, mut stream) = data(seed, 400);
    let effect = |row: usize| {
        let cells = samples.row(row);
        // Missing and unseen differ from each other and from all levels.
        let of_level = if cells[2].is_nan() { 4.0 } else { (cells[2] * 2.3).sin() * 3.0 };
        of_level + if cells[0].is_nan() { 2.0 } else { cells[0] }
    };
    let real: Vec<f64> = (0..400).map(|row| effect(row) + 0.3 * stream.normal()).collect();
    let codes: Vec<u32> = real.iter().map(|y| u32::from(*y > 0.0) + u32::from(*y > 3.0)).collect();
    let two: Vec<u32> = codes.iter().map(|code| u32::from(*code > 0)).collect();
    let rare: Vec<u32> = (0..400).map(|row| u32::from(row != 7)).collect();
    let far: Vec<f64> = real.iter().map(|y| 1e5 + y).collect();
    let missing: Vec<f64> = (0..400).map(|row| f64::from(u8::from(samples.row(row)[2].is_nan()))).collect();
    let growth = Growth { max_depth: Some(5), ..Growth::default() };
    let forest = Forest { n_estimators: 5, bootstrap: true, growth, ..Forest::default() };
    [
        (fit(&samples, Squared::new(&real), 10), XgboostObjective::Squared),
        (fit(&samples, Squared::new(&far), 3), XgboostObjective::Squared),
        // Missing against everything else.
        (fit(&samples, Squared::new(&missing), 2), XgboostObjective::Squared),
        (fit(&samples, Squared::new(&[1.25; 400]), 2), XgboostObjective::Absolute),
        (fit(&samples, Squared::new(&real), 4), XgboostObjective::Poisson),
        (fit(&samples, Squared::new(&real), 4), XgboostObjective::Gamma),
        (fit(&samples, Squared::new(&real), 4), XgboostObjective::Tweedie { power: 1.4 }),
        (fit(&samples, Squared::new(&real), 4), XgboostObjective::PseudoHuber { slope: 2.0 }),
        (fit(&samples, Squared::new(&real), 4), XgboostObjective::Quantile { alpha: 0.7 }),
        (fit(&samples, Logistic::new(&two), 10), XgboostObjective::Logistic),
        (fit(&samples, Logistic::new(&rare), 3), XgboostObjective::Logistic),
        // A base score so far from 0 that no base score of single precision gives it, and no tree.
        (fit(&samples, Logistic::new(&[1; 400]), 3), XgboostObjective::Logistic),
        (
            forest
                .fit(&samples, Target::Values(&real, RegressionCriterion::SquaredError), None, &())
                .unwrap(),
            XgboostObjective::Squared,
        ),
        (fit(&samples, Softmax::new(&codes, 3), 5), XgboostObjective::Softmax),
        (fit(&samples, Softmax::new(&[1; 400], 3), 5), XgboostObjective::Softmax),
    ]
    .map(|(ensemble, objective)| {
        (XgboostModel { ensemble, schema: samples.schema().clone(), objective }, samples.clone())
    })
    .into()
}

#[test]
fn what_is_written_reads_as_the_same_model() {
    for seed in 0..4 {
        for (model, samples) in models(seed) {
            let again = XgboostModel::read(model.to_json().unwrap().as_bytes(), Some(&model.schema)).unwrap();
            let expected = model.ensemble.predict(&samples).unwrap();
            // Large values keep the digits of single precision.
            assert_close("margins", &again.ensemble.predict(&samples).unwrap(), expected.as_slice().unwrap());
            let explained = |model: &XgboostModel| model.ensemble.contributions(&samples).unwrap();
            let expected = explained(&model);
            assert_close("contributions", &explained(&again), expected.as_slice().unwrap());
            assert_eq!(again.objective.clone(), single(model.objective));
            // From the second time on nothing is rounded any more.
            let third = XgboostModel::read(again.to_json().unwrap().as_bytes(), Some(&model.schema)).unwrap();
            assert_eq!(third.ensemble.trees().len(), again.ensemble.trees().len());
        }
    }
}

/// An objective with its numbers in single precision.
fn single(objective: XgboostObjective) -> XgboostObjective {
    let single = |value: f64| f64::from(value as f32);
    match objective {
        XgboostObjective::Tweedie { power } => XgboostObjective::Tweedie { power: single(power) },
        XgboostObjective::Quantile { alpha } => XgboostObjective::Quantile { alpha: single(alpha) },
        other => other,
    }
}

#[test]
fn xgboost_scores_and_explains_our_models() {
    let Some(python) = std::env::var_os("CRM_ML_PYTHON") else {
        println!("skipped: CRM_ML_PYTHON names no Python with XGBoost");
        return;
    };
    let folder = std::env::temp_dir().join(format!("crm-ml-xgboost-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (place, (model, samples)) in models(9).into_iter().enumerate() {
        let (file, cells) = (folder.join("model.json"), folder.join("cells.json"));
        std::fs::write(&file, model.to_json().unwrap()).unwrap();
        let x: Vec<Vec<Option<f64>>> = (0..samples.n_rows())
            .map(|row| {
                samples.row(row).iter().map(|cell| Some(*cell).filter(|cell| !cell.is_nan())).collect()
            })
            .collect();
        std::fs::write(&cells, json!({"x": x, "types": ["float", "float", "c"]}).to_string()).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/score_xgboost.py");
        let output = Command::new(&python).arg(script).args([&file, &cells]).output().unwrap();
        assert!(output.status.success(), "model {place}: {}", String::from_utf8_lossy(&output.stderr));
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let what = format!("model {place}");
        let margins = model.ensemble.predict(&samples).unwrap();
        assert_close(&what, &numbers(&found["margins"]), margins.as_slice().unwrap());
        let contributions = model.ensemble.contributions(&samples).unwrap().permuted_axes([0, 2, 1]);
        let contributions: Vec<f64> = contributions.iter().copied().collect();
        assert_close(&what, &numbers(&found["contributions"]), &contributions);
        // And back, as XGBoost saves it.
        let back = XgboostModel::read(found["saved"].to_string().as_bytes(), Some(&model.schema)).unwrap();
        assert_close(&what, &back.ensemble.predict(&samples).unwrap(), margins.as_slice().unwrap());
        assert_eq!(back.objective, single(model.objective));
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_xgboost_cannot_express_is_refused_by_name() {
    // Neighbours that single precision does not tell apart.
    let x = Array2::from_shape_fn((60, 1), |(row, _)| 1e9 + (row / 10) as f64);
    let target: Vec<f64> = (0..60).map(|row| f64::from(row / 10 * 7 % 5)).collect();
    let samples = Samples::new(&x).unwrap();
    let model = |ensemble: Ensemble, schema: Schema, objective| XgboostModel { ensemble, schema, objective };
    let close = fit(&samples, Squared::new(&target), 3);
    let error = model(close, samples.schema().clone(), XgboostObjective::Squared).to_json().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("'x0'"), "{error}");

    let (samples, _) = data(1, 60);
    let codes: Vec<u32> = (0..60).map(|row| row % 2).collect();
    let classes = Target::Classes { codes: &codes, classes: 2, impurity: Impurity::Gini };
    let trees = Forest::default().fit(&samples, classes, None, &()).unwrap();
    let error = model(trees, samples.schema().clone(), XgboostObjective::Squared).to_json().unwrap_err();
    assert!(error.to_string().contains("mean of class shares"), "{error}");

    let boosted = fit(&samples, Squared::new(&target), 3);
    let error =
        model(boosted.clone(), samples.schema().clone(), XgboostObjective::Softmax).to_json().unwrap_err();
    assert!(error.to_string().contains("Softmax"), "{error}");
    let odd = vec![Column::real("a"), Column::real("b[0]"), samples.schema().columns()[2].clone()];
    let error = model(boosted, Schema::new(odd).unwrap(), XgboostObjective::Squared).to_json().unwrap_err();
    assert!(error.to_string().contains("'b[0]'"), "{error}");

    let huge: Vec<f64> = (0..60).map(|row| if row % 2 == 0 { 1e60 } else { -1e60 }).collect();
    let error =
        model(fit(&samples, Squared::new(&huge), 3), samples.schema().clone(), XgboostObjective::Squared);
    assert!(matches!(error.to_json().unwrap_err().kind(), ErrorKind::Unsupported { .. }));
}

/// Small files of the kinds there are, for damage.
fn small_files() -> Vec<String> {
    let fixture = fixture();
    let names = ["logistic", "softprob", "category-sets", "category-one-hot", "quantile"];
    let mut files: Vec<String> =
        names.iter().map(|name| fixture["cases"][*name]["model"].to_string()).collect();
    files.push(models(2)[0].0.to_json().unwrap());
    files
}

#[test]
fn no_truncation_is_a_model() {
    for file in small_files() {
        for length in 0..file.len() {
            let error = XgboostModel::read(&file.as_bytes()[..length], None).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::ModelFile { .. }), "{error}");
        }
    }
}

/// A model that reads must be safe to use.
fn use_it(model: &XgboostModel) {
    model.ensemble.validate().unwrap();
    let width = model.schema.width();
    let cells = Array2::from_shape_fn((3, width), |(row, _)| [0.0, f64::NAN, -1.0][row]);
    let cells = Samples::new(&cells).unwrap();
    model.ensemble.predict(&cells).unwrap();
    model.ensemble.contributions(&cells).unwrap();
    let _ = model.to_json();
}

#[test]
fn what_a_file_claims_is_checked() {
    let fixture = fixture();
    let file = &fixture["cases"]["category-sets"]["model"];
    let tree = "/learner/gradient_booster/model/trees/0";
    let parameters = "/learner/learner_model_param";
    let cases: Vec<(String, Value)> = vec![
        // A cycle, a child of two parents, children out of range, half a leaf.
        (format!("{tree}/left_children/1"), json!(0)),
        (format!("{tree}/left_children/0"), json!(2)),
        (format!("{tree}/right_children/0"), json!(100000)),
        (format!("{tree}/right_children/0"), json!(-7)),
        (format!("{tree}/right_children/0"), json!(-1)),
        (format!("{tree}/left_children"), json!([])),
        (format!("{tree}/split_conditions/0"), json!(1e39)),
        (format!("{tree}/split_conditions/0"), Value::Null),
        (format!("{tree}/sum_hessian/0"), json!("1")),
        (format!("{tree}/split_indices/0"), json!(4)),
        (format!("{tree}/split_indices/0"), json!(4_000_000_000u32)),
        (format!("{tree}/split_indices/0"), json!(-1)),
        (format!("{tree}/default_left"), json!([1])),
        (format!("{tree}/split_type/0"), json!(0)),
        (format!("{tree}/categories_sizes/0"), json!(1000)),
        (format!("{tree}/categories_sizes/0"), json!(u64::MAX)),
        (format!("{tree}/categories_nodes/0"), json!(99)),
        (format!("{tree}/categories/0"), json!(4_000_000_000u32)),
        (format!("{tree}/tree_param/size_leaf_vector"), json!("3")),
        (format!("{parameters}/num_feature"), json!("99999999999")),
        (format!("{parameters}/num_feature"), json!("0")),
        (format!("{parameters}/num_feature"), json!("many")),
        (format!("{parameters}/num_class"), json!("4000000000")),
        (format!("{parameters}/num_target"), json!("2")),
        (format!("{parameters}/base_score"), json!("[1E0]")),
        (format!("{parameters}/base_score"), json!("nan")),
        (format!("{parameters}/base_score"), json!("[0.5,0.5]")),
        ("/learner/gradient_booster/model/tree_info/0".to_owned(), json!(1)),
        ("/learner/gradient_booster/model/tree_info/0".to_owned(), json!(-1)),
        ("/learner/gradient_booster/model/tree_info".to_owned(), json!([])),
        ("/learner/gradient_booster/model/cats/enc/3/offsets/1".to_owned(), json!(1000)),
        ("/learner/gradient_booster/model/cats/enc/3/offsets/1".to_owned(), json!(3)),
        ("/learner/gradient_booster/model/cats/enc/3/values/0".to_owned(), json!(255)),
        ("/learner/feature_names".to_owned(), json!(["a"])),
        ("/learner/feature_names/1".to_owned(), json!("a")),
        ("/learner/feature_types".to_owned(), json!(["c"])),
        ("/learner/feature_types/0".to_owned(), json!("c")),
        ("/learner/objective".to_owned(), json!({"name": "multi:softprob"})),
        ("/learner/objective/name".to_owned(), json!("reg:quantileerror")),
    ];
    for (place, value) in cases {
        let mut file = file.clone();
        *file.pointer_mut(&place).unwrap() = value.clone();
        match read(&file) {
            Err(_) => {}
            // A real column called a category is one of no levels, thresholds of which are sides for all codes.
            Ok(model) => {
                assert_eq!(place, "/learner/feature_types/0", "{value} was accepted");
                use_it(&model);
            }
        }
    }
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert!(XgboostModel::read(deep.as_bytes(), None).is_err());
    // What is not looked at may be anything.
    let deep = file.to_string().replacen("\"attributes\":{}", &format!("\"attributes\":{deep}"), 1);
    use_it(&XgboostModel::read(deep.as_bytes(), None).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Bytes exchanged at random: an error, or a model that is safe to use.
    #[test]
    fn damaged_files_are_errors_or_models(file in 0usize..6, flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        thread_local!(static FILES: Vec<String> = small_files());
        let mut bytes = FILES.with(|files| files[file].clone().into_bytes());
        for (place, byte) in flips {
            // Digits for digits reach further than arbitrary bytes.
            let place = place.index(bytes.len());
            bytes[place] = if bytes[place].is_ascii_digit() { b'0' + byte % 10 } else { byte };
        }
        if let Ok(model) = XgboostModel::read(&bytes, None) {
            use_it(&model);
        }
    }
}
