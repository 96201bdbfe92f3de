//! The sanity checker on tables: planted leaks are found by the right check, and what is clean stays so.

use std::fmt::Write;
use std::path::PathBuf;

use crm_ml_core::{Persist, Stream};
use crm_ml_datasets::{LeadGenerator, bank_marketing, hillstrom, leads, telco_churn};
use crm_ml_preprocessing::{
    SanityAction, SanityCheck, SanityChecker, SanityReport, TablePipeline, TablePipelineModel,
    TrainingSummary, labels,
};
use crm_ml_table::{FieldType, Role, Table, TableSchema};
use serde_json::Value;

/// A table of these named columns, read from CSV; the last one is the target.
fn table(names: &[&str], rows: &[Vec<String>], schema: TableSchema) -> Table {
    let mut csv = names.join(",") + "\n";
    rows.iter().for_each(|row| writeln!(csv, "{}", row.join(",")).unwrap());
    let schema = schema.with_role(names[names.len() - 1], Role::Target);
    crm_ml_table::CsvOptions::new().schema(schema).read(csv.as_bytes(), "made.csv").unwrap()
}

fn verdicts(report: &SanityReport) -> Vec<(&str, SanityCheck, SanityAction)> {
    report.verdicts.iter().map(|v| (v.field.as_str(), v.check, v.action)).collect()
}

fn has(report: &SanityReport, field: &str, check: SanityCheck, action: SanityAction) -> bool {
    verdicts(report).contains(&(field, check, action))
}

/// What a generated table is, beside being of noise.
#[derive(Clone, Copy)]
struct Noise {
    rows: usize,
    fields: usize,
    rate: f64,
    real: bool,
}

/// Numbers (normal, heavy-tailed, counts), categories of few and of many levels, truth values and texts, some with gaps, and a
/// target that none of them knows.
fn noise(shape: Noise, seed: u64) -> Table {
    let mut stream = Stream::new(seed, "noise", 0);
    let mut schema = TableSchema::new();
    let mut names: Vec<String> = Vec::new();
    for i in 0..shape.fields {
        names.push(format!("f{i}"));
        schema = match i % 6 {
            0 | 1 => schema.with_type(&names[i], FieldType::Number),
            2 => schema.with_type(&names[i], FieldType::Integer),
            5 => schema.with_type(&names[i], FieldType::Text),
            _ => schema.with_type(&names[i], FieldType::Category),
        };
    }
    names.push("target".into());
    let words = ["call", "mail", "price", "demo", "later", "team", "budget", "offer"];
    let rows: Vec<Vec<String>> = (0..shape.rows)
        .map(|_| {
            let mut row: Vec<String> = (0..shape.fields)
                .map(|i| {
                    if i % 4 == 1 && stream.uniform() < 0.3 {
                        return String::new();
                    }
                    match i % 6 {
                        0 => stream.normal().to_string(),
                        // Its variance is infinite.
                        1 => (1.0 / stream.uniform().max(1e-9)).to_string(),
                        2 => stream.below(6).to_string(),
                        3 => format!("a{}", stream.below(3)),
                        4 => format!("b{}", stream.below(40)),
                        _ => (0..1 + stream.below(5))
                            .map(|_| words[stream.below(8)])
                            .collect::<Vec<_>>()
                            .join(" "),
                    }
                })
                .collect();
            row.push(if shape.real {
                (1.0 / stream.uniform().max(1e-9)).to_string()
            } else {
                String::from(if stream.uniform() < shape.rate { "yes" } else { "no" })
            });
            row
        })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    table(&names, &rows, schema)
}

#[test]
fn of_clean_noise_no_more_tables_are_flagged_than_stated() {
    let shapes = [
        (40, 30, 0.5, false),
        (40, 30, 0.3, false),
        (150, 30, 0.5, false),
        (150, 30, 0.1, false),
        (600, 30, 0.5, false),
        (600, 30, 0.04, false),
        (60, 60, 0.5, false),
        (60, 30, 0.5, true),
        (300, 30, 0.5, true),
    ];
    // The rate is small: a wide margin above it would hide nothing but a checker gone wrong, so none is given.
    for (rows, fields, rate, real) in shapes {
        let repetitions = 200;
        let flagged = (0..repetitions)
            .filter(|&seed| {
                let report =
                    SanityChecker::new().check(&noise(Noise { rows, fields, rate, real }, seed)).unwrap();
                if !report.is_clean() {
                    println!("{rows} rows, rate {rate}, real {real}, seed {seed}: {report}");
                }
                !report.is_clean()
            })
            .count();
        println!("{rows} rows, {fields} fields, rate {rate}, real {real}: {flagged} of {repetitions}");
        assert!(
            flagged as f64 <= 0.05 * repetitions as f64,
            "{flagged} of {repetitions} at {rows} rows, {rate}"
        );
    }
}

