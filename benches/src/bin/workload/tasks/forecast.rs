//! Forecasts of the series of a long table.

use std::path::Path;

use crm_ml::core::{Forecast, Forecaster, Frequency, Horizon, Result, Series, Timestamp};
use crm_ml::forecasting::{
    Arima, AutoArima, AutoEts, AutoForecaster, AutoTheta, Croston, CrostonVariant, Drift, Ets, LongTable,
    Mstl, Naive, Panel, SeasonalNaive, Theta, Trend, TrendRegression, forecast_many,
};

use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::Settings;

const MODELS: &str = "auto, auto-with-arima, naive, seasonal-naive, drift, ses, holt, damped-holt, holt-winters, auto-ets, theta, \
    optimized-theta, dynamic-theta, dynamic-optimized-theta, auto-theta, mstl, arima, auto-arima, regression, croston, sba, tsb";

pub(super) fn forecast(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let panel = read(inputs.series()?)?;
    let model: String = settings.take("model")?.unwrap_or_else(|| "auto-ets".to_owned());
    let steps: usize = settings.take("horizon")?.unwrap_or(12);
    let m: usize = settings.take("season_length")?.unwrap_or(1);
    let levels: String = settings.take("levels")?.unwrap_or_default();
    let order = if model == "arima" { arima(settings, m)? } else { Arima::new(0, 1, 1) };
    settings.finish("forecast")?;
    let levels: Vec<f64> = levels
        .split(',')
        .filter(|text| !text.is_empty())
        .map(str::parse)
        .collect::<std::result::Result<_, _>>()?;
    let horizon = Horizon::new(steps)?.with_levels(&levels)?;
    report.set("series", panel.series().len());
    report.set("values", panel.series().iter().map(Series::len).sum::<usize>());
    let mut job = Job { series: panel.series(), horizon: &horizon, report };
    match model.as_str() {
        "auto" => job.run(&AutoForecaster::fast(m)),
        "auto-with-arima" => job.run(&AutoForecaster::new(m)),
        "drift" => job.run(&Drift::new()),
        "regression" if m < 2 => job.run(&TrendRegression::new(Trend::PIECEWISE)),
        "regression" => job.run(&TrendRegression::new(Trend::PIECEWISE).season(m as f64, m / 2)),
        "croston" => job.run(&Croston::new()),
        "sba" => job.run(&Croston::new().variant(CrostonVariant::Sba)),
        "tsb" => job.run(&Croston::new().variant(CrostonVariant::Tsb)),
        "naive" => job.run(&Naive::new()),
        "seasonal-naive" => job.run(&SeasonalNaive::new(m)),
        "ses" => job.run(&Ets::simple()),
        "holt" => job.run(&Ets::holt()),
        "damped-holt" => job.run(&Ets::holt().damped(true)),
        "holt-winters" => job.run(&Ets::holt_winters(m)),
        "auto-ets" => job.run(&AutoEts::new(m)),
        "theta" => job.run(&Theta::new(m)),
        "optimized-theta" => job.run(&Theta::optimized(m)),
        "dynamic-theta" => job.run(&Theta::dynamic(m)),
        "dynamic-optimized-theta" => job.run(&Theta::dynamic_optimized(m)),
        "auto-theta" => job.run(&AutoTheta::new(m)),
        "mstl" => job.run(&Mstl::new(&[m], AutoEts::new(1))),
        "arima" => job.run(&order),
        "auto-arima" => job.run(&AutoArima::new(m)),
        _ => Err(format!("--set model={model}: expected one of {MODELS}").into()),
    }
}

