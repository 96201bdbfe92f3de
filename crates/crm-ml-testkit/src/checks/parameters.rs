//! Laws about parameters.

use crm_ml_core::ErrorKind;
use ndarray::Array2;

use super::{data, fit, output, samples};
use crate::{Laws, Missing, Subject};

/// The estimator fits its family's toy data.
pub fn default_params_fit<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let model = fit(&laws.subject, &toy);
    assert_eq!(output::<S>(&model, &toy.x).nrows(), toy.x.nrows());
}

/// Each parameter out of range is an error that names it, before data is touched: the data here would itself be
/// refused by an estimator that takes no missing values.
pub fn bad_params_are_named<S: Subject>(laws: &Laws<S>) {
    if !laws.parameters {
        assert!(laws.bad.is_empty(), "an estimator of `no_parameters()` has a parameter out of range");
        return;
    }
    assert!(!laws.bad.is_empty(), "name at least one parameter out of range: `.bad(name, ..)`");
    let toy = data();
    let mut x: Array2<f64> = toy.x.clone();
    if laws.missing == Missing::Refused {
        x[[0, 0]] = f64::NAN;
    }
    for (parameter, subject) in &laws.bad {
        let error = subject.fit(samples(&x), S::target(&toy)).err();
        match error.as_ref().map(|e| e.kind()) {
            Some(ErrorKind::InvalidParameters { violations, .. }) => assert!(
                violations.iter().any(|v| v.parameter == *parameter),
                "the error does not name '{parameter}': {violations:?}"
            ),
            other => panic!("'{parameter}' out of range gave {other:?}"),
        }
    }
}

/// Parameters survive serde, and fitting does not edit them.
pub fn params_round_trip<S: Subject>(laws: &Laws<S>) {
    let before = serde_json::to_string(laws.subject.params()).expect("parameters serialise");
    let back: S::Params = serde_json::from_str(&before).expect("parameters deserialise");
    assert_eq!(&back, laws.subject.params());
    fit(&laws.subject, &data());
    assert_eq!(before, serde_json::to_string(laws.subject.params()).expect("parameters serialise"));
}
