//! What a back-test found.

use std::fmt;

use crm_ml_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tested;
use crate::quarter::Quarter;

/// A way to forecast a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// The open pipeline: its median.
    Pipeline,
    /// Amounts times the win rates of their stages.
    StageWeighted,
    /// The won revenue of earlier months: the median.
    Statistical,
    /// Pipeline and statistics together.
    Combined,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pipeline, Self::StageWeighted, Self::Statistical, Self::Combined];
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Pipeline => "pipeline",
            Self::StageWeighted => "stage win rates",
            Self::Statistical => "statistical",
            Self::Combined => "combined",
        })
    }
}

/// One quarter forecast on one day.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineBackTestWindow {
    /// The quarter.
    pub quarter: Quarter,
    /// The last day that was known.
    pub as_of: Timestamp,
    /// Days of the quarter that were over.
    pub day: usize,
    /// What was won in the quarter.
    pub actual: f64,
    /// Median of the pipeline's forecast.
    pub pipeline: f64,
    /// Amounts times the win rates of their stages.
    pub stage_weighted: f64,
    /// Median of the statistical forecast, where the method could forecast what was known.
    pub statistical: Option<f64>,
    /// Median of the combination.
    pub combined: f64,
    /// The pipeline's range at each level.
    pub pipeline_ranges: Vec<(f64, f64)>,
    /// The statistical forecast's range at each level.
    pub statistical_ranges: Option<Vec<(f64, f64)>>,
    /// The combination's range at each level.
    pub combined_ranges: Vec<(f64, f64)>,
}

impl PipelineBackTestWindow {
    fn forecast(&self, method: Method) -> Option<f64> {
        match method {
            Method::Pipeline => Some(self.pipeline),
            Method::StageWeighted => Some(self.stage_weighted),
            Method::Statistical => self.statistical,
            Method::Combined => Some(self.combined),
        }
    }

    fn ranges(&self, method: Method) -> Option<&[(f64, f64)]> {
        match method {
            Method::Pipeline => Some(&self.pipeline_ranges),
            Method::StageWeighted => None,
            Method::Statistical => self.statistical_ranges.as_deref(),
            Method::Combined => Some(&self.combined_ranges),
        }
    }
}

/// How a method did.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodMetrics {
    /// Windows with a forecast.
    pub windows: usize,
    /// Sum of absolute errors over the sum of what came.
    pub error: f64,
    /// Sum of errors (forecast less what came) over the sum of what came.
    pub bias: f64,
    /// How often the ranges held what came; none for amounts times win rates.
    pub coverage: Vec<RangeCoverage>,
}

/// How often ranges of a level held what came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RangeCoverage {
    /// Percent.
    pub level: f64,
    /// Share of the windows.
    pub coverage: f64,
    /// Mean width over the mean of what came.
    pub width: f64,
}

/// What a [`PipelineBackTest`](crate::PipelineBackTest) found.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineBackTestReport {
    levels: Vec<f64>,
    windows: Vec<PipelineBackTestWindow>,
    /// Days and the pipeline's weight in a combination.
    weights: Vec<(usize, f64)>,
}

impl PipelineBackTestReport {
    pub(super) fn new(
        levels: Vec<f64>,
        windows: Vec<PipelineBackTestWindow>,
        weights: Vec<(usize, f64)>,
    ) -> Self {
        Self { levels, windows, weights }
    }

    /// The quarters that were forecast, in order of time.
    pub fn windows(&self) -> &[PipelineBackTestWindow] {
        &self.windows
    }

    /// Levels of the ranges, in percent.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// The pipeline's weight in a combination with the statistical forecast when so many days of a quarter are over: by the inverse of mean squared errors on
    /// the nearest day that was tested.
    pub fn weight(&self, day: usize) -> f64 {
        let nearest = self.weights.iter().min_by_key(|(tested, _)| tested.abs_diff(day));
        nearest.map_or(EQUAL, |(_, weight)| *weight)
    }

    /// How a method did on a day of the quarter, or on all of them; `None` where it gave no forecast.
    pub fn metrics(&self, method: Method, day: Option<usize>) -> Option<MethodMetrics> {
        let on = |window: &&PipelineBackTestWindow| day.is_none_or(|day| window.day == day);
        let pairs: Vec<(&PipelineBackTestWindow, f64)> = self
            .windows
            .iter()
            .filter(on)
            .filter_map(|window| Some((window, window.forecast(method)?)))
            .collect();
        if pairs.is_empty() {
            return None;
        }
        let count = pairs.len() as f64;
        let actual: f64 = pairs.iter().map(|(window, _)| window.actual).sum();
        let over = |sum: f64| if actual > 0.0 { sum / actual } else { f64::NAN };
        let coverage = self.levels.iter().enumerate().filter_map(|(place, &level)| {
            let ranges: Option<Vec<(f64, (f64, f64))>> = pairs
                .iter()
                .map(|(window, _)| Some((window.actual, *window.ranges(method)?.get(place)?)))
                .collect();
            let ranges = ranges?;
            let held = ranges.iter().filter(|(actual, (low, high))| low <= actual && actual <= high);
            let width: f64 = ranges.iter().map(|(_, (low, high))| high - low).sum();
            Some(RangeCoverage { level, coverage: held.count() as f64 / count, width: over(width) })
        });
        Some(MethodMetrics {
            windows: pairs.len(),
            error: over(pairs.iter().map(|(window, forecast)| (forecast - window.actual).abs()).sum()),
            bias: over(pairs.iter().map(|(window, forecast)| forecast - window.actual).sum()),
            coverage: coverage.collect(),
        })
    }
}

/// Weights where nothing is known yet.
const EQUAL: f64 = 0.5;
/// Quarters from which on errors count.
const ENOUGH: usize = 2;

/// Squared errors of the two that are combined.
pub(super) struct Weights {
    count: usize,
    pipeline: f64,
    statistical: f64,
}

impl Weights {
    pub(super) fn of<'a>(tested: impl Iterator<Item = &'a Tested>) -> Self {
        let mut sums = Self { count: 0, pipeline: 0.0, statistical: 0.0 };
        for of in tested {
            if let Some(statistical) = &of.statistical {
                sums.count += 1;
                sums.pipeline += (of.pipeline.median() - of.actual).powi(2);
                sums.statistical += (statistical.median() - of.actual).powi(2);
            }
        }
        sums
    }

    /// The share of the pipeline: inverse squared errors.
    pub(super) fn pipeline(&self) -> f64 {
        let both = self.pipeline + self.statistical;
        if self.count < ENOUGH || both <= 0.0 { EQUAL } else { self.statistical / both }
    }
}

impl fmt::Display for PipelineBackTestReport {
    /// A table: for each day and method its error, bias and how often ranges held.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:>4}  {:<16} {:>8} {:>8}", "day", "method", "error", "bias")?;
        for level in &self.levels {
            write!(formatter, " {:>12}", format!("{level} % hold"))?;
        }
        writeln!(formatter)?;
        for (day, _) in &self.weights {
            for method in Method::ALL {
                let Some(of) = self.metrics(method, Some(*day)) else { continue };
                write!(
                    formatter,
                    "{day:>4}  {method:<16} {:>6.1} % {:>+6.1} %",
                    100.0 * of.error,
                    100.0 * of.bias
                )?;
                for held in &of.coverage {
                    write!(formatter, " {:>10.0} %", 100.0 * held.coverage)?;
                }
                writeln!(formatter)?;
            }
        }
        Ok(())
    }
}
