//! What a person reads.

use std::path::PathBuf;

use crm_ml::alerts::{Alert, AtK};
use crm_ml_examples::text::{heading, percent, table};

use crate::input::Records;

/// Alerts that fit a terminal.
const SHOWN: usize = 10;

/// What was read.
pub(crate) fn data(records: &Records) {
    match &records.time {
        Some(time) => heading(&format!(
            "Data: {} records to learn from, {} later ones by '{time}'",
            records.past.n_rows(),
            records.new.n_rows()
        )),
        None => heading(&format!("Data: {} records, learned from and looked at", records.past.n_rows())),
    }
}

/// The latest day's alerts, or the oddest where there are no days.
pub(crate) fn alerts(records: &Records, alerts: &[Alert], threshold: f64, fraud: Option<&[bool]>) {
    let day = alerts.iter().filter_map(|alert| alert.day).max();
    let title = day.map_or("The oddest records".to_owned(), |day| format!("Alerts of {day}"));
    heading(&title);
    let of_day: Vec<&Alert> = alerts.iter().filter(|alert| alert.day == day).collect();
    for alert in of_day.iter().take(SHOWN) {
        let what = match (&records.entity, &alert.entity) {
            (Some(field), Some(entity)) => format!("{field} {entity}"),
            _ => format!("record {}", alert.rows[0] + 1),
        };
        let more = match alert.rows.len() {
            1 => String::new(),
            count => format!(", {count} records"),
        };
        let truth = match fraud.map(|fraud| alert.rows.iter().any(|row| fraud[*row])) {
            Some(true) => ", was fraud",
            _ => "",
        };
        println!("{:>2}. {what}, score {:.3}{more}{truth}", alert.rank, alert.score);
        for reason in &alert.reasons {
            println!("      {reason}");
        }
    }
    if of_day.len() > SHOWN {
        println!("    and {} more", of_day.len() - SHOWN);
    }
    println!(
        "\n{} alerts in all, from a score of {threshold:.3} on. Shares in brackets add up, with the base, to the score.",
        alerts.len()
    );
}

/// How many of the oddest records were fraud.
pub(crate) fn judged(judged: &[AtK], average_precision: f64, fraud: &[bool]) {
    let frauds = fraud.iter().filter(|fraud| **fraud).count();
    heading("How many of the oddest records were fraud");
    let interval = |(low, high): (f64, f64)| format!("{} to {}", percent(low), percent(high));
    let rows: Vec<[String; 6]> = judged
        .iter()
        .map(|at| {
            [
                at.k.to_string(),
                at.found.to_string(),
                percent(at.precision),
                interval(at.precision_interval),
                percent(at.recall),
                interval(at.recall_interval),
            ]
        })
        .collect();
    table(&["oddest", "fraud", "precision", "95 % interval", "recall", "95 % interval"], &rows, 0);
    println!(
        "{frauds} of {} records are fraud ({}); average precision {average_precision:.3}.",
        fraud.len(),
        percent(frauds as f64 / fraud.len() as f64)
    );
}

pub(crate) fn written(paths: &[PathBuf]) {
    heading("Written");
    for path in paths {
        println!("{}", path.display());
    }
}
