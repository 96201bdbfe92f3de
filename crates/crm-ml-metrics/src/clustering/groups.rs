//! The rows of a clustering, cluster after cluster.

use crm_ml_core::{Error, ErrorKind, NOISE, Result, Samples};

use crate::input;

/// Clustered rows; noise is left out.
#[derive(Debug)]
pub(super) struct Groups {
    /// Rows of every cluster that has any, ascending.
    pub(super) rows: Vec<Vec<usize>>,
}

impl Groups {
    /// Errors: lengths, missing values, category columns, a sum of weights that is not finite, fewer than two clusters, as many
    /// clusters as rows.
    pub(super) fn new(samples: &Samples<'_>, labels: &[i32], metric: &str) -> Result<Self> {
        if labels.len() != samples.n_rows() {
            return Err(Error::length("labels", samples.n_rows(), labels.len()));
        }
        samples.require_real(metric)?;
        samples.weights().map(input::total).transpose()?;
        let mut order: Vec<usize> = (0..labels.len()).filter(|row| labels[*row] != NOISE).collect();
        order.sort_by_key(|row| labels[*row]);
        let rows: Vec<Vec<usize>> =
            order.chunk_by(|a, b| labels[*a] == labels[*b]).map(<[usize]>::to_vec).collect();
        if rows.len() < 2 {
            return Err(
                ErrorKind::TooFew { what: "clusters".to_owned(), needed: 2, found: rows.len() }.into()
            );
        }
        if rows.len() == order.len() && samples.weights().is_none() {
            return Err(Error::unsupported(format!("{metric}: every row is a cluster of its own")));
        }
        Ok(Self { rows })
    }

    /// Weights that count rows add up to more than one a cluster.
    pub(super) fn require_counts(&self, samples: &Samples<'_>, metric: &str) -> Result<()> {
        let total: f64 = self.rows.iter().flatten().map(|row| samples.weight(*row)).sum();
        if total > self.rows.len() as f64 {
            return Ok(());
        }
        let clusters = self.rows.len();
        Err(Error::unsupported(format!(
            "{metric}: a weight counts rows, and {total} in all is not above the {clusters} clusters"
        )))
    }

    /// The weighted mean of every cluster, and its weight.
    pub(super) fn means(&self, samples: &Samples<'_>) -> Vec<(Vec<f64>, f64)> {
        crm_ml_core::parallel::map(self.rows.len(), |cluster| mean(samples, &self.rows[cluster]))
    }
}

/// The weighted mean of rows, and their weight.
pub(super) fn mean(samples: &Samples<'_>, rows: &[usize]) -> (Vec<f64>, f64) {
    let mut mean = vec![0.0; samples.n_columns()];
    let mut total = 0.0;
    for &row in rows {
        let weight = samples.weight(row);
        total += weight;
        let share = weight / total;
        mean.iter_mut().zip(samples.row(row)).for_each(|(mean, cell)| *mean += share * (cell - *mean));
    }
    (mean, total)
}

/// Squared Euclidean distance.
pub(super) fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
