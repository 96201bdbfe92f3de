//! Several detectors as one.

mod any;
mod model;
mod standing;

use crm_ml_core::{Check, OutlierDetector, Progress, Result, Samples, advance};
use serde::{Deserialize, Serialize};

pub use any::{AnyDetector, AnyOutlierModel};
pub use model::OutlierEnsembleModel;

use crate::Contamination;
use crate::contamination::A_TENTH;
use standing::Standing;

/// How the members' anomaly scores become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Combination {
    /// The mean of ranks: of the shares of rows of the fit that a member finds less odd.
    #[default]
    MeanRank,
    /// The largest rank: one member's suspicion is enough.
    MaxRank,
    /// The mean of scores, each less its mean and over its standard deviation in the fit.
    MeanStandardized,
}

/// Several detectors as one: unlike methods see unlike oddities, and their mean is steadier than each.
///
/// The rank of a row under a member is the share of rows of the fit of a lower anomaly score, those of an equal one counted half: from 0 to 1, for
/// new rows too. The anomaly score combines the ranks, or the standardised scores ([`Combination`]).
///
/// Missing values, category columns and weights are taken where every member takes them. With [`Contamination::Auto`] a tenth of the rows are outliers; the members' own
/// contamination means nothing. Cost: the members', one after the other; the model keeps n scores a member. Errors: no member, those of the members.
/// Reference: Aggarwal and Sathe, Theoretical foundations and algorithms for outlier ensembles, 2015.
///
/// ```
/// use crm_ml_anomaly::{Ecod, KthNeighborDistance, OutlierEnsemble, RobustZScore};
/// use crm_ml_core::{OutlierDetector, OutlierModel, Samples};
/// use ndarray::array;
///
/// let x = array![[1.0], [2.0], [3.0], [4.0], [90.0]];
/// let ensemble = OutlierEnsemble::new(vec![
///     Ecod::new().into(),
///     RobustZScore::new().into(),
///     KthNeighborDistance::new().n_neighbors(2).into(),
/// ]);
/// let model = ensemble.fit(&Samples::new(&x)?)?;
/// // As odd as the ends of the range to the first, odder than all to the others.
/// let score = model.anomaly_scores(&Samples::new(&array![[200.0]])?)?[0];
/// assert!((score - (0.8 + 1.0 + 1.0) / 3.0).abs() < 1e-12);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutlierEnsemble {
    detectors: Vec<AnyDetector>,
    combination: Combination,
    contamination: Contamination,
}

impl OutlierEnsemble {
    /// The mean rank of these.
    pub fn new(detectors: Vec<AnyDetector>) -> Self {
        Self { detectors, combination: Combination::MeanRank, contamination: Contamination::Auto }
    }

    /// How the members' scores become one.
    pub fn combination(mut self, combination: Combination) -> Self {
        self.combination = combination;
        self
    }

    /// The share of outliers.
    pub fn contamination(mut self, contamination: Contamination) -> Self {
        self.contamination = contamination;
        self
    }

    /// The members.
    pub fn detectors(&self) -> &[AnyDetector] {
        &self.detectors
    }
}

impl OutlierDetector for OutlierEnsemble {
    type Model = OutlierEnsembleModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<OutlierEnsembleModel> {
        let check = Check::of("OutlierEnsemble").at_least("detectors", self.detectors.len(), 1);
        self.contamination.check(check).finish()?;
        let (mut members, mut parts) = (Vec::new(), Vec::new());
        for (index, detector) in self.detectors.iter().enumerate() {
            let member = detector.fit_with(samples, progress)?;
            let scores = -member.scores_of_fit(samples)?;
            let standing = Standing::new(&scores, samples.weights());
            parts.push(standing.all(&scores, self.combination));
            members.push((member, standing));
            advance(progress, "detectors", index + 1, self.detectors.len())?;
        }
        let scores: Vec<f64> = model::combined(&parts, self.combination).into_iter().map(|s| -s).collect();
        let contamination = self.contamination.or_share(A_TENTH);
        let offset = contamination.offset(0.0, || scores, samples.weights());
        Ok(OutlierEnsembleModel::new(samples.schema().clone(), members, self.combination, offset))
    }
}
