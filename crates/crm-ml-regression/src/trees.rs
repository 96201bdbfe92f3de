//! What the fitted models share.

use crm_ml_core::{Check, Error, ErrorKind, Progress, Result, Samples, Schema, Targeted};
use crm_ml_trees::{Ensemble, Forest, OutOfBag, PruningPath, RegressionCriterion, Target};
use ndarray::{Array1, Array3, Axis};
use serde::{Deserialize, Serialize};

/// Trees of one output and the columns they were fitted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trees {
    pub(crate) schema: Schema,
    pub(crate) ensemble: Ensemble,
}

impl Trees {
    pub(crate) fn new(data: &Targeted<'_>, ensemble: Ensemble) -> Self {
        Self { schema: data.samples().schema().clone(), ensemble }
    }

    pub(crate) fn predict(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        Ok(self.ensemble.predict(samples)?.index_axis_move(Axis(1), 0))
    }

    pub(crate) fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        self.ensemble.contributions(samples)
    }

    pub(crate) fn validate(&self, is_mean: bool) -> Result<()> {
        self.ensemble.validate()?;
        let fits = self.ensemble.n_columns() == self.schema.width() && self.ensemble.n_outputs() == 1;
        if fits && self.ensemble.is_mean() == is_mean {
            Ok(())
        } else {
            Err(Error::model_file("trees that do not fit the model"))
        }
    }
}

/// A forest's trees, and what they say of the rows that they have not drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Means {
    pub(crate) trees: Trees,
    pub(crate) out_of_bag: Option<OutOfBag>,
    pub(crate) oob_score: Option<f64>,
}

impl Means {
    pub(crate) fn validate(&self) -> Result<()> {
        if self.oob_score.is_some_and(|score| !score.is_finite()) {
            return Err(Error::model_file("an out-of-bag score that is not finite"));
        }
        self.trees.validate(true)?;
        self.out_of_bag.iter().try_for_each(|means| means.validate(1))
    }
}

/// What an estimator of averaged trees fits.
pub(crate) struct Plan<'a> {
    pub(crate) name: &'static str,
    pub(crate) forest: &'a Forest,
    pub(crate) criterion: RegressionCriterion,
}

impl Plan<'_> {
    pub(crate) fn check(&self) -> Check {
        self.forest.check(Check::of(self.name))
    }

    pub(crate) fn fit(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Trees> {
        self.check().finish()?;
        check_target(data)?;
        let target = Target::Values(data.target(), self.criterion);
        let ensemble = self.forest.fit(data.samples(), target, weights(data).as_deref(), progress)?;
        Ok(Trees::new(data, ensemble))
    }

    pub(crate) fn pruning_path(&self, data: &Targeted<'_>) -> Result<PruningPath> {
        self.check().finish()?;
        check_target(data)?;
        let target = Target::Values(data.target(), self.criterion);
        self.forest.pruning_path(data.samples(), target, weights(data).as_deref())
    }

    /// Fits, and looks at the rows left out if asked for.
    pub(crate) fn fit_means(
        &self,
        data: &Targeted<'_>,
        oob_score: bool,
        progress: &dyn Progress,
    ) -> Result<Means> {
        self.check()
            .rule(
                "oob_score",
                oob_score,
                !oob_score || self.forest.draws_rows(),
                "false without bootstrap or max_samples",
            )
            .finish()?;
        let trees = self.fit(data, progress)?;
        if !oob_score {
            return Ok(Means { trees, out_of_bag: None, oob_score: None });
        }
        let means = self.forest.out_of_bag(&trees.ensemble, data.samples())?;
        let score = r2(data, &means);
        Ok(Means { trees, out_of_bag: Some(means), oob_score: score })
    }
}

/// Weighted R2 on the rows that some tree has left out; `None` if there is no such row or their target is constant.
fn r2(data: &Targeted<'_>, means: &OutOfBag) -> Option<f64> {
    let (rows, outputs) = (means.known_rows(), means.outputs());
    let weight = |row: usize| data.samples().weight(row);
    let total: f64 = rows.iter().map(|&row| weight(row)).sum();
    let mean = rows.iter().map(|&row| weight(row) / total * data.target()[row]).sum::<f64>();
    let squares = |centre: &dyn Fn(usize) -> f64| -> f64 {
        rows.iter().map(|&row| weight(row) / total * (data.target()[row] - centre(row)).powi(2)).sum()
    };
    let r2 = 1.0 - squares(&|row| outputs[[row, 0]]) / squares(&|_| mean);
    r2.is_finite().then_some(r2)
}

