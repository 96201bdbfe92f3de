//! Trees out of XGBoost's files.

use std::collections::BTreeMap;

use crm_ml_core::{Column, Error, ErrorKind, Result, Schema, UNSEEN};

use super::XgboostModel;
use super::file::{Document, Learner, NO_CHILD, Text, TreeFile};
use super::objective::{XgboostObjective, numbers};
use super::threshold::from_single;
use crate::Ensemble;
use crate::bins::{BINS, Levels};
use crate::tree::{BinSet, Rule, Tree};

/// Most columns without names, classes, or levels without names: what a file merely claims must not cost memory.
const MOST_CLAIMED: usize = 1 << 16;

pub(super) fn read(json: &[u8], schema: Option<&Schema>) -> Result<XgboostModel> {
    let document: Document =
        serde_json::from_slice(json).map_err(|error| wrong(format!("no model in JSON ({error})")))?;
    let learner = document.learner;
    let booster = &learner.gradient_booster;
    if booster.name != "gbtree" {
        return Err(Error::unsupported(format!("XGBoost: booster '{}'", booster.name)));
    }
    let objective = XgboostObjective::read(&learner.objective)?;
    let parameters = &learner.learner_model_param;
    if count(&parameters.num_target)?.unwrap_or(1) > 1 {
        return Err(Error::unsupported("XGBoost: a model of several targets"));
    }
    let trees = &booster.model.trees;
    let vector = |text: &Text| Ok::<_, Error>(count(text)?.unwrap_or(0) > 1);
    if trees
        .iter()
        .map(|tree| vector(&tree.tree_param.size_leaf_vector))
        .collect::<Result<Vec<_>>>()?
        .contains(&true)
    {
        return Err(Error::unsupported("XGBoost: trees with vectors in their leaves (multi_output_tree)"));
    }
    let outputs = objective.outputs(claimed("classes", count(&parameters.num_class)?.unwrap_or(0))?)?;
    let mut base = numbers(&parameters.base_score)?;
    if base.len() == 1 {
        base = vec![base[0]; outputs];
    }
    if base.len() != outputs {
        return Err(wrong("another number of base scores than of outputs"));
    }
    // Alone among the log-odds, this one keeps its base score as a margin.
    let is_raw = learner.objective.name == "binary:logitraw";
    let margin = |score| if is_raw { Ok(score) } else { objective.margin(score) };
    let base = base.into_iter().map(margin).collect::<Result<_>>()?;

    trees.iter().try_for_each(check_lengths)?;
    let sets = Sets::new(trees)?;
    let schema = columns(&learner, &sets, schema)?;
    let levels = sets.levels(&schema)?;
    let trees = trees.iter().map(|file| tree(file, &levels)).collect::<Result<Vec<_>>>()?;
    let trees = in_turn(trees, &booster.model.tree_info, outputs)?;
    let ensemble = Ensemble::sum(trees, levels, base);
    ensemble.validate()?;
    Ok(XgboostModel { ensemble, schema, objective })
}

fn wrong(what: impl std::fmt::Display) -> Error {
    Error::model_file(format!("XGBoost: {what}"))
}

/// A parameter that counts, if it is there.
fn count(text: &Text) -> Result<Option<usize>> {
    match text.0.as_str() {
        "" => Ok(None),
        number => number.parse().map(Some).map_err(|_| wrong(format!("'{number}' is no count"))),
    }
}

fn claimed(what: &str, count: usize) -> Result<usize> {
    match count <= MOST_CLAIMED {
        true => Ok(count),
        false => Err(wrong(format!("{count} {what} without names"))),
    }
}

