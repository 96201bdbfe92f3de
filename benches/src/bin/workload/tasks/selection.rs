//! Principal components and recursive feature elimination.

use crm_ml::core::{Classifier, Importances, Persist, Transformer, TransformerModel};
use crm_ml::feature_selection::{Pca, Rfe};
use ndarray::Array1;

use super::estimators;
use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::Settings;

pub(super) fn pca(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let _ = (inputs, settings, report);
    Ok(())
}

pub(super) fn rfe(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let _ = (inputs, settings, report);
    Ok(())
}
