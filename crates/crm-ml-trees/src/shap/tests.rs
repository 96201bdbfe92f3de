use crm_ml_core::{Column, Samples, Schema, Stream};
use ndarray::{Array2, array};

use super::gauss_legendre;
use crate::tree::{Branch, Rule, Tree};
use crate::{
    Boosting, Ensemble, Forest, Growth, Impurity, Logistic, Objective, Part, RegressionCriterion, Softmax,
    Squared, Target,
};

#[test]
fn points_integrate_powers_exactly() {
    for count in [1, 2, 5, 16, 64] {
        for power in 0..2 * count {
            let integral: f64 = gauss_legendre(count).iter().map(|(t, w)| w * t.powi(power as i32)).sum();
            let exact = 1.0 / (power as f64 + 1.0);
            assert!((integral - exact).abs() < 1e-14, "{count} points, power {power}: {integral} != {exact}");
        }
    }
}

/// Two real columns, one category of nine levels, one real column that matters only through the first; holes in all.
fn samples(rows: usize) -> Samples<'static> {
    let mut stream = Stream::new(5, "test/shap", 0);
    let mut x = Array2::from_shape_fn((rows, 4), |(_, column)| match column {
        2 => stream.below(10) as f64 - 1.0,
        _ => (stream.normal() * 10.0).round() / 10.0,
    });
    x.iter_mut().enumerate().filter(|(i, _)| i % 11 == 3).for_each(|(_, cell)| *cell = f64::NAN);
    let levels = (0..9).map(|level| format!("level {level}")).collect();
    let columns =
        vec![Column::real("a"), Column::real("b"), Column::category("c", levels), Column::real("d")];
    Samples::from_array(x).unwrap().with_schema(&Schema::new(columns).unwrap()).unwrap()
}

fn target(samples: &Samples<'_>) -> Vec<f64> {
    let value = |cell: f64| if cell.is_nan() { 0.7 } else { cell };
    let of_row = |row: &[f64]| {
        let group = if (value(row[2]) as i64).rem_euclid(3) == 1 { 1.5 } else { -0.5 };
        value(row[0]) * value(row[3]) + value(row[1]) + group
    };
    (0..samples.n_rows()).map(|row| of_row(samples.row(row))).collect()
}

fn weights(rows: usize) -> Vec<f64> {
    (0..rows).map(|row| 0.5 + (row % 7) as f64).collect()
}

/// Mean output of a tree when only the columns in `known` are known (Lundberg et al. 2018, algorithm 1).
fn expectation(ensemble: &Ensemble, tree: &Tree, node: usize, row: &[f64], known: usize) -> Vec<f64> {
    let Some(Branch { feature, rule, left }) = tree.branch(node) else { return tree.values(node).to_vec() };
    if known >> feature & 1 == 1 {
        let cell = row[feature];
        let goes_left = match rule {
            Rule::Threshold { missing_left, .. } if cell.is_nan() => missing_left,
            Rule::Threshold { threshold, .. } => cell <= threshold,
            Rule::Set(bins) => bins.contains(ensemble.levels()[feature].as_ref().unwrap().bin(cell)),
        };
        return expectation(ensemble, tree, left + usize::from(!goes_left), row, known);
    }
    let (a, b) = (tree.cover(left), tree.cover(left + 1));
    let (left, right) =
        (expectation(ensemble, tree, left, row, known), expectation(ensemble, tree, left + 1, row, known));
    left.iter().zip(right).map(|(l, r)| (l * a + r * b) / (a + b)).collect()
}

/// Shapley values by their definition, over all coalitions.
fn shapley(ensemble: &Ensemble, row: &[f64], output: usize) -> Vec<f64> {
    let columns = row.len();
    let worth = |known: usize| -> f64 {
        let of_tree = |(place, tree): (usize, &Tree)| {
            let (first, scale) = ensemble.share_of(place);
            let values = expectation(ensemble, tree, 0, row, known);
            output.checked_sub(first).and_then(|i| values.get(i)).map_or(0.0, |v| scale * v)
        };
        ensemble.base()[output] + ensemble.trees().iter().enumerate().map(of_tree).sum::<f64>()
    };
    let factorial = |n: usize| (1..=n).product::<usize>() as f64;
    let of_column = |column: usize| -> f64 {
        (0..1usize << columns)
            .filter(|known| known >> column & 1 == 0)
            .map(|known| {
                let size = known.count_ones() as usize;
                let share = factorial(size) * factorial(columns - size - 1) / factorial(columns);
                share * (worth(known | 1 << column) - worth(known))
            })
            .sum()
    };
    (0..columns).map(of_column).chain([worth(0)]).collect()
}

