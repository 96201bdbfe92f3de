//! SVG pictures: the segments on two principal components, the grid of scores, retention, a dendrogram.

use std::path::{Path, PathBuf};

use crm_ml::clustering::AgglomerativeClustering;
use crm_ml::core::{Clusterer, Transformer, TransformerModel};
use crm_ml::customers::{CohortTable, RfmTable, SegmentProfiles, Vocabulary};
use crm_ml::feature_selection::Pca;
use crm_ml_examples::Outcome;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::segments::Found;

const SIZE: (u32, u32) = (760, 520);
/// Width of what stands beside the map.
const LEGEND: u32 = 250;
/// Points beyond this only hide each other.
const POINTS: usize = 3000;
/// Leaves of the dendrogram.
const LEAVES: usize = 30;
/// Colours that the colour-blind can tell apart (Okabe and Ito 2008).
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(120, 94, 60),
    RGBColor(110, 110, 110),
];

/// Draws all pictures into `folder`.
pub(crate) fn draw(
    folder: &Path,
    rfm: &RfmTable,
    cohorts: &CohortTable,
    found: &Found,
    profiles: &SegmentProfiles,
    words: &Vocabulary,
) -> Outcome<Vec<PathBuf>> {
    let mut paths = ["rfm.svg", "retention.svg"].map(|name| folder.join(name)).to_vec();
    scores(&paths[0], rfm)?;
    retention(&paths[1], cohorts)?;
    // One customer has no components.
    if found.features.n_rows() > 1 {
        paths.extend(["segments.svg", "dendrogram.svg"].map(|name| folder.join(name)));
        segments(&paths[2], found, profiles, words)?;
        dendrogram(&paths[3], rfm, found)?;
    }
    Ok(paths)
}

/// Every customer on the two principal components of the scaled features.
fn segments(path: &Path, found: &Found, profiles: &SegmentProfiles, words: &Vocabulary) -> Outcome<()> {
    let model = Pca::new().n_components(2).fit(&found.features)?;
    let places = model.transform(&found.features)?;
    let step = places.n_rows().div_ceil(POINTS).max(1);
    let points: Vec<((f64, f64), i32)> = (0..places.n_rows())
        .step_by(step)
        .map(|row| ((places.row(row)[0], places.row(row).get(1).copied().unwrap_or(0.0)), found.labels[row]))
        .collect();
    let range = |value: fn(&(f64, f64)) -> f64| {
        let values = points.iter().map(|(point, _)| value(point));
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
        let room = 0.05 * (high - low).max(1e-9);
        low - room..high + room
    };
    let axis = |component: usize| {
        let share = model.explained_variance_ratio().get(component).copied().unwrap_or(0.0);
        let names = found.features.schema().columns().iter();
        let loads = model.components().row(component).to_vec();
        let told: Vec<String> = names
            .zip(&loads)
            .filter(|(_, load)| load.abs() >= 0.3)
            .map(|(column, load)| words.side(&column.name, *load > 0.0))
            .collect();
        format!("{} → ({:.0} % of the differences)", told.join(", "), 100.0 * share)
    };
    let root = SVGBackend::new(path, (SIZE.0 + LEGEND, SIZE.1)).into_drawing_area();
    root.fill(&WHITE)?;
    let (left, right) = root.split_horizontally(SIZE.0);
    let mut chart = ChartBuilder::on(&left)
        .caption("Customers by segment", ("sans-serif", 22))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(50)
        .build_cartesian_2d(range(|p| p.0), range(|p| p.1))?;
    chart.configure_mesh().x_desc(axis(0)).y_desc(axis(1)).light_line_style(WHITE).draw()?;
    for (place, segment) in profiles.segments().iter().enumerate() {
        let colour = COLOURS[segment.label.unsigned_abs().saturating_sub(1) as usize % COLOURS.len()];
        let own = points.iter().filter(|(_, label)| *label == segment.label);
        chart.draw_series(own.map(|(point, _)| Circle::new(*point, 2, colour.mix(0.6).filled())))?;
        let y = 70 + 44 * place as i32;
        let share = format!("{} customers, {:.0} %", segment.rows, 100.0 * segment.share);
        right.draw(&Circle::new((8, y + 7), 5, colour.filled()))?;
        right.draw(&Text::new(format!("{} {}", segment.label, segment.name), (20, y), ("sans-serif", 14)))?;
        right.draw(&Text::new(share, (20, y + 18), ("sans-serif", 12)))?;
    }
    root.present()?;
    Ok(())
}

