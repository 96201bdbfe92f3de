//! The rows of a table by segment.

use crm_ml_core::{Error, ErrorKind, NOISE, Result};
use crm_ml_preprocessing::row_weights;
use crm_ml_table::Table;

/// Rows of weight above 0, their weights and the segment of each.
pub(super) struct Groups {
    /// Rows of the table.
    pub(super) rows: Vec<usize>,
    pub(super) weights: Vec<f64>,
    /// Place of every row's segment in `labels`.
    pub(super) of: Vec<usize>,
    /// The segments that have rows, ascending, noise last.
    pub(super) labels: Vec<i32>,
    /// Weight of every segment.
    pub(super) totals: Vec<f64>,
    /// Rows of every segment.
    pub(super) counts: Vec<usize>,
    pub(super) total: f64,
}

impl Groups {
    /// `labels` has an entry a row of the table, or one a row of weight above 0, as a clustering gives them.
    pub(super) fn new(table: &Table, labels: &[i32]) -> Result<Self> {
        let all = row_weights(table)?;
        let weight = |row: usize| all.as_ref().map_or(1.0, |w| w[row]);
        let rows: Vec<usize> = (0..table.n_rows()).filter(|&row| weight(row) > 0.0).collect();
        let own: Vec<i32> = match labels.len() {
            n if n == table.n_rows() => rows.iter().map(|&row| labels[row]).collect(),
            n if n == rows.len() => labels.to_vec(),
            n => return Err(Error::length("labels", table.n_rows(), n)),
        };
        if rows.is_empty() {
            return Err(if table.n_rows() == 0 {
                Error::empty("rows")
            } else {
                ErrorKind::AllWeightsZero.into()
            });
        }
        if let Some(place) = own.iter().position(|label| *label < NOISE) {
            return Err(ErrorKind::InvalidTarget {
                row: rows[place],
                value: own[place].to_string(),
                requirement: "a segment is a number from 0, or -1 for none".to_owned(),
            }
            .into());
        }
        // Noise is the greatest as an unsigned number.
        let mut order: Vec<i32> = own.clone();
        order.sort_unstable_by_key(|label| *label as u32);
        order.dedup();
        let of: Vec<usize> =
            own.iter().map(|label| order.partition_point(|other| (*other as u32) < *label as u32)).collect();
        let weights: Vec<f64> = rows.iter().map(|&row| weight(row)).collect();
        let (mut totals, mut counts) = (vec![0.0; order.len()], vec![0; order.len()]);
        for (&group, weight) in of.iter().zip(&weights) {
            totals[group] += weight;
            counts[group] += 1;
        }
        let total: f64 = totals.iter().sum();
        if !total.is_finite() {
            return Err(Error::numerical("the weights sum to more than a number can hold"));
        }
        Ok(Self { rows, weights, of, labels: order, totals, counts, total })
    }

    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }
}
