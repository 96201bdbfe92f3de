//! The summary as a table.

use std::fmt::{Display, Formatter, Result};

use super::GlmSummary;

impl Display for GlmSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let width = self.names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(1);
        let letter = if self.is_t() { 't' } else { 'z' };
        let (statistics, p_values) = (self.statistics(), self.p_values());
        let tail = format!("Pr(>|{letter}|)");
        writeln!(
            f,
            "{:width$} {:>12} {:>12} {:>9} {tail:>10}",
            "",
            "Estimate",
            "Std. Error",
            format!("{letter} value")
        )?;
        for (i, name) in self.names.iter().enumerate() {
            let number = |value: Option<f64>, digits: usize| match value {
                Some(value) if value != 0.0 && value.abs() < 1e-3 => format!("{value:.3e}"),
                Some(value) => format!("{value:.digits$}"),
                None => "NA".to_owned(),
            };
            let p = match p_values[i] {
                Some(p) if p < 2e-16 => "<2e-16".to_owned(),
                other => number(other, 4),
            };
            writeln!(
                f,
                "{name:width$} {:>12} {:>12} {:>9} {p:>10} {}",
                number(Some(self.coefficients[i]), 5),
                number(self.standard_errors[i], 5),
                number(statistics[i], 3),
                stars(p_values[i]),
            )?;
        }
        writeln!(f, "(dispersion {:.5} for the family {:?})", self.dispersion, self.family)?;
        writeln!(f, "    Null deviance: {:.4} on {} degrees of freedom", self.null_deviance, self.null_df)?;
        writeln!(f, "Residual deviance: {:.4} on {} degrees of freedom", self.deviance, self.residual_df)?;
        match self.aic {
            Some(aic) => write!(f, "AIC: {aic:.4}"),
            None => write!(f, "AIC: NA"),
        }
    }
}

/// R's marks: below .001, .01, .05 and .1.
fn stars(p: Option<f64>) -> &'static str {
    match p {
        Some(p) if p < 0.001 => "***",
        Some(p) if p < 0.01 => "**",
        Some(p) if p < 0.05 => "*",
        Some(p) if p < 0.1 => ".",
        _ => "",
    }
}
