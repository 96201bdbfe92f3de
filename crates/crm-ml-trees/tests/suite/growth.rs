//! Constrained growth of boosted trees: against XGBoost (numbers by `fixtures/make_growth.py`), against an independent grower that

//! tries every split on plain `f64` sums, and as properties of any fit.

use crm_ml_testkit::fixture::numbers;
use std::collections::BTreeMap;

use crm_ml_core::{Column, ErrorKind, Result, Samples, Schema, Stream};
use crm_ml_trees::{
    Absolute, Boosting, Ensemble, Gamma, GrowPolicy, Growth, Huber, Importance, InteractionCst, Logistic,
    MaxFeatures, MonotonicCst, Objective, Part, Poisson, Quantile, Softmax, Squared,
};
use ndarray::{Array1, Array2};
use proptest::prelude::*;
use serde_json::Value;

/// Exact growth: nothing bounds it.
fn plain(max_leaf_nodes: Option<usize>, max_depth: Option<usize>) -> Growth {
    Growth { max_leaf_nodes, max_depth, ..Growth::default() }
}

fn fit(
    boosting: &Boosting,
    samples: &Samples<'_>,
    objective: &dyn Objective,
    weights: Option<&[f64]>,
) -> Ensemble {
    boosting.fit(&Part { samples, objective, weights }, None, &()).unwrap().booster.ensemble().clone()
}

/// Numbers for the leaves in order of appearance.
fn partition(leaves: impl Iterator<Item = u32>) -> Vec<usize> {
    let mut names = BTreeMap::new();
    leaves
        .map(|leaf| {
            let next = names.len();
            *names.entry(leaf).or_insert(next)
        })
        .collect()
}

#[test]
fn constrained_trees_equal_xgboosts() {
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/growth.json")).unwrap();
    let rows: Vec<Vec<f64>> = fixture["x"].as_array().unwrap().iter().map(numbers).collect();
    let x = Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j]);
    let (samples, weights) = (Samples::new(&x).unwrap(), numbers(&fixture["weights"]));
    let cases = fixture["cases"].as_object().unwrap();
    assert_eq!(cases.len(), 16);
    for (name, case) in cases {
        let objective = name.split('/').next().unwrap();
        let target = numbers(&fixture["targets"][objective]);
        let codes: Vec<u32> = target.iter().map(|y| *y as u32).collect();
        let set = |name: &str| case["settings"][name].as_f64().unwrap_or(0.0);
        let text = |name: &str| case["settings"][name].as_str().unwrap_or("");
        let count = |name: &str| Some(set(name) as usize).filter(|count| *count > 0);
        let growth = Growth {
            grow_policy: match text("grow_policy") {
                "lossguide" => GrowPolicy::LossGuide,
                _ => GrowPolicy::DepthWise,
            },
            min_sum_hessian: set("min_child_weight"),
            min_gain: set("gamma"),
            ..plain(count("max_leaves"), count("max_depth"))
        };
        let boosting = Boosting {
            n_estimators: 3,
            learning_rate: set("eta"),
            l2_regularization: set("reg_lambda"),
            reg_alpha: set("reg_alpha"),
            growth,
            monotonic_cst: match text("monotone_constraints") {
                "" => MonotonicCst::None,
                _ => [1, 0, -1, 0].into(),
            },
            interaction_cst: match text("interaction_constraints") {
                "" => InteractionCst::None,
                _ => vec![vec![0, 1], vec![1, 2], vec![3]].into(),
            },
            ..Boosting::default()
        };
        let (logistic, squared) = (Logistic::new(&codes), Squared::new(&target));
        let objective: &dyn Objective = if objective == "binary:logistic" { &logistic } else { &squared };
        for (rounds, expected) in [1, 3].into_iter().zip(case["margins"].as_array().unwrap()) {
            let boosting = Boosting { n_estimators: rounds, ..boosting.clone() };
            let model = fit(&boosting, &samples, objective, Some(&weights));
            let leaves = model.apply(&samples).unwrap();
            for (tree, expected) in case["leaves"].as_array().unwrap().iter().enumerate().take(rounds) {
                let expected = numbers(expected).into_iter().map(|leaf| leaf as u32);
                assert_eq!(
                    partition(leaves.column(tree).iter().copied()),
                    partition(expected),
                    "{name}, tree {tree}"
                );
            }
            let margins = model.predict(&samples).unwrap();
            let worst = margins.iter().zip(numbers(expected)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(worst < 2e-6, "{name}: {rounds} rounds differ by {worst}");
        }
    }
}

