//! Deals follow their stated probabilities.

use std::collections::BTreeMap;

use crm_ml_datasets::{SalesPipelineGenerator, sales_pipeline};

#[test]
fn deals_leave_stages_as_stated() {
    let data =
        SalesPipelineGenerator::new(20_000).seed(5).quarter_end(1.0).large_deals(1.0).generate().unwrap();
    let deals = data.table.column("deal_id").unwrap().texts();
    let stages = data.table.column("stage").unwrap().texts();
    let days = data.table.column("date").unwrap().days().unwrap();
    let state = |name: &str| {
        data.truth.stages.iter().position(|stage| *stage == name).unwrap_or(if name == "Closed Lost" {
            4
        } else {
            5
        })
    };
    // Days at risk and exits by stage, span of age and state to come, counted day by day.
    let mut at_risk = BTreeMap::<(usize, usize), f64>::new();
    let mut exits = BTreeMap::<(usize, usize, usize), f64>::new();
    let mut row = 0;
    while row < deals.len() {
        let (from, entered) = (state(stages[row].as_deref().unwrap()), days[row].unwrap());
        let mut next = row + 1;
        while next < deals.len() && deals[next] == deals[row] && stages[next] == stages[row] {
            next += 1;
        }
        let left = (next < deals.len() && deals[next] == deals[row])
            .then(|| (days[next].unwrap(), state(stages[next].as_deref().unwrap())));
        row = next;
        if from >= 4 {
            continue;
        }
        let last = left.map_or(data.truth.end_day - 1, |(day, _)| day);
        let span = |day: i32| data.truth.ages.iter().rposition(|age| *age as i32 <= day - entered).unwrap();
        for day in entered + 1..=last {
            *at_risk.entry((from, span(day))).or_default() += 1.0;
        }
        if let Some((day, to)) = left {
            *exits.entry((from, span(day), to)).or_default() += 1.0;
        }
    }
    for (stage, spans) in data.truth.daily.iter().enumerate() {
        for (span, rates) in spans.iter().enumerate() {
            let days = at_risk[&(stage, span)];
            for (to, rate) in rates.iter().enumerate() {
                let seen = exits.get(&(stage, span, to)).copied().unwrap_or(0.0);
                let expected = days * rate;
                assert!(
                    (seen - expected).abs() <= 4.5 * expected.sqrt() + 1.0,
                    "{stage} {span} {to}: {seen} for {expected}"
                );
            }
        }
    }
}

#[test]
fn a_shorter_table_is_the_head_of_a_longer_one() {
    let (short, long) = (sales_pipeline(20, 9).unwrap().table, sales_pipeline(30, 9).unwrap().table);
    let rows: Vec<usize> = (0..short.n_rows()).collect();
    let head = long.select_rows(&rows).unwrap();
    for name in ["deal_id", "stage", "date", "amount"] {
        assert_eq!(head.column(name).unwrap().texts(), short.column(name).unwrap().texts());
    }
    assert!(long.column("amount").unwrap().numbers().unwrap().iter().all(|amount| *amount >= 100.0));
    assert!(sales_pipeline(0, 1).is_err());
    assert!(SalesPipelineGenerator::new(5).shock(f64::NAN).generate().is_err());
}
