//! How far forecasts of held out values were off.

use crm_ml_core::{Error, Horizon, Progress, Result, Series};

use super::GlobalBoosting;
use super::features::{Features, has_values};

/// Scaled absolute errors of each step, ascending, of a model that has not seen the last `steps` values of any series.
pub(super) fn errors(
    of: &GlobalBoosting,
    features: &Features,
    series: &[Series<'_>],
    steps: usize,
    progress: &dyn Progress,
) -> Result<Vec<Vec<f64>>> {
    let mut past = Vec::new();
    let mut long = Vec::new();
    for one in series.iter().filter(|series| series.len() > steps.saturating_add(1)) {
        let before = one.window(0..one.len() - steps)?;
        if has_values(&before) {
            past.push(before);
            long.push(one);
        }
    }
    if long.is_empty() {
        return Err(Error::unsupported(format!(
            "no series is long enough to hold {steps} values out for calibration"
        )));
    }
    let horizons = long
        .iter()
        .map(|series| {
            let horizon = Horizon::new(steps)?;
            match series.regressors() {
                Some(known) => horizon.with_regressors(
                    known.select_rows(&(series.len() - steps..series.len()).collect::<Vec<_>>()),
                ),
                None => Ok(horizon),
            }
        })
        .collect::<Result<Vec<_>>>()?;
    let model = of.train(features.clone(), &past, Vec::new(), progress)?;
    let forecasts = model.forecast(&past, &horizons)?;
    let mut errors = vec![Vec::with_capacity(long.len()); steps];
    for ((series, past), forecast) in long.iter().zip(&past).zip(&forecasts) {
        let scale = features.scale(past.values());
        for (step, errors) in errors.iter_mut().enumerate() {
            let error = (series.values()[past.len() + step] - forecast.mean[step]).abs() / scale;
            if error.is_finite() {
                errors.push(error);
            }
        }
    }
    errors.iter_mut().for_each(|errors| errors.sort_by(f64::total_cmp));
    Ok(errors)
}
