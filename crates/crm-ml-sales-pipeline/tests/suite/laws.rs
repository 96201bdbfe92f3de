//! What holds whatever the deals are.

use crm_ml_core::{ErrorKind, Persist, Stream, Timestamp, reseal};
use crm_ml_datasets::sales_pipeline;
use crm_ml_forecasting::{AutoEts, Croston, Drift, SeasonalNaive};
use crm_ml_sales_pipeline::{
    Deals, PipelineBackTest, PipelineForecaster, PipelineModel, Quarter, QuarterReport, StageEntry,
    StageHistory, Stages,
};
use proptest::prelude::*;

fn stages() -> Stages {
    Stages::new(["Prospecting", "Qualification", "Proposal", "Negotiation"], "Closed Won", "Closed Lost")
}

fn deals(count: usize, seed: u64) -> Deals {
    let table = sales_pipeline(count, seed).unwrap().table;
    StageHistory::new("deal_id", "stage", "date", "amount").read(&table, &stages()).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The rows of generated deals.
fn rows(count: usize, seed: u64) -> Vec<StageEntry> {
    let table = sales_pipeline(count, seed).unwrap().table;
    let text = |name: &str| {
        table.column(name).unwrap().texts().into_iter().map(|t| t.unwrap().into_owned()).collect::<Vec<_>>()
    };
    let (ids, names) = (text("deal_id"), text("stage"));
    let days = table.column("date").unwrap().days().unwrap();
    let amounts = table.column("amount").unwrap().numbers().unwrap();
    (0..ids.len())
        .map(|row| StageEntry {
            deal: ids[row].clone(),
            stage: names[row].clone(),
            time: Timestamp::from_seconds(i64::from(days[row].unwrap()) * 86_400),
            amount: Some(amounts[row]),
        })
        .collect()
}

#[test]
fn the_future_changes_nothing() {
    let as_of = time("2024-02-15");
    let clean = rows(800, 5);
    // After the day every deal is won at a fortune, and new ones come.
    let mut poisoned: Vec<StageEntry> = clean.iter().filter(|row| row.time <= as_of).cloned().collect();
    let first_after = poisoned.len();
    for row in clean.iter().filter(|row| row.time > as_of) {
        poisoned.push(StageEntry { stage: "Closed Won".into(), amount: Some(9e11), ..row.clone() });
    }
    for new in 0..500 {
        poisoned.push(StageEntry {
            deal: format!("X{new}"),
            stage: "Negotiation".into(),
            time: Timestamp::from_seconds(as_of.seconds() + 86_400 * (1 + new % 90)),
            amount: Some(9e11),
        });
    }
    assert!(first_after > 100 && poisoned.len() > first_after + 500);
    let (clean, poisoned) =
        (Deals::from_entries(&stages(), &clean).unwrap(), Deals::from_entries(&stages(), &poisoned).unwrap());
    let forecaster = PipelineForecaster::new().n_paths(200);
    let (a, b) = (forecaster.fit(&clean, as_of).unwrap(), forecaster.fit(&poisoned, as_of).unwrap());
    assert_eq!(a, b);
    let quarter = Quarter::of(as_of);
    let report = |model: &PipelineModel, deals: &Deals| {
        QuarterReport::of(model, deals, as_of, quarter, &AutoEts::new(12).into(), 0.5).unwrap()
    };
    assert_eq!(report(&a, &clean), report(&b, &poisoned));
    // A back-test of quarters that were over by then, too, but for what came in the last one after its end.
    let test = PipelineBackTest::new(forecaster).statistical(Drift::new()).n_quarters(3);
    assert_eq!(test.run(&clean, as_of).unwrap(), test.run(&poisoned, as_of).unwrap());
    // A canary that sings: what was known the day before does matter.
    assert_ne!(a, forecaster_fit(&clean, time("2024-02-14")));
}

fn forecaster_fit(deals: &Deals, as_of: Timestamp) -> PipelineModel {
    PipelineForecaster::new().n_paths(200).fit(deals, as_of).unwrap()
}

/// A method that needs more months than there were says nothing of early quarters, and all that it can of later ones.
#[test]
fn a_history_too_short_for_the_method_is_none_for_the_others() {
    let deals = deals(800, 5);
    let test = PipelineBackTest::new(PipelineForecaster::new().n_paths(100)).n_quarters(12).days(&[30]);
    let plain = test.clone().statistical(Drift::new()).run(&deals, deals.last()).unwrap();
    let report = test.clone().statistical(SeasonalNaive::new(24)).run(&deals, deals.last()).unwrap();
    assert_eq!(report.windows().len(), plain.windows().len());
    let [first, .., last] = report.windows() else { panic!("{report}") };
    assert!(first.statistical.is_none() && last.statistical.is_some());
    let never = test.statistical(Croston::new()).run(&deals, deals.last());
    assert!(matches!(never.unwrap_err().kind(), ErrorKind::Unsupported { .. }));
}

#[test]
fn threads_and_rows_in_any_order_change_nothing() {
    let as_of = time("2024-08-20");
    let entries = rows(3000, 6);
    let mut shuffled = entries.clone();
    Stream::new(1, "shuffle", 0).shuffle(&mut shuffled);
    let run = |threads: usize, entries: &[StageEntry]| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let deals = Deals::from_entries(&stages(), entries).unwrap();
            let model = PipelineForecaster::new().n_paths(500).fit(&deals, as_of).unwrap();
            let forecast = model.forecast(&deals, as_of, Quarter::of(as_of)).unwrap();
            let test = PipelineBackTest::new(PipelineForecaster::new().n_paths(100));
            let report =
                test.statistical(AutoEts::new(12)).n_quarters(2).days(&[30]).run(&deals, as_of).unwrap();
            (model.to_bytes().unwrap(), forecast, report)
        })
    };
    let one = run(1, &entries);
    for (threads, entries) in [(2, &entries), (3, &shuffled), (8, &entries)] {
        let other = run(threads, entries);
        assert!(one.0 == other.0, "another model at {threads} threads");
        assert_eq!(one.1, other.1);
        assert_eq!(one.2, other.2);
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(one.1.revenue.values()), bits(other.1.revenue.values()));
    }
    // Another seed draws others; the deals' probabilities are not drawn.
    let deals = Deals::from_entries(&stages(), &entries).unwrap();
    let seed = PipelineForecaster::new().n_paths(500).seed(1).fit(&deals, as_of).unwrap();
    let seed = seed.forecast(&deals, as_of, Quarter::of(as_of)).unwrap();
    assert_ne!(seed.revenue.values(), one.1.revenue.values());
    assert_eq!(seed.deals, one.1.deals);
}

