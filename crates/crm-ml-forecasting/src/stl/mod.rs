//! Trend, season and remainder by local regression.

mod loess;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crm_ml_core::{Check, Result, Series};

use loess::Loess;

/// STL: splits a series into a trend, a season that may change slowly, and what is left.
///
/// Source: R. Cleveland, W. Cleveland, J. McRae, I. Terpenning, "STL: A Seasonal-Trend Decomposition Procedure Based on Loess",
/// Journal of Official Statistics 6 (1990). Names and defaults are statsmodels'; results are equal to its.
///
/// Errors: parameters out of range, a missing value, fewer than two seasons. Time O(n w) a pass, with `w` the longest window;
/// memory O(n).
///
/// ```
/// use crm_ml_core::Series;
/// use crm_ml_forecasting::Stl;
///
/// let values: Vec<f64> = (0..48).map(|t| t as f64 + [0.0, 5.0, -2.0, -3.0][t % 4]).collect();
/// let parts = Stl::new(4).decompose(&Series::new(&values)?)?;
/// assert!((parts.seasonal[21] - 5.0).abs() < 1e-9);
/// assert!((parts.trend[21] - 21.0).abs() < 1e-9);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stl {
    period: usize,
    seasonal: usize,
    trend: Option<usize>,
    low_pass: Option<usize>,
    degrees: [usize; 3],
    jumps: [usize; 3],
    robust: bool,
    inner_iter: Option<usize>,
    outer_iter: Option<usize>,
}

/// The parts of a series, which add up to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decomposition {
    /// One a value.
    pub trend: Vec<f64>,
    /// One a value.
    pub seasonal: Vec<f64>,
    /// One a value.
    pub remainder: Vec<f64>,
    /// How much each value counted at last: 1, and less for outliers of a robust fit.
    pub weights: Vec<f64>,
}

impl Stl {
    /// For seasons of `period` values.
    pub fn new(period: usize) -> Self {
        Self {
            period,
            seasonal: 7,
            trend: None,
            low_pass: None,
            degrees: [1; 3],
            jumps: [1; 3],
            robust: false,
            inner_iter: None,
            outer_iter: None,
        }
    }

    /// Seasons that count for one season: odd, at least 3; the more, the steadier the season.
    pub fn seasonal(mut self, window: usize) -> Self {
        self.seasonal = window;
        self
    }

    /// Values that count for one of the trend: odd, more than the period. About 1.5 periods where not set.
    pub fn trend(mut self, window: usize) -> Self {
        self.trend = Some(window);
        self
    }

    /// Values that count for what is taken out of the season as trend: odd, more than the period; the next odd number where not
    /// set.
    pub fn low_pass(mut self, window: usize) -> Self {
        self.low_pass = Some(window);
        self
    }

    /// Degrees, 0 or 1, of the local regressions of season, trend and low pass.
    pub fn degrees(mut self, seasonal: usize, trend: usize, low_pass: usize) -> Self {
        self.degrees = [seasonal, trend, low_pass];
        self
    }

    /// Every how many values season, trend and low pass are regressed; those between are interpolated.
    pub fn jumps(mut self, seasonal: usize, trend: usize, low_pass: usize) -> Self {
        self.jumps = [seasonal, trend, low_pass];
        self
    }

    /// Whether outliers lose their weight.
    pub fn robust(mut self, robust: bool) -> Self {
        self.robust = robust;
        self
    }

    /// Passes between two looks at outliers: 5, or 2 where they lose weight.
    pub fn inner_iter(mut self, iterations: usize) -> Self {
        self.inner_iter = Some(iterations);
        self
    }

    /// Looks at outliers: 0, or 15 where they lose weight.
    pub fn outer_iter(mut self, iterations: usize) -> Self {
        self.outer_iter = Some(iterations);
        self
    }

