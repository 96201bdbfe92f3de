use approx::assert_abs_diff_eq;
use crm_ml_core::{Calendar, Forecaster, Frequency, Horizon, Stream, reseal};
use proptest::prelude::*;

use super::*;
use crate::{Ets, Naive, joint_sample_paths};

fn shop() -> Hierarchy {
    Hierarchy::from_keys("all", &[vec!["a", "x"], vec!["a", "y"], vec!["b", "x"]]).unwrap()
}

fn forecasts() -> Vec<Vec<f64>> {
    [100.0, 55.0, 40.0, 30.0, 22.0, 41.0].map(|value| vec![value]).to_vec()
}

#[track_caller]
fn close(found: &[Vec<f64>], expected: [f64; 6]) {
    for (found, expected) in found.iter().zip(expected) {
        assert_abs_diff_eq!(found[0], expected, epsilon = 1e-7);
    }
}

#[test]
fn trees_are_made_of_keys_and_of_parents() {
    let tree = shop();
    assert_eq!(tree.names(), ["all", "a", "b", "a/x", "a/y", "b/x"]);
    assert_eq!((tree.leaves(), tree.children(1)), (vec![3, 4, 5], &[3, 4][..]));
    let same = [
        ("b/x", Some("b")),
        ("a", Some("all")),
        ("all", None),
        ("a/x", Some("a")),
        ("b", Some("all")),
        ("a/y", Some("a")),
    ];
    assert_eq!(Hierarchy::from_parents(&same).unwrap(), tree);
    let message = |nodes: &[(&str, Option<&str>)]| Hierarchy::from_parents(nodes).unwrap_err().to_string();
    assert!(message(&[("a", Some("c"))]).contains("'c', which is no node"));
    assert!(message(&[("a", None), ("a", None)]).contains("is there twice"));
    assert!(message(&[("c", None), ("a", Some("b")), ("b", Some("a"))]).contains("is below itself"));
    assert!(Hierarchy::from_parents::<&str>(&[]).is_err());
    let keys = |rows: &[Vec<&str>]| Hierarchy::from_keys("all", rows);
    assert!(keys(&[]).is_err() && keys(&[Vec::new()]).is_err());
    assert!(keys(&[vec!["a", "x"], vec!["a"]]).is_err());
    assert!(keys(&[vec!["a", "x"], vec!["a", "x"]]).is_err());
    assert!(keys(&[vec!["all"]]).is_err() && keys(&[vec!["a/b"]]).is_err());
}

#[test]
fn series_are_added_up() {
    let calendar = Calendar::new("2024-01".parse().unwrap(), Frequency::MONTHLY);
    let leaf = |name: &'static str, values: &[f64]| {
        Series::from_vec(values.to_vec()).unwrap().named(name).with_calendar(calendar)
    };
    let leaves = [leaf("b/x", &[1.0, 2.0]), leaf("a/x", &[10.0, f64::NAN]), leaf("a/y", &[100.0, 200.0])];
    let all = shop().aggregate(&leaves).unwrap();
    assert_eq!(all[0].values()[0], 111.0);
    assert!(all[0].values()[1].is_nan() && all[1].values()[1].is_nan());
    assert_eq!((all[2].name(), all[2].values()), ("b", &[1.0, 2.0][..]));
    assert_eq!(all[2].calendar(), Some(&calendar));
    assert!(
        shop().aggregate(&leaves[..2]).unwrap_err().to_string().contains("'a/y' is a leaf without a series")
    );
    let short = [leaf("b/x", &[1.0]), leaf("a/x", &[1.0, 2.0]), leaf("a/y", &[1.0, 2.0])];
    assert!(shop().aggregate(&short).is_err() && shop().aggregate(&[]).is_err());
    // No series is lost silently.
    let message = |name: &'static str| {
        let more = [&leaves[..], &[leaf(name, &[5.0, 5.0])]].concat();
        shop().aggregate(&more).unwrap_err().to_string()
    };
    assert!(message("a/x").contains("'a/x'") && message("a/x").contains("there twice"), "{}", message("a/x"));
    assert!(message("b").contains("'b'") && message("b").contains("of no leaf"), "{}", message("b"));
    assert!(message("c").contains("'c'"));
}

