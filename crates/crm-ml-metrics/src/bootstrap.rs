//! Confidence intervals for any metric, by drawing rows with replacement.

use crm_ml_core::{Check, Error, ErrorKind, Result, Stream, parallel};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

/// How an interval is read from the metric's values on the resamples (Efron and Tibshirani 1993, chapters 13 and 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum BootstrapMethod {
    /// Their quantiles.
    Percentile,
    /// Twice the estimate minus their quantiles.
    Basic,
    /// Their quantiles at levels corrected for bias and for a spread that changes with the metric (BCa).
    #[default]
    Bca,
}

/// Intervals for any metric that honours weights: a row that is drawn w times has weight w.
///
/// ```
/// use crm_ml_metrics::{Bootstrap, roc_auc};
///
/// let truth: Vec<bool> = (0..200).map(|i| i % 3 == 0).collect();
/// let scores: Vec<f64> = (0..200).map(|i| f64::from(i % 7) + if i % 3 == 0 { 2.0 } else { 0.0 }).collect();
/// let auc = Bootstrap::new().interval(200, |weights| roc_auc(&truth, &scores, Some(weights)))?;
/// assert!(auc.low < auc.estimate && auc.estimate < auc.high);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    resamples: usize,
    level: f64,
    method: BootstrapMethod,
    strata: Option<Vec<u32>>,
    seed: u64,
}

/// A metric with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BootstrapInterval {
    /// The metric of all rows.
    pub estimate: f64,
    /// Standard deviation of the metric over the resamples.
    pub standard_error: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Resamples on which the metric is not defined (say, only one class was drawn); they are left out.
    pub undefined: usize,
}

/// Parts of the rows that are left out in turn for the acceleration of BCa, at most.
const LEFT_OUT: usize = 200;

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 2000, level: 0.95, method: BootstrapMethod::Bca, strata: None, seed: 0 }
    }
}

impl Bootstrap {
    /// 2,000 resamples, level 0.95, BCa, rows drawn from all, seed 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// How often rows are drawn, at least 20.
    pub fn resamples(mut self, resamples: usize) -> Self {
        self.resamples = resamples;
        self
    }

    /// Share of such intervals that hold the true value, above 0 and below 1.
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// How the interval is read.
    pub fn method(mut self, method: BootstrapMethod) -> Self {
        self.method = method;
        self
    }

    /// One code a row: each code keeps its number of rows in every resample, such as classes where one is rare.
    pub fn strata(mut self, codes: &[u32]) -> Self {
        self.strata = Some(codes.to_vec());
        self
    }

    /// Seed of the draws.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The interval of a metric over `rows` rows, which is given one weight a row. Parallel over resamples.
    ///
    /// Who has weights of his own multiplies them with those given. For BCa the metric is evaluated without each row in
    /// turn, without each of 200 parts of the rows where there are more. Errors: parameters, the metric's own on all rows,
    /// a metric that is not finite on all rows, or not defined or not finite on 9 of 10 resamples.
    pub fn interval(
        &self,
        rows: usize,
        metric: impl Fn(&[f64]) -> Result<f64> + Sync + Send,
    ) -> Result<BootstrapInterval> {
        let inside = self.level > 0.0 && self.level < 1.0;
        Check::of("Bootstrap")
            .at_least("resamples", self.resamples, 20)
            .rule("level", self.level, inside, "above 0 and below 1")
            .finish()?;
        if rows == 0 {
            return Err(Error::empty("rows"));
        }
        let strata = self.row_groups(rows)?;
        let estimate = metric(&vec![1.0; rows])?;
        if !estimate.is_finite() {
            return Err(Error::numerical(format!("the metric of all rows is {estimate}")));
        }
        let draw = |resample: usize| {
            let mut stream = Stream::new(self.seed, "bootstrap", resample as u64);
            let mut weights = vec![0.0; rows];
            for group in &strata {
                group.iter().for_each(|_| weights[group[stream.below(group.len())]] += 1.0);
            }
            metric(&weights).ok().filter(|value| value.is_finite())
        };
        let mut values: Vec<f64> = parallel::map(self.resamples, draw).into_iter().flatten().collect();
        let undefined = self.resamples - values.len();
        if values.len() * 10 < self.resamples {
            let what = "resamples on which the metric is defined".to_owned();
            let needed = self.resamples.div_ceil(10);
            return Err(ErrorKind::TooFew { what, needed, found: values.len() }.into());
        }
        values.sort_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        let standard_error = (squares / (values.len() - 1) as f64).sqrt();
        let tail = 0.5 * (1.0 - self.level);
        let (low, high) = match self.method {
            BootstrapMethod::Percentile => (quantile(&values, tail), quantile(&values, 1.0 - tail)),
            BootstrapMethod::Basic => {
                (2.0 * estimate - quantile(&values, 1.0 - tail), 2.0 * estimate - quantile(&values, tail))
            }
            BootstrapMethod::Bca => {
                let at = corrected(&values, estimate, acceleration(rows, &metric));
                (quantile(&values, at(tail)), quantile(&values, at(1.0 - tail)))
            }
        };
        Ok(BootstrapInterval { estimate, standard_error, low, high, undefined })
    }

    /// Rows of each stratum; all rows without strata.
    fn row_groups(&self, rows: usize) -> Result<Vec<Vec<usize>>> {
        let Some(codes) = &self.strata else { return Ok(vec![(0..rows).collect()]) };
        if codes.len() != rows {
            return Err(Error::length("strata", rows, codes.len()));
        }
        let mut order: Vec<usize> = (0..rows).collect();
        order.sort_by_key(|row| codes[*row]);
        Ok(order.chunk_by(|a, b| codes[*a] == codes[*b]).map(<[usize]>::to_vec).collect())
    }
}

/// A quantile of sorted values, linear between neighbours.
fn quantile(values: &[f64], share: f64) -> f64 {
    let place = share.clamp(0.0, 1.0) * (values.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let (low, high) = (values[below], values[(below + 1).min(values.len() - 1)]);
    low + part * (high - low)
}

/// Skewness of the metric's changes when rows are left out, over six; 0 where that is not defined.
fn acceleration(rows: usize, metric: &(impl Fn(&[f64]) -> Result<f64> + Sync + Send)) -> f64 {
    let parts = rows.min(LEFT_OUT);
    let without = |part: usize| {
        let mut weights = vec![1.0; rows];
        // Parts are spread over the rows, which may be in some order.
        weights.iter_mut().skip(part).step_by(parts).for_each(|w| *w = 0.0);
        metric(&weights).ok().filter(|value| value.is_finite())
    };
    let values: Vec<f64> = parallel::map(parts, without).into_iter().flatten().collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let moment = |power: i32| values.iter().map(|v| (mean - v).powi(power)).sum::<f64>();
    let skewness = moment(3) / (6.0 * moment(2).powf(1.5));
    if skewness.is_finite() { skewness } else { 0.0 }
}

/// Levels corrected for bias and acceleration.
fn corrected(values: &[f64], estimate: f64, acceleration: f64) -> impl Fn(f64) -> f64 {
    let below = values.partition_point(|v| *v < estimate) + values.partition_point(|v| *v <= estimate);
    let share = below as f64 / (2 * values.len()) as f64;
    let normal = Normal::standard();
    // An estimate beyond all resamples tells no more than one at their end.
    let end = 0.5 / values.len() as f64;
    let bias = normal.inverse_cdf(share.clamp(end, 1.0 - end));
    move |level| {
        let z = bias + normal.inverse_cdf(level);
        normal.cdf(bias + z / (1.0 - acceleration * z))
    }
}
