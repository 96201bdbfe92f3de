//! What classifiers of averaged trees share.

use crm_ml_core::{
    Check, ClassWeight, Classes, Error, Labeled, Progress, Result, Samples, Schema, most_probable,
};
use crm_ml_trees::{Ensemble, Forest, Impurity, OutOfBag, PruningPath, Target, moderate};
use ndarray::{Array2, Array3, Axis};
use serde::{Deserialize, Serialize};

/// Trees whose leaves hold class shares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shares {
    pub(crate) schema: Schema,
    pub(crate) classes: Classes,
    pub(crate) ensemble: Ensemble,
}

impl Shares {
    pub(crate) fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.schema.accepts(samples)?;
        self.ensemble.predict(samples)
    }

    pub(crate) fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        let of_all = self.ensemble.contributions(samples)?;
        // The shares of two classes say the same with opposite signs.
        Ok(if self.classes.len() == 2 { of_all.select(Axis(2), &[1]) } else { of_all })
    }

    pub(crate) fn validate(&self) -> Result<()> {
        self.classes.validate()?;
        self.ensemble.validate()?;
        self.ensemble.validate_shares()?;
        if self.ensemble.n_columns() != self.schema.width() || self.ensemble.n_outputs() != self.classes.len()
        {
            return Err(Error::model_file("trees that fit neither schema nor classes"));
        }
        Ok(())
    }
}

/// A forest's trees, and what they say of the rows that they have not drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Votes {
    pub(crate) shares: Shares,
    pub(crate) out_of_bag: Option<OutOfBag>,
    pub(crate) oob_score: Option<f64>,
}

impl Votes {
    pub(crate) fn validate(&self) -> Result<()> {
        if self.oob_score.is_some_and(|score| !(0.0..=1.0).contains(&score)) {
            return Err(Error::model_file("an out-of-bag score outside 0 to 1"));
        }
        self.shares.validate()?;
        self.out_of_bag.iter().try_for_each(|votes| votes.validate(self.shares.classes.len()))
    }
}

/// What an estimator fits.
pub(crate) struct Plan<'a> {
    pub(crate) name: &'static str,
    pub(crate) forest: &'a Forest,
    pub(crate) criterion: Impurity,
    pub(crate) class_weight: &'a ClassWeight,
}

impl Plan<'_> {
    pub(crate) fn check(&self) -> Check {
        self.forest.check(Check::of(self.name))
    }

    fn target<'d>(&self, data: &'d Labeled<'_>) -> Target<'d> {
        Target::Classes { codes: data.codes(), classes: data.classes().len(), impurity: self.criterion }
    }

    fn weights(&self, data: &Labeled<'_>) -> Result<Option<Vec<f64>>> {
        Ok(self.class_weight.row_weights(data)?.map(moderate))
    }

    pub(crate) fn fit(&self, data: &Labeled<'_>, progress: &dyn Progress) -> Result<Shares> {
        self.check().finish()?;
        let weights = self.weights(data)?;
        let ensemble = self.forest.fit(data.samples(), self.target(data), weights.as_deref(), progress)?;
        Ok(Shares { schema: data.samples().schema().clone(), classes: data.classes().clone(), ensemble })
    }

    pub(crate) fn pruning_path(&self, data: &Labeled<'_>) -> Result<PruningPath> {
        self.check().finish()?;
        self.forest.pruning_path(data.samples(), self.target(data), self.weights(data)?.as_deref())
    }

    /// Fits, and looks at the rows left out if asked for.
    pub(crate) fn fit_votes(
        &self,
        data: &Labeled<'_>,
        oob_score: bool,
        progress: &dyn Progress,
    ) -> Result<Votes> {
        self.check()
            .rule(
                "oob_score",
                oob_score,
                !oob_score || self.forest.draws_rows(),
                "false without bootstrap or max_samples",
            )
            .finish()?;
        let shares = self.fit(data, progress)?;
        if !oob_score {
            return Ok(Votes { shares, out_of_bag: None, oob_score: None });
        }
        let votes = self.forest.out_of_bag(&shares.ensemble, data.samples())?;
        let score = accuracy(data, &votes);
        Ok(Votes { shares, out_of_bag: Some(votes), oob_score: score })
    }
}

