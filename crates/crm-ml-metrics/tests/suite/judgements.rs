//! Deviances, ranked lists, intervals and thresholds.

use crm_ml_core::{ErrorKind, Stream};
use crm_ml_metrics::*;
use crm_ml_testkit::fixture::numbers;
use proptest::prelude::*;
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/judgements.json")).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} against {expected}");
}

#[test]
fn deviances_are_scikit_learns() {
    for case in fixture()["regression"].as_array().unwrap() {
        let (y, size, mu) = (numbers(&case["y"]), numbers(&case["size"]), numbers(&case["mu"]));
        let w = (!case["w"].is_null()).then(|| numbers(&case["w"]));
        let w = w.as_deref();
        let pairs = |name: &str| case[name].as_array().unwrap().iter().map(numbers).collect::<Vec<_>>();
        for pair in pairs("deviance") {
            close(mean_tweedie_deviance(&size, &mu, pair[0], w).unwrap(), pair[1]);
        }
        for pair in pairs("counts") {
            close(mean_tweedie_deviance(&y, &mu, pair[0], w).unwrap(), pair[1]);
        }
        for pair in pairs("d2") {
            close(d2_tweedie_score(&size, &mu, pair[0], w).unwrap(), pair[1]);
        }
        for pair in pairs("pinball") {
            close(mean_pinball_loss(&y, &mu, pair[0], w).unwrap(), pair[1]);
        }
        close(mean_squared_log_error(&y, &mu, w).unwrap(), case["squared_log"].as_f64().unwrap());
        close(max_error(&y, &mu, None).unwrap(), case["max"].as_f64().unwrap());
        assert_eq!(
            mean_poisson_deviance(&y, &mu, w).unwrap(),
            mean_tweedie_deviance(&y, &mu, 1.0, w).unwrap()
        );
        assert_eq!(
            mean_gamma_deviance(&size, &mu, w).unwrap(),
            mean_tweedie_deviance(&size, &mu, 2.0, w).unwrap()
        );
    }
}

#[test]
fn gains_are_scikit_learns() {
    for case in fixture()["lists"].as_array().unwrap() {
        let (relevance, scores) = (numbers(&case["relevance"]), numbers(&case["scores"]));
        let k = case["k"].as_u64().map(|k| k as usize);
        close(dcg_score(&relevance, &scores, k).unwrap(), case["dcg"].as_f64().unwrap());
        if let Some(ndcg) = case["ndcg"].as_f64() {
            close(ndcg_score(&relevance, &scores, k).unwrap(), ndcg);
        }
    }
}

#[test]
fn lists_by_hand() {
    let relevant = [false, true, true, false];
    let scores = [4.0, 3.0, 2.0, 1.0];
    close(average_precision_at_k(&relevant, &scores, None).unwrap(), (0.5 + 2.0 / 3.0) / 2.0);
    close(average_precision_at_k(&relevant, &scores, Some(2)).unwrap(), 0.25);
    close(reciprocal_rank(&relevant, &scores).unwrap(), 0.5);
    assert_eq!(reciprocal_rank(&[false; 4], &scores).unwrap(), 0.0);
    assert_eq!(ndcg_score(&[0.0; 4], &scores, None).unwrap(), 0.0);
    let first = |rows: std::ops::Range<usize>| Ok(scores[rows.start]);
    close(mean_over_lists(&[1, 3], Some(&[1.0, 3.0]), first).unwrap(), (4.0 + 3.0 * 3.0) / 4.0);
}

