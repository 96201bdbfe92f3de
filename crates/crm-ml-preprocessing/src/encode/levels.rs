//! What is counted of a category column, and which levels are rare.

use crm_ml_core::{Check, ColumnKind, ErrorKind, Result, Samples, Schema};
use serde::{Deserialize, Serialize};

/// What becomes of a category that was not there in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Unseen {
    /// It is no level: zeros under one-hot, each encoder's neutral value else.
    Ignore,
    /// It joins the rare levels, where there are any; else as `Ignore`.
    #[default]
    Other,
    /// It is refused, with row and column.
    Error,
}

/// The level of a cell; `None` if it is missing or unseen.
pub(crate) fn level(cell: f64, levels: usize) -> Option<usize> {
    (cell >= 0.0 && cell < levels as f64).then_some(cell as usize)
}

/// Which levels are too rare to stand alone: lighter than `min_frequency` (a share below 1, else a weight), or not among
/// the heaviest `max_categories - 1` where there are too many; of equals the later ones stay.
pub(crate) fn rare(
    counts: &[f64],
    total: f64,
    min_frequency: Option<f64>,
    max_categories: Option<usize>,
) -> Vec<bool> {
    let least = min_frequency.map_or(0.0, |f| if f < 1.0 { f * total } else { f });
    let mut rare: Vec<bool> = counts.iter().map(|&count| count > 0.0 && count < least).collect();
    let present = counts.iter().filter(|&&count| count > 0.0).count();
    let grouped = rare.iter().filter(|&&r| r).count();
    if let Some(most) = max_categories {
        if present - grouped + 1 > most && present > most.saturating_sub(1) {
            let mut lightest: Vec<usize> = (0..counts.len()).filter(|&i| counts[i] > 0.0).collect();
            lightest.sort_by(|&a, &b| counts[a].total_cmp(&counts[b]));
            let alone = most.saturating_sub(1);
            lightest.iter().take(present - alone).for_each(|&i| rare[i] = true);
        }
    }
    rare
}

/// The rules on the parameters that decide what is rare.
pub(crate) fn check(check: Check, min_frequency: Option<f64>, max_categories: Option<usize>) -> Check {
    let check = match min_frequency {
        Some(value) => check.positive("min_frequency", value),
        None => check,
    };
    check.optional_at_least("max_categories", max_categories, 1)
}

/// The error of [`Unseen::Error`], if a cell is of a level for which `known` is false.
pub(crate) fn refuse_unseen(
    samples: &Samples<'_>,
    schema: &Schema,
    known: impl Fn(usize, f64) -> bool,
) -> Result<()> {
    for row in 0..samples.n_rows() {
        for (column, &cell) in samples.row(row).iter().enumerate() {
            let Some(ColumnKind::Category { levels }) = schema.columns().get(column).map(|c| &c.kind) else {
                continue;
            };
            if !known(column, cell) {
                let value = match level(cell, levels.len()) {
                    Some(level) => levels[level].clone(),
                    None if cell.is_nan() => "(missing)".to_owned(),
                    None => "(unseen)".to_owned(),
                };
                return Err(ErrorKind::UnknownCategory {
                    row,
                    column: schema.name(column).to_owned(),
                    value,
                }
                .into());
            }
        }
    }
    Ok(())
}
