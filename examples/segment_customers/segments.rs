//! Clusters of customers on the logarithms of recency, frequency and money.

use crm_ml::clustering::{ClusterCounts, KMeans, choose_n_clusters};
use crm_ml::core::{ClusterModel, Clusterer, Samples, Stream, Transformer, TransformerModel};
use crm_ml::customers::RfmTable;
use crm_ml::preprocessing::StandardScaler;
use crm_ml_examples::Outcome;

/// Numbers of segments that are tried, where there are twice as many different customers: two tell a marketer too little, nine too
/// much.
const TRIED: std::ops::RangeInclusive<usize> = 3..=8;
/// Starts of K-means, of which the best counts.
const STARTS: usize = 5;
/// Customers whose dendrogram is drawn.
const SAMPLE: usize = 1500;

/// The segments that were found.
pub(crate) struct Found {
    /// Scaled features they were found on.
    pub(crate) features: Samples<'static>,
    /// The segment of every customer, from 1 by their share of all money.
    pub(crate) labels: Vec<i32>,
    /// Customers who stand for all in the dendrogram, in order.
    pub(crate) sample: Vec<usize>,
    /// What speaks for which number of segments, where several were tried.
    pub(crate) tried: Option<ClusterCounts>,
    /// Number of segments.
    pub(crate) count: usize,
}

/// Clusters the customers into `wanted` segments, or as many as have the highest silhouette.
pub(crate) fn find(rfm: &RfmTable, wanted: Option<usize>, seed: u64) -> Outcome<Found> {
    let logs = rfm.log_features()?;
    let features = StandardScaler::new().fit(&logs)?.transform(&logs)?;
    let means = |count: usize| KMeans::new(count).n_init(STARTS).seed(seed);
    let most = distinct(&features);
    let tried = match wanted {
        None if most >= 2 * *TRIED.start() => {
            Some(choose_n_clusters(&features, TRIED.filter(|count| 2 * count <= most), means, seed)?)
        }
        _ => None,
    };
    let best = tried.as_ref().and_then(ClusterCounts::by_silhouette);
    let count = wanted.or(best).unwrap_or(most.min(*TRIED.start()));
    let labels = by_money(rfm, means(count).fit(&features)?.labels());
    let sample = sample(features.n_rows(), seed);
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
    let mut stream = Stream::new(seed, "segment-customers/sample", 0);
    let size = SAMPLE.min(rows);
    for place in 0..size {
        all.swap(place, place + stream.below(rows - place));
    }
    all.truncate(size);
    all.sort_unstable();
    all
}
