//! Every metric against scikit-learn's numbers (`fixtures/make_metrics.py`).

use crm_ml_metrics::*;
use crm_ml_testkit::fixture::{matrix, numbers};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/metrics.json")).unwrap()
}

fn codes(value: &Value) -> Vec<u32> {
    numbers(value).iter().map(|v| *v as u32).collect()
}

fn weights(case: &Value) -> Option<Vec<f64>> {
    (!case["w"].is_null()).then(|| numbers(&case["w"]))
}

#[track_caller]
fn close(name: &str, found: f64, expected: &Value) {
    let expected = expected.as_f64().unwrap();
    assert!(
        (found - expected).abs() <= 1e-12 * expected.abs().max(1.0),
        "{name}: {found} against {expected}"
    );
}

#[track_caller]
fn all_close(name: &str, found: &[f64], expected: &Value) {
    let expected = expected.as_array().unwrap();
    assert_eq!(found.len(), expected.len(), "{name}");
    found.iter().zip(expected).for_each(|(f, e)| close(name, *f, e));
}

#[test]
fn two_classes() {
    for case in fixture()["binary"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let truth: Vec<bool> = codes(&case["y"]).iter().map(|c| *c == 1).collect();
        let (p, w) = (numbers(&case["p"]), weights(case));
        let w = w.as_deref();
        close(name, roc_auc(&truth, &p, w).unwrap(), &case["roc_auc"]);
        close(name, average_precision(&truth, &p, w).unwrap(), &case["average_precision"]);
        close(name, log_loss(&truth, &p, w).unwrap(), &case["log_loss"]);
        close(name, brier_score(&truth, &p, w).unwrap(), &case["brier"]);
        close(name, kolmogorov_smirnov(&truth, &p, w).unwrap(), &case["ks"]);
        let full = roc_curve(&truth, &p, w, false).unwrap();
        all_close(name, &full.false_positive_rate, &case["roc_all"][0]);
        all_close(name, &full.true_positive_rate, &case["roc_all"][1]);
        all_close(name, &full.thresholds[1..], &case["roc_all"][2]);
        if w.is_none_or(|w| w.iter().all(|v| v.fract() == 0.0)) {
            let corners = roc_curve(&truth, &p, w, true).unwrap();
            all_close(name, &corners.false_positive_rate, &case["roc"][0]);
            all_close(name, &corners.true_positive_rate, &case["roc"][1]);
        }
        let curve = precision_recall_curve(&truth, &p, w).unwrap();
        all_close(name, &curve.precision, &case["pr"][0]);
        all_close(name, &curve.recall, &case["pr"][1]);
        all_close(name, &curve.thresholds, &case["pr"][2]);
        if w.is_none() {
            for (bins, key) in [(Bins::Uniform, "uniform"), (Bins::EqualCount, "quantile")] {
                let curve = calibration_curve(&truth, &p, 5, bins, None).unwrap();
                all_close(name, &curve.iter().map(|b| b.observed).collect::<Vec<_>>(), &case[key][0]);
                all_close(name, &curve.iter().map(|b| b.mean_predicted).collect::<Vec<_>>(), &case[key][1]);
            }
        }
    }
}

#[test]
fn predicted_classes() {
    for case in fixture()["labels"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (y, z, w) = (codes(&case["y"]), codes(&case["z"]), weights(case));
        let classes = case["k"].as_u64().unwrap() as usize;
        let plain = ConfusionMatrix::new(&y, &z, classes, w.as_deref()).unwrap();
        let expected = matrix(&case["confusion"]);
        assert!(plain.counts().iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12), "{name}");
        close(name, plain.accuracy(), &case["accuracy"]);
        close(name, accuracy(&y, &z, w.as_deref()).unwrap(), &case["accuracy"]);
        close(name, plain.balanced_accuracy(), &case["balanced_accuracy"]);
        for (key, figures) in case["averages"].as_object().unwrap() {
            let average = match key.as_str() {
                "macro" => Average::Macro,
                "micro" => Average::Micro,
                "weighted" => Average::Weighted,
                _ => Average::Class(1),
            };
            for (position, zero_division) in [0.0, 1.0].into_iter().enumerate() {
                let matrix = plain.clone().zero_division(zero_division).unwrap();
                let found = [
                    matrix.precision(average).unwrap(),
                    matrix.recall(average).unwrap(),
                    matrix.f1(average).unwrap(),
                    matrix.f_beta(2.5, average).unwrap(),
                ];
                all_close(&format!("{name} {key} {zero_division}"), &found, &figures[position]);
            }
        }
    }
}

#[test]
fn several_classes() {
    for case in fixture()["multi"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (y, p, w) = (codes(&case["y"]), matrix(&case["p"]), weights(case));
        let w = w.as_deref();
        close(name, log_loss_multiclass(&y, p.view(), w).unwrap(), &case["log_loss"]);
        close(name, brier_score_multiclass(&y, p.view(), w).unwrap(), &case["brier"]);
        for (key, scheme) in [("ovr", MulticlassAuc::OneVsRest), ("ovo", MulticlassAuc::OneVsOne)] {
            for (position, average) in [Average::Macro, Average::Weighted].into_iter().enumerate() {
                if let Some(expected) = case[key].get(position) {
                    close(name, roc_auc_multiclass(&y, p.view(), scheme, average, w).unwrap(), expected);
                }
            }
        }
    }
}

#[test]
fn predicted_numbers() {
    for case in fixture()["numbers"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (y, z, w) = (numbers(&case["y"]), numbers(&case["z"]), weights(case));
        let w = w.as_deref();
        close(name, mean_absolute_error(&y, &z, w).unwrap(), &case["mae"]);
        close(name, mean_squared_error(&y, &z, w).unwrap(), &case["mse"]);
        close(name, root_mean_squared_error(&y, &z, w).unwrap(), &case["rmse"]);
        close(name, r2_score(&y, &z, w).unwrap(), &case["r2"]);
        close(name, mean_absolute_percentage_error(&y, &z, w).unwrap(), &case["mape"]);
        close(name, median_absolute_error(&y, &z, w).unwrap(), &case["median"]);
    }
}