/// What the independent grower keeps to.
#[derive(Clone)]
struct Rules {
    l1: f64,
    l2: f64,
    directions: Vec<i8>,
    groups: Vec<Vec<usize>>,
    leaves: usize,
    depth: usize,
    policy: GrowPolicy,
}

/// A node of the independent grower.
#[derive(Clone)]
struct Place {
    rows: Vec<usize>,
    used: Vec<usize>,
    bounds: (f64, f64),
}

/// What a split gains, and its sides.
type Halves = (f64, Place, Place);

struct Brute<'a> {
    x: &'a Array2<f64>,
    gradients: Vec<f64>,
    hessians: &'a [f64],
    rules: &'a Rules,
}

impl Brute<'_> {
    /// Least `G w + (H + l2) w^2 / 2 + l1 |w|` within bounds, and its `w`: a convex function is least where its slope may
    /// change sign.
    fn best_value(&self, rows: &[usize], (least, most): (f64, f64)) -> (f64, f64) {
        let sum = |values: &[f64]| rows.iter().map(|&row| values[row]).sum::<f64>();
        let (g, h) = (sum(&self.gradients), sum(self.hessians) + self.rules.l2);
        let cost = |w: f64| g * w + 0.5 * h * w * w + self.rules.l1 * w.abs();
        [0.0, -(g - self.rules.l1) / h, -(g + self.rules.l1) / h]
            .map(|w| w.clamp(least, most))
            .into_iter()
            .map(|w| (cost(w), w))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .unwrap()
    }

    /// Gain and children of a split, if it is allowed and gains.
    fn split(&self, place: &Place, column: usize, threshold: f64, missing_left: bool) -> Option<Halves> {
        let used: Vec<usize> = place.used.iter().copied().chain([column]).collect();
        let may = |group: &Vec<usize>| used.iter().all(|column| group.contains(column));
        if !self.rules.groups.is_empty() && !self.rules.groups.iter().any(may) {
            return None;
        }
        let goes_left = |row: &usize| match self.x[[*row, column]] {
            cell if cell.is_nan() => missing_left,
            cell => cell <= threshold,
        };
        let (left, right): (Vec<usize>, Vec<usize>) = place.rows.iter().partition(|r| goes_left(r));
        if left.is_empty() || right.is_empty() {
            return None;
        }
        let (low, high) = (self.best_value(&left, place.bounds), self.best_value(&right, place.bounds));
        // Missing alone on one side is beside the order.
        let is_missing = |rows: &[usize]| rows.iter().all(|row| self.x[[*row, column]].is_nan());
        let is_alone = match self.rules.policy {
            GrowPolicy::Symmetric => !self.x.column(column).iter().any(|cell| *cell > threshold),
            _ => is_missing(&left) || is_missing(&right),
        };
        let direction = if is_alone { 0 } else { self.rules.directions.get(column).copied().unwrap_or(0) };
        let gain = self.best_value(&place.rows, place.bounds).0 - low.0 - high.0;
        if (high.1 - low.1) * f64::from(direction) < 0.0 || gain <= 1e-10 {
            return None;
        }
        let middle = (low.1 + high.1) / 2.0;
        let (below, above) = ((place.bounds.0, middle), (middle, place.bounds.1));
        let (of_left, of_right) = match direction {
            1 => (below, above),
            -1 => (above, below),
            _ => (place.bounds, place.bounds),
        };
        let child = |rows, bounds| Place { rows, used: used.clone(), bounds };
        Some((gain, child(left, of_left), child(right, of_right)))
    }

    /// All tests that the rows allow: column, threshold, side of missing.
    fn tests(&self, rows: &[usize]) -> Vec<(usize, f64, bool)> {
        let of_column = |column: usize| {
            rows.iter().flat_map(move |&row| [false, true].map(|left| (column, self.x[[row, column]], left)))
        };
        (0..self.x.ncols()).flat_map(of_column).collect()
    }

    /// Gain and children of the best split.
    fn best(&self, place: &Place) -> Option<Halves> {
        let mut best: Option<Halves> = None;
        for (column, threshold, missing_left) in self.tests(&place.rows) {
            let split = self.split(place, column, threshold, missing_left);
            best = split.filter(|split| best.as_ref().is_none_or(|best| split.0 > best.0)).or(best);
        }
        best
    }

    /// The leaves of a tree whose levels ask one test each.
    fn levels(&self, root: Place) -> Vec<Place> {
        let tests = self.tests(&root.rows);
        let mut open = vec![root];
        for _ in 0..self.rules.depth {
            let split = |place: &Place, &(column, threshold, missing_left): &(usize, f64, bool)| {
                self.split(place, column, threshold, missing_left)
            };
            let gain =
                |test| open.iter().filter_map(|place| split(place, test)).map(|split| split.0).sum::<f64>();
            let best =
                tests.iter().map(|test| (gain(test), test)).reduce(|a, b| if b.0 > a.0 { b } else { a });
            let Some((_, test)) = best.filter(|(gain, _)| *gain > 0.0) else { break };
            open = open
                .iter()
                .flat_map(|place| match split(place, test) {
                    Some((_, left, right)) => vec![left, right],
                    None => vec![place.clone()],
                })
                .collect();
        }
        open
    }

    /// What the tree adds to every row.
    fn grow(&self) -> Vec<f64> {
        let root = Place {
            rows: (0..self.x.nrows()).collect(),
            used: vec![],
            bounds: (f64::NEG_INFINITY, f64::INFINITY),
        };
        if self.rules.policy == GrowPolicy::Symmetric {
            return self.added(&self.levels(root));
        }
        let mut open = vec![(root.clone(), self.best(&root))];
        while open.len() < self.rules.leaves {
            let rank = |(place, split): &(Place, Option<Halves>)| match split {
                Some((gain, ..)) if place.used.len() < self.rules.depth => {
                    let level_wise = self.rules.policy == GrowPolicy::DepthWise;
                    let level = if level_wise { place.used.len() } else { 0 };
                    (-(level as f64), *gain)
                }
                _ => (f64::NEG_INFINITY, 0.0),
            };
            let place = (0..open.len()).max_by(|&a, &b| rank(&open[a]).partial_cmp(&rank(&open[b])).unwrap());
            let place = place.unwrap();
            if rank(&open[place]).0 == f64::NEG_INFINITY {
                break;
            }
            let (_, left, right) = open.swap_remove(place).1.unwrap();
            for child in [left, right] {
                let split = self.best(&child);
                open.push((child, split));
            }
        }
        self.added(&open.into_iter().map(|(place, _)| place).collect::<Vec<_>>())
    }

    fn added(&self, leaves: &[Place]) -> Vec<f64> {
        let mut added = vec![0.0; self.x.nrows()];
        for place in leaves {
            let value = self.best_value(&place.rows, place.bounds).1;
            place.rows.iter().for_each(|&row| added[row] = value);
        }
        added
    }
}

