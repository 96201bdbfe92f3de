//! Laws about the shape, order and values of the data.

use crm_ml_core::{Column, ErrorKind, Samples, Schema, UNSEEN};
use ndarray::{Array2, Axis, ShapeBuilder, s};

use super::{
    assert_alike, assert_close, assert_same_bits, bytes, data, fit, fit_xy, output, pick, rows, samples,
    shuffled,
};
use crate::{Laws, Missing, Subject};

/// One row, and one column: a model or an error, no panic.
pub fn one_row_one_column<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let y = S::target(&toy);
    for x in [
        toy.x.slice(s![..1, ..]),
        toy.x.slice(s![.., ..1]),
        toy.x.slice(s![..1, ..1]),
        toy.x.slice(s![..2, ..]),
    ] {
        if let Ok(model) = laws.subject.fit(Samples::new(x).unwrap(), &y[..x.nrows()]) {
            let predicted =
                S::output(&model, &Samples::new(x).unwrap()).expect("a fitted model predicts its data");
            assert!(predicted.iter().all(|v| !v.is_infinite()), "infinite output on {:?}", x.dim());
        }
    }
}

/// NaN is accepted where declared, else refused with row and column, in fitting and in predicting.
pub fn missing_policy<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let mut x = toy.x.clone();
    x[[7, 2]] = f64::NAN;
    x[[9, 0]] = f64::NAN;
    let fitted = laws.subject.fit(samples(&x), S::target(&toy));
    let predicted = S::output(&fit(&laws.subject, &toy), &samples(&x));
    match laws.missing {
        Missing::Accepted => {
            fitted.expect("missing values are accepted in fitting");
            predicted.expect("missing values are accepted in predicting");
            x.column_mut(1).fill(f64::NAN);
            let model =
                laws.subject.fit(samples(&x), S::target(&toy)).expect("an all-missing column is accepted");
            assert!(!output::<S>(&model, &x).iter().any(|v| v.is_infinite()), "infinite output");
        }
        Missing::Refused => {
            let errors =
                if S::TRANSDUCTIVE { vec![fitted.err()] } else { vec![fitted.err(), predicted.err()] };
            for error in errors {
                match error.as_ref().map(|e| e.kind()) {
                    Some(ErrorKind::MissingValue { row: 7, column, .. }) => assert_eq!(column, "x2"),
                    other => panic!("a missing value at row 7, column x2 gave {other:?}"),
                }
            }
        }
    }
}

/// Categories: a level that training has not seen and a missing one are predicted, their neighbours are untouched, the
/// order of the levels means nothing, and a code or a list of levels that the model does not know is refused.
pub fn category_policy<S: Subject>(laws: &Laws<S>) {
    if !laws.categories {
        return;
    }
    const LEVELS: [&str; 5] = ["a", "b", "c", "d", "e"];
    let schema = |levels: [&str; 5]| {
        let category = Column::category("x2", levels.map(String::from).to_vec());
        Schema::new(vec![Column::real("x0"), Column::real("x1"), category, Column::real("x3")]).unwrap()
    };
    let toy = data();
    let known = samples(&toy.x).with_schema(&schema(LEVELS)).unwrap();
    let model = laws.subject.fit(known.clone(), S::target(&toy)).expect("categories fit");
    let expected = S::output(&model, &known).expect("categories are predicted");

    let mut x = toy.x.clone();
    x[[0, 2]] = UNSEEN;
    x[[1, 2]] = if laws.missing == Missing::Accepted { f64::NAN } else { UNSEEN };
    let gaps = samples(&x).with_schema(&schema(LEVELS)).unwrap();
    if !S::TRANSDUCTIVE {
        let predicted = S::output(&model, &gaps).expect("unseen and missing categories are predicted");
        assert!(predicted.iter().all(|v| v.is_finite()), "not finite");
        let rest = |output: &Array2<f64>| output.slice(s![2.., ..]).to_owned();
        assert_close(&rest(&predicted), &rest(&expected), laws.subset, "neighbours of an unseen category");
    }
    laws.subject.fit(gaps, S::target(&toy)).expect("unseen categories fit");

    let reversed = toy.x.column(2).mapv(|code| 4.0 - code);
    let mut x = toy.x.clone();
    x.column_mut(2).assign(&reversed);
    let renumbered = samples(&x).with_schema(&schema(["e", "d", "c", "b", "a"])).unwrap();
    if !S::TRANSDUCTIVE {
        S::output(&model, &renumbered).expect_err("other levels were scored");
    }
    if let Some(tolerance) = laws.order {
        let other = laws.subject.fit(renumbered.clone(), S::target(&toy)).expect("categories fit");
        let renumbered = S::output(&other, &renumbered).unwrap();
        assert_alike::<S>(renumbered, expected, tolerance, "order of levels");
    }
    x[[3, 2]] = 5.0;
    samples(&x).with_schema(&schema(LEVELS)).expect_err("a code without a level was accepted");
}

/// A constant target gives a constant prediction or an error.
pub fn single_class<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let y = vec![0.0; toy.x.nrows()];
    if let Ok(model) = laws.subject.fit(samples(&toy.x), &y) {
        let predicted = output::<S>(&model, &toy.x);
        assert!(predicted.iter().all(|v| v.is_finite()), "not finite");
        if S::SUPERVISED {
            for column in predicted.columns() {
                assert!(column.iter().all(|v| (v - column[0]).abs() < 1e-9), "not constant");
            }
        }
    }
}

