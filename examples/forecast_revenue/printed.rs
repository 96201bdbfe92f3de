//! What is shown at the terminal.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crm_ml::core::{Forecast, ForecastModel, Horizon, Series};
use crm_ml::forecasting::{AutoForecasterModel, Panel, Reach, SamplePaths};
use crm_ml_examples::Outcome;
use crm_ml_examples::text::{heading, number, percent, table};

use crate::input::time;
use crate::{Fitted, Tested};

const PATHS: usize = 10_000;
const SEED: u64 = 1;
/// Gaps told one by one.
const TOLD: usize = 3;

pub(crate) fn data(panel: &Panel, season: usize) {
    let series = panel.series();
    let values: usize = series.iter().map(Series::len).sum();
    println!("{} series, {values} values, seasons of {season}.", series.len());
    for moment in panel.gaps().iter().take(TOLD) {
        println!("{moment}");
    }
    if panel.gaps().len() > TOLD {
        println!("... and {} more gaps", panel.gaps().len() - TOLD);
    }
}

pub(crate) fn tested(tested: &[Tested]) {
    heading("How the methods would have forecast the past");
    let mut header = vec!["method".to_owned(), "sMAPE".into(), "MASE".into(), "error saved".into()];
    let mut rows = Vec::new();
    for of in tested {
        let metrics = of.report.metrics();
        let mut row = vec![
            of.name.clone(),
            format!("{:.2}", metrics.smape),
            number(metrics.mase),
            metrics.skill.map_or("-".to_owned(), percent),
        ];
        header.truncate(4);
        header.extend(metrics.intervals.iter().map(|interval| format!("{} % hold", interval.level)));
        row.extend(metrics.intervals.iter().map(|interval| percent(interval.coverage)));
        rows.push(row);
    }
    table(&header.iter().map(String::as_str).collect::<Vec<_>>(), &rows, 1);
    if let Some(last) = tested.last() {
        let windows = last.report.windows().len();
        println!("{windows} windows; error saved: against the seasonal naive method.");
        let skipped = last.report.skipped();
        if !skipped.is_empty() {
            println!("{} series are too short for a test.", skipped.len());
        }
    }
}

/// Which methods were chosen, and how often.
pub(crate) fn choices(models: &[Fitted]) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (model, _) in models.iter().flatten() {
        *counts.entry(model.name()).or_default() += 1;
    }
    let told: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    println!("\nChosen by the back-test inside each series: {}.", told.join(", "));
}

pub(crate) fn candidates(series: &Series<'_>, model: &AutoForecasterModel) {
    heading(&format!("'{}': the candidates", series.name()));
    let rows: Vec<Vec<String>> = model
        .candidates()
        .iter()
        .map(|of| {
            let mark = if of.chosen { "chosen" } else { "" };
            vec![
                of.name.clone(),
                mark.to_owned(),
                of.windows.to_string(),
                number(of.error),
                format!("{:.2}", of.metrics.smape),
            ]
        })
        .collect();
    table(&["method", "", "windows", "MASE", "sMAPE"], &rows, 2);
    for note in &model.report().notes {
        println!("{note}");
    }
}

pub(crate) fn forecast(series: &Series<'_>, forecast: &Forecast) {
    heading(&format!("'{}': the forecast", series.name()));
    let mut header = vec!["time".to_owned(), "expected".into()];
    header.extend(forecast.intervals.iter().map(|interval| format!("{} % range", interval.level)));
    let rows: Vec<Vec<String>> = (0..forecast.mean.len())
        .map(|step| {
            let mut row = vec![time(series, series.len() + step), amount(forecast.mean[step])];
            let range = |lower: f64, upper: f64| format!("{} to {}", amount(lower), amount(upper));
            row.extend(
                forecast.intervals.iter().map(|interval| range(interval.lower[step], interval.upper[step])),
            );
            row
        })
        .collect();
    table(&header.iter().map(String::as_str).collect::<Vec<_>>(), &rows, 1);
}

/// A number with as many digits as it needs.
fn amount(value: f64) -> String {
    if value.abs() >= 1000.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

pub(crate) fn target(model: &AutoForecasterModel, horizon: &Horizon<'_>, target: f64) -> Outcome<()> {
    let plain = Horizon::new(horizon.steps())?;
    let chance = model.probability_of_reaching(target, Reach::Total, &plain, PATHS, SEED)?;
    println!(
        "\nThe sum of all {} values reaches {} with a chance of {}.",
        horizon.steps(),
        amount(target),
        percent(chance)
    );
    Ok(())
}

pub(crate) fn written(paths: &[PathBuf]) {
    println!();
    for path in paths {
        println!("wrote {}", path.display());
    }
}