/// `order` and `seasonal_order`, three counts each.
fn arima(settings: &mut Settings, season: usize) -> Outcome<Arima> {
    let mut counts = |name: &str, default: &str| -> Outcome<[usize; 3]> {
        let text: String = settings.take(name)?.unwrap_or_else(|| default.to_owned());
        let counts: Vec<usize> = text.split(',').map(str::parse).collect::<std::result::Result<_, _>>()?;
        counts.try_into().map_err(|_| format!("--set {name}={text}: expected three counts").into())
    };
    let [p, d, q] = counts("order", "0,1,1")?;
    let [seasonal_p, seasonal_d, seasonal_q] = counts("seasonal_order", "0,0,0")?;
    Ok(Arima::new(p, d, q).seasonal(seasonal_p, seasonal_d, seasonal_q, season.max(1)))
}

/// Series and what is wanted of them.
struct Job<'a> {
    series: &'a [Series<'static>],
    horizon: &'a Horizon<'a>,
    report: &'a mut Report,
}

impl Job<'_> {
    /// Fits and forecasts inside `fit_seconds`: no model is kept, so there is nothing to time apart.
    fn run<F: Forecaster>(&mut self, forecaster: &F) -> Outcome<()> {
        let forecasts = self.report.time_fit(|| Ok(forecast_many(forecaster, self.series, self.horizon)))?;
        self.report.set("failed", forecasts.iter().filter(|forecast| forecast.is_err()).count());
        if let Some(error) = forecasts.iter().find_map(|forecast| forecast.as_ref().err()) {
            self.report.set("first_error", error.to_string());
        }
        self.write(&forecasts)
    }

    /// `forecast.csv`: one row a series and step, from step 1; none for series that failed.
    fn write(&self, forecasts: &[Result<Forecast>]) -> Outcome<()> {
        let mut file = csv::Writer::from_path(self.report.path("forecast.csv"))?;
        let mut head = vec!["unique_id".to_owned(), "step".to_owned(), "mean".to_owned()];
        for level in self.horizon.levels() {
            head.extend([format!("lo{level}"), format!("hi{level}")]);
        }
        file.write_record(&head)?;
        for (series, forecast) in self.series.iter().zip(forecasts) {
            let Ok(forecast) = forecast else { continue };
            for (step, mean) in forecast.mean.iter().enumerate() {
                let mut row = vec![series.name().to_owned(), (step + 1).to_string(), mean.to_string()];
                for interval in &forecast.intervals {
                    row.extend([interval.lower[step].to_string(), interval.upper[step].to_string()]);
                }
                file.write_record(&row)?;
            }
        }
        Ok(file.flush()?)
    }
}

/// Reads `unique_id`, `ds` and `y`; an empty `y` is missing. Times are of one frequency, which is inferred; plain numbers count
/// steps.
fn read(path: &Path) -> Outcome<Panel> {
    let mut file = csv::Reader::from_path(path)?;
    let head = file.headers()?.clone();
    let column = |name: &str| {
        let missing = || format!("{}: no column '{name}'", path.display());
        head.iter().position(|found| found == name).ok_or_else(missing)
    };
    let columns = [column("unique_id")?, column("ds")?, column("y")?];
    let (mut ids, mut days, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (row, record) in file.records().enumerate() {
        let record = record?;
        let [id, ds, y] = columns.map(|column| record.get(column).unwrap_or_default());
        let value = if y.is_empty() { Ok(f64::NAN) } else { y.parse() };
        values.push(value.map_err(|error| format!("{}: row {}, y = {y}: {error}", path.display(), row + 1))?);
        ids.push(id.to_owned());
        days.push(ds.to_owned());
    }
    // Numbers of four digits are years; other steps that are counted are days of a calendar nobody sees.
    let years = days.iter().all(|ds| ds.len() == 4);
    let counted: Option<Vec<Timestamp>> =
        days.iter().map(|ds| ds.parse::<u32>().ok().filter(|_| !years).map(day)).collect();
    let (table, times) = match counted {
        Some(times) => (LongTable::new().frequency(Frequency::DAILY), times),
        None => (LongTable::new(), days.iter().map(|ds| ds.parse()).collect::<Result<_>>()?),
    };
    Ok(table.read(&ids, &times, &values)?)
}

fn day(step: u32) -> Timestamp {
    Timestamp::from_seconds(86_400 * i64::from(step))
}
