//! Parts of k-means.

use crm_ml_core::{ClusterModel, Clusterer, ErrorKind, Samples, Stream};
use ndarray::{Array2, array};
use proptest::prelude::*;

use super::nearest::{Centers, squared_distance};
use super::{Algorithm, KMeans, KMeansInit};

fn data(rows: usize, columns: usize, clusters: usize, seed: u64) -> Array2<f64> {
    let mut stream = Stream::new(seed, "tests/kmeans", 0);
    let offsets: Vec<f64> = (0..clusters * columns).map(|_| 3.0 * stream.normal()).collect();
    Array2::from_shape_fn((rows, columns), |(i, j)| offsets[i % clusters * columns + j] + stream.normal())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Bounds, the quick look and changed sums give what plain distances and fresh sums give.
    #[test]
    fn every_algorithm_is_plain_lloyd(
        rows in 30usize..6000, columns in 1usize..20, clusters in 1usize..30, seed in 0u64..1000, grid in any::<bool>(),
    ) {
        let mut x = data(rows, columns, clusters, seed);
        if grid {
            // Rows on a grid tie often.
            x.mapv_inplace(f64::round);
        }
        let start = x.select(ndarray::Axis(0), &(0..clusters).collect::<Vec<_>>());
        let fit = |algorithm| {
            let estimator = KMeans::new(clusters).init(KMeansInit::Centers(start.clone())).algorithm(algorithm);
            estimator.max_iter(12).tol(0.0).fit(&Samples::new(&x).unwrap()).unwrap()
        };
        let lloyd = fit(Algorithm::Lloyd);
        let hamerly = fit(Algorithm::Hamerly);
        prop_assert_eq!(&lloyd, &hamerly);
        let inertia = lloyd.inertia();
        let mut sum = 0.0;
        for (row, label) in x.rows().into_iter().zip(lloyd.labels()) {
            let square = |c: ndarray::ArrayView1<'_, f64>| (&row - &c).mapv(|v| v * v).sum();
            let own = square(lloyd.cluster_centers().row(*label as usize));
            let least = lloyd.cluster_centers().rows().into_iter().map(square).fold(f64::INFINITY, f64::min);
            prop_assert!(own <= least * (1.0 + 1e-12) + 1e-12);
            sum += own;
        }
        prop_assert!((inertia - sum).abs() <= 1e-9 * sum.max(1.0));
    }

    #[test]
    fn inertia_never_rises(rows in 20usize..400, clusters in 1usize..8, seed in 0u64..1000) {
        let x = data(rows, 3, 4, seed);
        let start = x.select(ndarray::Axis(0), &(0..clusters).collect::<Vec<_>>());
        let mut last = f64::INFINITY;
        for iterations in 1..12 {
            let estimator = KMeans::new(clusters).init(KMeansInit::Centers(start.clone())).max_iter(iterations);
            let inertia = estimator.tol(0.0).fit(&Samples::new(&x).unwrap()).unwrap().inertia();
            prop_assert!(inertia <= last * (1.0 + 1e-12), "{} after {}", inertia, last);
            last = inertia;
        }
    }
}

#[test]
fn a_quick_look_in_doubt_is_decided_exactly() {
    // Two centres at distances that differ in the eleventh digit only, then not at all.
    let centers = Centers::new(vec![0.5 + 1e-11, 0.0, -0.5, 0.0, 0.5, 0.0], 2);
    assert_eq!(centers.exact(&[0.0, 0.0]).0, 1);
    assert_eq!(squared_distance(&[1.0, 2.0, 3.0, 4.0, 5.0], &[0.0; 5]), 55.0);
    let x = array![[0.0], [1e-11], [1.0], [1.0 + 1e-11], [-1.0]];
    let start = KMeansInit::Centers(array![[0.5], [-0.5]]);
    let model = KMeans::new(2).init(start).max_iter(1).fit(&Samples::new(&x).unwrap()).unwrap();
    assert_eq!(model.labels(), [0, 0, 0, 0, 1]);
}

#[test]
fn a_better_start_is_kept() {
    let x = data(300, 2, 9, 4);
    let samples = Samples::new(&x).unwrap();
    let inertia =
        |starts| KMeans::new(9).init(KMeansInit::Random).n_init(starts).fit(&samples).unwrap().inertia();
    assert!(inertia(10) <= inertia(1));
    let best = (0..40)
        .map(|seed| KMeans::new(9).seed(seed).fit(&samples).unwrap().inertia())
        .fold(f64::INFINITY, f64::min);
    assert!(inertia(10) <= 1.2 * best);
}

#[test]
fn plus_plus_spreads_its_centres() {
    // One row far away is always drawn: its share of the squares is above 0.999.
    let mut x = data(200, 2, 1, 6);
    x.row_mut(77).fill(1e3);
    for seed in 0..20 {
        let model = KMeans::new(3).seed(seed).max_iter(1).fit(&Samples::new(&x).unwrap()).unwrap();
        let alone = model.labels()[77];
        assert_eq!(model.labels().iter().filter(|label| **label == alone).count(), 1);
    }
}

#[test]
fn what_cannot_be_clustered_is_a_typed_error() {
    let x = array![[1.0], [2.0], [3.0]];
    let samples = Samples::new(&x).unwrap();
    let error = KMeans::new(4).fit(&samples).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooFew { needed: 4, found: 3, .. }), "{error}");
    let start = KMeansInit::Centers(array![[1.0, 2.0]]);
    let error = KMeans::new(1).init(start).fit(&samples).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::LengthMismatch { expected: 1, found: 2, .. }), "{error}");
    let weighted = samples.with_weights(&[1.0, 0.0, 1.0]).unwrap();
    assert!(KMeans::new(3).fit(&weighted).is_err());
    assert_eq!(KMeans::new(2).fit(&weighted).unwrap().inertia(), 0.0);
}

#[test]
fn extreme_magnitudes_are_a_result_or_an_error() {
    for scale in [1e-300, 1e-160, 1e150, 1e307] {
        let x = array![[1.0, -1.0], [1.1, -1.0], [-1.0, 1.0], [-1.0, 1.2]] * scale;
        match KMeans::new(2).fit(&Samples::new(&x).unwrap()) {
            Ok(model) => assert_eq!(model.labels()[0], model.labels()[1], "{scale:e}"),
            Err(error) => assert!(matches!(error.kind(), ErrorKind::Numerical { .. }), "{error}"),
        }
    }
    let x = array![[0.0], [1.0]];
    let far = KMeansInit::Centers(array![[1e300], [0.4]]);
    let model = KMeans::new(2).init(far).fit(&Samples::new(&x).unwrap()).unwrap();
    assert_eq!(model.inertia(), 0.0, "the empty cluster is given the farther row");
}
