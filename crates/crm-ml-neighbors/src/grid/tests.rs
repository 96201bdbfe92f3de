use proptest::prelude::*;

use super::*;

fn check<const D: usize>(points: &[f64], radius: f64, norm: Norm) {
    let Some(grid) = CellGrid::<D>::new(points, radius, norm) else { panic!("a grid can serve") };
    let mut rows: Vec<u32> = grid.order().to_vec();
    rows.sort_unstable();
    assert!(rows.iter().enumerate().all(|(i, row)| i == *row as usize));
    let near = |a: usize, b: usize| norm.between(&grid.points[a], &grid.points[b]) <= radius;
    let (mut around, mut after) = (Walk::around(&grid, 0), Walk::after(&grid, 0));
    let (mut found, mut later) = (Vec::new(), Vec::new());
    for cell in 0..grid.n_cells() {
        for (a, b) in grid.span(cell).flat_map(|a| grid.span(cell).map(move |b| (a, b))) {
            assert!(near(a, b));
        }
        around.visit(cell, &mut found);
        after.visit(cell, &mut later);
        later.sort_unstable();
        for other in (0..grid.n_cells()).filter(|other| *other != cell) {
            let met = grid.span(cell).any(|a| grid.span(other).any(|b| near(a, b)));
            assert!(!met || found.contains(&(other as u32)));
        }
        let mut expected: Vec<u32> = found.iter().copied().filter(|other| *other as usize > cell).collect();
        expected.sort_unstable();
        assert_eq!(later, expected);
        // A walk that starts here sees the same.
        let mut fresh = Vec::new();
        Walk::around(&grid, cell).visit(cell, &mut fresh);
        assert_eq!(fresh, found);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_walk_meets_all_that_is_near(
        cells in prop::collection::vec((-20i32..20).prop_map(f64::from), 6..150),
        offset in prop::sample::select(vec![0.0, 1e6 + 0.3, -7.7e9]),
        radius in prop::sample::select(vec![0.4, 1.0, 2.0, 5.0, 30.0, 1000.0]),
    ) {
        for norm in [Norm::Squares, Norm::Magnitudes] {
            let place = |v: &f64| v * 0.37 + offset;
            let placed: Vec<f64> = cells.iter().map(place).collect();
            check::<1>(&placed, radius, norm);
            check::<2>(&placed, radius, norm);
            check::<3>(&placed, radius, norm);
        }
    }
}

#[test]
fn what_a_grid_cannot_number_is_refused() {
    let points = [0.0, 0.0, 1.0, 1e9];
    assert!(CellGrid::<2>::new(&points, 1e-30, Norm::Squares).is_none());
    assert!(CellGrid::<2>::new(&points, 0.0, Norm::Squares).is_none());
    assert!(CellGrid::<2>::new(&points, f64::INFINITY, Norm::Squares).is_none());
    assert!(CellGrid::<2>::new(&points, f64::NAN, Norm::Magnitudes).is_none());
    assert!(CellGrid::<2>::new(&[], 1.0, Norm::Squares).is_none());
    let far = [-1e139, 0.0, 1e139, 0.0];
    assert!(CellGrid::<2>::new(&far, 1.0, Norm::Squares).is_none());
}
