//! Minimum redundancy, maximum relevance.

mod measure;
mod walk;

use crm_ml_core::{Check, Labeled, Result, Schema, Targeted};
use serde::{Deserialize, Serialize};

use crate::{Amount, ClassSelector, ColumnScore, Selection, TargetSelector};
use measure::Measure;
use walk::walk;

/// How relevance and redundancy are measured and set against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MrmrScheme {
    /// Mutual information, their difference. Finds any dependence, and takes category columns.
    Mid,
    /// Mutual information, their quotient.
    Miq,
    /// F statistic and magnitude of the correlation, their difference. For real columns; fast, and honours weights.
    Fcd,
    /// F statistic and magnitude of the correlation, their quotient.
    Fcq,
}

impl MrmrScheme {
    fn is_information(self) -> bool {
        matches!(self, Self::Mid | Self::Miq)
    }

    fn is_quotient(self) -> bool {
        matches!(self, Self::Miq | Self::Fcq)
    }
}

/// How mutual information is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Estimate {
    Neighbors(usize),
    Bins(usize),
}

/// One column taken: see [`Mrmr::steps`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MrmrStep {
    /// Position of the column.
    pub column: usize,
    /// What it tells of what is to be predicted: mutual information in nats, or an F statistic.
    pub relevance: f64,
    /// Mean of what it shares with the columns taken before it: mutual information in nats, or a correlation's magnitude.
    pub redundancy: f64,
    /// Relevance minus or over redundancy; the relevance itself for the first column.
    pub score: f64,
}

/// Minimum redundancy, maximum relevance: takes columns one after another, each time the one that tells most of what is to
/// be predicted, less (or over) what it shares on average with the columns already taken.
///
/// Of ten columns that say the same [`SelectByScore`](crate::SelectByScore) takes ten, this takes one and goes on to what is new. The
/// four schemes are those of Ding and Peng, Minimum redundancy feature selection from microarray gene expression data, 2005. Of equal
/// scores the less redundant column is taken, then the first. In quotients a redundancy below 0.001 counts as 0.001, so that
/// an estimate of nothing does not make any column infinitely good. Columns left out are ranked by their last scores.
///
/// Mutual information is estimated by [`n_neighbors`](Self::n_neighbors) as
/// [`mutual_information`](crate::mutual_information) does (no weights, no missing real values; O(n^1.5) a pair at worst), or in
/// [`n_bins`](Self::n_bins) (weights honoured, a part of their own for missing values; O(n) a pair). The F schemes use
/// [`anova_f`](crate::anova_f) or [`correlation_f`](crate::correlation_f) and weighted correlations, a constant column's being 0; they take
/// neither missing values nor categories. k columns of p ask for k p pairs, in parallel, and one copy of the columns.
///
/// ```
/// use crm_ml_core::{Labeled, Samples};
/// use crm_ml_feature_selection::{ClassScore, ClassSelector, Mrmr, MrmrScheme, SelectByScore};
/// use ndarray::array;
///
/// // The second column repeats the first; the third tells less, but something else.
/// let x = array![[0.0, 0.1, 2.0], [1.0, 1.0, 1.0], [2.0, 2.1, 0.0], [3.0, 3.0, 4.0], [4.0, 4.1, 3.0], [5.0, 5.0, 2.0]];
/// let data = Labeled::new(Samples::new(&x)?, &[0, 0, 0, 1, 1, 1])?;
/// assert_eq!(SelectByScore::new(ClassScore::AnovaF).count(2).select(&data)?.selected(), [0, 1]);
/// assert_eq!(Mrmr::new(MrmrScheme::Fcq).n_features_to_select(2).select(&data)?.selected(), [0, 2]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mrmr {
    scheme: MrmrScheme,
    n_features_to_select: Amount,
    estimate: Estimate,
}

const NAME: &str = "Mrmr";
const MOST_BINS: usize = 1 << 16;

impl Mrmr {
    /// Ten columns; mutual information by three neighbours.
    pub fn new(scheme: MrmrScheme) -> Self {
        Self { scheme, n_features_to_select: Amount::Count(10), estimate: Estimate::Neighbors(3) }
    }

