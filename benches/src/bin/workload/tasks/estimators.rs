//! Estimators from settings.

use std::str::FromStr;

use crm_ml::classifiers::{
    DecisionTreeClassifier, GradientBoostingClassifier, Impurity, LogisticRegression, MaxFeatures,
    RandomForestClassifier,
};
use crm_ml::core::ClassWeight;
use crm_ml::regression::{DecisionTreeRegressor, GradientBoostingRegressor, RandomForestRegressor};

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
            "entropy" => Ok(Self(Impurity::Entropy)),
            _ => Err("expected gini or entropy".to_owned()),
        }
    }
}

/// `class_weight` as text.
struct Weight(ClassWeight);

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
            min_split_gain: f64, subsample: f64, validation_fraction: f64, tol: f64; optional n_iter_no_change: usize);
    };
}

pub(super) fn logistic(settings: &mut Settings) -> Outcome<LogisticRegression> {
    let mut e = LogisticRegression::new();
    if let Some(c) = settings.take("C")? {
        e = e.c(c);
    }
    apply!(settings, e; tol: f64, max_iter: usize, fit_intercept: bool);
    apply_parsed!(settings, e; class_weight: Weight);
    // Nothing here is random, but every task takes a seed.
    settings.take::<u64>("seed")?;
    Ok(e)
}

pub(super) fn decision_tree(settings: &mut Settings) -> Outcome<DecisionTreeClassifier> {
    let mut e = DecisionTreeClassifier::new();
    tree_settings!(settings, e);
    apply!(settings, e; min_impurity_decrease: f64);
    apply_parsed!(settings, e; criterion: Criterion, class_weight: Weight);
    Ok(e)
}

pub(super) fn random_forest(settings: &mut Settings) -> Outcome<RandomForestClassifier> {
    let mut e = RandomForestClassifier::new();
    tree_settings!(settings, e);
    apply!(settings, e; n_estimators: usize, bootstrap: bool, min_impurity_decrease: f64);
    apply_parsed!(settings, e; criterion: Criterion, class_weight: Weight);
    Ok(e)
}

pub(super) fn gradient_boosting(settings: &mut Settings) -> Outcome<GradientBoostingClassifier> {
    let mut e = GradientBoostingClassifier::new();
    boosting_settings!(settings, e);
    apply_parsed!(settings, e; class_weight: Weight);
    Ok(e)
}

pub(super) fn decision_tree_regressor(settings: &mut Settings) -> Outcome<DecisionTreeRegressor> {
    let mut e = DecisionTreeRegressor::new();
    tree_settings!(settings, e);
    apply!(settings, e; min_impurity_decrease: f64);
    Ok(e)
}

pub(super) fn random_forest_regressor(settings: &mut Settings) -> Outcome<RandomForestRegressor> {
    let mut e = RandomForestRegressor::new();
    tree_settings!(settings, e);
    apply!(settings, e; n_estimators: usize, bootstrap: bool, min_impurity_decrease: f64);
    Ok(e)
}

pub(super) fn gradient_boosting_regressor(settings: &mut Settings) -> Outcome<GradientBoostingRegressor> {
    let mut e = GradientBoostingRegressor::new();
    boosting_settings!(settings, e);
    Ok(e)
}
