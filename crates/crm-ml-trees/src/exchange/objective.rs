//! XGBoost's objectives, and the scale of their base score.

use crm_ml_core::{Error, Result};

use super::file::{
    HuberParameters, LossParameters, ObjectiveFile, PoissonParameters, QuantileParameters, SoftmaxParameters,
    Text, TweedieParameters,
};
use crate::sigmoid;

/// An objective of XGBoost whose margins mean something here. The scale is that of its predictions.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum XgboostObjective {
    /// `binary:logistic` (or `binary:logitraw`): the margin is the log-odds of the second class.
    Logistic,
    /// `multi:softprob` (or `multi:softmax`): a margin a class.
    Softmax,
    /// `reg:squarederror`.
    Squared,
    /// `reg:absoluteerror`.
    Absolute,
    /// `reg:pseudohubererror`: `slope` is where it turns from squared to absolute.
    PseudoHuber {
        /// `huber_slope`.
        slope: f64,
    },
    /// `reg:quantileerror` of one quantile.
    Quantile {
        /// `quantile_alpha`.
        alpha: f64,
    },
    /// `count:poisson`: the margin is the logarithm of the mean.
    Poisson,
    /// `reg:gamma`: the margin is the logarithm of the mean.
    Gamma,
    /// `reg:tweedie`: the margin is the logarithm of the mean.
    Tweedie {
        /// `tweedie_variance_power`, from 1 to 2.
        power: f64,
    },
}

impl XgboostObjective {
    pub(super) fn read(file: &ObjectiveFile) -> Result<Self> {
        Ok(match file.name.as_str() {
            "binary:logistic" | "binary:logitraw" => Self::Logistic,
            "multi:softprob" | "multi:softmax" => Self::Softmax,
            "reg:squarederror" | "reg:linear" => Self::Squared,
            "reg:absoluteerror" => Self::Absolute,
            "reg:pseudohubererror" => {
                let slope = file.pseudo_huber_param.as_ref().map_or(Ok(1.0), |p| number(&p.huber_slope))?;
                Self::PseudoHuber { slope: positive("huber_slope", slope, f64::MAX)? }
            }
            "reg:quantileerror" => {
                let Some(parameters) = &file.quantile_loss_param else {
                    return Err(Error::model_file("XGBoost: a quantile loss without its quantile"));
                };
                match numbers(&parameters.quantile_alpha)?[..] {
                    [alpha] => Self::Quantile { alpha: positive("quantile_alpha", alpha, 1.0)? },
                    _ => return Err(Error::unsupported("XGBoost: a model of several quantiles")),
                }
            }
            "count:poisson" => Self::Poisson,
            "reg:gamma" => Self::Gamma,
            "reg:tweedie" => {
                let power = &file.tweedie_regression_param;
                let power = power.as_ref().map_or(Ok(1.5), |p| number(&p.tweedie_variance_power))?;
                Self::Tweedie { power: positive("tweedie_variance_power", power, 2.0)? }
            }
            other => return Err(Error::unsupported(format!("XGBoost: objective '{other}'"))),
        })
    }

    pub(super) fn write(self, classes: usize) -> ObjectiveFile {
        let loss = || Some(LossParameters { scale_pos_weight: 1.into() });
        let named = |name: &str| ObjectiveFile { name: name.to_owned(), ..ObjectiveFile::default() };
        match self {
            Self::Logistic => ObjectiveFile { reg_loss_param: loss(), ..named("binary:logistic") },
            Self::Softmax => ObjectiveFile {
                softmax_multiclass_param: Some(SoftmaxParameters { num_class: classes.into() }),
                ..named("multi:softprob")
            },
            Self::Squared => ObjectiveFile { reg_loss_param: loss(), ..named("reg:squarederror") },
            Self::Absolute => named("reg:absoluteerror"),
            Self::PseudoHuber { slope } => ObjectiveFile {
                pseudo_huber_param: Some(HuberParameters { huber_slope: slope.into() }),
                ..named("reg:pseudohubererror")
            },
            Self::Quantile { alpha } => ObjectiveFile {
                quantile_loss_param: Some(QuantileParameters { quantile_alpha: format!("[{alpha}]").into() }),
                ..named("reg:quantileerror")
            },
            Self::Poisson => ObjectiveFile {
                poisson_regression_param: Some(PoissonParameters { max_delta_step: 0.7.into() }),
                ..named("count:poisson")
            },
            Self::Gamma => ObjectiveFile { reg_loss_param: loss(), ..named("reg:gamma") },
            Self::Tweedie { power } => ObjectiveFile {
                tweedie_regression_param: Some(TweedieParameters { tweedie_variance_power: power.into() }),
                ..named("reg:tweedie")
            },
        }
    }

    /// Number of margins where the file says so many classes (0 for none).
    pub(super) fn outputs(self, classes: usize) -> Result<usize> {
        match self {
            Self::Softmax if classes > 0 => Ok(classes),
            Self::Softmax => Err(Error::model_file("XGBoost: a softmax without classes")),
            _ if classes < 2 => Ok(1),
            _ => Err(Error::model_file("XGBoost: classes without a softmax")),
        }
    }

    /// The margin of a base score, which is on the scale of the predictions.
    pub(super) fn margin(self, score: f64) -> Result<f64> {
        let margin = match self {
            Self::Logistic => (score / (1.0 - score)).ln(),
            Self::Poisson | Self::Gamma | Self::Tweedie { .. } => score.ln(),
            _ => score,
        };
        match margin.is_finite() {
            true => Ok(margin),
            false => Err(Error::model_file(format!("XGBoost: a base score of {score}"))),
        }
    }

    /// The base score nearest to a margin, where there is a usable one.
    pub(super) fn score(self, margin: f64) -> Option<f32> {
        let score = match self {
            Self::Logistic => sigmoid(margin),
            Self::Poisson | Self::Gamma | Self::Tweedie { .. } => margin.exp(),
            _ => margin,
        } as f32;
        let usable = match self {
            // Beyond, single precision leaves few digits to one minus the score.
            Self::Logistic => (1e-6..=0.99).contains(&score),
            Self::Poisson | Self::Gamma | Self::Tweedie { .. } => {
                score >= f32::MIN_POSITIVE && score.is_finite()
            }
            _ => score.is_finite(),
        };
        usable.then_some(score)
    }

    /// A base score that is always usable.
    pub(super) fn neutral(self) -> f32 {
        match self {
            Self::Logistic => 0.5,
            Self::Poisson | Self::Gamma | Self::Tweedie { .. } => 1.0,
            _ => 0.0,
        }
    }
}

/// A number of single precision.
pub(super) fn number(text: &Text) -> Result<f64> {
    match text.0.trim().parse::<f32>() {
        Ok(number) if number.is_finite() => Ok(f64::from(number)),
        _ => Err(Error::model_file(format!("XGBoost: '{}' is no number", text.0))),
    }
}

/// Numbers in brackets, or one without them.
pub(super) fn numbers(text: &Text) -> Result<Vec<f64>> {
    let inner = text.0.trim().trim_start_matches(['[', '(']).trim_end_matches([']', ')']);
    inner.split(',').map(|text| number(&text.into())).collect()
}

fn positive(name: &str, value: f64, most: f64) -> Result<f64> {
    match value > 0.0 && value <= most {
        true => Ok(value),
        false => Err(Error::model_file(format!("XGBoost: {name} is {value}"))),
    }
}
