//! Values that errors make.

use super::form::{ErrorType, EtsForm, Smoothing};
use super::recursion::{Kind, for_form};
use super::start::States;

/// Turns the errors of the steps after `states` into values, in place.
pub(super) fn follow_errors(form: EtsForm, by: &Smoothing, states: &States, path: &mut [f64]) {
    for_form!(form, follow(form.error, by, states, path));
}

fn follow<T: Kind, S: Kind>(error: ErrorType, by: &Smoothing, states: &States, values: &mut [f64]) {
    let mut path = states.path;
    let mut ring = states.seasons.clone();
    if ring.is_empty() {
        ring.push(0.0);
    }
    let places = ring.len();
    for (step, value) in values.iter_mut().enumerate() {
        path.step::<T, S>(&mut ring[step % places], by, |forecast| {
            *value = match error {
                ErrorType::Additive => forecast + *value,
                ErrorType::Multiplicative => forecast * (1.0 + *value),
            };
            *value
        });
    }
}
