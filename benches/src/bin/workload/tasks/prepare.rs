//! From raw columns to features: one transformer after another.

use crm_ml::core::{Samples, Transformer, TransformerModel};
use crm_ml::preprocessing::{
    FrequencyEncoder, IterativeImputer, KBinsDiscretizer, KnnImputer, MinMaxScaler, OneHotEncoder,
    OrdinalEncoder, OutlierClipper, OutlierRule, PowerTransformer, QuantileTransformer, RobustScaler,
    SimpleImputer, StandardScaler, Strategy,
};
use ndarray::s;

use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::Settings;

/// Rows of the result that are written.
const WRITTEN: usize = 2000;

/// `steps` names the transformers, each fitted to what the one before gives.
pub(super) fn prepare(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let steps: String =
        settings.take("steps")?.unwrap_or_else(|| "impute-median,scale-standard,encode-one-hot".to_owned());
    settings.finish("prepare")?;
    let samples = inputs.samples()?;
    let names: Vec<&str> = steps.split(',').collect();
    let features = report.time_fit(|| {
        let mut features: Option<Samples<'static>> = None;
        for name in &names {
            features = Some(step(name, features.as_ref().unwrap_or(&samples))?);
        }
        Ok(features)
    })?;
    let features = features.ok_or("no step was named")?;
    report.set("width", features.n_columns());
    let rows = features.n_rows().min(WRITTEN);
    report.write("features", &features.dense().slice(s![..rows, ..]))
}

fn step(name: &str, samples: &Samples<'_>) -> Outcome<Samples<'static>> {
    let imputer = |strategy| SimpleImputer::new().strategy(strategy);
    match name {
        "impute-mean" => run(&imputer(Strategy::Mean), samples),
        "impute-median" => run(&imputer(Strategy::Median), samples),
        "impute-most-frequent" => run(&imputer(Strategy::MostFrequent), samples),
        "impute-knn" => run(&KnnImputer::new(), samples),
        "impute-iterative" => run(&IterativeImputer::new(), samples),
        "scale-standard" => run(&StandardScaler::new(), samples),
        "scale-min-max" => run(&MinMaxScaler::new(), samples),
        "scale-robust" => run(&RobustScaler::new(), samples),
        "scale-power" => run(&PowerTransformer::new(), samples),
        "scale-quantile" => run(&QuantileTransformer::new(), samples),
        "bin-quantile" => run(&KBinsDiscretizer::new(5), samples),
        "clip-iqr" => run(&OutlierClipper::new(OutlierRule::Iqr(1.5)), samples),
        "encode-one-hot" => run(&OneHotEncoder::new(), samples),
        "encode-ordinal" => run(&OrdinalEncoder::new(), samples),
        "encode-frequency" => run(&FrequencyEncoder::new(), samples),
        _ => Err(format!("--set steps={name}: no such step").into()),
    }
}

fn run<T: Transformer>(transformer: &T, samples: &Samples<'_>) -> Outcome<Samples<'static>> {
    Ok(transformer.fit(samples)?.transform(samples)?)
}