#[test]
fn constrained_trees_are_those_of_a_grower_that_tries_everything() {
    let free = Rules {
        l1: 0.0,
        l2: 0.0,
        directions: vec![],
        groups: vec![],
        leaves: usize::MAX,
        depth: usize::MAX,
        policy: GrowPolicy::LossGuide,
    };
    let symmetric = Rules { policy: GrowPolicy::Symmetric, depth: 4, ..free.clone() };
    let rules = [
        Rules { l1: 3.0, leaves: 9, ..free.clone() },
        Rules { l2: 2.0, leaves: 6, policy: GrowPolicy::DepthWise, ..free.clone() },
        Rules { leaves: 11, policy: GrowPolicy::DepthWise, depth: 4, ..free.clone() },
        Rules { l2: 1.0, directions: vec![1, -1, 0], leaves: 14, ..free.clone() },
        Rules { l1: 1.0, directions: vec![-1, 1, 1], leaves: 14, ..free.clone() },
        Rules { groups: vec![vec![0, 1], vec![2]], depth: 4, ..free.clone() },
        Rules { groups: vec![vec![0, 1], vec![1, 2]], depth: 4, leaves: 9, ..free.clone() },
        Rules {
            l1: 0.5,
            l2: 0.5,
            directions: vec![0, 1, -1],
            groups: vec![vec![0, 2], vec![1, 2]],
            depth: 5,
            ..free
        },
        Rules { l1: 0.5, l2: 1.0, depth: 5, ..symmetric.clone() },
        Rules { directions: vec![1, -1, 0], ..symmetric.clone() },
        Rules { groups: vec![vec![0, 1], vec![1, 2]], ..symmetric.clone() },
        symmetric,
    ];
    for seed in 0..8 {
        for (index, rules) in rules.iter().enumerate() {
            let mut stream = Stream::new(seed, "test/growth", 0);
            let x = Array2::from_shape_fn((70, 3), |_| {
                if stream.uniform() < 0.1 { f64::NAN } else { (stream.normal() * 4.0).round() / 2.0 }
            });
            let target: Vec<f64> = (0..70)
                .map(|row| {
                    stream.normal() + x.row(row).iter().filter(|cell| !cell.is_nan()).sum::<f64>() / 2.0
                })
                .collect();
            // Continuous weights: no two splits tie.
            let weights: Vec<f64> = (0..70).map(|_| 0.2 + stream.uniform()).collect();
            let boosting = Boosting {
                n_estimators: 1,
                learning_rate: 1.0,
                l2_regularization: rules.l2,
                reg_alpha: rules.l1,
                growth: Growth {
                    grow_policy: rules.policy,
                    ..plain(
                        Some(rules.leaves).filter(|leaves| *leaves < usize::MAX),
                        Some(rules.depth).filter(|depth| *depth < usize::MAX),
                    )
                },
                monotonic_cst: match rules.directions.is_empty() {
                    true => MonotonicCst::None,
                    false => rules.directions.clone().into(),
                },
                interaction_cst: rules.groups.clone().into(),
                ..Boosting::default()
            };
            let samples = Samples::new(&x).unwrap();
            let model = fit(&boosting, &samples, &Squared::new(&target), Some(&weights));
            let total: f64 = weights.iter().sum();
            let base: f64 = target.iter().zip(&weights).map(|(y, w)| y * w / total).sum();
            let gradients = target.iter().zip(&weights).map(|(y, w)| (base - y) * w).collect();
            let expected = Brute { x: &x, gradients, hessians: &weights, rules }.grow();
            let found = model.predict(&samples).unwrap();
            let worst = found.iter().zip(&expected).map(|(f, e)| (f - base - e).abs()).fold(0.0, f64::max);
            assert!(worst < 1e-10, "rules {index}, seed {seed}: differs by {worst}");
        }
    }
}

