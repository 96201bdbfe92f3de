//! The Theta method and its relatives.

mod engine;
mod model;
mod season;
#[cfg(test)]
mod tests;

use crm_ml_core::{Check, Forecaster, Result, Series};
use serde::{Deserialize, Serialize};

pub use model::ThetaModel;
pub use season::DecompositionType;

use crate::scale::scaled;
use engine::{Best, Problem, fixed_line};
use season::Pattern;

/// A member of the family (Fiorucci et al. 2016).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ThetaKind {
    /// The line of all values, theta 2: the method that won the M3 competition.
    Standard,
    /// The line of all values, theta optimised.
    Optimized,
    /// A line that follows the values, theta 2.
    DynamicStandard,
    /// A line that follows the values, theta optimised.
    DynamicOptimized,
}

impl ThetaKind {
    const ALL: [Self; 4] = [Self::Standard, Self::Optimized, Self::DynamicStandard, Self::DynamicOptimized];

    fn dynamic(self) -> bool {
        matches!(self, Self::DynamicStandard | Self::DynamicOptimized)
    }

    /// The weight of the line where theta is 2.
    fn weight(self) -> Option<f64> {
        matches!(self, Self::Standard | Self::DynamicStandard).then_some(0.5)
    }
}

/// The Theta method: a line and simple exponential smoothing of a curve whose curvature is theta times the series', weighted so that
/// they sum to the series.
///
/// Seasons are taken out first where the autocorrelation at one season is beyond chance at 90 % (seasons of 4 or more, two of them
/// at least), and put back into the forecast. For a given alpha the sum of squares is quadratic in the initial level and the weight
/// of the line; so the fit solves for these and searches alpha alone, in [0.1, 0.99], and finds what statsforecast's simplex looks
/// for (within initial levels of at most twice the largest value; there they are free). As there, errors of the first three values do not count. Intervals are normal, with the exact variance of the recursion
/// (statsforecast simulates 200 paths).
///
/// V. Assimakopoulos, K. Nikolopoulos, The theta model, Int. J. Forecasting 16 (2000); J. Fiorucci et al., Models for optimising the
/// theta method, Int. J. Forecasting 32 (2016). Time and memory O(n). Needs 4 values; missing values and regressors are refused.
///
/// ```
/// use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
/// use crm_ml_forecasting::Theta;
///
/// let line: Vec<f64> = (0..30).map(|t| 10.0 + 2.0 * t as f64).collect();
/// let model = Theta::optimized(1).fit(&Series::new(&line)?)?;
/// let forecast = model.forecast(&Horizon::new(3)?)?;
/// assert!((forecast.mean[2] - 74.0).abs() < 1.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Theta {
    kind: ThetaKind,
    season_length: usize,
    decomposition: DecompositionType,
}

/// The Theta method of the least sum of squares, of the four.
///
/// See [`Theta`]; as in statsforecast, the choice is by the sum of squares of the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AutoTheta {
    season_length: usize,
    decomposition: DecompositionType,
}

const NAME: &str = "Theta";

impl Theta {
    /// The standard method for seasons of that many values (1: without).
    pub fn new(season_length: usize) -> Self {
        Self { kind: ThetaKind::Standard, season_length, decomposition: DecompositionType::default() }
    }

    /// With theta optimised.
    pub fn optimized(season_length: usize) -> Self {
        Self::new(season_length).kind(ThetaKind::Optimized)
    }

    /// With a line that follows the values.
    pub fn dynamic(season_length: usize) -> Self {
        Self::new(season_length).kind(ThetaKind::DynamicStandard)
    }

    /// With theta optimised and a line that follows the values.
    pub fn dynamic_optimized(season_length: usize) -> Self {
        Self::new(season_length).kind(ThetaKind::DynamicOptimized)
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.kind {
            ThetaKind::Standard => "Theta",
            ThetaKind::Optimized => "OptimizedTheta",
            ThetaKind::DynamicStandard => "DynamicTheta",
            ThetaKind::DynamicOptimized => "DynamicOptimizedTheta",
        }
    }

    /// The member of the family.
    pub fn kind(mut self, kind: ThetaKind) -> Self {
        self.kind = kind;
        self
    }

    /// How seasons are taken out.
    pub fn decomposition(mut self, decomposition: DecompositionType) -> Self {
        self.decomposition = decomposition;
        self
    }
}

impl AutoTheta {
    /// For seasons of that many values (1: without).
    pub fn new(season_length: usize) -> Self {
        Self { season_length, decomposition: DecompositionType::default() }
    }

    /// How seasons are taken out.
    pub fn decomposition(mut self, decomposition: DecompositionType) -> Self {
        self.decomposition = decomposition;
        self
    }
}

impl Forecaster for Theta {
    type Model = ThetaModel;

    fn fit(&self, series: &Series<'_>) -> Result<ThetaModel> {
        Check::of(NAME).at_least("season_length", self.season_length, 1).finish()?;
        best(&[self.kind], self.season_length, self.decomposition, series)
    }
}

impl Forecaster for AutoTheta {
    type Model = ThetaModel;

    fn fit(&self, series: &Series<'_>) -> Result<ThetaModel> {
        Check::of("AutoTheta").at_least("season_length", self.season_length, 1).finish()?;
        best(&ThetaKind::ALL, self.season_length, self.decomposition, series)
    }
}

/// The model of the least sum of squares, of some kinds.
fn best(
    kinds: &[ThetaKind],
    m: usize,
    decomposition: DecompositionType,
    series: &Series<'_>,
) -> Result<ThetaModel> {
    series.require_complete(NAME)?;
    series.require_no_regressors(NAME)?;
    series.require_values(NAME, engine::WARM_UP + 1)?;
    let (mut y, scale) = scaled(series.values());
    let pattern = Pattern::of(&y, m, decomposition);
    y.iter_mut().enumerate().for_each(|(i, v)| *v = pattern.take_out(i, *v));
    let mut found: Option<(ThetaKind, Best)> = None;
    for &kind in kinds {
        let solved = Problem::new(&y, kind.dynamic(), kind.weight()).solve();
        if found.is_none_or(|(_, best)| solved.squares < best.squares) {
            found = Some((kind, solved));
        }
    }
    let (kind, found) = found.ok_or_else(|| series.error("", "no Theta model fits"))?;
    ThetaModel::new(series, &y, kind, found, fixed_line(&y), pattern, scale)
}
