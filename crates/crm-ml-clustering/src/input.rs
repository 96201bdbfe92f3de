//! What every clustering asks of its rows.

use crm_ml_core::{Error, ErrorKind, Result, Samples};

/// Real columns without gaps.
pub(crate) fn require_real(samples: &Samples<'_>, name: &str) -> Result<()> {
    samples.require_complete(name)?;
    match samples.schema().columns().iter().find(|c| c.levels().is_some()) {
        None => Ok(()),
        Some(column) => Err(Error::unsupported(format!(
            "{name} takes real columns only: encode the category column '{}' first, for example one-hot",
            column.name
        ))),
    }
}

/// At least `needed` rows of weight above 0.
pub(crate) fn require_rows(samples: &Samples<'_>, parameter: &str, needed: usize) -> Result<()> {
    if samples.n_rows() >= needed {
        return Ok(());
    }
    let what = format!("rows of weight above 0, as {parameter} asks for");
    Err(ErrorKind::TooFew { what, needed, found: samples.n_rows() }.into())
}
