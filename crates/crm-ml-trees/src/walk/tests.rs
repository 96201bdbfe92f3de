use crm_ml_core::{Column, Samples, Schema, Stream};
use ndarray::{Array2, s};

use super::tables::{Tables, different_tests};
use crate::boosting::{Boosting, Part, Squared};
use crate::ensemble::Ensemble;
use crate::grow::{GrowPolicy, Growth};

/// Two real columns and a category, all with holes.
fn mixed(rows: usize) -> Samples<'static> {
    let mut stream = Stream::new(1, "test/walk", 0);
    let x = Array2::from_shape_fn((rows, 3), |(_, column)| match column {
        _ if stream.uniform() < 0.1 => f64::NAN,
        2 => stream.below(5) as f64 - 1.0,
        _ => (stream.normal() * 4.0).round(),
    });
    let levels = (0..4).map(|level| level.to_string()).collect();
    let columns = vec![Column::real("a"), Column::real("b"), Column::category("c", levels)];
    Samples::from_array(x).unwrap().with_schema(&Schema::new(columns).unwrap()).unwrap()
}

fn fit(samples: &Samples<'_>, grow_policy: GrowPolicy, max_leaf_nodes: usize) -> Ensemble {
    let mut stream = Stream::new(2, "test/walk", 0);
    let row = |row: usize| {
        samples.row(row).iter().map(|cell| if cell.is_nan() { 1.5 } else { *cell }).product::<f64>()
    };
    let target: Vec<f64> = (0..samples.n_rows()).map(|i| row(i) + stream.normal()).collect();
    let growth = Growth { grow_policy, max_leaf_nodes: Some(max_leaf_nodes), ..Growth::default() };
    let boosting = Boosting { n_estimators: 20, growth, ..Boosting::default() };
    let part = Part { samples, objective: &Squared::new(&target), weights: None };
    boosting.fit(&part, None, &()).unwrap().booster.ensemble().clone()
}

#[test]
fn all_forms_give_the_same_bits() {
    let samples = mixed(900);
    for (policy, leaves, in_tables) in [
        (GrowPolicy::Symmetric, 64, true),
        (GrowPolicy::LossGuide, 6, true),
        (GrowPolicy::LossGuide, 40, false),
    ] {
        let model = fit(&samples, policy, leaves);
        assert_eq!(Tables::new(model.trees(), model.levels()).is_some(), in_tables, "{policy:?}");
        let in_form = model.predict(&samples).unwrap();
        for first in [0, 64, 640] {
            // So few rows are walked as they are.
            let rows: Vec<usize> = (first..first + 200).collect();
            let walked = model.predict(&samples.select_rows(&rows)).unwrap();
            assert_eq!(in_form.slice(s![first..first + 200, ..]), walked, "{policy:?}");
        }
    }
}

/// A level asks one test, so that trees of many leaves ask few.
#[test]
fn symmetric_trees_ask_one_test_a_level() {
    let samples = mixed(3000);
    for depth in 1..=6 {
        let model = fit(&samples, GrowPolicy::Symmetric, 1 << depth);
        let tests = model.trees().iter().map(|tree| different_tests(tree).unwrap().len());
        assert!(tests.clone().all(|tests| tests <= depth) && tests.max() == Some(depth));
        // So many splits cannot each have a test of their own.
        assert!(depth < 3 || model.trees().iter().any(|tree| tree.n_leaves() - 1 > depth));
    }
}
