//! What other programs read.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crm_ml::alerts::Alert;
use crm_ml_examples::Outcome;

/// Writes a CSV with one line an alert.
pub(crate) fn alerts(folder: &Path, alerts: &[Alert]) -> Outcome<PathBuf> {
    let mut text = String::from("day,rank,entity,score,records,row,reasons\n");
    for alert in alerts {
        let reasons = alert.reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        writeln!(
            text,
            "{},{},{},{:.6},{},{},{}",
            alert.day.map_or(String::new(), |day| day.to_string()),
            alert.rank,
            quoted(alert.entity.as_deref().unwrap_or_default()),
            alert.score,
            alert.rows.len(),
            alert.rows[0] + 1,
            quoted(&reasons)
        )?;
    }
    let path = folder.join("alerts.csv");
    std::fs::write(&path, text)?;
    Ok(path)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
