//! Trees into XGBoost's files.

use std::collections::BTreeMap;

use crm_ml_core::{Error, Result, Schema};

use super::XgboostObjective;
use super::file::{
    BoosterParameters, Document, Flag, GradientBooster, Learner, LearnerParameters, NO_CHILD, NO_PARENT,
    Nothing, TreeFile, TreeModel, TreeParameters,
};
use super::threshold::to_single;
use crate::Ensemble;
use crate::bins::Levels;
use crate::tree::{Branch, Rule, Tree};

/// Smallest rest of a base margin that is worth a tree of its own.
const REST: f64 = 1e-7;

pub(super) fn write(ensemble: &Ensemble, schema: &Schema, objective: XgboostObjective) -> Result<String> {
    let outputs = ensemble.n_outputs();
    // A mean is the sum of shares, all in one round.
    let (trees_a_round, share) = match ensemble.is_mean() {
        true => (ensemble.trees().len(), 1.0 / ensemble.trees().len() as f64),
        false => (outputs, 1.0),
    };
    if ensemble.is_mean() && outputs > 1 {
        return Err(Error::unsupported("XGBoost has no mean of class shares"));
    }
    if ensemble.n_columns() != schema.width() {
        return Err(Error::length("schema of the trees", ensemble.n_columns(), schema.width()));
    }
    if (outputs > 1) != (objective == XgboostObjective::Softmax) {
        return Err(Error::unsupported(format!("XGBoost has no {outputs} outputs with {objective:?}")));
    }
    check_thresholds(ensemble.trees(), schema)?;
    let (score, rests) = base(objective, ensemble.base())?;
    let width = schema.width();
    let mut trees = Vec::with_capacity(ensemble.trees().len());
    for (place, tree) in ensemble.trees().iter().enumerate() {
        // What the base score cannot hold is in the first round.
        let added = rests.get(place).copied().unwrap_or(0.0);
        trees.push(tree_file(tree, place, width, ensemble.levels(), |value| share * value + added)?);
    }
    if trees.is_empty() && rests.iter().any(|rest| rest.abs() > REST) {
        trees = rests
            .iter()
            .enumerate()
            .map(|(place, rest)| stump(place, width, *rest))
            .collect::<Result<_>>()?;
    }
    let classes = if objective == XgboostObjective::Softmax { outputs } else { 0 };
    let (feature_names, feature_types) = columns(schema)?;
    let document = Document {
        learner: Learner {
            attributes: Nothing::default(),
            feature_names,
            feature_types,
            gradient_booster: GradientBooster {
                name: "gbtree".to_owned(),
                model: TreeModel {
                    gbtree_model_param: BoosterParameters {
                        num_parallel_tree: (trees_a_round / outputs).into(),
                        num_trees: trees.len().into(),
                        size_leaf_vector: 0.into(),
                    },
                    iteration_indptr: (0..=trees.len()).step_by(trees_a_round).collect(),
                    tree_info: (0..trees.len()).map(|tree| (tree % outputs) as i32).collect(),
                    trees,
                    cats: None,
                },
            },
            learner_model_param: LearnerParameters {
                base_score: score.into(),
                num_class: classes.into(),
                num_feature: width.into(),
                num_target: 1.into(),
            },
            objective: objective.write(classes),
        },
        version: vec![1, 7, 6],
    };
    serde_json::to_string(&document).map_err(|error| Error::model_file(format!("XGBoost: {error}")))
}

/// One base score for all outputs, and what is left of each output's margin.
fn base(objective: XgboostObjective, margins: &[f64]) -> Result<(f32, Vec<f64>)> {
    let score = match margins {
        [margin] => objective.score(*margin).unwrap_or(objective.neutral()),
        _ => objective.neutral(),
    };
    let of_score = objective.margin(f64::from(score))?;
    let rest = |margin: &f64| Some(margin - of_score).filter(|rest| rest.abs() > REST).unwrap_or(0.0);
    Ok((score, margins.iter().map(rest).collect()))
}

/// Names and types of the columns; none of unnamed real ones.
fn columns(schema: &Schema) -> Result<(Vec<String>, Vec<String>)> {
    let columns = schema.columns();
    if !schema.is_named() {
        return Ok((vec![], vec![]));
    }
    if let Some(column) = columns.iter().find(|column| column.name.contains(['[', ']', '<'])) {
        return Err(Error::unsupported(format!(
            "XGBoost takes no '[', ']' or '<' in the name of column '{}'",
            column.name
        )));
    }
    let kind =
        |column: &crm_ml_core::Column| if column.levels().is_some() { "c" } else { "float" }.to_owned();
    Ok((columns.iter().map(|column| column.name.clone()).collect(), columns.iter().map(kind).collect()))
}

