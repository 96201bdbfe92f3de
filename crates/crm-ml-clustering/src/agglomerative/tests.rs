use crm_ml_core::{ClusterModel, Clusterer, Samples, Stream};
use crm_ml_neighbors::Metric;
use ndarray::{Array2, array};
use proptest::prelude::*;

use super::{AgglomerativeClustering, Linkage};

const ALL: [Linkage; 5] =
    [Linkage::Ward, Linkage::Complete, Linkage::Average, Linkage::Single, Linkage::Weighted];

/// Joins the two nearest clusters until one is left, every distance looked at anew by its definition; weighted linkage, which has
/// none, by its recursion. Heights in order.
fn brute(x: &Array2<f64>, weights: &[f64], linkage: Linkage) -> Vec<f64> {
    let rows = x.nrows();
    let distance = |a: usize, b: usize| (&x.row(a) - &x.row(b)).mapv(|d| d * d).sum().sqrt();
    let mut clusters: Vec<Vec<usize>> = (0..rows).map(|row| vec![row]).collect();
    let mut table: Vec<Vec<f64>> = (0..rows).map(|a| (0..rows).map(|b| distance(a, b)).collect()).collect();
    let weight = |rows: &[usize]| rows.iter().map(|row| weights[*row]).sum::<f64>();
    let apart = |a: &[usize], b: &[usize]| {
        let pairs = a.iter().flat_map(|a| b.iter().map(|b| (*a, *b)));
        match linkage {
            Linkage::Single => pairs.map(|(a, b)| distance(a, b)).fold(f64::INFINITY, f64::min),
            Linkage::Complete => pairs.map(|(a, b)| distance(a, b)).fold(0.0, f64::max),
            Linkage::Average => {
                pairs.map(|(a, b)| distance(a, b) * weights[a] * weights[b]).sum::<f64>()
                    / weight(a)
                    / weight(b)
            }
            _ => {
                let mean = |rows: &[usize]| {
                    let sum = rows.iter().fold(ndarray::Array1::<f64>::zeros(x.ncols()), |sum, row| {
                        sum + &x.row(*row).mapv(|v| v * weights[*row])
                    });
                    sum / weight(rows)
                };
                let square: f64 = (mean(a) - mean(b)).mapv(|d| d * d).sum();
                (2.0 * weight(a) * weight(b) / (weight(a) + weight(b)) * square).sqrt()
            }
        }
    };
    let mut heights = Vec::new();
    while clusters.len() > 1 {
        let pairs = (0..clusters.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
        let apart = |(a, b): (usize, usize)| match linkage {
            Linkage::Weighted => table[a][b],
            _ => apart(&clusters[a], &clusters[b]),
        };
        let (a, b) = pairs.min_by(|p, q| apart(*p).total_cmp(&apart(*q))).unwrap();
        heights.push(apart((a, b)));
        let gone = clusters.swap_remove(a);
        clusters[b].extend(gone);
        let last = table.len() - 1;
        let row: Vec<f64> = (0..=last).map(|c| 0.5 * (table[a][c] + table[b][c])).collect();
        for c in 0..=last {
            (table[b][c], table[c][b]) = (row[c], row[c]);
        }
        table.swap_remove(a);
        table.iter_mut().for_each(|row| {
            row.swap_remove(a);
        });
    }
    heights
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn heights_are_those_of_a_search_of_all_pairs(seed in 0u64..10_000, rows in 1usize..40, width in 1usize..4) {
        let mut stream = Stream::new(seed, "test/agglomerative", 0);
        let x = Array2::from_shape_fn((rows, width), |_| stream.normal());
        let weights: Vec<f64> = (0..rows).map(|_| 0.5 + stream.uniform()).collect();
        let samples = Samples::new(&x).unwrap().with_weights(&ndarray::Array1::from(weights.clone())).unwrap();
        for linkage in ALL {
            let model = AgglomerativeClustering::new(1).linkage(linkage).fit(&samples).unwrap();
            let mut expected = brute(&x, &weights, linkage);
            expected.sort_by(f64::total_cmp);
            for (merge, expected) in model.dendrogram().merges().iter().zip(&expected) {
                prop_assert!((merge.height - expected).abs() <= 1e-10 * expected.max(1.0), "{linkage:?}");
            }
        }
    }

    /// Ties, duplicates: the merges are a tree, cuts nest.
    #[test]
    fn cuts_nest(seed in 0u64..10_000, rows in 1usize..30, threshold in 0.0..5.0f64) {
        let mut stream = Stream::new(seed, "test/agglomerative/ties", 0);
        let x = Array2::from_shape_fn((rows, 2), |_| stream.below(4) as f64);
        let samples = Samples::new(&x).unwrap();
        for linkage in ALL {
            let model = AgglomerativeClustering::new(1).linkage(linkage).fit(&samples).unwrap();
            let tree = model.dendrogram();
            tree.validate().unwrap();
            for k in 1..rows {
                let (coarse, fine) = (tree.cut(k), tree.cut(k + 1));
                prop_assert_eq!(fine.iter().max(), Some(&(k as i32)));
                for (a, b) in (0..rows).flat_map(|a| (0..a).map(move |b| (a, b))) {
                    prop_assert!(fine[a] != fine[b] || coarse[a] == coarse[b]);
                }
            }
            let below = tree.merges().iter().filter(|merge| merge.height < threshold).count();
            let cut = AgglomerativeClustering::default().linkage(linkage).distance_threshold(threshold);
            prop_assert_eq!(cut.fit(&samples).unwrap().n_clusters(), rows - below);
        }
    }
}

/// More rows than a block, a piece and the smallest matrix: the searches in pieces and the shrinking of the matrix.
#[test]
fn many_rows_are_joined_as_few_are() {
    let mut stream = Stream::new(5, "test/agglomerative/many", 0);
    let x = Array2::from_shape_fn((700, 40), |_| stream.normal());
    for linkage in [Linkage::Ward, Linkage::Average] {
        let model = AgglomerativeClustering::new(1).linkage(linkage).fit(&Samples::new(&x).unwrap()).unwrap();
        let lowest = model.dendrogram().merges()[0].height;
        let pairs = (0..700).flat_map(|a| (0..a).map(move |b| (a, b)));
        let nearest = pairs.map(|(a, b)| (&x.row(a) - &x.row(b)).mapv(|d| d * d).sum().sqrt());
        assert!((lowest - nearest.fold(f64::INFINITY, f64::min)).abs() < 1e-12);
        // The sum of squares that is lost on the way up is all there is.
        if linkage == Linkage::Ward {
            let lost: f64 = model.dendrogram().merges().iter().map(|merge| merge.height.powi(2) / 2.0).sum();
            let mean = x.mean_axis(ndarray::Axis(0)).unwrap();
            let total: f64 = x.rows().into_iter().map(|row| (&row - &mean).mapv(|d| d * d).sum()).sum();
            assert!((lost / total - 1.0).abs() < 1e-10);
        }
    }
    let few = x.slice(ndarray::s![..320, ..2]).to_owned();
    for linkage in ALL {
        let model =
            AgglomerativeClustering::new(1).linkage(linkage).fit(&Samples::new(&few).unwrap()).unwrap();
        let mut expected = brute_fast(&few, linkage);
        expected.sort_by(f64::total_cmp);
        let found = model.dendrogram().merges();
        assert!(found.iter().zip(&expected).all(|(a, b)| (a.height - b).abs() < 1e-10), "{linkage:?}");
    }
}

/// The nearest pair by the recursion of Lance and Williams, on squared distances for Ward.
fn brute_fast(x: &Array2<f64>, linkage: Linkage) -> Vec<f64> {
    let rows = x.nrows();
    let distance = |a: usize, b: usize| (&x.row(a) - &x.row(b)).mapv(|d| d * d).sum().sqrt();
    let mut table: Vec<Vec<f64>> = (0..rows).map(|a| (0..rows).map(|b| distance(a, b)).collect()).collect();
    let mut sizes = vec![1.0f64; rows];
    let mut heights = Vec::new();
    let mut left: Vec<usize> = (0..rows).collect();
    while left.len() > 1 {
        let pairs = (0..left.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
        let (i, j) =
            pairs.min_by(|p, q| table[left[p.0]][left[p.1]].total_cmp(&table[left[q.0]][left[q.1]])).unwrap();
        let (a, b) = (left[i], left[j]);
        let between = table[a][b];
        heights.push(between);
        for &c in left.iter().filter(|c| **c != a && **c != b) {
            let (x, y, n, m, o) = (table[a][c], table[b][c], sizes[a], sizes[b], sizes[c]);
            let joined = match linkage {
                Linkage::Single => x.min(y),
                Linkage::Complete => x.max(y),
                Linkage::Average => (n * x + m * y) / (n + m),
                Linkage::Weighted => 0.5 * (x + y),
                Linkage::Ward => (((n + o) * x * x + (m + o) * y * y - o * between * between) / (n + m + o))
                    .max(0.0)
                    .sqrt(),
            };
            (table[b][c], table[c][b]) = (joined, joined);
        }
        sizes[b] += sizes[a];
        left.swap_remove(i);
    }
    heights
}

#[test]
fn bad_input_is_told() {
    let x = array![[0.0], [1.0], [5.0]];
    let samples = Samples::new(&x).unwrap();
    let fails = |estimator: AgglomerativeClustering| estimator.fit(&samples).unwrap_err().to_string();
    assert!(fails(AgglomerativeClustering::new(0)).contains("n_clusters"));
    assert!(fails(AgglomerativeClustering::new(4)).contains("n_clusters"));
    assert!(
        fails(AgglomerativeClustering::new(2).distance_threshold(f64::NAN)).contains("distance_threshold")
    );
    assert!(fails(AgglomerativeClustering::new(2).metric(Metric::Manhattan)).contains("Ward"));
    let holes = array![[0.0], [f64::NAN]];
    let error = AgglomerativeClustering::new(1).fit(&Samples::new(&holes).unwrap()).unwrap_err();
    assert!(error.to_string().contains("row 1"), "{error}");
}

#[test]
fn one_row_and_equal_rows_are_clusters() {
    let one = Array2::zeros((1, 2));
    let equal = Array2::from_elem((5, 2), 1e300);
    for linkage in ALL {
        let fit = |x: &Array2<f64>, k| {
            AgglomerativeClustering::new(k).linkage(linkage).fit(&Samples::new(x).unwrap())
        };
        assert_eq!(fit(&one, 1).unwrap().labels(), [0]);
        let model = fit(&equal, 2).unwrap();
        assert_eq!(model.n_clusters(), 2);
        assert!(model.dendrogram().merges().iter().all(|merge| merge.height == 0.0));
    }
}

#[test]
fn a_drawing_has_a_line_a_merge_and_escapes_names() {
    let x = array![[0.0], [1.0], [5.0], [7.0], [100.0]];
    let model =
        AgglomerativeClustering::new(2).linkage(Linkage::Single).fit(&Samples::new(&x).unwrap()).unwrap();
    let names: Vec<String> = ["a", "b", "<c&>", "d", "e"].map(str::to_owned).to_vec();
    let svg = model.dendrogram().svg(10, 2, Some(&names));
    assert!(svg.contains("&lt;c&amp;&gt;") && !svg.contains("<c&>"));
    let lines = |svg: &str| svg.matches("<polyline").count();
    let few = model.dendrogram().svg(2, 2, None);
    assert_eq!(lines(&svg) - lines(&few), 3);
    assert!(few.contains("4 rows") && few.contains("row 4"));
}

/// Many ties under weights that round: the chain must end, and heights must be those of the recursion.
#[test]
fn ties_that_rounding_breaks_do_not_stop_the_chain() {
    let x =
        Array2::from_shape_fn((343, 3), |(row, column)| 0.1 * (row / 7usize.pow(column as u32) % 7) as f64);
    let mut stream = Stream::new(4, "test/lattice", 0);
    let weights = ndarray::Array1::from_shape_fn(343, |_| [1.0 / 3.0, 0.1, 7.0][stream.below(3)]);
    let weighted = Samples::new(&x).unwrap().with_weights(&weights).unwrap();
    for samples in [Samples::new(&x).unwrap(), weighted] {
        for linkage in ALL {
            let model = AgglomerativeClustering::new(5).linkage(linkage).fit(&samples).unwrap();
            model.dendrogram().validate().unwrap();
            assert_eq!(model.n_clusters(), 5);
        }
    }
}
