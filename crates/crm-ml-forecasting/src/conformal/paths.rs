//! Possible futures, drawn from the errors of the back-test.

use ndarray::Array2;
use statrs::distribution::{ContinuousCDF, Normal};

use crm_ml_core::{Check, Error, ForecastModel, Horizon, Result, Stream, parallel};

use super::model::ConformalModel;

const NAME: &str = "sample_paths";
/// The most values drawn at once: 2 GB.
const MOST_VALUES: usize = 1 << 28;
const PATHS_A_PIECE: usize = 64;

/// What is to reach a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The sum of all steps: a year's revenue.
    Total,
    /// The last step: customers at the end of the year.
    LastStep,
    /// Any of the steps: a capacity.
    AnyStep,
}

impl<M: ForecastModel> ConformalModel<M> {
    /// Possible futures, one a row: the forecast and errors drawn from those of the back-test.
    ///
    /// At each step as many paths lie inside an interval as its level says. Errors of either sign are as likely: a few windows that
    /// all err to one side say little of the next one. From step to step errors are as alike as in the back-test (an autoregressive
    /// normal copula). The same seed gives the same paths, and the first paths of a longer list.
    ///
    /// Errors: no paths, or more than 2^28 values; those of the forecast.
    pub fn sample_paths(&self, horizon: &Horizon<'_>, count: usize, seed: u64) -> Result<Array2<f64>> {
        let steps = horizon.steps();
        Check::of(NAME).between("count", count, 1, MOST_VALUES / steps).finish()?;
        let (mean, widths) = self.calibration.expected(&self.model, horizon)?;
        let (rho, normal) = (self.calibration.correlation(), Normal::standard());
        let mut paths = Array2::zeros((count, steps));
        let buffer = paths.as_slice_mut().unwrap_or_default();
        parallel::fill_rows(buffer, steps, PATHS_A_PIECE, |first, piece| {
            for (row, path) in piece.chunks_exact_mut(steps).enumerate() {
                let mut stream = Stream::new(seed, "forecast/paths", (first + row) as u64);
                let mut shock = stream.normal();
                for (step, value) in path.iter_mut().enumerate() {
                    if step > 0 {
                        shock = rho * shock + (1.0 - rho * rho).sqrt() * stream.normal();
                    }
                    let size = self.calibration.factor(step, 1.0 - 2.0 * normal.cdf(-shock.abs()));
                    let (low, high) = widths[step];
                    *value = mean[step] + if shock < 0.0 { -size * low } else { size * high };
                }
            }
        });
        if paths.iter().all(|value| value.is_finite()) {
            Ok(paths)
        } else {
            Err(Error::numerical("the paths leave the range of numbers"))
        }
    }

    /// The share of `count` sample paths that reach a target or pass it.
    ///
    /// Errors: a target that is NaN, those of [`sample_paths`](Self::sample_paths).
    ///
    /// ```
    /// use crm_ml_core::{Forecaster, Horizon, Series};
    /// use crm_ml_forecasting::{Conformal, Drift, Reach};
    ///
    /// let revenue: Vec<f64> = (0..60).map(|t| 100.0 + f64::from(t) + f64::from(t * 37 % 11)).collect();
    /// let model = Conformal::new(Drift::new(), 6).fit(&Series::new(&revenue)?)?;
    /// let chance = |target| model.probability_of_reaching(target, Reach::Total, &Horizon::new(6)?, 1000, 1);
    /// assert!(chance(900.0)? > 0.99 && chance(1100.0)? < 0.01);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    pub fn probability_of_reaching(
        &self,
        target: f64,
        reach: Reach,
        horizon: &Horizon<'_>,
        count: usize,
        seed: u64,
    ) -> Result<f64> {
        Check::of("probability_of_reaching").rule("target", target, !target.is_nan(), "a number").finish()?;
        let paths = self.sample_paths(horizon, count, seed)?;
        let reached = paths.rows().into_iter().filter(|path| match reach {
            Reach::Total => path.sum() >= target,
            Reach::LastStep => path.iter().last().is_some_and(|value| *value >= target),
            Reach::AnyStep => path.iter().any(|value| *value >= target),
        });
        Ok(reached.count() as f64 / count as f64)
    }
}
