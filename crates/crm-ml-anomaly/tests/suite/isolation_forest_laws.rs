//! The laws, for the isolation forest and its variants.

use crm_ml_anomaly::{
    ColumnChoice, Contamination, IsolationForest, MaxDepth, MaxFeatures, MaxSamples, NewCategAction,
};
use crm_ml_testkit::{AsOutlierDetector, Laws, laws};

type Forest = AsOutlierDetector<IsolationForest>;

/// What holds for every variant. The rows of a tree are as many as the weights count, so their scale matters.
fn variant(vary: fn(IsolationForest) -> IsolationForest) -> Laws<Forest> {
    let forest = |count| AsOutlierDetector(vary(IsolationForest::new().n_estimators(count)));
    Laws::new(forest(30))
        .quick(forest(3))
        .missing_accepted()
        .categories_accepted()
        .random(|e, seed| AsOutlierDetector(e.0.clone().seed(seed)))
        .weights_in_expectation(0.02)
        .weight_scale_matters()
        .contamination(|e, share| AsOutlierDetector(e.0.contamination(Contamination::Share(share))))
        .bad("n_estimators", |e: Forest| AsOutlierDetector(e.0.n_estimators(0)))
}

fn standard() -> Laws<Forest> {
    variant(|forest| forest)
        .bad("n_estimators", |e: Forest| AsOutlierDetector(e.0.n_estimators(usize::MAX)))
        .bad("max_samples", |e: Forest| AsOutlierDetector(e.0.max_samples(MaxSamples::Count(0))))
        .bad("max_samples", |e: Forest| AsOutlierDetector(e.0.max_samples(MaxSamples::Share(f64::NAN))))
        .bad("max_samples", |e: Forest| AsOutlierDetector(e.0.max_samples(MaxSamples::Share(1.5))))
        .bad("max_features", |e: Forest| AsOutlierDetector(e.0.max_features(MaxFeatures::Count(0))))
        .bad("max_features", |e: Forest| AsOutlierDetector(e.0.max_features(MaxFeatures::Share(0.0))))
        .bad("max_depth", |e: Forest| AsOutlierDetector(e.0.max_depth(MaxDepth::Count(0))))
        .bad("ndim", |e: Forest| AsOutlierDetector(e.0.ndim(0)))
        .bad("ntry", |e: Forest| AsOutlierDetector(e.0.ntry(0)))
        .bad("prob_pick_avg_gain", |e: Forest| AsOutlierDetector(e.0.prob_pick_avg_gain(f64::NAN)))
        .bad("prob_pick_avg_gain", |e: Forest| AsOutlierDetector(e.0.prob_pick_avg_gain(-0.1)))
        .bad("prob_pick_pooled_gain", |e: Forest| AsOutlierDetector(e.0.prob_pick_pooled_gain(1.5)))
        .bad("prob_pick_avg_gain + prob_pick_pooled_gain", |e: Forest| {
            AsOutlierDetector(e.0.prob_pick_avg_gain(0.6).prob_pick_pooled_gain(0.6))
        })
        .bad("contamination", |e: Forest| {
            AsOutlierDetector(e.0.contamination(Contamination::Share(f64::NAN)))
        })
        .bad("contamination", |e: Forest| AsOutlierDetector(e.0.contamination(Contamination::Share(0.6))))
}

laws!(standard_forest, standard());
laws!(
    forest_of_drawn_rows_and_columns,
    variant(|forest| {
        forest
            .bootstrap(true)
            .max_samples(MaxSamples::Count(64))
            .max_features(MaxFeatures::Share(0.7))
            .new_categ_action(NewCategAction::Smallest)
    })
);
laws!(extended_forest, variant(|forest| forest.ndim(2)));
laws!(
    extended_forest_of_three_columns,
    variant(|forest| forest.ndim(3).column_choice(ColumnChoice::Kurtosis).max_depth(MaxDepth::Unlimited))
);
laws!(guided_forest, variant(|forest| forest.prob_pick_pooled_gain(0.75).max_depth(MaxDepth::Unlimited)));
laws!(guided_extended_forest, variant(|forest| forest.ndim(2).ntry(5).prob_pick_avg_gain(1.0)));
laws!(
    random_cut_forest,
    variant(|forest| forest.column_choice(ColumnChoice::Range).max_depth(MaxDepth::Unlimited))
);
