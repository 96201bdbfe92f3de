//! The laws, for the tree classifiers.

use crm_ml_classifiers::{
    DecisionTreeClassifier, ExtraTreesClassifier, GradientBoostingClassifier, GrowPolicy, Impurity,
    InteractionCst, MaxFeatures, MaxSamples, MonotonicCst, RandomForestClassifier, Splitter,
};
use crm_ml_testkit::{AsClassifier, Laws, laws};

type Tree = AsClassifier<DecisionTreeClassifier>;
type Forest = AsClassifier<RandomForestClassifier>;
type Extra = AsClassifier<ExtraTreesClassifier>;
type Boosting = AsClassifier<GradientBoostingClassifier>;

fn tree() -> Laws<Tree> {
    Laws::new(AsClassifier(DecisionTreeClassifier::new().max_depth(4)))
        .quick(AsClassifier(DecisionTreeClassifier::new().max_leaf_nodes(6)))
        .missing_accepted()
        .categories_accepted()
        .column_order_matters()
        .bad("max_leaf_nodes", |e: Tree| AsClassifier(e.0.max_leaf_nodes(1)))
        .bad("max_depth", |e: Tree| AsClassifier(e.0.max_depth(0)))
        .bad("min_samples_split", |e: Tree| AsClassifier(e.0.min_samples_split(1)))
        .bad("min_samples_leaf", |e: Tree| AsClassifier(e.0.min_samples_leaf(0)))
        .bad("min_impurity_decrease", |e: Tree| AsClassifier(e.0.min_impurity_decrease(f64::NAN)))
        .bad("ccp_alpha", |e: Tree| AsClassifier(e.0.ccp_alpha(f64::NAN)))
        .bad("max_features", |e: Tree| AsClassifier(e.0.max_features(MaxFeatures::Share(f64::NAN))))
        .bad("categorical_smoothing", |e: Tree| AsClassifier(e.0.categorical_smoothing(-1.0)))
}

fn forest() -> Laws<Forest> {
    Laws::new(AsClassifier(RandomForestClassifier::new().n_estimators(20).max_depth(4)))
        .quick(AsClassifier(RandomForestClassifier::new().n_estimators(3).max_leaf_nodes(6)))
        .missing_accepted()
        .categories_accepted()
        .random(|e, seed| AsClassifier(e.0.clone().seed(seed)))
        .weights_in_expectation(0.05)
        .bad("n_estimators", |e: Forest| AsClassifier(e.0.n_estimators(0)))
        .bad("n_estimators", |e: Forest| AsClassifier(e.0.n_estimators(usize::MAX)))
        .bad("max_features", |e: Forest| AsClassifier(e.0.max_features(MaxFeatures::Count(0))))
        .bad("oob_score", |e: Forest| AsClassifier(e.0.bootstrap(false).oob_score(true)))
}

fn pruned_entropy_tree() -> Laws<Tree> {
    let tree = DecisionTreeClassifier::new().criterion(Impurity::Entropy).ccp_alpha(0.005).max_depth(6);
    Laws::new(AsClassifier(tree))
        .quick(AsClassifier(DecisionTreeClassifier::new().ccp_alpha(0.01).max_depth(3)))
        .missing_accepted()
        .categories_accepted()
        .column_order_matters()
        .bad("ccp_alpha", |e: Tree| AsClassifier(e.0.ccp_alpha(-1.0)))
}

fn random_tree() -> Laws<Tree> {
    let tree = || DecisionTreeClassifier::new().splitter(Splitter::Random);
    Laws::new(AsClassifier(tree().max_depth(4)))
        .quick(AsClassifier(tree().max_leaf_nodes(6)))
        .missing_accepted()
        .categories_accepted()
        .random(|e, seed| AsClassifier(e.0.clone().seed(seed)))
        .weights_in_expectation(0.2)
        .bad("max_depth", |e: Tree| AsClassifier(e.0.max_depth(0)))
}

