use approx::assert_abs_diff_eq;
use crm_ml_core::{OutlierModel, Persist, Samples, Schema};
use ndarray::Array2;
use serde_json::Value;

use super::tree::{Cut, Node, Tree};
use super::*;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(row, column)| rows[row][column])
}

fn reference() -> Value {
    serde_json::from_str(include_str!("../../tests/fixtures/isolation_forest.json")).unwrap()
}

fn tree_of(nodes: &Value) -> Tree {
    let node = |node: &Value| {
        let [column, threshold, rows] = numbers(node)[..] else { panic!("a node of three numbers") };
        let cut = (column >= 0.0).then_some(Cut::Threshold { column: column as u32, threshold });
        Node { cut, rows: rows as u32 }
    };
    Tree { nodes: nodes.as_array().unwrap().iter().map(node).collect(), ..Tree::default() }
}

/// A model of scikit-learn's trees.
fn model_of(forest: &Value) -> IsolationForestModel {
    let width = forest["columns"].as_u64().unwrap() as usize;
    let trees = forest["trees"].as_array().unwrap().iter().map(tree_of).collect();
    let max_samples = forest["max_samples"].as_u64().unwrap() as usize;
    let mut model = IsolationForestModel::new(Schema::unnamed(width), trees, max_samples);
    model.offset = forest["offset"].as_f64().unwrap();
    model.validate().unwrap();
    model
}

#[test]
fn the_same_trees_give_the_scores_of_scikit_learn() {
    for forest in reference()["forests"].as_array().unwrap() {
        let (model, test) = (model_of(forest), matrix(&forest["test"]));
        let samples = Samples::new(&test).unwrap();
        let scores = model.score_samples(&samples).unwrap();
        let decisions = model.decision_function(&samples).unwrap();
        for (ours, theirs) in scores.iter().zip(numbers(&forest["scores"])) {
            assert_abs_diff_eq!(*ours, theirs, epsilon = 1e-12);
        }
        for (ours, theirs) in decisions.iter().zip(numbers(&forest["decisions"])) {
            assert_abs_diff_eq!(*ours, theirs, epsilon = 1e-12);
        }
        let outliers: Vec<bool> =
            forest["outliers"].as_array().unwrap().iter().map(|flag| flag.as_bool().unwrap()).collect();
        assert_eq!(model.is_outlier(&samples).unwrap(), outliers);
    }
}

#[test]
fn a_contamination_gives_the_offset_of_scikit_learn() {
    let reference = reference();
    let forest = &reference["forests"][1];
    let scores = numbers(&forest["fit"]["scores"]);
    let offset = Contamination::Share(0.1).offset(-0.5, || scores, None);
    assert_abs_diff_eq!(offset, forest["offset"].as_f64().unwrap(), epsilon = 1e-12);
}

#[test]
fn average_path_lengths_are_those_of_scikit_learn() {
    for pair in reference()["average_path_length"].as_array().unwrap() {
        let [rows, length] = numbers(pair)[..] else { panic!("a pair") };
        assert_abs_diff_eq!(average_path_length(rows as usize), length, epsilon = 1e-10);
    }
}
