//! Clusters on a line.

use crate::stats::Observed;

const ROUNDS: usize = 300;
const TOLERANCE: f64 = 1e-4;

/// Centres of `count` clusters, ascending, by Lloyd's iterations from the centres of bins of equal width: as scikit-learn's
/// `KMeans` does it, but on sorted values, so that a round takes O(count log values).
pub(super) fn centres(seen: &Observed, count: usize) -> Vec<f64> {
    let mut rows: Vec<(f64, f64)> = seen.weighted().collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Vec::new() };
    let (low, high) = (first.0, last.0);
    // Sums of distances from the mean lose fewer digits.
    let origin = seen.mean();
    let mut sums = vec![(0.0, 0.0)];
    let (mut weight, mut moment) = (0.0, 0.0);
    for (value, row_weight) in &rows {
        weight += row_weight;
        moment += row_weight * (value - origin);
        sums.push((weight, moment));
    }
    let spread = rows.iter().map(|(v, _)| (v - origin) * (v - origin)).sum::<f64>() / rows.len() as f64;
    let edge = |i: usize| low + (high - low) * (i as f64 / count as f64);
    let mut centres: Vec<f64> = (0..count).map(|i| 0.5 * (edge(i) + edge(i + 1))).collect();
    let mut before: Vec<usize> = Vec::new();
    for _ in 0..ROUNDS {
        let ends = ends(&rows, &centres);
        let moved = update(&rows, &sums, &ends, &centres, origin);
        let shift: f64 = moved.iter().zip(&centres).map(|(a, b)| (a - b) * (a - b)).sum();
        centres = moved;
        if ends == before || shift <= TOLERANCE * spread {
            break;
        }
        before = ends;
    }
    centres.sort_unstable_by(f64::total_cmp);
    centres
}

/// Where each cluster's rows end; centres ascend.
fn ends(rows: &[(f64, f64)], centres: &[f64]) -> Vec<usize> {
    let border = |pair: &[f64]| 0.5 * (pair[0] + pair[1]);
    let end = |border: f64| rows.partition_point(|(value, _)| *value <= border);
    let mut ends: Vec<usize> = centres.windows(2).map(|pair| end(border(pair))).collect();
    ends.push(rows.len());
    ends
}

/// The mean of each cluster's rows. An empty cluster takes the row that is farthest from its centre, which leaves its own.
fn update(
    rows: &[(f64, f64)],
    sums: &[(f64, f64)],
    ends: &[usize],
    centres: &[f64],
    origin: f64,
) -> Vec<f64> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let mut clusters: Vec<(f64, f64)> = starts
        .zip(ends)
        .map(|(start, &end)| (sums[end].0 - sums[start].0, sums[end].1 - sums[start].1))
        .collect();
    let empty: Vec<usize> = (0..clusters.len()).filter(|&i| clusters[i].0 <= 0.0).collect();
    if !empty.is_empty() {
        let cluster_of = |row: usize| ends.partition_point(|end| *end <= row);
        let distance = |row: &usize| (rows[*row].0 - centres[cluster_of(*row)]).abs();
        let mut far: Vec<usize> = (0..rows.len()).collect();
        far.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
        for (cluster, row) in empty.into_iter().zip(far) {
            let (value, weight) = rows[row];
            let own = cluster_of(row);
            let moment = weight * (value - origin);
            clusters[own] = (clusters[own].0 - weight, clusters[own].1 - moment);
            clusters[cluster] = (weight, moment);
        }
    }
    let mean = |((weight, moment), old): (&(f64, f64), &f64)| {
        if *weight > 0.0 { origin + moment / weight } else { *old }
    };
    let mut moved: Vec<f64> = clusters.iter().zip(centres).map(mean).collect();
    moved.sort_unstable_by(f64::total_cmp);
    moved
}
