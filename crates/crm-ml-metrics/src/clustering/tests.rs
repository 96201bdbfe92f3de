use crm_ml_core::{Samples, Stream};
use ndarray::{Array1, Array2, Axis, array};
use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// A row of weight 2 is a row twice; noise is nobody's.
    #[test]
    fn weights_are_repeated_rows(seed in 0u64..10_000) {
        let mut stream = Stream::new(seed, "test/clustering", 0);
        let x = Array2::from_shape_fn((30, 2), |_| stream.normal());
        let labels: Vec<i32> = (0..30).map(|row| if row < 6 { row % 3 } else { stream.below(4) as i32 - 1 }).collect();
        let counts: Vec<usize> = (0..30).map(|_| 1 + stream.below(3)).collect();
        let repeated: Vec<usize> = (0..30).flat_map(|row| vec![row; counts[row]]).collect();
        let weights = Array1::from_iter(counts.iter().map(|count| *count as f64));
        let weighted = Samples::new(&x).unwrap().with_weights(&weights).unwrap();
        let x_repeated = x.select(Axis(0), &repeated);
        let plain = Samples::new(&x_repeated).unwrap();
        let labels_repeated: Vec<i32> = repeated.iter().map(|row| labels[*row]).collect();
        type Metric = fn(&Samples<'_>, &[i32]) -> crm_ml_core::Result<f64>;
        for metric in [silhouette_score as Metric, davies_bouldin_score, calinski_harabasz_score] {
            let (a, b) = (metric(&weighted, &labels).unwrap(), metric(&plain, &labels_repeated).unwrap());
            prop_assert!((a - b).abs() < 1e-11 * a.abs().max(1.0), "{a} {b}");
        }
        let clustered: Vec<usize> = (0..30).filter(|row| labels[*row] >= 0).collect();
        let without_noise = silhouette_score(
            &Samples::new(&x.select(Axis(0), &clustered)).unwrap(),
            &clustered.iter().map(|row| labels[*row]).collect::<Vec<_>>(),
        );
        let with_noise = silhouette_score(&Samples::new(&x).unwrap(), &labels).unwrap();
        prop_assert!((without_noise.unwrap() - with_noise).abs() < 1e-12);
    }

    /// Symmetric, blind to names, at most 1.
    #[test]
    fn agreement_knows_no_names(seed in 0u64..10_000, rows in 1usize..60) {
        let mut stream = Stream::new(seed, "test/agreement", 0);
        let mut draw = |levels: usize| -> Vec<i32> { (0..rows).map(|_| stream.below(levels) as i32 - 1).collect() };
        let (a, b) = (draw(4), draw(3));
        let renamed: Vec<i32> = b.iter().map(|label| 100 - 7 * label).collect();
        type Metric = fn(&[i32], &[i32]) -> crm_ml_core::Result<f64>;
        for metric in [
            rand_score as Metric, adjusted_rand_score, fowlkes_mallows_score, mutual_info_score,
            normalized_mutual_info_score, adjusted_mutual_info_score,
        ] {
            let value = metric(&a, &b).unwrap();
            prop_assert!((value - metric(&b, &a).unwrap()).abs() < 1e-12);
            prop_assert!((value - metric(&a, &renamed).unwrap()).abs() < 1e-12);
            prop_assert!(value.is_finite());
        }
        prop_assert!((adjusted_rand_score(&a, &a).unwrap() - 1.0).abs() < 1e-12);
        prop_assert!((adjusted_mutual_info_score(&a, &a).unwrap() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn what_cannot_be_judged_is_told() {
    let x = array![[0.0], [1.0], [2.0]];
    let samples = Samples::new(&x).unwrap();
    assert!(silhouette_score(&samples, &[0, 0, 0]).unwrap_err().to_string().contains("clusters"));
    assert!(silhouette_score(&samples, &[0, -1, -1]).unwrap_err().to_string().contains("clusters"));
    assert!(silhouette_score(&samples, &[0, 1]).unwrap_err().to_string().contains("labels"));
    assert!(davies_bouldin_score(&samples, &[0, 1, 2]).unwrap_err().to_string().contains("own"));
    assert!(adjusted_rand_score(&[], &[]).is_err() && adjusted_rand_score(&[0], &[0, 1]).is_err());
    let sampled = silhouette_score_sampled(&samples, &[0, 0, 1], 10, 0).unwrap();
    assert_eq!(sampled, silhouette_score(&samples, &[0, 0, 1]).unwrap());
}

/// Their mean distances divide by the rows beside one's own, their variances by the rows beyond one a cluster.
#[test]
fn weights_that_count_less_than_a_row_a_cluster_are_refused() {
    let x = array![[0.0], [1.0], [10.0], [11.0]];
    let labels = [0, 0, 1, 1];
    let weigh = |weight: f64, metric: fn(&Samples<'_>, &[i32]) -> crm_ml_core::Result<f64>| {
        metric(&Samples::new(&x).unwrap().with_weights(&Array1::from_elem(4, weight)).unwrap(), &labels)
    };
    for metric in [silhouette_score, calinski_harabasz_score] {
        for weight in [1e-3, 0.25, 0.5] {
            let error = weigh(weight, metric).unwrap_err();
            assert!(matches!(error.kind(), crm_ml_core::ErrorKind::Unsupported { .. }), "{error}");
        }
        assert!(weigh(0.75, metric).unwrap() > 0.0);
    }
    let plain = davies_bouldin_score(&Samples::new(&x).unwrap(), &labels).unwrap();
    assert_eq!(weigh(0.25, davies_bouldin_score).unwrap(), plain);
}