    fn trend_window(&self) -> usize {
        let least = 1.5 * self.period as f64 / (1.0 - 1.5 / self.seasonal as f64);
        self.trend.unwrap_or_else(|| least.ceil() as usize | 1)
    }

    fn low_pass_window(&self) -> usize {
        self.low_pass.unwrap_or_else(|| (self.period + 1) | 1)
    }

    fn check(&self) -> Result<()> {
        let odd = |check: Check, name: &str, window: usize, least: usize| {
            check.rule(name, window, window % 2 == 1 && window >= least, &format!("odd and at least {least}"))
        };
        let mut check = Check::of("Stl").between("period", self.period, 2, 1_000_000);
        check = odd(check, "seasonal", self.seasonal, 3);
        if check_holds(self.period, self.seasonal) {
            check = odd(check, "trend", self.trend_window(), 3.max(self.period + 1));
            check = odd(check, "low_pass", self.low_pass_window(), 3.max(self.period + 1));
        }
        for (name, degree) in ["seasonal_deg", "trend_deg", "low_pass_deg"].iter().zip(self.degrees) {
            check = check.between(name, degree, 0, 1);
        }
        for (name, jump) in ["seasonal_jump", "trend_jump", "low_pass_jump"].iter().zip(self.jumps) {
            check = check.at_least(name, jump, 1);
        }
        let (inner, outer) = self.iterations();
        check.between("inner_iter", inner, 1, 1000).between("outer_iter", outer, 0, 1000).finish()
    }

    fn iterations(&self) -> (usize, usize) {
        let (inner, outer) = if self.robust { (2, 15) } else { (5, 0) };
        (self.inner_iter.unwrap_or(inner), self.outer_iter.unwrap_or(outer))
    }

    /// Splits a series.
    pub fn decompose(&self, series: &Series<'_>) -> Result<Decomposition> {
        self.check()?;
        series.require_complete("Stl")?;
        series.require_values("Stl", 2 * self.period)?;
        let parts = self.split(series.values());
        match parts.trend.iter().chain(&parts.seasonal).all(|value| value.is_finite()) {
            true => Ok(parts),
            false => Err(series.error("", "its values are too large for Stl")),
        }
    }

    /// Splits values, of which there are two seasons at least.
    pub(crate) fn split(&self, values: &[f64]) -> Decomposition {
        let n = values.len();
        let (inner, outer) = self.iterations();
        let mut passes = Passes::new(self, values);
        let mut weights = vec![1.0; n];
        for look in 0..=outer {
            let robustness = (look > 0).then_some(weights.as_slice());
            for _ in 0..inner {
                passes.pass(values, robustness);
            }
            if look < outer {
                weights = bisquare(values, &passes.trend, &passes.seasonal);
            }
        }
        let Passes { trend, seasonal, .. } = passes;
        let remainder = (0..n).map(|t| values[t] - trend[t] - seasonal[t]).collect();
        Decomposition { trend, seasonal, remainder, weights }
    }
}

fn check_holds(period: usize, seasonal: usize) -> bool {
    (2..=1_000_000).contains(&period) && seasonal >= 3
}

/// The parts as they are refined, and room for a pass.
struct Passes {
    period: usize,
    smoothers: [Loess; 3],
    trend: Vec<f64>,
    seasonal: Vec<f64>,
    detrended: Vec<f64>,
    /// Smoothed subseries, a season longer at both ends.
    cycle: Vec<f64>,
    low: Vec<f64>,
    averages: Vec<f64>,
    subseries: Vec<f64>,
    sub_weights: Vec<f64>,
    sub_smooth: Vec<f64>,
    room: Vec<f64>,
}

