//! What other programs read.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crm_ml::sales_pipeline::PipelineForecast;
use crm_ml_examples::Outcome;

/// Writes a CSV with a line for every open deal, the most likely first.
pub(crate) fn deals(folder: &Path, forecast: &PipelineForecast) -> Outcome<PathBuf> {
    let mut text = String::from("deal,stage,days_in_stage,amount,probability,expected_revenue,why\n");
    for deal in forecast.most_likely(usize::MAX) {
        writeln!(
            text,
            "{},{},{},{},{:.6},{:.2},{}",
            quoted(&deal.id),
            quoted(&deal.stage),
            deal.days_in_stage,
            deal.amount.map_or(String::new(), |amount| amount.to_string()),
            deal.probability,
            deal.expected_revenue,
            quoted(&deal.why())
        )?;
    }
    let path = folder.join("deals.csv");
    std::fs::write(&path, text)?;
    Ok(path)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}