/// The columns: those given if they fit, else those of the file.
fn columns(learner: &Learner, sets: &Sets<'_>, given: Option<&Schema>) -> Result<Schema> {
    let (names, types) = (&learner.feature_names, &learner.feature_types);
    let width = count(&learner.learner_model_param.num_feature)?.unwrap_or(0);
    for (what, list) in [("names", names), ("types", types)] {
        if !list.is_empty() && list.len() != width {
            return Err(wrong(format!("{} {what} of {width} columns", list.len())));
        }
    }
    match given {
        Some(schema) if schema.width() != width => {
            return Err(ErrorKind::WidthMismatch { expected: width, found: schema.width() }.into());
        }
        None if width == 0 => return Err(wrong("no columns")),
        None if names.is_empty() && types.is_empty() => claimed("columns", width)?,
        _ => width,
    };
    if sets.columns.keys().any(|column| *column >= width) {
        return Err(wrong("categories of no column"));
    }
    let is_category = |column: usize| {
        types.get(column).is_some_and(|kind| kind == "c") || sets.columns.contains_key(&column)
    };
    if let Some(schema) = given {
        check_given(schema, names, is_category)?;
        return Ok(schema.clone());
    }
    if names.is_empty() && !(0..width).any(is_category) {
        return Ok(Schema::unnamed(width));
    }
    let known = level_names(learner)?;
    let nameless = |column: &usize| is_category(*column) && !known.contains_key(column);
    claimed("levels", (0..width).filter(nameless).map(|column| sets.codes(column)).sum())?;
    let column = |position: usize| {
        let name = names.get(position).cloned().unwrap_or_else(|| format!("x{position}"));
        if !is_category(position) {
            return Column::real(name);
        }
        let by_code = || (0..sets.codes(position)).map(|code| code.to_string()).collect();
        Column::category(name, known.get(&position).cloned().unwrap_or_else(by_code))
    };
    Schema::new((0..width).map(column).collect())
}

/// Refuses columns of other names or kinds than the file's.
fn check_given(schema: &Schema, names: &[String], is_category: impl Fn(usize) -> bool) -> Result<()> {
    let describe =
        |name: &str, is_category| format!("{name} ({})", if is_category { "category" } else { "real" });
    for (position, column) in schema.columns().iter().enumerate() {
        let name = names.get(position).filter(|_| schema.is_named()).unwrap_or(&column.name);
        let (expected, found) = (is_category(position), column.levels().is_some());
        if *name != column.name || expected != found {
            return Err(ErrorKind::ColumnMismatch {
                position,
                expected: describe(name, expected),
                found: describe(&column.name, found),
            }
            .into());
        }
    }
    Ok(())
}

/// The sets of codes in the splits of each category column.
struct Sets<'a> {
    columns: BTreeMap<usize, Vec<&'a [u32]>>,
}

impl<'a> Sets<'a> {
    fn new(trees: &'a [TreeFile]) -> Result<Self> {
        let mut columns: BTreeMap<usize, Vec<&[u32]>> = BTreeMap::new();
        for tree in trees {
            for (place, &node) in tree.categories_nodes.iter().enumerate() {
                columns.entry(tree.split_indices[node] as usize).or_default().push(tree.codes(place));
            }
        }
        Ok(Self { columns })
    }

    /// Number of codes that a column needs.
    fn codes(&self, column: usize) -> usize {
        let sets = self.columns.get(&column).map_or(&[][..], Vec::as_slice);
        sets.iter().copied().flatten().max().map_or(0, |most| *most as usize + 1)
    }

    /// The bins of the category columns: one a level, or where there are too many, one a group of levels that no split tells
    /// apart.
    fn levels(&self, schema: &Schema) -> Result<Vec<Option<Levels>>> {
        let of_column = |(place, column): (usize, &Column)| {
            let Some(levels) = column.levels() else { return Ok(None) };
            if self.codes(place) > levels.len() {
                return Err(wrong(format!("column '{}' has more levels than its schema", column.name)));
            }
            let groups = match levels.len() <= BINS - 2 {
                true => (0..levels.len()).collect(),
                false => self.told_apart(place, levels.len()),
            };
            let count = groups.iter().max().map_or(0, |most| most + 1);
            match count <= BINS - 2 {
                true => Ok(Some(Levels::of_groups(&groups))),
                false => Err(Error::unsupported(format!(
                    "XGBoost: column '{}' has {count} groups of levels that splits tell apart, at most {} are served",
                    column.name,
                    BINS - 2
                ))),
            }
        };
        schema.columns().iter().enumerate().map(of_column).collect()
    }