/// Three real columns and a category, all with holes.
fn mixed(rows: usize, seed: u64) -> (Samples<'static>, Stream) {
    let mut stream = Stream::new(seed, "test/mixed", 0);
    let x = Array2::from_shape_fn((rows, 4), |(_, column)| match column {
        _ if stream.uniform() < 0.1 => f64::NAN,
        3 => stream.below(6) as f64 - 1.0,
        _ => stream.normal(),
    });
    (Samples::from_array(x).unwrap().with_schema(&schema()).unwrap(), stream)
}

fn schema() -> Schema {
    let levels = (0..5).map(|level| level.to_string()).collect();
    let columns = ["a", "b", "c"].map(Column::real).into_iter().chain([Column::category("d", levels)]);
    Schema::new(columns.collect()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    /// Along a constrained column nothing moves against its direction, whatever the other cells, penalties, draws and losses.
    #[test]
    fn directions_hold_everywhere(
        seed in 0u64..1000, l1 in 0.0..2.0f64, l2 in 0.0..2.0f64, policy in 0usize..3, loss in 0usize..7, drawn: bool,
        up in -1i8..=1, leaves in 2usize..24, subsample in 0.3..=1.0f64,
    ) {
        let (samples, mut stream) = mixed(150, seed);
        let target: Vec<f64> = (0..150).map(|row| {
            let cell = |column: usize| samples.row(row)[column];
            let known = |v: f64| if v.is_nan() { 2.0 } else { v };
            (2.0 * known(cell(0))).sin() - known(cell(1)).powi(2) + known(cell(2)) * known(cell(0)) + 0.3 * stream.normal()
        }).collect();
        let codes: Vec<u32> = target.iter().map(|y| u32::from(*y > 0.0)).collect();
        let weights: Vec<f64> = (0..150).map(|_| 0.1 + stream.uniform()).collect();
        let directions = [up, 1, -1, 0];
        let boosting = Boosting {
            n_estimators: 8,
            learning_rate: 0.4,
            l2_regularization: l2,
            reg_alpha: l1,
            growth: Growth {
                grow_policy: [GrowPolicy::LossGuide, GrowPolicy::DepthWise, GrowPolicy::Symmetric][policy],
                ..plain(Some(leaves), None)
            },
            max_features: if drawn { MaxFeatures::Count(2) } else { MaxFeatures::All },
            colsample_bylevel: if drawn { 0.8 } else { 1.0 },
            subsample,
            monotonic_cst: directions.into(),
            seed,
            ..Boosting::default()
        };
        let positive: Vec<f64> = target.iter().map(|y| y.abs() + 0.1).collect();
        let objectives: [Box<dyn Objective + '_>; 7] = [
            Box::new(Logistic::new(&codes)),
            Box::new(Squared::new(&target)),
            Box::new(Absolute::new(&target)),
            Box::new(Huber::new(&target, 0.5).unwrap()),
            Box::new(Quantile::new(&target, 0.8).unwrap()),
            Box::new(Poisson::new(&positive).unwrap()),
            Box::new(Gamma::new(&positive).unwrap()),
        ];
        let model = fit(&boosting, &samples, objectives[loss].as_ref(), Some(&weights));
        model.validate().unwrap();
        for (column, direction) in directions.into_iter().enumerate().take(3) {
            // Boxes around random rows, from below all to above all values.
            for _ in 0..6 {
                let row = samples.row(stream.below(150)).to_vec();
                let line = Array2::from_shape_fn((80, 4), |(step, place)| match place == column {
                    true => -4.0 + step as f64 * 0.1,
                    false => row[place],
                });
                let line = Samples::from_array(line).unwrap().with_schema(&schema()).unwrap();
                let margins = model.predict(&line).unwrap();
                for (low, high) in margins.iter().zip(margins.iter().skip(1)) {
                    prop_assert!((high - low) * f64::from(direction) >= 0.0, "column {column}: {low} then {high}");
                }
            }
        }
    }
}

#[test]
fn a_direction_against_the_data_leaves_nothing_of_the_column() {
    let x = Array2::from_shape_fn((200, 1), |(row, _)| row as f64);
    let target: Vec<f64> = (0..200).map(f64::from).collect();
    let samples = Samples::new(&x).unwrap();
    for (direction, trees) in [(0, 20), (1, 20), (-1, 0)] {
        let boosting =
            Boosting { n_estimators: 20, monotonic_cst: [direction].into(), ..Boosting::default() };
        assert_eq!(fit(&boosting, &samples, &Squared::new(&target), None).trees().len(), trees);
    }
}

/// Losses that set leaf values anew (medians, quantiles) keep bounds in the unit of these values, not of their gradients.
#[test]
fn directions_cost_nothing_where_the_data_keeps_them() {
    let mut stream = Stream::new(8, "test/renewed", 0);
    let x = Array2::from_shape_fn((600, 2), |_| stream.uniform());
    let target: Vec<f64> =
        x.rows().into_iter().map(|row| 1000.0 * row[0] - 300.0 * row[1] + 20.0 * stream.normal()).collect();
    let samples = Samples::new(&x).unwrap();
    let absolute = Absolute::new(&target);
    let quantile = Quantile::new(&target, 0.5).unwrap();
    for objective in [&absolute as &dyn Objective, &quantile] {
        let error = |cst: MonotonicCst| {
            let boosting = Boosting { monotonic_cst: cst, ..Boosting::default() };
            let margins = fit(&boosting, &samples, objective, None).predict(&samples).unwrap();
            margins.iter().zip(&target).map(|(margin, y)| (margin - y).abs()).sum::<f64>() / 600.0
        };
        let (free, kept) = (error(MonotonicCst::None), error([1, -1].into()));
        assert!(kept < 25.0 && kept < 1.8 * free, "{kept}, without directions {free}");
    }
}

/// Groups part the prediction into a sum: mixed differences between columns of no common group vanish.
#[test]
fn columns_of_no_common_group_do_not_interact() {
    let mut stream = Stream::new(3, "test/interaction", 0);
    let x = Array2::from_shape_fn((600, 4), |_| stream.normal());
    // The square of how many are positive: all pairs interact.
    let of_row =
        |r: ndarray::ArrayView1<'_, f64>| r.iter().map(|cell| f64::from(*cell > 0.0)).sum::<f64>().powi(2);
    let target: Vec<f64> = x.rows().into_iter().map(of_row).collect();
    let names = ["a", "b", "c", "d"].map(Column::real).to_vec();
    let samples = Samples::new(&x).unwrap().with_schema(&Schema::new(names).unwrap()).unwrap();
    let interacts = |model: &Ensemble, one: usize, other: usize| {
        let mut stream = Stream::new(5, "test/boxes", 0);
        (0..40).any(|_| {
            let corner: Vec<f64> = (0..4).map(|_| stream.normal()).collect();
            let (step_one, step_other) = (stream.normal(), stream.normal());
            let boxes = Array2::from_shape_fn((4, 4), |(which, column)| {
                let first = if column == one && which % 2 == 1 { step_one } else { 0.0 };
                corner[column] + first + if column == other && which > 1 { step_other } else { 0.0 }
            });
            let m = model.predict(&Samples::new(&boxes).unwrap()).unwrap();
            (m[[0, 0]] - m[[1, 0]] - m[[2, 0]] + m[[3, 0]]).abs() > 1e-9
        })
    };
    let pairs = |cst: InteractionCst, draws: bool| -> Vec<(usize, usize)> {
        let max_features = if draws { MaxFeatures::Count(2) } else { MaxFeatures::All };
        let boosting =
            Boosting { n_estimators: 20, interaction_cst: cst, max_features, ..Boosting::default() };
        let model = fit(&boosting, &samples, &Squared::new(&target), None);
        let all = (0..4).flat_map(|a| (a + 1..4).map(move |b| (a, b)));
        all.filter(|&(a, b)| interacts(&model, a, b)).collect()
    };
    for draws in [false, true] {
        let all = vec![(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
        assert_eq!(pairs(InteractionCst::None, draws), all);
        assert_eq!(pairs(InteractionCst::Pairwise, draws), all);
        assert_eq!(pairs(InteractionCst::NoInteractions, draws), []);
        // Overlapping groups; columns that none names are one more.
        let overlapping = InteractionCst::from(vec![vec!["a", "b"], vec!["b", "c"], vec!["d"]]);
        assert_eq!(pairs(overlapping, draws), [(0, 1), (1, 2)]);
        assert_eq!(pairs(vec![vec![0, 1]].into(), draws), [(0, 1), (2, 3)]);
    }
}

#[test]
fn constraints_that_do_not_fit_are_refused() {
    let (samples, _) = mixed(60, 1);
    let target = vec![1.0; 60];
    let ask = |boosting: Boosting| -> Result<()> {
        boosting.check(crm_ml_core::Check::of("Boosting")).finish()?;
        let part = Part { samples: &samples, objective: &Squared::new(&target), weights: None };
        boosting.fit(&part, None, &()).map(|_| ())
    };
    let directions = |cst: MonotonicCst| ask(Boosting { monotonic_cst: cst, ..Boosting::default() });
    let groups = |cst: InteractionCst| ask(Boosting { interaction_cst: cst, ..Boosting::default() });
    directions([1, -1, 0, 0].into()).unwrap();
    directions([("b", -1), ("d", 0)].into()).unwrap();
    groups(vec![vec!["a", "d"], vec!["a"]].into()).unwrap();

    let error = directions([1, -1, 0].into()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::LengthMismatch { expected: 4, found: 3, .. }), "{error}");
    let error = directions([2, 0, 0, 0].into()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidParameters { .. }), "{error}");
    assert!(error.to_string().contains("monotonic_cst is 2"), "{error}");
    let error = directions([0, 0, 0, 1].into()).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unsupported { .. }) && error.to_string().contains("'d'"),
        "{error}"
    );
    let error = directions([("e", 1)].into()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::MissingColumn { .. }), "{error}");
    let error = directions([("a", 1), ("a", -1)].into()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::DuplicateColumn { .. }), "{error}");

    let error = groups(vec![vec![0, 4]].into()).unwrap_err();
    assert!(error.to_string().contains("interaction_cst is 4"), "{error}");
    let error = groups(vec![vec!["a", "x"]].into()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::MissingColumn { .. }), "{error}");
    let error = groups(vec![vec![0], vec![]].into()).unwrap_err();
    assert!(error.to_string().contains("group without columns"), "{error}");

    for boosting in [
        Boosting { reg_alpha: f64::NAN, ..Boosting::default() },
        Boosting { colsample_bytree: 0.0, ..Boosting::default() },
        Boosting { colsample_bylevel: f64::NAN, ..Boosting::default() },
    ] {
        assert!(matches!(ask(boosting).unwrap_err().kind(), ErrorKind::InvalidParameters { .. }));
    }

    let codes = vec![0; 60];
    let part = Part { samples: &samples, objective: &Softmax::new(&codes, 3), weights: None };
    let boosting = Boosting { monotonic_cst: [1, 0, 0, 0].into(), ..Boosting::default() };
    let error = boosting.fit(&part, None, &()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }), "{error}");
}

