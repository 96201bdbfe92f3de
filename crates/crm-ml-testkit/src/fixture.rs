//! Numbers of references, as committed scripts write them in JSON; what is `null` there is missing.

use ndarray::{Array1, Array2};
use serde_json::Value;

fn items(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

/// A list of numbers.
pub fn numbers(value: &Value) -> Vec<f64> {
    let number = |v: &Value| match v {
        Value::Null => f64::NAN,
        v => v.as_f64().unwrap_or_else(|| panic!("no number: {v}")),
    };
    items(value).iter().map(number).collect()
}

/// As [`numbers`].
pub fn vector(value: &Value) -> Array1<f64> {
    numbers(value).into()
}

/// A list of rows of one length.
pub fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = items(value).iter().map(numbers).collect();
    let width = rows.first().map_or(0, Vec::len);
    Array2::from_shape_vec((rows.len(), width), rows.concat()).unwrap_or_else(|e| panic!("{e}: {value}"))
}