#[test]
fn parameters_out_of_range_are_named() {
    let deals = deals(50, 1);
    let day = deals.last();
    let plain = PipelineForecaster::new;
    for (bad, name) in [
        (plain().half_life(Some(f64::NAN)), "half_life"),
        (plain().half_life(Some(0.0)), "half_life"),
        (plain().half_life(Some(f64::INFINITY)), "half_life"),
        (plain().age_spans(0), "age_spans"),
        (plain().age_spans(usize::MAX), "age_spans"),
        (plain().min_exits(0), "min_exits"),
        (plain().prior_exits(f64::NAN), "prior_exits"),
        (plain().prior_exits(0.0), "prior_exits"),
        (plain().prior_wins(-1.0), "prior_wins"),
        (plain().amount_groups(0), "amount_groups"),
        (plain().amount_groups(21), "amount_groups"),
        (plain().fiscal_year_start(0), "fiscal_year_start"),
        (plain().fiscal_year_start(13), "fiscal_year_start"),
        (plain().arrival_window(0), "arrival_window"),
        (plain().n_paths(0), "n_paths"),
        (plain().n_paths(usize::MAX), "n_paths"),
    ] {
        for error in [
            bad.fit(&deals, day).unwrap_err(),
            PipelineBackTest::new(bad.clone()).run(&deals, day).unwrap_err(),
        ] {
            let ErrorKind::InvalidParameters { violations, .. } = error.kind() else {
                panic!("{name}: {error}")
            };
            assert_eq!(violations.iter().map(|v| v.parameter.as_str()).collect::<Vec<_>>(), [name]);
        }
        let copy: PipelineForecaster = crm_ml_core::decode(&crm_ml_core::encode(&bad).unwrap()).unwrap();
        assert!(copy == bad || name == "half_life" || name == "prior_exits");
    }
    let test = || PipelineBackTest::new(plain().n_paths(100));
    for bad in [
        test().n_quarters(0),
        test().days(&[]),
        test().days(&[91]),
        test().levels(&[]),
        test().levels(&[f64::NAN]),
        test().levels(&[100.0]),
    ] {
        assert!(matches!(bad.run(&deals, day).unwrap_err().kind(), ErrorKind::InvalidParameters { .. }));
    }
    assert!(plain().fit(&deals, Timestamp::from_seconds(i64::MAX)).is_err());
    assert!(plain().fit(&deals, Timestamp::from_seconds(i64::MIN)).is_err());
    let nothing = plain().fit(&deals, time("1999-01-01")).unwrap_err();
    assert!(matches!(nothing.kind(), ErrorKind::TooFew { .. }), "{nothing}");
    let short = test().run(&deals, time("2021-06-01")).unwrap_err();
    assert!(matches!(short.kind(), ErrorKind::TooFew { .. }), "{short}");

    let model = plain().n_paths(100).fit(&deals, day).unwrap();
    assert!(model.forecast(&deals, day, Quarter::of(time("2027-01-01"))).is_err());
    assert!(model.forecast(&deals, Timestamp::from_seconds(i64::MAX), Quarter::of(day)).is_err());
    let row = StageEntry { deal: "a".into(), stage: "Open".into(), time: day, amount: None };
    let other = Deals::from_entries(&Stages::new(["Open"], "Won", "Lost"), &[row]).unwrap();
    assert!(model.forecast(&other, day, Quarter::of(day)).is_err());
    let forecast = model.forecast(&deals, day, Quarter::of(day)).unwrap();
    assert!(forecast.revenue.range(0.0).is_err() && forecast.revenue.range(f64::NAN).is_err());
    assert!(forecast.revenue.probability_of_reaching(f64::NAN).is_err());
    assert_eq!(forecast.revenue.probability_of_reaching(f64::NEG_INFINITY).unwrap(), 1.0);
    assert_eq!(forecast.revenue.probability_of_reaching(f64::INFINITY).unwrap(), 0.0);
    let weight = QuarterReport::of(&model, &deals, day, Quarter::of(day), &Drift::new().into(), f64::NAN);
    assert!(weight.is_err());
}