    /// Groups of codes that all splits of a column send the same way, numbered in order of their first code.
    fn told_apart(&self, column: usize, count: usize) -> Vec<usize> {
        let mut groups = vec![0; count];
        let mut next = 1;
        for set in self.columns.get(&column).into_iter().flatten() {
            let (fresh, mut moved) = (next, BTreeMap::new());
            for &code in *set {
                let group = &mut groups[code as usize];
                // A code that occurs twice has moved already.
                if *group >= fresh {
                    continue;
                }
                *group = *moved.entry(*group).or_insert_with(|| {
                    next += 1;
                    next - 1
                });
            }
        }
        let mut names = BTreeMap::new();
        let mut name = |group: &usize| {
            let next = names.len();
            *names.entry(*group).or_insert(next)
        };
        groups.iter().map(&mut name).collect()
    }
}

/// The names of levels that the file has, a column.
fn level_names(learner: &Learner) -> Result<BTreeMap<usize, Vec<String>>> {
    let mut names = BTreeMap::new();
    let Some(categories) = &learner.gradient_booster.model.cats else { return Ok(names) };
    for (column, levels) in categories.enc.iter().enumerate().filter(|(_, levels)| !levels.values.is_empty())
    {
        let texts = match &levels.offsets {
            None => levels.values.iter().map(f64::to_string).collect(),
            Some(offsets) => {
                let bytes: Vec<u8> = levels.values.iter().map(|value| *value as i64 as u8).collect();
                let text = |pair: &[usize]| {
                    let bytes = bytes.get(pair[0]..pair[1]).ok_or_else(|| wrong("levels out of range"))?;
                    String::from_utf8(bytes.to_vec()).map_err(|_| wrong("a level that is no text"))
                };
                offsets.windows(2).map(text).collect::<Result<Vec<_>>>()?
            }
        };
        names.insert(column, texts);
    }
    Ok(names)
}

/// Checks all that reading a tree relies on but the way through its nodes.
fn check_lengths(tree: &TreeFile) -> Result<()> {
    let count = tree.left_children.len();
    let lengths = [
        tree.right_children.len(),
        tree.split_indices.len(),
        tree.split_conditions.len(),
        tree.default_left.len(),
        tree.sum_hessian.len(),
        tree.loss_changes.len(),
    ];
    let types = tree.split_type.len();
    if count == 0 || lengths.iter().any(|length| *length != count) || (types != 0 && types != count) {
        return Err(wrong("a tree with arrays of different lengths"));
    }
    let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
    if !finite(&tree.split_conditions) || !finite(&tree.sum_hessian) || !finite(&tree.loss_changes) {
        return Err(wrong("a tree with a number beyond single precision"));
    }
    let sets = tree.categories_nodes.len();
    if tree.categories_segments.len() != sets || tree.categories_sizes.len() != sets {
        return Err(wrong("a tree with sets of different lengths"));
    }
    // One after the other, so that a file cannot be read many times over.
    let mut end = 0usize;
    let mut inside = |place: usize| {
        let follows = tree.categories_segments[place] == end;
        end = end.saturating_add(tree.categories_sizes[place]);
        follows && end <= tree.categories.len()
    };
    let is_set = |node: &usize| tree.split_type.get(*node) == Some(&1);
    let ascending = tree.categories_nodes.windows(2).all(|pair| pair[0] < pair[1]);
    let all = tree.split_type.iter().filter(|kind| **kind != 0).count() == sets;
    if !((0..sets).all(&mut inside) && tree.categories_nodes.iter().all(is_set) && ascending && all) {
        return Err(wrong("a tree with sets out of place"));
    }
    Ok(())
}

impl TreeFile {
    /// The codes of a set, which go right.
    fn codes(&self, place: usize) -> &[u32] {
        let first = self.categories_segments[place];
        &self.categories[first..first + self.categories_sizes[place]]
    }
}

