//! The scorer on generated leads: reasons add up, tables are matched by name, bits do not depend on threads or processes, leaks are found.

use std::sync::LazyLock;

use crm_ml_classifiers::GradientBoostingClassifier;
use crm_ml_core::{ErrorKind, Persist};
use crm_ml_datasets::{LeadGenerator, leads};
use crm_ml_lead_scoring::{LeadScorer, LeadScorerModel, SelectionMethod, Tier};
use crm_ml_model_selection::Calibration;
use crm_ml_preprocessing::{SanityAction, SanityCheck, SanityChecker};
use crm_ml_table::{CsvOptions, FieldSpec, Role, Table};

/// Few rounds: these tests are about the parts fitting together.
fn quick() -> LeadScorer {
    let boosting = GradientBoostingClassifier::new().n_estimators(30).max_leaf_nodes(8);
    LeadScorer::new().boosting(boosting).folds(3).compare(false).check_leakage(false)
}

static PAST: LazyLock<Table> = LazyLock::new(|| leads(1200, 1).unwrap().table);
static NEW: LazyLock<Table> =
    LazyLock::new(|| leads(200, 2).unwrap().table.drop_columns(&["converted"]).unwrap());
static MODEL: LazyLock<LeadScorerModel> = LazyLock::new(|| quick().fit(&PAST).unwrap());

fn bits(proba: &[f64]) -> Vec<u64> {
    proba.iter().map(|p| p.to_bits()).collect()
}

#[test]
fn reasons_add_up_to_the_margin_and_scores_rise_with_it() {
    let scores = MODEL.rank(&NEW).unwrap();
    assert_eq!(scores.len(), 200);
    for lead in &scores {
        let named: f64 = lead.reasons_for.iter().chain(&lead.reasons_against).map(|r| r.share).sum();
        assert!((lead.base + named + lead.rest - lead.margin).abs() < 1e-9, "{lead:?}");
        assert!(lead.reasons_for.len() <= 3 && lead.reasons_against.len() <= 3 && !lead.approximate);
        assert!(
            lead.reasons_for.iter().all(|r| r.share > 0.0)
                && lead.reasons_against.iter().all(|r| r.share < 0.0)
        );
        assert!((1..=99).contains(&lead.score) && (0.0..=1.0).contains(&lead.probability));
        let id = lead.id.as_deref().unwrap();
        assert_eq!(NEW.column("lead_id").unwrap().text(lead.row).unwrap(), id);
        for reason in &lead.reasons_for {
            assert_eq!(NEW.column(&reason.field).unwrap().text(lead.row).as_deref(), reason.value.as_deref());
        }
    }
    assert!(scores.windows(2).all(|w| w[0].probability >= w[1].probability && w[0].score >= w[1].score));
    assert!(scores.windows(2).all(|w| w[0].tier <= w[1].tier));
    assert_eq!(scores[0].tier, Tier::A);
    let proba = MODEL.predict_proba(&NEW).unwrap();
    assert!(scores.iter().all(|lead| lead.probability.to_bits() == proba[lead.row].to_bits()));
}

#[test]
fn a_feature_that_counts_up_is_no_id() {
    let rows: String = (0..120).map(|i| format!("{},{}\n", (i * 7) % 10, u8::from(i % 3 == 0))).collect();
    let mut past = Table::from_csv_reader(format!("visits,won\n{rows}").as_bytes(), "past.csv").unwrap();
    past.set_role("won", Role::Target).unwrap();
    let model = quick().fit(&past).unwrap();
    let rows: String = (1..=30).map(|i| format!("{i},L-{i}\n")).collect();
    let new = Table::from_csv_reader(format!("visits,lead_id\n{rows}").as_bytes(), "new.csv").unwrap();
    assert_eq!(new.field("visits").unwrap().role, Role::Id);
    assert_eq!(model.score(&new).unwrap()[4].id.as_deref(), Some("L-5"));
    let alone = new.drop_columns(&["lead_id"]).unwrap();
    assert_eq!(model.score(&alone).unwrap()[4].id, None);
}

