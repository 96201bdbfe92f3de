//! Equal to scikit-learn, number by number (see `fixtures/make_reference.py`).

use crm_ml_core::{
    Column, ErrorKind, Labeled, Persist, Samples, Schema, Targeted, Transformer, TransformerModel, UNSEEN,
};
use crm_ml_preprocessing::*;
use crm_ml_testkit::fixture::{matrix, numbers};
use ndarray::Array2;
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("../fixtures/reference.json")).unwrap()
}

fn close(found: &Samples<'_>, expected: &Value, what: &str) {
    let expected = matrix(expected);
    assert_eq!(found.dense().dim(), expected.dim(), "{what}");
    // One column is a million deviations from 0, where rounding is theirs as well as ours.
    let scaler = ["standard", "min", "robust"].iter().any(|start| what.starts_with(start));
    let tolerance = if scaler { 1e-9 } else { 1e-10 };
    for ((place, a), b) in found.dense().indexed_iter().zip(expected.iter()) {
        let same = (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * b.abs().max(1.0);
        assert!(same, "{what} at {place:?}: {a} is not {b}");
    }
}

fn check<T: Transformer>(name: &str, transformer: &T, train: &Samples<'_>, new: &Samples<'_>)
where
    T::Model: Persist + PartialEq + std::fmt::Debug,
{
    let reference = reference();
    let case = &reference["cases"][name];
    let model = transformer.fit(train).unwrap();
    close(&model.transform(train).unwrap(), &case["train"], name);
    close(&model.transform(new).unwrap(), &case["new"], name);
    let bytes = model.to_bytes().unwrap();
    assert_eq!(T::Model::from_bytes(&bytes).unwrap().to_bytes().unwrap(), bytes);
}

#[test]
fn scalers() {
    let reference = reference();
    let (x, new) = (matrix(&reference["x"]), matrix(&reference["new"]));
    let (train, new) = (Samples::new(&x).unwrap(), Samples::new(&new).unwrap());
    let weights = numbers(&reference["weights"]);
    let weighted = train.clone().with_weights(weights.as_slice()).unwrap();
    check("standard", &StandardScaler::new(), &train, &new);
    check("standard_weighted", &StandardScaler::new(), &weighted, &new);
    check("standard_no_mean", &StandardScaler::new().with_mean(false), &train, &new);
    check("standard_no_std", &StandardScaler::new().with_std(false), &train, &new);
    check("min_max", &MinMaxScaler::new(), &train, &new);
    check("min_max_range_clip", &MinMaxScaler::new().feature_range(-2.0, 3.0).clip(true), &train, &new);
    check("robust", &RobustScaler::new(), &train, &new);
    check(
        "robust_10_80",
        &RobustScaler::new().quantile_range(10.0, 80.0).with_centering(false),
        &train,
        &new,
    );
}

#[test]
fn scalers_turn_back() {
    let reference = reference();
    let x = matrix(&reference["x"]);
    let train = Samples::new(&x).unwrap();
    let standard = StandardScaler::new().fit(&train).unwrap();
    close(
        &standard.inverse_transform(&standard.transform(&train).unwrap()).unwrap(),
        &reference["x"],
        "standard",
    );
    let min_max = MinMaxScaler::new().fit(&train).unwrap();
    close(
        &min_max.inverse_transform(&min_max.transform(&train).unwrap()).unwrap(),
        &reference["x"],
        "min-max",
    );
    let robust = RobustScaler::new().fit(&train).unwrap();
    close(&robust.inverse_transform(&robust.transform(&train).unwrap()).unwrap(), &reference["x"], "robust");
}

#[test]
fn imputer() {
    let reference = reference();
    let widen = |x: Array2<f64>, value: f64| {
        let column = Array2::from_elem((x.nrows(), 1), value);
        ndarray::concatenate![ndarray::Axis(1), x, column]
    };
    let (x, new) = (widen(matrix(&reference["x"]), f64::NAN), widen(matrix(&reference["new"]), 1.0));
    let (train, new) = (Samples::new(&x).unwrap(), Samples::new(&new).unwrap());
    let flagged = |strategy| SimpleImputer::new().strategy(strategy).add_indicator(true);
    check("impute_mean", &flagged(Strategy::Mean), &train, &new);
    check("impute_median", &flagged(Strategy::Median), &train, &new);
    check("impute_most_frequent", &flagged(Strategy::MostFrequent), &train, &new);
    check("impute_constant", &SimpleImputer::new().strategy(Strategy::Constant(-7.0)), &train, &new);
    check("impute_keep", &SimpleImputer::new().keep_empty_features(true), &train, &new);
}

/// Codes as category columns; what is no level is unseen, what is missing may be filled.
fn categories(value: &Value, fill: Option<f64>) -> Samples<'static> {
    let levels = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
    let schema =
        Schema::new(vec![Column::category("a", levels(6)), Column::category("b", levels(3))]).unwrap();
    let codes = matrix(value).mapv(|v| {
        if v > 5.0 {
            UNSEEN
        } else if v.is_nan() {
            fill.unwrap_or(v)
        } else {
            v
        }
    });
    Samples::from_array(codes).unwrap().with_schema(&schema).unwrap()
}

