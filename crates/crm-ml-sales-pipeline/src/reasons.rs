//! Why a deal is as likely to be won as it is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The probability of a deal in factors: `probability = fresh_probability * age_factor * amount_factor`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DealReasons {
    /// The probability to be won in time of a deal that entered the stage today and of which the amount says nothing.
    pub fresh_probability: f64,
    /// What the days in the stage make of it.
    pub age_factor: f64,
    /// What the amount makes of it.
    pub amount_factor: f64,
    /// The share of deals that are ever won among the closed ones that were in the stage: what a CRM shows. `None` where none was.
    pub win_rate: Option<f64>,
}

impl DealReasons {
    /// The reasons in words: `63 days in Proposal: half as likely as when fresh; amount: 20 % less likely`.
    pub fn in_words(&self, days: u32, stage: &str) -> String {
        let of_age = match self.age_factor {
            _ if self.fresh_probability <= 0.0 => "too late to be won in time".to_owned(),
            factor if usual(factor) => "about as likely as when fresh".to_owned(),
            factor if (0.45..=0.55).contains(&factor) => "half as likely as when fresh".to_owned(),
            factor if (1.9..=2.1).contains(&factor) => "twice as likely as when fresh".to_owned(),
            factor if factor < 0.01 => "hardly ever won any more".to_owned(),
            factor => format!("{} than when fresh", likelier(factor)),
        };
        let day = if days == 1 { "day" } else { "days" };
        let of_amount = match self.amount_factor {
            factor if usual(factor) => String::new(),
            factor => format!("; amount: {}", likelier(factor)),
        };
        format!("{days} {day} in {stage}: {of_age}{of_amount}")
    }
}

fn usual(factor: f64) -> bool {
    (0.95..=1.05).contains(&factor)
}

fn likelier(factor: f64) -> String {
    let (percent, word) = if factor < 1.0 { (1.0 - factor, "less") } else { (factor - 1.0, "more") };
    format!("{:.0} % {word} likely", 100.0 * percent)
}

impl fmt::Display for DealReasons {
    /// The numbers: `5.1 % when fresh, x 0.50 by age, x 0.80 by amount`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:.1} % when fresh, x {:.2} by age, x {:.2} by amount",
            100.0 * self.fresh_probability,
            self.age_factor,
            self.amount_factor
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_become_words() {
        let words = |age_factor, amount_factor| {
            DealReasons { fresh_probability: 0.2, age_factor, amount_factor, win_rate: None }
                .in_words(63, "Proposal")
        };
        assert_eq!(words(0.5, 1.0), "63 days in Proposal: half as likely as when fresh");
        assert_eq!(
            words(2.0, 0.8),
            "63 days in Proposal: twice as likely as when fresh; amount: 20 % less likely"
        );
        assert_eq!(
            words(1.02, 1.3),
            "63 days in Proposal: about as likely as when fresh; amount: 30 % more likely"
        );
        assert_eq!(words(0.7, 1.0), "63 days in Proposal: 30 % less likely than when fresh");
        assert_eq!(words(0.001, 1.0), "63 days in Proposal: hardly ever won any more");
        let late =
            DealReasons { fresh_probability: 0.0, age_factor: 1.0, amount_factor: 1.0, win_rate: Some(0.5) };
        assert_eq!(late.in_words(1, "Demo"), "1 day in Demo: too late to be won in time");
    }
}