/// Refuses targets whose squares leave the range of `f64`.
pub(crate) fn check_target(data: &Targeted<'_>) -> Result<()> {
    const MOST: f64 = 1e90;
    match data.target().iter().position(|y| y.abs() > MOST) {
        None => Ok(()),
        Some(row) => Err(ErrorKind::InvalidTarget {
            row,
            value: data.target()[row].to_string(),
            requirement: format!("a target must lie between -{MOST:e} and {MOST:e}"),
        }
        .into()),
    }
}

/// The weights of the rows, of moderate size.
pub(crate) fn weights(data: &Targeted<'_>) -> Option<Vec<f64>> {
    data.samples().weights().map(|weights| crm_ml_trees::moderate(weights.to_vec()))
}

/// Methods and traits of a model with averaged [`Trees`] in a field.
macro_rules! trees_model {
    ($model:ident, $kind:literal, $($trees:ident).+, |$self:ident| $validate:expr) => {
        impl $model {
            /// The trees.
            pub fn ensemble(&self) -> &crm_ml_trees::Ensemble {
                &self.$($trees).+.ensemble
            }

            /// A scorer of single rows that allocates nothing a call.
            pub fn row_scorer(&self) -> crate::RowScorer {
                crate::RowScorer::new(self.ensemble().row_scorer(), None)
            }

            /// Importance of every column by gain, cover or number of splits, summing to 1 (0 without splits).
            pub fn importances(&self, importance: crm_ml_trees::Importance) -> ndarray::Array1<f64> {
                self.ensemble().importances(importance)
            }

            /// The leaf of every row in every tree (node numbers), rows x trees. Errors: columns that are not the model's.
            pub fn apply(&self, samples: &crm_ml_core::Samples<'_>) -> crm_ml_core::Result<ndarray::Array2<u32>> {
                self.$($trees).+.schema.accepts(samples)?;
                self.ensemble().apply(samples)
            }
        }

        impl crm_ml_core::Model for $model {
            fn schema(&self) -> &crm_ml_core::Schema {
                &self.$($trees).+.schema
            }
        }

        impl crm_ml_core::RegressorModel for $model {
            fn predict(
                &self,
                samples: &crm_ml_core::Samples<'_>,
            ) -> crm_ml_core::Result<ndarray::Array1<f64>> {
                self.$($trees).+.predict(samples)
            }
        }

        impl crm_ml_core::Importances for $model {
            /// Decrease of the criterion by the splits of each column, averaged over the trees, summing to 1 (0 without splits).
            fn feature_importances(&self) -> ndarray::Array1<f64> {
                self.importances(crm_ml_trees::Importance::Gain)
            }
        }

        impl crm_ml_core::Attributions for $model {
            /// Exact path-dependent TreeSHAP (Lundberg et al. 2018) of the prediction.
            fn contributions(
                &self,
                samples: &crm_ml_core::Samples<'_>,
            ) -> crm_ml_core::Result<ndarray::Array3<f64>> {
                self.$($trees).+.contributions(samples)
            }
        }

        impl crm_ml_core::Persist for $model {
            const KIND: &'static str = $kind;

            fn validate(&$self) -> crm_ml_core::Result<()> {
                $validate
            }
        }
    };
}

/// What forests have beyond [`trees_model`].
macro_rules! means_model {
    ($model:ident, $kind:literal) => {
        crate::trees::trees_model!($model, $kind, means.trees, |self| self.means.validate());

        impl $model {
            /// Weighted R2 on rows that trees have not drawn, if it was asked for.
            pub fn oob_score(&self) -> Option<f64> {
                self.means.oob_score
            }

            /// Mean prediction of the trees that have not drawn a row, a training row each, if asked for by `oob_score`; NaN for rows that
            /// every tree has drawn.
            pub fn oob_prediction(&self) -> Option<ndarray::Array1<f64>> {
                self.means
                    .out_of_bag
                    .as_ref()
                    .map(|means| means.outputs().index_axis_move(ndarray::Axis(1), 0))
            }
        }
    };
}

pub(crate) use {means_model, trees_model};
