//! Errors run through a fitted recursion.

use ndarray::Array2;

use crm_ml_core::{Error, ForecastModel, Horizon, Result};

use super::{SamplePaths, draw, finite};
use crate::scale::scaled;

/// Turns the errors of the steps to come into their values, in place.
pub type Forward<'a> = Box<dyn Fn(&mut [f64]) + Send + Sync + 'a>;

/// Models that make each value from those before it and an error of its own.
///
/// Run forward with errors that are drawn, they tell of possible futures. Parameters, seasons and the bends of a trend are taken as
/// known; an average, which has no recursion, is taken as the level that errors scatter around.
///
/// ```
/// use crm_ml_core::{Forecaster, Horizon, Series};
/// use crm_ml_forecasting::{Naive, Recursion};
///
/// let model = Naive::new().fit(&Series::new(&[3.0, 5.0, 4.0])?)?;
/// assert_eq!(model.errors()[1..], [2.0, -1.0]);
/// assert_eq!(model.simulate(&Horizon::new(3)?, &[1.0, 0.0, -2.0])?, [5.0, 5.0, 3.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub trait Recursion: ForecastModel {
    /// The errors of the fit as the recursion takes them (relative ones where errors multiply, those of the logarithm where it is
    /// regressed), one a value; NaN where there is none.
    fn errors(&self) -> Vec<f64>;

    /// Their standard deviation, corrected for the parameters; NaN where values are too few to tell.
    fn error_deviation(&self) -> f64;

    /// The recursion from the last value of the fit on, for a horizon's steps.
    ///
    /// Errors: regressors that are not those of the fit; a method without a recursion.
    fn forward(&self, horizon: &Horizon<'_>) -> Result<Forward<'_>>;

    /// The values that these errors make, one a step. Errors: not one a step, those of [`forward`](Self::forward).
    fn simulate(&self, horizon: &Horizon<'_>, errors: &[f64]) -> Result<Vec<f64>> {
        if errors.len() != horizon.steps() {
            return Err(Error::length("errors", horizon.steps(), errors.len()));
        }
        let mut values = errors.to_vec();
        self.forward(horizon)?(&mut values);
        Ok(values)
    }
}

/// Paths with normal errors, which may leave the range of numbers.
pub(crate) fn normal_paths<M: Recursion>(
    model: &M,
    horizon: &Horizon<'_>,
    count: usize,
    seed: u64,
) -> Result<Array2<f64>> {
    let forward = model.forward(horizon)?;
    let deviation = model.error_deviation();
    if !deviation.is_finite() {
        return Err(Error::numerical("the series is too short, or its values too large, for sample paths"));
    }
    draw(horizon, count, (seed, "forecast/normal"), |stream, path| {
        path.iter_mut().for_each(|error| *error = deviation * stream.normal());
        forward(path);
    })
}

/// Sample paths of several models, one array a model, with errors of their fits drawn at the same times for all of them: what
/// moved them together in the past does so in path after path.
///
/// Each step of a path takes the errors of a time at which every model has one, with replacement; errors are centred and brought to
/// the [`error_deviation`](Recursion::error_deviation), which errors of a fit fall short of. The same seed gives the same paths, and
/// the first paths of a longer list.
///
/// Errors: no models, fits of unequal length, no time at which all have an error, those of [`SamplePaths::sample_paths`].
pub fn joint_sample_paths<M: Recursion>(
    models: &[M],
    horizon: &Horizon<'_>,
    count: usize,
    seed: u64,
) -> Result<Vec<Array2<f64>>> {
    let errors: Vec<Vec<f64>> = models.iter().map(Recursion::errors).collect();
    let first = errors.first().ok_or_else(|| Error::empty("models"))?;
    if let Some(other) = errors.iter().find(|other| other.len() != first.len()) {
        return Err(Error::length("values of a fit", first.len(), other.len()));
    }
    let known = |time: &usize| errors.iter().all(|errors| errors[*time].is_finite());
    let times: Vec<usize> = (0..first.len()).filter(known).collect();
    if times.is_empty() {
        return Err(Error::unsupported("models without errors at the same times have none to draw"));
    }
    let one = |(model, errors): (&M, &Vec<f64>)| {
        let errors: Vec<f64> = times.iter().map(|time| errors[*time]).collect();
        let errors = centred(&errors, model.error_deviation());
        let forward = model.forward(horizon)?;
        // One stream a path and no other draws: the same places for every model.
        draw(horizon, count, (seed, "forecast/bootstrap"), |stream, path| {
            path.iter_mut().for_each(|error| *error = errors[stream.below(errors.len())]);
            forward(path);
        })
        .and_then(finite)
    };
    models.iter().zip(&errors).map(one).collect()
}

/// What is left of errors that are all the same: their rounding.
const ROUNDING: f64 = 1e-10;

/// Errors around 0, of a deviation if it is a number; all 0 where they do not vary.
fn centred(errors: &[f64], deviation: f64) -> Vec<f64> {
    let n = errors.len() as f64;
    let (mut errors, unit) = scaled(errors);
    let mean: f64 = errors.iter().map(|error| error / n).sum();
    errors.iter_mut().for_each(|error| *error -= mean);
    let own = errors.iter().map(|error| error * error / n).sum::<f64>().sqrt();
    let factor = match own > ROUNDING {
        true if deviation.is_finite() => deviation / own,
        true => unit,
        false => 0.0,
    };
    errors.iter_mut().for_each(|error| *error *= factor);
    errors
}

/// Sample paths with normal errors for models with a recursion.
macro_rules! sample_paths {
    ($($model:ty),*) => {
        $(impl SamplePaths for $model {
            fn sample_paths(&self, horizon: &Horizon<'_>, count: usize, seed: u64) -> Result<Array2<f64>> {
                normal_paths(self, horizon, count, seed).and_then(finite)
            }
        })*
    };
}

sample_paths!(
    crate::SimpleModel,
    crate::EtsModel,
    crate::ArimaModel,
    crate::ThetaModel,
    crate::TrendRegressionModel
);

impl<M: Recursion> SamplePaths for crate::MstlModel<M> {
    fn sample_paths(&self, horizon: &Horizon<'_>, count: usize, seed: u64) -> Result<Array2<f64>> {
        normal_paths(self, horizon, count, seed).and_then(finite)
    }
}
