//! Fitted DBSCAN.

use crm_ml_core::{ClusterModel, Error, Model, NOISE, Persist, Result, Schema};
use serde::{Deserialize, Serialize};

use super::Clusters;

/// The clusters [`Dbscan`](crate::Dbscan) found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DbscanModel {
    schema: Schema,
    labels: Vec<i32>,
    core: Vec<bool>,
    clusters: usize,
}

impl DbscanModel {
    pub(super) fn new(schema: Schema, clusters: Clusters) -> Self {
        Self { schema, labels: clusters.labels, core: clusters.core, clusters: clusters.count }
    }

    /// Positions of the core rows, ascending.
    pub fn core_sample_indices(&self) -> Vec<usize> {
        (0..self.core.len()).filter(|row| self.core[*row]).collect()
    }

    /// Whether each row is a core row.
    pub fn is_core(&self) -> &[bool] {
        &self.core
    }
}

impl Model for DbscanModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl ClusterModel for DbscanModel {
    fn labels(&self) -> &[i32] {
        &self.labels
    }

    fn n_clusters(&self) -> usize {
        self.clusters
    }
}

impl Persist for DbscanModel {
    const KIND: &'static str = "dbscan";

    fn validate(&self) -> Result<()> {
        let known = |label: &i32| *label >= NOISE && i64::from(*label) < self.clusters as i64;
        let whole = self.schema.width() > 0
            && !self.labels.is_empty()
            && self.labels.len() == self.core.len()
            && self.clusters <= self.labels.len();
        if !(whole && self.labels.iter().all(known)) {
            return Err(Error::model_file("labels that fit neither rows nor clusters"));
        }
        if self.labels.iter().zip(&self.core).any(|(label, core)| *core && *label == NOISE) {
            return Err(Error::model_file("a core row without a cluster"));
        }
        Ok(())
    }
}