fn tree(file: &TreeFile, levels: &[Option<Levels>]) -> Result<Tree> {
    let mut tree = Tree::leaf();
    let mut leaves = Vec::new();
    let mut seen = vec![false; file.left_children.len()];
    let mut open = vec![(0, 0)];
    while let Some((node, place)) = open.pop() {
        if std::mem::replace(&mut seen[node], true) {
            return Err(wrong("a tree whose node has two parents"));
        }
        let children = [file.left_children[node], file.right_children[node]];
        if children == [NO_CHILD; 2] {
            // Where no Hessian is left, contributions still need a share.
            let cover = f64::from(file.sum_hessian[node].max(f32::MIN_POSITIVE));
            leaves.push((place, cover, vec![f64::from(file.split_conditions[node])]));
            continue;
        }
        let inside = |child: i32| usize::try_from(child).ok().filter(|child| *child < seen.len());
        let [Some(left), Some(right)] = children.map(inside) else {
            return Err(wrong("a tree with a child out of range"));
        };
        let column = file.split_indices[node] as usize;
        let rule =
            rule(file, node, levels.get(column).ok_or_else(|| wrong("a split of no column"))?.as_ref())?;
        let below = tree.split(place, column, rule, f64::from(file.loss_changes[node].max(0.0)));
        open.extend([(right, below + 1), (left, below)]);
    }
    tree.set_leaves(1, leaves);
    Ok(tree)
}

fn rule(file: &TreeFile, node: usize, levels: Option<&Levels>) -> Result<Rule> {
    let missing_left = file.default_left[node].0;
    let threshold = file.split_conditions[node];
    let set = file.categories_nodes.binary_search(&node).ok();
    let Some(levels) = levels else {
        return match set {
            None => Ok(Rule::Threshold { threshold: from_single(threshold), missing_left }),
            Some(_) => Err(wrong("a set of categories for a real column")),
        };
    };
    let mut left = BinSet::default();
    let mut send = |cell: f64, goes_left: bool| {
        if goes_left {
            left.insert(levels.bin(cell));
        }
    };
    send(f64::NAN, missing_left);
    match set {
        None => {
            let below = |code: f64| (code as f32) < threshold;
            send(UNSEEN, below(UNSEEN));
            let last = levels.codes().saturating_sub(1) as f64;
            // Groups of codes were not asked whether they agree on a threshold.
            if levels.codes() > BINS - 2 && below(0.0) != below(last) {
                return Err(Error::unsupported("XGBoost: a threshold within a category of many levels"));
            }
            (0..levels.known()).for_each(|bin| {
                if below(f64::from(bin)) {
                    left.insert(bin)
                }
            });
        }
        Some(place) => {
            send(UNSEEN, true);
            let mut right = BinSet::default();
            file.codes(place).iter().for_each(|code| right.insert(levels.bin(f64::from(*code))));
            (0..levels.known()).filter(|bin| !right.contains(*bin)).for_each(|bin| left.insert(bin));
        }
    }
    Ok(Rule::Set(left))
}

/// The trees by round and output, which XGBoost mixes where rounds have parallel trees.
fn in_turn(trees: Vec<Tree>, info: &[i32], outputs: usize) -> Result<Vec<Tree>> {
    if info.len() != trees.len() {
        return Err(wrong("another number of trees than it tells outputs of"));
    }
    let mut of_output: Vec<Vec<Tree>> = vec![Vec::new(); outputs];
    for (tree, output) in trees.into_iter().zip(info) {
        let own = usize::try_from(*output).ok().and_then(|output| of_output.get_mut(output));
        own.ok_or_else(|| wrong("a tree of no output"))?.push(tree);
    }
    let rounds = of_output[0].len();
    if of_output.iter().any(|trees| trees.len() != rounds) {
        return Err(wrong("outputs with different numbers of trees"));
    }
    let mut of_output: Vec<_> = of_output.into_iter().map(Vec::into_iter).collect();
    Ok((0..rounds)
        .flat_map(|_| of_output.iter_mut().filter_map(Iterator::next).collect::<Vec<_>>())
        .collect())
}
