//! Standard errors, tests and measures of fit, as R's `glm` prints them.

mod likelihood;
mod table;

use crm_ml_core::{Error, Result, Samples};
use ndarray::Array1;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::design::{Design, Strength};
use crate::factor::{DIRECT_LIMIT, Factor, is_direct};
use crate::glm::{check_target, shares};
use crate::gram::Gram;
use crate::loss::{Curving, Family};
use crate::newton::{Objective, Want};
use crate::smooth::{Curvature, Smooth};
use crate::terms::Terms;

/// What a maximum-likelihood fit tells of its coefficients.
///
/// Standard errors come from the expected information `X' W X` at the fit, times the dispersion: 1 for classes and counts, else
/// Pearson's statistic over the residual degrees of freedom. Where the dispersion is estimated, tests are Student's, else
/// normal, as in R. Weights count as repeated rows, in degrees of freedom too (statsmodels' `freq_weights`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GlmSummary {
    family: Family,
    names: Vec<String>,
    coefficients: Vec<f64>,
    standard_errors: Vec<Option<f64>>,
    /// Total weight.
    rows: f64,
    residual_df: f64,
    null_df: f64,
    null_deviance: f64,
    deviance: f64,
    dispersion: f64,
    log_likelihood: Option<f64>,
    aic: Option<f64>,
}

/// A fit to be told about.
#[derive(Debug, Clone, Copy)]
pub struct Inference<'a> {
    /// What the columns are.
    pub terms: &'a Terms,
    /// The distribution that was fitted, without penalty and bounds.
    pub family: Family,
    /// One a row.
    pub target: &'a [f64],
    /// One a row.
    pub weights: Option<&'a [f64]>,
    /// Whether there is an intercept.
    pub fit_intercept: bool,
}

impl Inference<'_> {
    /// The summary of fitted coefficients (in the order of the terms).
    ///
    /// O(n p^2 + p^3) time for p coefficients, where of the largest category's l levels each counts O(p) and O(p^2) once. Errors: lengths, targets, more
    /// than 2048 coefficients beside those levels, or collinear columns among as many in all.
    pub fn summary(
        &self,
        samples: &Samples<'_>,
        coefficients: &Array1<f64>,
        intercept: f64,
    ) -> Result<GlmSummary> {
        let family = self.family.named();
        check_target(samples, self.target, family)?;
        let (shares, total) = shares(self.weights, samples.n_rows())?;
        let design =
            Design::new(samples, self.terms, self.fit_intercept, Strength::default().least_spread(), true)?;
        if coefficients.len() != self.terms.width() {
            return Err(Error::length("coefficients", self.terms.width(), coefficients.len()));
        }
        if !is_direct(&design) {
            return Err(Error::unsupported(format!(
                "standard errors of more than {DIRECT_LIMIT} coefficients beside the levels of the largest category"
            )));
        }
        let theta = design.theta(&coefficients.to_vec(), intercept);
        let mut loss = Smooth::new(&design, family, (self.target, &shares), 0.0);
        loss.curving = Curving::Expected;
        loss.direct = true;
        let curvature = loss.evaluate(&theta, Want::Curvature)?.curvature;
        let Some(Curvature::Summed(information)) = curvature else {
            return Err(Error::numerical("no information matrix"));
        };
        let (variances, rank) = variances(&design, &information)?;
        let margins = loss.margins(&theta);
        let rows = likelihood::Rows { family, target: self.target, shares: &shares, total };
        let residual_df = total - rank as f64;
        let deviance = rows.deviance(&margins);
        let dispersion = match family {
            family if family.knows_dispersion() => 1.0,
            _ if residual_df > 0.0 => rows.pearson(&margins) / residual_df,
            _ => 0.0,
        };
        let known = family.knows_dispersion() || residual_df > 0.0;
        let null = likelihood::null_margins(&rows, design.offset(), self.fit_intercept);
        let log_likelihood = rows.log_likelihood(&margins, deviance);
        let estimated = u8::from(!family.knows_dispersion());
        let parameters = rank as f64 + f64::from(estimated);
        let mut names = self.terms.names(samples.schema());
        let mut values = coefficients.to_vec();
        let mut errors: Vec<Option<f64>> = variances
            .iter()
            .map(|v| v.filter(|_| known).map(|v| (v.max(0.0) * dispersion / total).sqrt()))
            .collect();
        if self.fit_intercept {
            names.insert(0, "(Intercept)".to_owned());
            values.insert(0, intercept);
        } else {
            errors.remove(0);
        }
        // Levels that the others are told against are no parameters.
        let places = design.places();
        let first = usize::from(self.fit_intercept);
        for at in (0..places.len()).rev() {
            if places[at].is_none() {
                names.remove(first + at);
                values.remove(first + at);
                errors.remove(first + at);
            }
        }
        let summary = GlmSummary {
            family,
            names,
            coefficients: values,
            standard_errors: errors,
            rows: total,
            residual_df,
            null_df: total - f64::from(u8::from(self.fit_intercept)),
            null_deviance: rows.deviance(&null),
            deviance,
            dispersion,
            log_likelihood,
            aic: log_likelihood.map(|l| 2.0 * (parameters - l)),
        };
        summary.validate()?;
        Ok(summary)
    }
}

