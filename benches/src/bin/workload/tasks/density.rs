//! Clusterings by density.

use crm_ml::clustering::Dbscan;
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
    settings.finish("dbscan")?;
    fit(&estimator, inputs, report)?;
    Ok(())
}

/// Fits and writes the labels.
fn fit<C>(estimator: &C, inputs: &Inputs, report: &mut Report) -> Outcome<C::Model>
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

fn metric(settings: &mut Settings) -> Outcome<Metric> {
    let name: String = settings.take("metric")?.unwrap_or_else(|| "euclidean".to_owned());
    match name.as_str() {
        "euclidean" => Ok(Metric::Euclidean),
        "manhattan" => Ok(Metric::Manhattan),
        "cosine" => Ok(Metric::Cosine),
        "gower" => Ok(Metric::Gower),
        _ => Err(format!("--set metric={name}: expected euclidean, manhattan, cosine or gower").into()),
    }
}