#[test]
fn every_reason_can_be_named() {
    let model = quick().reasons(100).fit(&PAST).unwrap();
    for lead in model.score(&NEW).unwrap() {
        assert!(lead.rest.abs() < 1e-9, "{}", lead.rest);
    }
}

#[test]
fn columns_are_matched_by_name() {
    let expected = MODEL.predict_proba(&NEW).unwrap();
    let mut names: Vec<String> = NEW.fields().map(|f| f.name.clone()).collect();
    names.reverse();
    let permuted = NEW.select_columns(&names).unwrap();
    assert_eq!(bits(&MODEL.predict_proba(&permuted).unwrap()), bits(&expected));

    let missing = MODEL.score(&NEW.drop_columns(&["industry"]).unwrap()).unwrap_err();
    assert!(
        matches!(missing.kind(), ErrorKind::MissingColumn { column, .. } if column == "industry"),
        "{missing}"
    );
    let industry = NEW.column("industry").unwrap().array().clone();
    let renamed =
        NEW.drop_columns(&["industry"]).unwrap().with_column(FieldSpec::new("branch"), industry).unwrap();
    assert!(MODEL.score(&renamed).unwrap_err().to_string().contains("'industry'"));
}

#[test]
fn a_file_gives_the_same_bits_as_the_table_and_one_record_as_its_row() {
    let mut csv = Vec::new();
    NEW.write_csv_to(&mut csv).unwrap();
    let read = MODEL.read_options().read(csv.as_slice(), "new.csv").unwrap();
    let expected = MODEL.score(&NEW).unwrap();
    let again = MODEL.score(&read).unwrap();
    assert_eq!(again.len(), expected.len());
    assert!(again.iter().zip(&expected).all(|(a, b)| a.probability.to_bits() == b.probability.to_bits()));

    for row in [0, 17, 99] {
        let cells: Vec<(String, String)> = NEW
            .fields()
            .map(|f| {
                (f.name.clone(), NEW.column(&f.name).unwrap().text(row).unwrap_or_default().into_owned())
            })
            .collect();
        let record: Vec<(&str, &str)> = cells.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let score = MODEL.score_record(&record).unwrap();
        assert_eq!(score.probability.to_bits(), expected[row].probability.to_bits(), "row {row}");
    }
    let error = MODEL.score_record(&[("industry", "retail")]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::MissingColumn { .. }));
}

#[test]
fn unseen_categories_and_gaps_are_scored() {
    let csv = "lead_id,industry\nX,blacksmithing\n";
    let table = CsvOptions::new().read(csv.as_bytes(), "one.csv").unwrap();
    let mut record: Vec<(&str, &str)> = MODEL.fields().into_iter().map(|f| (f, "")).collect();
    assert!(MODEL.score(&table).is_err());
    let all_missing = MODEL.score_record(&record).unwrap();
    for cell in record.iter_mut().filter(|(name, _)| *name == "industry") {
        cell.1 = "blacksmithing";
    }
    let unseen = MODEL.score_record(&record).unwrap();
    assert!((0.0..=1.0).contains(&all_missing.probability) && (0.0..=1.0).contains(&unseen.probability));
}

#[test]
fn threads_change_nothing() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let model = quick().compare(true).check_leakage(true).fit(&PAST).unwrap();
            (model.to_bytes().unwrap(), bits(&model.predict_proba(&NEW).unwrap()))
        })
    };
    let one = run(1);
    assert!([2, 3, 8].iter().all(|&threads| run(threads) == one));
}

