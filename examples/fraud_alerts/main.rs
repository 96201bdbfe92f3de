//! Finds odd records in a table, as many as an analyst has time for, and says why each is odd.
//!
//! ```text
//! cargo run --release --example fraud_alerts
//! cargo run --release --example fraud_alerts -- --data payments.csv --entity card --time time --label fraud --per-day 20
//! cargo run --release --example fraud_alerts -- --data sensors.csv --label outlier --share 0.02
//! ```

mod charts;
mod files;
mod input;
mod printed;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use crm_ml::alerts::{AlertPolicy, FraudDetector, at_k, labels};
use crm_ml::core::Persist;
use crm_ml::metrics::average_precision;
use crm_ml_examples::{Bar, Outcome};

/// How sure the intervals are.
const CONFIDENCE: f64 = 0.95;
/// How many records precision is told for.
const KS: [usize; 6] = [10, 25, 50, 100, 250, 500];

#[derive(Debug, Parser)]
#[command(
    name = "fraud_alerts",
    about = "Alerts on odd records of a table, within a budget and with reasons",
    after_help = "With --time the first three quarters of the days are learned from and the rest is judged; without it all rows are both.\n\
        Without --data payments with planted fraud are generated."
)]
struct Arguments {
    /// CSV file of records, plain or .gz.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Column of the card, customer or account.
    #[arg(long, requires = "data")]
    entity: Option<String>,
    /// Column of the date or time.
    #[arg(long, requires = "data")]
    time: Option<String>,
    /// Column that tells what turned out to be fraud; it is not learned from.
    #[arg(long, requires = "data")]
    label: Option<String>,
    /// Columns to leave out.
    #[arg(long, value_delimiter = ',', requires = "data")]
    ignore: Vec<String>,
    /// Alerts a day.
    #[arg(long, default_value_t = 5, conflicts_with_all = ["share", "precision"])]
    per_day: usize,
    /// Share of the records that are alerts, in place of a number a day.
    #[arg(long, conflicts_with = "precision")]
    share: Option<f64>,
    /// Share of alerts that must be right with a confidence of 90 %, chosen on the labels.
    #[arg(long)]
    precision: Option<f64>,
    /// Folder for what is written.
    #[arg(long, default_value = "out/fraud_alerts")]
    out: PathBuf,
}

impl Arguments {
    fn policy(&self) -> AlertPolicy {
        match (self.share, self.precision) {
            (Some(share), _) => AlertPolicy::Share(share),
            (_, Some(least)) => AlertPolicy::Precision { least, confidence: 0.9 },
            _ => AlertPolicy::PerDay(self.per_day),
        }
    }
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<()> {
    let records = input::read(arguments)?;
    printed::data(&records);
    let mut detector = FraudDetector::new().policy(arguments.policy());
    if let Some(entity) = &records.entity {
        detector = detector.entity(entity);
    }
    if let Some(time) = &records.time {
        detector = detector.time(time);
    }
    if let Some(label) = &records.label {
        detector = detector.label(label);
    }
    let bar = Bar::new();
    let model = detector.fit_with(&records.past, &bar)?;
    bar.finish();

    let (scores, alerts) = (model.scores(&records.new)?, model.alerts(&records.new)?);
    let fraud = records.label.as_deref().map(|label| labels(&records.new, label)).transpose()?;
    printed::alerts(&records, &alerts, model.threshold(), fraud.as_deref());
    let mut judged = Vec::new();
    if let Some(fraud) = &fraud {
        let ks: Vec<usize> = KS.into_iter().filter(|k| *k <= scores.len()).collect();
        judged = at_k(fraud, &scores, &ks, CONFIDENCE)?;
        printed::judged(&judged, average_precision(fraud, &scores, None)?, fraud);
    }

    std::fs::create_dir_all(&arguments.out)?;
    let saved = arguments.out.join("fraud.model");
    model.save(&saved)?;
    let mut written = vec![files::alerts(&arguments.out, &alerts)?, saved];
    written.extend(charts::draw(&arguments.out, &scores, fraud.as_deref(), model.threshold(), &judged)?);
    printed::written(&written);
    Ok(())
}