#[test]
fn encoders() {
    let reference = reference();
    let (train, new) = (categories(&reference["codes"], None), categories(&reference["codes_new"], None));
    check("one_hot", &OneHotEncoder::new().handle_unknown(Unseen::Ignore), &train, &new);
    check("ordinal", &OrdinalEncoder::new(), &train, &new);
    let (train, new) =
        (categories(&reference["codes"], Some(0.0)), categories(&reference["codes_new"], Some(0.0)));
    check("one_hot_min_frequency", &OneHotEncoder::new().min_frequency(5.0), &train, &new);
    check("one_hot_min_share", &OneHotEncoder::new().min_frequency(0.2), &train, &new);
    check("one_hot_max_categories", &OneHotEncoder::new().max_categories(3), &train, &new);
    check("one_hot_both", &OneHotEncoder::new().min_frequency(3.0).max_categories(4), &train, &new);
}

#[test]
fn target_encoder() {
    let reference = reference();
    let (train, new) = (categories(&reference["codes"], None), categories(&reference["codes_new"], None));
    for (name, smooth) in [("auto", Smooth::Auto), ("weight", Smooth::Weight(4.0))] {
        let encoder = TargetEncoder::new().smooth(smooth);
        for target in ["binary", "multiclass"] {
            let labels = numbers(&reference["targets"][target]);
            let data = Labeled::from_values(train.clone(), labels.as_slice()).unwrap();
            let model = encoder.fit(&data).unwrap();
            let case = &reference["cases"][format!("target_{target}_{name}")];
            close(&model.transform(&train).unwrap(), &case["train"], target);
            close(&model.transform(&new).unwrap(), &case["new"], target);
        }
        let values = numbers(&reference["targets"]["continuous"]);
        let data = Targeted::new(train.clone(), values.as_slice()).unwrap();
        let model = encoder.fit_targeted(&data).unwrap();
        let case = &reference["cases"][format!("target_continuous_{name}")];
        close(&model.transform(&train).unwrap(), &case["train"], "continuous");
        close(&model.transform(&new).unwrap(), &case["new"], "continuous");
        let (_, crossed) = encoder.clone().cv(4).shuffle(false).fit_transform_targeted(&data).unwrap();
        if name == "auto" {
            let case = &reference["cases"]["target_continuous_cross_fitted"];
            close(crossed.samples(), &case["train"], "cross-fitted");
        }
    }
}

#[test]
fn weights_repeat_rows() {
    let x = ndarray::array![[0.0, 1.0], [1.0, 4.0], [2.0, f64::NAN], [1.0, 9.0]];
    let schema =
        Schema::new(vec![Column::category("c", vec!["a".into(), "b".into(), "z".into()]), Column::real("x")]);
    let schema = schema.unwrap();
    let train = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let weighted = train.clone().with_weights(&[2.0, 1.0, 3.0, 1.0][..]).unwrap();
    let repeated = train.select_rows(&[0, 0, 1, 2, 2, 2, 3]);
    let labels = |rows: &[usize]| rows.iter().map(|&row| ["n", "y", "y", "n"][row]).collect::<Vec<_>>();
    let one = Labeled::new(weighted.clone(), &labels(&[0, 1, 2, 3])).unwrap();
    let other = Labeled::new(repeated.clone(), &labels(&[0, 0, 1, 2, 2, 2, 3])).unwrap();
    let (one, other) = (TargetEncoder::new().fit(&one).unwrap(), TargetEncoder::new().fit(&other).unwrap());
    for (a, b) in one.encodings(0).unwrap().iter().zip(other.encodings(0).unwrap()) {
        assert!((a - b).abs() < 1e-12);
    }
    let one = FrequencyEncoder::new().fit(&weighted).unwrap();
    assert_eq!(one.encodings(0), FrequencyEncoder::new().fit(&repeated).unwrap().encodings(0));
    let encoder = OneHotEncoder::new().min_frequency(3.0);
    assert_eq!(encoder.fit(&weighted).unwrap(), encoder.fit(&repeated).unwrap());
    assert_eq!(
        QuantileClipper::default().fit(&weighted).unwrap(),
        QuantileClipper::default().fit(&repeated).unwrap()
    );
}

