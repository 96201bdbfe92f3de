//! How many components, and which covariances.

use crm_ml_core::{Check, Clusterer, Error, ErrorKind, Result, Samples};
use serde::{Deserialize, Serialize};

use super::{CovarianceType, GaussianMixture, GaussianMixtureModel};

/// What mixtures are compared by; lower is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Criterion {
    /// The Bayesian information criterion, which favours fewer components.
    #[default]
    Bic,
    /// Akaike's information criterion.
    Aic,
}

/// One of the mixtures that were compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its components.
    pub n_components: usize,
    /// Its covariances.
    pub covariance_type: CovarianceType,
    /// Its criterion; `None` where it could not be fitted.
    pub criterion: Option<f64>,
    /// Why it could not, or the notes of its fit.
    pub notes: Vec<String>,
}

/// The mixtures that were compared and the best of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MixtureChoice {
    /// The one of lowest criterion, the first of several.
    pub best: GaussianMixtureModel,
    /// All, in the order they were asked for: components first, then covariances.
    pub candidates: Vec<Candidate>,
}

impl GaussianMixture {
    /// Fits a mixture for every number of components and every covariance type, else with these parameters, and keeps the one of
    /// lowest criterion on the same rows.
    ///
    /// A mixture that cannot be fitted (too few rows, a singular covariance) is listed with its reason. Errors: nothing to
    /// compare, given starting values (they are of one number and type), no mixture that could be fitted.
    ///
    /// ```
    /// use crm_ml_clustering::{CovarianceType, Criterion, GaussianMixture};
    /// use crm_ml_core::{Samples, Stream};
    /// use ndarray::Array2;
    ///
    /// let mut stream = Stream::new(1, "example", 0);
    /// let x = Array2::from_shape_fn((300, 2), |(i, _)| (i % 3) as f64 * 9.0 + stream.normal());
    /// let types = [CovarianceType::Spherical, CovarianceType::Full];
    /// let choice = GaussianMixture::new(1).choose(&Samples::new(&x)?, 1..=5, &types, Criterion::Bic)?;
    /// assert_eq!(choice.best.weights().len(), 3);
    /// assert_eq!(choice.candidates.len(), 10);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    pub fn choose(
        &self,
        samples: &Samples<'_>,
        n_components: impl IntoIterator<Item = usize>,
        covariance_types: &[CovarianceType],
        criterion: Criterion,
    ) -> Result<MixtureChoice> {
        let numbers: Vec<usize> = n_components.into_iter().collect();
        let free = self.weights_init.is_none() && self.means_init.is_none() && self.precisions_init.is_none();
        Check::of("GaussianMixture::choose")
            .at_least("n_components", numbers.len(), 1)
            .at_least("covariance_types", covariance_types.len(), 1)
            .rule("means_init", "given", free, "left to init_params, as weights_init and precisions_init")
            .finish()?;
        let mut best: Option<(f64, GaussianMixtureModel)> = None;
        let mut candidates = Vec::with_capacity(numbers.len() * covariance_types.len());
        for (n_components, covariance_type) in
            numbers.iter().flat_map(|k| covariance_types.iter().map(move |kind| (*k, *kind)))
        {
            let estimator = self.clone().n_components(n_components).covariance_type(covariance_type);
            let fitted =
                estimator.fit(samples).and_then(|model| Ok((measure(&model, samples, criterion)?, model)));
            let candidate = |criterion, notes| Candidate { n_components, covariance_type, criterion, notes };
            match fitted {
                Ok((value, model)) => {
                    candidates.push(candidate(Some(value), model.report().notes.clone()));
                    if best.as_ref().is_none_or(|(least, _)| value < *least) {
                        best = Some((value, model));
                    }
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::Numerical { .. } | ErrorKind::TooFew { .. }) =>
                {
                    candidates.push(candidate(None, vec![error.to_string()]));
                }
                Err(error) => return Err(error),
            }
        }
        match best {
            Some((_, best)) => Ok(MixtureChoice { best, candidates }),
            None => Err(Error::numerical(format!(
                "GaussianMixture: no mixture could be fitted; the last said: {}",
                candidates.last().map(|c| c.notes.join(", ")).unwrap_or_default()
            ))),
        }
    }
}

fn measure(model: &GaussianMixtureModel, samples: &Samples<'_>, criterion: Criterion) -> Result<f64> {
    match criterion {
        Criterion::Bic => model.bic(samples),
        Criterion::Aic => model.aic(samples),
    }
}
