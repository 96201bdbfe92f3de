//! SVG pictures: the forecast fan, actual against predicted, the parts of the series.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crm_ml::core::{Forecast, Series};
use crm_ml::forecasting::{BackTestReport, Stl};
use crm_ml_examples::Outcome;
use plotters::prelude::*;

use crate::input::time;

const SIZE: (u32, u32) = (860, 460);
const TALL: (u32, u32) = (860, 720);
/// Seasons of history beside the forecast.
const SEASONS: usize = 6;
const FORECAST: RGBColor = RGBColor(213, 94, 0);
const HISTORY: RGBColor = RGBColor(0, 114, 178);

/// Draws all pictures into `folder`.
pub(crate) fn draw(
    folder: &Path,
    series: &Series<'_>,
    place: usize,
    forecast: &Forecast,
    report: &BackTestReport,
    season: usize,
) -> Outcome<Vec<PathBuf>> {
    let mut paths = vec![folder.join("forecast.svg")];
    fan(&paths[0], series, forecast, season)?;
    if report.windows().iter().any(|window| window.series == place) {
        paths.push(folder.join("back_test.svg"));
        against(&paths[1], series, place, report)?;
    }
    if season > 1 && series.len() >= 2 * season && !series.values().iter().any(|value| value.is_nan()) {
        paths.push(folder.join("decomposition.svg"));
        parts(&folder.join("decomposition.svg"), series, season)?;
    }
    Ok(paths)
}

/// A range with some room around all values.
fn range(values: impl IntoIterator<Item = f64>) -> Range<f64> {
    let known = values.into_iter().filter(|value| value.is_finite());
    let (low, high) = known.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    let room = 0.06 * (high - low).max(1e-9);
    low - room..high + room
}

/// The last seasons, and what is expected after them.
fn fan(path: &Path, series: &Series<'_>, forecast: &Forecast, season: usize) -> Outcome<()> {
    let n = series.len();
    let first = n.saturating_sub((SEASONS * season).max(4 * forecast.mean.len()));
    let history = || (first..n).map(|step| (step as f64, series.values()[step])).filter(|at| !at.1.is_nan());
    let bounds = forecast.intervals.iter().flat_map(|interval| interval.lower.iter().chain(&interval.upper));
    let all = history().map(|(_, value)| value).chain(forecast.mean.iter().copied()).chain(bounds.copied());
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(format!("{}: what is expected", series.name()), ("sans-serif", 22))
        .margin(16)
        .margin_right(32)
        .x_label_area_size(36)
        .y_label_area_size(76)
        .build_cartesian_2d(first as f64..(n + forecast.mean.len()) as f64, range(all))?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE)
        .x_labels(8)
        .x_label_formatter(&|step| time(series, step.round().max(0.0) as usize))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .draw()?;
    for (shade, interval) in forecast.intervals.iter().rev().enumerate() {
        let ahead = |bounds: &[f64]| -> Vec<(f64, f64)> {
            bounds.iter().enumerate().map(|(step, value)| ((n + step) as f64, *value)).collect()
        };
        let mut outline = ahead(&interval.lower);
        outline.extend(ahead(&interval.upper).into_iter().rev());
        let colour = FORECAST.mix(0.18 + 0.12 * shade as f64);
        chart
            .draw_series([Polygon::new(outline, colour)])?
            .label(format!("{} % range", interval.level))
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 14, y + 5)], colour.filled()));
    }
    let line = |colour: RGBColor| {
        move |(x, y): (i32, i32)| PathElement::new([(x, y), (x + 14, y)], colour.stroke_width(2))
    };
    let last = history().next_back();
    let mean = forecast.mean.iter().enumerate().map(|(step, value)| ((n + step) as f64, *value));
    chart
        .draw_series(LineSeries::new(last.into_iter().chain(mean), FORECAST.stroke_width(2)))?
        .label("expected")
        .legend(line(FORECAST));
    chart
        .draw_series(LineSeries::new(history(), HISTORY.stroke_width(2)))?
        .label("what was")
        .legend(line(HISTORY));
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .border_style(BLACK.mix(0.3))
        .background_style(WHITE.mix(0.8))
        .draw()?;
    root.present()?;
    Ok(())
}

/// Each value of the back-test against its forecast: on the line where they agree.
fn against(path: &Path, series: &Series<'_>, place: usize, report: &BackTestReport) -> Outcome<()> {
    let windows = report.windows().iter().filter(|window| window.series == place);
    let points: Vec<(f64, f64)> = windows
        .flat_map(|window| window.forecast.mean.iter().copied().zip(window.actual.iter().copied()))
        .filter(|(_, actual)| !actual.is_nan())
        .collect();
    let all = range(points.iter().flat_map(|(forecast, actual)| [*forecast, *actual]));
    let root = SVGBackend::new(path, (SIZE.1 + 60, SIZE.1)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(format!("{}: the past as it was forecast", series.name()), ("sans-serif", 20))
        .margin(16)
        .margin_right(32)
        .x_label_area_size(44)
        .y_label_area_size(76)
        .build_cartesian_2d(all.clone(), all.clone())?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_labels(6)
        .y_labels(6)
        .x_desc("forecast")
        .y_desc("what came")
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .draw()?;
    chart.draw_series(LineSeries::new(
        [(all.start, all.start), (all.end, all.end)],
        BLACK.mix(0.5).stroke_width(1),
    ))?;
    chart.draw_series(points.iter().map(|at| Circle::new(*at, 4, HISTORY.mix(0.6).filled())))?;
    root.present()?;
    Ok(())
}

/// The series, and by STL its trend, season and what is left.
fn parts(path: &Path, series: &Series<'_>, season: usize) -> Outcome<()> {
    let found = Stl::new(season).robust(true).decompose(series)?;
    let rows = [
        ("values", series.values()),
        ("trend", found.trend.as_slice()),
        ("season", found.seasonal.as_slice()),
        ("rest", found.remainder.as_slice()),
    ];
    let root = SVGBackend::new(path, TALL).into_drawing_area();
    root.fill(&WHITE)?;
    let root = root.titled(&format!("{}: its parts (STL)", series.name()), ("sans-serif", 22))?;
    for (area, (name, values)) in root.split_evenly((4, 1)).iter().zip(rows) {
        let mut chart = ChartBuilder::on(area)
            .margin(6)
            .margin_right(32)
            .x_label_area_size(24)
            .y_label_area_size(90)
            .build_cartesian_2d(0.0..series.len() as f64, range(values.iter().copied()))?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(WHITE)
            .x_labels(8)
            .y_labels(5)
            .y_desc(name)
            .x_label_formatter(&|step| time(series, step.round().max(0.0) as usize))
            .y_label_formatter(&|value| format!("{value:.0}"))
            .draw()?;
        let line = values.iter().enumerate().map(|(step, value)| (step as f64, *value));
        chart.draw_series(LineSeries::new(line, HISTORY.stroke_width(1)))?;
    }
    root.present()?;
    Ok(())
}