fn extra_trees() -> Laws<Extra> {
    Laws::new(AsClassifier(ExtraTreesClassifier::new().n_estimators(20).max_depth(4)))
        .quick(AsClassifier(ExtraTreesClassifier::new().n_estimators(3).max_leaf_nodes(6)))
        .missing_accepted()
        .categories_accepted()
        .random(|e, seed| AsClassifier(e.0.clone().seed(seed)))
        .weights_in_expectation(0.05)
        .bad("n_estimators", |e: Extra| AsClassifier(e.0.n_estimators(0)))
        .bad("max_samples", |e: Extra| AsClassifier(e.0.max_samples(MaxSamples::Share(f64::NAN))))
        .bad("oob_score", |e: Extra| AsClassifier(e.0.oob_score(true)))
}

fn subsampled_forest() -> Laws<Forest> {
    let new =
        || RandomForestClassifier::new().bootstrap(false).max_samples(MaxSamples::Share(0.6)).oob_score(true);
    Laws::new(AsClassifier(new().n_estimators(20).max_depth(4)))
        .quick(AsClassifier(new().n_estimators(3).max_leaf_nodes(6)))
        .missing_accepted()
        .categories_accepted()
        .random(|e, seed| AsClassifier(e.0.clone().seed(seed)))
        .weights_in_expectation(0.1)
        .bad("max_samples", |e: Forest| AsClassifier(e.0.max_samples(MaxSamples::Count(0))))
        .bad("max_samples", |e: Forest| AsClassifier(e.0.max_samples(MaxSamples::Share(1.5))))
}

fn boosting() -> Laws<Boosting> {
    let new = GradientBoostingClassifier::new;
    // min_samples_leaf counts rows, so weights equal repeated rows only where it does not bind; min_sum_hessian is in the
    // unit of the weights.
    Laws::new(AsClassifier(new().n_estimators(30).min_samples_leaf(1).max_leaf_nodes(8).min_sum_hessian(0.0)))
        .quick(AsClassifier(new().n_estimators(3).max_leaf_nodes(5)))
        .missing_accepted()
        .categories_accepted()
        .column_order_matters()
        .bad("n_estimators", |e: Boosting| AsClassifier(e.0.n_estimators(0)))
        .bad("learning_rate", |e: Boosting| AsClassifier(e.0.learning_rate(f64::NAN)))
        .bad("learning_rate", |e: Boosting| AsClassifier(e.0.learning_rate(0.0)))
        .bad("l2_regularization", |e: Boosting| AsClassifier(e.0.l2_regularization(f64::INFINITY)))
        .bad("min_sum_hessian", |e: Boosting| AsClassifier(e.0.min_sum_hessian(-1.0)))
        .bad("min_split_gain", |e: Boosting| AsClassifier(e.0.min_split_gain(f64::NAN)))
        .bad("categorical_l2", |e: Boosting| AsClassifier(e.0.categorical_l2(f64::NAN)))
        .bad("min_samples_level", |e: Boosting| AsClassifier(e.0.min_samples_level(0)))
        .bad("subsample", |e: Boosting| AsClassifier(e.0.subsample(0.0)))
        .bad("max_bins", |e: Boosting| AsClassifier(e.0.max_bins(1)))
        .bad("n_iter_no_change", |e: Boosting| AsClassifier(e.0.n_iter_no_change(0)))
        .bad("validation_fraction", |e: Boosting| AsClassifier(e.0.validation_fraction(f64::NAN)))
        .bad("tol", |e: Boosting| AsClassifier(e.0.tol(f64::NAN)))
}

