use crm_ml_core::{ClusterModel, Column, Schema};
use ndarray::Array2;
use proptest::prelude::*;

use super::*;

/// scikit-learn's way, word for word: neighbour lists, then a walk from every core row.
fn by_definition(near: impl Fn(usize, usize) -> bool, weights: &[f64], enough: f64) -> (Vec<i32>, Vec<bool>) {
    let rows = weights.len();
    let neighbours: Vec<Vec<usize>> =
        (0..rows).map(|a| (0..rows).filter(|b| a == *b || near(a, *b)).collect()).collect();
    let core: Vec<bool> =
        neighbours.iter().map(|near| near.iter().map(|b| weights[*b]).sum::<f64>() >= enough).collect();
    let (mut labels, mut label) = (vec![-1; rows], 0);
    for row in 0..rows {
        if labels[row] != -1 || !core[row] {
            continue;
        }
        let mut stack = vec![row];
        while let Some(a) = stack.pop() {
            if labels[a] == -1 {
                labels[a] = label;
                if core[a] {
                    stack.extend(neighbours[a].iter().filter(|b| labels[**b] == -1));
                }
            }
        }
        label += 1;
    }
    (labels, core)
}

fn compare(cells: &[f64], width: usize, eps: f64, min_samples: usize, weighted: bool) {
    let rows = cells.len() / width;
    let x = Array2::from_shape_vec((rows, width), cells[..rows * width].to_vec()).unwrap();
    let weights: Vec<f64> =
        (0..rows).map(|row| if weighted { 1.0 + (row % 3) as f64 } else { 1.0 }).collect();
    for metric in [Metric::Euclidean, Metric::Manhattan] {
        let mut samples = Samples::new(&x).unwrap();
        if weighted {
            samples = samples.with_weights(&weights).unwrap();
        }
        let model = Dbscan::new(eps).min_samples(min_samples).metric(metric).fit(&samples).unwrap();
        let near = |a: usize, b: usize| {
            let gaps = x.row(a).iter().zip(x.row(b)).map(|(a, b)| a - b).collect::<Vec<f64>>();
            match metric {
                Metric::Euclidean => gaps.iter().map(|gap| gap * gap).sum::<f64>() <= eps * eps,
                _ => gaps.iter().map(|gap| gap.abs()).sum::<f64>() <= eps,
            }
        };
        let (labels, core) = by_definition(near, &weights, min_samples as f64);
        assert_eq!(model.labels(), labels, "{metric:?}");
        assert_eq!(model.is_core(), core, "{metric:?}");
        // The same by tree and by scan, whatever the shape.
        let norm = if metric == Metric::Euclidean { Norm::Squares } else { Norm::Magnitudes };
        let radius = if metric == Metric::Euclidean { eps * eps } else { eps };
        let density =
            Density { radius, enough: min_samples as f64, weights: weighted.then_some(&weights[..]) };
        let scanned = scan::cluster(&Scan::new(cells, width, Kernel::Sum(norm)), density);
        let by_tree = tree::cluster(&KdTree::new(&cells[..rows * width], width, norm).unwrap(), density);
        for found in [scanned, by_tree] {
            assert_eq!((found.labels, found.core), (labels.clone(), core.clone()), "{metric:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn labels_follow_the_definition(
        cells in prop::collection::vec((0i32..30).prop_map(f64::from), 8..400),
        width in 1usize..6,
        eps in prop::sample::select(vec![0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 9.0, 100.0]),
        min_samples in 1usize..9,
        weighted in any::<bool>(),
    ) {
        compare(&cells, width, eps, min_samples, weighted);
    }

    #[test]
    fn crowded_cells_follow_the_definition(
        cells in prop::collection::vec(0.0f64..1.0, 400..900),
        width in 1usize..4,
        eps in prop::sample::select(vec![0.05, 0.2, 0.4, 0.8]),
        min_samples in 1usize..40,
    ) {
        compare(&cells, width, eps, min_samples, false);
    }
}

#[test]
fn mixed_rows_are_grouped_by_gower() {
    let x =
        ndarray::array![[1.0, 0.0], [2.0, 0.0], [f64::NAN, 0.0], [50.0, 1.0], [52.0, 1.0], [100.0, f64::NAN]];
    let schema =
        Schema::new(vec![Column::real("age"), Column::category("plan", vec!["a".into(), "b".into()])])
            .unwrap();
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let model = Dbscan::new(0.2).min_samples(2).metric(Metric::Gower).fit(&samples).unwrap();
    assert_eq!(model.labels(), [0, 0, 0, 1, 1, -1]);
    let error = Dbscan::new(0.2).fit(&samples).unwrap_err();
    assert!(error.to_string().contains("row 2, column 'age'"), "{error}");
}

#[test]
fn directions_are_grouped_by_cosine() {
    let x = ndarray::array![[1.0, 0.1], [100.0, 0.0], [1e200, 1e199], [0.0, 1.0], [0.1, 7.0], [0.0, 0.0]];
    let model =
        Dbscan::new(0.05).min_samples(2).metric(Metric::Cosine).fit(&Samples::new(&x).unwrap()).unwrap();
    assert_eq!(model.labels(), [0, 0, 0, 1, 1, -1]);
}

#[test]
fn extreme_data_give_right_answers() {
    let dbscan = |eps: f64, x: &Array2<f64>| {
        Dbscan::new(eps).min_samples(2).fit(&Samples::new(x).unwrap()).map(|model| model.labels().to_vec())
    };
    for scale in [1e300, 1e-300, 1.0, 1e160, 1e-160] {
        for width in [1, 2, 4] {
            let x = Array2::from_shape_fn((5, width), |(row, _)| [0.0, 1.0, 2.0, 50.0, 90.0][row] * scale);
            let eps = 1.1 * scale * (width as f64).sqrt();
            assert_eq!(dbscan(eps, &x).unwrap(), [0, 0, 0, -1, -1], "{scale:e} {width}");
        }
    }
    // Cells too many to number.
    let x = ndarray::array![[0.0, 0.0], [0.0, 0.0], [1e12, 1e12], [1e12, 1e12], [7.0, 1e12]];
    assert_eq!(dbscan(1e-9, &x).unwrap(), [0, 0, 1, 1, -1]);
    assert_eq!(dbscan(f64::MIN_POSITIVE, &x).unwrap(), [0, 0, 1, 1, -1]);
    assert_eq!(dbscan(f64::MAX, &x).unwrap(), [0; 5]);
    let one = ndarray::array![[3.0, 4.0]];
    assert_eq!(dbscan(1.0, &one).unwrap(), [-1]);
    let ids = Array2::from_shape_fn((4, 2), |(row, _)| 9_223_372_036_854_775_808.0 + 4096.0 * row as f64);
    assert_eq!(dbscan(6000.0, &ids).unwrap(), [0; 4]);
}

#[test]
fn crowds_take_no_quadratic_time() {
    let mut stream = crm_ml_core::Stream::new(3, "dbscan/crowds", 0);
    let rows = 200_000;
    let same = Array2::from_elem((rows, 2), 7.0);
    // Two crowds, each within a cell, that face each other farther apart than eps; and one beside a lone row.
    let facing = Array2::from_shape_fn((rows, 2), |(row, column)| {
        let side = if row % 2 == 0 { 0.0 } else { 1.6 };
        if column == 0 { side + 0.5 * stream.uniform() } else { 0.5 * stream.uniform() }
    });
    for (x, clusters) in [(&same, 1), (&facing, 2)] {
        let wide = ndarray::concatenate![ndarray::Axis(1), *x, Array2::zeros((rows, 2))];
        for x in [x, &wide] {
            let model = Dbscan::new(1.0).min_samples(1000).fit(&Samples::new(x).unwrap()).unwrap();
            assert_eq!(model.n_clusters(), clusters);
            assert!(model.is_core().iter().all(|core| *core));
        }
    }
}
