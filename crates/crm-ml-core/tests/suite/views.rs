//! The views check their input once, and drop rows of weight 0 at the door.

use crm_ml_core::{
    ClassWeight, Classes, Column, ErrorKind, Labeled, Samples, Schema, Targeted, UNSEEN, Violation,
};
use ndarray::{Array2, array, s};

#[test]
fn shapes_without_cells_are_refused() {
    let no_rows = Array2::<f64>::zeros((0, 3));
    let no_columns = Array2::<f64>::zeros((3, 0));
    assert_eq!(*Samples::new(&no_rows).unwrap_err().kind(), ErrorKind::Empty { dimension: "rows" });
    assert_eq!(*Samples::new(&no_columns).unwrap_err().kind(), ErrorKind::Empty { dimension: "columns" });
}

#[test]
fn an_infinity_is_refused_with_its_place() {
    let mut x = Array2::zeros((10_000, 3));
    x[[9_000, 1]] = f64::NAN;
    x[[9_001, 2]] = f64::NEG_INFINITY;
    let expected = ErrorKind::NotFinite { row: 9_001, column: "x2".into(), value: f64::NEG_INFINITY };
    assert_eq!(*Samples::new(&x).unwrap_err().kind(), expected);
    x[[9_001, 2]] = 0.0;
    let samples = Samples::new(&x).unwrap();
    assert_eq!(samples.first_missing(), Some((9_000, 1)));
    let refused = samples.require_complete("Pca").unwrap_err();
    assert_eq!(refused.to_string(), "Pca takes no missing values: row 9000, column 'x1'");
}

#[test]
fn other_layouts_are_copied_to_row_major() {
    let x = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    for view in [x.t(), x.slice(s![.., ..;2]), x.slice(s![..;-1, ..])] {
        let samples = Samples::new(view).unwrap();
        assert_eq!(samples.dense(), view);
        assert_eq!(samples.cells().len(), view.len());
        assert_eq!(samples.row(1), view.row(1).to_vec());
    }
    let window = x.slice_move(s![1.., ..]);
    assert_eq!(Samples::from_array(window).unwrap().cells(), [4.0, 5.0, 6.0]);
}

#[test]
fn rows_of_weight_zero_are_absent() {
    let x = array![[1.0], [2.0], [3.0], [4.0]];
    let samples = Samples::new(&x).unwrap().with_weights(&[1.0, 0.0, 2.0, 0.5]).unwrap();
    assert_eq!(samples.cells(), [1.0, 3.0, 4.0]);
    assert_eq!(samples.weights(), Some(&[1.0, 2.0, 0.5][..]));
    assert_eq!(samples.total_weight(), 3.5);
    let data = Labeled::new(samples.clone(), &["a", "only here", "b", "a"]).unwrap();
    assert_eq!(data.classes().names(), ["a", "b"]);
    assert_eq!(data.codes(), [0, 1, 0]);
    let data = Labeled::from_values(samples.clone(), &[7.0, 1.0, 3.0, 7.0]).unwrap();
    assert_eq!(data.classes().names(), ["3", "7"]);
    let data = Targeted::new(samples.clone(), &[10.0, 20.0, 30.0, 40.0]).unwrap();
    assert_eq!(data.target(), [10.0, 30.0, 40.0]);
    let twice = samples.with_weights(&[0.0, 1.0, 1.0]).unwrap();
    assert_eq!(Targeted::new(twice, &[10.0, 20.0, 30.0, 40.0]).unwrap().target(), [30.0, 40.0]);
}

#[test]
fn bad_weights_are_refused() {
    let x = array![[1.0], [2.0]];
    let with = |weights: &[f64]| Samples::new(&x).unwrap().with_weights(weights).unwrap_err().kind().clone();
    assert_eq!(with(&[1.0, -1.0]), ErrorKind::InvalidWeight { row: 1, value: -1.0 });
    assert!(matches!(with(&[f64::NAN, 1.0]), ErrorKind::InvalidWeight { row: 0, .. }));
    assert!(matches!(with(&[1.0, f64::INFINITY]), ErrorKind::InvalidWeight { row: 1, .. }));
    assert_eq!(with(&[0.0, 0.0]), ErrorKind::AllWeightsZero);
    assert!(matches!(with(&[1.0]), ErrorKind::LengthMismatch { expected: 2, found: 1, .. }));
    let overflow = Samples::new(&x).unwrap().with_weights(&[1e308, 1e308]).unwrap_err();
    assert_eq!(overflow.to_string(), "the sum of the weights is beyond what a 64-bit float holds");
    assert!(Samples::new(&x).unwrap().with_weights(&[1e308, 1.0]).is_ok());
}

