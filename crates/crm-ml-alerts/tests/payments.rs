//! Alerts on payments whose fraud is planted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crm_ml_alerts::{AlertPolicy, FraudDetector, FraudModel, at_k, labels};
use crm_ml_anomaly::{AnyDetector, Ecod, Hbos};
use crm_ml_core::{Persist, reseal};
use crm_ml_datasets::payments;
use crm_ml_table::Table;

fn detector() -> FraudDetector {
    FraudDetector::new().entity("card").time("time").label("fraud")
}

#[test]
fn the_planted_cause_comes_first() {
    let (mut first, mut all) = (0, 0);
    for seed in [11, 21, 31] {
        let (past, new) = (payments(500, seed).unwrap(), payments(500, seed + 1).unwrap());
        // Every record is an alert, so that no planted fraud is left out.
        let model = detector().policy(AlertPolicy::Share(1.0)).fit(&past.table).unwrap();
        for alert in model.alerts(&new.table).unwrap() {
            let Some(kind) = data_kind(&new.fraud, &alert.rows) else { continue };
            all += 1;
            let reason = alert.reasons.first().unwrap();
            if reason.field == kind.cause() {
                first += 1;
            } else {
                println!("{kind}: {reason}");
            }
        }
        let truth = labels(&new.table, "fraud").unwrap();
        let at = at_k(&truth, &model.scores(&new.table).unwrap(), &[20], 0.95).unwrap();
        assert!(at[0].precision >= 0.6, "{at:?}");
    }
    println!("{first} of {all}");
    assert!(all >= 60);
    assert!(first * 100 >= 95 * all, "the planted cause comes first in {first} of {all}");
}

/// How the oddest of some records is fraud.
fn data_kind(
    fraud: &[Option<crm_ml_datasets::FraudKind>],
    rows: &[usize],
) -> Option<crm_ml_datasets::FraudKind> {
    fraud[rows[0]]
}

#[test]
fn shares_add_up_and_budgets_hold() {
    let (past, new) = (payments(120, 3).unwrap().table, payments(120, 4).unwrap().table);
    for any in [AnyDetector::from(Hbos::new()), Ecod::new().into()] {
        let model = detector().detector(any).policy(AlertPolicy::PerDay(2)).fit(&past).unwrap();
        let alerts = model.alerts(&new).unwrap();
        let scores = model.scores(&new).unwrap();
        assert!(!alerts.is_empty());
        for alert in &alerts {
            let named: f64 = alert.reasons.iter().map(|reason| reason.share).sum();
            assert!(
                (alert.base + named + alert.rest - alert.score).abs() < 1e-9 * alert.score.abs().max(1.0)
            );
            assert!(alert.rank <= 2 && alert.reasons.len() <= 3 && alert.score >= model.threshold());
            assert!(alert.rows.windows(2).all(|pair| scores[pair[0]] >= scores[pair[1]]));
        }
        let mut groups: Vec<_> = alerts.iter().map(|alert| (alert.day, alert.entity.clone())).collect();
        let count = groups.len();
        groups.sort();
        groups.dedup();
        assert_eq!(groups.len(), count, "an entity has one alert a day");
    }
    let share = detector().policy(AlertPolicy::Share(0.02)).fit(&past).unwrap();
    let flagged = share.scores(&past).unwrap().iter().filter(|score| **score >= share.threshold()).count();
    assert!((flagged as f64 / past.n_rows() as f64 - 0.02).abs() < 0.02);
}

#[test]
fn training_and_serving_agree_whatever_the_columns_order_and_the_file() {
    let (past, new) = (payments(80, 5).unwrap().table, payments(60, 6).unwrap().table);
    let model = detector().detector(Hbos::new()).fit(&past).unwrap();
    let scores = model.scores(&new).unwrap();
    let moved = new.select_columns(&["country", "time", "merchant", "card", "amount"]).unwrap();
    assert_eq!(model.scores(&moved).unwrap(), scores);
    let mut csv = Vec::new();
    moved.write_csv_to(&mut csv).unwrap();
    let read = Table::from_csv_reader(csv.as_slice(), "new.csv").unwrap();
    assert_eq!(model.scores(&read).unwrap(), scores);
    assert_eq!(model.fields(), ["amount", "merchant", "country", "card", "time"]);
    let error = model.scores(&new.drop_columns(&["amount"]).unwrap()).unwrap_err();
    assert!(error.to_string().contains("amount"), "{error}");

    let bytes = model.to_bytes().unwrap();
    let again = FraudModel::from_bytes(&bytes).unwrap();
    assert_eq!(again.alerts(&new).unwrap(), model.alerts(&new).unwrap());
    for place in (0..bytes.len()).step_by(211) {
        let mut bad = bytes.clone();
        bad[place] ^= 1 << (place % 8);
        FraudModel::from_bytes(&bad).unwrap_err();
        reseal(&mut bad);
        if let Ok(odd) = FraudModel::from_bytes(&bad) {
            let _ = odd.alerts(&new);
        }
        FraudModel::from_bytes(&bytes[..place]).unwrap_err();
    }
}

#[test]
fn plain_tables_gaps_and_bad_input() {
    let mut csv = String::from("amount,kind\n");
    for row in 0..60 {
        csv += match row {
            5 => "900,a\n",
            9 => ",b\n",
            14 => "2,\n",
            _ if row % 2 == 0 => "1,a\n",
            _ => "2,b\n",
        };
    }
    let table = Table::from_csv_reader(csv.as_bytes(), "plain.csv").unwrap();
    let plain = FraudDetector::new().policy(AlertPolicy::Share(0.02));
    let alerts = plain.clone().detector(Hbos::new()).fit(&table).unwrap().alerts(&table).unwrap();
    let first = &alerts[0];
    assert_eq!((first.rows.as_slice(), first.day, first.entity.as_ref()), ([5].as_slice(), None, None));
    assert_eq!(first.reasons[0].text, "amount 900 is far above the usual 1 to 2");
    // Where a gap is a column, it is odd.
    let alerts = plain.detector(Ecod::new()).fit(&table).unwrap().alerts(&table).unwrap();
    assert!(alerts.iter().any(|alert| alert.reasons[0].text == "amount is missing"), "{alerts:?}");
    FraudDetector::new().entity("nobody").fit(&table).unwrap_err();
    FraudDetector::new().time("kind").fit(&table).unwrap_err();
    FraudDetector::new().label("amount").fit(&table).unwrap_err();
    FraudDetector::new().policy(AlertPolicy::PerDay(0)).fit(&table).unwrap_err();
    FraudDetector::new()
        .policy(AlertPolicy::Precision { least: 0.9, confidence: 0.9 })
        .fit(&table)
        .unwrap_err();
}