#[test]
fn loose_thresholds_keep_the_rate_too() {
    // Far below the defaults, so that the bounds alone stand between chance and a verdict.
    let checker = SanityChecker::new()
        .max_correlation(0.0)
        .max_cramers_v(0.0)
        .suspicious_auc(0.5)
        .max_fill_difference(0.0)
        .max_feature_correlation(0.9);
    let repetitions = 200;
    let flagged = (0..repetitions).filter(|&seed| {
        let shape = Noise { rows: 300, fields: 12, rate: 0.4, real: false };
        let report = checker.check(&noise(shape, 1000 + seed)).unwrap();
        report.verdicts.iter().for_each(|v| println!("{v}"));
        !report.is_clean()
    });
    let flagged = flagged.count();
    println!("{flagged} of {repetitions}");
    // 0.05, and two standard errors of 200 draws.
    assert!(flagged as f64 <= 0.08 * repetitions as f64, "{flagged}");
}

/// Leads with a leak of every kind planted beside their own fields.
fn planted(rows: usize, seed: u64) -> Table {
    let made = LeadGenerator::new(rows).seed(seed).planted_leak(true).generate().unwrap().table;
    let mut csv = Vec::new();
    made.write_csv_to(&mut csv).unwrap();
    let text = String::from_utf8(csv).unwrap();
    let mut stream = Stream::new(seed, "planted", 0);
    let truths = labels(&made).unwrap().labels;
    let leaks = [
        "deal_size",
        "stage",
        "won_flag",
        "call_log",
        "paid_at",
        "lost_reason",
        "invoice_no",
        "constant",
        "nothing",
        "same_source",
        "source_code",
        "employees_twice",
        "order_no",
        "account",
        "u_shaped",
    ];
    let mut out = String::new();
    for (i, line) in text.lines().enumerate() {
        if i == 0 {
            writeln!(out, "{},{line}", leaks.join(",")).unwrap();
            continue;
        }
        let row = i - 1;
        let won = truths[row] == "yes";
        let source = made.column("source").unwrap().text(row).unwrap().into_owned();
        let employees =
            made.column("employees").unwrap().text(row).map(|t| t.into_owned()).unwrap_or_default();
        let pick = |won: bool, yes: &str, no: &str| String::from(if won { yes } else { no });
        let slip = stream.uniform() < 0.005;
        let cells = [
            // Correlation: 1 or 0 with a little noise.
            (f64::from(u8::from(won)) * 100.0 + 3.0 * stream.normal()).to_string(),
            // Cramer's V: stages that end in one class, but for slips of the pen.
            if won ^ slip { "signed".into() } else { ["new", "talks", "closed"][stream.below(3)].to_owned() },
            pick(won, "Y", "N"),
            // A word that says it, in part of the notes.
            format!(
                "spoke with {}{}",
                ["the manager", "an assistant", "nobody"][stream.below(3)],
                if won && stream.uniform() < 0.6 { " about the onboarding" } else { "" }
            ),
            // Filled once it is known, for half of them.
            if won && stream.uniform() < 0.5 {
                format!("2024-0{}-1{}", 1 + stream.below(9), stream.below(9))
            } else {
                String::new()
            },
            // One value decides.
            if won || stream.uniform() < 0.5 {
                "none".into()
            } else {
                ["price", "timing"][stream.below(2)].to_owned()
            },
            if won { (1000 + stream.below(100)).to_string() } else { String::new() },
            "x".into(),
            String::new(),
            source.to_uppercase(),
            ["a", "b", "c", "d", "e", "f"][[
                "email campaign",
                "paid search",
                "partner",
                "referral",
                "trade show",
                "web form",
            ]
            .iter()
            .position(|s| *s == source)
            .unwrap()]
            .to_owned(),
            if employees.is_empty() {
                employees
            } else {
                (employees.parse::<f64>().unwrap() * 2.0 + 1.0).to_string()
            },
            (50_000 + row).to_string(),
            format!("ac{}x{}", row * 7919 % 100_003, row),
            // High and low where it converts: no correlation, and no AUC by order.
            (if won { 10.0 * if stream.uniform() < 0.5 { -1.0 } else { 1.0 } } else { 0.0 }
                + stream.normal())
            .to_string(),
        ];
        writeln!(out, "{},{line}", cells.join(",")).unwrap();
    }
    let mut schema = made.schema();
    schema.fields.retain(|f| f.name != "lead_id");
    let schema = schema
        .with_role("lead_id", Role::Id)
        .with_type("call_log", FieldType::Text)
        .with_type("order_no", FieldType::Integer)
        .with_type("account", FieldType::Category)
        .with_role("order_no", Role::Feature)
        .with_role("account", Role::Feature)
        .with_type("paid_at", FieldType::Date)
        .with_role("created_at", Role::Time);
    crm_ml_table::CsvOptions::new().schema(schema).read(out.as_bytes(), "planted.csv").unwrap()
}

