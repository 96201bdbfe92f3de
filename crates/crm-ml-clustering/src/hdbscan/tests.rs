use crm_ml_core::ClusterModel;
use ndarray::Array2;
use proptest::prelude::*;

use super::*;

/// By tree and by scan.
fn trees(cells: &[f64], width: usize, norm: Norm, reach: Reach<'_>) -> (Vec<Edge>, Vec<Edge>) {
    let cells = &cells[..cells.len() / width * width];
    let tree = KdTree::new(cells, width, norm).unwrap();
    let (cores, mut by_tree) = boruvka::spanning_tree(&tree, reach, &()).unwrap();
    let scan = Scan::new(cells, width, Kernel::Sum(norm));
    let (cores_by_scan, mut by_scan) = prim::spanning_tree(&scan, reach, &()).unwrap();
    assert_eq!(cores, cores_by_scan);
    by_tree.sort_by(Edge::cmp);
    by_scan.sort_by(Edge::cmp);
    (by_tree, by_scan)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn spanning_trees_agree(
        cells in prop::collection::vec(-1.0f64..1.0, 20..700),
        width in 1usize..6,
        k in 1usize..5,
        stretch in prop::sample::select(vec![1.0, 0.5, 3.0]),
    ) {
        let weights: Vec<f64> = (0..cells.len() / width).map(|row| [0.3, 1.0, 2.5][row % 3]).collect();
        for norm in [Norm::Squares, Norm::Magnitudes] {
            for weights in [None, Some(&weights[..])] {
                let (by_tree, by_scan) = trees(&cells, width, norm, Reach { k, weights, stretch });
                prop_assert_eq!(by_tree, by_scan);
            }
        }
    }

    #[test]
    fn spanning_trees_are_as_long_with_ties(
        cells in prop::collection::vec((0i32..7).prop_map(f64::from), 20..700),
        width in 1usize..4,
        k in 1usize..5,
    ) {
        let (by_tree, by_scan) = trees(&cells, width, Norm::Squares, Reach { k, weights: None, stretch: 1.0 });
        let lengths = |edges: &[Edge]| edges.iter().map(|e| (e.reach, e.distance)).collect::<Vec<_>>();
        prop_assert_eq!(by_tree.len() + 1, cells.len() / width);
        prop_assert_eq!(lengths(&by_tree), lengths(&by_scan));
    }

    #[test]
    fn no_data_break_it(
        cells in prop::collection::vec((0i32..4).prop_map(f64::from), 2..120),
        width in 1usize..4,
        min_cluster_size in 2usize..9,
        min_samples in 1usize..4,
        epsilon in prop::sample::select(vec![0.0, 0.5, 1.0, 2.0]),
        leaf in any::<bool>(),
        single in any::<bool>(),
    ) {
        let rows = cells.len() / width;
        prop_assume!(rows >= min_samples);
        let x = Array2::from_shape_vec((rows, width), cells[..rows * width].to_vec()).unwrap();
        let method = if leaf { ClusterSelectionMethod::Leaf } else { ClusterSelectionMethod::Eom };
        let model = Hdbscan::new()
            .min_cluster_size(min_cluster_size)
            .min_samples(min_samples)
            .cluster_selection_method(method)
            .cluster_selection_epsilon(epsilon)
            .allow_single_cluster(single)
            .fit(&Samples::new(&x).unwrap())
            .unwrap();
        crm_ml_core::Persist::validate(&model).unwrap();
        for (label, probability) in model.labels().iter().zip(model.probabilities()) {
            prop_assert!(*label >= 0 || *probability == 0.0);
        }
    }
}

#[test]
fn duplicates_take_no_quadratic_time() {
    let x = Array2::from_shape_fn((100_000, 2), |(row, _)| (row % 2) as f64);
    let model = Hdbscan::new().fit(&Samples::new(&x).unwrap()).unwrap();
    assert_eq!((model.n_clusters(), model.labels()[0], model.labels()[1]), (2, 0, 1));
    let same = Array2::from_elem((100_000, 2), 3.5);
    let model = Hdbscan::new().allow_single_cluster(true).fit(&Samples::new(&same).unwrap()).unwrap();
    assert_eq!((model.n_clusters(), model.labels()[77]), (1, 0));
}

#[test]
fn extreme_data_give_an_answer_or_an_error() {
    let groups =
        |scale: f64| Array2::from_shape_fn((30, 2), |(row, _)| (row + 100 * (row / 15)) as f64 * scale);
    for scale in [1e300, 1e-300, 1.0] {
        let x = groups(scale);
        let model = Hdbscan::new().fit(&Samples::new(&x).unwrap()).unwrap();
        assert_eq!((model.n_clusters(), model.labels()[0], model.labels()[29]), (2, 0, 1), "{scale:e}");
    }
    let one = ndarray::array![[1.0]];
    let alone = Hdbscan::new().min_samples(1).fit(&Samples::new(&one).unwrap()).unwrap();
    assert_eq!((alone.labels(), alone.n_clusters()), (&[-1][..], 0));
    let error = Hdbscan::new().fit(&Samples::new(&one).unwrap()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooFew { needed: 5, found: 1, .. }), "{error}");
    let x = groups(1.0);
    for alpha in [1e-100, 1e100] {
        Hdbscan::new().alpha(alpha).fit(&Samples::new(&x).unwrap()).unwrap();
    }
}
