//! Clusters of customers on the logarithms of recency, frequency and money.

use crm_ml::clustering::KMeans;
use crm_ml::core::{ClusterModel, Clusterer, Progress, Samples, Step, Stream, Transformer, TransformerModel};
use crm_ml::customers::RfmTable;
use crm_ml::preprocessing::StandardScaler;
use crm_ml_examples::Outcome;

/// Numbers of segments that are tried: two tell a marketer too little, nine too much.
const TRIED: std::ops::RangeInclusive<usize> = 3..=8;
/// Customers on whom silhouettes are measured and whose dendrogram is drawn.
const SAMPLE: usize = 1500;

/// The segments that were found.
pub(crate) struct Found {
    /// Scaled features they were found on.
    pub(crate) features: Samples<'static>,
    /// The segment of every customer, from 1 by their share of all money.
    pub(crate) labels: Vec<i32>,
    /// Customers who stand for all where all would be too many, in order.
    pub(crate) sample: Vec<usize>,
    /// Numbers of segments with their silhouettes, where several were tried.
    pub(crate) tried: Vec<(usize, f64)>,
    /// Number of segments.
    pub(crate) count: usize,
}

/// Clusters the customers into `wanted` segments, or as many as have the highest silhouette.
pub(crate) fn find(
    rfm: &RfmTable,
    wanted: Option<usize>,
    seed: u64,
    progress: &dyn Progress,
) -> Outcome<Found> {
    let logs = rfm.log_features()?;
    let features = StandardScaler::new().fit(&logs)?.transform(&logs)?;
    let fit = |count: usize| -> Outcome<Vec<i32>> {
        Ok(KMeans::new(count).n_init(10).seed(seed).fit(&features)?.labels().to_vec())
    };
    let most = distinct(&features);
    let sample = sample(features.n_rows(), seed);
    let (mut tried, mut best) = (Vec::new(), Vec::new());
    match wanted {
        Some(count) => best = fit(count)?,
        None if most <= *TRIED.start() => best = fit(most)?,
        None => {
            for count in TRIED.filter(|count| *count < most) {
                let _ = progress.step(Step { task: "segments", done: count, total: *TRIED.end() });
                let labels = fit(count)?;
                let silhouette = silhouette(&features, &labels, &sample);
                if tried.iter().all(|(_, earlier)| silhouette > *earlier) {
                    best = labels;
                }
                tried.push((count, silhouette));
            }
        }
    }
    let labels = by_money(rfm, &best);
    let count = labels.iter().copied().max().map_or(0, |most| most as usize);
    Ok(Found { features, labels, sample, tried, count })
}

/// Number of different rows.
fn distinct(features: &Samples<'_>) -> usize {
    let mut rows: Vec<Vec<u64>> =
        (0..features.n_rows()).map(|row| features.row(row).iter().map(|v| v.to_bits()).collect()).collect();
    rows.sort_unstable();
    rows.dedup();
    rows.len()
}

/// Renames the clusters: 1 brings in the most money.
fn by_money(rfm: &RfmTable, labels: &[i32]) -> Vec<i32> {
    let clusters = labels.iter().copied().max().map_or(0, |most| most as usize + 1);
    let mut money = vec![0.0; clusters];
    for (customer, label) in rfm.customers().iter().zip(labels) {
        money[*label as usize] += customer.monetary;
    }
    let mut order: Vec<usize> = (0..clusters).filter(|c| labels.contains(&(*c as i32))).collect();
    order.sort_by(|a, b| money[*b].total_cmp(&money[*a]));
    let mut name = vec![0; clusters];
    order.iter().zip(1..).for_each(|(cluster, number)| name[*cluster] = number);
    labels.iter().map(|label| name[*label as usize]).collect()
}

fn sample(rows: usize, seed: u64) -> Vec<usize> {
    let mut all: Vec<usize> = (0..rows).collect();
    let mut stream = Stream::new(seed, "segment-customers/silhouette", 0);
    let size = SAMPLE.min(rows);
    for place in 0..size {
        all.swap(place, place + stream.below(rows - place));
    }
    all.truncate(size);
    all.sort_unstable();
    all
}

/// Mean silhouette of some rows (Rousseeuw 1987): how much nearer they are to their own segment than to the next one.
fn silhouette(features: &Samples<'_>, labels: &[i32], rows: &[usize]) -> f64 {
    let clusters = labels.iter().copied().max().map_or(0, |most| most as usize + 1);
    let distance = |a: usize, b: usize| -> f64 {
        features.row(a).iter().zip(features.row(b)).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
    };
    let mut counts = vec![0usize; clusters];
    rows.iter().for_each(|row| counts[labels[*row] as usize] += 1);
    let of = |row: usize| {
        let own = labels[row] as usize;
        let mut sums = vec![0.0; clusters];
        rows.iter().for_each(|other| sums[labels[*other] as usize] += distance(row, *other));
        let inside = sums[own] / (counts[own].max(2) - 1) as f64;
        let others =
            (0..clusters).filter(|c| *c != own && counts[*c] > 0).map(|c| sums[c] / counts[c] as f64);
        let next = others.fold(f64::INFINITY, f64::min);
        if counts[own] < 2 || next.is_infinite() {
            0.0
        } else {
            (next - inside) / next.max(inside).max(f64::MIN_POSITIVE)
        }
    };
    rows.iter().map(|row| of(*row)).sum::<f64>() / rows.len() as f64
}