#[test]
fn every_planted_leak_is_found_by_its_check() {
    use SanityAction::{Remove, Warn};
    use SanityCheck::*;
    for seed in [1, 2, 3] {
        let table = planted(2500, seed);
        let report = SanityChecker::new().check(&table).unwrap();
        println!("{report}");
        let expected = [
            ("deal_size", Correlation, Remove),
            ("stage", CramersV, Remove),
            ("won_flag", CramersV, Remove),
            ("call_log", RuleConfidence, Remove),
            ("paid_at", FillRate, Remove),
            ("lost_reason", RuleConfidence, Warn),
            ("invoice_no", FillRate, Remove),
            ("contract_value", FillRate, Remove),
            ("constant", Constant, Remove),
            ("nothing", AllMissing, Remove),
            ("source_code", RedundantPair, Remove),
            ("employees", RedundantPair, Remove),
            ("order_no", Identifier, Remove),
            ("account", Identifier, Remove),
            ("u_shaped", SingleFieldAuc, Remove),
        ];
        for (field, check, action) in expected {
            assert!(
                has(&report, field, check, action),
                "{field} {check}: {:?}",
                report.of(field).collect::<Vec<_>>()
            );
        }
        let twin = report.of("employees").find(|v| v.check == RedundantPair).unwrap();
        assert_eq!(twin.value.as_deref(), Some("employees_twice"), "the first of two is kept");
        // What is honest stays.
        for honest in ["industry", "country", "budget", "page_views", "demo_requested", "newsletter", "notes"]
        {
            assert_eq!(report.of(honest).count(), 0, "{honest}: {report}");
        }
        let later =
            report.of("paid_at").any(|v| v.check == FutureDate && v.value.as_deref() == Some("created_at"));
        assert!(later);
        let word = report.of("call_log").find(|v| v.check == RuleConfidence).unwrap();
        assert!(["about", "onboarding"].contains(&word.value.as_deref().unwrap()), "{word}");
    }
}

#[test]
fn honest_leads_are_left_alone_and_the_planted_leak_is_not() {
    for seed in 0..10 {
        let report = SanityChecker::new().check(&leads(2500, seed).unwrap().table).unwrap();
        assert!(report.is_clean(), "{report}");
        for rows in [200, 600, 5000] {
            let leaking = LeadGenerator::new(rows).seed(seed).planted_leak(true).generate().unwrap();
            let report = SanityChecker::new().check(&leaking.table).unwrap();
            assert_eq!(report.removed(), [leaking.leak.unwrap()], "{report}");
        }
    }
}

#[test]
fn a_real_target_is_held_against_numbers_values_and_gaps() {
    let mut stream = Stream::new(3, "real", 0);
    let rows: Vec<Vec<String>> = (0..400)
        .map(|i| {
            let value = 100.0 + 20.0 * stream.normal();
            vec![
                (value * 1.19 + stream.normal()).to_string(),
                format!("tier{}", i % 4),
                stream.normal().to_string(),
                ((i % 4) as f64 * 1000.0 + value).to_string(),
            ]
        })
        .collect();
    let schema = TableSchema::new().with_type("tier", FieldType::Category);
    let report =
        SanityChecker::new().check(&table(&["gross", "tier", "noise", "net"], &rows, schema)).unwrap();
    assert_eq!(
        verdicts(&report),
        [("tier", SanityCheck::CorrelationRatio, SanityAction::Remove)],
        "{report}"
    );
    let net: Vec<f64> = rows.iter().map(|row| row[0].parse::<f64>().unwrap() / 1.19).collect();
    let made = table(&["gross", "tier", "noise", "net"], &rows, TableSchema::new());
    let report = SanityChecker::new().check_targeted(&made, &net).unwrap();
    assert_eq!(verdicts(&report), [("gross", SanityCheck::Correlation, SanityAction::Remove)], "{report}");
    assert!(report.fields[0].correlation.unwrap() > 0.9999);
}

