//! A saved scorer scores to the same bits in another process.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use crm_ml_classifiers::GradientBoostingClassifier;
use crm_ml_core::Persist;
use crm_ml_datasets::leads;
use crm_ml_lead_scoring::{LeadScorer, LeadScorerModel, SelectionMethod};

/// Set where this test binary runs itself again: the folder of model, leads and scores.
const FOLDER: &str = "CRM_ML_TEST_OTHER_PROCESS";

/// Every figure of every lead, bit by bit, and the reasons in words.
fn scores(model: &LeadScorerModel, leads: &Path) -> String {
    let table = model.read_options().read_path(leads).unwrap();
    let mut text = String::new();
    for lead in model.rank(&table).unwrap() {
        let figures = [lead.probability, lead.margin, lead.base, lead.rest].map(f64::to_bits);
        let reasons = lead.reasons_for.iter().chain(&lead.reasons_against);
        let reasons: Vec<(&str, u64)> = reasons.map(|r| (r.field.as_str(), r.share.to_bits())).collect();
        writeln!(text, "{:?} {} {} {figures:x?} {reasons:x?}", lead.id, lead.score, lead.tier).unwrap();
    }
    text
}

#[test]
fn a_saved_scorer_scores_to_the_same_bits_in_another_process() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let folder = Path::new(&folder);
        let model = LeadScorerModel::load(folder.join("model.crm")).unwrap();
        std::fs::write(folder.join("scores"), scores(&model, &folder.join("new.csv"))).unwrap();
        return;
    }
    let past = leads(600, 1).unwrap().table;
    let new = leads(80, 2).unwrap().table.drop_columns(&["converted"]).unwrap();
    let boosting = GradientBoostingClassifier::new().n_estimators(20).max_leaf_nodes(8);
    let quick = LeadScorer::new().boosting(boosting).folds(2).compare(false).check_leakage(false);
    for selection in [SelectionMethod::Rfe { share: 0.8 }, SelectionMethod::Pca { variance: 0.9 }] {
        let folder = tempfile::tempdir().unwrap();
        let model = quick.clone().selection(selection).fit(&past).unwrap();
        model.save(folder.path().join("model.crm")).unwrap();
        new.write_csv(folder.path().join("new.csv")).unwrap();
        let expected = scores(&model, &folder.path().join("new.csv"));
        assert_eq!(expected.lines().count(), 80);

        let other = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "another_process::a_saved_scorer_scores_to_the_same_bits_in_another_process"])
            .env(FOLDER, folder.path())
            .env("RAYON_NUM_THREADS", "3")
            .output()
            .unwrap();
        assert!(other.status.success(), "{}", String::from_utf8_lossy(&other.stdout));
        assert_eq!(std::fs::read_to_string(folder.path().join("scores")).unwrap(), expected);
    }
}
