//! The laws of forecasters.

use std::fmt::Debug;

use crm_ml_core::{
    Calendar, ErrorKind, Forecast, ForecastModel, Forecaster, Frequency, Horizon, Persist, Samples, Series,
    Stream, Timestamp, reseal,
};
use ndarray::Array2;
use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::checks::files::{cut, flip};

/// A forecaster and what it promises.
#[derive(Debug, Clone)]
pub struct ForecastLaws<F> {
    /// The forecaster, for seasons of 12.
    pub forecaster: F,
    /// Parameters out of range, with the name each error must tell.
    pub bad: Vec<(&'static str, F)>,
    /// Whether a missing value is accepted.
    pub missing: bool,
    /// Whether regressors are taken.
    pub regressors: bool,
    /// Largest relative difference of forecasts when the model is applied to the series of its fit.
    pub apply: f64,
}

impl<F> ForecastLaws<F>
where
    F: Forecaster + Clone + Serialize + DeserializeOwned + PartialEq + Debug,
    F::Model: Persist + PartialEq + Debug,
{
    /// The strictest promises: no missing values, no regressors, any sign.
    pub fn new(forecaster: F) -> Self {
        Self { forecaster, bad: Vec::new(), missing: false, regressors: false, apply: 1e-9 }
    }

    /// One parameter out of range; fitting must name it.
    pub fn bad(mut self, parameter: &'static str, spoil: impl Fn(F) -> F) -> Self {
        self.bad.push((parameter, spoil(self.forecaster.clone())));
        self
    }

    /// Missing values are accepted.
    pub fn missing_accepted(mut self) -> Self {
        self.missing = true;
        self
    }

    /// Regressors are taken.
    pub fn regressors_accepted(mut self) -> Self {
        self.regressors = true;
        self
    }

    /// Applying the model to the series of its fit changes forecasts by no more than `tolerance`.
    pub fn apply_within(mut self, tolerance: f64) -> Self {
        self.apply = tolerance;
        self
    }

    /// As many values as steps, all finite; intervals nested and ordered; as many fitted values as values.
    pub fn forecast_contract(&self) {
        for values in [toy(96, 1), toy(60, 2), toy(40, 3)] {
            let series = dated(&values);
            let model = self.forecaster.fit(&series).expect("the forecaster fits the toy series");
            assert_eq!(model.fitted_values().len(), values.len(), "one fitted value a value");
            for steps in [1, 12, 30] {
                let horizon = Horizon::new(steps).and_then(|h| h.with_levels(&[95.0, 50.0, 80.0]));
                let forecast = model.forecast(&horizon.expect("a horizon")).expect("a forecast");
                assert_valid(&forecast, steps);
                assert_eq!(forecast.intervals.len(), 3, "one interval a level");
            }
        }
    }

    /// Each parameter out of range is an error that names it, before the series is looked at.
    pub fn bad_parameters_are_named(&self) {
        let values = [f64::NAN];
        let series = Series::new(&values).expect("a series");
        for (parameter, forecaster) in &self.bad {
            match forecaster.fit(&series).err().as_ref().map(|error| error.kind()) {
                Some(ErrorKind::InvalidParameters { violations, .. }) => {
                    assert!(
                        violations.iter().any(|v| v.parameter == *parameter),
                        "{parameter}: {violations:?}"
                    );
                }
                other => panic!("'{parameter}' out of range gave {other:?}"),
            }
        }
    }

    /// Parameters survive serde.
    pub fn parameters_round_trip(&self) {
        let text = serde_json::to_string(&self.forecaster).expect("parameters serialise");
        let back: F = serde_json::from_str(&text).expect("parameters deserialise");
        assert_eq!(back, self.forecaster);
    }

    /// A missing value is an error that names series and time, or accepted and forecast.
    pub fn missing_policy(&self) {
        let mut values = toy(72, 4);
        values[30] = f64::NAN;
        match (self.missing, self.forecaster.fit(&dated(&values))) {
            (true, fitted) => {
                let horizon = Horizon::new(6).expect("a horizon");
                assert_valid(&fitted.expect("gaps are accepted").forecast(&horizon).expect("a forecast"), 6);
            }
            (false, fitted) => {
                let error = fitted.expect_err("a missing value is refused").to_string();
                assert!(error.contains("series 'toy', 2012-07-01"), "{error}");
            }
        }
    }

    /// Regressors are refused by name, or wanted again for the forecast.
    pub fn regressor_policy(&self) {
        let values = toy(72, 5);
        let known = Array2::from_shape_fn((78, 1), |(row, _)| ((row * 7) % 5) as f64);
        let (past, future) = known.view().split_at(ndarray::Axis(0), 72);
        let series = dated(&values).with_regressors(Samples::new(past).expect("samples")).expect("they fit");
        let horizon = Horizon::new(6).expect("a horizon");
        let with = horizon.clone().with_regressors(Samples::new(future).expect("samples")).expect("they fit");
        if self.regressors {
            let model = self.forecaster.fit(&series).expect("regressors are taken");
            assert!(model.forecast(&horizon).is_err(), "a forecast without the regressors of the fit");
            assert_valid(&model.forecast(&with).expect("a forecast"), 6);
        } else {
            assert!(self.forecaster.fit(&series).is_err(), "regressors are ignored");
        }
        let model = self.forecaster.fit(&dated(&values)).expect("the forecaster fits the toy series");
        assert!(model.forecast(&with).is_err(), "a model without regressors takes them for the forecast");
    }

    /// Short, constant, zero, negative and wildly scaled series: a finite forecast or an error, never a panic.
    pub fn odd_series(&self) {
        let scaled = |scale: f64| toy(48, 6).iter().map(|v| v * scale).collect::<Vec<_>>();
        let mut odd: Vec<Vec<f64>> = (1..30).map(|length| toy(length, 7)).collect();
        odd.extend((1..30).map(|length| vec![5.0; length]));
        odd.push(vec![0.0; 48]);
        odd.push((0..60).map(|t| if t % 12 == 0 { 3.0 } else { 0.0 }).collect());
        odd.push((0..48).map(f64::from).collect());
        odd.push(toy(48, 8).iter().map(|v| -v).collect());
        odd.push(toy(48, 8).iter().map(|v| v - 100.0).collect());
        odd.push((0..48).map(|t| if t == 47 { 1e9 } else { 1.0 }).collect());
        odd.extend([1e-300, 1e-30, 1e30, 1e140, 1e300, f64::MAX / 1e3].map(scaled));
        odd.push(vec![f64::NAN; 24]);
        let horizon = Horizon::new(13).and_then(|h| h.with_levels(&[80.0])).expect("a horizon");
        for values in odd {
            let Ok(model) = self.forecaster.fit(&dated(&values)) else { continue };
            if let Ok(forecast) = model.forecast(&horizon) {
                assert_valid(&forecast, 13);
            }
        }
        // What is ordinary but for its length or flatness must work.
        for values in [vec![5.0; 48], toy(36, 9)] {
            let fitted = self.forecaster.fit(&dated(&values)).expect("an ordinary series fits");
            assert_valid(&fitted.forecast(&horizon).expect("a forecast"), 13);
        }
    }

    /// Many series in parallel: the same bytes at any number of threads, and at every run.
    pub fn same_bits(&self) {
        let many: Vec<Vec<f64>> = (0..8).map(|seed| toy(60, seed)).collect();
        let horizon = Horizon::new(6).and_then(|h| h.with_levels(&[80.0])).expect("a horizon");
        let run = |threads: usize| -> Vec<(Vec<u8>, Forecast)> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a thread pool");
            let one = |values: &Vec<f64>| {
                let model = self.forecaster.fit(&dated(values)).expect("the toy series fits");
                (
                    model.to_bytes().expect("a model can be saved"),
                    model.forecast(&horizon).expect("a forecast"),
                )
            };
            pool.install(|| many.par_iter().map(one).collect())
        };
        let first = run(1);
        for threads in [1, 2, 3, 8] {
            assert!(run(threads) == first, "{threads} threads gave other models");
        }
    }

