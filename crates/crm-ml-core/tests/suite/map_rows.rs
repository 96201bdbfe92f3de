//! Features made row by row are checked as given ones are.

use crm_ml_core::{Classes, Column, ErrorKind, Labeled, Samples, Schema, UNSEEN};
use ndarray::Array2;

fn schema() -> Schema {
    Schema::new(vec![Column::real("x"), Column::category("c", vec!["a".into(), "b".into()])]).unwrap()
}

#[test]
fn equal_to_features_given() {
    let x =
        Array2::from_shape_fn((20_000, 1), |(row, _)| if row % 9001 == 9000 { f64::NAN } else { row as f64 });
    let weights: Vec<f64> = (0..20_000).map(|row| f64::from(u8::from(row != 3))).collect();
    let samples = Samples::new(&x).unwrap().with_weights(weights.as_slice()).unwrap();
    let made = samples
        .map_rows(&schema(), |row, cells, new| {
            new[0] = 2.0 * cells[0];
            new[1] = if row == 5 { UNSEEN } else { (row % 2) as f64 };
        })
        .unwrap();
    let given = Array2::from_shape_fn((19_999, 2), |(row, column)| made.row(row)[column]);
    let given = samples.with_features(given, &schema()).unwrap();
    assert_eq!(made.first_missing(), Some((8999, 0)));
    assert_eq!(made.first_missing(), given.first_missing());
    assert_eq!((made.weights(), made.kept_rows()), (given.weights(), given.kept_rows()));
    assert_eq!(made.schema(), given.schema());
}

#[test]
fn rows_count_as_given_where_others_were_dropped() {
    let x = Array2::<f64>::zeros((3, 1));
    let samples = Samples::new(&x).unwrap().with_weights(&[0.0, 1.0, 1.0]).unwrap();
    let infinite = ErrorKind::NotFinite { row: 2, column: "x".into(), value: f64::INFINITY };
    let invalid = ErrorKind::InvalidCode { row: 2, column: "c".into(), value: 7.0, levels: 2 };
    for (bad, expected) in [([f64::INFINITY, 0.0], infinite), ([0.0, 7.0], invalid)] {
        let cell = |row: usize, column: usize| if row == 1 { bad[column] } else { 0.0 };
        let made = samples.map_rows(&schema(), |row, _, new| {
            new.iter_mut().enumerate().for_each(|(column, new)| *new = cell(row, column));
        });
        assert_eq!(*made.unwrap_err().kind(), expected);
        let given = Array2::from_shape_fn((2, 2), |(row, column)| cell(row, column));
        let error = samples.with_features(given, &schema()).unwrap_err();
        assert!(
            matches!(
                error.kind(),
                ErrorKind::NotFinite { row: 2, .. } | ErrorKind::InvalidCode { row: 2, .. }
            ),
            "{error}"
        );
    }
    let named = Schema::new(vec![Column::category("c", vec!["a".into()])]).unwrap();
    let codes = Array2::from_shape_vec((3, 1), vec![0.0, 0.0, 7.0]).unwrap();
    let samples = Samples::new(&codes).unwrap().with_weights(&[0.0, 1.0, 1.0]).unwrap();
    assert!(matches!(
        samples.clone().with_schema(&named).unwrap_err().kind(),
        ErrorKind::InvalidCode { row: 2, .. }
    ));
    let classes = Classes::new(["no", "yes"]).unwrap();
    let error = Labeled::from_codes(samples, &[0, 1, 2], &classes).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidTarget { row: 2, .. }), "{error}");
}

#[test]
fn bad_cells_are_refused_by_name() {
    let x = Array2::<f64>::zeros((9000, 1));
    let samples = Samples::new(&x).unwrap();
    let made = |value: f64, code: f64| {
        let error = samples.map_rows(&schema(), |row, _, new| {
            (new[0], new[1]) = if row >= 8000 { (value, code) } else { (0.0, 0.0) };
        });
        error.map(|_| ()).map_err(|e| e.kind().clone())
    };
    assert_eq!(made(1.0, f64::NAN), Ok(()));
    let infinite = ErrorKind::NotFinite { row: 8000, column: "x".into(), value: f64::INFINITY };
    assert_eq!(made(f64::INFINITY, 0.0), Err(infinite));
    for value in [0.5, 2.0, -2.0, 1e300] {
        let invalid = ErrorKind::InvalidCode { row: 8000, column: "c".into(), value, levels: 2 };
        assert_eq!(made(0.0, value), Err(invalid.clone()));
        // The same cell given, rather than made.
        let given =
            Array2::from_shape_fn((9000, 2), |(row, c)| if row >= 8000 && c == 1 { value } else { 0.0 });
        let error = Samples::from_array(given).unwrap().with_schema(&schema()).unwrap_err();
        assert_eq!(*error.kind(), invalid);
    }
    assert!(samples.map_rows(&Schema::unnamed(0), |_, _, _| {}).is_err());
}
