//! The losses and the treatment of categories of gradient boosting from settings: scikit-learn's names, and LightGBM's and XGBoost's as aliases.

use crm_ml::regression::{CategoricalEncoding, RegressionLoss};

use crate::Outcome;
use crate::settings::Settings;

/// `loss` or `objective` of the regressor, with `quantile`, `delta` or `alpha` (LightGBM's name of both).
pub(super) fn regression_loss(settings: &mut Settings) -> Outcome<Option<RegressionLoss>> {
    let Some(name) = name(settings)? else { return Ok(None) };
    let mut number = |names: &[&str], default: f64| -> Outcome<f64> {
        for name in names {
            if let Some(value) = settings.take(name)? {
                return Ok(value);
            }
        }
        Ok(default)
    };
    Ok(Some(match name.as_str() {
        "squared_error" | "regression" | "l2" | "mse" | "reg:squarederror" => RegressionLoss::SquaredError,
        "absolute_error" | "regression_l1" | "l1" | "mae" | "reg:absoluteerror" => {
            RegressionLoss::AbsoluteError
        }
        "huber" => RegressionLoss::Huber { delta: number(&["delta", "alpha"], 0.9)? },
        "quantile" | "reg:quantileerror" => {
            RegressionLoss::Quantile { quantile: number(&["quantile", "quantile_alpha", "alpha"], 0.5)? }
        }
        "poisson" | "count:poisson" => RegressionLoss::Poisson,
        "gamma" | "reg:gamma" => RegressionLoss::Gamma,
        other => {
            return Err(format!(
                "loss={other}: expected squared_error, absolute_error, huber, quantile, poisson or gamma"
            )
            .into());
        }
    }))
}

/// `loss` or `objective` of the classifier, which knows one.
pub(super) fn log_loss(settings: &mut Settings) -> Outcome<()> {
    match name(settings)?.as_deref() {
        None | Some("log_loss" | "binary" | "multiclass" | "binary:logistic" | "multi:softprob") => Ok(()),
        Some(other) => Err(format!("loss={other}: expected log_loss").into()),
    }
}

fn name(settings: &mut Settings) -> Outcome<Option<String>> {
    match (settings.take("loss")?, settings.take("objective")?) {
        (Some(_), Some::<String>(_)) => Err("loss and objective are one setting: give one".into()),
        (loss, objective) => Ok(loss.or(objective)),
    }
}

/// `categorical_encoding` (`grouping` or `ordered`), and for the latter `permutations`, `prior`, `min_levels` and `combinations`.
pub(super) fn categorical_encoding(settings: &mut Settings) -> Outcome<Option<CategoricalEncoding>> {
    match settings.take::<String>("categorical_encoding")?.as_deref() {
        None => Ok(None),
        Some("grouping") => Ok(Some(CategoricalEncoding::Grouping)),
        Some("ordered") => {
            let mut encoding = CategoricalEncoding::ordered();
            if let CategoricalEncoding::OrderedStatistics { permutations, prior, min_levels, combinations } =
                &mut encoding
            {
                *permutations = settings.take("permutations")?.unwrap_or(*permutations);
                *prior = settings.take("prior")?.unwrap_or(*prior);
                *min_levels = settings.take("min_levels")?.unwrap_or(*min_levels);
                *combinations = settings.take("combinations")?.unwrap_or(*combinations);
            }
            Ok(Some(encoding))
        }
        Some(other) => Err(format!("categorical_encoding={other}: expected grouping or ordered").into()),
    }
}