#[test]
fn without_open_deals_their_revenue_is_plain_zero() {
    let day = time("2024-05-15");
    let model = PipelineForecaster::new().n_paths(100).fit(&deals(300, 7), day).unwrap();
    let won = StageEntry { deal: "a".into(), stage: "Closed Won".into(), time: day, amount: Some(5.0) };
    let closed = Deals::from_entries(&stages(), &[won]).unwrap();
    let forecast = model.forecast(&closed, day, Quarter::of(day)).unwrap();
    assert!(forecast.open_revenue.is_sign_positive() && forecast.open_revenue == 0.0);
}

#[test]
fn a_model_survives_its_file_and_files_cannot_hurt() {
    let deals = deals(300, 7);
    let (day, quarter) = (time("2024-05-15"), Quarter::of(time("2024-05-15")));
    let model = PipelineForecaster::new().n_paths(100).fit(&deals, day).unwrap();
    let file = model.to_bytes().unwrap();
    let loaded = PipelineModel::from_bytes(&file).unwrap();
    assert_eq!(loaded, model);
    assert!(loaded.to_bytes().unwrap() == file);
    assert_eq!(loaded.forecast(&deals, day, quarter).unwrap(), model.forecast(&deals, day, quarter).unwrap());
    let few = deals.as_of(time("2021-02-15")).unwrap();
    let use_it = |bytes: &[u8]| {
        if let Ok(model) = PipelineModel::from_bytes(bytes) {
            // A file may ask for a million paths; that is allowed, and slow.
            if let Ok(forecast) = model.forecast(&few, day, quarter) {
                assert!(forecast.deals.iter().all(|deal| (0.0..=1.0).contains(&deal.probability)));
                let _ =
                    (forecast.to_string(), model.hazards(), model.amount_factors(), model.quarter_factors());
            }
        }
    };
    for length in (0..file.len()).step_by(file.len() / 1000 + 1) {
        let mut cut = file[..length].to_vec();
        assert!(PipelineModel::from_bytes(&cut).is_err());
        reseal(&mut cut);
        use_it(&cut);
    }
    for seed in 0..3000 {
        let mut stream = Stream::new(seed, "flip", 0);
        let mut damaged = file.clone();
        for _ in 0..1 + stream.below(3) {
            let bit = stream.below(damaged.len() * 8);
            damaged[bit / 8] ^= 1 << (bit % 8);
        }
        if damaged != file {
            assert!(PipelineModel::from_bytes(&damaged).is_err(), "flipped bits were not noticed");
            reseal(&mut damaged);
            use_it(&damaged);
        }
    }
}