impl Passes {
    fn new(stl: &Stl, values: &[f64]) -> Self {
        let n = values.len();
        let windows = [stl.seasonal, stl.trend_window(), stl.low_pass_window()];
        let smoothers =
            [0, 1, 2].map(|i| Loess { window: windows[i], degree: stl.degrees[i], jump: stl.jumps[i] });
        Self {
            period: stl.period,
            smoothers,
            trend: vec![0.0; n],
            seasonal: vec![0.0; n],
            detrended: vec![0.0; n],
            cycle: vec![0.0; n + 2 * stl.period],
            low: vec![0.0; n],
            averages: Vec::new(),
            subseries: Vec::new(),
            sub_weights: Vec::new(),
            sub_smooth: Vec::new(),
            room: Vec::new(),
        }
    }

    fn pass(&mut self, values: &[f64], robustness: Option<&[f64]>) {
        let [_, trend, low_pass] = self.smoothers;
        for ((detrended, value), trend) in self.detrended.iter_mut().zip(values).zip(&self.trend) {
            *detrended = value - trend;
        }
        self.smooth_subseries(robustness);
        moving_average(&self.cycle, self.period, &mut self.averages);
        moving_average(&self.averages, self.period, &mut self.room);
        moving_average(&self.room, 3, &mut self.averages);
        low_pass.smooth(&self.averages, None, &mut self.low, &mut self.room);
        for (t, seasonal) in self.seasonal.iter_mut().enumerate() {
            *seasonal = self.cycle[self.period + t] - self.low[t];
            self.detrended[t] = values[t] - *seasonal;
        }
        trend.smooth(&self.detrended, robustness, &mut self.trend, &mut self.room);
    }

    /// Smooths the values of each place in the season, and continues them by one season at both ends.
    fn smooth_subseries(&mut self, robustness: Option<&[f64]>) {
        let (seasonal, n, period) = (self.smoothers[0], self.detrended.len(), self.period);
        for place in 0..period {
            self.subseries.clear();
            self.subseries.extend(self.detrended[place..].iter().step_by(period));
            let k = self.subseries.len();
            let weights = robustness.map(|robustness| {
                self.sub_weights.clear();
                self.sub_weights.extend(robustness[place..].iter().step_by(period));
                self.sub_weights.as_slice()
            });
            self.sub_smooth.clear();
            self.sub_smooth.resize(k + 2, 0.0);
            seasonal.smooth(&self.subseries, weights, &mut self.sub_smooth[1..=k], &mut self.room);
            let first = (0, seasonal.window.min(k));
            let before = seasonal.at(&self.subseries, weights, -1.0, first, &mut self.room);
            self.sub_smooth[0] = before.unwrap_or(self.sub_smooth[1]);
            let last = (k.saturating_sub(seasonal.window), k);
            let after = seasonal.at(&self.subseries, weights, k as f64, last, &mut self.room);
            self.sub_smooth[k + 1] = after.unwrap_or(self.sub_smooth[k]);
            for (cycle, smooth) in
                self.cycle[place..n + 2 * period].iter_mut().step_by(period).zip(&self.sub_smooth)
            {
                *cycle = *smooth;
            }
        }
    }
}

/// Means of `window` values, shorter by one less.
fn moving_average(values: &[f64], window: usize, averages: &mut Vec<f64>) {
    averages.clear();
    let size = window as f64;
    let mut sum: f64 = values[..window].iter().sum();
    averages.push(sum / size);
    for (enters, leaves) in values[window..].iter().zip(values) {
        sum = sum - leaves + enters;
        averages.push(sum / size);
    }
}

/// Weights that fall to 0 at six median errors.
fn bisquare(values: &[f64], trend: &[f64], seasonal: &[f64]) -> Vec<f64> {
    let errors: Vec<f64> = (0..values.len()).map(|t| (values[t] - trend[t] - seasonal[t]).abs()).collect();
    let mut sorted = errors.clone();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let most = 3.0 * (sorted[n / 2] + sorted[n - n / 2 - 1]);
    let weight = |error: &f64| {
        if *error <= 0.001 * most {
            1.0
        } else if *error <= 0.999 * most {
            (1.0 - (error / most).powi(2)).powi(2)
        } else {
            0.0
        }
    };
    errors.iter().map(weight).collect()
}