/// Numbers of numpy for `S (S' W^-1 S)^-1 S' W^-1 y`.
#[test]
fn reconciled_forecasts_are_those_of_the_formula() {
    let by = |by: &Reconciliation<'_>| shop().reconcile(&forecasts(), by).unwrap();
    close(&by(&Reconciliation::BottomUp), [93.0, 52.0, 41.0, 30.0, 22.0, 41.0]);
    let ols = [97.46153846, 55.69230769, 41.76923077, 31.84615385, 23.84615385, 41.76923077];
    close(&by(&Reconciliation::Ols), ols);
    let wls = [96.0, 54.83333333, 41.16666667, 31.41666667, 23.41666667, 41.16666667];
    close(&by(&Reconciliation::WlsStruct), wls);
    let error = |i: usize, t: usize| {
        let (i, t) = (i as f64, t as f64);
        (i + 2.0) * ((t * t * 3.0) % 7.0 - 2.0)
            + (7.0 * i * i + 3.0 * i + 5.0 * t * t * (i + 1.0) + t * i) % 11.0
            - 5.0
    };
    let errors: Vec<Vec<f64>> = (0..6).map(|i| (0..10).map(|t| error(i, t)).collect()).collect();
    let mint = [100.5977138, 57.22656792, 43.37114588, 32.41779937, 24.80876855, 43.37114588];
    close(&by(&Reconciliation::MintShrink(&errors)), mint);
    // Times without an error of every node do not count.
    let padded: Vec<Vec<f64>> = errors.iter().map(|row| [&[f64::NAN], row.as_slice()].concat()).collect();
    close(&by(&Reconciliation::MintShrink(&padded)), mint);

    let shares = [0.25, 0.35, 0.4];
    close(&by(&Reconciliation::TopDown(&shares)), [100.0, 60.0, 40.0, 25.0, 35.0, 40.0]);
    let a = 100.0 * 55.0 / 95.0;
    let shared = [100.0, a, 100.0 - a, a * 30.0 / 52.0, a * 22.0 / 52.0, 100.0 - a];
    close(&by(&Reconciliation::ForecastProportions), shared);
}

#[test]
fn shares_are_means_of_the_past() {
    let leaf = |name: &'static str, values: &[f64]| Series::from_vec(values.to_vec()).unwrap().named(name);
    let leaves = [leaf("a/x", &[1.0, 3.0]), leaf("a/y", &[1.0, 3.0]), leaf("b/x", &[2.0, 2.0])];
    let all = shop().aggregate(&leaves).unwrap();
    let shares = shop().average_proportions(&all).unwrap();
    assert_eq!(shares, [(0.25 + 0.375) / 2.0, (0.25 + 0.375) / 2.0, 0.375]);
    assert!(shop().average_proportions(&all[1..]).is_err());
    let zero = shop().aggregate(&[leaf("a/x", &[0.0]), leaf("a/y", &[0.0]), leaf("b/x", &[0.0])]).unwrap();
    assert!(shop().average_proportions(&zero).is_err());
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused = |forecasts: &[Vec<f64>], by: &Reconciliation<'_>| shop().reconcile(forecasts, by).is_err();
    let mut odd = forecasts();
    assert!(refused(&odd[1..], &Reconciliation::Ols));
    assert!(refused(&odd, &Reconciliation::TopDown(&[0.5, 0.5])));
    assert!(refused(&odd, &Reconciliation::TopDown(&[0.5, 0.5, 0.5])));
    assert!(refused(&odd, &Reconciliation::TopDown(&[f64::NAN, 0.5, 0.5])));
    assert!(refused(&odd, &Reconciliation::MintShrink(&vec![vec![0.0; 9]; 6])));
    assert!(refused(&odd, &Reconciliation::MintShrink(&vec![vec![1.0]; 6])));
    assert!(refused(&odd, &Reconciliation::MintShrink(&vec![vec![1.0; 9]; 5])));
    odd[2][0] = f64::NAN;
    assert!(refused(&odd, &Reconciliation::BottomUp));
    odd[2] = vec![1.0, 2.0];
    assert!(refused(&odd, &Reconciliation::BottomUp));
}