#[test]
fn a_saved_model_comes_back_and_a_damaged_one_does_not_hurt() {
    let bytes = MODEL.to_bytes().unwrap();
    let loaded = LeadScorerModel::from_bytes(&bytes).unwrap();
    assert_eq!(&loaded, &*MODEL);
    assert_eq!(bits(&loaded.predict_proba(&NEW).unwrap()), bits(&MODEL.predict_proba(&NEW).unwrap()));
    assert!(loaded.to_bytes().unwrap() == bytes);
    let few = NEW.select_rows(&[0, 1, 2]).unwrap();
    for seed in 0..2000 {
        let mut stream = crm_ml_core::Stream::new(seed, "flip", 0);
        let mut damaged = bytes.clone();
        let bit = stream.below(damaged.len() * 8);
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(LeadScorerModel::from_bytes(&damaged).is_err());
        crm_ml_core::reseal(&mut damaged);
        if let Ok(model) = LeadScorerModel::from_bytes(&damaged) {
            let _ = model.score(&few);
        }
    }
    for length in (0..bytes.len()).step_by(bytes.len() / 500) {
        let mut cut = bytes[..length].to_vec();
        assert!(LeadScorerModel::from_bytes(&cut).is_err());
        crm_ml_core::reseal(&mut cut);
        assert!(LeadScorerModel::from_bytes(&cut).is_err());
    }
}

#[test]
fn principal_components_explain_by_sampling() {
    let model = quick().selection(SelectionMethod::Pca { variance: 0.9 }).fit(&PAST).unwrap();
    let few = NEW.select_rows(&(0..10).collect::<Vec<_>>()).unwrap();
    for lead in model.score(&few).unwrap() {
        let named: f64 = lead.reasons_for.iter().chain(&lead.reasons_against).map(|r| r.share).sum();
        assert!(lead.approximate && (lead.base + named + lead.rest - lead.margin).abs() < 1e-9);
        assert!(lead.reasons_for.iter().all(|r| PAST.field(&r.field).is_ok()), "reasons are raw fields");
    }
    let again = LeadScorerModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(again.score(&few).unwrap(), model.score(&few).unwrap());
    assert!(model.report().dropped_columns.is_empty());
}

#[test]
fn a_planted_leak_is_put_aside_and_clean_leads_are_not_accused() {
    let clean = LeadScorer::new().compare(false).folds(2);
    for seed in [0, 1, 2] {
        let report = clean.fit(&leads(2500, seed).unwrap().table).unwrap().report().clone();
        assert!(report.sanity.is_clean(), "{}", report.sanity);
        assert_eq!(report.sanity.fields.len(), 14);
    }
    let planted = LeadGenerator::new(2500).seed(3).planted_leak(true).generate().unwrap();
    let leak = planted.leak.unwrap();
    let model = clean.fit(&planted.table).unwrap();
    let report = model.report();
    assert_eq!(report.sanity.removed(), [leak], "{}", report.sanity);
    let checks: Vec<SanityCheck> = report.sanity.of(leak).map(|verdict| verdict.check).collect();
    assert!(
        checks.contains(&SanityCheck::FillRate) && checks.contains(&SanityCheck::SingleFieldAuc),
        "{checks:?}"
    );
    let field = report.cleaning.fields.iter().find(|field| field.name == leak).unwrap();
    assert!(field.dropped.as_deref().unwrap().contains("single-field AUC"), "{:?}", field.dropped);

    // The saved model keeps the decision: it asks for no such field, and scores as one that never saw it.
    let loaded = LeadScorerModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert!(!loaded.fields().contains(&leak));
    let without = planted.table.drop_columns(&[leak]).unwrap();
    let never = clean.fit(&without).unwrap();
    assert_eq!(bits(&loaded.predict_proba(&without).unwrap()), bits(&never.predict_proba(&without).unwrap()));

    // Told to warn only, or switched off, the scorer learns from it; the models without each field tell as well.
    for scorer in [clean.clone().sanity(SanityChecker::new().warn_only(true)), clean.clone().sanity(None)] {
        let model = scorer.check_leakage(true).fit(&planted.table).unwrap();
        assert!(model.fields().contains(&leak));
        let sanity = &model.report().sanity;
        assert!(sanity.removed().is_empty() && sanity.flagged().contains(&leak), "{sanity}");
        let cost = sanity.of(leak).find(|verdict| verdict.check == SanityCheck::CostOfAbsence).unwrap();
        assert!(cost.evidence > 0.05 && cost.action == SanityAction::Warn);
    }
}

