//! The laws about clusterings can fail: a clustering that breaks one on purpose fails that law's check.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crm_ml_core::{
    ClusterModel, ClusterPredict, Clusterer, Error, Model, Persist, Progress, Result, Samples, Schema,
};
use crm_ml_testkit::{AsClusterPredict, AsClusterer, Halves, Laws, checks};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Fault {
    None,
    LabelBeyondTheLast,
    OtherNoise,
    EmptyCluster,
    OneLabelTooMany,
    PredictsAnother,
    LabelsDroppedRows,
    FirstRowAlone,
    RowsCount,
    NamesTurnByFirstRow,
}

use Fault::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Faulty(Fault);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct FaultyModel {
    fault: Fault,
    schema: Schema,
    n_clusters: usize,
    labels: Vec<i32>,
}

impl Clusterer for Faulty {
    type Model = FaultyModel;

    fn fit_with(&self, samples: &Samples<'_>, _: &dyn Progress) -> Result<FaultyModel> {
        let fitted = Halves::new().fit(samples)?;
        let (mut labels, mut n_clusters) = (fitted.labels().to_vec(), 2);
        match self.0 {
            LabelBeyondTheLast => n_clusters = 1,
            EmptyCluster => n_clusters = 3,
            OtherNoise => labels[3] = -2,
            OneLabelTooMany => labels.push(0),
            LabelsDroppedRows if samples.kept_rows().is_some() => labels.push(0),
            FirstRowAlone => {
                labels[0] = 2;
                n_clusters = 3;
            }
            RowsCount => {
                let half = labels.len() / 2;
                labels.iter_mut().enumerate().for_each(|(row, label)| *label = i32::from(row > half));
            }
            NamesTurnByFirstRow if labels[0] == 1 => labels.iter_mut().for_each(|label| *label = 1 - *label),
            _ => {}
        }
        Ok(FaultyModel { fault: self.0, schema: samples.schema().clone(), n_clusters, labels })
    }
}

impl Model for FaultyModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl ClusterModel for FaultyModel {
    fn labels(&self) -> &[i32] {
        &self.labels
    }

    fn n_clusters(&self) -> usize {
        self.n_clusters
    }
}

impl ClusterPredict for FaultyModel {
    fn predict(&self, samples: &Samples<'_>) -> Result<Vec<i32>> {
        let mut labels = self.labels.clone();
        labels.truncate(samples.n_rows());
        if self.fault == PredictsAnother {
            labels[0] = 1 - labels[0];
        }
        Ok(labels)
    }
}

impl Persist for FaultyModel {
    const KIND: &'static str = "testkit-faulty-clusters";

    fn validate(&self) -> Result<()> {
        if self.n_clusters > 0 { Ok(()) } else { Err(Error::model_file("no clusters")) }
    }
}

fn labels(fault: Fault) -> Laws<AsClusterer<Faulty>> {
    Laws::new(AsClusterer(Faulty(fault)))
}

fn predicts(fault: Fault) -> Laws<AsClusterPredict<Faulty>> {
    Laws::new(AsClusterPredict(Faulty(fault)))
}

#[track_caller]
fn fails(check: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(check)).is_err(), "the check did not notice the fault");
}

#[test]
fn the_faultless_wrapper_passes() {
    checks::cluster_contract(&labels(None));
    checks::cluster_contract(&predicts(None));
    checks::row_order(&labels(None));
    checks::whole_weights_repeat(&labels(None));
}

#[test]
fn the_contract_can_fail() {
    for fault in [LabelBeyondTheLast, OtherNoise, EmptyCluster, OneLabelTooMany, LabelsDroppedRows] {
        fails(|| checks::cluster_contract(&labels(fault).predictions_differ_from_labels()));
    }
    fails(|| checks::cluster_contract(&predicts(PredictsAnother)));
    checks::cluster_contract(&predicts(PredictsAnother).predictions_differ_from_labels());
    checks::cluster_contract(&labels(EmptyCluster).clusters_may_be_empty());
}

#[test]
fn orders_and_weights_are_compared_by_who_is_together() {
    checks::row_order(&labels(NamesTurnByFirstRow));
    fails(|| checks::row_order(&labels(FirstRowAlone)));
    fails(|| checks::whole_weights_repeat(&labels(RowsCount)));
}