/// Leaves that move together, those of one region more so, beside noise of their own.
fn walks(seed: u64, length: usize) -> Vec<Vec<f64>> {
    let mut stream = Stream::new(seed, "test/hierarchy", 0);
    let mut leaves = vec![vec![100.0]; 3];
    for t in 0..length {
        let (all, region) = (stream.normal(), stream.normal());
        for (i, leaf) in leaves.iter_mut().enumerate() {
            let shared = all + if i < 2 { region } else { 0.0 };
            leaf.push(leaf[t] + shared + 0.5 * stream.normal());
        }
    }
    leaves
}

#[test]
fn intervals_of_sums_hold_what_they_say() {
    let (tree, names) = (shop(), ["a/x", "a/y", "b/x"]);
    let horizon = Horizon::new(4).unwrap().with_levels(&[80.0]).unwrap();
    let ways = [Reconciliation::BottomUp, Reconciliation::Ols, Reconciliation::WlsStruct];
    let (mut inside, runs) = (vec![[0.0; 6]; 4], 250);
    for seed in 0..runs {
        let leaves: Vec<Series<'static>> = walks(seed, 103)
            .into_iter()
            .zip(names)
            .map(|(v, name)| Series::from_vec(v).unwrap().named(name))
            .collect();
        let all = tree.aggregate(&leaves).unwrap();
        let models: Vec<_> =
            all.iter().map(|s| Naive::new().fit(&s.window(0..100).unwrap()).unwrap()).collect();
        let errors: Vec<Vec<f64>> = models.iter().map(crate::Recursion::errors).collect();
        let mint = [Reconciliation::MintShrink(&errors)];
        for (way, inside) in ways.iter().chain(&mint).zip(&mut inside) {
            let found = tree.forecast(&models, &horizon, way, 300, seed).unwrap();
            assert!((found[0].mean[3] - found[1].mean[3] - found[2].mean[3]).abs() < 1e-9);
            for (node, forecast) in found.iter().enumerate() {
                let interval = &forecast.intervals[0];
                for step in 0..4 {
                    let held = interval.lower[step]..=interval.upper[step];
                    let hit = held.contains(&all[node].values()[100 + step]);
                    inside[node] += f64::from(u8::from(hit)) / (4 * runs) as f64;
                }
            }
        }
    }
    // 80 % within the binomial 99 % band of 250 (steps of a series are much the same draw).
    assert!(inside.iter().flatten().all(|share| (0.73..0.87).contains(share)), "{inside:?}");
}

#[test]
fn reconciled_paths_add_up() {
    let tree = shop();
    let names = ["a/x", "a/y", "b/x"];
    let leaves: Vec<Series<'static>> = walks(1, 60)
        .into_iter()
        .zip(names)
        .map(|(v, name)| Series::from_vec(v).unwrap().named(name))
        .collect();
    let all = tree.aggregate(&leaves).unwrap();
    let models: Vec<_> = all.iter().map(|series| Ets::simple().fit(series).unwrap()).collect();
    let horizon = Horizon::new(3).unwrap();
    let paths = joint_sample_paths(&models, &horizon, 50, 1).unwrap();
    let found = tree.reconcile_paths(&paths, &Reconciliation::Ols).unwrap();
    let sums = [&found[1] + &found[2], &found[3] + &found[4]];
    for (sum, whole) in sums.iter().zip([&found[0], &found[1]]) {
        assert!((sum - whole).iter().all(|gap| gap.abs() < 1e-9));
    }
    assert_ne!(found[0], paths[0]);
    assert!(tree.reconcile_paths(&paths[1..], &Reconciliation::Ols).is_err());
    assert!(tree.reconcile_paths(&[], &Reconciliation::Ols).is_err());
    assert!(tree.forecast(&models[1..], &horizon, &Reconciliation::Ols, 10, 1).is_err());
    let points = tree.forecast(&models, &horizon, &Reconciliation::Ols, 10, 1).unwrap();
    assert!(points[0].intervals.is_empty());
}

