//! The tasks by name.

mod estimators;
mod metrics;
mod selection;
mod supervised;

use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::Settings;

/// Fits, predicts, and writes what the task promises.
pub(crate) type Task = fn(&Inputs, &mut Settings, &mut Report) -> Outcome<()>;

const TASKS: &[(&str, Task)] = &[
    ("logistic", supervised::logistic),
    ("decision-tree", supervised::decision_tree),
    ("random-forest", supervised::random_forest),
    ("gradient-boosting", supervised::gradient_boosting),
    ("decision-tree-regressor", supervised::decision_tree_regressor),
    ("random-forest-regressor", supervised::random_forest_regressor),
    ("gradient-boosting-regressor", supervised::gradient_boosting_regressor),
    ("tree-shap", supervised::tree_shap),
    ("pca", selection::pca),
    ("rfe", selection::rfe),
    ("metrics", metrics::metrics),
];

/// The task of a name; the error lists all.
pub(crate) fn find(name: &str) -> Outcome<Task> {
    let names = || TASKS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let found = TASKS.iter().find(|(task, _)| *task == name);
    found.map(|(_, task)| *task).ok_or_else(|| format!("unknown task '{name}'; there are {}", names()).into())
}
