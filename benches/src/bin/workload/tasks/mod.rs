//! The tasks by name.

mod anomaly;
mod clustering;
mod components;
mod density;
mod estimators;
mod forecast;
mod hierarchy;
mod isolation;
mod linear;
mod loss;
mod metrics;
mod prepare;
mod read_csv;
mod selection;
mod single_row;
mod supervised;

use crate::Outcome;
use crate::inputs::{Inputs, Uses};
use crate::report::Report;
use crate::settings::Settings;

/// Fits, predicts, and writes what the task promises.
type Run = fn(&Inputs, &mut Settings, &mut Report) -> Outcome<()>;

/// A task: its name, the files it uses, and what it does.
pub(crate) struct Task {
    name: &'static str,
    pub(crate) uses: Uses,
    pub(crate) run: Run,
}

const SUPERVISED: Uses = Uses { x: true, y: true, scores: false, init: false };
const UNSUPERVISED: Uses = Uses { x: true, y: false, scores: false, init: false };
const STARTED: Uses = Uses { x: true, y: false, scores: false, init: true };
const SCORES: Uses = Uses { x: false, y: true, scores: true, init: false };
/// Files that are not arrays, read by the task itself.
const FILES: Uses = Uses { x: false, y: false, scores: false, init: false };

const TASKS: &[Task] = &[
    Task { name: "logistic", uses: SUPERVISED, run: supervised::logistic },
    Task { name: "ftrl", uses: SUPERVISED, run: supervised::ftrl },
    Task { name: "linear-regression", uses: SUPERVISED, run: linear::linear_regression },
    Task { name: "ridge", uses: SUPERVISED, run: linear::ridge },
    Task { name: "lasso", uses: SUPERVISED, run: linear::lasso },
    Task { name: "elastic-net", uses: SUPERVISED, run: linear::elastic_net },
    Task { name: "poisson", uses: SUPERVISED, run: linear::poisson },
    Task { name: "gamma", uses: SUPERVISED, run: linear::gamma },
    Task { name: "tweedie", uses: SUPERVISED, run: linear::tweedie },
    Task { name: "lasso-path", uses: SUPERVISED, run: linear::lasso_path },
    Task { name: "decision-tree", uses: SUPERVISED, run: supervised::decision_tree },
    Task { name: "random-forest", uses: SUPERVISED, run: supervised::random_forest },
    Task { name: "extra-trees", uses: SUPERVISED, run: supervised::extra_trees },
    Task { name: "gradient-boosting", uses: SUPERVISED, run: supervised::gradient_boosting },
    Task { name: "decision-tree-regressor", uses: SUPERVISED, run: supervised::decision_tree_regressor },
    Task { name: "random-forest-regressor", uses: SUPERVISED, run: supervised::random_forest_regressor },
    Task { name: "extra-trees-regressor", uses: SUPERVISED, run: supervised::extra_trees_regressor },
    Task {
        name: "gradient-boosting-regressor",
        uses: SUPERVISED,
        run: supervised::gradient_boosting_regressor,
    },
    Task { name: "tree-shap", uses: SUPERVISED, run: supervised::tree_shap },
    Task { name: "single-row", uses: SUPERVISED, run: single_row::single_row },
    Task { name: "pca", uses: UNSUPERVISED, run: components::pca },
    Task { name: "incremental-pca", uses: UNSUPERVISED, run: components::incremental_pca },
    Task { name: "truncated-svd", uses: UNSUPERVISED, run: components::truncated_svd },
    Task { name: "select", uses: SUPERVISED, run: selection::select },
    Task { name: "mrmr", uses: SUPERVISED, run: selection::mrmr },
    Task { name: "rfe", uses: SUPERVISED, run: selection::rfe },
    Task { name: "rfecv", uses: SUPERVISED, run: selection::rfecv },
    Task { name: "sequential", uses: SUPERVISED, run: selection::sequential },
    Task { name: "prepare", uses: UNSUPERVISED, run: prepare::prepare },
    Task { name: "kmeans", uses: STARTED, run: clustering::kmeans },
    Task { name: "minibatch-kmeans", uses: STARTED, run: clustering::minibatch_kmeans },
    Task { name: "bisecting-kmeans", uses: UNSUPERVISED, run: clustering::bisecting_kmeans },
    Task { name: "gaussian-mixture", uses: STARTED, run: clustering::gaussian_mixture },
    Task { name: "dbscan", uses: UNSUPERVISED, run: density::dbscan },
    Task { name: "hdbscan", uses: UNSUPERVISED, run: density::hdbscan },
    Task { name: "agglomerative", uses: UNSUPERVISED, run: hierarchy::agglomerative },
    Task { name: "isolation-forest", uses: UNSUPERVISED, run: isolation::isolation_forest },
    Task { name: "lof", uses: UNSUPERVISED, run: anomaly::lof },
    Task { name: "knn", uses: UNSUPERVISED, run: anomaly::knn },
    Task { name: "ecod", uses: UNSUPERVISED, run: anomaly::ecod },
    Task { name: "copod", uses: UNSUPERVISED, run: anomaly::copod },
    Task { name: "hbos", uses: UNSUPERVISED, run: anomaly::hbos },
    Task { name: "robust-covariance", uses: UNSUPERVISED, run: anomaly::robust_covariance },
    Task { name: "pca-reconstruction", uses: UNSUPERVISED, run: anomaly::pca_reconstruction },
    Task { name: "forecast", uses: FILES, run: forecast::forecast },
    Task { name: "read-csv", uses: FILES, run: read_csv::read_csv },
    Task { name: "metrics", uses: SCORES, run: metrics::metrics },
];

/// The task of a name; the error lists all.
pub(crate) fn find(name: &str) -> Outcome<&'static Task> {
    let names = || TASKS.iter().map(|task| task.name).collect::<Vec<_>>().join(", ");
    TASKS
        .iter()
        .find(|task| task.name == name)
        .ok_or_else(|| format!("unknown task '{name}'; there are {}", names()).into())
}
