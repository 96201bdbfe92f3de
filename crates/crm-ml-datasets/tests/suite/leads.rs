//! The generator keeps its promises.

use crm_ml_datasets::{LeadGenerator, leads};
use crm_ml_table::{FieldType, Role, Table};

/// Area under the ROC curve, ties counted half; missing values rank as one value of their own.
fn auc(scores: &[f64], positive: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let key = |row: usize| if scores[row].is_nan() { f64::NEG_INFINITY } else { scores[row] };
    order.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
    let (mut rank_sum, mut start) = (0.0, 0);
    while start < order.len() {
        let mut end = start;
        while end < order.len() && key(order[end]) == key(order[start]) {
            end += 1;
        }
        let rank = (start + end + 1) as f64 / 2.0;
        rank_sum += rank * order[start..end].iter().filter(|&&row| positive[row]).count() as f64;
        start = end;
    }
    let ones = positive.iter().filter(|p| **p).count() as f64;
    let zeros = positive.len() as f64 - ones;
    (rank_sum - ones * (ones + 1.0) / 2.0) / (ones * zeros)
}

fn target(table: &Table) -> Vec<bool> {
    table.column("converted").unwrap().booleans().unwrap().into_iter().map(|v| v.unwrap()).collect()
}

/// The best a single field can do: each of its levels (or tenths of its range) scored by its own rate of conversion.
fn single_field_auc(table: &Table, name: &str, positive: &[bool]) -> f64 {
    let column = table.column(name).unwrap();
    match column.numbers() {
        Ok(values) => {
            let area = auc(&values, positive);
            area.max(1.0 - area)
        }
        Err(_) => {
            let (levels, codes) = column.levels();
            let group = |code: Option<u32>| code.map_or(levels.len(), |c| c as usize);
            let mut counts = vec![(0.0, 0.0); levels.len() + 1];
            for (code, won) in codes.iter().zip(positive) {
                counts[group(*code)].0 += f64::from(u8::from(*won));
                counts[group(*code)].1 += 1.0;
            }
            let rates: Vec<f64> = codes.iter().map(|c| counts[group(*c)].0 / counts[group(*c)].1).collect();
            auc(&rates, positive)
        }
    }
}

#[test]
fn the_clean_version_has_no_giveaway_and_a_learnable_truth() {
    for seed in 0..3 {
        let leads = leads(4000, seed).unwrap();
        let won = target(&leads.table);
        let rate = won.iter().filter(|w| **w).count() as f64 / won.len() as f64;
        assert!((0.12..0.20).contains(&rate), "seed {seed}: {rate}");
        let mean = leads.probability.iter().sum::<f64>() / won.len() as f64;
        assert!((mean - rate).abs() < 0.02, "{mean} against {rate}");
        let best = auc(&leads.probability, &won);
        assert!((0.82..0.93).contains(&best), "the truth itself: {best}");
        for field in leads.table.features().filter(|f| f.name != "notes") {
            let area = single_field_auc(&leads.table, &field.name, &won);
            println!("{} {area:.3}", field.name);
            assert!(area < 0.80, "{}: {area}", field.name);
        }
        println!("seed {seed}: rate {rate:.3}, AUC of the truth {best:.3}");
    }
}

#[test]
fn the_planted_leak_is_one() {
    let leads = LeadGenerator::new(2000).seed(1).planted_leak(true).generate().unwrap();
    let won = target(&leads.table);
    let leak = leads.table.column("contract_value").unwrap();
    assert!((0..won.len()).all(|row| won[row] || leak.is_missing(row)));
    assert!(single_field_auc(&leads.table, "contract_value", &won) > 0.97);
    // The leak adds a column and changes nothing else.
    let clean = LeadGenerator::new(2000).seed(1).generate().unwrap();
    assert_eq!(clean.probability, leads.probability);
    assert!(clean.table.column("contract_value").is_err());
}

#[test]
fn a_shorter_table_is_the_head_of_a_longer_one_and_seeds_differ() {
    let (long, short) = (leads(300, 5).unwrap(), leads(40, 5).unwrap());
    let head = long.table.select_rows(&(0..40).collect::<Vec<_>>()).unwrap();
    assert_eq!(head.to_record_batch().unwrap(), short.table.to_record_batch().unwrap());
    assert_ne!(leads(40, 6).unwrap().probability, short.probability);
}

#[test]
fn read_back_from_csv_the_types_are_inferred_as_declared() {
    let leads = leads(1000, 2).unwrap();
    let mut bytes = Vec::new();
    leads.table.write_csv_to(&mut bytes).unwrap();
    let read = Table::from_csv_reader(bytes.as_slice(), "leads.csv").unwrap();
    for (ours, theirs) in leads.table.fields().zip(read.fields()) {
        assert_eq!(ours.field_type, theirs.field_type, "{theirs}");
    }
    assert_eq!(read.field("lead_id").unwrap().role, Role::Id);
    assert_eq!(read.field("budget").unwrap().field_type, FieldType::Number);
    assert!(leads.table.column("budget").unwrap().missing_count() > 200);
}

#[test]
fn without_missing_values_nothing_is_missing() {
    let leads = LeadGenerator::new(200).missing(false).generate().unwrap();
    assert!(leads.table.columns().all(|c| c.missing_count() == 0));
    assert!(LeadGenerator::new(0).generate().is_err());
}
