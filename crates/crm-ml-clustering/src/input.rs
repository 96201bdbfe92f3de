//! What every clustering asks of its rows.

use crm_ml_core::{ErrorKind, Result, Samples};

/// At least `needed` rows of weight above 0.
pub(crate) fn require_rows(samples: &Samples<'_>, parameter: &str, needed: usize) -> Result<()> {
    if samples.n_rows() >= needed {
        return Ok(());
    }
    let what = format!("rows of weight above 0, as {parameter} asks for");
    Err(ErrorKind::TooFew { what, needed, found: samples.n_rows() }.into())
}
