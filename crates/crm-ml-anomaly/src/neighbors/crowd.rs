//! The neighbours of rows, where a row may stand for several.

use crm_ml_core::{Error, ErrorKind, Result, Samples};
use crm_ml_neighbors::{Metric, NearestNeighbors, NearestNeighborsModel, Neighbors};
use serde::{Deserialize, Serialize};

/// Writes the shares of the columns in the distance of two points.
pub(super) type ShareOut = fn(&[f64], &[f64], &mut [f64]);

/// The rows of a fit, each of which stands for as many rows as its weight says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Crowd {
    rows: NearestNeighborsModel,
    /// Whole numbers of at least 1.
    weights: Option<Vec<f64>>,
    /// Neighbours looked at.
    k: usize,
}

/// A neighbour: its row, its distance, and for how many of the `k` it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Neighbor {
    pub(super) row: usize,
    pub(super) distance: f64,
    pub(super) count: f64,
}

impl Crowd {
    /// Takes `k` neighbours, or as many as there are.
    ///
    /// Errors: fewer than two rows, weights that are not whole, what the metric refuses.
    pub(super) fn fit(samples: &Samples<'_>, metric: Metric, k: usize, user: &str) -> Result<Self> {
        if let Some(row) = samples.weights().and_then(|w| w.iter().position(|w| w.fract() != 0.0)) {
            return Err(Error::unsupported(format!(
                "{user} counts neighbours, so a weight is a whole number of equal rows: row {row} has weight {}",
                samples.weight(row)
            )));
        }
        let total = samples.total_weight();
        if total < 2.0 {
            return Err(
                ErrorKind::TooFew { what: "rows".to_owned(), needed: 2, found: samples.n_rows() }.into()
            );
        }
        let unweighted = Samples::new(samples.dense())?.with_schema(samples.schema())?;
        let k = if (k as f64) < total - 1.0 { k } else { (total - 1.0) as usize };
        let rows = NearestNeighbors::new().metric(metric).fit(&unweighted)?;
        Ok(Self { rows, weights: samples.weights().map(<[f64]>::to_vec), k })
    }

    pub(super) fn rows(&self) -> &NearestNeighborsModel {
        &self.rows
    }

    pub(super) fn k(&self) -> usize {
        self.k
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[row])
    }

    /// The neighbours of every row of the fit; a row that stands for several has the others beside it.
    pub(super) fn of_fitted(&self) -> Result<Near> {
        let others = self.rows.n_rows() - 1;
        if others == 0 {
            return Ok(Near { found: None, fitted: true });
        }
        Ok(Near { found: Some(self.rows.kneighbors_of_fitted(self.k.min(others))?), fitted: true })
    }

    /// The neighbours of new rows. One that is equal to a row of the fit finds that row.
    pub(super) fn of(&self, samples: &Samples<'_>) -> Result<Near> {
        let k = self.k.min(self.rows.n_rows());
        Ok(Near { found: Some(self.rows.kneighbors(samples, k)?), fitted: false })
    }

    /// Calls `visit` for the neighbours of one row, the nearest first, until `k` are counted.
    #[inline]
    pub(super) fn each(&self, near: &Near, row: usize, mut visit: impl FnMut(Neighbor)) {
        let mut left = self.k as f64;
        if near.fitted && self.weights.is_some() {
            let count = (self.weight(row) - 1.0).min(left);
            if count > 0.0 {
                visit(Neighbor { row, distance: 0.0, count });
                left -= count;
            }
        }
        let Some(found) = &near.found else { return };
        for (distance, other) in found.distances.row(row).iter().zip(found.indices.row(row)) {
            if left <= 0.0 {
                return;
            }
            let count = self.weight(*other).min(left);
            visit(Neighbor { row: *other, distance: *distance, count });
            left -= count;
        }
    }

    /// The shares of the columns in the distance of two points: they sum to 1, or are all 0 where the points are one.
    ///
    /// Errors: a metric whose distance is no sum over columns.
    pub(super) fn shares(&self) -> Result<ShareOut> {
        match self.rows.space().metric() {
            Metric::Euclidean => Ok(|a, b, shares| share_out(a, b, shares, |d| d * d)),
            Metric::Manhattan => Ok(|a, b, shares| share_out(a, b, shares, f64::abs)),
            other => Err(Error::unsupported(format!(
                "attributions take Euclidean or Manhattan distances, which are sums over columns; this is {other:?}"
            ))),
        }
    }

    pub(super) fn validate(&self) -> Result<()> {
        let count = self.rows.n_rows();
        let whole = |w: &f64| w.is_finite() && *w >= 1.0 && w.fract() == 0.0;
        let weights = self.weights.as_ref().is_none_or(|w| w.len() == count && w.iter().all(whole));
        let total = self.weights.as_ref().map_or(count as f64, |w| w.iter().sum());
        if weights && self.k >= 1 && self.k as f64 <= total - 1.0 {
            Ok(())
        } else {
            Err(Error::model_file("neighbours that do not fit their rows"))
        }
    }
}

fn share_out(a: &[f64], b: &[f64], shares: &mut [f64], term: impl Fn(f64) -> f64) {
    let total: f64 = a.iter().zip(b).map(|(a, b)| term(a - b)).sum();
    for ((share, a), b) in shares.iter_mut().zip(a).zip(b) {
        *share = if total > 0.0 { term(a - b) / total } else { 0.0 };
    }
}

/// What a search found.
pub(super) struct Near {
    found: Option<Neighbors>,
    fitted: bool,
}

/// A row's coordinates among those of all rows.
pub(super) fn point(cells: &[f64], width: usize, row: usize) -> &[f64] {
    &cells[row * width..(row + 1) * width]
}