#[test]
fn figures_of_the_report_equal_the_references() {
    let reference: Value = serde_json::from_str(include_str!("../fixtures/sanity.json")).unwrap();
    let column = |name: &str| {
        let cell = |v: &Value| match v {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        reference["rows"][name].as_array().unwrap().iter().map(cell).collect::<Vec<_>>()
    };
    let (category, number, won, real) = (column("category"), column("number"), column("won"), column("real"));
    let with = |target: &[String]| {
        let rows: Vec<Vec<String>> =
            (0..won.len()).map(|i| vec![category[i].clone(), number[i].clone(), target[i].clone()]).collect();
        SanityChecker::new()
            .check(&table(&["category", "number", "target"], &rows, TableSchema::new()))
            .unwrap()
    };
    let near = |found: Option<f64>, name: &str| {
        let expected = reference["report"][name].as_f64().unwrap();
        assert!((found.unwrap() - expected).abs() < 1e-10, "{name}: {found:?}, {expected}");
    };
    let report = with(&won);
    near(report.fields[0].cramers_v, "cramers_v");
    near(report.fields[1].correlation, "correlation");
    near(report.fields[1].fill_difference, "fill_difference");
    near(report.fields[1].auc, "auc_by_rank");
    near(with(&real).fields[1].correlation, "correlation_real");
}

#[test]
fn weights_count_as_rows_and_their_scale_as_nothing() {
    let mut stream = Stream::new(11, "weights", 0);
    let mut single = Vec::new();
    let mut repeated = Vec::new();
    for i in 0..300 {
        let won = stream.uniform() < 0.4;
        let x = f64::from(u8::from(won)) + 0.5 * stream.normal();
        let weight = 1 + i % 3;
        let row = |w: String| {
            vec![
                x.to_string(),
                ["a", "b"][usize::from(won ^ (i % 7 == 0))].into(),
                w,
                if won { "yes" } else { "no" }.into(),
            ]
        };
        single.push(row(weight.to_string()));
        (0..weight).for_each(|_| repeated.push(row("1".into())));
    }
    single.push(vec!["99".into(), "z".into(), "0".into(), "yes".into()]);
    let schema = || TableSchema::new().with_role("w", Role::Weight).with_type("w", FieldType::Number);
    let names = ["x", "c", "w", "won"];
    let check = |rows: &[Vec<String>]| SanityChecker::new().check(&table(&names, rows, schema())).unwrap();
    let (a, b) = (check(&single), check(&repeated));
    for (a, b) in a.fields.iter().zip(&b.fields) {
        let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => assert!((a - b).abs() < 1e-12, "{a} {b}"),
            (a, b) => assert_eq!(a, b),
        };
        near(a.correlation, b.correlation);
        near(a.cramers_v, b.cramers_v);
        near(a.fill_difference, b.fill_difference);
    }
    let doubled: Vec<Vec<String>> = single
        .iter()
        .map(|row| {
            let weight = 2.0 * row[2].parse::<f64>().unwrap();
            vec![row[0].clone(), row[1].clone(), weight.to_string(), row[3].clone()]
        })
        .collect();
    assert_eq!(check(&doubled), a);
}

#[test]
fn the_same_bits_at_any_number_of_threads_and_after_saving() {
    let table = planted(800, 5);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| crm_ml_core::encode(&SanityChecker::new().check(&table).unwrap()).unwrap())
    };
    let one = run(1);
    assert!([2, 3, 8].iter().all(|&threads| run(threads) == one));
    let report: SanityReport = crm_ml_core::decode(&one).unwrap();
    assert_eq!(report, SanityChecker::new().check(&table).unwrap());
    let checker = SanityChecker::new().warn_only(true).max_auc(0.9);
    let text = serde_json::to_string(&checker).unwrap();
    assert_eq!(serde_json::from_str::<SanityChecker>(&text).unwrap(), checker);
    let softened = checker.check(&table).unwrap();
    assert!(softened.removed().is_empty() && !softened.is_clean());
}

