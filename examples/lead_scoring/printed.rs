//! What a person reads.

use std::path::PathBuf;

use crm_ml::lead_scoring::{LeadScore, LeadScoringReport};
use crm_ml::preprocessing::CleaningReport;
use crm_ml::table::{FieldType, Role, Table};
use crm_ml_examples::text::{bar, date, heading, number, percent, table};

use crate::worth_telling;

const BEST: usize = 10;
const STRONGEST: usize = 12;

/// The fields, their types and why.
pub(crate) fn summary(past: &Table) {
    heading(&format!("Data: {} rows, {} columns from {}", past.n_rows(), past.n_columns(), past.source()));
    let row = |field: &crm_ml::table::Field| {
        let role = if field.role == Role::Feature { String::new() } else { field.role.to_string() };
        [field.name.clone(), field.field_type.to_string(), role, field.inference.reason.clone()]
    };
    table(&["field", "type", "role", "because"], &past.fields().map(row).collect::<Vec<_>>(), 4);
}

/// Everything the fit found.
pub(crate) fn report(report: &LeadScoringReport) {
    cleaning(&report.cleaning);

    heading("Are the data enough?");
    println!("{}", report.sufficiency);

    heading("Suspicious fields");
    if report.sanity.is_clean() {
        println!("none: no field looks as if it knew the outcome before it happened");
    }
    for verdict in &report.sanity.verdicts {
        println!("{verdict}");
    }
    let removed = report.sanity.removed();
    if !removed.is_empty() {
        println!("Put aside, not learnt from: {}", removed.join(", "));
    }
    let warned: Vec<&str> =
        report.sanity.flagged().into_iter().filter(|field| !removed.contains(field)).collect();
    if !warned.is_empty() {
        println!(
            "Learnt from; if one is known only afterwards, run again with --drop and its name: {}",
            warned.join(",")
        );
    }

    heading(&format!("Models, out of fold ('{}' in {})", report.positive, percent(report.conversion_rate)));
    let rows: Vec<[String; 7]> = report
        .comparison
        .iter()
        .map(|c| {
            let figures =
                [c.accuracy, c.precision, c.recall, c.f1, c.roc_auc, c.log_loss].map(|v| format!("{v:.4}"));
            let [accuracy, precision, recall, f1, auc, loss] = figures;
            [c.model.clone(), accuracy, precision, recall, f1, auc, loss]
        })
        .collect();
    table(&["model", "accuracy", "precision", "recall", "F1", "AUC", "log loss"], &rows, 1);
    if let Some(winner) = report.winner() {
        println!(
            "Lowest log loss: {}. Expected calibration error of the lead scorer: {:.4}.",
            winner.model, report.calibration_error
        );
    }

    heading("Conversion by score band");
    let most = report.bands.iter().map(|b| b.rate()).fold(0.0, f64::max);
    let rows: Vec<[String; 4]> = report
        .bands
        .iter()
        .rev()
        .map(|band| {
            [
                format!("{}-{}", band.low, band.high),
                band.leads.to_string(),
                percent(band.rate()),
                bar(band.rate(), most, 40),
            ]
        })
        .collect();
    table(&["score", "leads", "converted", ""], &rows.iter().map(|r| r.to_vec()).collect::<Vec<_>>(), 4);

    heading("Strongest fields (mean absolute share of the log-odds)");
    let most = report.strengths.first().map_or(0.0, |s| s.strength);
    let rows: Vec<[String; 3]> = report
        .strengths
        .iter()
        .take(STRONGEST)
        .map(|s| [s.field.clone(), format!("{:.3}", s.strength), bar(s.strength, most, 40)])
        .collect();
    table(&["field", "strength", ""], &rows, 3);
    if !report.dropped_columns.is_empty() {
        println!("Left out by feature selection: {}", report.dropped_columns.join(", "));
    }
}

fn cleaning(report: &CleaningReport) {
    heading("Cleaning");
    let dropped: Vec<String> =
        report.dropped_rows.iter().map(|d| format!("{} ({})", d.count, d.reason)).collect();
    let dropped = if dropped.is_empty() { "0".to_owned() } else { dropped.join(" and ") };
    println!("{} rows in - {dropped} dropped = {} rows learnt from", report.rows_in, report.rows_out);
    let rows: Vec<[String; 8]> = report
        .fields
        .iter()
        .map(|field| {
            let after = match (&field.dropped, field.columns.len()) {
                (Some(reason), _) => format!("not used: {reason}"),
                (None, 1) => "1 column".to_owned(),
                (None, many) => format!("{many} columns"),
            };
            let before = &field.before;
            let moment = matches!(field.field_type, FieldType::Date | FieldType::DateTime);
            let place = if moment { date } else { number };
            let spread = number(before.std) + if moment && before.std.is_some() { " days" } else { "" };
            [
                field.name.clone(),
                before.count.to_string(),
                before.missing.to_string(),
                place(before.mean),
                place(before.median),
                spread,
                place(field.after.as_ref().and_then(|a| a.mean)),
                after,
            ]
        })
        .collect();
    table(&["field", "values", "missing", "mean", "median", "std", "mean after", "becomes"], &rows, 1);
}

/// The best leads with their reasons.
pub(crate) fn best_leads(ranked: &[LeadScore], what: &str) {
    heading(&format!("The {} best of {} {what}", BEST.min(ranked.len()), ranked.len()));
    for (place, lead) in ranked.iter().take(BEST).enumerate() {
        let name = lead.id.clone().unwrap_or_else(|| format!("row {}", lead.row + 1));
        let probability = percent(lead.probability);
        println!(
            "{:>2}. {name:<16} {probability:>7}  score {:>2}  tier {}",
            place + 1,
            lead.score,
            lead.tier
        );
        for (sign, reasons) in [("+", &lead.reasons_for), ("-", &lead.reasons_against)] {
            let told = worth_telling(reasons);
            if !told.is_empty() {
                println!("      {sign} {told}");
            }
        }
    }
    if ranked.first().is_some_and(|lead| lead.approximate) {
        println!("The shares are sampled (principal components), so approximate.");
    }
}

/// Where things were written.
pub(crate) fn written(paths: &[PathBuf]) {
    heading("Written");
    paths.iter().for_each(|path| println!("{}", path.display()));
}
