//! Fitted agglomerative clustering.

use crm_ml_core::{ClusterModel, Error, Model, Persist, Result, Schema};
use serde::{Deserialize, Serialize};

use super::Dendrogram;

/// The clusters [`AgglomerativeClustering`](crate::AgglomerativeClustering) found, and the tree they were cut from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgglomerativeClusteringModel {
    schema: Schema,
    labels: Vec<i32>,
    clusters: usize,
    dendrogram: Dendrogram,
}

impl AgglomerativeClusteringModel {
    pub(super) fn new(schema: Schema, labels: Vec<i32>, dendrogram: Dendrogram) -> Self {
        let clusters = count(&labels);
        Self { schema, labels, clusters, dendrogram }
    }

    /// All merges.
    pub fn dendrogram(&self) -> &Dendrogram {
        &self.dendrogram
    }
}

fn count(labels: &[i32]) -> usize {
    labels.iter().max().map_or(0, |most| *most as usize + 1)
}

impl Model for AgglomerativeClusteringModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl ClusterModel for AgglomerativeClusteringModel {
    fn labels(&self) -> &[i32] {
        &self.labels
    }

    fn n_clusters(&self) -> usize {
        self.clusters
    }
}

impl Persist for AgglomerativeClusteringModel {
    const KIND: &'static str = "agglomerative-clustering";

    fn validate(&self) -> Result<()> {
        self.dendrogram.validate()?;
        let is_cut = self.labels.len() == self.dendrogram.n_rows()
            && self.labels == self.dendrogram.cut(self.clusters);
        if self.schema.width() == 0 || !is_cut {
            return Err(Error::model_file("labels that are no cut of the dendrogram"));
        }
        Ok(())
    }
}
