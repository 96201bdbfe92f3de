//! The laws, for k-means and its kin.

use crm_ml_clustering::{Algorithm, BisectingKMeans, BisectingStrategy, KMeans, KMeansInit, MiniBatchKMeans};
use crm_ml_testkit::{AsClusterPredict, Laws, laws};
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
        .quick(AsClusterPredict(new(Algorithm::Hamerly).max_iter(8)))
        .column_order_matters()
        .bad("init", |e: Subject| AsClusterPredict(e.0.init(KMeansInit::Centers(array![[f64::NAN]]))))
        .bad("init", |e: Subject| AsClusterPredict(e.0.n_clusters(2)))
}

laws!(kmeans, seeded());
laws!(kmeans_from_drawn_rows, drawn());
laws!(kmeans_from_given_centres, given());

type MiniBatch = AsClusterPredict<MiniBatchKMeans>;

fn mini_batch() -> Laws<MiniBatch> {
    Laws::new(AsClusterPredict(MiniBatchKMeans::new(3).batch_size(50)))
        .quick(AsClusterPredict(MiniBatchKMeans::new(2).max_iter(2)))
        .random(|e, seed| AsClusterPredict(e.0.clone().seed(seed)))
        .weights_in_expectation(0.25)
        .bad("n_clusters", |e: MiniBatch| AsClusterPredict(e.0.n_clusters(0)))
        .bad("init", |e: MiniBatch| AsClusterPredict(e.0.init(KMeansInit::Centers(array![[f64::NAN]]))))
        .bad("n_init", |e: MiniBatch| AsClusterPredict(e.0.n_init(0)))
        .bad("init_size", |e: MiniBatch| AsClusterPredict(e.0.init_size(0)))
        .bad("batch_size", |e: MiniBatch| AsClusterPredict(e.0.batch_size(0)))
        .bad("max_iter", |e: MiniBatch| AsClusterPredict(e.0.max_iter(0)))
        .bad("tol", |e: MiniBatch| AsClusterPredict(e.0.tol(f64::NAN)))
        .bad("max_no_improvement", |e: MiniBatch| AsClusterPredict(e.0.max_no_improvement(0)))
        .bad("reassignment_ratio", |e: MiniBatch| AsClusterPredict(e.0.reassignment_ratio(-0.1)))
}

type Bisecting = AsClusterPredict<BisectingKMeans>;

fn bisecting() -> Laws<Bisecting> {
    Laws::new(AsClusterPredict(BisectingKMeans::new(4)))
        .quick(AsClusterPredict(BisectingKMeans::new(3).max_iter(5)))
        .random(|e, seed| AsClusterPredict(e.0.clone().seed(seed)))
        .weights_in_expectation(0.25)
        .bad("n_clusters", |e: Bisecting| AsClusterPredict(e.0.n_clusters(0)))
        .bad("init", |e: Bisecting| AsClusterPredict(e.0.init(KMeansInit::Centers(array![[1.0], [2.0]]))))
        .bad("n_init", |e: Bisecting| AsClusterPredict(e.0.n_init(0)))
        .bad("max_iter", |e: Bisecting| AsClusterPredict(e.0.max_iter(0)))
        .bad("tol", |e: Bisecting| AsClusterPredict(e.0.tol(f64::INFINITY)))
}

fn bisecting_largest() -> Laws<Bisecting> {
    let new = |n_clusters| {
        BisectingKMeans::new(n_clusters)
            .bisecting_strategy(BisectingStrategy::LargestCluster)
            .init(KMeansInit::KMeansPlusPlus)
            .n_init(2)
    };
    Laws::new(AsClusterPredict(new(4)))
        .quick(AsClusterPredict(new(2).max_iter(3)))
        .random(|e, seed| AsClusterPredict(e.0.clone().seed(seed)))
        .weights_in_expectation(0.25)
        .bad("tol", |e: Bisecting| AsClusterPredict(e.0.tol(-1.0)))
}

laws!(mini_batch_kmeans, mini_batch());
laws!(bisecting_kmeans, bisecting());
laws!(bisecting_kmeans_by_weight, bisecting_largest());
