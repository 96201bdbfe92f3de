//! Outlier scores from empirical distribution functions: ECOD and COPOD.

mod copod;
mod ecod;
mod model;
mod tails;

use crm_ml_core::{Error, Progress, Result, Samples, advance};
use ndarray::Array1;
use serde::{Deserialize, Serialize};

pub use copod::Copod;
pub use ecod::Ecod;
pub use model::EcdfModel;

use crate::Contamination;
use crate::contamination::A_TENTH;
use tails::{MOST_ROWS, Tails};

/// What a cell adds to the anomaly score, from the negative logarithms of the shares of rows at or below it (left) and
/// at or above it (right).
///
/// The *skewed* tail is the one the column is stretched to: right where its skewness is above 0, left where it is below, the sum of
/// both where it is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TailRule {
    /// The largest of left, right and skewed ([`Ecod`]).
    Largest,
    /// The larger of the mean of left and right, and skewed ([`Copod`]).
    MeanOrSkewed,
}

impl TailRule {
    /// What a cell adds, from the shares of rows at or below and at or above it: one logarithm.
    #[inline]
    fn of(self, below: f64, above: f64, skewness: i8) -> f64 {
        let skewed = if skewness > 0 { above } else { below };
        match self {
            // The sum of both tails is larger than each and than their mean.
            _ if skewness == 0 => -(below * above).ln(),
            Self::Largest => -below.min(above).ln(),
            Self::MeanOrSkewed if skewed * skewed <= below * above => -skewed.ln(),
            Self::MeanOrSkewed => -0.5 * (below * above).ln(),
        }
    }
}

/// The distribution of every column with the offset from the scores of the rows themselves, and those scores.
fn fit(
    samples: &Samples<'_>,
    name: &str,
    rule: TailRule,
    contamination: Contamination,
    progress: &dyn Progress,
) -> Result<(EcdfModel, Array1<f64>)> {
    samples.require_no_categories(name)?;
    if samples.n_rows() > MOST_ROWS {
        return Err(Error::unsupported(format!("{name} takes at most {MOST_ROWS} rows")));
    }
    let (columns, scores) = Tails::of_columns(samples, rule);
    advance(progress, "distribution functions", 1, 1)?;
    let scores: Vec<f64> = scores.into_iter().map(|score| -score).collect();
    let offset = contamination.or_share(A_TENTH).offset(0.0, || scores.clone(), samples.weights());
    Ok((EcdfModel::new(samples.schema().clone(), rule, columns, offset), scores.into()))
}
