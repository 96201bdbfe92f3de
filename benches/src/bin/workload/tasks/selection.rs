//! Principal components and recursive feature elimination.

use crm_ml::core::{Classifier, Importances, Persist, Transformer, TransformerModel};
use crm_ml::feature_selection::{Pca, Rfe};
use ndarray::Array1;

use super::{estimators, linear};
use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::{Settings, apply};

pub(super) fn pca(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let mut estimator = Pca::new();
    apply!(settings, estimator; n_components: usize, whiten: bool);
    settings.take::<u64>("seed")?;
    settings.finish("pca")?;
    let (samples, test) = (inputs.samples()?, inputs.test_samples()?);
    let model = report.time_fit(|| Ok(estimator.fit(&samples)?))?;
    report.set("model_bytes", model.to_bytes()?.len());
    let transformed = report.time_predict(|| Ok(model.transform(&test)?))?;
    report.write("components", &model.components())?;
    report.write("explained_variance", &model.explained_variance())?;
    report.write("transformed", &transformed.dense())
}

/// `estimator` names the classifier whose importances count; its settings are given beside `n_features_to_select` and `step`.
pub(super) fn rfe(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let name: String = settings.take("estimator")?.unwrap_or_else(|| "logistic".to_owned());
    let amounts = Amounts { keep: settings.take("n_features_to_select")?, step: settings.take("step")? };
    match name.as_str() {
        "logistic" => eliminate(linear::logistic(settings)?, amounts, inputs, settings, report),
        "decision-tree" => eliminate(estimators::decision_tree(settings)?, amounts, inputs, settings, report),
        "random-forest" => eliminate(estimators::random_forest(settings)?, amounts, inputs, settings, report),
        "gradient-boosting" => {
            eliminate(estimators::gradient_boosting(settings)?, amounts, inputs, settings, report)
        }
        _ => Err(format!(
            "--set estimator={name}: expected logistic, decision-tree, random-forest or gradient-boosting"
        )
        .into()),
    }
}

/// Columns to keep and to drop a round: a share below 1, else a count.
struct Amounts {
    keep: Option<f64>,
    step: Option<f64>,
}

fn eliminate<C>(
    estimator: C,
    amounts: Amounts,
    inputs: &Inputs,
    settings: &Settings,
    report: &mut Report,
) -> Outcome<()>
where
    C: Classifier<Model: Importances + Persist>,
{
    settings.finish("rfe")?;
    let mut rfe = Rfe::new(estimator);
    if let Some(keep) = amounts.keep {
        rfe = if keep < 1.0 { rfe.share_to_select(keep) } else { rfe.n_features_to_select(keep as usize) };
    }
    if let Some(step) = amounts.step {
        rfe = if step < 1.0 { rfe.step_share(step) } else { rfe.step(step as usize) };
    }
    let (data, test) = (inputs.labeled()?, inputs.test_samples()?);
    let model = report.time_fit(|| Ok(rfe.fit(&data)?))?;
    report.set("model_bytes", model.to_bytes()?.len());
    report.time_predict(|| Ok(model.transform(&test)?))?;
    let selection = model.selection();
    report.write("support", &Array1::from(selection.support()))?;
    report.write("ranking", &selection.ranking().iter().map(|rank| *rank as i64).collect::<Array1<i64>>())
}