/// Data of another width is refused with both widths.
pub fn wrong_width_is_refused<S: Subject>(laws: &Laws<S>) {
    if S::TRANSDUCTIVE {
        return;
    }
    let toy = data();
    let model = fit(&laws.subject, &toy);
    for width in [1, 3] {
        let x = toy.x.slice(s![.., ..width]);
        let error = S::output(&model, &Samples::new(x).unwrap()).expect_err("another width was scored");
        assert_eq!(*error.kind(), ErrorKind::WidthMismatch { expected: 4, found: width });
    }
}

/// Named columns that are renamed or permuted are refused, never scored as others.
pub fn renamed_columns_are_refused<S: Subject>(laws: &Laws<S>) {
    if S::TRANSDUCTIVE {
        return;
    }
    let toy = data();
    let schema = |names: [&str; 4]| Schema::new(names.map(Column::real).to_vec()).unwrap();
    let named = samples(&toy.x).with_schema(&schema(["a", "b", "c", "d"])).unwrap();
    let model = laws.subject.fit(named.clone(), S::target(&toy)).expect("named columns fit");
    S::output(&model, &named).expect("the same columns are accepted");
    for names in [["a", "b", "c", "e"], ["b", "a", "c", "d"]] {
        let other = samples(&toy.x).with_schema(&schema(names)).unwrap();
        let error = S::output(&model, &other).expect_err("renamed columns were scored");
        assert!(matches!(error.kind(), ErrorKind::ColumnMismatch { .. }), "{error}");
    }
}

/// Row-major, column-major, strided and reversed views of the same values give the same bits.
pub fn layouts_give_the_same_bits<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let (n, p) = toy.x.dim();
    let mut fortran = Array2::zeros((n, p).f());
    fortran.assign(&toy.x);
    let mut strided = Array2::zeros((2 * n, 2 * p));
    strided.slice_mut(s![..;2, ..;2]).assign(&toy.x);
    let mut reversed = Array2::zeros((n, p));
    reversed.slice_mut(s![..;-1, ..;-1]).assign(&toy.x);
    let expected = bytes::<S>(&fit(&laws.subject, &toy));
    let expected_output = output::<S>(&fit(&laws.subject, &toy), &toy.x);
    for view in [fortran.view(), strided.slice(s![..;2, ..;2]), reversed.slice(s![..;-1, ..;-1])] {
        let view = Samples::new(view).unwrap();
        let model = laws.subject.fit(view.clone(), S::target(&toy)).expect("the same data fits");
        assert!(bytes::<S>(&model) == expected, "another layout gave another model");
        assert_same_bits(&S::output(&model, &view).unwrap(), &expected_output, "layout");
    }
}

/// Shuffled rows give the same model within the promised tolerance.
pub fn row_order<S: Subject>(laws: &Laws<S>) {
    let Some(tolerance) = laws.order else { return };
    let toy = data();
    let order = shuffled(toy.x.nrows(), 3);
    let x = rows(&toy.x, &order);
    let shuffled = fit_xy(&laws.subject, &x, &pick(S::target(&toy), &order));
    let plain = fit(&laws.subject, &toy);
    let expected = rows(&output::<S>(&plain, &toy.x), &order);
    assert_alike::<S>(expected, output::<S>(&shuffled, &x), tolerance, "row order");
}

/// Shuffled columns give the same outputs within the promised tolerance.
pub fn column_order<S: Subject>(laws: &Laws<S>) {
    let Some(tolerance) = laws.order.filter(|_| laws.column_order) else { return };
    let toy = data();
    let order = [2, 0, 3, 1];
    let x = toy.x.select(Axis(1), &order);
    let plain = output::<S>(&fit(&laws.subject, &toy), &toy.x);
    let permuted = output::<S>(&fit_xy(&laws.subject, &x, S::target(&toy)), &x);
    if plain.ncols() == order.len() && !S::SUPERVISED {
        // A transformer that works column by column gives permuted columns; one that mixes them gives the same.
        let moved = plain.select(Axis(1), &order);
        let fits = [&plain, &moved]
            .iter()
            .any(|e| super::largest_difference(e.view(), permuted.view()) <= tolerance);
        assert!(fits, "permuted columns gave other outputs");
        return;
    }
    assert_alike::<S>(plain, permuted, tolerance, "column order");
}

/// Constant and duplicate columns: finite outputs.
pub fn constant_and_duplicate_columns<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let mut x = toy.x.clone();
    x.column_mut(1).fill(3.0);
    let copy = x.column(0).to_owned();
    x.column_mut(3).assign(&copy);
    let model = fit_xy(&laws.subject, &x, S::target(&toy));
    assert!(output::<S>(&model, &x).iter().all(|v| v.is_finite()), "not finite");
    x.fill(0.0);
    if let Ok(model) = laws.subject.fit(samples(&x), S::target(&toy)) {
        assert!(output::<S>(&model, &x).iter().all(|v| v.is_finite()), "not finite on all-constant data");
    }
}

/// Values from 1e-300 to 1e300, subnormals and large identifiers: finite outputs or an error.
pub fn extreme_magnitudes<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    for scale in [1e-300, 1e300, f64::from_bits(1), 9.3e18] {
        let mut x = toy.x.clone();
        let mut bounded = |v: &mut f64| *v = (*v * scale).clamp(-f64::MAX, f64::MAX);
        x.column_mut(0).iter_mut().for_each(&mut bounded);
        x.column_mut(2).iter_mut().for_each(&mut bounded);
        if let Ok(model) = laws.subject.fit(samples(&x), S::target(&toy)) {
            if let Ok(predicted) = S::output(&model, &samples(&x)) {
                assert!(predicted.iter().all(|v| v.is_finite()), "not finite at scale {scale:e}");
            }
        }
    }
}
