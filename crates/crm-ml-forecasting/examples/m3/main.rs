//! Methods on the 3,003 series of the M3 competition: sMAPE, MASE and coverage by period.
//!
//! ```text
//! CRM_ML_DATA=folder cargo run --release -p crm-ml-forecasting --example m3 -- [every n-th series] [methods]
//! ```

mod data;

use std::time::Instant;

use crm_ml_core::{Forecast, Result, Series};
use crm_ml_forecasting::{
    AnyForecaster, AutoArima, AutoEts, AutoForecaster, AutoTheta, Bootstrap, Conformal, Drift, Ensemble, Ets,
    GlobalBoosting, HistoricAverage, Mstl, Naive, SeasonalNaive, Theta, Trend, TrendRegression,
};

const METHODS: [&str; 19] = [
    "naive",
    "seasonal-naive",
    "drift",
    "average",
    "regression",
    "boosting",
    "mstl",
    "simple",
    "holt",
    "theta",
    "dynamic-optimized-theta",
    "auto-theta",
    "auto-ets",
    "auto-arima",
    "bootstrap",
    "ensemble",
    "calibrated",
    "fast",
    "auto",
];

fn method(name: &str, season: usize, steps: usize) -> AnyForecaster {
    let ensemble = || -> AnyForecaster {
        let methods: [AnyForecaster; 2] =
            [AutoEts::new(season).into(), Theta::dynamic_optimized(season).into()];
        Ensemble::new(methods).into()
    };
    match name {
        "naive" => Naive::new().into(),
        "seasonal-naive" => SeasonalNaive::new(season).into(),
        "drift" => Drift::new().into(),
        "average" => HistoricAverage::new().into(),
        "regression" if season < 2 => TrendRegression::new(Trend::PIECEWISE).into(),
        "regression" => TrendRegression::new(Trend::PIECEWISE).season(season as f64, season / 2).into(),
        "mstl" if season > 1 => Mstl::new(&[season], Box::new(AutoEts::new(1).into())).into(),
        "mstl" => AutoEts::new(1).into(),
        "simple" => Ets::simple().into(),
        "holt" => Ets::holt().into(),
        "theta" => Theta::new(season).into(),
        "dynamic-optimized-theta" => Theta::dynamic_optimized(season).into(),
        "auto-theta" => AutoTheta::new(season).into(),
        "auto-ets" => AutoEts::new(season).into(),
        "auto-arima" => AutoArima::new(season).into(),
        "bootstrap" => Bootstrap::new(Box::new(AutoEts::new(season).into())).into(),
        "ensemble" => ensemble(),
        "calibrated" => Conformal::new(Box::new(ensemble()), steps).into(),
        "fast" => AutoForecaster::fast(season).horizon(steps).into(),
        "fast-20" => AutoForecaster::fast(season).horizon(steps).margin(0.2).into(),
        _ => AutoForecaster::new(season).horizon(steps).into(),
    }
}

/// One boosting a part, over all its series.
fn boosting(cases: &[data::Case]) -> Result<Vec<data::Score>> {
    let mut forecasts: Vec<Result<Forecast>> = Vec::with_capacity(cases.len());
    for (period, (_, season, steps)) in data::PERIODS.into_iter().enumerate() {
        let series = cases.iter().filter(|case| case.period == period);
        let series: Vec<Series<'_>> = series
            .map(|case| Ok(Series::new(&case.train)?.named(case.name.as_str())))
            .collect::<Result<_>>()?;
        let model = GlobalBoosting::new(season).calibration(steps).series_id(false).fit(&series)?;
        forecasts.extend(model.forecast(&series, &[data::horizon(period)?])?.into_iter().map(Ok));
    }
    Ok(data::judge(cases, forecasts))
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::var_os("CRM_ML_DATA").ok_or("CRM_ML_DATA is not set")?;
    let mut arguments = std::env::args().skip(1);
    let every: usize = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let asked: Vec<String> = arguments.collect();
    let names = if asked.is_empty() { METHODS.map(str::to_owned).to_vec() } else { asked };
    let cases: Vec<data::Case> = data::read(folder)?.into_iter().step_by(every.max(1)).collect();
    println!(
        "| method | period | series | sMAPE | MASE | 80 % holds | 95 % holds | seconds |\n|---|---|---|---|---|---|---|---|"
    );
    for name in names {
        let start = Instant::now();
        let scores = match name.as_str() {
            "boosting" => boosting(&cases)?,
            _ => data::score(&cases, |season, steps| method(&name, season, steps)),
        };
        let seconds = start.elapsed().as_secs_f64();
        let periods = data::PERIODS.iter().map(|(period, ..)| *period).chain(["all"]);
        for (period, score) in periods.zip(scores) {
            let [narrow, wide] = score.coverage.map(|share| 100.0 * share);
            let failed = if score.failed > 0 { format!(" ({} failed)", score.failed) } else { String::new() };
            println!(
                "| {name} | {period} | {}{failed} | {:.3} | {:.3} | {narrow:.1} | {wide:.1} | {seconds:.1} |",
                score.series, score.smape, score.mase
            );
        }
    }
    Ok(())
}