#[test]
fn encoders_turn_back() {
    let reference = reference();
    let train = categories(&reference["codes"], None);
    let same = |a: &Samples<'_>, b: &Samples<'_>| {
        a.cells().iter().zip(b.cells()).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
    };
    let one_hot = OneHotEncoder::new().fit(&train).unwrap();
    let ordinal = OrdinalEncoder::new().encoded_missing_value(-2.0).fit(&train).unwrap();
    let back = one_hot.inverse_transform(&one_hot.transform(&train).unwrap()).unwrap();
    assert!(same(&back, &train) && back.schema() == train.schema());
    let back = ordinal.inverse_transform(&ordinal.transform(&train).unwrap()).unwrap();
    assert!(same(&back, &train) && back.schema() == train.schema());
    // Rare levels cannot be told apart; a field of which nothing is known is unseen.
    let rare = OneHotEncoder::new().max_categories(3).fit(&train).unwrap();
    let back = rare.inverse_transform(&rare.transform(&train).unwrap()).unwrap();
    assert!(back.cells().iter().zip(train.cells()).any(|(a, b)| *a == UNSEEN && *b >= 0.0));
    assert!(back.cells().iter().zip(train.cells()).all(|(a, b)| a == b || *a == UNSEEN || a.is_nan()));
    assert!(one_hot.inverse_transform(&train).is_err());
}

#[test]
fn missing_values_do_not_become_a_level() {
    let reference = reference();
    let train = categories(&reference["codes"], None);
    let with = |value: f64| OrdinalEncoder::new().encoded_missing_value(value).fit(&train);
    let error = with(0.0).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidParameters { .. }), "{error}");
    assert!(error.to_string().contains("encoded_missing_value is 0, must be none of the numbers"), "{error}");
    assert!(with(5.0).is_err() && with(6.0).is_ok() && with(0.5).is_ok());
}

#[test]
fn unseen_levels_can_be_refused() {
    let schema = Schema::new(vec![Column::category("c", vec!["a".into(), "b".into()])]).unwrap();
    let train = Samples::from_array(ndarray::array![[0.0], [0.0]]).unwrap().with_schema(&schema).unwrap();
    let new = Samples::from_array(ndarray::array![[0.0], [1.0]]).unwrap().with_schema(&schema).unwrap();
    let model = OneHotEncoder::new().handle_unknown(Unseen::Error).fit(&train).unwrap();
    assert_eq!(model.transform(&new).unwrap_err().to_string(), "row 1, column 'c': unknown category 'b'");
    let model = OrdinalEncoder::new().handle_unknown(Unseen::Error).fit(&train).unwrap();
    assert!(model.transform(&new).is_err());
    // Rows count as given, those of weight 0 included.
    let x = ndarray::array![[1.0], [0.0], [1.0]];
    let weighted =
        Samples::new(&x).unwrap().with_weights(&[0.0, 1.0, 1.0]).unwrap().with_schema(&schema).unwrap();
    assert_eq!(
        model.transform(&weighted).unwrap_err().to_string(),
        "row 2, column 'c': unknown category 'b'"
    );
    let model = OrdinalEncoder::new().fit(&train).unwrap();
    assert_eq!(model.transform(&new).unwrap().cells(), [0.0, -1.0]);
}

#[test]
fn statistics_that_overflow_are_an_error_by_name() {
    let x = ndarray::array![[1e300, 1.0], [-1e300, 2.0], [f64::MAX, 3.0], [f64::MIN, 4.0]];
    let samples = Samples::new(&x).unwrap();
    let error = StandardScaler::new().fit(&samples).unwrap_err().to_string();
    assert_eq!(error, "column 'x0': the variance is beyond what a 64-bit float holds");
    assert!(MinMaxScaler::new().fit(&samples).unwrap_err().to_string().contains("'x0': the range"));
}
