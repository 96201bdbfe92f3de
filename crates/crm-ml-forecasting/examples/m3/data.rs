//! The series of the M3 competition, and forecasts against them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crm_ml_core::{Forecast, ForecastModel, Forecaster, Horizon, Result, Series, parallel};
use crm_ml_metrics::{interval_coverage, seasonal_naive_error, symmetric_mean_absolute_percentage_error};
use flate2::read::MultiGzDecoder;

/// Name, season and horizon of each part.
pub(crate) const PERIODS: [(&str, usize, usize); 4] =
    [("YEARLY", 1, 6), ("QUARTERLY", 4, 8), ("MONTHLY", 12, 18), ("OTHER", 1, 8)];

/// A series with its official split.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// Place in [`PERIODS`].
    pub(crate) period: usize,
    pub(crate) train: Vec<f64>,
    pub(crate) test: Vec<f64>,
}

/// Reads `m3.csv.gz` from a folder.
pub(crate) fn read(folder: impl AsRef<Path>) -> std::io::Result<Vec<Case>> {
    let mut text = String::new();
    MultiGzDecoder::new(File::open(folder.as_ref().join("m3.csv.gz"))?).read_to_string(&mut text)?;
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let ([name, _, period, ..], [.., split, value]) = (cells.as_slice(), cells.as_slice()) else {
            continue;
        };
        let value: f64 = value.trim().parse().unwrap_or(f64::NAN);
        if cases.last().is_none_or(|case| case.name != *name) {
            let period = PERIODS.iter().position(|(known, _, _)| known == period).unwrap_or(3);
            cases.push(Case { name: (*name).to_owned(), period, train: Vec::new(), test: Vec::new() });
        }
        if let Some(case) = cases.last_mut() {
            if *split == "train" { case.train.push(value) } else { case.test.push(value) }
        }
    }
    Ok(cases)
}

/// Means over the series of one part.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Score {
    pub(crate) series: usize,
    pub(crate) failed: usize,
    pub(crate) points: usize,
    pub(crate) smape: f64,
    pub(crate) mase: f64,
    /// Of 80 % and 95 % intervals.
    pub(crate) coverage: [f64; 2],
}

/// What is asked of a part.
pub(crate) fn horizon(period: usize) -> Result<Horizon<'static>> {
    Horizon::new(PERIODS[period].2)?.with_levels(&[80.0, 95.0])
}

/// How a method does on each part, and on all.
pub(crate) fn score<F: Forecaster>(cases: &[Case], method: impl Fn(usize, usize) -> F + Sync) -> Vec<Score> {
    let one = |case: &Case| -> Result<Forecast> {
        let (_, season, steps) = PERIODS[case.period];
        let series = Series::new(&case.train)?.named(case.name.as_str());
        method(season, steps).fit(&series)?.forecast(&horizon(case.period)?)
    };
    judge(cases, parallel::map(cases.len(), |i| one(&cases[i])))
}

/// How forecasts, one a case, do on each part, and on all.
pub(crate) fn judge(cases: &[Case], forecasts: Vec<Result<Forecast>>) -> Vec<Score> {
    let one = |(case, forecast): (&Case, Result<Forecast>)| -> Result<Score> {
        let (forecast, (_, season, steps)) = (forecast?, PERIODS[case.period]);
        let scale = seasonal_naive_error(&case.train, season)?;
        let error: f64 = case.test.iter().zip(&forecast.mean).map(|(y, f)| (y - f).abs()).sum();
        let inside = |i: usize| {
            interval_coverage(&case.test, &forecast.intervals[i].lower, &forecast.intervals[i].upper)
        };
        Ok(Score {
            series: 1,
            failed: 0,
            points: steps,
            smape: symmetric_mean_absolute_percentage_error(&case.test, &forecast.mean)?,
            mase: error / steps as f64 / scale,
            coverage: [inside(0)?, inside(1)?],
        })
    };
    let found: Vec<Result<Score>> = cases.iter().zip(forecasts).map(one).collect();
    let mut scores = vec![Score::default(); PERIODS.len() + 1];
    for (case, found) in cases.iter().zip(&found) {
        for place in [case.period, PERIODS.len()] {
            let total = &mut scores[place];
            match found {
                Err(_) => total.failed += 1,
                Ok(score) => {
                    // As published: sMAPE over all points, MASE over series.
                    let weight = score.points as f64;
                    total.series += 1;
                    total.points += score.points;
                    total.smape += weight * score.smape;
                    total.mase += score.mase;
                    (0..2).for_each(|i| total.coverage[i] += weight * score.coverage[i]);
                }
            }
        }
    }
    for total in &mut scores {
        let (points, series) = (total.points.max(1) as f64, total.series.max(1) as f64);
        total.smape /= points;
        total.mase /= series;
        total.coverage.iter_mut().for_each(|share| *share /= points);
    }
    scores
}
