//! What holds for any table of transactions.

use crm_ml_customers::{Cohorts, Ledger, Moment, Period, Returns, Rfm, SegmentProfiler, Transactions};
use crm_ml_table::Table;
use proptest::prelude::*;

type Row = (u8, i32, u8, i32);

/// A day in 2024 (and a little before and after), an order, cents.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0u8..12, -20i32..400, 0u8..30, -3000i32..9000), 1..80)
}

fn ledger(rows: &[Row], returns: Returns) -> Ledger {
    let mut csv = "c,d,o,a\n".to_owned();
    let start = Moment::date(2024, 1, 1).unwrap().micros();
    for (customer, day, order, cents) in rows {
        let time =
            Moment::from_micros(start + i64::from(*day) * 86_400_000_000 + i64::from(*order) * 1_000_000)
                .unwrap();
        csv.push_str(&format!("C{customer},{time},O{order},{}\n", f64::from(*cents) / 100.0));
    }
    // A column with whole days only is a date, else a datetime: both must do.
    let table = Table::from_csv_reader(csv.as_bytes(), "t.csv").unwrap();
    Transactions::new("c", "d", "a").order("o").returns(returns).read(&table).unwrap()
}

fn cut_off() -> Moment {
    Moment::date(2024, 9, 1).unwrap()
}