#[test]
fn scoring_is_held_against_training() {
    let checker = SanityChecker::new();
    let training = checker.summarize(&planted(2000, 1)).unwrap();
    let bytes = training.to_bytes().unwrap();
    let training = TrainingSummary::from_bytes(&bytes).unwrap();
    let report = checker.check_scoring(&training, &planted(1000, 2)).unwrap();
    let flagged = report.flagged();
    // Numbers given in turn go on; everything else is as it was.
    assert!(flagged.iter().all(|f| ["order_no", "account"].contains(f)), "{report}");

    let past = leads(2000, 1).unwrap().table;
    let training = checker.summarize(&past).unwrap();
    for seed in 2..40 {
        let rows = [1, 5, 30, 500][seed as usize % 4];
        let report = checker.check_scoring(&training, &leads(rows, seed).unwrap().table).unwrap();
        assert!(report.is_clean(), "{rows} {report}");
    }
    let mut csv = String::from("source,industry,employees,page_views\n");
    for i in 0..200 {
        writeln!(csv, "{},software,{},", ["tiktok", "podcast"][i % 2], 1_000_000 + i).unwrap();
    }
    let later = Table::from_csv_reader(csv.as_bytes(), "later.csv").unwrap();
    let report = checker.check_scoring(&training, &later).unwrap();
    println!("{report}");
    use SanityAction::{Remove, Warn};
    assert!(has(&report, "source", SanityCheck::Divergence, Remove));
    assert!(has(&report, "source", SanityCheck::NewLevels, Warn));
    assert!(has(&report, "employees", SanityCheck::Divergence, Remove));
    assert!(has(&report, "page_views", SanityCheck::FillDifference, Remove));
    assert!(has(&report, "page_views", SanityCheck::FillRatio, Remove));
    assert!(
        has(&report, "demo_requested", SanityCheck::FillDifference, Remove),
        "a lost column is never filled"
    );
    for seed in 0..500 {
        let mut stream = Stream::new(seed, "flip", 0);
        let mut damaged = bytes.clone();
        let bit = stream.below(damaged.len() * 8);
        damaged[bit / 8] ^= 1 << (bit % 8);
        crm_ml_core::reseal(&mut damaged);
        if let Ok(training) = TrainingSummary::from_bytes(&damaged) {
            let _ = checker.check_scoring(&training, &later);
        }
    }
}

#[test]
fn odd_tables_give_a_report_or_an_error() {
    let check = |csv: &str| {
        let mut table = Table::from_csv_reader(csv.as_bytes(), "odd.csv").unwrap();
        table.set_role("y", Role::Target).unwrap();
        SanityChecker::new().check(&table)
    };
    assert!(check("x,y\n1,a\n").unwrap().notes[0].contains("1 of 1 rows"));
    assert!(check("x,y\n1,\n2,\n").is_err());
    let one_class = check("x,y\n1,a\n2,a\n3,a\n").unwrap();
    assert!(one_class.is_clean() && one_class.fields[0].auc.is_none());
    assert!(check("y\na\nb\n").unwrap().fields.is_empty());
    let all_same: String = (0..60).map(|i| format!("1e300,{}\n", ["a", "b"][i % 2])).collect();
    assert_eq!(check(&format!("x,y\n{all_same}")).unwrap().removed(), ["x"]);
    let huge: String = (0..60).map(|i| format!("{}e300,{}\n", i % 9, ["a", "b"][i % 2])).collect();
    assert!(check(&format!("x,y\n{huge}")).is_ok());
    let error = SanityChecker::new().max_auc(f64::NAN).cv(1).check(&leads(50, 1).unwrap().table).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("max_auc is NaN") && message.contains("cv is 1"), "{message}");
    let table = leads(50, 1).unwrap().table;
    assert!(SanityChecker::new().check_targeted(&table, &[1.0]).is_err());
    assert!(SanityChecker::new().check_targeted(&table, &[f64::NAN; 50]).is_err());
    let classes = crm_ml_core::Classes::new(["a"]).unwrap();
    assert!(SanityChecker::new().check_labeled(&table, &[1; 50], &classes).is_err());
}