/// Variances (times weight and over dispersion) of intercept and coefficients as given; `None` for what the data do not
/// determine. And the rank.
fn variances(design: &Design<'_>, information: &Gram) -> Result<(Vec<Option<f64>>, usize)> {
    let size = design.size();
    let empty: Vec<bool> = information
        .diagonal(design)
        .iter()
        .map(|d| d.partial_cmp(&0.0).is_none_or(|order| order.is_le()))
        .collect();
    let (factor, singular) = Factor::of_gram(design, information, &vec![0.0; size])?;
    if singular && !matches!(factor, Factor::LeastNorm { .. }) {
        return Err(Error::unsupported(format!(
            "standard errors of collinear columns among more than {DIRECT_LIMIT} coefficients"
        )));
    }
    let of = |contrast: &[f64]| -> Result<Option<f64>> {
        let undetermined =
            contrast.iter().zip(&empty).any(|(c, empty)| *c != 0.0 && *empty) || !factor.determines(contrast);
        let variance = factor.inverse_form(contrast)?;
        Ok((!undetermined && variance.is_finite()).then_some(variance))
    };
    let mut contrast = vec![0.0; size];
    if let Some(at) = design.intercept() {
        design.intercept_contrast(&mut contrast);
        contrast[at] = 1.0;
    }
    let mut found = vec![of(&contrast)?];
    for place in design.places() {
        let Some(at) = place else {
            found.push(None);
            continue;
        };
        contrast.fill(0.0);
        contrast[at] = if at < design.reals() { 1.0 / design.scale(at) } else { 1.0 };
        found.push(of(&contrast)?);
    }
    let rank = match &factor {
        Factor::LeastNorm { values, .. } => values.len(),
        _ => size,
    };
    Ok((found, rank - empty.iter().filter(|e| **e).count().min(rank)))
}

impl Factor {
    /// Whether a linear combination of the parameters is determined by the data.
    fn determines(&self, contrast: &[f64]) -> bool {
        let Self::LeastNorm { vectors, root, .. } = self else { return true };
        let scaled: Vec<f64> = contrast.iter().zip(root).map(|(c, r)| c / r).collect();
        let whole: f64 = scaled.iter().map(|s| s * s).sum();
        let squares = vectors.columns().into_iter().map(|v| {
            let share: f64 = v.iter().zip(&scaled).map(|(v, s)| v * s).sum();
            share * share
        });
        squares.sum::<f64>() >= whole * (1.0 - 1e-8)
    }
}

impl GlmSummary {
    /// The distribution that was fitted.
    pub fn family(&self) -> Family {
        self.family
    }

    /// A name a coefficient, the intercept's first; without the levels that the others are told against.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The coefficients.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// Standard errors; `None` where collinear columns (or no rows) leave a coefficient undetermined.
    pub fn standard_errors(&self) -> &[Option<f64>] {
        &self.standard_errors
    }

    /// Coefficient over standard error: t where the dispersion is estimated, else z.
    pub fn statistics(&self) -> Vec<Option<f64>> {
        let of = |(b, e): (&f64, &Option<f64>)| e.filter(|e| *e > 0.0).map(|e| b / e);
        self.coefficients.iter().zip(&self.standard_errors).map(of).collect()
    }