/// Albumin, total protein, Krebs-Goplerud score and benefit of surgery of 43 patients with ovarian cancer: DeLong's own
/// example (Biometrics 44, 1988), as in the SAS/STAT user's guide, "Comparing Receiver Operating Characteristic Curves".
const PATIENTS: &[[f64; 4]] = &[
    [3.0, 5.8, 10.0, 0.0],
    [3.2, 6.3, 5.0, 1.0],
    [3.9, 6.8, 3.0, 1.0],
    [2.8, 4.8, 6.0, 0.0],
    [3.2, 5.8, 3.0, 1.0],
    [0.9, 4.0, 5.0, 0.0],
    [2.5, 5.7, 8.0, 0.0],
    [1.6, 5.6, 5.0, 1.0],
    [3.8, 5.7, 5.0, 1.0],
    [3.7, 6.7, 6.0, 1.0],
    [3.2, 5.4, 4.0, 1.0],
    [3.8, 6.6, 6.0, 1.0],
    [4.1, 6.6, 5.0, 1.0],
    [3.6, 5.7, 5.0, 1.0],
    [4.3, 7.0, 4.0, 1.0],
    [3.6, 6.7, 4.0, 0.0],
    [2.3, 4.4, 6.0, 1.0],
    [4.2, 7.6, 4.0, 0.0],
    [4.0, 6.6, 6.0, 0.0],
    [3.5, 5.8, 6.0, 1.0],
    [3.8, 6.8, 7.0, 1.0],
    [3.0, 4.7, 8.0, 0.0],
    [4.5, 7.4, 5.0, 1.0],
    [3.7, 7.4, 5.0, 1.0],
    [3.1, 6.6, 6.0, 1.0],
    [4.1, 8.2, 6.0, 1.0],
    [4.3, 7.0, 5.0, 1.0],
    [4.3, 6.5, 4.0, 1.0],
    [3.2, 5.1, 5.0, 1.0],
    [2.6, 4.7, 6.0, 1.0],
    [3.3, 6.8, 6.0, 0.0],
    [1.7, 4.0, 7.0, 0.0],
    [3.7, 6.1, 5.0, 1.0],
    [3.3, 6.3, 7.0, 1.0],
    [4.2, 7.7, 6.0, 1.0],
    [3.5, 6.2, 5.0, 1.0],
    [2.9, 5.7, 9.0, 0.0],
    [2.1, 4.8, 7.0, 1.0],
    [2.8, 6.2, 8.0, 0.0],
    [4.0, 7.0, 7.0, 1.0],
    [3.3, 5.7, 6.0, 1.0],
    [3.7, 6.9, 5.0, 1.0],
    [3.6, 6.6, 5.0, 1.0],
];

#[test]
fn delongs_example() {
    let column = |j: usize| PATIENTS.iter().map(|row| row[j]).collect::<Vec<f64>>();
    let truth: Vec<bool> = column(3).iter().map(|v| *v == 1.0).collect();
    let score: Vec<f64> = column(2).iter().map(|v| 10.0 - v).collect();
    let published =
        [(column(0), 0.7366, 0.0927), (column(1), 0.6478, 0.1000), (score.clone(), 0.7258, 0.1028)];
    for (scores, auc, standard_error) in published {
        let found = roc_auc_interval(&truth, &scores, 0.95).unwrap();
        assert!((found.auc - auc).abs() < 5e-5 && (found.standard_error - standard_error).abs() < 5e-5);
        close(found.auc, roc_auc(&truth, &scores, None).unwrap());
        close(found.high, (found.auc + 1.959_963_984_540_054 * found.standard_error).min(1.0));
    }
    let albumin = compare_roc_auc(&truth, &column(0), &score, 0.95).unwrap();
    assert!((albumin.difference - 0.0108).abs() < 5e-5 && (albumin.standard_error - 0.0953).abs() < 5e-5);
    assert!((albumin.p_value - 0.9102).abs() < 5e-5);
    let protein = compare_roc_auc(&truth, &column(1), &score, 0.95).unwrap();
    assert!((protein.z * protein.z - 0.5554).abs() < 5e-5 && (protein.p_value - 0.4561).abs() < 5e-5);
    let same = compare_roc_auc(&truth, &score, &score, 0.95).unwrap();
    assert_eq!((same.difference, same.z, same.p_value), (0.0, 0.0, 1.0));
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    // Normal scores one apart have an AUC of Phi(1 / sqrt 2).
    let true_auc = 0.760_249_938_906_523_7;
    let draw = |index: u64| {
        let mut stream = Stream::new(5, "rows", index);
        let truth: Vec<bool> = (0..120).map(|i| i % 3 == 0).collect();
        let scores: Vec<f64> = truth.iter().map(|t| stream.normal() + f64::from(u8::from(*t))).collect();
        (truth, scores)
    };
    let (mut delong, mut bootstrap) = (0, [0; 3]);
    let methods = [BootstrapMethod::Percentile, BootstrapMethod::Basic, BootstrapMethod::Bca];
    for index in 0..200 {
        let (truth, scores) = draw(index);
        let found = roc_auc_interval(&truth, &scores, 0.9).unwrap();
        delong += u32::from(found.low <= true_auc && true_auc <= found.high);
        for (method, hits) in methods.iter().zip(&mut bootstrap) {
            let intervals = Bootstrap::new().resamples(200).level(0.9).method(*method).seed(index);
            let found = intervals.interval(120, |w| roc_auc(&truth, &scores, Some(w))).unwrap();
            *hits += u32::from(found.low <= true_auc && true_auc <= found.high);
        }
    }
    // 180 expected; four standard deviations are 17.
    assert!([delong, bootstrap[0], bootstrap[1], bootstrap[2]].iter().all(|hits| (160..=197).contains(hits)));
}

