//! SVG pictures: the scores and the threshold, precision among the oddest.

use std::path::{Path, PathBuf};

use crm_ml::alerts::AtK;
use crm_ml_examples::Outcome;
use plotters::prelude::*;

const SIZE: (u32, u32) = (640, 480);
const BARS: usize = 50;
/// Fraud and the threshold.
const ODD: RGBColor = RGBColor(200, 40, 40);

/// Draws all pictures into `folder`.
pub(crate) fn draw(
    folder: &Path,
    scores: &[f64],
    fraud: Option<&[bool]>,
    threshold: f64,
    judged: &[AtK],
) -> Outcome<Vec<PathBuf>> {
    let mut paths = vec![folder.join("scores.svg")];
    distribution(&paths[0], scores, fraud, threshold)?;
    if !judged.is_empty() {
        paths.push(folder.join("precision.svg"));
        precision(&paths[1], judged)?;
    }
    Ok(paths)
}

/// How many records have which score, on a logarithmic axis: the odd ones are few.
fn distribution(path: &Path, scores: &[f64], fraud: Option<&[bool]>, threshold: f64) -> Outcome<()> {
    let (low, high) =
        scores.iter().fold((threshold, threshold), |(low, high), s| (low.min(*s), high.max(*s)));
    let width = ((high - low) / BARS as f64).max(f64::MIN_POSITIVE);
    let mut all = [0usize; BARS];
    let mut frauds = [0usize; BARS];
    for (row, score) in scores.iter().enumerate() {
        let bar = (((score - low) / width) as usize).min(BARS - 1);
        all[bar] += 1;
        frauds[bar] += usize::from(fraud.is_some_and(|fraud| fraud[row]));
    }
    let most = all.iter().copied().max().unwrap_or(1) as f64 * 1.5;
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("Anomaly scores", ("sans-serif", 22))
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d(low..high, (0.7..most).log_scale())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(WHITE)
        .x_desc("anomaly score")
        .y_desc("records")
        .y_label_formatter(&|count| format!("{count:.0}"))
        .draw()?;
    let bars = |counts: [usize; BARS], style: ShapeStyle| {
        counts.into_iter().enumerate().filter(|(_, count)| *count > 0).map(move |(bar, count)| {
            let left = low + bar as f64 * width;
            Rectangle::new([(left, 0.7), (left + 0.9 * width, count as f64)], style)
        })
    };
    chart
        .draw_series(bars(all, BLUE.mix(0.5).filled()))?
        .label("records")
        .legend(|at| square(at, BLUE.mix(0.5)));
    if fraud.is_some() {
        chart
            .draw_series(bars(frauds, ODD.filled()))?
            .label("of them fraud")
            .legend(|at| square(at, ODD.mix(1.0)));
    }
    chart
        .draw_series(LineSeries::new([(threshold, 0.7), (threshold, most)], BLACK.stroke_width(2)))?
        .label("threshold")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 12, y)], BLACK.stroke_width(2)));
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .border_style(BLACK.mix(0.3))
        .background_style(WHITE)
        .draw()?;
    root.present()?;
    Ok(())
}

fn square((x, y): (i32, i32), color: RGBAColor) -> Rectangle<(i32, i32)> {
    Rectangle::new([(x, y - 5), (x + 12, y + 5)], color.filled())
}

/// Precision among the oddest, with its intervals.
fn precision(path: &Path, judged: &[AtK]) -> Outcome<()> {
    let (first, last) = (judged[0].k as f64, judged[judged.len() - 1].k as f64);
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("Precision among the oddest records", ("sans-serif", 22))
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d((first * 0.8..last * 1.2).log_scale(), 0.0..1.05)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc("records looked at, oddest first")
        .y_desc("share that is fraud, and its 95 % interval")
        .x_labels(4)
        .x_label_formatter(&|k| format!("{k:.0}"))
        .draw()?;
    chart.draw_series(judged.iter().map(|at| {
        let (low, high) = at.precision_interval;
        PathElement::new([(at.k as f64, low), (at.k as f64, high)], BLUE.mix(0.4).stroke_width(3))
    }))?;
    chart.draw_series(judged.iter().map(|at| Circle::new((at.k as f64, at.precision), 4, BLUE.filled())))?;
    chart.draw_series(LineSeries::new(
        judged.iter().map(|at| (at.k as f64, at.precision)),
        BLUE.stroke_width(2),
    ))?;
    root.present()?;
    Ok(())
}