/// Refuses thresholds of a column between which there is no single.
fn check_thresholds(trees: &[Tree], schema: &Schema) -> Result<()> {
    let mut known: BTreeMap<(usize, u32), f64> = BTreeMap::new();
    for tree in trees {
        for Branch { feature, rule, .. } in (0..tree.n_nodes()).filter_map(|node| tree.branch(node)) {
            let Rule::Threshold { threshold, .. } = rule else { continue };
            let Some(single) = to_single(threshold) else { continue };
            if *known.entry((feature, single.to_bits())).or_insert(threshold) != threshold {
                return Err(Error::unsupported(format!(
                    "XGBoost keeps thresholds in single precision, which has no number between two of column '{}'",
                    schema.name(feature)
                )));
            }
        }
    }
    Ok(())
}

fn single(value: f64) -> Result<f32> {
    let single = value as f32;
    match single.is_finite() {
        true => Ok(single),
        false => Err(Error::unsupported(format!(
            "XGBoost keeps {value} in single precision, which ends before it"
        ))),
    }
}

fn tree_file(
    tree: &Tree,
    id: usize,
    width: usize,
    levels: &[Option<Levels>],
    value: impl Fn(f64) -> f64,
) -> Result<TreeFile> {
    let count = tree.n_nodes();
    let parameters = TreeParameters {
        num_deleted: 0.into(),
        num_feature: width.into(),
        num_nodes: count.into(),
        size_leaf_vector: 0.into(),
    };
    let mut file = TreeFile {
        id: id as u32,
        parents: vec![NO_PARENT; count],
        left_children: vec![NO_CHILD; count],
        right_children: vec![NO_CHILD; count],
        split_indices: vec![0; count],
        split_type: vec![0; count],
        default_left: vec![Flag(false); count],
        tree_param: parameters,
        ..TreeFile::default()
    };
    // XGBoost explains trees as if a right child followed its left one, so that sides that change places change numbers.
    let mut nodes: Vec<usize> = (0..count).collect();
    for place in 0..count {
        let node = nodes[place];
        let value = single(value(tree.values(node).first().copied().unwrap_or(0.0)))?;
        file.base_weights.push(value);
        file.split_conditions.push(value);
        file.sum_hessian.push(single(tree.cover(node))?);
        file.loss_changes.push(single(tree.gain(node))?);
        let Some(branch) = tree.branch(node) else { continue };
        let (left, right) = (branch.left, branch.left + 1);
        if file.write_rule(place, &branch, levels)? {
            nodes.swap(left, right);
        }
        file.split_indices[place] = branch.feature as u32;
        file.parents[left..=right].fill(place as i32);
        (file.left_children[place], file.right_children[place]) = (left as i32, right as i32);
    }
    Ok(file)
}

impl TreeFile {
    /// Writes what a split asks; whether the sides change places.
    fn write_rule(&mut self, node: usize, branch: &Branch, levels: &[Option<Levels>]) -> Result<bool> {
        let set = match branch.rule {
            Rule::Threshold { threshold, missing_left } => {
                // Where all values go left, none is below the least single: then left is right.
                let (condition, swap) =
                    to_single(threshold).map_or((f32::MIN, true), |single| (single, false));
                self.split_conditions[node] = condition;
                self.default_left[node] = Flag(missing_left != swap);
                return Ok(swap);
            }
            Rule::Set(set) => set,
        };
        let Some(levels) = levels.get(branch.feature).and_then(Option::as_ref) else {
            return Err(Error::model_file("a split that does not fit its column"));
        };
        let goes_left = |cell: f64| set.contains(levels.bin(cell));
        // XGBoost sends what it does not know left.
        let swap = !goes_left(crm_ml_core::UNSEEN);
        self.default_left[node] = Flag(goes_left(f64::NAN) != swap);
        let right = (0..levels.codes()).filter(|code| goes_left(*code as f64) == swap);
        let right: Vec<u32> = right.map(|code| code as u32).collect();
        if right.is_empty() {
            // An empty set is not allowed. Nothing but missing is told apart: no code is below the least single.
            self.split_conditions[node] = f32::MIN;
            let missing_apart = self.default_left[node].0;
            self.default_left[node] = Flag(!missing_apart);
            return Ok(!swap);
        }
        self.split_conditions[node] = 0.0;
        self.split_type[node] = 1;
        self.categories_nodes.push(node);
        self.categories_segments.push(self.categories.len());
        self.categories_sizes.push(right.len());
        self.categories.extend(right);
        Ok(swap)
    }
}

/// A tree of one leaf.
fn stump(id: usize, width: usize, value: f64) -> Result<TreeFile> {
    let mut tree = Tree::leaf();
    tree.set_leaves(1, [(0, 1.0, vec![value])]);
    tree_file(&tree, id, width, &[], |value| value)
}