/// How a sample of customers joins into ever larger groups (Ward's linkage), cut into as many as there are segments.
fn dendrogram(path: &Path, rfm: &RfmTable, found: &Found) -> Outcome<()> {
    let rows = found.features.select_rows(&found.sample);
    let model = AgglomerativeClustering::new(found.count.min(rows.n_rows())).fit(&rows)?;
    let names: Vec<String> = found.sample.iter().map(|row| rfm.customers()[*row].customer.clone()).collect();
    std::fs::write(path, model.dendrogram().svg(LEAVES, found.count, Some(&names)))?;
    Ok(())
}

/// How many customers have each pair of scores, and in which named segment they are.
fn scores(path: &Path, rfm: &RfmTable) -> Outcome<()> {
    let grid = rfm.grid();
    let most = grid.iter().flatten().copied().max().unwrap_or(1).max(1) as f64;
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("Customers by recency and frequency score (5 is best)", ("sans-serif", 22))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(50)
        .build_cartesian_2d(0.5..5.5, 0.5..5.5)?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_labels(5)
        .y_labels(5)
        .x_label_formatter(&|score| format!("{score:.0}"))
        .y_label_formatter(&|score| format!("{score:.0}"))
        .x_desc("recency score")
        .y_desc("frequency score")
        .draw()?;
    for (recency, column) in grid.iter().enumerate() {
        for (frequency, count) in column.iter().enumerate() {
            let (x, y) = (recency as f64 + 1.0, frequency as f64 + 1.0);
            let share = *count as f64 / most;
            cell(&mut chart, (x, y), (0.5, 0.5), share)?;
            let name = rfm.segment_map().segment(recency as u8 + 1, frequency as u8 + 1);
            label(&mut chart, (x, y + 0.12), &count.to_string(), 18, share)?;
            label(&mut chart, (x, y - 0.18), name, 13, share)?;
        }
    }
    root.present()?;
    Ok(())
}

/// The share of every cohort that is active in the months after its first.
fn retention(path: &Path, cohorts: &CohortTable) -> Outcome<()> {
    let rows: Vec<_> = cohorts.cohorts().iter().filter(|c| c.cells.len() > 1).collect();
    let width = rows.iter().map(|c| c.cells.len()).max().unwrap_or(2);
    let most =
        rows.iter().flat_map(|c| (1..c.cells.len()).filter_map(|m| c.retention(m))).fold(0.01, f64::max);
    let height = rows.len().max(1);
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("Customers who buy again, in percent of their cohort", ("sans-serif", 22))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(84)
        .build_cartesian_2d(0.5..width as f64 - 0.5, -0.5..height as f64 - 0.5)?;
    // The first cohort stands on top.
    let name = |place: &f64| {
        let row = height as f64 - 1.0 - place.round();
        rows.get(row as usize).map_or(String::new(), |c| c.label.clone())
    };
    chart
        .configure_mesh()
        .disable_mesh()
        .x_labels(width.min(24))
        .y_labels(height)
        .x_label_formatter(&|month| format!("{month:.0}"))
        .y_label_formatter(&name)
        .x_desc(format!("{}s after the first purchase", cohorts.period().name()))
        .draw()?;
    let size = if width > 16 { 10 } else { 13 };
    for (row, cohort) in rows.iter().enumerate() {
        for month in 1..cohort.cells.len() {
            let Some(share) = cohort.retention(month) else { continue };
            let place = (month as f64, (height - 1 - row) as f64);
            cell(&mut chart, place, (0.5, 0.5), share / most)?;
            label(&mut chart, place, &format!("{:.0}", 100.0 * share), size, share / most)?;
        }
    }
    root.present()?;
    Ok(())
}

type Plane<'a> = ChartContext<
    'a,
    SVGBackend<'a>,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

/// A rectangle, darker for greater shares.
fn cell(chart: &mut Plane<'_>, at: (f64, f64), half: (f64, f64), share: f64) -> Outcome<()> {
    let corners = [(at.0 - half.0, at.1 - half.1), (at.0 + half.0, at.1 + half.1)];
    chart.draw_series([
        Rectangle::new(corners, COLOURS[0].mix(0.05 + 0.9 * share).filled()),
        Rectangle::new(corners, WHITE.stroke_width(1)),
    ])?;
    Ok(())
}

/// Text in the middle of a cell, white on dark.
fn label(chart: &mut Plane<'_>, at: (f64, f64), text: &str, size: i32, share: f64) -> Outcome<()> {
    let colour = if share > 0.5 { WHITE } else { BLACK };
    let style = ("sans-serif", size).into_font().color(&colour).pos(Pos::new(HPos::Center, VPos::Center));
    chart.draw_series([Text::new(text.to_owned(), at, style)])?;
    Ok(())
}
