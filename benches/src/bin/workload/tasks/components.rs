//! Principal components and their kin.

use crm_ml::core::{Persist, Transformer, TransformerModel};
use crm_ml::feature_selection::{IncrementalPca, Pca, TruncatedSvd};
use ndarray::ArrayView1;

use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::{Settings, apply};

pub(super) fn pca(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let estimator = components(settings)?;
    settings.finish("pca")?;
    let samples = inputs.samples()?;
    let model = report.time_fit(|| Ok(estimator.fit(&samples)?))?;
    report.write("components", &model.components())?;
    report.write("explained_variance", &model.explained_variance())?;
    transform(&model, inputs, report)
}

/// Rows in pieces of `batch_size`, one after the other.
pub(super) fn incremental_pca(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let estimator = components(settings)?;
    let size: usize = settings.take("batch_size")?.unwrap_or(10_000).max(1);
    settings.finish("incremental-pca")?;
    let samples = inputs.samples()?;
    let rows: Vec<usize> = (0..samples.n_rows()).collect();
    let pieces: Vec<_> = rows.chunks(size).map(|piece| samples.select_rows(piece)).collect();
    let model = report.time_fit(|| {
        let mut state = IncrementalPca::new(estimator.clone());
        pieces.iter().try_for_each(|piece| state.partial_fit(piece))?;
        Ok(state.finish()?)
    })?;
    report.write("components", &model.components())?;
    report.write("explained_variance", &model.explained_variance())?;
    transform(&model, inputs, report)
}

/// Exact, or with `n_iter` power iterations of a random projection.
pub(super) fn truncated_svd(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let mut estimator = TruncatedSvd::new(settings.take("n_components")?.unwrap_or(2));
    let seed = settings.take("seed")?.unwrap_or(0);
    if let Some(iterations) = settings.take("n_iter")? {
        estimator = estimator.randomized(iterations, seed);
    }
    settings.finish("truncated-svd")?;
    let samples = inputs.samples()?;
    let model = report.time_fit(|| Ok(estimator.fit(&samples)?))?;
    report.write("components", &model.components())?;
    report.write("singular_values", &ArrayView1::from(model.singular_values()))?;
    transform(&model, inputs, report)
}

fn components(settings: &mut Settings) -> Outcome<Pca> {
    let mut estimator = Pca::new();
    apply!(settings, estimator; n_components: usize, whiten: bool);
    settings.take::<u64>("seed")?;
    Ok(estimator)
}

fn transform<M: TransformerModel + Persist>(model: &M, inputs: &Inputs, report: &mut Report) -> Outcome<()> {
    report.set("model_bytes", model.to_bytes()?.len());
    let test = inputs.test_samples()?;
    let transformed = report.time_predict(|| Ok(model.transform(&test)?))?;
    report.write("transformed", &transformed.dense())
}