fn assert_exact(ensemble: &Ensemble, samples: &Samples<'_>) {
    let shares = ensemble.contributions(samples).unwrap();
    let outputs = ensemble.predict(samples).unwrap();
    for row in 0..samples.n_rows() {
        for output in 0..ensemble.n_outputs() {
            let expected = shapley(ensemble, samples.row(row), output);
            for (column, value) in expected.iter().enumerate() {
                let found = shares[[row, column, output]];
                assert!(
                    (found - value).abs() < 1e-10,
                    "row {row}, column {column}: {found} instead of {value}"
                );
            }
            let sum: f64 = (0..expected.len()).map(|column| shares[[row, column, output]]).sum();
            assert!((sum - outputs[[row, output]]).abs() < 1e-10);
        }
    }
}

#[test]
fn boosting_equals_the_definition() {
    let samples = samples(240);
    let target = target(&samples);
    let growth = Growth { max_leaf_nodes: Some(12), min_samples_leaf: 3, ..Growth::default() };
    let boosting = Boosting { n_estimators: 6, growth, ..Boosting::default() };
    let codes: Vec<u32> = target
        .iter()
        .map(|y| {
            if *y < 0.0 {
                0
            } else if *y < 1.0 {
                1
            } else {
                2
            }
        })
        .collect();
    let positive: Vec<u32> = codes.iter().map(|code| u32::from(*code > 0)).collect();
    let weights = weights(240);
    let some = samples.select_rows(&(0..40).collect::<Vec<_>>());
    let objectives: [&dyn Objective; 3] =
        [&Squared::new(&target), &Logistic::new(&positive), &Softmax::new(&codes, 3)];
    for objective in objectives {
        let part = Part { samples: &samples, objective, weights: Some(&weights) };
        let booster = boosting.fit(&part, None, &()).unwrap().booster;
        let ensemble = booster.ensemble();
        assert_exact(ensemble, &some);
        let used = |tree: &Tree| {
            (0..tree.n_nodes()).filter_map(|n| tree.branch(n)).any(|b| matches!(b.rule, Rule::Set(_)))
        };
        assert!(ensemble.trees().iter().any(used), "no categorical split was tested");
    }
}

#[test]
fn forests_and_deep_trees_equal_the_definition() {
    let samples = samples(240);
    let target = target(&samples);
    let codes: Vec<u32> = target.iter().map(|y| u32::from(*y > 0.5)).collect();
    let some = samples.select_rows(&(0..40).collect::<Vec<_>>());
    let tree = Forest::default()
        .fit(&samples, Target::Values(&target, RegressionCriterion::SquaredError), Some(&weights(240)), &())
        .unwrap();
    assert!(tree.trees()[0].depth() > 6);
    assert_exact(&tree, &some);
    let forest = Forest { n_estimators: 4, bootstrap: true, ..Forest::default() };
    let classes = Target::Classes { codes: &codes, classes: 2, impurity: Impurity::Gini };
    assert_exact(&forest.fit(&samples, classes, None, &()).unwrap(), &some);
}

#[test]
fn one_split_has_known_shares() {
    let x = array![[0.0, 5.0], [1.0, 5.0], [1.0, 5.0], [1.0, 5.0]];
    let samples = Samples::new(&x).unwrap();
    let tree = Forest::default()
        .fit(&samples, Target::Values(&[8.0, 0.0, 0.0, 0.0], RegressionCriterion::SquaredError), None, &())
        .unwrap();
    let shares = tree.contributions(&samples).unwrap();
    // Mean 2: the first row is 6 above it, the others 2 below; the constant column has no share.
    let expected = array![[6.0, 0.0, 2.0], [-2.0, 0.0, 2.0], [-2.0, 0.0, 2.0], [-2.0, 0.0, 2.0]];
    assert!((shares.index_axis_move(ndarray::Axis(2), 0) - expected).iter().all(|d| d.abs() < 1e-14));
}
