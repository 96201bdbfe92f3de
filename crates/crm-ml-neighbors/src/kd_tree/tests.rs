use proptest::prelude::*;

use super::*;

/// Points on a small lattice, so that there are many ties and duplicates.
fn lattice() -> impl Strategy<Value = (usize, Vec<f64>)> {
    (1usize..5, 1usize..200).prop_flat_map(|(width, count)| {
        let cells = prop::collection::vec((0i32..6).prop_map(f64::from), width * count);
        (Just(width), cells)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn searches_equal_brute_force((width, points) in lattice(), k in 1usize..20, radius in 0.0f64..9.0) {
        for norm in [Norm::Squares, Norm::Magnitudes] {
            let tree = KdTree::new(&points, width, norm).unwrap();
            let mut best = Best::new(k);
            let mut scratch = Vec::new();
            for (row, point) in points.chunks_exact(width).enumerate() {
                let all = || points.chunks_exact(width).zip(0u32..);
                let mut expected: Vec<(f64, u32)> = all().map(|(p, i)| (norm.between(point, p), i)).collect();
                expected.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                let kth = expected[k.min(expected.len()) - 1].0;
                prop_assert_eq!(tree.kth_distance(point, k, &mut scratch), kth);
                let mut near = Vec::new();
                tree.within(point, radius, |position, distance| near.push((distance, tree.order[position])));
                near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                prop_assert_eq!(&near[..], &expected[..expected.partition_point(|e| e.0 <= radius)]);
                expected.retain(|e| e.1 != row as u32);
                tree.nearest(point, row as u32, &mut best);
                prop_assert_eq!(best.found(), &expected[..k.min(expected.len())]);
            }
        }
    }

    #[test]
    fn nodes_hold_their_points((width, points) in lattice()) {
        let tree = KdTree::new(&points, width, Norm::Squares).unwrap();
        let mut seen: Vec<u32> = tree.order.clone();
        seen.sort_unstable();
        prop_assert!(seen.iter().enumerate().all(|(i, row)| i == *row as usize));
        let mut point = vec![0.0; width];
        for leaf in tree.first_leaf()..tree.n_nodes() {
            for (lane, position) in tree.span(leaf).enumerate() {
                tree.copy_point(leaf, lane, &mut point);
                prop_assert_eq!(&point[..], &points[tree.row(position) * width..][..width]);
                let mut node = leaf;
                loop {
                    prop_assert_eq!(tree.least(node, &point), 0.0);
                    prop_assert!(tree.span(node).contains(&position) && tree.lowest[node] <= tree.order[position]);
                    if node == 0 { break }
                    node = (node - 1) / 2;
                }
            }
        }
    }
}

#[test]
fn duplicates_take_no_quadratic_time() {
    let points = vec![1.5; 200_000];
    let tree = KdTree::new(&points, 2, Norm::Squares).unwrap();
    let mut best = Best::new(5);
    for row in 0..100_000u32 {
        tree.nearest(&[1.5, 1.5], row, &mut best);
        assert_eq!(best.found()[0], (0.0, u32::from(row == 0)));
    }
}

#[test]
fn what_makes_no_points_is_refused() {
    assert!(KdTree::new(&[], 2, Norm::Squares).is_err());
    assert!(KdTree::new(&[1.0], 0, Norm::Squares).is_err());
    assert!(KdTree::new(&[1.0, 2.0, 3.0], 2, Norm::Squares).is_err());
}
