use crm_ml_core::{Samples, Stream};
use ndarray::Array2;

use super::{choose_n_clusters, gap_statistic, stability};
use crate::{AgglomerativeClustering, KMeans};

fn groups(rows: usize, count: usize, seed: u64) -> Array2<f64> {
    let mut stream = Stream::new(seed, "test/choosing", 0);
    Array2::from_shape_fn((rows, 3), |(row, column)| {
        12.0 * ((row % count) as f64 * (1.0 + column as f64) * 0.7).sin() + stream.normal()
    })
}

#[test]
fn planted_groups_are_counted() {
    for count in [2, 4] {
        let x = groups(160, count, count as u64);
        let samples = Samples::new(&x).unwrap();
        let counts = choose_n_clusters(&samples, 1..=6, |k| KMeans::new(k).n_init(4), 3).unwrap();
        assert_eq!(counts.by_silhouette(), Some(count));
        assert_eq!(counts.by_gap(), Some(count));
        assert_eq!(counts.by_stability(), Some(count));
        assert_eq!(counts.counts()[0].silhouette, None);
        assert!(counts.counts()[count - 1].stability.mean > 0.999);
    }
}

#[test]
fn one_cloud_is_one_cluster() {
    let mut stream = Stream::new(8, "test/cloud", 0);
    let x = Array2::from_shape_fn((200, 2), |_| stream.uniform());
    let samples = Samples::new(&x).unwrap();
    let counts = choose_n_clusters(&samples, 1..=4, |k| KMeans::new(k).n_init(3), 0).unwrap();
    assert_eq!(counts.by_gap(), Some(1));
    assert!(counts.counts()[2].stability.mean < 0.95);
}

/// Against the definition, worked out by hand: one cluster in one column.
#[test]
fn the_gap_of_one_cluster_is_that_of_a_box() {
    let x = Array2::from_shape_fn((1000, 1), |(row, _)| if row % 2 == 0 { 0.0 } else { 1.0 });
    let found = gap_statistic(&Samples::new(&x).unwrap(), &KMeans::new(1), 40, 1).unwrap();
    // Variance 1/12 of an even draw against 1/4.
    assert!((found.gap - (1.0f64 / 3.0).ln()).abs() < 3.0 * found.error, "{found:?}");
    assert!(found.error > 0.0 && found.error < 0.1);
}

#[test]
fn any_clustering_can_be_asked_and_bad_draws_are_told() {
    let x = groups(90, 3, 5);
    let samples = Samples::new(&x).unwrap();
    let found = stability(&samples, &AgglomerativeClustering::new(3), 5, 0.7, 2).unwrap();
    assert_eq!((found.mean, found.deviation), (1.0, 0.0));
    let share = stability(&samples, &KMeans::new(2), 5, 1.5, 2).unwrap_err();
    assert!(share.to_string().contains("share"), "{share}");
    assert!(stability(&samples, &KMeans::new(2), 0, 0.5, 2).is_err());
    assert!(gap_statistic(&samples, &KMeans::new(2), 0, 2).is_err());
    assert!(choose_n_clusters(&samples, [], KMeans::new, 2).is_err());
}
