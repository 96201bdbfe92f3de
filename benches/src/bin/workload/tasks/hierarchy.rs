//! Agglomerative clustering.

use crm_ml::clustering::{AgglomerativeClustering, Linkage};

use super::density::{fit, metric};
use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::{Settings, apply};

/// The task `agglomerative`.
pub(super) fn agglomerative(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let linkage: String = settings.take("linkage")?.unwrap_or_else(|| "ward".to_owned());
    let linkage = match linkage.as_str() {
        "ward" => Linkage::Ward,
        "complete" => Linkage::Complete,
        "average" => Linkage::Average,
        "single" => Linkage::Single,
        "weighted" => Linkage::Weighted,
        _ => {
            let names = "ward, complete, average, single or weighted";
            return Err(format!("--set linkage={linkage}: expected {names}").into());
        }
    };
    let mut estimator = AgglomerativeClustering::default().linkage(linkage).metric(metric(settings)?);
    apply!(settings, estimator; n_clusters: usize; optional distance_threshold: f64);
    settings.finish("agglomerative")?;
    let model = fit(&estimator, inputs, report)?;
    report.write("linkage", &model.dendrogram().linkage_table())
}
