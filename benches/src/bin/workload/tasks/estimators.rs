//! Estimators from settings.

use std::str::FromStr;

use crm_ml::classifiers::{
    DecisionTreeClassifier, ExtraTreesClassifier, GradientBoostingClassifier, GrowPolicy, Impurity,
    InteractionCst, MaxFeatures, MaxSamples, RandomForestClassifier, Splitter,
};
use crm_ml::core::ClassWeight;
use crm_ml::regression::{
    DecisionTreeRegressor, ExtraTreesRegressor, GradientBoostingRegressor, RandomForestRegressor,
    RegressionCriterion,
};

use super::loss::{categorical_encoding, log_loss, regression_loss};
use crate::Outcome;
use crate::settings::{Settings, apply};

/// `max_features` as text: `sqrt`, `log2`, `none`, a count or a share.
struct Features(MaxFeatures);

impl FromStr for Features {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(match text {
            "sqrt" => MaxFeatures::Sqrt,
            "log2" => MaxFeatures::Log2,
            "none" | "None" | "all" => MaxFeatures::All,
            number => match (number.parse(), number.parse()) {
                (Ok(count), _) => MaxFeatures::Count(count),
                (_, Ok(share)) => MaxFeatures::Share(share),
                _ => return Err("expected sqrt, log2, none, a count or a share".to_owned()),
            },
        }))
    }
}

/// `criterion` as text.
struct Criterion(Impurity);

impl FromStr for Criterion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "gini" => Ok(Self(Impurity::Gini)),
            "entropy" | "log_loss" => Ok(Self(Impurity::Entropy)),
            _ => Err("expected gini, entropy or log_loss".to_owned()),
        }
    }
}

/// `criterion` of regressors as text.
struct OfValues(RegressionCriterion);

impl FromStr for OfValues {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "squared_error" => Ok(Self(RegressionCriterion::SquaredError)),
            "absolute_error" => Ok(Self(RegressionCriterion::AbsoluteError)),
            "poisson" => Ok(Self(RegressionCriterion::Poisson)),
            _ => Err("expected squared_error, absolute_error or poisson".to_owned()),
        }
    }
}

/// `max_samples` as text: a count or a share.
struct Rows(MaxSamples);

impl FromStr for Rows {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text.parse(), text.parse()) {
            (Ok(count), _) => Ok(Self(MaxSamples::Count(count))),
            (_, Ok(share)) => Ok(Self(MaxSamples::Share(share))),
            _ => Err("expected a count or a share".to_owned()),
        }
    }
}

/// `splitter` as text.
struct Cut(Splitter);

impl FromStr for Cut {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "best" => Ok(Self(Splitter::Best)),
            "random" => Ok(Self(Splitter::Random)),
            _ => Err("expected best or random".to_owned()),
        }
    }
}

/// `class_weight` as text.
pub(super) struct Weight(pub(super) ClassWeight);

impl FromStr for Weight {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "balanced" => Ok(Self(ClassWeight::Balanced)),
            "none" | "None" => Ok(Self(ClassWeight::None)),
            _ => Err("expected balanced or none".to_owned()),
        }
    }
}

/// `grow_policy` as XGBoost writes it.
struct Policy(GrowPolicy);

impl FromStr for Policy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "lossguide" => Ok(Self(GrowPolicy::LossGuide)),
            "depthwise" => Ok(Self(GrowPolicy::DepthWise)),
            "symmetric" => Ok(Self(GrowPolicy::Symmetric)),
            _ => Err("expected lossguide, depthwise or symmetric".to_owned()),
        }
    }
}

/// `monotonic_cst` as text: a direction a column, as in `1,0,-1`.
struct Monotonic(Vec<i8>);

impl FromStr for Monotonic {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let directions = text.split(',').map(|direction| direction.trim().parse());
        directions
            .collect::<Result<_, _>>()
            .map(Self)
            .map_err(|_| "expected -1, 0 or 1 a column, as in 1,0,-1".to_owned())
    }
}

/// `interaction_cst` as text: `pairwise`, `no_interactions` or groups of columns, as in `[[0,1],[2]]`.
struct Interactions(InteractionCst);

impl FromStr for Interactions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "pairwise" => Ok(Self(InteractionCst::Pairwise)),
            "no_interactions" => Ok(Self(InteractionCst::NoInteractions)),
            groups => match serde_json::from_str::<Vec<Vec<usize>>>(groups) {
                Ok(groups) => Ok(Self(groups.into())),
                Err(_) => Err("expected pairwise, no_interactions or groups as in [[0,1],[2]]".to_owned()),
            },
        }
    }
}