#[test]
fn bca_of_the_law_schools() {
    // Efron and Tibshirani (1993): correlation of 15 law schools .776, BCa interval at 90 % about (.43, .92).
    let lsat = [576., 635., 558., 578., 666., 580., 555., 661., 651., 605., 653., 575., 545., 572., 594.];
    let gpa = [3.39, 3.3, 2.81, 3.03, 3.44, 3.07, 3.0, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96];
    let correlation = |w: &[f64]| {
        let total: f64 = w.iter().sum();
        let mean = |v: &[f64]| v.iter().zip(w).map(|(v, w)| v * w).sum::<f64>() / total;
        let (a, b) = (mean(&lsat), mean(&gpa));
        let moment = |f: &dyn Fn(usize) -> f64| (0..15).map(|i| w[i] * f(i)).sum::<f64>();
        let cross = moment(&|i| (lsat[i] - a) * (gpa[i] - b));
        let (x, y) = (moment(&|i| (lsat[i] - a).powi(2)), moment(&|i| (gpa[i] - b).powi(2)));
        Ok(cross / (x * y).sqrt())
    };
    let found = Bootstrap::new().level(0.9).resamples(20_000).interval(15, correlation).unwrap();
    assert!((found.estimate - 0.776).abs() < 5e-4 && (found.standard_error - 0.13).abs() < 0.01);
    assert!((found.low - 0.43).abs() < 0.02 && (found.high - 0.92).abs() < 0.01, "{found:?}");
}

#[test]
fn strata_keep_their_rows() {
    let truth: Vec<bool> = (0..50).map(|i| i < 3).collect();
    let codes: Vec<u32> = truth.iter().map(|t| u32::from(*t)).collect();
    let positives = |w: &[f64]| Ok(truth.iter().zip(w).filter(|(t, _)| **t).map(|(_, w)| w).sum());
    let found = Bootstrap::new().resamples(50).strata(&codes).interval(50, positives).unwrap();
    assert_eq!((found.low, found.high, found.standard_error), (3.0, 3.0, 0.0));
    let scores: Vec<f64> = (0..50).map(f64::from).collect();
    let loose = Bootstrap::new().resamples(200).interval(50, |w| roc_auc(&truth, &scores, Some(w))).unwrap();
    assert!(loose.undefined > 0);
}