#[test]
fn where_no_field_is_left_the_reasons_are_told() {
    let rows: String = (0..200).map(|i| format!("{},{}\n", i % 2, ["no", "yes"][i % 2])).collect();
    let mut table = Table::from_csv_reader(format!("paid,won\n{rows}").as_bytes(), "one.csv").unwrap();
    table.set_role("won", Role::Target).unwrap();
    let message = quick().fit(&table).unwrap_err().to_string();
    assert!(message.contains("no field is left") && message.contains("paid (remove)"), "{message}");
    let kept = quick().sanity(SanityChecker::new().warn_only(true)).fit(&table).unwrap();
    assert_eq!(kept.fields(), ["paid"]);
}

#[test]
fn a_table_to_be_scored_is_held_against_training() {
    assert!(MODEL.check_scoring(&NEW).unwrap().is_clean());
    let mut csv = Vec::new();
    NEW.write_csv_to(&mut csv).unwrap();
    let text = String::from_utf8(csv).unwrap();
    let header = text.lines().next().unwrap();
    let place = header.split(',').position(|name| name == "source").unwrap();
    let other = |line: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if line != header {
            cells[place] = "podcast";
        }
        cells.join(",")
    };
    let text = text.lines().map(other).collect::<Vec<_>>().join("\n");
    let later = MODEL.read_options().read(text.as_bytes(), "later.csv").unwrap();
    let report = MODEL.check_scoring(&later).unwrap();
    let checks: Vec<SanityCheck> = report.of("source").map(|verdict| verdict.check).collect();
    assert!(
        checks.contains(&SanityCheck::Divergence) && checks.contains(&SanityCheck::NewLevels),
        "{report}"
    );
}

#[test]
fn an_identifier_used_as_a_feature_is_put_aside() {
    let mut table = PAST.clone();
    table.set_role("lead_id", Role::Feature).unwrap();
    let model = quick().fit(&table).unwrap();
    let found = model.report().sanity.of("lead_id").next().unwrap();
    assert_eq!((found.check, found.action), (SanityCheck::Identifier, SanityAction::Remove));
    assert!(!model.fields().contains(&"lead_id"), "an identifier is never learnt from");
}

#[test]
fn leads_without_an_outcome_and_of_weight_zero_are_counted() {
    let mut csv = String::from("x,w,converted\n");
    for i in 0..300 {
        let outcome = if i % 10 == 0 {
            ""
        } else if i % 3 == 0 {
            "yes"
        } else {
            "no"
        };
        csv += &format!("{},{},{outcome}\n", (i * 7) % 30, if i % 20 == 1 { 0 } else { 1 + i % 2 });
    }
    let mut table = Table::from_csv_reader(csv.as_bytes(), "weighted.csv").unwrap();
    table.set_role("converted", Role::Target).unwrap();
    table.set_role("w", Role::Weight).unwrap();
    // The only field tells the outcome.
    let quick = || quick().sanity(None);
    let model = quick().fit(&table).unwrap();
    let cleaning = &model.report().cleaning;
    let dropped: Vec<(&str, usize)> =
        cleaning.dropped_rows.iter().map(|d| (d.reason.as_str(), d.count)).collect();
    assert_eq!(dropped, [("no outcome", 30), ("weight 0", 15)]);
    assert_eq!((cleaning.rows_in, cleaning.rows_out), (300, 255));
    let kept: Vec<usize> = (0..300).filter(|i| i % 10 != 0 && i % 20 != 1).collect();
    let alone = quick().fit(&table.select_rows(&kept).unwrap()).unwrap();
    assert_eq!(bits(&alone.predict_proba(&table).unwrap()), bits(&model.predict_proba(&table).unwrap()));
}

