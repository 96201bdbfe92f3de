//! Which exponential smoothing model.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How errors enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorType {
    /// `y = f + e`.
    Additive,
    /// `y = f (1 + e)`: errors grow with the level; for positive values.
    Multiplicative,
}

/// How a trend or a season enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Component {
    /// It does not.
    None,
    /// It is added.
    Additive,
    /// It is a factor.
    Multiplicative,
}

/// One model of the family in the taxonomy of Hyndman et al. 2008: `ETS(M,Ad,M)` has multiplicative errors, an additive damped
/// trend and multiplicative seasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EtsForm {
    /// Errors.
    pub error: ErrorType,
    /// Trend.
    pub trend: Component,
    /// Whether the trend fades out.
    pub damped: bool,
    /// Seasons.
    pub season: Component,
}

impl EtsForm {
    pub(super) const LEVEL: Self =
        Self { error: ErrorType::Additive, trend: Component::None, damped: false, season: Component::None };

    pub(super) fn has_trend(&self) -> bool {
        self.trend != Component::None
    }

    pub(super) fn has_season(&self) -> bool {
        self.season != Component::None
    }

    /// Free initial states for seasons of `m`: one season follows from the others.
    pub(super) fn states(&self, m: usize) -> usize {
        1 + usize::from(self.has_trend()) + if self.has_season() { m.saturating_sub(1) } else { 0 }
    }

    /// Whether its variance can be infinite or its recursion can divide by zero: what `restrict` keeps out (Hyndman et al. 2008,
    /// section 1.4, as R does).
    pub(super) fn unstable(&self) -> bool {
        let factor = |component| component == Component::Multiplicative;
        match self.error {
            ErrorType::Additive => factor(self.trend) || factor(self.season),
            ErrorType::Multiplicative => factor(self.trend) && self.season == Component::Additive,
        }
    }

    /// Whether it makes sense for positive values alone.
    pub(super) fn needs_positive(&self) -> bool {
        let factor = |component| component == Component::Multiplicative;
        self.error == ErrorType::Multiplicative || factor(self.trend) || factor(self.season)
    }
}

impl fmt::Display for EtsForm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |component| match component {
            Component::None => 'N',
            Component::Additive => 'A',
            Component::Multiplicative => 'M',
        };
        let error = match self.error {
            ErrorType::Additive => 'A',
            ErrorType::Multiplicative => 'M',
        };
        let damped = if self.damped { "d" } else { "" };
        write!(out, "ETS({error},{}{damped},{})", letter(self.trend), letter(self.season))
    }
}

/// The smoothing parameters in the notation of Hyndman et al. 2008; what a model has not is 0 (`phi`: 1).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Smoothing {
    /// Of the level.
    pub alpha: f64,
    /// Of the growth, at most alpha.
    pub beta: f64,
    /// Of the seasons, at most 1 - alpha.
    pub gamma: f64,
    /// How much of the growth stays from step to step.
    pub phi: f64,
}