macro_rules! apply_parsed {
    ($settings:expr, $estimator:ident; $($name:ident: $type:ty),*) => {
        $(if let Some(value) = $settings.take::<$type>(stringify!($name))? {
            $estimator = $estimator.$name(value.0);
        })*
    };
}

macro_rules! tree_settings {
    ($settings:expr, $e:ident) => {
        apply!($settings, $e; min_samples_split: usize, min_samples_leaf: usize,
            categorical_smoothing: f64, seed: u64; optional max_leaf_nodes: usize, max_depth: usize);
        apply_parsed!($settings, $e; max_features: Features);
    };
}

macro_rules! boosting_settings {
    ($settings:expr, $e:ident) => {
        tree_settings!($settings, $e);
        apply!($settings, $e; n_estimators: usize, max_bins: usize, learning_rate: f64, l2_regularization: f64, min_sum_hessian: f64,
            min_split_gain: f64, reg_alpha: f64, subsample: f64, colsample_bytree: f64, colsample_bylevel: f64,
            validation_fraction: f64, tol: f64; optional n_iter_no_change: usize);
        apply_parsed!($settings, $e; grow_policy: Policy, monotonic_cst: Monotonic, interaction_cst: Interactions);
        if let Some(share) = $settings.take("colsample_bynode")? {
            $e = $e.max_features(MaxFeatures::Share(share));
        }
    };
}

/// Settings of trees and forests; `$criterion` is the type that reads theirs.
macro_rules! impurity_settings {
    ($settings:expr, $e:ident, $criterion:ty) => {
        tree_settings!($settings, $e);
        apply!($settings, $e; min_impurity_decrease: f64, ccp_alpha: f64);
        apply_parsed!($settings, $e; criterion: $criterion);
    };
}

macro_rules! forest_settings {
    ($settings:expr, $e:ident, $criterion:ty) => {
        impurity_settings!($settings, $e, $criterion);
        apply!($settings, $e; n_estimators: usize, bootstrap: bool, oob_score: bool);
        if let Some(Rows(rows)) = $settings.take::<Rows>("max_samples")? {
            $e = $e.max_samples(rows);
        }
    };
}

pub(super) fn decision_tree(settings: &mut Settings) -> Outcome<DecisionTreeClassifier> {
    let mut e = DecisionTreeClassifier::new();
    impurity_settings!(settings, e, Criterion);
    apply_parsed!(settings, e; splitter: Cut, class_weight: Weight);
    Ok(e)
}

pub(super) fn random_forest(settings: &mut Settings) -> Outcome<RandomForestClassifier> {
    let mut e = RandomForestClassifier::new();
    forest_settings!(settings, e, Criterion);
    apply_parsed!(settings, e; class_weight: Weight);
    Ok(e)
}

pub(super) fn extra_trees(settings: &mut Settings) -> Outcome<ExtraTreesClassifier> {
    let mut e = ExtraTreesClassifier::new();
    forest_settings!(settings, e, Criterion);
    apply_parsed!(settings, e; class_weight: Weight);
    Ok(e)
}

pub(super) fn gradient_boosting(settings: &mut Settings) -> Outcome<GradientBoostingClassifier> {
    let mut e = GradientBoostingClassifier::new();
    boosting_settings!(settings, e);
    if let Some(encoding) = categorical_encoding(settings)? {
        e = e.categorical_encoding(encoding);
    }
    log_loss(settings)?;
    apply_parsed!(settings, e; class_weight: Weight);
    Ok(e)
}

pub(super) fn decision_tree_regressor(settings: &mut Settings) -> Outcome<DecisionTreeRegressor> {
    let mut e = DecisionTreeRegressor::new();
    impurity_settings!(settings, e, OfValues);
    apply_parsed!(settings, e; splitter: Cut);
    Ok(e)
}

pub(super) fn random_forest_regressor(settings: &mut Settings) -> Outcome<RandomForestRegressor> {
    let mut e = RandomForestRegressor::new();
    forest_settings!(settings, e, OfValues);
    Ok(e)
}

pub(super) fn extra_trees_regressor(settings: &mut Settings) -> Outcome<ExtraTreesRegressor> {
    let mut e = ExtraTreesRegressor::new();
    forest_settings!(settings, e, OfValues);
    Ok(e)
}

pub(super) fn gradient_boosting_regressor(settings: &mut Settings) -> Outcome<GradientBoostingRegressor> {
    let mut e = GradientBoostingRegressor::new();
    boosting_settings!(settings, e);
    if let Some(encoding) = categorical_encoding(settings)? {
        e = e.categorical_encoding(encoding);
    }
    if let Some(loss) = regression_loss(settings)? {
        e = e.loss(loss);
    }
    Ok(e)
}
