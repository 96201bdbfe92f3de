//! What picked clusters say of every row.

use crm_ml_core::NOISE;

use super::{CondensedTree, Hdbscan};

/// Labels by first row, memberships, and how many clusters have rows.
pub(super) fn labels(
    tree: &CondensedTree,
    selected: &[bool],
    parameters: &Hdbscan,
) -> (Vec<i32>, Vec<f64>, usize) {
    let owners = owners(tree, selected);
    let deaths = tree.deaths(false);
    let least_of_root = least_of_root(tree, selected, parameters, &deaths);
    let mut names = vec![NOISE; tree.clusters().len()];
    let mut count = 0;
    let mut place = |point: &super::CondensedPoint| {
        let stays = |owner: &u32| *owner > 0 || least_of_root.is_some_and(|least| point.lambda() >= least);
        let owner = owners[point.cluster as usize].filter(stays);
        let Some(owner) = owner.map(|owner| owner as usize) else { return (NOISE, 0.0) };
        if names[owner] == NOISE {
            names[owner] = count;
            count += 1;
        }
        (names[owner], membership(point.lambda(), deaths[owner]))
    };
    let (labels, probabilities) = tree.points().iter().map(&mut place).unzip();
    (labels, probabilities, count as usize)
}

/// GLOSH: how far below the densest place of its surroundings each row leaves, from 0 to 1.
pub(super) fn outlier_scores(tree: &CondensedTree) -> Vec<f64> {
    let deaths = tree.deaths(true);
    tree.points()
        .iter()
        .map(|point| {
            let (lambda, densest) = (point.lambda(), deaths[point.cluster as usize]);
            if densest == 0.0 || lambda.is_infinite() {
                0.0
            } else if densest.is_infinite() {
                1.0
            } else {
                (densest - lambda) / densest
            }
        })
        .collect()
}

/// The picked cluster every cluster belongs to.
fn owners(tree: &CondensedTree, selected: &[bool]) -> Vec<Option<u32>> {
    let mut owners: Vec<Option<u32>> = Vec::with_capacity(selected.len());
    for (index, (cluster, selected)) in tree.clusters().iter().zip(selected).enumerate() {
        let above = cluster.parent.and_then(|parent| owners[parent as usize]);
        owners.push(if *selected { Some(index as u32) } else { above });
    }
    owners
}

/// The lambda up to which a row must stay to belong to the root; `None` where the root is not the only cluster:
/// nothing does.
fn least_of_root(
    tree: &CondensedTree,
    selected: &[bool],
    parameters: &Hdbscan,
    deaths: &[f64],
) -> Option<f64> {
    let only_root = selected[0] && selected[1..].iter().all(|selected| !selected);
    if !only_root || tree.points().len() < 2 {
        None
    } else if parameters.cluster_selection_epsilon > 0.0 {
        Some(parameters.cluster_selection_epsilon.recip())
    } else {
        Some(deaths[0])
    }
}

fn membership(lambda: f64, death: f64) -> f64 {
    if death == 0.0 || lambda.is_infinite() { 1.0 } else { lambda.min(death) / death }
}
