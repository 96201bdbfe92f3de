//! Fitted HDBSCAN.

use crm_ml_core::{ClusterModel, Error, Model, NOISE, Persist, Result, Schema};
use serde::{Deserialize, Serialize};

use super::{CondensedTree, Hdbscan, describe};

/// The clusters [`Hdbscan`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HdbscanModel {
    schema: Schema,
    labels: Vec<i32>,
    clusters: usize,
    probabilities: Vec<f64>,
    outlier_scores: Vec<f64>,
    tree: CondensedTree,
}

impl HdbscanModel {
    pub(super) fn new(schema: Schema, tree: CondensedTree, selected: &[bool], parameters: &Hdbscan) -> Self {
        let (labels, probabilities, clusters) = describe::labels(&tree, selected, parameters);
        let outlier_scores = describe::outlier_scores(&tree);
        Self { schema, labels, clusters, probabilities, outlier_scores, tree }
    }

    /// How strongly each row belongs to its cluster, from 0 (noise) to 1 (its densest rows): the lambda at which the
    /// row leaves, as a share of the largest in the cluster.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// GLOSH outlier scores, from 0 to 1: how far below the densest place of its surroundings each row lies.
    pub fn outlier_scores(&self) -> &[f64] {
        &self.outlier_scores
    }

    /// The tree the clusters were picked from.
    pub fn condensed_tree(&self) -> &CondensedTree {
        &self.tree
    }
}

impl Model for HdbscanModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl ClusterModel for HdbscanModel {
    fn labels(&self) -> &[i32] {
        &self.labels
    }

    fn n_clusters(&self) -> usize {
        self.clusters
    }
}

impl Persist for HdbscanModel {
    const KIND: &'static str = "hdbscan";

    fn validate(&self) -> Result<()> {
        self.tree.validate()?;
        let rows = self.labels.len();
        let lengths = [self.probabilities.len(), self.outlier_scores.len(), self.tree.points().len()];
        let whole = self.schema.width() > 0
            && rows > 0
            && self.clusters <= rows
            && lengths.iter().all(|length| *length == rows);
        let known = |label: &i32| *label >= NOISE && i64::from(*label) < self.clusters as i64;
        let mut shares = self.probabilities.iter().chain(&self.outlier_scores);
        if whole && self.labels.iter().all(known) && shares.all(|share| (0.0..=1.0).contains(share)) {
            Ok(())
        } else {
            Err(Error::model_file("labels or scores that fit neither rows nor clusters"))
        }
    }
}