proptest! {
    #[test]
    fn thresholds_are_the_best_of_all(rows in prop::collection::vec((any::<bool>(), 0u8..9, 0u8..3), 3..40)) {
        let truth: Vec<bool> = rows.iter().map(|r| r.0).collect();
        let scores: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
        let weights: Vec<f64> = rows.iter().map(|r| f64::from(r.2)).collect();
        let weight = |class: bool, from: f64| {
            let inside = |i: &usize| truth[*i] == class && scores[*i] >= from;
            (0..rows.len()).filter(inside).map(|i| weights[i]).sum::<f64>()
        };
        let all = (weight(true, -1.0), weight(false, -1.0));
        prop_assume!(all.0 > 0.0 && all.1 > 0.0);
        let payoff = Payoff { true_positive: 5.0, false_positive: -2.0, true_negative: 0.5, false_negative: -1.0 };
        let thresholds = || (0..9).map(f64::from).chain([f64::INFINITY]);
        let profit = |t: f64| {
            5.0 * weight(true, t) - 2.0 * weight(false, t) + 0.5 * (all.1 - weight(false, t)) - (all.0 - weight(true, t))
        };
        let choose = |criterion| choose_threshold(&truth, &scores, criterion, Some(&weights)).unwrap();
        let best = choose(Criterion::Profit(payoff)).unwrap();
        prop_assert!((best.value - thresholds().map(profit).fold(f64::NEG_INFINITY, f64::max)).abs() < 1e-9);
        prop_assert!((best.value - profit(best.threshold)).abs() < 1e-9);
        let capacity = choose(Criterion::Capacity(7.0)).unwrap();
        let most = thresholds().map(|t| weight(true, t) + weight(false, t)).filter(|w| *w <= 7.0).fold(0.0, f64::max);
        prop_assert_eq!(capacity.acted_on, most);
        let recall = choose(Criterion::Recall(0.7)).unwrap();
        prop_assert!(recall.recall >= 0.7);
        prop_assert!(thresholds().all(|t| t <= recall.threshold || weight(true, t) / all.0 < 0.7));
        let precise = choose(Criterion::Precision(0.6));
        let precision = |t: f64| weight(true, t) / (weight(true, t) + weight(false, t));
        match precise {
            Some(point) => prop_assert!(point.precision >= 0.6
                && (0..9).map(f64::from).all(|t| precision(t).is_nan() || precision(t) < 0.6 || weight(true, t) <= weight(true, point.threshold))),
            None => prop_assert!((0..9).map(f64::from).all(|t| precision(t).is_nan() || precision(t) < 0.6)),
        }
        let youden = choose(Criterion::Youden).unwrap();
        let ks = kolmogorov_smirnov(&truth, &scores, Some(&weights)).unwrap();
        prop_assert!(youden.value <= ks + 1e-12);
        prop_assert!(choose(Criterion::FBeta(1.0)).unwrap().value <= 1.0);
    }

    #[test]
    fn sorting_in_buckets_changes_nothing(seed in 0u64..20, spread in 0usize..4) {
        let mut stream = Stream::new(seed, "scores", 0);
        let n = 20_000;
        let truth: Vec<bool> = (0..n).map(|_| stream.uniform() < 0.3).collect();
        let draw = |stream: &mut Stream| match spread {
            0 => stream.uniform(),
            1 => stream.normal() * 8.0,
            2 => (stream.normal() * 300.0).exp().min(1e300) * if stream.uniform() < 0.5 { -1.0 } else { 1.0 },
            _ => (stream.uniform() * 20.0).floor(),
        };
        let scores: Vec<f64> = (0..n).map(|_| draw(&mut stream)).collect();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        let (mut wins, mut above, mut pairs) = (0.0, 0.0, (0.0, 0.0));
        for tied in order.chunk_by(|a, b| scores[*a] == scores[*b]) {
            let positive = tied.iter().filter(|row| truth[**row]).count() as f64;
            let negative = tied.len() as f64 - positive;
            wins += negative * (above + 0.5 * positive);
            above += positive;
            pairs = (pairs.0 + positive, pairs.1 + negative);
        }
        prop_assert_eq!(roc_auc(&truth, &scores, None).unwrap(), wins / pairs.0 / pairs.1);
        prop_assert_eq!(roc_auc(&truth, &scores, Some(&vec![1.0; n])).unwrap(), wins / pairs.0 / pairs.1);
    }
}