#[test]
fn targets_out_of_domain_are_refused() {
    let x = array![[1.0], [2.0]];
    let samples = || Samples::new(&x).unwrap();
    let row = |kind: &ErrorKind| match kind {
        ErrorKind::InvalidTarget { row, .. } => *row,
        other => panic!("{other:?}"),
    };
    assert_eq!(row(Targeted::new(samples(), &[1.0, f64::NAN]).unwrap_err().kind()), 1);
    assert_eq!(row(Labeled::from_values(samples(), &[f64::INFINITY, 1.0]).unwrap_err().kind()), 0);
    let classes = Classes::new(["no", "yes"]).unwrap();
    assert_eq!(row(Labeled::from_codes(samples(), &[1, 2], &classes).unwrap_err().kind()), 1);
    let short = Labeled::new(samples(), &["a"]).unwrap_err();
    assert_eq!(short.to_string(), "labels: expected 2 values, found 1");
}

#[test]
fn category_cells_are_codes_missing_or_unseen() {
    let x = array![[0.0, 1.5], [UNSEEN, 2.0], [f64::NAN, 2.5], [1.0, 0.0]];
    let schema = |levels: &[&str]| {
        let levels = levels.iter().map(|l| (*l).to_owned()).collect();
        Schema::new(vec![Column::category("country", levels), Column::real("size")]).unwrap()
    };
    assert!(Samples::new(&x).unwrap().with_schema(&schema(&["DE", "FR"])).is_ok());
    let error = Samples::new(&x).unwrap().with_schema(&schema(&["DE"])).unwrap_err();
    assert_eq!(error.to_string(), "row 3, column 'country': 1 is no category code (0 to 0 or -1 for unseen)");
    let named = |name: &str| Schema::new(vec![Column::real(name), Column::real("size")]);
    assert!(matches!(named("size").unwrap_err().kind(), ErrorKind::DuplicateColumn { .. }));
}

#[test]
fn class_order_does_not_depend_on_the_order_of_rows() {
    let (classes, codes) = Classes::encode(&["yes", "no", "maybe", "no"]);
    assert_eq!(classes.names(), ["maybe", "no", "yes"]);
    assert_eq!(codes, [2, 1, 0, 1]);
    let (classes, codes) = Classes::encode_values(&[0.0, 10.0, -0.0, 9.0]).unwrap();
    assert_eq!(classes.names(), ["0", "9", "10"]);
    assert_eq!(codes, [0, 2, 0, 1]);
    assert!(Classes::new(["a", "a"]).is_err());
    assert!(Classes::new(Vec::<String>::new()).is_err());
}

#[test]
fn balanced_class_weights_give_every_class_the_same_total() {
    let x = Array2::zeros((4, 1));
    let samples = Samples::new(&x).unwrap().with_weights(&[1.0, 1.0, 2.0, 4.0]).unwrap();
    let data = Labeled::new(samples, &["a", "a", "a", "b"]).unwrap();
    let weights = ClassWeight::Balanced.row_weights(&data).unwrap().unwrap();
    assert_eq!(weights, [1.0, 1.0, 2.0, 4.0]);
    let weights = ClassWeight::Custom(vec![2.0, 0.5]).row_weights(&data).unwrap().unwrap();
    assert_eq!(weights, [2.0, 2.0, 4.0, 2.0]);
    assert!(ClassWeight::Custom(vec![1.0]).row_weights(&data).is_err());
    assert!(ClassWeight::Custom(vec![1.0, f64::NAN]).row_weights(&data).is_err());
}

#[test]
fn every_violated_rule_is_in_one_error() {
    let error = crm_ml_core::Check::of("Ridge")
        .positive("alpha", f64::INFINITY)
        .range("tol", -1.0, 0.0..)
        .share("subsample", 1.0)
        .between("max_bins", 256, 2, 255)
        .optional_at_least("max_depth", Some(0), 1)
        .finish()
        .unwrap_err();
    let ErrorKind::InvalidParameters { violations, .. } = error.kind() else { panic!("{error:?}") };
    let names: Vec<&str> = violations.iter().map(|v: &Violation| v.parameter.as_str()).collect();
    assert_eq!(names, ["alpha", "tol", "max_bins", "max_depth"]);
}

/// Rows that were dropped for weight 0 keep counting when columns are chosen: errors name rows as given, targets still fit.
#[test]
fn chosen_columns_are_of_the_same_rows() {
    let x = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, f64::NAN], [f64::NAN, 9.0, 1.0]];
    let samples = Samples::new(&x).unwrap().with_weights(&[1.0, 0.0, 2.0, 3.0]).unwrap();
    let chosen = samples.select_columns(&[2, 0]);
    let expected = array![[3.0, 1.0], [f64::NAN, 7.0], [1.0, f64::NAN]];
    assert_eq!(format!("{:?}", chosen.cells()), format!("{:?}", expected.as_slice().unwrap()));
    assert_eq!(chosen.weights(), Some(&[1.0, 2.0, 3.0][..]));
    assert_eq!(chosen.schema().name(0), "x2");
    let refused = chosen.require_complete("Pca").unwrap_err();
    assert_eq!(refused.to_string(), "Pca takes no missing values: row 2, column 'x2'");
    assert_eq!(samples.select_columns(&[1]).first_missing(), None);
    assert_eq!(Targeted::new(chosen, &[1.0, 2.0, 3.0, 4.0]).unwrap().target(), [1.0, 3.0, 4.0]);
    assert_eq!(samples.select_columns(&[]).n_columns(), 0);
}