#[test]
fn a_saved_tree_is_the_same_and_a_damaged_one_none() {
    let tree = shop();
    let file = tree.to_bytes().unwrap();
    assert_eq!(Hierarchy::from_bytes(&file).unwrap(), tree);
    let text = serde_json::to_string(&tree).unwrap();
    assert_eq!(serde_json::from_str::<Hierarchy>(&text).unwrap(), tree);
    for bad in [
        Hierarchy { names: vec!["a".into(); 6], ..tree.clone() },
        Hierarchy { parents: vec![None; 6], ..tree.clone() },
        Hierarchy {
            children: vec![vec![1], vec![0]],
            parents: vec![Some(1), Some(0)],
            names: vec!["a".into(), "b".into()],
        },
        Hierarchy { children: vec![vec![7]], parents: vec![None], names: vec!["a".into()] },
        Hierarchy { children: Vec::new(), parents: Vec::new(), names: Vec::new() },
    ] {
        assert!(bad.validate().is_err(), "{bad:?}");
    }
    for at in 0..file.len() {
        let mut damaged = file.clone();
        damaged[at] ^= 0x21;
        reseal(&mut damaged);
        if let Ok(other) = Hierarchy::from_bytes(&damaged) {
            let rows = vec![vec![1.0]; other.names().len()];
            let _ = other.reconcile(&rows, &Reconciliation::Ols);
            let _ = other.average_proportions(&[]);
        }
    }
}

proptest! {
    /// Every way gives sums; sums stay as they are under least squares.
    #[test]
    fn forecasts_add_up(values in prop::collection::vec(-1e4f64..1e4, 12), leaves in prop::collection::vec(1.0f64..1e4, 3)) {
        let tree = shop();
        let rows: Vec<Vec<f64>> = values.chunks(2).map(<[f64]>::to_vec).collect();
        let spread: Vec<Vec<f64>> = (0..6).map(|i| (0..9).map(|t| values[(i * 5 + t * 7) % 12] + 1.0 + t as f64).collect()).collect();
        let ways = [
            Reconciliation::BottomUp,
            Reconciliation::TopDown(&[0.2, 0.3, 0.5]),
            Reconciliation::Ols,
            Reconciliation::WlsStruct,
            Reconciliation::MintShrink(&spread),
        ];
        let sums = vec![
            vec![leaves[0] + leaves[1] + leaves[2]], vec![leaves[0] + leaves[1]], vec![leaves[2]],
            vec![leaves[0]], vec![leaves[1]], vec![leaves[2]],
        ];
        for way in &ways {
            let found = tree.reconcile(&rows, way).unwrap();
            let gap = |node: usize, step: usize| {
                found[node][step] - tree.children(node).iter().map(|child| found[*child][step]).sum::<f64>()
            };
            for (node, step) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)] {
                prop_assert!(gap(node, step).abs() < 1e-9);
            }
            if !matches!(way, Reconciliation::TopDown(_)) {
                for (found, sum) in tree.reconcile(&sums, way).unwrap().iter().zip(&sums) {
                    prop_assert!((found[0] - sum[0]).abs() <= 1e-9 * sum[0].abs().max(1.0));
                }
            }
        }
    }
}
