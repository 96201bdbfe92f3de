//! Outlier detectors. The output `scores` is the higher the odder, for the rows of `--x-test` or, without it, of the fit.

use crm_ml::anomaly::{
    Copod, Ecod, EllipticEnvelope, Hbos, HistogramBins, KthNeighborDistance, LocalOutlierFactor,
    NeighborDistance, PcaReconstruction,
};
use crm_ml::core::{OutlierDetector, OutlierModel, Persist};
use ndarray::Array1;

use super::density::metric;
use super::isolation::{self, contamination};
use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::{Settings, apply};

/// The task `lof`; rows of the fit are not their own neighbours.
pub(super) fn lof(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let mut detector =
        LocalOutlierFactor::new().metric(metric(settings)?).contamination(contamination(settings)?);
    apply!(settings, detector; n_neighbors: usize);
    finish(settings, "lof")?;
    let model = fit(&detector, inputs, report)?;
    let fitted = || Ok(model.negative_outlier_factor().iter().map(|score| -score).collect());
    score_apart(&model, fitted, inputs, report)
}

/// The task `knn`; rows of the fit are not their own neighbours.
pub(super) fn knn(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let mut detector =
        KthNeighborDistance::new().metric(metric(settings)?).contamination(contamination(settings)?);
    apply!(settings, detector; n_neighbors: usize);
    let method: String = settings.take("method")?.unwrap_or_else(|| "largest".to_owned());
    detector = detector.method(match method.as_str() {
        "largest" => NeighborDistance::Largest,
        "mean" => NeighborDistance::Mean,
        "median" => NeighborDistance::Median,
        _ => return Err(format!("--set method={method}: expected largest, mean or median").into()),
    });
    finish(settings, "knn")?;
    let model = fit(&detector, inputs, report)?;
    let fitted = || Ok(model.fitted_scores().iter().map(|score| -score).collect());
    score_apart(&model, fitted, inputs, report)
}

/// The task `ecod`.
pub(super) fn ecod(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let detector = Ecod::new().contamination(contamination(settings)?);
    finish(settings, "ecod")?;
    isolation::fit(&detector, true, inputs, report)
}

/// The task `copod`.
pub(super) fn copod(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let detector = Copod::new().contamination(contamination(settings)?);
    finish(settings, "copod")?;
    isolation::fit(&detector, true, inputs, report)
}

/// The task `hbos`; `n_bins` is a number or `auto`.
pub(super) fn hbos(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let mut detector = Hbos::new().contamination(contamination(settings)?);
    if let Some(bins) = settings.take::<String>("n_bins")? {
        detector = match bins.as_str() {
            "auto" => detector.bins(HistogramBins::Auto),
            _ => detector.n_bins(bins.parse().map_err(|e| format!("--set n_bins={bins}: {e}"))?),
        };
    }
    apply!(settings, detector; alpha: f64, tol: f64);
    finish(settings, "hbos")?;
    isolation::fit(&detector, true, inputs, report)
}

/// The task `robust-covariance`: scikit-learn's `EllipticEnvelope`.
pub(super) fn robust_covariance(
    inputs: &Inputs,
    settings: &mut Settings,
    report: &mut Report,
) -> Outcome<()> {
    let mut detector = EllipticEnvelope::new().contamination(contamination(settings)?);
    apply!(settings, detector; seed: u64; optional support_fraction: f64);
    settings.finish("robust-covariance")?;
    isolation::fit(&detector, false, inputs, report)
}

/// The task `pca-reconstruction`; `n_components` is a count, or a share of the variance below 1.
pub(super) fn pca_reconstruction(
    inputs: &Inputs,
    settings: &mut Settings,
    report: &mut Report,
) -> Outcome<()> {
    let mut detector = PcaReconstruction::new().contamination(contamination(settings)?);
    apply!(settings, detector; standardize: bool);
    if let Some(amount) = settings.take::<f64>("n_components")? {
        detector = if amount < 1.0 {
            detector.variance_share(amount)
        } else {
            detector.n_components(amount as usize)
        };
    }
    finish(settings, "pca-reconstruction")?;
    isolation::fit(&detector, false, inputs, report)
}

/// As [`Settings::finish`], where a seed may be told that has no use.
fn finish(settings: &mut Settings, task: &str) -> Outcome<()> {
    settings.take::<u64>("seed")?;
    settings.finish(task)
}

fn fit<D>(detector: &D, inputs: &Inputs, report: &mut Report) -> Outcome<D::Model>
where
    D: OutlierDetector<Model: Persist>,
{
    let samples = inputs.samples()?;
    let model = report.time_fit(|| Ok(detector.fit(&samples)?))?;
    report.set("model_bytes", model.to_bytes()?.len());
    report.set("offset", model.offset());
    Ok(model)
}

/// Scores new rows, or tells those of the fit.
fn score_apart(
    model: &impl OutlierModel,
    fitted: impl Fn() -> Outcome<Array1<f64>>,
    inputs: &Inputs,
    report: &mut Report,
) -> Outcome<()> {
    let scores = match inputs.new_samples()? {
        Some(rows) => report.time_predict(|| Ok(model.anomaly_scores(&rows)?))?,
        None => report.time_predict(fitted)?,
    };
    report.write("scores", &scores)
}
