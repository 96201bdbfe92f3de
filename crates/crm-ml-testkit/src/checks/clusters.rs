//! Laws about clusterings.

use crm_ml_core::NOISE;

use super::{ROWS, data, fit, output, samples};
use crate::{Laws, Subject};

/// One label a row that was kept, of a cluster or noise; no cluster without rows, and predictions of the rows of the fit
/// that are their labels, unless tagged.
pub fn cluster_contract<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let model = fit(&laws.subject, &toy);
    let Some(clusters) = S::clusters(&model) else { return };
    assert_eq!(clusters.labels.len(), ROWS, "one label a row");
    let mut rows = vec![0; clusters.n_clusters];
    for &label in &clusters.labels {
        match usize::try_from(label) {
            Ok(label) => *rows.get_mut(label).expect("a label is below the number of clusters") += 1,
            Err(_) => assert_eq!(label, NOISE, "a label below 0 that is not noise"),
        }
    }
    assert!(laws.clusters_may_be_empty || rows.iter().all(|n| *n > 0), "a cluster without rows: {rows:?}");
    if laws.labels_are_predictions {
        let predicted: Vec<i32> = output::<S>(&model, &toy.x).iter().map(|label| *label as i32).collect();
        assert_eq!(predicted, clusters.labels, "the rows of the fit are predicted otherwise");
    }
    let weights: Vec<f64> = (0..ROWS).map(|row| f64::from(u8::from(row % 4 > 0))).collect();
    let weighted = samples(&toy.x).with_weights(&weights).expect("valid weights");
    let kept = weighted.n_rows();
    let model = laws.subject.fit(weighted, S::target(&toy)).expect("zero weights fit");
    let labels = S::clusters(&model).map(|clusters| clusters.labels.len());
    assert_eq!(labels, Some(kept), "one label a row of weight above 0");
}