fn sampled_boosting() -> Laws<Boosting> {
    let new = || GradientBoostingClassifier::new().subsample(0.7).max_features(MaxFeatures::Count(2));
    Laws::new(AsClassifier(new().n_estimators(10).min_samples_leaf(3).n_iter_no_change(5)))
        .quick(AsClassifier(new().n_estimators(3).max_leaf_nodes(5)))
        .missing_accepted()
        .categories_accepted()
        .random(|e, seed| AsClassifier(e.0.clone().seed(seed)))
        .weights_in_expectation(0.1)
        .weight_scale_matters()
        .bad("subsample", |e: Boosting| AsClassifier(e.0.subsample(1.5)))
}

/// Columns drawn for trees and levels.
fn column_sampled_boosting() -> Laws<Boosting> {
    let new = || GradientBoostingClassifier::new().colsample_bytree(0.8).colsample_bylevel(0.6);
    Laws::new(AsClassifier(new().n_estimators(20).min_samples_leaf(3)))
        .quick(AsClassifier(new().n_estimators(3).max_leaf_nodes(5)))
        .missing_accepted()
        .categories_accepted()
        .random(|e, seed| AsClassifier(e.0.clone().seed(seed)))
        .weights_in_expectation(0.1)
        .bad("colsample_bytree", |e: Boosting| AsClassifier(e.0.colsample_bytree(f64::NAN)))
        .bad("colsample_bytree", |e: Boosting| AsClassifier(e.0.colsample_bytree(1.5)))
        .bad("colsample_bylevel", |e: Boosting| AsClassifier(e.0.colsample_bylevel(0.0)))
}

/// Level by level, with an L1 penalty and few interactions.
fn constrained_boosting() -> Laws<Boosting> {
    let new = || {
        GradientBoostingClassifier::new()
            .reg_alpha(0.3)
            .grow_policy(GrowPolicy::DepthWise)
            .max_depth(4)
            .interaction_cst(InteractionCst::Pairwise)
    };
    Laws::new(AsClassifier(new().n_estimators(20).min_samples_leaf(1).max_leaf_nodes(9).min_sum_hessian(0.0)))
        .quick(AsClassifier(new().n_estimators(3).max_leaf_nodes(5)))
        .missing_accepted()
        .categories_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("reg_alpha", |e: Boosting| AsClassifier(e.0.reg_alpha(f64::NAN)))
        .bad("reg_alpha", |e: Boosting| AsClassifier(e.0.reg_alpha(-1.0)))
        .bad("monotonic_cst", |e: Boosting| AsClassifier(e.0.monotonic_cst([2, 0, 0, 0])))
        .bad("monotonic_cst", |e: Boosting| AsClassifier(e.0.monotonic_cst(MonotonicCst::from([("a", -2)]))))
        .bad("interaction_cst", |e: Boosting| AsClassifier(e.0.interaction_cst(vec![vec![0], vec![]])))
}

/// A level asks one test of all its leaves.
fn symmetric_boosting() -> Laws<Boosting> {
    let new = || GradientBoostingClassifier::new().grow_policy(GrowPolicy::Symmetric).max_depth(4);
    Laws::new(AsClassifier(new().n_estimators(20).min_samples_leaf(1).min_sum_hessian(0.0)))
        .quick(AsClassifier(new().n_estimators(3).max_depth(2)))
        .missing_accepted()
        .categories_accepted()
        .column_order_matters()
        .weight_scale_matters()
        .bad("max_depth", |e: Boosting| AsClassifier(e.0.max_depth(0)))
}

laws!(decision_tree, tree());
laws!(pruned_decision_tree, pruned_entropy_tree());
laws!(random_decision_tree, random_tree());
laws!(random_forest, forest());
laws!(subsampled_random_forest, subsampled_forest());
laws!(extremely_randomised_trees, extra_trees());
laws!(gradient_boosting, boosting());
laws!(sampled_gradient_boosting, sampled_boosting());
laws!(column_sampled_gradient_boosting, column_sampled_boosting());
laws!(constrained_gradient_boosting, constrained_boosting());
laws!(symmetric_gradient_boosting, symmetric_boosting());
