//! The curve that proposes `eps`.

use crm_ml_core::{Check, ErrorKind, Result, Samples};
use crm_ml_neighbors::{Metric, NearestNeighbors};

/// The distance of every row to its `k`-th nearest, ascending.
///
/// ```
/// use crm_ml_clustering::k_distances;
/// use crm_ml_core::Samples;
/// use crm_ml_neighbors::Metric;
/// use ndarray::Array2;
///
/// // A hundred rows one apart, and three far from all.
/// let x = Array2::from_shape_fn((103, 1), |(i, _)| if i < 100 { i as f64 } else { 1000.0 * i as f64 });
/// let curve = k_distances(&Samples::new(&x)?, 3, Metric::Euclidean)?;
/// assert_eq!(curve.distances()[0], 1.0);
/// assert_eq!(curve.eps(), 2.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KDistances {
    distances: Vec<f64>,
}

/// The distance of every row to its `k`-th nearest row, itself counted as the first: with `k` = `min_samples`, a row
/// is a core row of [`Dbscan`](crate::Dbscan) for every `eps` from there on.
///
/// Errors: `k` below 2 or above the number of rows; those of [`NearestNeighbors::fit`].
pub fn k_distances(samples: &Samples<'_>, k: usize, metric: Metric) -> Result<KDistances> {
    Check::of("k_distances").at_least("k", k, 2).finish()?;
    if k > samples.n_rows() {
        let what = "rows, itself counted, to look for the k-th nearest among".to_owned();
        return Err(ErrorKind::TooFew { what, needed: k, found: samples.n_rows() }.into());
    }
    let model = NearestNeighbors::new().metric(metric).fit(samples)?;
    let near = model.kneighbors_of_fitted(k - 1)?;
    let mut distances: Vec<f64> = near.distances.column(k - 2).to_vec();
    distances.sort_unstable_by(f64::total_cmp);
    Ok(KDistances { distances })
}

impl KDistances {
    /// The curve.
    pub fn distances(&self) -> &[f64] {
        &self.distances
    }

    /// Position of the knee: where the curve lies farthest below the line between its ends, both axes scaled to 1
    /// (Satopaa, Albrecht, Irwin, Raghavan, Finding a "Kneedle" in a haystack, 2011, for a convex curve); the last
    /// such. The last position where the curve is flat.
    pub fn knee(&self) -> usize {
        let last = self.distances.len().saturating_sub(1);
        let (Some(low), Some(high)) = (self.distances.first(), self.distances.last()) else { return 0 };
        let rise = high - low;
        if rise.is_nan() || rise <= 0.0 {
            return last;
        }
        let mut best = (last, 0.0);
        for (position, distance) in self.distances.iter().enumerate() {
            let below = position as f64 / last as f64 - (distance - low) / rise;
            if below >= best.1 {
                best = (position, below);
            }
        }
        best.0
    }

    /// The distance at the knee: an `eps` with which most rows are core rows and those that stand out are not.
    pub fn eps(&self) -> f64 {
        self.distances.get(self.knee()).copied().unwrap_or(0.0)
    }
}
