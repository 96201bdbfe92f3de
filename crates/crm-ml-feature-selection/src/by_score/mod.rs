//! Selection by what each column tells on its own.

mod anova;
mod chi_squared;
mod correlation;
mod mutual_information;

use crm_ml_core::{Check, Labeled, Result, Targeted};
use serde::{Deserialize, Serialize};

use crate::selection::by_score;
use crate::{ClassSelector, ColumnScore, Selection, TargetSelector};
pub use anova::anova_f;
pub use chi_squared::chi_squared;
pub use correlation::correlation_f;
pub(crate) use mutual_information::require_neighbors;
pub use mutual_information::{mutual_information, mutual_information_of_target};

/// What a column tells of the classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClassScore {
    /// [`anova_f`]: how far the classes' means are apart.
    AnovaF,
    /// [`chi_squared`], for counts and flags.
    ChiSquared,
    /// [`mutual_information`], which finds any dependence, with this many neighbours.
    MutualInformation(usize),
}

/// What a column tells of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TargetScore {
    /// [`correlation_f`]: linear dependence.
    CorrelationF,
    /// [`mutual_information_of_target`], which finds any dependence, with this many neighbours.
    MutualInformation(usize),
}

/// Which columns are good enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Keep {
    Count(usize),
    Share(f64),
    Above(f64),
    FalsePositiveRate(f64),
    FalseDiscoveryRate(f64),
    FamilyWiseError(f64),
}

/// Keeps the columns that tell most on their own: scikit-learn's `SelectKBest` and its kin.
///
/// Of equal scores the first column is kept first. `score` is a [`ClassScore`] or a [`TargetScore`]; what each asks of the
/// data is told there. As an estimator together with what follows: [`SelectThen`](crate::SelectThen).
///
/// ```
/// use crm_ml_core::{Labeled, Samples};
/// use crm_ml_feature_selection::{ClassScore, ClassSelector, SelectByScore};
/// use ndarray::array;
///
/// let x = array![[1.0, 0.0], [2.0, 3.0], [11.0, 1.0], [12.0, 2.0]];
/// let data = Labeled::new(Samples::new(&x)?, &["lost", "lost", "won", "won"])?;
/// let selection = SelectByScore::new(ClassScore::AnovaF).count(1).select(&data)?;
/// assert_eq!(selection.selected(), [0]);
/// assert_eq!(selection.scores()[0].score, 200.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelectByScore<S> {
    score: S,
    keep: Keep,
}

impl<S> SelectByScore<S> {
    /// Keeps 10 columns.
    pub fn new(score: S) -> Self {
        Self { score, keep: Keep::Count(10) }
    }

    /// Keeps this many columns; all where there are not more.
    pub fn count(mut self, count: usize) -> Self {
        self.keep = Keep::Count(count);
        self
    }

    /// Keeps this share of the columns, at least one.
    pub fn share(mut self, share: f64) -> Self {
        self.keep = Keep::Share(share);
        self
    }

    /// Keeps the columns with scores above this.
    pub fn above(mut self, score: f64) -> Self {
        self.keep = Keep::Above(score);
        self
    }

    /// Keeps the columns with p-values below this: that share of columns that tell nothing is kept.
    pub fn false_positive_rate(mut self, alpha: f64) -> Self {
        self.keep = Keep::FalsePositiveRate(alpha);
        self
    }

    /// Keeps columns so that about this share of those kept tells nothing (Benjamini and Hochberg 1995).
    pub fn false_discovery_rate(mut self, alpha: f64) -> Self {
        self.keep = Keep::FalseDiscoveryRate(alpha);
        self
    }

    /// Keeps columns so that any column that tells nothing is kept with at most this chance (Bonferroni).
    pub fn family_wise_error(mut self, alpha: f64) -> Self {
        self.keep = Keep::FamilyWiseError(alpha);
        self
    }

    fn check(&self, neighbors: Option<usize>, has_p_values: bool) -> Result<()> {
        let check = Check::of("SelectByScore").optional_at_least("n_neighbors", neighbors, 1);
        let check = match self.keep {
            Keep::Count(count) => check.at_least("count", count, 1),
            Keep::Share(share) => check.share("share", share),
            Keep::Above(score) => check.rule("above", score, score.is_finite(), "finite"),
            Keep::FalsePositiveRate(alpha)
            | Keep::FalseDiscoveryRate(alpha)
            | Keep::FamilyWiseError(alpha) => check.share("alpha", alpha).rule(
                "alpha",
                alpha,
                has_p_values,
                "used with a score that has p-values",
            ),
        };
        check.finish()
    }

    /// Whether each column is kept.
    fn kept(&self, scores: &[ColumnScore]) -> Vec<bool> {
        let p = |column: usize| scores[column].p_value.unwrap_or(1.0);
        let width = scores.len();
        let first = |count: usize| {
            let mut kept = vec![false; width];
            by_score(scores).into_iter().take(count).for_each(|column| kept[column] = true);
            kept
        };
        match self.keep {
            Keep::Count(count) => first(count),
            Keep::Share(share) => first(((width as f64 * share) as usize).max(1)),
            Keep::Above(least) => scores.iter().map(|score| score.score > least).collect(),
            Keep::FalsePositiveRate(alpha) => (0..width).map(|column| p(column) < alpha).collect(),
            Keep::FamilyWiseError(alpha) => {
                (0..width).map(|column| p(column) < alpha / width as f64).collect()
            }
            Keep::FalseDiscoveryRate(alpha) => {
                let mut sorted: Vec<f64> = (0..width).map(p).collect();
                sorted.sort_by(f64::total_cmp);
                let passes = |i: &usize| sorted[*i] <= alpha * (i + 1) as f64 / width as f64;
                let bar = (0..width).rfind(passes).map_or(-1.0, |i| sorted[i]);
                (0..width).map(|column| p(column) <= bar).collect()
            }
        }
    }
}

impl ClassSelector for SelectByScore<ClassScore> {
    fn select(&self, data: &Labeled<'_>) -> Result<Selection> {
        let neighbors = match self.score {
            ClassScore::MutualInformation(neighbors) => Some(neighbors),
            ClassScore::AnovaF | ClassScore::ChiSquared => None,
        };
        self.check(neighbors, neighbors.is_none())?;
        let scores = match self.score {
            ClassScore::AnovaF => anova_f(data)?,
            ClassScore::ChiSquared => chi_squared(data)?,
            ClassScore::MutualInformation(neighbors) => mutual_information(data, neighbors)?,
        };
        Selection::of_scores(data.samples().schema(), &self.kept(&scores), scores)
    }
}

impl TargetSelector for SelectByScore<TargetScore> {
    fn select(&self, data: &Targeted<'_>) -> Result<Selection> {
        let neighbors = match self.score {
            TargetScore::MutualInformation(neighbors) => Some(neighbors),
            TargetScore::CorrelationF => None,
        };
        self.check(neighbors, neighbors.is_none())?;
        let scores = match self.score {
            TargetScore::CorrelationF => correlation_f(data)?,
            TargetScore::MutualInformation(neighbors) => mutual_information_of_target(data, neighbors)?,
        };
        Selection::of_scores(data.samples().schema(), &self.kept(&scores), scores)
    }
}
