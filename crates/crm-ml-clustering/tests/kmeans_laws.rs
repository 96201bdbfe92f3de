//! The laws, for k-means and its kin.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crm_ml_clustering::{Algorithm, KMeans, KMeansInit};
use crm_ml_testkit::{AsClusterPredict, AsTransformer, Laws, laws};
use ndarray::array;

type Subject = AsClusterPredict<KMeans>;

fn seeded() -> Laws<Subject> {
    Laws::new(AsClusterPredict(KMeans::new(4)))
        .quick(AsClusterPredict(KMeans::new(2).max_iter(5)))
        .random(|e, seed| AsClusterPredict(e.0.clone().seed(seed)))
        .weights_in_expectation(0.25)
        .bad("n_clusters", |e: Subject| AsClusterPredict(e.0.n_clusters(0)))
        .bad("n_clusters", |e: Subject| AsClusterPredict(e.0.n_clusters(usize::MAX)))
        .bad("n_init", |e: Subject| AsClusterPredict(e.0.n_init(0)))
        .bad("max_iter", |e: Subject| AsClusterPredict(e.0.max_iter(0)))
        .bad("tol", |e: Subject| AsClusterPredict(e.0.tol(f64::NAN)))
        .bad("tol", |e: Subject| AsClusterPredict(e.0.tol(-1.0)))
}

fn drawn() -> Laws<Subject> {
    let new = |n_clusters| KMeans::new(n_clusters).init(KMeansInit::Random).n_init(3);
    Laws::new(AsClusterPredict(new(3)))
        .quick(AsClusterPredict(new(2).max_iter(5)))
        .random(|e, seed| AsClusterPredict(e.0.clone().seed(seed)))
        .weights_in_expectation(0.25)
        .bad("n_init", |e: Subject| AsClusterPredict(e.0.n_init(0)))
}

/// From given centres nothing is random: rows in any order and whole weights change nothing.
fn given() -> Laws<Subject> {
    let start = array![[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 2.0, 0.5], [-1.0, 0.0, 4.0, 0.0]];
    let new = |algorithm| KMeans::new(3).init(KMeansInit::Centers(start.clone())).algorithm(algorithm);
    Laws::new(AsClusterPredict(new(Algorithm::Hamerly)))
        .quick(AsClusterPredict(new(Algorithm::Auto).max_iter(8)))
        .column_order_matters()
        .bad("init", |e: Subject| AsClusterPredict(e.0.init(KMeansInit::Centers(array![[f64::NAN]]))))
        .bad("init", |e: Subject| AsClusterPredict(e.0.n_clusters(2)))
}

laws!(kmeans, seeded());
laws!(kmeans_from_drawn_rows, drawn());
laws!(kmeans_from_given_centres, given());