type Row = (u8, u8, u16, Option<u32>);

fn entries(rows: &[Row]) -> Vec<StageEntry> {
    let names = ["Prospecting", "Qualification", "Proposal", "Negotiation", "Closed Won", "Closed Lost"];
    let entry = |(deal, stage, day, amount): &Row| StageEntry {
        deal: format!("D{deal}"),
        stage: names[usize::from(*stage) % names.len()].to_owned(),
        time: Timestamp::from_seconds(1_600_000_000 + i64::from(*day) * 43_200),
        amount: amount.map(f64::from),
    };
    rows.iter().map(entry).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_history_gives_a_forecast_or_an_error(
        rows in prop::collection::vec((0u8..20, 0u8..6, 0u16..1500, prop::option::weighted(0.8, 0u32..50_000)), 1..120),
        as_of in 0i64..900,
        groups in 1usize..6,
        spans in 1usize..6,
        half_life in prop::option::of(1.0f64..2000.0),
        ahead in -2i32..4,
    ) {
        let deals = Deals::from_entries(&stages(), &entries(&rows)).unwrap();
        let day = Timestamp::from_seconds(1_600_000_000 + as_of * 86_400);
        let forecaster = PipelineForecaster::new()
            .amount_groups(groups).age_spans(spans).min_exits(1).half_life(half_life).arrival_window(1 + as_of as usize).n_paths(100);
        let Ok(model) = forecaster.fit(&deals, day) else { return Ok(()) };
        model.validate().unwrap();
        let mut quarter = model.quarter(day);
        for _ in 0..ahead.abs() {
            quarter = if ahead < 0 { quarter.previous() } else { quarter.next() };
        }
        let forecast = model.forecast(&deals, day, quarter);
        let Ok(forecast) = forecast else {
            prop_assert!(ahead > 2);
            return Ok(());
        };
        for deal in &forecast.deals {
            prop_assert!((0.0..=1.0).contains(&deal.probability));
            prop_assert!(deal.expected_revenue.is_finite() && deal.expected_revenue >= 0.0);
            prop_assert!(deal.reasons.age_factor.is_finite() && deal.reasons.amount_factor.is_finite());
        }
        let sum = forecast.won + forecast.open_revenue + forecast.new_revenue;
        prop_assert!((sum - forecast.revenue.mean()).abs() <= 1e-9 * sum.abs());
        prop_assert!(forecast.revenue.values().windows(2).all(|pair| pair[0] <= pair[1]));
        prop_assert!(forecast.revenue.values().iter().all(|value| value.is_finite() && *value >= forecast.won));
        let shown = format!("{forecast}");
        prop_assert!(!shown.contains("NaN"));
    }

    #[test]
    fn the_order_of_rows_leaves_no_trace(
        rows in prop::collection::vec((0u8..6, 0u8..6, 0u16..60, prop::option::of(0u32..50)), 1..80),
        seed in 0u64..1000,
    ) {
        let mut shuffled = rows.clone();
        Stream::new(seed, "shuffle", 0).shuffle(&mut shuffled);
        let read = |rows: &[Row]| Deals::from_entries(&stages(), &entries(rows)).unwrap();
        // NaN amounts are not equal to themselves: as text they are.
        prop_assert_eq!(format!("{:?}", read(&rows)), format!("{:?}", read(&shuffled)));
        let day = Timestamp::from_seconds(1_600_000_000 + 15 * 86_400);
        let cut: Vec<Row> = rows.iter().filter(|row| row.2 < 31).copied().collect();
        if !cut.is_empty() {
            let known = read(&rows).as_of(day).unwrap();
            prop_assert_eq!(format!("{:?}", known), format!("{:?}", read(&cut).as_of(day).unwrap()));
        }
    }
}
