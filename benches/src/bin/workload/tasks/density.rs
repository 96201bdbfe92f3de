//! Clusterings by density.

use crm_ml::clustering::{ClusterSelectionMethod, Dbscan, Hdbscan};
use crm_ml::core::{ClusterModel, Clusterer, Persist};
use crm_ml::neighbors::Metric;
use ndarray::Array1;

use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::{Settings, apply};

/// The task `dbscan`.
pub(super) fn dbscan(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let mut estimator = Dbscan::new(settings.take("eps")?.unwrap_or(0.5)).metric(metric(settings)?);
    apply!(settings, estimator; min_samples: usize);
    settings.take::<u64>("seed")?;
    settings.finish("dbscan")?;
    fit(&estimator, inputs, report)?;
    Ok(())
}

/// The task `hdbscan`.
pub(super) fn hdbscan(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let mut estimator = Hdbscan::new().metric(metric(settings)?);
    apply!(settings, estimator;
        min_cluster_size: usize, cluster_selection_epsilon: f64, alpha: f64, allow_single_cluster: bool;
        optional min_samples: usize, max_cluster_size: usize);
    let method: String = settings.take("cluster_selection_method")?.unwrap_or_else(|| "eom".to_owned());
    estimator = estimator.cluster_selection_method(match method.as_str() {
        "eom" => ClusterSelectionMethod::Eom,
        "leaf" => ClusterSelectionMethod::Leaf,
        _ => return Err(format!("--set cluster_selection_method={method}: expected eom or leaf").into()),
    });
    settings.take::<u64>("seed")?;
    settings.finish("hdbscan")?;
    let model = fit(&estimator, inputs, report)?;
    report.write("probabilities", &Array1::from(model.probabilities().to_vec()))?;
    report.write("outlier_scores", &Array1::from(model.outlier_scores().to_vec()))
}

/// Fits and writes the labels.
pub(super) fn fit<C>(estimator: &C, inputs: &Inputs, report: &mut Report) -> Outcome<C::Model>
where
    C: Clusterer<Model: Persist>,
{
    let samples = inputs.samples()?;
    let model = report.time_fit(|| Ok(estimator.fit(&samples)?))?;
    report.set("model_bytes", model.to_bytes()?.len());
    report.set("n_clusters", model.n_clusters());
    report.write("labels", &model.labels().iter().map(|label| i64::from(*label)).collect::<Array1<i64>>())?;
    Ok(model)
}

pub(super) fn metric(settings: &mut Settings) -> Outcome<Metric> {
    let name: String = settings.take("metric")?.unwrap_or_else(|| "euclidean".to_owned());
    match name.as_str() {
        "euclidean" => Ok(Metric::Euclidean),
        "manhattan" => Ok(Metric::Manhattan),
        "cosine" => Ok(Metric::Cosine),
        "gower" => Ok(Metric::Gower),
        _ => Err(format!("--set metric={name}: expected euclidean, manhattan, cosine or gower").into()),
    }
}
