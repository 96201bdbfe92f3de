//! The workload runner keeps its contract: one JSON line, outputs in the folder, refusals in words.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crm_ml_benches::Problem;
use ndarray::{Array1, Array2};
use ndarray_npy::{read_npy, write_npy};
use serde_json::Value;

/// Files of a small problem in a folder of their own.
fn files(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("crm-ml-workload-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let problem = Problem::new(300, 5);
    write_npy(folder.join("x.npy"), &problem.x.mapv(|v| v as f32)).unwrap();
    write_npy(
        folder.join("y.npy"),
        &Array1::from(problem.codes.iter().map(|c| *c as u8).collect::<Vec<_>>()),
    )
    .unwrap();
    write_npy(folder.join("t.npy"), &Array1::from(problem.target.clone())).unwrap();
    std::fs::write(folder.join("junk.npy"), "no array").unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workload"));
    command.current_dir(folder).args(arguments).args(["--out", "out", "--threads", "2"]);
    command.output().unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1);
    serde_json::from_str(&text).unwrap()
}

fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn every_task_writes_what_it_promises() {
    let folder = files("outputs");
    let out = |name: &str| -> Array2<f64> { read_npy(folder.join("out").join(name)).unwrap() };
    for task in ["logistic", "decision-tree", "random-forest", "extra-trees", "gradient-boosting"] {
        let line = json(&folder, &[task, "--x", "x.npy", "--y", "y.npy", "--repeat", "2"]);
        assert_eq!((&line["task"], &line["rows"], &line["columns"]), (&task.into(), &300.into(), &5.into()));
        assert_eq!(line["fit_seconds"].as_array().unwrap().len(), 2);
        assert_eq!(line["predict_seconds"].as_array().unwrap().len(), 2);
        assert!(line["model_bytes"].as_u64().unwrap() > 0);
        assert_eq!(out("proba.npy").dim(), (300, 2));
    }
    assert_eq!(out("coef.npy").dim(), (1, 5));
    for task in [
        "decision-tree-regressor",
        "random-forest-regressor",
        "extra-trees-regressor",
        "gradient-boosting-regressor",
    ] {
        json(&folder, &[task, "--x", "x.npy", "--y", "t.npy"]);
        assert_eq!(read_npy::<_, Array1<f64>>(folder.join("out/prediction.npy")).unwrap().len(), 300);
    }
    json(&folder, &["tree-shap", "--x", "x.npy", "--y", "y.npy", "--set", "n_estimators=5"]);
    assert_eq!(out("contributions.npy").dim(), (300, 6));
    json(&folder, &["pca", "--x", "x.npy", "--set", "n_components=2"]);
    assert_eq!((out("components.npy").dim(), out("transformed.npy").dim()), ((2, 5), (300, 2)));
    json(
        &folder,
        &["rfe", "--x", "x.npy", "--y", "y.npy", "--set", "n_features_to_select=2", "--set", "C=0.5"],
    );
    assert_eq!(read_npy::<_, Array1<i64>>(folder.join("out/ranking.npy")).unwrap().to_vec().len(), 5);
    assert_eq!(
        read_npy::<_, Array1<bool>>(folder.join("out/support.npy")).unwrap().iter().filter(|s| **s).count(),
        2
    );
    let line = json(&folder, &["metrics", "--y", "y.npy", "--scores", "t.npy", "--set", "metrics=roc_auc"]);
    assert_eq!(line["metrics"]["roc_auc"], 1.0);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn selections_say_which_columns_are_kept() {
    let folder = files("selections");
    let run = |task: &str, settings: &[&str]| {
        let mut arguments = vec![task, "--x", "x.npy", "--y", "y.npy"];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        json(&folder, &arguments);
        let support: Array1<bool> = read_npy(folder.join("out/support.npy")).unwrap();
        support.iter().filter(|kept| **kept).count()
    };
    for score in ["score=anova-f", "score=mutual-information"] {
        assert_eq!(run("select", &[score, "k=2"]), 2);
        assert_eq!(read_npy::<_, Array1<f64>>(folder.join("out/scores.npy")).unwrap().len(), 5);
    }
    assert_eq!(run("mrmr", &["scheme=mid", "n_features_to_select=3", "n_bins=4"]), 3);
    let rounds = || read_npy::<_, Array2<f64>>(folder.join("out/validation.npy")).unwrap();
    assert!((2..=5).contains(&run("rfecv", &["scoring=roc_auc", "min_features_to_select=2", "C=0.5"])));
    assert_eq!(rounds().column(0).to_vec(), [5.0, 4.0, 3.0, 2.0]);
    let forward = ["estimator=decision-tree", "max_depth=2", "n_features_to_select=2"];
    assert_eq!(run("sequential", &forward), 2);
    assert_eq!(rounds().column(0).to_vec(), [1.0, 2.0]);
    let asked = |task, setting| refusal(&folder, &[task, "--x", "x.npy", "--y", "y.npy", "--set", setting]);
    assert!(asked("select", "score=gain").contains("expected anova-f, chi-squared or mutual-information"));
    assert!(asked("select", "n_neighbors=3").contains("mutual-information"));
    assert!(asked("sequential", "scoring=roc").contains("expected one of accuracy, precision"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn components_of_pieces_are_those_of_all_rows() {
    let folder = files("components");
    let components = || read_npy::<_, Array2<f64>>(folder.join("out/components.npy")).unwrap();
    json(&folder, &["pca", "--x", "x.npy", "--set", "n_components=2"]);
    let whole = components();
    let pieces = ["incremental-pca", "--x", "x.npy", "--set", "n_components=2", "--set", "batch_size=70"];
    json(&folder, &pieces);
    assert!((components() - whole).iter().all(|difference| difference.abs() < 1e-9));
    json(&folder, &["truncated-svd", "--x", "x.npy", "--set", "n_components=5"]);
    let exact: Array1<f64> = read_npy(folder.join("out/singular_values.npy")).unwrap();
    json(&folder, &["truncated-svd", "--x", "x.npy", "--set", "n_components=5", "--set", "n_iter=2"]);
    let random: Array1<f64> = read_npy(folder.join("out/singular_values.npy")).unwrap();
    assert!((exact - random).iter().all(|difference| difference.abs() < 1e-6));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_online_learner_tells_its_progressive_loss() {
    let folder = files("online");
    let line = json(&folder, &["ftrl", "--x", "x.npy", "--y", "y.npy", "--set", "alpha=0.5"]);
    let loss = line["progressive_loss"].as_f64().unwrap();
    assert!(loss > 0.0 && loss < 2f64.ln(), "{loss}");
    assert_eq!(read_npy::<_, Array2<f64>>(folder.join("out/coef.npy")).unwrap().dim(), (1, 5));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn forests_and_trees_take_their_settings() {
    let folder = files("forests");
    let run = |task: &str, y: &str, settings: &[&str]| {
        let mut arguments = vec![task, "--x", "x.npy", "--y", y];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        json(&folder, &arguments)
    };
    let drawn = ["n_estimators=20", "bootstrap=true", "max_samples=0.5", "oob_score=true", "ccp_alpha=0.001"];
    for (task, y, criterion) in [
        ("random-forest", "y.npy", "criterion=log_loss"),
        ("extra-trees", "y.npy", "criterion=gini"),
        ("random-forest-regressor", "t.npy", "criterion=squared_error"),
        ("extra-trees-regressor", "t.npy", "criterion=squared_error"),
    ] {
        let line = run(task, y, &[drawn.as_slice(), &[criterion]].concat());
        assert!(line["oob_score"].as_f64().unwrap() > 0.3, "{line}");
    }
    run("decision-tree", "y.npy", &["splitter=random", "min_impurity_decrease=0.001"]);
    run("decision-tree-regressor", "t.npy", &["criterion=absolute_error", "max_depth=3"]);
    let refused = ["random-forest", "--x", "x.npy", "--y", "y.npy", "--set", "criterion=poisson"];
    assert!(refusal(&folder, &refused).contains("expected gini, entropy or log_loss"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn categories_and_test_rows_are_taken() {
    let folder = files("categories");
    let codes = Array2::from_shape_fn((300, 2), |(row, _)| (row % 7) as f64 * 10.0);
    write_npy(folder.join("c.npy"), &codes).unwrap();
    write_npy(folder.join("c_test.npy"), &ndarray::array![[10.0, 0.0], [999.0, f64::NAN]]).unwrap();
    let arguments = [
        "gradient-boosting",
        "--x",
        "c.npy",
        "--y",
        "y.npy",
        "--x-test",
        "c_test.npy",
        "--categorical",
        "0,1",
    ];
    json(&folder, &arguments);
    let proba = || -> Array2<f64> { read_npy(folder.join("out/proba.npy")).unwrap() };
    let default = proba();
    assert_eq!(default.dim(), (2, 2));
    let with = |settings: &[&str]| {
        let sets = settings.iter().flat_map(|setting| ["--set", setting]);
        json(&folder, &arguments.iter().copied().chain(sets).collect::<Vec<_>>());
        proba()
    };
    assert_ne!(with(&["categorical_encoding=grouping"]), default);
    let spelled =
        ["categorical_encoding=ordered", "permutations=1", "prior=3", "min_levels=5", "combinations=true"];
    assert_eq!(with(&spelled), default);
    assert_ne!(with(&["categorical_encoding=ordered", "permutations=3"]), default);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn boosting_grows_as_it_is_told() {
    let folder = files("growth");
    for task in ["gradient-boosting", "gradient-boosting-regressor"] {
        let settings = [
            "reg_alpha=0.5",
            "grow_policy=depthwise",
            "max_depth=4",
            "colsample_bytree=0.8",
            "colsample_bylevel=0.9",
            "colsample_bynode=0.9",
            "monotonic_cst=1,0,-1,0,0",
            "interaction_cst=[[0,1],[2,3,4]]",
        ];
        let given = settings.iter().flat_map(|setting| ["--set", setting]);
        let arguments: Vec<&str> = [task, "--x", "x.npy", "--y", "y.npy"].into_iter().chain(given).collect();
        json(&folder, &arguments);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_cannot_be_done_is_refused_in_words_and_what_is_not_used_ignored() {
    let folder = files("refusals");
    let unknown = refusal(&folder, &["boosting", "--x", "x.npy"]);
    assert!(
        unknown.contains("unknown task 'boosting'; there are logistic, ")
            && unknown.contains("decision-tree")
    );
    assert!(refusal(&folder, &["logistic", "--x", "x.npy"]).contains("needs --y"));
    assert!(refusal(&folder, &["pca", "--y", "y.npy"]).contains("needs --x"));
    let with = |setting| refusal(&folder, &["logistic", "--x", "x.npy", "--y", "y.npy", "--set", setting]);
    assert!(with("depth=3").contains("'logistic' has no such setting"));
    assert!(with("C=much").contains("C=much"));
    assert!(with("C").contains("name=value"));
    assert!(refusal(&folder, &["pca", "--x", "junk.npy"]).contains("junk.npy"));
    let unused = ["--y", "junk.npy", "--scores", "none.npy", "--init", "none.npy", "--series", "none.csv"];
    json(&folder, &[&["pca", "--x", "x.npy"], unused.as_slice()].concat());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn losses_have_their_names_and_numbers() {
    let folder = files("losses");
    write_npy(folder.join("p.npy"), &Array1::from_shape_fn(300, |row| 1.0 + (row % 4) as f64)).unwrap();
    let with = |settings: &[&str]| {
        let mut arguments = vec!["gradient-boosting-regressor", "--x", "x.npy", "--y", "p.npy"];
        settings.iter().for_each(|setting| arguments.extend(["--set", setting]));
        arguments.extend(["--set", "n_estimators=3"]);
        arguments.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let prediction = |settings: &[&str]| -> Array1<f64> {
        let arguments = with(settings);
        json(&folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        read_npy(folder.join("out/prediction.npy")).unwrap()
    };
    let same = [
        ["loss=squared_error", "objective=reg:squarederror"],
        ["loss=absolute_error", "objective=l1"],
        ["loss=poisson", "objective=count:poisson"],
        ["loss=gamma", "objective=reg:gamma"],
    ];
    for [ours, theirs] in same {
        assert_eq!(prediction(&[ours]), prediction(&[theirs]));
    }
    assert_eq!(
        prediction(&["loss=quantile", "quantile=0.8"]),
        prediction(&["objective=quantile", "alpha=0.8"])
    );
    assert_ne!(prediction(&["loss=huber", "delta=0.3"]), prediction(&["loss=huber", "alpha=2"]));
    let refused = |settings: &[&str]| {
        let arguments = with(settings);
        refusal(&folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert!(refused(&["loss=hinge"]).contains("expected squared_error"));
    assert!(refused(&["loss=quantile", "quantile=1"]).contains("quantile is 1"));
    assert!(refused(&["loss=gamma", "objective=gamma"]).contains("give one"));
    assert!(refused(&["loss=gamma", "alpha=1"]).contains("no such setting"));
    let line = ["gradient-boosting", "--x", "x.npy", "--y", "y.npy", "--set", "objective=binary"];
    json(&folder, &line);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn density_tasks_label_the_rows_of_the_fit() {
    let folder = files("density");
    let labels = || read_npy::<_, Array1<i64>>(folder.join("out/labels.npy")).unwrap();
    for metric in ["euclidean", "manhattan", "cosine", "gower"] {
        let setting = format!("metric={metric}");
        let line = json(
            &folder,
            &["dbscan", "--x", "x.npy", "--set", "eps=0.9", "--set", "min_samples=4", "--set", &setting],
        );
        assert_eq!(line["n_clusters"].as_i64().unwrap(), labels().iter().max().unwrap() + 1);
        assert_eq!(labels().len(), 300);
    }
    json(&folder, &["dbscan", "--x", "x.npy", "--set", "eps=1e-9"]);
    assert!(labels().iter().all(|label| *label == -1));
    let settings =
        ["min_cluster_size=8", "min_samples=3", "cluster_selection_method=leaf", "max_cluster_size=none"];
    let settings: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
    json(&folder, &[&["hdbscan", "--x", "x.npy"], settings.as_slice()].concat());
    let probabilities: Array1<f64> = read_npy(folder.join("out/probabilities.npy")).unwrap();
    let agree = |(label, p): (&i64, &f64)| (*label == -1) == (*p == 0.0);
    assert!(labels().iter().zip(&probabilities).all(agree));
    assert_eq!(read_npy::<_, Array1<f64>>(folder.join("out/outlier_scores.npy")).unwrap().len(), 300);
    let unknown = refusal(&folder, &["dbscan", "--x", "x.npy", "--set", "metric=far"]);
    assert!(unknown.contains("expected euclidean, manhattan, cosine or gower"), "{unknown}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn agglomeration_writes_its_linkage_table() {
    let folder = files("agglomerative");
    let run = |more: &[&str]| json(&folder, &[&["agglomerative", "--x", "x.npy"], more].concat());
    for linkage in ["ward", "complete", "average", "single", "weighted"] {
        let line = run(&["--set", "n_clusters=3", "--set", &format!("linkage={linkage}")]);
        assert_eq!(line["n_clusters"], 3);
        let table: Array2<f64> = read_npy(folder.join("out/linkage.npy")).unwrap();
        assert_eq!((table.dim(), table[[298, 3]]), ((299, 4), 300.0));
    }
    assert_eq!(run(&["--set", "distance_threshold=0"])["n_clusters"], 300);
    let unknown = refusal(&folder, &["agglomerative", "--x", "x.npy", "--set", "linkage=near"]);
    assert!(unknown.contains("expected ward, complete, average, single or weighted"), "{unknown}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn clusterings_write_what_they_promise() {
    let folder = files("clusters");
    let out = |name: &str| -> Array2<f64> { read_npy(folder.join("out").join(name)).unwrap() };
    let labels = || -> Array1<i64> { read_npy(folder.join("out/labels.npy")).unwrap() };
    let start = Array2::from_shape_fn((3, 5), |(i, j)| (i as f64 - 1.0) * (j as f64 - 1.5));
    write_npy(folder.join("init.npy"), &start).unwrap();
    write_npy(folder.join("w.npy"), &Array1::from_shape_fn(300, |row| (row % 4) as f64)).unwrap();
    let run = |task: &str, more: &[&str]| json(&folder, &[&[task, "--x", "x.npy"], more].concat());
    let given = ["--init", "init.npy", "--set", "tol=0"];
    let line = run("kmeans", &[given.as_slice(), &["--set", "max_iter=50"]].concat());
    assert_eq!((&line["n_clusters"], out("centers.npy").dim(), labels().len()), (&3.into(), (3, 5), 300));
    let lloyd =
        run("kmeans", &[given.as_slice(), &["--set", "max_iter=50", "--set", "algorithm=lloyd"]].concat());
    assert_eq!((&line["inertia"], &line["n_iter"]), (&lloyd["inertia"], &lloyd["n_iter"]));
    run(
        "kmeans",
        &["--weights", "w.npy", "--set", "n_clusters=4", "--set", "init=random", "--set", "n_init=2"],
    );
    assert_eq!((labels().len(), out("centers.npy").dim()), (300, (4, 5)));
    run(
        "minibatch-kmeans",
        &["--set", "n_clusters=4", "--set", "batch_size=64", "--set", "max_no_improvement=none"],
    );
    assert_eq!(out("centers.npy").dim(), (4, 5));
    run("minibatch-kmeans", &given);
    let halves = ["--set", "n_clusters=3", "--set", "bisecting_strategy=largest_cluster", "--set", "seed=3"];
    run("bisecting-kmeans", &halves);
    assert!(labels().iter().all(|label| (0..3).contains(label)));
    let line = run("gaussian-mixture", &[given.as_slice(), &["--set", "max_iter=4"]].concat());
    assert!(line["log_likelihood"].as_f64().unwrap() < 0.0 && line["n_iter"] == 4);
    assert_eq!((out("means.npy").dim(), out("responsibilities.npy").dim()), ((3, 5), (300, 3)));
    let covariances: ndarray::Array3<f64> = read_npy(folder.join("out/covariances.npy")).unwrap();
    assert_eq!(covariances.dim(), (3, 5, 5));
    let weights = || -> Array1<f64> { read_npy(folder.join("out/weights.npy")).unwrap() };
    assert!((weights().sum() - 1.0).abs() < 1e-12);
    for (kind, shape) in [("tied", (5, 5)), ("diag", (2, 5))] {
        run("gaussian-mixture", &["--set", "n_components=2", "--set", &format!("covariance_type={kind}")]);
        assert_eq!(out("covariances.npy").dim(), shape);
    }
    run(
        "gaussian-mixture",
        &["--set", "covariance_type=spherical", "--set", "init_params=random", "--weights", "w.npy"],
    );
    assert_eq!(labels().len(), 300);
    assert!(
        refusal(&folder, &["kmeans", "--x", "x.npy", "--set", "algorithm=elkan"]).contains("expected auto")
    );
    assert!(
        refusal(&folder, &["gaussian-mixture", "--x", "x.npy", "--set", "eps=1"]).contains("no such setting")
    );
    std::fs::remove_dir_all(folder).unwrap();
}