/// Weighted accuracy on the rows that some tree has left out; `None` if there is none.
fn accuracy(data: &Labeled<'_>, votes: &OutOfBag) -> Option<f64> {
    let predicted = most_probable(&votes.outputs());
    let (mut right, mut total) = (0.0, 0.0);
    for row in votes.known_rows() {
        let weight = data.samples().weight(row);
        total += weight;
        right += if predicted[row] == data.codes()[row] { weight } else { 0.0 };
    }
    (total > 0.0).then(|| right / total)
}

/// Methods and traits of a model with [`Shares`] in a field; `$whole` is what is validated.
macro_rules! shares_model {
    ($model:ident, $kind:literal, $($shares:ident).+, $whole:ident) => {
        impl $model {
            /// The trees.
            pub fn ensemble(&self) -> &crm_ml_trees::Ensemble {
                &self.$($shares).+.ensemble
            }

            /// A scorer of single rows that allocates nothing a call.
            pub fn row_scorer(&self) -> crate::RowScorer {
                crate::RowScorer::new(self.ensemble(), crate::row_scorer::Link::Identity)
            }

            /// Importance of every column by gain, cover or number of splits, summing to 1 (0 without splits).
            pub fn importances(&self, importance: crm_ml_trees::Importance) -> ndarray::Array1<f64> {
                self.ensemble().importances(importance)
            }

            /// The leaf of every row in every tree (node numbers), rows x trees. Errors: columns that are not the model's.
            pub fn apply(&self, samples: &crm_ml_core::Samples<'_>) -> crm_ml_core::Result<ndarray::Array2<u32>> {
                self.$($shares).+.schema.accepts(samples)?;
                self.ensemble().apply(samples)
            }
        }

        impl crm_ml_core::Model for $model {
            fn schema(&self) -> &crm_ml_core::Schema {
                &self.$($shares).+.schema
            }
        }

        impl crm_ml_core::ClassifierModel for $model {
            fn classes(&self) -> &crm_ml_core::Classes {
                &self.$($shares).+.classes
            }

            fn predict_proba(
                &self,
                samples: &crm_ml_core::Samples<'_>,
            ) -> crm_ml_core::Result<ndarray::Array2<f64>> {
                self.$($shares).+.predict_proba(samples)
            }
        }

        impl crm_ml_core::Importances for $model {
            /// Decrease of the impurity by the splits of each column, averaged over the trees, summing to 1 (0 without splits).
            fn feature_importances(&self) -> ndarray::Array1<f64> {
                self.importances(crm_ml_trees::Importance::Gain)
            }
        }

        impl crm_ml_core::Attributions for $model {
            /// Exact path-dependent TreeSHAP (Lundberg et al. 2018) of the probability of each class; of two classes, of the second.
            fn contributions(
                &self,
                samples: &crm_ml_core::Samples<'_>,
            ) -> crm_ml_core::Result<ndarray::Array3<f64>> {
                self.$($shares).+.contributions(samples)
            }
        }

        impl crm_ml_core::Persist for $model {
            const KIND: &'static str = $kind;

            fn validate(&self) -> crm_ml_core::Result<()> {
                self.$whole.validate()
            }
        }
    };
}

/// What forests have beyond [`shares_model`].
macro_rules! votes_model {
    ($model:ident, $kind:literal) => {
        crate::shares::shares_model!($model, $kind, votes.shares, votes);

        impl $model {
            /// Weighted accuracy on rows that trees have not drawn, if it was asked for.
            pub fn oob_score(&self) -> Option<f64> {
                self.votes.oob_score
            }

            /// Mean shares over the trees that have not drawn a row, training rows x classes, if asked for by `oob_score`; NaN for rows that
            /// every tree has drawn.
            pub fn oob_decision_function(&self) -> Option<ndarray::Array2<f64>> {
                self.votes.out_of_bag.as_ref().map(crm_ml_trees::OutOfBag::outputs)
            }
        }
    };
}

pub(crate) use {shares_model, votes_model};
