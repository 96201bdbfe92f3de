//! Possible futures.

mod recursion;
#[cfg(test)]
mod tests;

use ndarray::{Array2, ArrayView2, Axis};

use crm_ml_core::{Check, Error, Forecast, ForecastModel, Horizon, Interval, Result, Stream, parallel};

pub(crate) use recursion::normal_paths;
pub use recursion::{Forward, Recursion, joint_sample_paths};

/// The most values drawn at once: 2 GB.
const MOST_VALUES: usize = 1 << 28;
const PATHS_A_PIECE: usize = 64;
/// Most values simulated for intervals at once.
const MOST_SIMULATED: usize = 10_000_000;
/// Steps beyond which no intervals are simulated.
pub(crate) const MOST_INTERVALS: usize = 10_000;

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

impl Reach {
    fn reached(self, path: ndarray::ArrayView1<'_, f64>, target: f64) -> bool {
        match self {
            Self::Total => path.sum() >= target,
            Self::LastStep => path.iter().last().is_some_and(|value| *value >= target),
            Self::AnyStep => path.iter().any(|value| *value >= target),
        }
    }
}

/// Models of which possible futures can be drawn.
///
/// With normal errors run through the recursion where a model has one ([`Recursion`]), with errors of the fit drawn again for
/// [`Bootstrap`](crate::Bootstrap), with those of a back-test for [`Conformal`](crate::Conformal).
pub trait SamplePaths: ForecastModel {
    /// `count` possible futures, one a row. The same seed gives the same paths, and the first paths of a longer list.
    ///
    /// Errors: no paths, or more than 2^28 values; regressors that are not those of the fit; a path that leaves the range of
    /// numbers.
    fn sample_paths(&self, horizon: &Horizon<'_>, count: usize, seed: u64) -> Result<Array2<f64>>;

    /// The share of `count` sample paths that reach a target or pass it.
    ///
    /// Errors: a target that is NaN, those of [`sample_paths`](Self::sample_paths).
    ///
    /// ```
    /// use crm_ml_core::{Forecaster, Horizon, Series};
    /// use crm_ml_forecasting::{Conformal, Drift, Reach, SamplePaths};
    ///
    /// let revenue: Vec<f64> = (0..60).map(|t| 100.0 + f64::from(t) + f64::from(t * 37 % 11)).collect();
    /// let model = Conformal::new(Drift::new(), 6).fit(&Series::new(&revenue)?)?;
    /// let chance = |target| model.probability_of_reaching(target, Reach::Total, &Horizon::new(6)?, 1000, 1);
    /// assert!(chance(900.0)? > 0.99 && chance(1100.0)? < 0.01);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    fn probability_of_reaching(
        &self,
        target: f64,
        reach: Reach,
        horizon: &Horizon<'_>,
        count: usize,
        seed: u64,
    ) -> Result<f64> {
        Check::of("probability_of_reaching").rule("target", target, !target.is_nan(), "a number").finish()?;
        let paths = self.sample_paths(horizon, count, seed)?;
        let reached = paths.rows().into_iter().filter(|path| reach.reached(path.view(), target));
        Ok(reached.count() as f64 / count as f64)
    }
}

/// Fills `count` paths of a horizon's steps; each has a random stream of its own, named by the tag.
pub(crate) fn draw(
    horizon: &Horizon<'_>,
    count: usize,
    (seed, tag): (u64, &str),
    path: impl Fn(&mut Stream, &mut [f64]) + Send + Sync,
) -> Result<Array2<f64>> {
    let steps = horizon.steps();
    Check::of("sample_paths").between("count", count, 1, MOST_VALUES / steps).finish()?;
    let mut paths = Array2::zeros((count, steps));
    let buffer = paths.as_slice_mut().unwrap_or_default();
    parallel::fill_rows(buffer, steps, PATHS_A_PIECE, |first, piece| {
        for (row, values) in piece.chunks_exact_mut(steps).enumerate() {
            path(&mut Stream::new(seed, tag, (first + row) as u64), values);
        }
    });
    Ok(paths)
}

/// The paths, if all are finite.
pub(crate) fn finite(paths: Array2<f64>) -> Result<Array2<f64>> {
    if paths.iter().all(|value| value.is_finite()) {
        Ok(paths)
    } else {
        Err(Error::numerical("the paths leave the range of numbers"))
    }
}

/// How many paths of so many steps are simulated where `asked` are wanted. Errors: steps beyond 10,000.
pub(crate) fn path_count(asked: usize, steps: usize) -> Result<usize> {
    if steps > MOST_INTERVALS {
        return Err(Error::unsupported(format!("simulated intervals go {MOST_INTERVALS} steps at most")));
    }
    Ok(asked.min(MOST_SIMULATED / steps))
}

/// One path of so many may leave the range of numbers and be left out: it is beyond any bound, and moves none of them.
const PATHS_A_LOSS: usize = 1000;

/// A forecast with the quantiles of paths as bounds.
///
/// Errors: more than one path in a thousand that leaves the range of numbers, a forecast that is no number.
pub(crate) fn path_intervals(
    mean: Vec<f64>,
    horizon: &Horizon<'_>,
    paths: ArrayView2<'_, f64>,
) -> Result<Forecast> {
    let columns = parallel::map(horizon.steps(), |step| {
        let column = paths.index_axis(Axis(1), step);
        let mut column: Vec<f64> = column.iter().copied().filter(|value| value.is_finite()).collect();
        column.sort_by(f64::total_cmp);
        column
    });
    let left = |column: &Vec<f64>| paths.nrows() - column.len();
    let lost = columns.iter().any(|column| left(column) > paths.nrows() / PATHS_A_LOSS || column.is_empty());
    if lost || mean.iter().any(|value| !value.is_finite()) {
        return Err(Error::numerical("the simulated paths leave the range of numbers"));
    }
    let interval = |&level: &f64| {
        let bound = |share: f64| columns.iter().map(|column| quantile(column, share)).collect();
        let tail = 0.5 - level / 200.0;
        Interval { level, lower: bound(tail), upper: bound(1.0 - tail) }
    };
    Ok(Forecast { mean, intervals: horizon.levels().iter().map(interval).collect() })
}

/// The quantile `share` of ascending values, interpolated as numpy does it.
fn quantile(ascending: &[f64], share: f64) -> f64 {
    let place = share * ascending.len().saturating_sub(1) as f64;
    let below = place.floor() as usize;
    match (ascending.get(below), ascending.get(below + 1)) {
        (Some(a), Some(b)) => {
            let (width, share) = (b - a, place - below as f64);
            if width.is_finite() { a + width * share } else { a * (1.0 - share) + b * share }
        }
        (Some(a), None) => *a,
        _ => f64::NAN,
    }
}