#[test]
fn a_pipeline_learns_without_what_is_put_aside() {
    let table = planted(1500, 4);
    let (model, data) =
        TablePipeline::new().sanity(SanityChecker::new()).fit_transform_target(&table).unwrap();
    let report = model.report();
    let found = report.sanity.as_ref().unwrap();
    assert_eq!(*found, SanityChecker::new().check(&table).unwrap());
    let removed = found.removed();
    assert!(removed.contains(&"contract_value") && removed.contains(&"stage"));
    for field in &removed {
        assert!(!data.samples().schema().columns().iter().any(|column| column.field == *field));
        let cleaned = report.fields.iter().find(|f| f.name == *field).unwrap();
        let first = found.of(field).find(|v| v.action == SanityAction::Remove).unwrap();
        assert!(cleaned.dropped.as_deref().unwrap().ends_with(&first.words), "{:?}", cleaned.dropped);
    }
    // The saved pipeline asks for none of them.
    let loaded = TablePipelineModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(loaded.report(), report);
    let without = table.drop_columns(&removed).unwrap();
    assert_eq!(loaded.transform(&without).unwrap().cells(), data.samples().cells());
    let unlabeled = TablePipeline::new().sanity(SanityChecker::new()).fit(&without).unwrap();
    assert!(unlabeled.report().sanity.as_ref().unwrap().is_clean());
}

#[test]
fn a_thousand_fields_are_looked_at() {
    let table = noise(Noise { rows: 500, fields: 1000, rate: 0.3, real: false }, 9);
    let report = SanityChecker::new().check(&table).unwrap();
    assert!(report.is_clean() && report.fields.len() == 1000, "{report}");
}

#[test]
fn an_option_of_a_list_is_a_value_of_its_own() {
    let mut stream = Stream::new(2, "options", 0);
    let options = ["news", "fairs", "demo", "prices"];
    let rows: Vec<Vec<String>> = (0..500)
        .map(|_| {
            let won = stream.uniform() < 0.3;
            let mut chosen: Vec<&str> = options.into_iter().filter(|_| stream.uniform() < 0.5).collect();
            if won && stream.uniform() < 0.5 {
                chosen.push("onboarding");
            }
            vec![chosen.join(";"), if won { "yes" } else { "no" }.into()]
        })
        .collect();
    let schema = TableSchema::new().with_type("interests", FieldType::MultiSelect);
    let report = SanityChecker::new().check(&table(&["interests", "won"], &rows, schema)).unwrap();
    assert!(has(&report, "interests", SanityCheck::RuleConfidence, SanityAction::Remove), "{report}");
    assert_eq!(report.verdicts[0].value.as_deref(), Some("onboarding"), "{report}");
}

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("CRM_ML_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: CRM_ML_DATA is not set");
    }
    folder
}

#[test]
fn the_duration_of_a_call_is_flagged() {
    let Some(folder) = folder() else { return };
    let mut bank = bank_marketing(folder.join("bank_marketing.csv.gz")).unwrap();
    bank.set_role("duration", Role::Feature).unwrap();
    let report = SanityChecker::new().check(&bank).unwrap();
    println!("{report}");
    assert!(has(&report, "duration", SanityCheck::SingleFieldAuc, SanityAction::Warn), "{report}");
    assert!(report.removed().is_empty());
}

#[test]
fn nothing_of_telco_churn_is_removed() {
    let Some(folder) = folder() else { return };
    let report = SanityChecker::new().check(&telco_churn(folder.join("telco_churn.csv")).unwrap()).unwrap();
    println!("{report}");
    assert!(report.removed().is_empty(), "{report}");
}

#[test]
fn the_spending_after_the_mail_is_found_out() {
    let Some(folder) = folder() else { return };
    let mut table = hillstrom(folder.join("hillstrom.csv.gz")).unwrap();
    table.set_role("conversion", Role::Target).unwrap();
    table.set_role("visit", Role::Feature).unwrap();
    table.set_role("spend", Role::Feature).unwrap();
    let report = SanityChecker::new().check(&table).unwrap();
    println!("{report}");
    assert_eq!(report.removed(), ["spend"]);
    assert!(report.flagged().contains(&"visit"));
    let honest = SanityChecker::new().check(&hillstrom(folder.join("hillstrom.csv.gz")).unwrap()).unwrap();
    assert!(honest.is_clean(), "{honest}");
}
