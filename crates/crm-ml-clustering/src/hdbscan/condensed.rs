//! The tree of clusters that are large enough.

use crm_ml_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::linkage::Merge;

/// The condensed tree: which clusters there are at which distance, and where every row leaves them.
///
/// `lambda` is one over the distance, the density at which something happens; infinite where rows coincide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CondensedTree {
    clusters: Vec<CondensedCluster>,
    points: Vec<CondensedPoint>,
}

/// A cluster of the condensed tree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CondensedCluster {
    /// The cluster it split off from; `None` for the root.
    pub parent: Option<u32>,
    /// The distance at which it did; `None` for the root, which was there at any distance.
    pub distance: Option<f64>,
    /// Weight of the rows it has then; their number without weights.
    pub size: f64,
}

/// A row of the condensed tree.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CondensedPoint {
    /// The last cluster it is in.
    pub cluster: u32,
    /// The distance below which it is in none.
    pub distance: f64,
}

impl CondensedCluster {
    /// One over the distance; 0 for the root.
    pub fn lambda(&self) -> f64 {
        self.distance.map_or(0.0, f64::recip)
    }
}

impl CondensedPoint {
    /// One over the distance.
    pub fn lambda(&self) -> f64 {
        self.distance.recip()
    }
}

impl CondensedTree {
    /// Walks the merges from the last to the first. Every row comes with its weight and core distance.
    pub(super) fn new(merges: &[Merge], rows: &[(f64, f64)], min_cluster_size: usize) -> Self {
        let least = min_cluster_size as f64;
        let size = rows.iter().map(|(weight, _)| weight).sum();
        let mut clusters = vec![CondensedCluster { parent: None, distance: None, size }];
        // Where each part is: in a cluster, or fallen off it at a distance.
        let mut places: Vec<(u32, Option<f64>)> = vec![(0, None); rows.len() + merges.len()];
        for (index, merge) in merges.iter().enumerate().rev() {
            let (cluster, fallen) = places[rows.len() + index];
            // Rows that coincide, as far as f64 can tell, leave together.
            let apart = merge.distance.recip().is_finite();
            let large = merge.sizes.map(|size| size >= least && apart);
            for ((part, size), is_large) in merge.parts.iter().zip(merge.sizes).zip(large) {
                places[*part as usize] = if fallen.is_some() {
                    (cluster, fallen)
                } else if large == [true, true] {
                    let distance = Some(merge.distance);
                    clusters.push(CondensedCluster { parent: Some(cluster), distance, size });
                    (clusters.len() as u32 - 1, None)
                } else if is_large {
                    (cluster, None)
                } else {
                    (cluster, Some(merge.distance))
                };
            }
        }
        // A row of so much weight that it is still there: what it stands for parts at its core distance.
        let point = |((cluster, fallen), (_, core)): ((u32, Option<f64>), &(f64, f64))| CondensedPoint {
            cluster,
            distance: fallen.unwrap_or(*core),
        };
        let points = places.into_iter().zip(rows).map(point).collect();
        Self { clusters, points }
    }

    /// The clusters: the root first, parents before their children.
    pub fn clusters(&self) -> &[CondensedCluster] {
        &self.clusters
    }

    /// Every row.
    pub fn points(&self) -> &[CondensedPoint] {
        &self.points
    }

    /// How much each cluster persists: the sum over its rows, by weight, of the lambda at which they leave it less
    /// that of its birth.
    pub(super) fn stabilities(&self, rows: &[(f64, f64)]) -> Vec<f64> {
        let mut stabilities = vec![0.0; self.clusters.len()];
        for (point, (weight, _)) in self.points.iter().zip(rows) {
            let cluster = point.cluster as usize;
            stabilities[cluster] += (point.lambda() - self.clusters[cluster].lambda()) * weight;
        }
        for cluster in &self.clusters {
            if let Some(parent) = cluster.parent {
                let lasted = cluster.lambda() - self.clusters[parent as usize].lambda();
                stabilities[parent as usize] += lasted * cluster.size;
            }
        }
        stabilities
    }

    /// The largest lambda at which anything leaves each cluster; with `below`, or any cluster below it.
    pub(super) fn deaths(&self, below: bool) -> Vec<f64> {
        let mut deaths = vec![0.0f64; self.clusters.len()];
        for point in &self.points {
            let death = &mut deaths[point.cluster as usize];
            *death = death.max(point.lambda());
        }
        for (index, cluster) in self.clusters.iter().enumerate().rev() {
            if let Some(parent) = cluster.parent {
                let lambda = if below { deaths[index].max(cluster.lambda()) } else { cluster.lambda() };
                deaths[parent as usize] = deaths[parent as usize].max(lambda);
            }
        }
        deaths
    }

    /// Checks what a value from outside must hold.
    pub(super) fn validate(&self) -> Result<()> {
        let length = |distance: f64| distance.is_finite() && distance >= 0.0;
        let size = |cluster: &CondensedCluster| cluster.size.is_finite() && cluster.size > 0.0;
        let child = |(index, cluster): (usize, &CondensedCluster)| match (cluster.parent, cluster.distance) {
            (None, None) => index == 0,
            (Some(parent), Some(distance)) => {
                (parent as usize) < index && length(distance) && distance.recip().is_finite()
            }
            _ => false,
        };
        let count = self.clusters.len();
        let point = |point: &CondensedPoint| (point.cluster as usize) < count && length(point.distance);
        let clusters = self.clusters.iter().all(size) && self.clusters.iter().enumerate().all(child);
        if count > 0 && clusters && self.points.iter().all(point) {
            Ok(())
        } else {
            Err(Error::model_file("a condensed tree with broken links"))
        }
    }
}
