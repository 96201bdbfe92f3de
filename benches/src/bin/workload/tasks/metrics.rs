//! Metrics of labels and scores.

use crm_ml::core::{Classes, most_probable};
use crm_ml::metrics as m;
use crm_ml::metrics::{Average, Bins, ConfusionMatrix};
use ndarray::{Array2, Axis, concatenate};
use serde_json::{Map, Value, json};

use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::Settings;

/// Labels, scores and weights in the forms the metrics take.
struct Data {
    codes: Vec<u32>,
    truth: Vec<bool>,
    positive: Vec<f64>,
    proba: Array2<f64>,
    weights: Option<Vec<f64>>,
}

impl Data {
    fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    fn confusion(&self) -> crm_ml::core::Result<ConfusionMatrix> {
        ConfusionMatrix::new(&self.codes, &most_probable(&self.proba), self.proba.ncols(), self.weights())
    }
}

type Metric = fn(&Data) -> crm_ml::core::Result<f64>;

const METRICS: &[(&str, Metric)] = &[
    ("accuracy", |d| Ok(d.confusion()?.accuracy())),
    ("balanced_accuracy", |d| Ok(d.confusion()?.balanced_accuracy())),
    ("precision", |d| d.confusion()?.precision(Average::Class(1))),
    ("recall", |d| d.confusion()?.recall(Average::Class(1))),
    ("f1", |d| d.confusion()?.f1(Average::Class(1))),
    ("f1_macro", |d| d.confusion()?.f1(Average::Macro)),
    ("roc_auc", |d| m::roc_auc(&d.truth, &d.positive, d.weights())),
    ("average_precision", |d| m::average_precision(&d.truth, &d.positive, d.weights())),
    ("log_loss", |d| m::log_loss(&d.truth, &d.positive, d.weights())),
    ("brier_score_loss", |d| m::brier_score(&d.truth, &d.positive, d.weights())),
    ("kolmogorov_smirnov", |d| m::kolmogorov_smirnov(&d.truth, &d.positive, d.weights())),
    ("expected_calibration_error", |d| {
        m::expected_calibration_error(&d.truth, &d.positive, 10, Bins::EqualCount, d.weights())
    }),
];

/// Two classes; `--scores` holds the second one's probability, or a column for each. Scores that are no probabilities serve the
/// metrics of ranking.
pub(super) fn metrics(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let wanted: Option<String> = settings.take("metrics")?;
    settings.take::<u64>("seed")?;
    settings.finish("metrics")?;
    let chosen: Vec<_> = match &wanted {
        None => METRICS.iter().collect(),
        Some(names) => names.split(',').map(metric).collect::<Outcome<_>>()?,
    };
    let (classes, codes) = Classes::encode_values(&inputs.y()?.to_vec())?;
    let scores = inputs.scores()?;
    if classes.len() != 2 || !(1..=2).contains(&scores.ncols()) {
        let (k, columns) = (classes.len(), scores.ncols());
        return Err(format!(
            "metrics takes two classes and one or two score columns, found {k} and {columns}"
        )
        .into());
    }
    let positive = scores.column(scores.ncols() - 1).insert_axis(Axis(1));
    let proba = concatenate(Axis(1), &[positive.mapv(|p| 1.0 - p).view(), positive])?;
    let data = Data {
        truth: codes.iter().map(|code| *code == 1).collect(),
        codes,
        positive: positive.column(0).to_vec(),
        proba,
        weights: inputs.weights(),
    };
    let values = report.time_fit(|| {
        let value = |(name, metric): &&(&str, Metric)| Ok(((*name).to_owned(), json!(metric(&data)?)));
        chosen.iter().map(value).collect::<Outcome<Map<String, Value>>>()
    })?;
    report.set("metrics", Value::Object(values));
    Ok(())
}

fn metric(name: &str) -> Outcome<&'static (&'static str, Metric)> {
    let names = || METRICS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    METRICS
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| format!("unknown metric '{name}'; there are {}", names()).into())
}