#[test]
fn drawn_columns_are_few_and_all_have_their_turn() {
    let mut stream = Stream::new(4, "test/columns", 0);
    let x = Array2::from_shape_fn((400, 20), |_| stream.normal());
    let target: Vec<f64> = x.rows().into_iter().map(|row| row.sum() + 0.1 * stream.normal()).collect();
    let samples = Samples::new(&x).unwrap();
    let fit = |by_tree: f64, by_level: f64, depth: usize, seed: u64| {
        let boosting = Boosting {
            n_estimators: 40,
            growth: plain(Some(64), Some(depth)),
            colsample_bytree: by_tree,
            colsample_bylevel: by_level,
            seed,
            ..Boosting::default()
        };
        fit(&boosting, &samples, &Squared::new(&target), None)
    };
    let used = |model: &Ensemble, rounds: usize| {
        let leaves = model.importances(Importance::Split);
        assert_eq!(model.trees().len(), rounds);
        leaves.iter().filter(|share| **share > 0.0).count()
    };
    let one_round = |by_tree: f64, by_level: f64, depth: usize| {
        let boosting = Boosting {
            n_estimators: 1,
            growth: plain(Some(64), Some(depth)),
            colsample_bytree: by_tree,
            colsample_bylevel: by_level,
            ..Boosting::default()
        };
        let part = Part { samples: &samples, objective: &Squared::new(&target), weights: None };
        used(boosting.fit(&part, None, &()).unwrap().booster.ensemble(), 1)
    };
    // 0.15 of 20 columns a tree; a third of twelve, and one of three, a level.
    assert_eq!(one_round(0.15, 1.0, 6), 3);
    assert_eq!(one_round(0.6, 1.0, 6), 12);
    assert_eq!(one_round(0.15, 0.4, 1), 1);
    assert!((2..=8).contains(&one_round(0.6, 0.34, 2)));
    assert_eq!(used(&fit(0.15, 1.0, 6, 0), 40), 20);
    assert_eq!(used(&fit(1.0, 0.1, 6, 0), 40), 20);
    assert_ne!(fit(0.5, 1.0, 3, 0), fit(0.5, 1.0, 3, 1));
    assert_ne!(fit(1.0, 0.5, 3, 0), fit(1.0, 0.5, 3, 1));
    assert_eq!(fit(1.0, 1.0, 3, 0), fit(1.0, 1.0, 3, 1));
}

