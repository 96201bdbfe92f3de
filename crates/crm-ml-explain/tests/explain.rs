//! Attributions keep their sums when grouped; sampled ones come close to exact ones; shuffling noise costs nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use approx::assert_abs_diff_eq;
use crm_ml_classifiers::{GradientBoostingClassifier, LogisticRegression};
use crm_ml_core::{Attributions, Classifier, ClassifierModel, Column, Labeled, Samples, Schema};
use crm_ml_explain::{SampledShapley, by_field, permutation_importance};
use crm_ml_metrics::roc_auc;
use crm_ml_testkit::toy::toy;
use ndarray::{Array2, Axis};

/// Columns 0 and 2 come from one raw field.
fn schema() -> Schema {
    let columns = ["a1", "b", "a2", "c"].map(|name| Column::real(name).from_field(&name[..1]));
    Schema::new(columns.to_vec()).unwrap()
}

fn data(x: &Array2<f64>, codes: &[f64]) -> Labeled<'static> {
    let samples = Samples::from_array(x.clone()).unwrap().with_schema(&schema()).unwrap();
    Labeled::from_values(samples, codes).unwrap()
}

#[test]
fn grouped_shares_add_up_to_the_margin() {
    let toy = toy(300, 2, 1);
    let data = data(&toy.x, &toy.codes);
    let model = GradientBoostingClassifier::new().n_estimators(20).fit(&data).unwrap();
    let contributions = model.contributions(data.samples()).unwrap();
    let fields = by_field(contributions.index_axis(Axis(2), 0), data.samples().schema()).unwrap();
    assert_eq!(fields.fields, ["a", "b", "c"]);
    let margins = model.decision_function(data.samples()).unwrap();
    for row in 0..300 {
        let sum = fields.base[row] + fields.values.row(row).sum();
        assert_abs_diff_eq!(sum, margins[[row, 0]], epsilon = 1e-9);
        let of_a = contributions[[row, 0, 0]] + contributions[[row, 2, 0]];
        assert_abs_diff_eq!(fields.values[[row, 0]], of_a, epsilon = 1e-12);
    }
    assert!(fields.strength()[0] > fields.strength()[2]);
    let wrong = by_field(contributions.index_axis(Axis(2), 0), &Schema::unnamed(7));
    assert!(wrong.unwrap_err().to_string().contains("expected 8 values, found 5"));
}

#[test]
fn reasons_are_sorted_signed_and_bounded() {
    let schema = Schema::new(["a", "b", "c", "d"].map(Column::real).to_vec()).unwrap();
    let contributions = ndarray::array![[0.5, -2.0, 0.0, 0.7, 1.0]];
    let fields = by_field(contributions.view(), &schema).unwrap();
    let names = |reasons: Vec<crm_ml_explain::Reason>| reasons.iter().map(|r| r.field).collect::<Vec<_>>();
    assert_eq!(names(fields.reasons_for(0, 5)), [3, 0]);
    assert_eq!(names(fields.reasons_for(0, 1)), [3]);
    assert_eq!(names(fields.reasons_against(0, 5)), [1]);
}

#[test]
fn sampled_shares_of_a_linear_model_come_close_to_the_exact_ones() {
    let toy = toy(300, 2, 2);
    let data = data(&toy.x, &toy.codes);
    let model = LogisticRegression::new().fit(&data).unwrap();
    let margin = |rows: &Samples<'_>| Ok(model.decision_function(rows)?.column(0).to_vec());
    let few = data.samples().select_rows(&[0, 5, 9]);
    let shapley = SampledShapley::new(4000).seed(3);
    let sampled = shapley.explain(&few, data.samples(), margin).unwrap();
    assert!(sampled.approximate);
    let means = toy.x.mean_axis(Axis(0)).unwrap();
    let coefficients = model.coefficients();
    for (i, row) in [0, 5, 9].into_iter().enumerate() {
        let exact = |column: usize| coefficients[[0, column]] * (toy.x[[row, column]] - means[column]);
        for (field, expected) in [exact(0) + exact(2), exact(1), exact(3)].into_iter().enumerate() {
            assert_abs_diff_eq!(sampled.values[[i, field]], expected, epsilon = 0.15);
        }
        let margin = model.decision_function(&few).unwrap()[[i, 0]];
        assert_abs_diff_eq!(sampled.base[i] + sampled.values.row(i).sum(), margin, epsilon = 1e-9);
    }
    assert_eq!(shapley.explain(&few, data.samples(), margin).unwrap(), sampled);
    let lying = SampledShapley::new(2).explain(&few, data.samples(), |_| Ok(vec![0.0]));
    assert!(lying.unwrap_err().to_string().starts_with("margins: expected"));
    assert!(SampledShapley::new(0).explain(&few, data.samples(), margin).is_err());
}

#[test]
fn what_matters_costs_most_when_shuffled() {
    let toy = toy(400, 2, 4);
    let data = data(&toy.x, &toy.codes);
    let model = LogisticRegression::new().fit(&data).unwrap();
    let truth: Vec<bool> = data.codes().iter().map(|c| *c == 1).collect();
    let score = |rows: &Samples<'_>| roc_auc(&truth, &model.predict_proba(rows)?.column(1).to_vec(), None);
    let found = permutation_importance(data.samples(), 10, 5, score).unwrap();
    assert_eq!(found.fields, ["a", "b", "c"]);
    let means = found.means();
    assert!(means[0] > means[1] && means[1] > means[2].abs(), "{means:?}");
    assert!(means[2].abs() < 0.01 && found.deviations()[0] > 0.0);
    assert_eq!(permutation_importance(data.samples(), 10, 5, score).unwrap(), found);
    assert!(permutation_importance(data.samples(), 0, 5, score).is_err());
}

#[test]
fn thread_counts_change_nothing() {
    let toy = toy(100, 2, 4);
    let data = data(&toy.x, &toy.codes);
    let model = LogisticRegression::new().fit(&data).unwrap();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let margin = |rows: &Samples<'_>| Ok(model.decision_function(rows)?.column(0).to_vec());
        pool.install(|| SampledShapley::new(20).explain(data.samples(), data.samples(), margin).unwrap())
    };
    assert!([2, 3, 8].iter().all(|&threads| run(threads) == run(1)));
}
