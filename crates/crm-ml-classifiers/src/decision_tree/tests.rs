use crm_ml_core::{
    Attributions, ClassWeight, Classes, Classifier, ClassifierModel, Importances, Labeled, Persist, Samples,
    Stream,
};
use crm_ml_trees::{Drawing, Importance};
use ndarray::{Array2, Axis};

use super::*;

/// Three classes, the last one rare.
fn data(x: &Array2<f64>) -> Labeled<'_> {
    let codes: Vec<u32> =
        x.rows().into_iter().map(|r| if r[0] > 1.2 { 2 } else { u32::from(r[1] > 0.3) }).collect();
    Labeled::from_codes(Samples::new(x).unwrap(), &codes, &Classes::new(["a", "b", "c"]).unwrap()).unwrap()
}

fn cells() -> Array2<f64> {
    let mut stream = Stream::new(1, "test/tree", 0);
    Array2::from_shape_fn((200, 3), |_| stream.normal())
}

#[test]
fn class_weights_are_row_weights() {
    let x = cells();
    let data = data(&x);
    let tree = DecisionTreeClassifier::new().max_leaf_nodes(4);
    let weights = ndarray::Array1::from(ClassWeight::Balanced.row_weights(&data).unwrap().unwrap());
    let samples = Samples::new(&x).unwrap().with_weights(&weights).unwrap();
    let weighted = Labeled::from_codes(samples, data.codes(), data.classes()).unwrap();
    let balanced = tree.clone().class_weight(ClassWeight::Balanced).fit(&data).unwrap();
    assert_eq!(balanced, tree.fit(&weighted).unwrap());
    assert_ne!(balanced, tree.fit(&data).unwrap());
    let wrong = ClassWeight::Custom(vec![1.0, f64::NAN, 1.0]);
    assert!(tree.class_weight(wrong).fit(&data).is_err());
}

#[test]
fn an_unbounded_tree_learns_its_data() {
    let x = cells();
    let data = data(&x);
    for criterion in [Impurity::Gini, Impurity::Entropy] {
        let model = DecisionTreeClassifier::new().criterion(criterion).fit(&data).unwrap();
        assert_eq!(model.predict(data.samples()).unwrap(), data.codes());
        assert_eq!(model.feature_importances()[2], 0.0);
        assert!(model.ensemble().trees()[0].n_leaves() <= 4);
    }
}

#[test]
fn contributions_add_up_to_the_probabilities() {
    let x = cells();
    let data = data(&x);
    let model = DecisionTreeClassifier::new().max_depth(2).fit(&data).unwrap();
    let sums = model.contributions(data.samples()).unwrap().sum_axis(Axis(1));
    let proba = model.predict_proba(data.samples()).unwrap();
    assert!((sums - proba).iter().all(|d| d.abs() < 1e-12));

    let two: Vec<u32> = data.codes().iter().map(|code| code.min(&1)).copied().collect();
    let two = Labeled::new(Samples::new(&x).unwrap(), &two).unwrap();
    let model = DecisionTreeClassifier::new().max_depth(2).fit(&two).unwrap();
    let shares = model.contributions(two.samples()).unwrap();
    assert_eq!(shares.dim(), (200, 4, 1));
    let proba = model.predict_proba(two.samples()).unwrap();
    assert!(
        (shares.sum_axis(Axis(1)).column(0).to_owned() - proba.column(1)).iter().all(|d| d.abs() < 1e-12)
    );
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let x = cells();
    let model = DecisionTreeClassifier::new().max_depth(2).fit(&data(&x)).unwrap();
    model.validate().unwrap();
    let mut narrow = model.clone();
    narrow.shares.schema = narrow.shares.schema.select(&[0, 1]);
    assert!(narrow.validate().is_err());
    let mut few = model.clone();
    few.shares.classes = Classes::new(["a", "b"]).unwrap();
    assert!(few.validate().is_err());
    assert_eq!(DecisionTreeClassifierModel::from_bytes(&model.to_bytes().unwrap()).unwrap(), model);
}

#[test]
fn paths_end_in_the_leaves_and_drawings_name_the_classes() {
    let x = cells();
    let data = data(&x);
    let model = DecisionTreeClassifier::new().max_depth(3).fit(&data).unwrap();
    let leaves = model.apply(data.samples()).unwrap();
    for (row, path) in model.decision_path(data.samples()).unwrap().iter().enumerate() {
        assert_eq!((path[0], *path.last().unwrap()), (0, leaves[[row, 0]]));
        assert!(path.len() <= 4 && path.windows(2).all(|pair| pair[0] < pair[1]));
    }
    let drawing = Drawing::new();
    let text = model.export_text(&drawing).unwrap();
    assert!(["a ", "b ", "c ", "x0 > "].iter().all(|part| text.contains(part)), "{text}");
    assert!(model.export_svg(&drawing).unwrap().contains("x0 &lt;= "));
    let split = model.importances(Importance::Split);
    assert!((split.sum() - 1.0).abs() < 1e-12 && split != model.feature_importances());
}
