//! One boosting over all series beside methods that see one series each, on weekly sales of 45 stores' departments.
//!
//! ```text
//! CRM_ML_DATA=folder cargo run --release -p crm-ml-forecasting --example walmart -- [origins] [weeks ahead]
//! ```
//!
//! Series with all 143 weeks; forecasts of `weeks ahead` from each of the last `origins`, so many weeks apart. The error is the
//! mean absolute error with holiday weeks counted five times, as in the competition, and the sum of absolute errors over that of
//! sales.

mod data;

use std::time::Instant;

use crm_ml_core::{Forecast, Horizon, Result, Samples, Series};
use crm_ml_forecasting::{
    AnyForecaster, AutoEts, Ensemble, GlobalBoosting, Mstl, SeasonalNaive, Theta, Trend, TrendRegression,
    forecast_many,
};

const YEAR: usize = 52;

fn local() -> Vec<(&'static str, AnyForecaster)> {
    let mstl = || -> AnyForecaster { Mstl::new(&[YEAR], Box::new(AutoEts::new(1).into())).into() };
    let methods: [AnyForecaster; 2] = [mstl(), SeasonalNaive::new(YEAR).into()];
    vec![
        ("seasonal naive", SeasonalNaive::new(YEAR).into()),
        ("Theta", Theta::new(YEAR).into()),
        ("AutoEts", AutoEts::new(YEAR).into()),
        ("MSTL with AutoEts", mstl()),
        ("regression with waves", TrendRegression::new(Trend::Linear).season(YEAR as f64, 12).into()),
        ("mean of MSTL and seasonal naive", Ensemble::new(methods).into()),
    ]
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::var_os("CRM_ML_DATA").ok_or("CRM_ML_DATA is not set")?;
    let mut arguments = std::env::args().skip(1);
    let origins: usize = arguments.next().map_or(Ok(3), |text| text.parse())?;
    let weeks: usize = arguments.next().map_or(Ok(8), |text| text.parse())?;
    let sales = data::read(folder.as_ref())?;
    println!("{} series, {origins} origins, {weeks} weeks ahead", sales.series.len());
    println!("| method | weighted error | share of sales | seconds |\n|---|---|---|---|");
    for (name, method) in local() {
        let forecaster = |past: &[Series<'static>], horizon: &Horizon<'_>| {
            forecast_many(&method, past, horizon).into_iter().collect::<Result<Vec<_>>>()
        };
        report(name, &sales, origins, weeks, false, forecaster)?;
    }
    let lags: Vec<usize> = (1..=8).chain([YEAR - 1, YEAR, YEAR + 1]).collect();
    let boosting = GlobalBoosting::new(YEAR).lags(&lags);
    report("one boosting over all", &sales, origins, weeks, true, |past, horizon| {
        boosting.fit(past)?.forecast(past, std::slice::from_ref(horizon))
    })?;
    Ok(())
}

/// Runs a method from every origin and prints its errors.
fn report(
    name: &str,
    sales: &data::Sales,
    origins: usize,
    weeks: usize,
    regressors: bool,
    method: impl Fn(&[Series<'static>], &Horizon<'_>) -> Result<Vec<Forecast>>,
) -> Result<()> {
    let start = Instant::now();
    let (mut errors, mut weights, mut absolute, mut sold) = (0.0, 0.0, 0.0, 0.0);
    for origin in (1..=origins).map(|back| data::WEEKS - back * weeks) {
        let known = |rows: std::ops::Range<usize>| -> Samples<'static> {
            sales.holidays.select_rows(&rows.collect::<Vec<_>>())
        };
        let past = sales.series.iter().map(|series| {
            let past = series.window(0..origin)?;
            if regressors { past.with_regressors(known(0..origin)) } else { Ok(past) }
        });
        let past = past.collect::<Result<Vec<_>>>()?;
        let mut horizon = Horizon::new(weeks)?;
        if regressors {
            horizon = horizon.with_regressors(known(origin..origin + weeks))?;
        }
        for (series, forecast) in sales.series.iter().zip(method(&past, &horizon)?) {
            for (step, mean) in forecast.mean.iter().enumerate() {
                let value = series.values()[origin + step];
                let weight = if sales.is_holiday[origin + step] { 5.0 } else { 1.0 };
                errors += weight * (value - mean).abs();
                weights += weight;
                absolute += (value - mean).abs();
                sold += value.abs();
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("| {name} | {:.0} | {:.2} % | {seconds:.1} |", errors / weights, 100.0 * absolute / sold);
    Ok(())
}