#[test]
fn what_cannot_be_judged_is_told() {
    assert!(mean_tweedie_deviance(&[1.0], &[1.0], 0.5, None).is_err());
    assert!(mean_tweedie_deviance(&[1.0], &[1.0], f64::NAN, None).is_err());
    let zero = mean_gamma_deviance(&[1.0, 0.0], &[1.0, 1.0], None).unwrap_err();
    assert!(matches!(zero.kind(), ErrorKind::InvalidTarget { row: 1, .. }));
    assert!(mean_gamma_deviance(&[1.0, 0.0], &[1.0, 1.0], Some(&[1.0, 0.0])).is_ok());
    assert!(mean_poisson_deviance(&[1.0], &[0.0], None).is_err());
    assert!(mean_pinball_loss(&[1.0], &[0.0], 1.5, None).is_err());
    assert!(mean_squared_log_error(&[-1.0], &[0.0], None).is_err());
    assert!(dcg_score(&[], &[], None).is_err() && dcg_score(&[1.0], &[1.0], Some(0)).is_err());
    assert!(ndcg_score(&[-1.0, 1.0], &[1.0, 2.0], None).is_err());
    assert!(mean_over_lists(&[2, 0], None, |_| Ok(1.0)).is_err());
    assert!(roc_auc_interval(&[true, false, false], &[1.0, 2.0, 3.0], 0.9).is_err());
    assert!(roc_auc_interval(&[true, true, false, false], &[1.0, 2.0, 3.0, 1.0], 1.0).is_err());
    assert!(Bootstrap::new().resamples(5).level(2.0).interval(3, |_| Ok(1.0)).is_err());
    assert!(Bootstrap::new().strata(&[0]).interval(3, |_| Ok(1.0)).is_err());
    assert!(Bootstrap::new().interval(0, |_| Ok(1.0)).is_err());
    let only_all =
        |w: &[f64]| if w.contains(&0.0) { Err(crm_ml_core::Error::empty("rows")) } else { Ok(1.0) };
    assert!(Bootstrap::new().interval(50, only_all).is_err());
    for value in [f64::NAN, f64::INFINITY] {
        let all_alike = |w: &[f64]| Ok(if w.iter().all(|w| *w == 1.0) { value } else { w[0] });
        for method in [BootstrapMethod::Percentile, BootstrapMethod::Basic, BootstrapMethod::Bca] {
            let error = Bootstrap::new().resamples(50).method(method).interval(50, all_alike).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Numerical { .. }), "{error}");
        }
    }
    let bad = Criterion::Profit(Payoff::campaign(f64::INFINITY, 1.0));
    assert!(choose_threshold(&[true, false], &[1.0, 2.0], bad, None).is_err());
    assert!(choose_threshold(&[false, false], &[1.0, 2.0], Criterion::Recall(0.5), None).is_err());
    for beta in [-1.0, f64::NAN, f64::INFINITY, 1e101, 1e200] {
        let error = choose_threshold(&[true, false], &[1.0, 2.0], Criterion::FBeta(beta), None).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::InvalidParameters { .. }), "{error}");
    }
    // Recall alone counts.
    let found =
        choose_threshold(&[true, false], &[1.0, 2.0], Criterion::FBeta(1e100), None).unwrap().unwrap();
    assert_eq!((found.threshold, found.value), (1.0, 1.0));
    assert_eq!(Payoff::campaign(0.0, 0.0).break_even(), None);
}
