//! Silhouettes.

use crm_ml_core::{Error, NOISE, Result, Samples, Stream, parallel};

use super::groups::Groups;
use crate::sum::Sum;

/// Rows that are compared with one row at a time: their coordinates stand side by side.
const BLOCK: usize = 32;
/// Rows a parallel piece.
const PIECE: usize = 64;

/// A cluster in blocks.
struct Cluster {
    /// Blocks of [`BLOCK`] rows, in each coordinate after coordinate.
    cells: Vec<f64>,
    /// One a row, 0 behind the last.
    weights: Vec<f64>,
    total: f64,
}

impl Cluster {
    fn new(samples: &Samples<'_>, rows: &[usize]) -> Self {
        let (width, places) = (samples.n_columns(), rows.len().next_multiple_of(BLOCK));
        let (mut cells, mut weights) = (vec![0.0; places * width], vec![0.0; places]);
        for (place, &row) in rows.iter().enumerate() {
            weights[place] = samples.weight(row);
            for (column, cell) in samples.row(row).iter().enumerate() {
                cells[(place / BLOCK * width + column) * BLOCK + place % BLOCK] = *cell;
            }
        }
        Self { cells, total: weights.iter().sum(), weights }
    }

    /// Weighted sum of the distances to a row.
    fn distances(&self, row: &[f64]) -> f64 {
        let mut sums = [0.0; BLOCK];
        for (cells, weights) in
            self.cells.chunks_exact(BLOCK * row.len()).zip(self.weights.chunks_exact(BLOCK))
        {
            let mut squares = [0.0; BLOCK];
            for (own, column) in row.iter().zip(cells.chunks_exact(BLOCK)) {
                for (square, cell) in squares.iter_mut().zip(column) {
                    *square += (own - cell) * (own - cell);
                }
            }
            for ((sum, square), weight) in sums.iter_mut().zip(&squares).zip(weights) {
                *sum += square.sqrt() * weight;
            }
        }
        sums.iter().sum()
    }
}

/// The silhouette of every row (Rousseeuw 1987): `(b - a) / max(a, b)`, where `a` is its mean distance to the other rows of its
/// cluster and `b` that to the rows of the nearest other cluster. From -1 (wrong cluster) to 1.
///
/// Rows alone in their cluster have 0, and so has noise (-1), which belongs to none. Euclidean distance. Weights count as repeated
/// rows. O(n^2 p) time in parallel, O(n p) memory. Errors: lengths, missing values, category columns, a sum of weights that is not
/// finite, fewer than two clusters, a sum of weights (rows without them) that is not above the number of clusters.
pub fn silhouette_samples(samples: &Samples<'_>, labels: &[i32]) -> Result<Vec<f64>> {
    let groups = Groups::new(samples, labels, "silhouette_samples")?;
    groups.require_counts(samples, "silhouette_samples")?;
    let clusters = parallel::map(groups.rows.len(), |cluster| Cluster::new(samples, &groups.rows[cluster]));
    let mut own = vec![None; labels.len()];
    for (cluster, rows) in groups.rows.iter().enumerate() {
        rows.iter().for_each(|row| own[*row] = Some(cluster));
    }
    let silhouette = |row: usize| {
        let Some(own) = own[row] else { return 0.0 };
        let others = clusters[own].total - 1.0;
        if others <= 0.0 {
            return 0.0;
        }
        let cells = samples.row(row);
        let (mut within, mut nearest) = (0.0, f64::INFINITY);
        for (place, cluster) in clusters.iter().enumerate() {
            let sum = cluster.distances(cells);
            if place == own {
                within = sum / others;
            } else {
                nearest = f64::min(nearest, sum / cluster.total);
            }
        }
        let larger = f64::max(within, nearest);
        if larger > 0.0 { (nearest - within) / larger } else { 0.0 }
    };
    let of_rows = |rows: std::ops::Range<usize>| rows.map(silhouette).collect::<Vec<f64>>();
    Ok(parallel::map_rows(labels.len(), PIECE, of_rows).concat())
}

/// The weighted mean of [`silhouette_samples`] over the rows that belong to a cluster: how well apart clusters are, from -1 to 1.
///
/// ```
/// use crm_ml_core::Samples;
/// use crm_ml_metrics::silhouette_score;
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [10.0], [11.0]];
/// let score = silhouette_score(&Samples::new(&x)?, &[0, 0, 1, 1])?;
/// assert!((score - (9.5 / 10.5 + 8.5 / 9.5) / 2.0).abs() < 1e-15);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn silhouette_score(samples: &Samples<'_>, labels: &[i32]) -> Result<f64> {
    let silhouettes = silhouette_samples(samples, labels)?;
    let clustered = || (0..labels.len()).filter(|row| labels[*row] != NOISE);
    let sum = clustered().map(|row| samples.weight(row) * silhouettes[row]).collect::<Sum>();
    let total = clustered().map(|row| samples.weight(row)).collect::<Sum>();
    Ok(sum.value() / total.value())
}

/// [`silhouette_score`] of `sample_size` rows drawn without replacement (all where there are fewer), as scikit-learn's `sample_size`.
///
/// Errors: as there; a draw that leaves fewer than two clusters.
pub fn silhouette_score_sampled(
    samples: &Samples<'_>,
    labels: &[i32],
    sample_size: usize,
    seed: u64,
) -> Result<f64> {
    if labels.len() != samples.n_rows() {
        return Err(Error::length("labels", samples.n_rows(), labels.len()));
    }
    if sample_size >= samples.n_rows() {
        return silhouette_score(samples, labels);
    }
    let mut rows = Stream::new(seed, "metrics/silhouette", 0).sample(samples.n_rows(), sample_size);
    rows.sort_unstable();
    let labels: Vec<i32> = rows.iter().map(|row| labels[*row]).collect();
    silhouette_score(&samples.select_rows(&rows), &labels)
}
