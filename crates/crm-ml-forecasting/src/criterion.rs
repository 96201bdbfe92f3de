//! Criteria by which models of one series are compared.

use serde::{Deserialize, Serialize};

use crate::arima::ArimaModel;

/// What is to be small: the likelihood turned round, and a price for every estimated number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum InformationCriterion {
    /// Akaike's, corrected for short series.
    #[default]
    Aicc,
    /// Akaike's.
    Aic,
    /// The Bayesian.
    Bic,
}

impl InformationCriterion {
    pub(crate) fn of(self, model: &ArimaModel) -> f64 {
        match self {
            Self::Aicc => model.aicc(),
            Self::Aic => model.aic(),
            Self::Bic => model.bic(),
        }
    }
}