    /// Takes this many columns; all where there are not more.
    pub fn n_features_to_select(mut self, count: usize) -> Self {
        self.n_features_to_select = Amount::Count(count);
        self
    }

    /// Takes this share of the columns, at least one.
    pub fn share_to_select(mut self, share: f64) -> Self {
        self.n_features_to_select = Amount::Share(share);
        self
    }

    /// Estimates mutual information of real values by this many neighbours, at least 1. Takes the place of `n_bins`.
    pub fn n_neighbors(mut self, n_neighbors: usize) -> Self {
        self.estimate = Estimate::Neighbors(n_neighbors);
        self
    }

    /// Estimates mutual information of real values cut into this many parts of equal weight, from 2 to 65,536, as the paper
    /// does (with three). Takes the place of `n_neighbors`. Tables of many parts find information in chance: about half of
    /// `(n_bins - 1)^2` over the number of rows.
    pub fn n_bins(mut self, n_bins: usize) -> Self {
        self.estimate = Estimate::Bins(n_bins);
        self
    }

    /// The columns taken for classes, in the order in which they are taken, and why.
    ///
    /// Errors: parameters; what the measures refuse (weights or missing values by neighbours, missing values and categories by F,
    /// too few rows or classes for F).
    pub fn steps(&self, data: &Labeled<'_>) -> Result<Vec<MrmrStep>> {
        self.taken(self.walk_of_classes(data)?)
    }

    /// As [`Mrmr::steps`], for a real target.
    pub fn steps_of_target(&self, data: &Targeted<'_>) -> Result<Vec<MrmrStep>> {
        self.taken(self.walk_of_target(data)?)
    }

    fn taken(&self, mut steps: Vec<MrmrStep>) -> Result<Vec<MrmrStep>> {
        steps.truncate(self.n_features_to_select.of(steps.len()));
        Ok(steps)
    }

    fn check(&self) -> Result<()> {
        let check = self.n_features_to_select.check(Check::of(NAME), "n_features_to_select");
        match self.estimate {
            Estimate::Neighbors(neighbors) => check.at_least("n_neighbors", neighbors, 1),
            Estimate::Bins(bins) => check.between("n_bins", bins, 2, MOST_BINS),
        }
        .finish()
    }

    /// All columns: first those taken, in order, then the others by their last scores.
    fn walk_of_classes(&self, data: &Labeled<'_>) -> Result<Vec<MrmrStep>> {
        self.check()?;
        let measure = if self.scheme.is_information() {
            Measure::information_of_classes(data, self.estimate)?
        } else {
            Measure::correlation_of_classes(data)?
        };
        Ok(walk(&measure, self.n_features_to_select, self.scheme.is_quotient()))
    }

    fn walk_of_target(&self, data: &Targeted<'_>) -> Result<Vec<MrmrStep>> {
        self.check()?;
        let measure = if self.scheme.is_information() {
            Measure::information_of_target(data, self.estimate)?
        } else {
            Measure::correlation_of_target(data)?
        };
        Ok(walk(&measure, self.n_features_to_select, self.scheme.is_quotient()))
    }

    fn selection(&self, schema: &Schema, steps: &[MrmrStep]) -> Result<Selection> {
        let mut scores = vec![ColumnScore { score: 0.0, p_value: None }; steps.len()];
        let mut ranking = vec![1; steps.len()];
        let taken = self.n_features_to_select.of(steps.len()).min(steps.len());
        for (place, step) in steps.iter().enumerate() {
            scores[step.column].score = step.score;
            ranking[step.column] = if place < taken { 1 } else { place - taken + 2 };
        }
        Selection::new(schema, ranking, scores)
    }
}

impl ClassSelector for Mrmr {
    fn select(&self, data: &Labeled<'_>) -> Result<Selection> {
        self.selection(data.samples().schema(), &self.walk_of_classes(data)?)
    }
}

impl TargetSelector for Mrmr {
    fn select(&self, data: &Targeted<'_>) -> Result<Selection> {
        self.selection(data.samples().schema(), &self.walk_of_target(data)?)
    }
}
