//! SVG pictures: gains, calibration, importance.

use std::path::{Path, PathBuf};

use crm_ml::lead_scoring::LeadScoringReport;
use crm_ml_examples::Outcome;
use plotters::prelude::*;

const SIZE: (u32, u32) = (640, 480);
const FIELDS: usize = 15;

/// Draws all pictures into `folder`.
pub(crate) fn draw(folder: &Path, report: &LeadScoringReport) -> Outcome<Vec<PathBuf>> {
    let gains: Vec<(f64, f64)> = report.gains.iter().map(|p| (p.contacted, p.found)).collect();
    let calibration: Vec<(f64, f64)> = report.calibration.iter().map(|p| (p.predicted, p.observed)).collect();
    let paths = ["gains.svg", "calibration.svg", "importance.svg"].map(|name| folder.join(name));
    let most = calibration.iter().fold(0.05, |most: f64, (p, o)| most.max(*p).max(*o));
    curve(
        &paths[0],
        "Cumulative gains",
        ("share of leads contacted, best first", "share of conversions found"),
        &gains,
        1.0,
    )?;
    curve(
        &paths[1],
        "Calibration",
        ("predicted probability", "share that converted"),
        &calibration,
        most * 1.05,
    )?;
    importance(&paths[2], report)?;
    Ok(paths.to_vec())
}

/// A curve beside the diagonal.
fn curve(path: &Path, title: &str, axes: (&str, &str), points: &[(f64, f64)], most: f64) -> Outcome<()> {
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 22))
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..most, 0.0..most)?;
    chart.configure_mesh().x_desc(axes.0).y_desc(axes.1).light_line_style(WHITE).draw()?;
    chart.draw_series(LineSeries::new([(0.0, 0.0), (most, most)], &BLACK.mix(0.4)))?;
    chart.draw_series(LineSeries::new(points.iter().copied(), BLUE.stroke_width(2)))?;
    if points.len() <= 20 {
        chart.draw_series(points.iter().map(|point| Circle::new(*point, 4, BLUE.filled())))?;
    }
    root.present()?;
    Ok(())
}

/// Bars of the strongest fields, the strongest on top.
fn importance(path: &Path, report: &LeadScoringReport) -> Outcome<()> {
    let strengths = &report.strengths[..report.strengths.len().min(FIELDS)];
    let most = strengths.first().map_or(1.0, |s| s.strength.max(1e-9)) * 1.05;
    let count = strengths.len() as i32;
    let name = |bar: &i32| {
        let place = usize::try_from(count - 1 - bar).unwrap_or(usize::MAX);
        strengths.get(place).map(|s| s.field.clone()).unwrap_or_default()
    };
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("Strongest fields", ("sans-serif", 22))
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(170)
        .build_cartesian_2d(0.0..most, (0..(count - 1).max(0)).into_segmented())?;
    let label = |value: &SegmentValue<i32>| match value {
        SegmentValue::CenterOf(bar) => name(bar),
        _ => String::new(),
    };
    chart
        .configure_mesh()
        .disable_y_mesh()
        .light_line_style(WHITE)
        .x_desc("mean absolute share of the log-odds")
        .y_labels(strengths.len() + 1)
        .y_label_formatter(&label)
        .draw()?;
    chart.draw_series(strengths.iter().enumerate().map(|(place, strength)| {
        let bar = count - 1 - place as i32;
        let corners = [(0.0, SegmentValue::Exact(bar)), (strength.strength, SegmentValue::Exact(bar + 1))];
        let mut rectangle = Rectangle::new(corners, BLUE.mix(0.7).filled());
        rectangle.set_margin(3, 3, 0, 0);
        rectangle
    }))?;
    root.present()?;
    Ok(())
}
