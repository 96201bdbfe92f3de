//! Purchases and revenue follow their stated truth.

use crm_ml_datasets::{monthly_revenue, transactions};
use crm_ml_table::Role;

#[test]
fn purchases_follow_their_parameters() {
    let data = transactions(6000, 4).unwrap();
    let (truth, people) = (&data.truth, &data.customers);
    let mean = |value: &dyn Fn(&crm_ml_datasets::CustomerTruth) -> f64| {
        people.iter().map(value).sum::<f64>() / people.len() as f64
    };
    let rate = truth.r / truth.alpha;
    assert!((mean(&|c| c.rate) / rate - 1.0).abs() < 0.05, "{}", mean(&|c| c.rate));
    let leaving = truth.a / (truth.a + truth.b);
    assert!((mean(&|c| c.leaving) - leaving).abs() < 0.01);
    let amount = truth.p * truth.gamma / (truth.q - 1.0);
    assert!(
        (mean(&|c| c.mean_amount) / amount - 1.0).abs() < 0.06,
        "{} for {amount}",
        mean(&|c| c.mean_amount)
    );

    let table = &data.table;
    let days = table.column("date").unwrap().days().unwrap();
    assert!(days.iter().flatten().all(|day| (truth.first_day..truth.end_day).contains(day)));
    let owners = table.column("customer_id").unwrap().texts();
    let mut seen: Vec<_> = owners.iter().flatten().collect();
    seen.dedup();
    assert_eq!(seen.len(), people.len(), "everybody buys at least once, rows in order of customer");
    for pair in 1..days.len() {
        assert!(owners[pair] != owners[pair - 1] || days[pair] >= days[pair - 1]);
    }
    assert!(table.column("amount").unwrap().numbers().unwrap().iter().all(|v| *v > 0.0));
    assert_eq!(table.field("date").unwrap().role, Role::Time);
    let active = people.iter().filter(|c| c.active_at_end).count() as f64 / people.len() as f64;
    assert!((0.4..0.95).contains(&active), "{active}");
    // A smaller group is the head of a larger one.
    let head = transactions(10, 4).unwrap();
    assert_eq!(head.customers, people[..10]);
    assert!(transactions(0, 1).is_err());
}

#[test]
fn revenue_is_level_times_season_plus_spend() {
    let data = monthly_revenue(120, 8).unwrap();
    let revenue = data.table.column("revenue").unwrap().numbers().unwrap();
    let spend = data.table.column("marketing_spend").unwrap().numbers().unwrap();
    let mut squares = 0.0;
    for month in 0..120 {
        let expected = data.level[month] * data.season[month % 12] + data.spend_effect * spend[month];
        let ratio = revenue[month] / expected;
        if data.anomalies.contains(&month) {
            assert!((0.4..0.6).contains(&ratio), "month {month}: {ratio}");
        } else {
            assert!((ratio - 1.0).abs() < 5.0 * data.noise, "month {month}: {ratio}");
            squares += (ratio - 1.0) * (ratio - 1.0);
        }
    }
    let noise = (squares / (120 - data.anomalies.len()) as f64).sqrt();
    assert!((noise / data.noise - 1.0).abs() < 0.25, "{noise}");
    assert!(!data.anomalies.is_empty() && data.anomalies.iter().all(|m| *m >= 24));
    assert_eq!(data.table.column("month").unwrap().text(13).unwrap(), "2011-02-01");
    assert_eq!(data.table.target().unwrap().name, "revenue");
    assert!(monthly_revenue(1201, 0).is_err());
}
