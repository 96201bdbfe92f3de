//! What other programs read.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crm_ml::core::{Interval, Series};
use crm_ml_examples::Outcome;

use crate::input::time;
use crate::{Fitted, Tested};

/// Writes a CSV with one line a series and step.
pub(crate) fn forecasts(folder: &Path, series: &[Series<'_>], models: &[Fitted]) -> Outcome<PathBuf> {
    let mut text = String::from("id,time,method,mean");
    if let Some((_, forecast)) = models.iter().flatten().next() {
        text.push_str(&bounds_header(&forecast.intervals));
    }
    text.push('\n');
    for (series, model) in series.iter().zip(models) {
        let Some((model, forecast)) = model else { continue };
        for (step, mean) in forecast.mean.iter().enumerate() {
            let at = time(series, series.len() + step);
            write!(text, "{},{at},{},{mean}", quoted(series.name()), model.name())?;
            bounds(&mut text, &forecast.intervals, step)?;
        }
    }
    save(folder.join("forecast.csv"), &text)
}

/// Writes a CSV with one line a method, series, origin and step of the back-test.
pub(crate) fn back_test(folder: &Path, series: &[Series<'_>], tested: &[Tested]) -> Outcome<PathBuf> {
    let mut text = String::from("method,id,origin,time,step,actual,forecast,seasonal_naive");
    if let Some(window) = tested.iter().flat_map(|of| of.report.windows()).next() {
        text.push_str(&bounds_header(&window.forecast.intervals));
    }
    text.push('\n');
    for of in tested {
        for window in of.report.windows() {
            let series = &series[window.series];
            for (step, mean) in window.forecast.mean.iter().enumerate() {
                let (origin, at) = (time(series, window.origin), time(series, window.origin + step));
                let (name, id) = (quoted(&of.name), quoted(series.name()));
                let (actual, naive) = (window.actual[step], window.naive[step]);
                write!(text, "{name},{id},{origin},{at},{},{actual},{mean},{naive}", step + 1)?;
                bounds(&mut text, &window.forecast.intervals, step)?;
            }
        }
    }
    save(folder.join("back_test.csv"), &text)
}

fn bounds_header(intervals: &[Interval]) -> String {
    intervals.iter().map(|interval| format!(",lo{0},hi{0}", interval.level)).collect()
}

fn bounds(text: &mut String, intervals: &[Interval], step: usize) -> Outcome<()> {
    for interval in intervals {
        write!(text, ",{},{}", interval.lower[step], interval.upper[step])?;
    }
    text.push('\n');
    Ok(())
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn save(path: PathBuf, text: &str) -> Outcome<PathBuf> {
    std::fs::write(&path, text)?;
    Ok(path)
}