/// A tree on drawn columns is the tree on data of these columns alone.
#[test]
fn a_tree_on_drawn_columns_knows_no_others() {
    let mut stream = Stream::new(6, "test/columns", 0);
    let x = Array2::from_shape_fn((2000, 21), |_| stream.normal());
    let target: Vec<f64> = x.rows().into_iter().map(|row| row.sum() + 0.1 * stream.normal()).collect();
    let samples = Samples::new(&x).unwrap();
    for share in [0.1, 0.3, 0.5, 0.8] {
        let boosting = Boosting {
            n_estimators: 1,
            growth: plain(Some(300), None),
            colsample_bytree: share,
            ..Boosting::default()
        };
        let drawn = fit(&boosting, &samples, &Squared::new(&target), None);
        let importances = drawn.importances(Importance::Split);
        let columns: Vec<usize> = (0..21).filter(|column| importances[*column] > 0.0).collect();
        assert_eq!(columns.len(), (share * 21.0) as usize);
        let few = x.select(ndarray::Axis(1), &columns);
        let few = Samples::new(&few).unwrap();
        let boosting = Boosting { colsample_bytree: 1.0, ..boosting };
        let alone = fit(&boosting, &few, &Squared::new(&target), None);
        assert_eq!(alone.predict(&few).unwrap(), drawn.predict(&samples).unwrap());
        let gains: Array1<f64> = alone.importances(Importance::Gain);
        assert_eq!(gains, drawn.importances(Importance::Gain).select(ndarray::Axis(0), &columns));
    }
}
