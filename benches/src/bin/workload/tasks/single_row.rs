//! Scoring one row at a time.

use std::time::Instant;

use crm_ml::core::Classifier;
use ndarray::Array2;

use super::estimators;
use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::Settings;

const CALLS: usize = 100_000;
/// Calls before the first that is timed.
const WARM_UP: usize = 1_000;

/// Fits boosting with the given settings and times calls of its row scorer, over the test rows again and again.
pub(super) fn single_row(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let estimator = estimators::gradient_boosting(settings)?;
    settings.finish("single-row")?;
    let (data, test) = (inputs.labeled()?, inputs.test_samples()?);
    let model = report.time_fit(|| Ok(estimator.fit(&data)?))?;
    let scorer = model.row_scorer();
    let mut proba = Array2::zeros((test.n_rows(), scorer.n_classes()));
    let mut nanoseconds = vec![0; CALLS];
    report.time_predict(|| {
        for call in 0..WARM_UP + CALLS {
            let row = call % test.n_rows();
            let target = proba.row_mut(row).into_slice().ok_or("rows lie in one piece")?;
            let start = Instant::now();
            scorer.predict_proba(test.row(row), target)?;
            let elapsed = start.elapsed().as_nanos() as u64;
            if call >= WARM_UP {
                nanoseconds[call - WARM_UP] = elapsed;
            }
        }
        Ok(())
    })?;
    nanoseconds.sort_unstable();
    for (name, share) in [("p50_ns", 0.5), ("p90_ns", 0.9), ("p99_ns", 0.99), ("p999_ns", 0.999)] {
        report.set(name, nanoseconds[(share * CALLS as f64) as usize]);
    }
    report.set("calls", CALLS);
    report.write("proba", &proba)
}
