//! Whether the data suffice for a model one can act on.

use std::fmt;

use crm_ml_core::{ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// Leads and conversions that vendors of lead scoring ask for.
const ADVISED_LEADS: usize = 1000;
const ADVISED_OF_EACH: usize = 120;
/// Below this, a fold has too few conversions to learn from or to be judged on.
const LEAST_OF_EACH: usize = 20;

/// How much data there is, against what is advised: 1,000 leads, 120 of them converted and 120 not. These are the numbers a well-known
/// product asks for before it scores with a model of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sufficiency {
    /// Leads with a known outcome.
    pub leads: usize,
    /// Those that converted.
    pub converted: usize,
    /// Those that did not.
    pub lost: usize,
    /// What is below the advice, in words; empty if the data suffice.
    pub missing: Vec<String>,
}

impl Sufficiency {
    /// Counts. Errors: fewer than 20 leads of either outcome, for which no model is fitted.
    pub(crate) fn check(converted: usize, lost: usize) -> Result<Self> {
        for (count, what) in [(converted, "converted leads"), (lost, "leads that did not convert")] {
            if count < LEAST_OF_EACH {
                let what = format!("lead scoring, {what}");
                return Err(ErrorKind::TooFew { what, needed: LEAST_OF_EACH, found: count }.into());
            }
        }
        let leads = converted + lost;
        let lacks = [
            (leads, ADVISED_LEADS, "leads with a known outcome"),
            (converted, ADVISED_OF_EACH, "converted leads"),
            (lost, ADVISED_OF_EACH, "leads that did not convert"),
        ];
        let lack = |(found, advised, what): &(usize, usize, &str)| {
            (found < advised).then(|| format!("{found} {what}, {} short of {advised}", advised - found))
        };
        Ok(Self { leads, converted, lost, missing: lacks.iter().filter_map(lack).collect() })
    }

    /// Whether nothing is missing.
    pub fn is_sufficient(&self) -> bool {
        self.missing.is_empty()
    }
}

impl fmt::Display for Sufficiency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = 100.0 * self.converted as f64 / self.leads as f64;
        write!(formatter, "{} leads, {} converted ({rate:.1} %): ", self.leads, self.converted)?;
        if self.is_sufficient() {
            formatter.write_str("enough")
        } else {
            write!(formatter, "only {}; take the scores as a first hint", self.missing.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_is_named() {
        assert!(Sufficiency::check(120, 880).unwrap().is_sufficient());
        let short = Sufficiency::check(100, 800).unwrap();
        assert_eq!(
            short.missing,
            ["900 leads with a known outcome, 100 short of 1000", "100 converted leads, 20 short of 120"]
        );
        assert!(short.to_string().contains("(11.1 %): only 900 leads"), "{short}");
        let error = Sufficiency::check(19, 5000).unwrap_err();
        assert_eq!(error.to_string(), "lead scoring, converted leads: 20 needed, 19 found");
    }
}
