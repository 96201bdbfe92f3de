//! Isolation forests.

use crm_ml::anomaly::{
    ColumnChoice, Contamination, IsolationForest, MaxDepth, MaxFeatures, MaxSamples, NewCategAction,
};
use crm_ml::core::{OutlierDetector, OutlierModel, Persist};

use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::{Settings, apply};

/// The task `isolation-forest`.
pub(super) fn isolation_forest(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let mut estimator = IsolationForest::new();
    apply!(settings, estimator; n_estimators: usize, bootstrap: bool, ndim: usize, ntry: usize, prob_pick_avg_gain: f64,
        prob_pick_pooled_gain: f64, seed: u64);
    if let Some(amount) = amount(settings, "max_samples")? {
        estimator = estimator.max_samples(match amount {
            Amount::Auto => MaxSamples::Auto,
            Amount::Count(count) => MaxSamples::Count(count),
            Amount::Share(share) => MaxSamples::Share(share),
        });
    }
    if let Some(amount) = amount(settings, "max_features")? {
        estimator = estimator.max_features(match amount {
            Amount::Auto => MaxFeatures::All,
            Amount::Count(count) => MaxFeatures::Count(count),
            Amount::Share(share) => MaxFeatures::Share(share),
        });
    }
    if let Some(depth) = settings.take::<String>("max_depth")? {
        estimator = estimator.max_depth(match depth.as_str() {
            "auto" => MaxDepth::Auto,
            "none" | "None" => MaxDepth::Unlimited,
            count => MaxDepth::Count(count.parse()?),
        });
    }
    if let Some(choice) = settings.take::<String>("column_choice")? {
        estimator = estimator.column_choice(match choice.as_str() {
            "uniform" => ColumnChoice::Uniform,
            "range" => ColumnChoice::Range,
            "kurtosis" => ColumnChoice::Kurtosis,
            _ => {
                return Err(
                    format!("--set column_choice={choice}: expected uniform, range or kurtosis").into()
                );
            }
        });
    }
    if let Some(action) = settings.take::<String>("new_categ_action")? {
        estimator = estimator.new_categ_action(match action.as_str() {
            "weighted" => NewCategAction::Weighted,
            "smallest" => NewCategAction::Smallest,
            _ => return Err(format!("--set new_categ_action={action}: expected weighted or smallest").into()),
        });
    }
    estimator = estimator.contamination(contamination(settings)?);
    settings.finish("isolation-forest")?;
    fit(&estimator, false, inputs, report)
}

/// Fits a detector and writes its scores of the rows to predict, the higher the odder. A detector that knows the scores of the
/// rows of the fit by then need not be asked again.
pub(super) fn fit<D>(estimator: &D, scores_in_fit: bool, inputs: &Inputs, report: &mut Report) -> Outcome<()>
where
    D: OutlierDetector<Model: Persist>,
{
    let samples = inputs.samples()?;
    let (model, scores) = match inputs.new_samples()? {
        None if scores_in_fit => {
            let (model, scores) = report.time_fit(|| Ok(estimator.fit_score(&samples)?))?;
            (model, -scores)
        }
        new => {
            let model = report.time_fit(|| Ok(estimator.fit(&samples)?))?;
            let rows = new.as_ref().unwrap_or(&samples);
            let scores = report.time_predict(|| Ok(model.anomaly_scores(rows)?))?;
            (model, scores)
        }
    };
    report.set("model_bytes", model.to_bytes()?.len());
    report.set("offset", model.offset());
    report.write("scores", &scores)
}

/// `contamination`: a share, or `auto`.
pub(super) fn contamination(settings: &mut Settings) -> Outcome<Contamination> {
    Ok(match settings.take::<String>("contamination")?.as_deref() {
        None | Some("auto") => Contamination::Auto,
        Some(share) => Contamination::Share(share.parse()?),
    })
}

/// A number of rows or columns as scikit-learn's settings tell it: `auto`, a count, or a share where there is a point in it.
enum Amount {
    Auto,
    Count(usize),
    Share(f64),
}

fn amount(settings: &mut Settings, name: &str) -> Outcome<Option<Amount>> {
    Ok(match settings.take::<String>(name)?.as_deref() {
        None => None,
        Some("auto") => Some(Amount::Auto),
        Some(share) if share.contains('.') => Some(Amount::Share(share.parse()?)),
        Some(count) => Some(Amount::Count(count.parse()?)),
    })
}
