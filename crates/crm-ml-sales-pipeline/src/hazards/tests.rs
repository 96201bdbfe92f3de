use crm_ml_core::Timestamp;

use super::*;
use crate::deals::{Deals, StageEntry};
use crate::quarter::day_of;
use crate::stages::Stages;

const DAY: i64 = 86_400;

/// Deals as lists of (day, stage, amount).
fn deals(rows: &[&[(i64, &str, f64)]]) -> Deals {
    let entries: Vec<StageEntry> = rows
        .iter()
        .enumerate()
        .flat_map(|(deal, rows)| {
            rows.iter().map(move |(day, stage, amount)| StageEntry {
                deal: format!("D{deal}"),
                stage: (*stage).to_owned(),
                time: Timestamp::from_seconds(day * DAY),
                amount: Some(*amount),
            })
        })
        .collect();
    Deals::from_entries(&Stages::new(["A", "B"], "Won", "Lost"), &entries).unwrap()
}

const NO_PULL: Pull = Pull { span: 1e-9, factor: 1e12 };

#[test]
fn rates_are_exits_over_days_at_risk() {
    // Stage A: 10 days to B, 4 days to lost, 20 days and still there: 34 days at risk. Stage B: 5 days to won, 7 back to A, and then 3 more days in A.
    let deals = deals(&[
        &[(0, "A", 1.0), (10, "B", 1.0), (15, "Won", 1.0)],
        &[(3, "A", 1.0), (7, "Lost", 1.0)],
        &[(10, "A", 1.0)],
        &[(20, "B", 1.0), (27, "A", 1.0)],
    ]);
    let ages = [AgeSpans::of_exits(vec![], 8, 30), AgeSpans::of_exits(vec![], 8, 30)];
    let groups = AmountGroups::of(vec![], 1);
    let quarters = QuarterSpans::of(false, 1, 0, 30);
    let setting = Setting { ages: &ages, groups: &groups, quarters: &quarters, as_of: 30 };
    let (at_risk_a, at_risk_b) = (10.0 + 4.0 + 20.0 + 3.0, 5.0 + 7.0);
    let check = |pull: Pull, expected: [[f64; 4]; 2]| {
        let hazards = estimate(&deals, &setting, Weights::new(30, None), pull);
        for (of, expected) in hazards.stages.iter().zip(expected) {
            for (rate, expected) in of.rates[0].iter().zip(expected) {
                assert!((rate - expected).abs() < 1e-9, "{rate} for {expected}");
            }
        }
        hazards
    };
    let a = [0.0, 1.0, 1.0, 0.0].map(|n| n / at_risk_a);
    let hazards = check(NO_PULL, [a, [1.0, 0.0, 0.0, 1.0].map(|n| n / at_risk_b)]);
    // Pulled to the mean of the stage: the usual rates count for one exit, so events and their shares over days and those of one exit.
    // All stages: one exit of each kind in 90 days, and what was seen, but for the step back: 1 + 1 of each.
    let days_of_one = (90.0 + at_risk_a + at_risk_b) / 6.0;
    let third = 1.0 / 3.0;
    let a = [0.0, 1.0 + third, 1.0 + third, third].map(|n| n / (at_risk_a + days_of_one));
    // From the last stage there is no next one.
    let b = [1.0, 0.0, 0.5, 1.5].map(|n| n / (at_risk_b + days_of_one));
    check(Pull { span: 1e12, ..NO_PULL }, [a, b]);
    assert_eq!(hazards.stages[0].exits, [2.0]);
}