    /// The model applied to the series of its fit forecasts the same; to a longer one, from its end.
    pub fn apply_keeps_parameters(&self) {
        let values = toy(84, 10);
        let horizon = Horizon::new(6).expect("a horizon");
        let model = self.forecaster.fit(&dated(&values)).expect("the toy series fits");
        let mean = |model: &F::Model| model.forecast(&horizon).expect("a forecast").mean;
        let again = model.apply(&dated(&values)).expect("the series of the fit");
        for (a, b) in mean(&model).iter().zip(&mean(&again)) {
            assert!((a - b).abs() <= self.apply * a.abs().max(1.0), "applied to its own series: {a} and {b}");
        }
        let longer = toy(90, 10);
        let applied = model.apply(&dated(&longer)).expect("a longer series");
        assert_eq!(applied.fitted_values().len(), 90, "one fitted value a value");
        assert!(mean(&applied).iter().all(|v| v.is_finite()));
    }

    /// A loaded model forecasts the same bits, and saving it again gives the same file.
    pub fn save_and_load(&self) {
        let model = self.forecaster.fit(&dated(&toy(72, 11))).expect("the toy series fits");
        let file = model.to_bytes().expect("a model can be saved");
        let loaded = F::Model::from_bytes(&file).expect("a saved model loads");
        assert!(loaded.to_bytes().expect("a model can be saved") == file, "another file");
        let horizon = Horizon::new(9).and_then(|h| h.with_levels(&[95.0])).expect("a horizon");
        assert_eq!(
            loaded.forecast(&horizon).expect("a forecast"),
            model.forecast(&horizon).expect("a forecast")
        );
    }

