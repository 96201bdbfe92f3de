//! Picking clusters from the condensed tree.

use super::{ClusterSelectionMethod, CondensedTree, Hdbscan};

/// Whether each cluster is picked. Every row comes with its weight and core distance.
pub(super) fn select(tree: &CondensedTree, rows: &[(f64, f64)], parameters: &Hdbscan) -> Vec<bool> {
    let picked = match parameters.cluster_selection_method {
        ClusterSelectionMethod::Eom => excess_of_mass(tree, rows, parameters),
        ClusterSelectionMethod::Leaf => leaves(tree),
    };
    let only_root = picked[0] && picked[1..].iter().all(|picked| !picked);
    if parameters.cluster_selection_epsilon == 0.0 || only_root {
        return picked;
    }
    merge_close(tree, parameters, &picked)
}

/// From the leaves up: a cluster gives way to those below it where they persist more together, or where it is too
/// large.
fn excess_of_mass(tree: &CondensedTree, rows: &[(f64, f64)], parameters: &Hdbscan) -> Vec<bool> {
    let clusters = tree.clusters();
    let most = parameters.max_cluster_size.map_or(f64::INFINITY, |most| most as f64);
    let mut best = tree.stabilities(rows);
    let mut below = vec![0.0; clusters.len()];
    let mut stands = vec![true; clusters.len()];
    for (index, cluster) in clusters.iter().enumerate().rev() {
        let root_barred = index == 0 && !parameters.allow_single_cluster;
        if below[index] > best[index] || cluster.size > most || root_barred {
            stands[index] = false;
            best[index] = below[index];
        }
        if let Some(parent) = cluster.parent {
            below[parent as usize] += best[index];
        }
    }
    // The topmost of those that stand.
    let mut covered = vec![false; clusters.len()];
    for (index, cluster) in clusters.iter().enumerate() {
        let above = cluster.parent.map(|parent| parent as usize);
        covered[index] = above.is_some_and(|above| covered[above] || stands[above]);
    }
    stands.iter().zip(covered).map(|(stands, covered)| *stands && !covered).collect()
}

/// The clusters nothing splits off from; none where there is but the root.
fn leaves(tree: &CondensedTree) -> Vec<bool> {
    let mut picked = vec![true; tree.clusters().len()];
    picked[0] = false;
    for parent in tree.clusters().iter().filter_map(|cluster| cluster.parent) {
        picked[parent as usize] = false;
    }
    picked
}

/// Clusters that split off below the distance asked for give way to the first cluster above that did not.
fn merge_close(tree: &CondensedTree, parameters: &Hdbscan, picked: &[bool]) -> Vec<bool> {
    let (clusters, epsilon) = (tree.clusters(), parameters.cluster_selection_epsilon);
    let mut merged = vec![false; clusters.len()];
    for start in (0..clusters.len()).filter(|cluster| picked[*cluster]) {
        let mut index = start;
        while let (Some(parent), Some(distance)) = (clusters[index].parent, clusters[index].distance) {
            if distance >= epsilon && (index == start || distance > epsilon) {
                break;
            }
            if parent == 0 && !parameters.allow_single_cluster {
                break;
            }
            index = parent as usize;
        }
        merged[index] = true;
    }
    merged
}