#[test]
fn days_at_risk_are_cut_where_something_changes() {
    let deals = deals(&[&[(0, "A", 5.0), (40, "A", 50.0), (100, "B", 50.0)]]);
    let ages = [AgeSpans::of_exits((1..=100).collect(), 4, 10), AgeSpans::of_exits(vec![], 1, 1)];
    let groups = AmountGroups::of(vec![5.0, 50.0], 2);
    let quarters = QuarterSpans::of(true, 1, 0, 200);
    let setting = Setting { ages: &ages, groups: &groups, quarters: &quarters, as_of: 200 };
    let visit = deals.visits(0).next().unwrap();
    let mut days = 0;
    let mut next = 1;
    walk(&visit, &setting, |cell, from, to| {
        assert_eq!(from, next, "pieces follow each other");
        for day in from..=to {
            days += 1;
            assert_eq!(cell.span, ages[0].of(day as u32));
            // The amount of the evening before.
            assert_eq!(cell.group, usize::from(day > 40));
            let quarter = crate::Quarter::of(Timestamp::from_seconds(i64::from(day) * DAY));
            let left = day_of(quarter.end()) - day;
            let expected = [64, 29, 15, 8].iter().filter(|edge| left < **edge).count();
            assert_eq!(cell.quarter_span, expected, "day {day}, {left} left");
        }
        next = to + 1;
    });
    assert_eq!(days, 100);
}

#[test]
fn spans_hold_enough_exits() {
    let spans = AgeSpans::of_exits(vec![3; 50], 8, 10);
    assert_eq!(spans.len(), 1);
    let ages: Vec<u32> = (0..400).map(|i| 1 + i / 4).collect();
    let spans = AgeSpans::of_exits(ages.clone(), 8, 30);
    assert_eq!(spans.len(), 8);
    for span in 0..8 {
        let held = ages.iter().filter(|age| spans.of(**age) == span).count();
        assert!(held >= 30);
    }
    assert_eq!((spans.start(0), spans.end(7), spans.of(u32::MAX), spans.of(0)), (1, None, 7, 0));
    assert!(spans.sound() && AgeSpans::of_exits(vec![], 3, 1).sound());
    let groups = AmountGroups::of(vec![1.0, 1.0, 1.0, 2.0, f64::NAN, 0.0], 3);
    assert_eq!(groups.count(), groups.edges().len() + 2);
    assert_eq!(groups.of_amount(f64::NAN), groups.count() - 1);
    assert_eq!(groups.of_amount(0.0), groups.count() - 1);
}

#[test]
fn weights_halve() {
    let weights = Weights::new(100, Some(10.0));
    assert!((weights.day(90) - 0.5).abs() < 1e-12);
    let sum: f64 = (31..=77).map(|day| weights.day(day)).sum();
    assert!((weights.sum(31, 77) / sum - 1.0).abs() < 1e-12);
    let slow = Weights::new(100, Some(1e6));
    assert!((slow.sum(1, 100) - (1..=100).map(|day| slow.day(day)).sum::<f64>()).abs() < 1e-9);
    assert_eq!(Weights::new(100, None).sum(1, 100), 100.0);
}

#[test]
fn few_events_are_pulled_to_what_is_usual() {
    let row: &[(i64, &str, f64)] = &[(0, "A", 1.0), (10, "Won", 1.0)];
    let deals = deals(&[row; 40]);
    let ages = [AgeSpans::of_exits(vec![], 1, 1), AgeSpans::of_exits(vec![], 1, 1)];
    let (groups, quarters) = (AmountGroups::of(vec![], 1), QuarterSpans::of(false, 1, 0, 30));
    let setting = Setting { ages: &ages, groups: &groups, quarters: &quarters, as_of: 30 };
    let hazards = estimate(&deals, &setting, Weights::new(30, None), Pull { span: 5.0, factor: 20.0 });
    // A is won at 1 in 10 days; B was never seen and has the usual rates.
    let (a, b) = (&hazards.stages[0].rates[0], &hazards.stages[1].rates[0]);
    assert!((a[3] - 0.1).abs() < 0.01, "{a:?}");
    assert!(b[3] > 10.0 * b[2] && b.iter().sum::<f64>() < 0.1, "{b:?}");
    assert!(hazards.validate(2, 1).is_ok() && hazards.validate(3, 1).is_err());
}