    /// Damaged files are errors; behind a right checksum, errors or models that forecast without panic.
    pub fn damaged_files(&self) {
        let file = self.forecaster.fit(&dated(&toy(36, 12))).and_then(|model| model.to_bytes());
        let file = file.expect("a model can be saved");
        let horizon = Horizon::new(3).and_then(|h| h.with_levels(&[95.0])).expect("a horizon");
        let series = toy(40, 12);
        let mut look = |damaged: &mut [u8]| {
            assert!(F::Model::from_bytes(damaged).is_err(), "damage was not noticed");
            reseal(damaged);
            if let Ok(model) = F::Model::from_bytes(damaged) {
                let _ = model.forecast(&horizon);
                let _ = model.apply(&dated(&series));
            }
        };
        cut(&file, &mut look);
        flip(&file, &mut look);
    }

    /// Small random series: a forecast that is valid, or an error.
    pub fn no_panic_search(&self) {
        let horizon = Horizon::new(5).and_then(|h| h.with_levels(&[90.0])).expect("a horizon");
        for seed in 0..150 {
            let mut stream = Stream::new(seed, "testkit/series", 0);
            let (length, kind) = (1 + stream.below(40), stream.below(5));
            let value = |stream: &mut Stream| match kind {
                0 => stream.below(3) as f64,
                1 => stream.normal(),
                2 => stream.normal().exp() * 1e6,
                3 => (stream.normal() * 20.0).exp(),
                _ => {
                    if stream.below(5) == 0 {
                        stream.normal()
                    } else {
                        0.0
                    }
                }
            };
            let values: Vec<f64> = (0..length).map(|_| value(&mut stream)).collect();
            if let Ok(model) = self.forecaster.fit(&dated(&values)) {
                if let Ok(forecast) = model.forecast(&horizon) {
                    assert_valid(&forecast, 5);
                }
            }
        }
    }
}

/// Finite means, and intervals that hold each other.
#[track_caller]
fn assert_valid(forecast: &Forecast, steps: usize) {
    assert_eq!(forecast.mean.len(), steps, "one value a step");
    assert!(forecast.mean.iter().all(|v| v.is_finite()), "a forecast that is no number: {:?}", forecast.mean);
    for interval in &forecast.intervals {
        assert_eq!((interval.lower.len(), interval.upper.len()), (steps, steps), "one bound a step");
        assert!(
            interval.lower.iter().zip(&interval.upper).all(|(a, b)| a <= b),
            "bounds out of order: {interval:?}"
        );
    }
    for pair in forecast.intervals.windows(2) {
        let inside = |step: usize| {
            pair[1].lower[step] <= pair[0].lower[step] && pair[0].upper[step] <= pair[1].upper[step]
        };
        assert!(
            pair[0].level < pair[1].level && (0..steps).all(inside),
            "intervals are not nested: {pair:?}"
        );
    }
}

fn dated(values: &[f64]) -> Series<'_> {
    let start = Timestamp::from_ymd(2010, 1, 1).expect("a day");
    let series = Series::new(values).expect("a series").named("toy");
    series.with_calendar(Calendar::new(start, Frequency::MONTHLY))
}

/// Positive monthly values with a trend, a season of 12 and noise.
pub fn toy(length: usize, seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, "testkit/forecast", 0);
    let value = |t: usize| {
        let season = [0.0, -3.0, 2.0, 1.0, 4.0, 6.0, 9.0, 8.0, 3.0, -1.0, -4.0, 5.0][t % 12];
        60.0 + 0.4 * t as f64 + season + stream.normal()
    };
    (0..length).map(value).collect()
}

/// Makes a module with one test a law of forecasters.
#[macro_export]
macro_rules! forecast_laws {
    ($name:ident, $laws:expr) => {
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $crate::forecast_laws!(@tests $laws;
                forecast_contract bad_parameters_are_named parameters_round_trip missing_policy regressor_policy
                odd_series same_bits apply_keeps_parameters save_and_load damaged_files no_panic_search);
        }
    };
    (@tests $laws:expr; $($check:ident)*) => {
        $(#[test]
        fn $check() {
            $laws.$check();
        })*
    };
}