    /// Two-sided probabilities of statistics as large were the coefficient 0.
    pub fn p_values(&self) -> Vec<Option<f64>> {
        self.statistics().into_iter().map(|s| s.and_then(|s| self.tail(s.abs())).map(|p| 2.0 * p)).collect()
    }

    /// Wald's intervals of the coefficients at a level, for example 0.95. Errors: a level outside (0, 1).
    pub fn confidence_intervals(&self, level: f64) -> Result<Vec<Option<(f64, f64)>>> {
        crm_ml_core::Check::of("confidence_intervals")
            .rule("level", level, level > 0.0 && level < 1.0, "between 0 and 1")
            .finish()?;
        let Some(quantile) = self.quantile(0.5 + level / 2.0) else {
            return Ok(vec![None; self.coefficients.len()]);
        };
        let of = |(b, e): (&f64, &Option<f64>)| e.map(|e| (b - quantile * e, b + quantile * e));
        Ok(self.coefficients.iter().zip(&self.standard_errors).map(of).collect())
    }

    /// Whether tests are Student's.
    pub fn is_t(&self) -> bool {
        !self.family.knows_dispersion()
    }

    fn tail(&self, statistic: f64) -> Option<f64> {
        if !self.is_t() {
            return Some(0.5 * statrs::function::erf::erfc(statistic / std::f64::consts::SQRT_2));
        }
        StudentsT::new(0.0, 1.0, self.residual_df).ok().map(|t| t.sf(statistic))
    }

    fn quantile(&self, share: f64) -> Option<f64> {
        if !self.is_t() {
            return Normal::new(0.0, 1.0).ok().map(|n| n.inverse_cdf(share));
        }
        student_quantile(share, self.residual_df)
    }

    /// Total weight minus the number of determined coefficients.
    pub fn residual_df(&self) -> f64 {
        self.residual_df
    }

    /// Total weight, minus 1 with intercept.
    pub fn null_df(&self) -> f64 {
        self.null_df
    }

    /// Deviance of the model with the intercept (and offsets) alone.
    pub fn null_deviance(&self) -> f64 {
        self.null_deviance
    }

    /// Deviance of the fit.
    pub fn deviance(&self) -> f64 {
        self.deviance
    }

    /// What variances are multiplied with: 1 for classes and counts.
    pub fn dispersion(&self) -> f64 {
        self.dispersion
    }

    /// Log-likelihood, for gamma and inverse Gaussian targets at the dispersion that R uses (deviance over weight); `None` for
    /// Tweedie's powers without a closed form.
    pub fn log_likelihood(&self) -> Option<f64> {
        self.log_likelihood
    }

    /// Twice the number of parameters (an estimated dispersion counts) minus twice the log-likelihood.
    pub fn aic(&self) -> Option<f64> {
        self.aic
    }

    /// Whether lengths agree and numbers are finite.
    pub fn validate(&self) -> Result<()> {
        let count = self.names.len();
        let numbers = [
            self.rows,
            self.residual_df,
            self.null_df,
            self.null_deviance,
            self.deviance,
            self.dispersion,
            self.log_likelihood.unwrap_or(0.0),
            self.aic.unwrap_or(0.0),
        ];
        let errors = self.standard_errors.iter().flatten();
        let finite = numbers.iter().chain(&self.coefficients).chain(errors).all(|v| v.is_finite());
        if self.coefficients.len() == count && self.standard_errors.len() == count && finite {
            return Ok(());
        }
        Err(Error::numerical("a summary whose parts do not fit or are not finite"))
    }
}

/// Student's quantile. With many degrees of freedom by the expansion around the normal one (Cornish and Fisher; Abramowitz and Stegun
/// 26.7.5), which is exact to rounding there, where inverting the distribution loses digits.
fn student_quantile(share: f64, df: f64) -> Option<f64> {
    const MANY: f64 = 1e3;
    if df <= MANY {
        return StudentsT::new(0.0, 1.0, df).ok().map(|t| t.inverse_cdf(share));
    }
    let z = Normal::standard().inverse_cdf(share);
    let square = z * z;
    let first = (square + 1.0) / 4.0;
    let second = ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    let third = (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0;
    let fourth = ((((79.0 * square + 776.0) * square + 1482.0) * square - 1920.0) * square - 945.0) / 92160.0;
    Some(z * (1.0 + (first + (second + (third + fourth / df) / df) / df) / df))
}