proptest! {
    #[test]
    fn the_order_of_rows_changes_nothing(rows in rows(), seed in 0u64..1000) {
        let mut shuffled = rows.clone();
        let mut stream = crm_ml_core::Stream::new(seed, "shuffle", 0);
        for i in (1..shuffled.len()).rev() {
            shuffled.swap(i, stream.below(i + 1));
        }
        let (one, two) = (ledger(&rows, Returns::Subtract), ledger(&shuffled, Returns::Subtract));
        prop_assert_eq!(&one, &two);
        if let Ok(table) = Rfm::new(cut_off()).compute(&one) {
            prop_assert_eq!(table, Rfm::new(cut_off()).compute(&two).unwrap());
        }
    }

    #[test]
    fn lines_from_the_cut_off_on_change_nothing(rows in rows(), poison in rows()) {
        let at_cut_off = 244;
        let before: Vec<Row> = rows.iter().map(|r| (r.0, r.1.min(at_cut_off - 1), r.2, r.3)).collect();
        let mut poisoned = before.clone();
        // Customers and orders that are there, and one that is new; the very first moment included.
        poisoned.push((200, at_cut_off, 0, 900_000));
        poisoned.extend(poison.iter().map(|r| (r.0, at_cut_off + r.1.abs(), r.2, r.3 * 1000)));
        let (clean, poisoned) = (ledger(&before, Returns::Subtract), ledger(&poisoned, Returns::Subtract));
        prop_assert_eq!(clean.last() < cut_off(), true);
        match (Rfm::new(cut_off()).compute(&clean), Rfm::new(cut_off()).compute(&poisoned)) {
            (Ok(clean), Ok(poisoned)) => {
                prop_assert_eq!(clean.customers(), poisoned.customers());
                prop_assert_eq!(clean.cuts(), poisoned.cuts());
                prop_assert!(clean.features().unwrap().cells() == poisoned.features().unwrap().cells());
            }
            (clean, poisoned) => prop_assert!(clean.is_err() && poisoned.is_err()),
        }
        let cohorts = Cohorts::new(Period::Month, cut_off()).partial(true);
        match (cohorts.compute(&clean), cohorts.compute(&poisoned)) {
            (Ok(clean), Ok(poisoned)) => prop_assert_eq!(clean, poisoned),
            (clean, poisoned) => prop_assert!(clean.is_err() && poisoned.is_err()),
        }
    }

    #[test]
    fn every_cent_is_somewhere(rows in rows(), ignore in any::<bool>(), from in 0u32..8) {
        let returns = if ignore { Returns::Ignore } else { Returns::Subtract };
        let start = (from > 0).then(|| Moment::date(2024, from, 1).unwrap());
        let Ok(table) = Rfm::new(cut_off()).start(start).compute(&ledger(&rows, returns)) else { return Ok(()) };
        let all = table.reconciliation();
        let raw: i64 = rows.iter().map(|r| i64::from(r.3)).sum();
        prop_assert_eq!(all.total().lines(), rows.len());
        prop_assert_eq!((all.total().amount() * 100.0).round() as i64, raw);
        let summed: f64 = table.customers().iter().map(|c| c.monetary).sum();
        prop_assert!((summed - all.customers.amount()).abs() < 1e-6);
    }

    #[test]
    fn scores_are_1_to_5_and_never_favour_the_worse(rows in rows()) {
        let Ok(table) = Rfm::new(cut_off()).compute(&ledger(&rows, Returns::Subtract)) else { return Ok(()) };
        let count = table.customers().len();
        for a in table.customers() {
            prop_assert!(a.scores.iter().all(|s| (1..=5).contains(s)));
            let worse = table.customers().iter().filter(|b| b.monetary < a.monetary).count();
            prop_assert_eq!(usize::from(a.scores[2]), 1 + 5 * worse / count);
            let worse = table.customers().iter().filter(|b| b.recency > a.recency).count();
            prop_assert_eq!(usize::from(a.scores[0]), 1 + 5 * worse / count);
            prop_assert_eq!(a.segment.as_str(), table.segment_map().segment(a.scores[0], a.scores[1]));
        }
    }

    #[test]
    fn retention_is_a_share_and_starts_at_one(rows in rows(), week in any::<bool>(), partial in any::<bool>()) {
        let lines = ledger(&rows, Returns::Subtract);
        let period = if week { Period::Week } else { Period::Month };
        let Ok(table) = Cohorts::new(period, cut_off()).partial(partial).compute(&lines) else { return Ok(()) };
        let Ok(rfm) = Rfm::new(cut_off()).compute(&lines) else { return Ok(()) };
        prop_assert_eq!(table.cohorts().iter().map(|c| c.customers).sum::<usize>(), rfm.customers().len());
        for cohort in table.cohorts() {
            for periods in 0..cohort.cells.len() {
                let share = cohort.retention(periods).unwrap();
                prop_assert!((0.0..=1.0).contains(&share));
            }
            prop_assert!(cohort.retention(0).is_none_or(|share| share == 1.0));
            prop_assert_eq!(cohort.retention(cohort.cells.len()), None);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_labels_of_any_table_have_a_profile(
        cells in prop::collection::vec((prop::option::of(-5i32..5), prop::option::of(0u8..6), -1i32..5), 1..60),
        depth in 1usize..5,
    ) {
        let mut csv = "x,k\n".to_owned();
        let shown = |cell: Option<String>| cell.unwrap_or_else(|| "NA".to_owned());
        for (x, k, _) in &cells {
            csv.push_str(&format!("{},{}\n", shown(x.map(|x| x.to_string())), shown(k.map(|k| format!("v{k}")))));
        }
        let schema = crm_ml_table::TableSchema::new()
            .with_type("x", crm_ml_table::FieldType::Number)
            .with_type("k", crm_ml_table::FieldType::Category);
        let table = crm_ml_table::CsvOptions::new().schema(schema).read(csv.as_bytes(), "t.csv").unwrap();
        let labels: Vec<i32> = cells.iter().map(|c| c.2).collect();
        let profiler = SegmentProfiler::new().max_depth(depth).alpha(1.0).min_effect(0.01);
        let profiles = profiler.profile(&table, &labels).unwrap();
        let mut names: Vec<&str> = profiles.segments().iter().map(|s| s.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        prop_assert_eq!(names.len(), profiles.segments().len());
        prop_assert_eq!(profiles.segments().iter().map(|s| s.rows).sum::<usize>(), cells.len());
        for segment in profiles.segments() {
            prop_assert!((0.0..=1.0).contains(&segment.share));
            for n in &segment.numbers {
                prop_assert!((-1.0..=1.0).contains(&n.effect) && (0.0..=1.0).contains(&n.p_value));
                prop_assert!(n.difference.is_none_or(f64::is_finite));
            }
            for level in &segment.levels {
                prop_assert!(level.share > level.rest_share && level.share <= 1.0 && level.p_value <= 1.0);
            }
        }
        if let Some(tree) = profiles.tree() {
            prop_assert!(tree.accuracy >= tree.baseline - 1e-12 && tree.accuracy <= 1.0);
        }
        prop_assert!(!profiles.to_string().contains("NaN"));
    }
}
