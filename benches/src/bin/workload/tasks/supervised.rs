//! Classifiers, regressors and attributions.

use crm_ml::core::{Attributions, Classifier, ClassifierModel, Persist, Regressor, RegressorModel};
use ndarray::Axis;

use super::{estimators, linear};
use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::Settings;

pub(super) fn logistic(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let estimator = linear::logistic(settings)?;
    settings.finish("logistic")?;
    let model = classify(&estimator, inputs, report)?;
    report.set("converged", model.report().converged);
    report.set("iterations", model.report().iterations);
    report.write("coef", &model.coefficients())?;
    report.write("intercept", &model.intercepts())
}

pub(super) fn ftrl(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let estimator = linear::ftrl(settings)?;
    settings.finish("ftrl")?;
    let model = classify(&estimator, inputs, report)?;
    if let Some(loss) = model.progressive_loss().mean() {
        report.set("progressive_loss", loss);
    }
    report.write("coef", &model.coefficients())?;
    report.write("intercept", &model.intercepts())
}

pub(super) fn decision_tree(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let estimator = estimators::decision_tree(settings)?;
    settings.finish("decision-tree")?;
    classify(&estimator, inputs, report).map(drop)
}

pub(super) fn random_forest(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let estimator = estimators::random_forest(settings)?;
    settings.finish("random-forest")?;
    let model = classify(&estimator, inputs, report)?;
    set_oob_score(model.oob_score(), report);
    Ok(())
}

pub(super) fn extra_trees(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let estimator = estimators::extra_trees(settings)?;
    settings.finish("extra-trees")?;
    let model = classify(&estimator, inputs, report)?;
    set_oob_score(model.oob_score(), report);
    Ok(())
}

fn set_oob_score(score: Option<f64>, report: &mut Report) {
    if let Some(score) = score {
        report.set("oob_score", score);
    }
}

pub(super) fn gradient_boosting(
    inputs: &Inputs,
    settings: &mut Settings,
    report: &mut Report,
) -> Outcome<()> {
    let estimator = estimators::gradient_boosting(settings)?;
    settings.finish("gradient-boosting")?;
    let model = classify(&estimator, inputs, report)?;
    report.set("iterations", model.report().iterations);
    Ok(())
}

pub(super) fn decision_tree_regressor(
    inputs: &Inputs,
    settings: &mut Settings,
    report: &mut Report,
) -> Outcome<()> {
    let estimator = estimators::decision_tree_regressor(settings)?;
    settings.finish("decision-tree-regressor")?;
    regress(&estimator, inputs, report).map(drop)
}

pub(super) fn random_forest_regressor(
    inputs: &Inputs,
    settings: &mut Settings,
    report: &mut Report,
) -> Outcome<()> {
    let estimator = estimators::random_forest_regressor(settings)?;
    settings.finish("random-forest-regressor")?;
    let model = regress(&estimator, inputs, report)?;
    set_oob_score(model.oob_score(), report);
    Ok(())
}

pub(super) fn extra_trees_regressor(
    inputs: &Inputs,
    settings: &mut Settings,
    report: &mut Report,
) -> Outcome<()> {
    let estimator = estimators::extra_trees_regressor(settings)?;
    settings.finish("extra-trees-regressor")?;
    let model = regress(&estimator, inputs, report)?;
    set_oob_score(model.oob_score(), report);
    Ok(())
}

pub(super) fn gradient_boosting_regressor(
    inputs: &Inputs,
    settings: &mut Settings,
    report: &mut Report,
) -> Outcome<()> {
    let estimator = estimators::gradient_boosting_regressor(settings)?;
    settings.finish("gradient-boosting-regressor")?;
    regress(&estimator, inputs, report).map(drop)
}

/// Fits boosting with the given settings; the attributions are what is timed as predicting.
pub(super) fn tree_shap(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let estimator = estimators::gradient_boosting(settings)?;
    settings.finish("tree-shap")?;
    let data = inputs.labeled()?;
    if data.classes().len() != 2 {
        return Err(format!("tree-shap takes two classes, --y has {}", data.classes().len()).into());
    }
    let test = inputs.test_samples()?;
    let model = report.time_fit(|| Ok(estimator.fit(&data)?))?;
    report.set("model_bytes", model.to_bytes()?.len());
    let contributions = report.time_predict(|| Ok(model.contributions(&test)?))?;
    report.write("contributions", &contributions.index_axis(Axis(2), 0).to_owned())
}

fn classify<C: Classifier<Model: Persist>>(
    estimator: &C,
    inputs: &Inputs,
    report: &mut Report,
) -> Outcome<C::Model> {
    let (data, test) = (inputs.labeled()?, inputs.test_samples()?);
    let model = report.time_fit(|| Ok(estimator.fit(&data)?))?;
    report.set("model_bytes", model.to_bytes()?.len());
    let proba = report.time_predict(|| Ok(model.predict_proba(&test)?))?;
    report.write("proba", &proba)?;
    Ok(model)
}

fn regress<R: Regressor<Model: Persist>>(
    estimator: &R,
    inputs: &Inputs,
    report: &mut Report,
) -> Outcome<R::Model> {
    let (data, test) = (inputs.targeted()?, inputs.test_samples()?);
    let model = report.time_fit(|| Ok(estimator.fit(&data)?))?;
    report.set("model_bytes", model.to_bytes()?.len());
    let prediction = report.time_predict(|| Ok(model.predict(&test)?))?;
    report.write("prediction", &prediction)?;
    Ok(model)
}
