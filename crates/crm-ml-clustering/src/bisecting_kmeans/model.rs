//! Fitted bisecting k-means.

use crm_ml_core::{
    ClusterModel, ClusterPredict, Error, FitReport, Model, Persist, ROW_CHUNK, Result, Samples, Schema,
    parallel,
};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::NAME;
use super::tree::{Parts, Tree};
use crate::kmeans::frame::{Frame, Weights};
use crate::kmeans::nearest::squared_distance;
use crate::kmeans::place;

/// A fitted [`BisectingKMeans`](crate::BisectingKMeans): clusters are numbered from left to right in the tree of halvings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BisectingKMeansModel {
    schema: Schema,
    frame: Frame,
    /// The centre of every node, in the frame.
    nodes: Vec<f64>,
    parts: Vec<Parts>,
    /// The cluster of every leaf; 0 for other nodes.
    clusters: Vec<u32>,
    /// In the unit of the columns.
    centers: Array2<f64>,
    labels: Vec<i32>,
    inertia: f64,
    report: FitReport,
}

impl BisectingKMeansModel {
    pub(super) fn new(
        samples: &Samples<'_>,
        tree: Tree,
        weights: &Weights,
        frame: Frame,
        asked: usize,
    ) -> Result<Self> {
        let (width, leaves) = (frame.width(), tree.left_to_right());
        let (mut clusters, mut labels) = (vec![0; tree.parts.len()], vec![0i32; samples.n_rows()]);
        let mut placed = Vec::with_capacity(leaves.len() * width);
        for (cluster, &leaf) in leaves.iter().enumerate() {
            clusters[leaf] = cluster as u32;
            placed.extend_from_slice(&tree.centers[leaf * width..(leaf + 1) * width]);
            tree.rows(leaf).iter().for_each(|row| labels[*row] = cluster as i32);
        }
        let sum = place::inertia(samples, weights, &frame, &placed, |row| labels[row] as usize);
        let inertia = weights.back(frame.squares_back(sum)?);
        let centers = Array2::from_shape_vec((leaves.len(), width), frame.back(&placed))
            .map_err(|e| Error::numerical(e.to_string()))?;
        if !(inertia.is_finite() && centers.iter().all(|c| c.is_finite())) {
            return Err(Error::numerical(
                "BisectingKMeans: a centre or the inertia is beyond the range of f64",
            ));
        }
        let mut notes = Vec::new();
        if leaves.len() < asked {
            notes.push(format!(
                "{} clusters instead of {asked}: the rows of every one are equal",
                leaves.len()
            ));
        }
        let report = FitReport { converged: true, iterations: leaves.len() - 1, objective: inertia, notes };
        let (schema, nodes, parts) = (samples.schema().clone(), tree.centers, tree.parts);
        Ok(Self { schema, frame, nodes, parts, clusters, centers, labels, inertia, report })
    }

    /// The centres, one a row.
    pub fn cluster_centers(&self) -> ArrayView2<'_, f64> {
        self.centers.view()
    }

    /// Weighted sum of the squared distances of the rows of the fit to their centres.
    pub fn inertia(&self) -> f64 {
        self.inertia
    }

    /// How the fit ended; its iterations are halvings.
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    fn descend(&self, z: &[f64]) -> u32 {
        let width = self.frame.width();
        let square = |node: u32| squared_distance(z, &self.nodes[node as usize * width..][..width]);
        let mut node = 0;
        while let Some((left, right)) = self.parts[node] {
            node = if square(right) < square(left) { right } else { left } as usize;
        }
        self.clusters[node]
    }
}

impl Model for BisectingKMeansModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl ClusterModel for BisectingKMeansModel {
    fn labels(&self) -> &[i32] {
        &self.labels
    }

    fn n_clusters(&self) -> usize {
        self.centers.nrows()
    }
}

impl ClusterPredict for BisectingKMeansModel {
    fn predict(&self, samples: &Samples<'_>) -> Result<Vec<i32>> {
        self.schema.accepts(samples)?;
        samples.require_real(NAME)?;
        let labels = parallel::map_rows(samples.n_rows(), ROW_CHUNK, |rows| {
            let mut z = vec![0.0; self.frame.width()];
            let label = |row: usize| {
                self.frame.place(samples.row(row), &mut z);
                self.descend(&z) as i32
            };
            rows.map(label).collect::<Vec<i32>>()
        });
        Ok(labels.concat())
    }
}

impl Persist for BisectingKMeansModel {
    const KIND: &'static str = "bisecting-kmeans";

    fn validate(&self) -> Result<()> {
        self.frame.validate()?;
        let (width, nodes, clusters) = (self.schema.width(), self.parts.len(), self.centers.nrows());
        let fits = width > 0
            && nodes > 0
            && self.frame.width() == width
            && nodes.checked_mul(width) == Some(self.nodes.len())
            && self.clusters.len() == nodes
            && self.centers.dim() == (clusters, width);
        if !fits {
            return Err(Error::model_file("centres that fit neither schema nor each other"));
        }
        // Parts come after their parents and belong to one each: the tree has no cycle.
        let mut parents = vec![0u8; nodes];
        for (node, parts) in self.parts.iter().enumerate() {
            let Some((left, right)) = parts else { continue };
            for part in [*left as usize, *right as usize] {
                if part <= node || part >= nodes || parents[part] > 0 {
                    return Err(Error::model_file("halvings that are no tree"));
                }
                parents[part] = 1;
            }
        }
        let leaves = self.parts.iter().filter(|parts| parts.is_none()).count();
        let in_range = |cluster: i64| (0..clusters as i64).contains(&cluster);
        let labels = self.labels.iter().all(|label| in_range(i64::from(*label)));
        if leaves != clusters || !labels || !self.clusters.iter().all(|cluster| in_range(i64::from(*cluster)))
        {
            return Err(Error::model_file("a label that is no cluster"));
        }
        if !self.centers.iter().chain(&self.nodes).chain([&self.inertia]).all(|v| v.is_finite()) {
            return Err(Error::model_file("a centre that is not finite"));
        }
        Ok(())
    }
}
