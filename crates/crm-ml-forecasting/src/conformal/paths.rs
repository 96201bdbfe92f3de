//! Possible futures, drawn from the errors of the back-test.

use ndarray::Array2;
use statrs::distribution::{ContinuousCDF, Normal};

use crm_ml_core::{ForecastModel, Horizon, Result};

use super::model::ConformalModel;
use crate::SamplePaths;
use crate::paths::{draw, finite};

impl<M: ForecastModel> SamplePaths for ConformalModel<M> {
    /// The forecast and errors drawn from those of the back-test.
    ///
    /// At each step as many paths lie inside an interval as its level says. Errors of either sign are as likely: a few windows that
    /// all err to one side say little of the next one. From step to step errors are as alike as in the back-test (an autoregressive
    /// normal copula).
    fn sample_paths(&self, horizon: &Horizon<'_>, count: usize, seed: u64) -> Result<Array2<f64>> {
        let (mean, widths) = self.calibration.expected(&self.model, horizon)?;
        let (rho, normal) = (self.calibration.correlation(), Normal::standard());
        let paths = draw(horizon, count, (seed, "forecast/paths"), |stream, path| {
            let mut shock = stream.normal();
            for (step, value) in path.iter_mut().enumerate() {
                if step > 0 {
                    shock = rho * shock + (1.0 - rho * rho).sqrt() * stream.normal();
                }
                let size = self.calibration.factor(step, 1.0 - 2.0 * normal.cdf(-shock.abs()));
                let (low, high) = widths[step];
                *value = mean[step] + if shock < 0.0 { -size * low } else { size * high };
            }
        })?;
        finite(paths)
    }
}
