//! Sample paths of the values to come.

use crm_ml_core::{Stream, parallel};

use super::form::{ErrorType, EtsForm, Smoothing};
use super::recursion::{Kind, Path, for_form};

/// Where a simulation starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) form: EtsForm,
    pub(super) by: &'a Smoothing,
    pub(super) path: Path,
    /// From the next step's season on.
    pub(super) seasons: &'a [f64],
    /// Standard deviation of one error.
    pub(super) deviation: f64,
}

/// `count` paths of `steps` values with normal errors. Path `i` has a random stream of its own.
pub(super) fn paths(origin: Origin<'_>, steps: usize, count: usize, seed: u64) -> Vec<Vec<f64>> {
    parallel::map(count, |index| {
        let mut stream = Stream::new(seed, "ets/path", index as u64);
        for_form!(origin.form, one(origin, steps, &mut stream))
    })
}

fn one<T: Kind, S: Kind>(origin: Origin<'_>, steps: usize, stream: &mut Stream) -> Vec<f64> {
    let mut path = origin.path;
    let mut ring = origin.seasons.to_vec();
    if ring.is_empty() {
        ring.push(0.0);
    }
    let places = ring.len();
    (0..steps)
        .map(|step| {
            let error = origin.deviation * stream.normal();
            let mut value = 0.0;
            path.step::<T, S>(&mut ring[step % places], origin.by, |forecast| {
                value = match origin.form.error {
                    ErrorType::Additive => forecast + error,
                    ErrorType::Multiplicative => forecast * (1.0 + error),
                };
                value
            });
            value
        })
        .collect()
}

/// The quantile `share` of ascending values, interpolated as numpy does it.
pub(super) fn quantile(ascending: &[f64], share: f64) -> f64 {
    let place = share * ascending.len().saturating_sub(1) as f64;
    let below = place.floor() as usize;
    match (ascending.get(below), ascending.get(below + 1)) {
        (Some(a), Some(b)) => a + (b - a) * (place - below as f64),
        (Some(a), None) => *a,
        _ => f64::NAN,
    }
}
