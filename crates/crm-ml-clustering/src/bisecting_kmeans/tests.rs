//! Parts of bisecting k-means.

use crm_ml_core::{ClusterModel, ClusterPredict, Clusterer, Samples};
use ndarray::{Array2, array};

use super::BisectingKMeans;

#[test]
fn equal_rows_are_never_halved() {
    let x = array![[1.0], [1.0], [1.0], [5.0], [5.0], [9.0]];
    let model = BisectingKMeans::new(5).fit(&Samples::new(&x).unwrap()).unwrap();
    assert_eq!(model.n_clusters(), 3);
    assert_eq!(model.inertia(), 0.0);
    assert_eq!(model.report().notes, ["3 clusters instead of 5: the rows of every one are equal"]);
    let constant = Array2::from_elem((4, 2), 7.0);
    let model = BisectingKMeans::new(2).fit(&Samples::new(&constant).unwrap()).unwrap();
    assert_eq!((model.n_clusters(), model.labels()), (1, [0, 0, 0, 0].as_slice()));
}

#[test]
fn new_rows_go_down_the_tree() {
    let x = array![[0.0], [1.0], [6.0], [7.0], [20.0], [21.0], [22.0], [23.0]];
    let model = BisectingKMeans::new(3).n_init(5).fit(&Samples::new(&x).unwrap()).unwrap();
    assert_eq!(model.predict(&Samples::new(&x).unwrap()).unwrap(), model.labels());
    let new = model.predict(&Samples::new(&array![[-3.0], [6.4], [40.0]]).unwrap()).unwrap();
    assert_eq!(new, [model.labels()[0], model.labels()[2], model.labels()[4]]);
}
