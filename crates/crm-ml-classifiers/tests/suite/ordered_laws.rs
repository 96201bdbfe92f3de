//! The laws, for gradient boosting that makes categories numbers.

use crm_ml_classifiers::{CategoricalEncoding, GradientBoostingClassifier, GradientBoostingClassifierModel};
use crm_ml_core::{ClassifierModel, Column, Result, Samples, Schema};
use crm_ml_testkit::toy::Toy;
use crm_ml_testkit::{AsClassifier, Laws, Subject, laws};
use ndarray::Array2;

/// Boosting for which the toy's column of small integers is a category.
#[derive(Debug, Clone)]
struct Coded(GradientBoostingClassifier);

fn coded<'a>(samples: &Samples<'a>) -> Result<Samples<'a>> {
    if samples.schema().is_named() || samples.n_columns() != 4 {
        return Ok(samples.clone());
    }
    let levels = (0..5).map(|level| level.to_string()).collect();
    let columns =
        vec![Column::real("a"), Column::real("b"), Column::category("c", levels), Column::real("d")];
    samples.clone().with_schema(&Schema::new(columns)?)
}

impl Subject for Coded {
    type Model = GradientBoostingClassifierModel;
    type Params = GradientBoostingClassifier;
    const PROBABILITIES: bool = true;

    fn params(&self) -> &GradientBoostingClassifier {
        &self.0
    }

    fn fit(&self, samples: Samples<'_>, y: &[f64]) -> Result<Self::Model> {
        AsClassifier(self.0.clone()).fit(coded(&samples)?, y)
    }

    fn output(model: &Self::Model, samples: &Samples<'_>) -> Result<Array2<f64>> {
        match coded(samples) {
            Ok(samples) => model.predict_proba(&samples),
            Err(_) => model.predict_proba(samples),
        }
    }

    fn target(toy: &Toy) -> &[f64] {
        &toy.codes
    }
}

fn laws() -> Laws<Coded> {
    let new = || GradientBoostingClassifier::new().categorical_encoding(CategoricalEncoding::ordered());
    let bad = |permutations: usize, prior: f64, min_levels: usize| {
        move |e: Coded| {
            let combinations = true;
            Coded(e.0.categorical_encoding(CategoricalEncoding::OrderedStatistics {
                permutations,
                prior,
                min_levels,
                combinations,
            }))
        }
    };
    Laws::new(Coded(new().n_estimators(10).min_samples_leaf(1).max_leaf_nodes(8).min_sum_hessian(0.0)))
        .quick(Coded(new().n_estimators(3).max_leaf_nodes(5)))
        .missing_accepted()
        .categories_accepted()
        .column_order_matters()
        // The order in which rows are seen is drawn.
        .random(|e, seed| Coded(e.0.clone().seed(seed)))
        .weights_in_expectation(0.1)
        .bad("permutations", bad(0, 1.0, 5))
        .bad("permutations", bad(17, 1.0, 5))
        .bad("prior", bad(1, 0.0, 5))
        .bad("prior", bad(1, f64::NAN, 5))
        .bad("min_levels", bad(1, 1.0, 0))
}

laws!(ordered_statistics, laws());

#[test]
fn the_laws_meet_numbers() {
    let toy = crm_ml_testkit::toy::toy(200, 2, 1);
    let model = laws().subject.fit(Samples::new(&toy.x).unwrap(), &toy.codes).unwrap();
    assert_eq!(model.booster().encoder().unwrap().sources(2), [2]);
}