#[test]
fn impossible_requests_are_refused_by_name() {
    let message = |scorer: LeadScorer, table: &Table| scorer.fit(table).unwrap_err().to_string();
    assert!(message(quick(), &NEW).contains("role 'target'"));
    assert!(message(quick().positive("maybe"), &PAST).contains("never says 'maybe'"));
    assert!(message(quick().folds(1), &PAST).contains("folds is 1, must be from 2 to 20"));
    let rfe = quick().selection(SelectionMethod::Rfe { share: f64::NAN });
    assert!(message(rfe, &PAST).contains("selection.share is NaN"));
    let few: Vec<usize> = (0..40).collect();
    assert!(message(quick(), &PAST.select_rows(&few).unwrap()).contains("20 needed"));
}

#[test]
fn the_report_compares_honestly() {
    let model = quick().compare(true).calibration(Calibration::Isotonic).fit(&PAST).unwrap();
    let report = model.report();
    let names: Vec<&str> = report.comparison.iter().map(|c| c.model.as_str()).collect();
    assert_eq!(names, ["lead scorer", "majority", "logistic regression", "decision tree", "random forest"]);
    let majority = &report.comparison[1];
    assert!((majority.accuracy - (1.0 - report.conversion_rate)).abs() < 1e-3 && majority.recall == 0.0);
    let lowest = report.comparison.iter().map(|c| c.log_loss).fold(f64::INFINITY, f64::min);
    assert_eq!(report.winner().unwrap().log_loss, lowest);
    assert_eq!(report.bands.iter().map(|b| b.leads).sum::<usize>(), 1200);
    assert!(report.bands.windows(2).all(|w| w[0].high + 1 == w[1].low));
    assert!((report.gains[0].found, report.gains[100].found) == (0.0, 1.0));
    assert!(report.gains.windows(2).all(|w| w[0].found <= w[1].found + 1e-12));
    assert!(report.to_string().contains("expected calibration error"));
}

#[test]
fn a_weight_that_is_none_is_refused_with_its_place() {
    let mut csv = String::from("x,w,converted\n");
    for i in 0..60 {
        csv +=
            &format!("{},{},{}\n", i % 7, if i == 4 { -2 } else { 1 }, if i % 2 == 0 { "yes" } else { "no" });
    }
    let mut table = Table::from_csv_reader(csv.as_bytes(), "weights.csv").unwrap();
    table.set_role("converted", Role::Target).unwrap();
    table.set_role("w", Role::Weight).unwrap();
    let message = quick().fit(&table).unwrap_err().to_string();
    assert!(message.starts_with("weights.csv, line 6, column 'w', value '-2': a weight"), "{message}");
}

#[test]
fn a_wide_table_is_checked_for_leaks_in_bounded_time() {
    let mut stream = crm_ml_core::Stream::new(5, "wide", 0);
    let names: Vec<String> = (0..300).map(|i| format!("c{i}")).collect();
    let mut csv = names.join(",") + ",leak,converted\n";
    for i in 0..120 {
        let noise: Vec<String> = (0..300).map(|_| stream.below(100).to_string()).collect();
        csv += &format!(
            "{},{},{}\n",
            noise.join(","),
            i % 2 * 10 + i % 3,
            if i % 2 == 0 { "yes" } else { "no" }
        );
    }
    let mut table = Table::from_csv_reader(csv.as_bytes(), "wide.csv").unwrap();
    table.set_role("converted", Role::Target).unwrap();
    let checked = quick().check_leakage(true);
    let report = checked.fit(&table).unwrap().report().clone();
    assert_eq!(report.sanity.removed(), ["leak"], "{}", report.sanity);
    let report = checked.sanity(None).fit(&table).unwrap().report().clone();
    assert!(report.sanity.of("leak").any(|verdict| verdict.check == SanityCheck::CostOfAbsence));
}
