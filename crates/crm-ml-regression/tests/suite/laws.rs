//! The laws, for the tree regressors.

use crm_ml_core::{Progress, Regressor, Result, Targeted};
use crm_ml_regression::{
    DecisionTreeRegressor, ExtraTreesRegressor, GradientBoostingRegressor, GradientBoostingRegressorModel,
    MaxFeatures, MaxSamples, RandomForestRegressor, RegressionCriterion,
};
use crm_ml_testkit::{AsRegressor, Laws, laws};
use serde::{Deserialize, Serialize};

type Tree = AsRegressor<DecisionTreeRegressor>;
type Forest = AsRegressor<RandomForestRegressor>;
type Extra = AsRegressor<ExtraTreesRegressor>;
type Boosting = AsRegressor<GradientBoostingRegressor>;

fn tree() -> Laws<Tree> {
    Laws::new(AsRegressor(DecisionTreeRegressor::new().max_depth(4)))
        .quick(AsRegressor(DecisionTreeRegressor::new().max_leaf_nodes(6)))
        .missing_accepted()
        .categories_accepted()
        .column_order_matters()
        .bad("max_leaf_nodes", |e: Tree| AsRegressor(e.0.max_leaf_nodes(1)))
        .bad("max_depth", |e: Tree| AsRegressor(e.0.max_depth(0)))
        .bad("min_samples_split", |e: Tree| AsRegressor(e.0.min_samples_split(1)))
        .bad("min_samples_leaf", |e: Tree| AsRegressor(e.0.min_samples_leaf(0)))
        .bad("min_impurity_decrease", |e: Tree| AsRegressor(e.0.min_impurity_decrease(f64::NAN)))
        .bad("ccp_alpha", |e: Tree| AsRegressor(e.0.ccp_alpha(f64::NAN)))
        .bad("max_features", |e: Tree| AsRegressor(e.0.max_features(MaxFeatures::Share(0.0))))
        .bad("categorical_smoothing", |e: Tree| AsRegressor(e.0.categorical_smoothing(f64::INFINITY)))
}

fn forest() -> Laws<Forest> {
    Laws::new(AsRegressor(RandomForestRegressor::new().n_estimators(20).min_samples_leaf(3)))
        .quick(AsRegressor(RandomForestRegressor::new().n_estimators(3).max_leaf_nodes(6)))
        .missing_accepted()
        .categories_accepted()
        .random(|e, seed| AsRegressor(e.0.clone().seed(seed)))
        .weights_in_expectation(0.2)
        .bad("n_estimators", |e: Forest| AsRegressor(e.0.n_estimators(0)))
        .bad("max_features", |e: Forest| AsRegressor(e.0.max_features(MaxFeatures::Count(0))))
        .bad("oob_score", |e: Forest| AsRegressor(e.0.bootstrap(false).oob_score(true)))
}

fn absolute_tree() -> Laws<Tree> {
    let tree = || DecisionTreeRegressor::new().criterion(RegressionCriterion::AbsoluteError);
    Laws::new(AsRegressor(tree().max_depth(4)))
        .quick(AsRegressor(tree().max_leaf_nodes(6)))
        .missing_accepted()
        .categories_accepted()
        .column_order_matters()
        .bad("max_depth", |e: Tree| AsRegressor(e.0.max_depth(0)))
}

fn pruned_tree() -> Laws<Tree> {
    let tree = || DecisionTreeRegressor::new().ccp_alpha(0.01);
    Laws::new(AsRegressor(tree().max_depth(6)))
        .quick(AsRegressor(tree().max_depth(3)))
        .missing_accepted()
        .categories_accepted()
        .column_order_matters()
        .bad("ccp_alpha", |e: Tree| AsRegressor(e.0.ccp_alpha(-0.1)))
}

fn extra_trees() -> Laws<Extra> {
    Laws::new(AsRegressor(ExtraTreesRegressor::new().n_estimators(20).min_samples_leaf(3)))
        .quick(AsRegressor(ExtraTreesRegressor::new().n_estimators(3).max_leaf_nodes(6)))
        .missing_accepted()
        .categories_accepted()
        .random(|e, seed| AsRegressor(e.0.clone().seed(seed)))
        .weights_in_expectation(0.2)
        .bad("max_samples", |e: Extra| AsRegressor(e.0.max_samples(MaxSamples::Share(0.0))))
        .bad("oob_score", |e: Extra| AsRegressor(e.0.oob_score(true)))
}

fn boosting() -> Laws<Boosting> {
    let new = GradientBoostingRegressor::new;
    // min_samples_leaf counts rows, so weights equal repeated rows only where it does not bind; min_sum_hessian is in the
    // unit of the weights.
    Laws::new(AsRegressor(new().n_estimators(30).min_samples_leaf(1).max_leaf_nodes(8).min_sum_hessian(0.0)))
        .quick(AsRegressor(new().n_estimators(3).max_leaf_nodes(5)))
        .missing_accepted()
        .categories_accepted()
        .column_order_matters()
        .bad("n_estimators", |e: Boosting| AsRegressor(e.0.n_estimators(0)))
        .bad("learning_rate", |e: Boosting| AsRegressor(e.0.learning_rate(f64::NAN)))
        .bad("l2_regularization", |e: Boosting| AsRegressor(e.0.l2_regularization(-1.0)))
        .bad("min_sum_hessian", |e: Boosting| AsRegressor(e.0.min_sum_hessian(f64::NAN)))
        .bad("subsample", |e: Boosting| AsRegressor(e.0.subsample(f64::NAN)))
        .bad("validation_fraction", |e: Boosting| AsRegressor(e.0.validation_fraction(1.0)))
        .bad("tol", |e: Boosting| AsRegressor(e.0.tol(-1.0)))
        .bad("monotonic_cst", |e: Boosting| AsRegressor(e.0.monotonic_cst([("a", 2)])))
}

/// Boosting with directions for data of any width: up, down and free in turn, categories free.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Directed(GradientBoostingRegressor);

impl Regressor for Directed {
    type Model = GradientBoostingRegressorModel;

    fn fit_with(&self, data: &Targeted<'_>, progress: &dyn Progress) -> Result<Self::Model> {
        let columns = data.samples().schema().columns().iter().enumerate();
        let direction = |(place, column): (usize, &crm_ml_core::Column)| match column.levels() {
            None => [1, -1, 0][place % 3],
            Some(_) => 0,
        };
        let directions: Vec<i8> = columns.map(direction).collect();
        self.0.clone().monotonic_cst(directions).fit_with(data, progress)
    }
}

fn monotone_boosting() -> Laws<AsRegressor<Directed>> {
    let new = || GradientBoostingRegressor::new().min_samples_leaf(1).min_sum_hessian(0.0);
    Laws::new(AsRegressor(Directed(new().n_estimators(20).max_leaf_nodes(8))))
        .quick(AsRegressor(Directed(new().n_estimators(3).max_leaf_nodes(5))))
        .missing_accepted()
        .categories_accepted()
        .column_order_matters()
        .bad("reg_alpha", |e: AsRegressor<Directed>| AsRegressor(Directed(e.0.0.reg_alpha(f64::NAN))))
}

laws!(decision_tree, tree());
laws!(absolute_error_tree, absolute_tree());
laws!(pruned_decision_tree, pruned_tree());
laws!(random_forest, forest());
laws!(extremely_randomised_trees, extra_trees());
laws!(gradient_boosting, boosting());
laws!(monotone_gradient_boosting, monotone_boosting());
