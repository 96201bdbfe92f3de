//! The laws, for DBSCAN and HDBSCAN.

use crm_ml_clustering::{ClusterSelectionMethod, Dbscan, Hdbscan};
use crm_ml_neighbors::Metric;
use crm_ml_testkit::{AsClusterer, Laws, laws};

type Density = AsClusterer<Dbscan>;
type Hierarchy = AsClusterer<Hdbscan>;

fn dbscan(eps: f64, metric: Metric) -> Laws<Density> {
    Laws::new(AsClusterer(Dbscan::new(eps).min_samples(4).metric(metric)))
        .weight_scale_matters()
        .bad("eps", |e: Density| AsClusterer(e.0.eps(0.0)))
        .bad("eps", |e: Density| AsClusterer(e.0.eps(f64::NAN)))
        .bad("eps", |e: Density| AsClusterer(e.0.eps(f64::INFINITY)))
        .bad("min_samples", |e: Density| AsClusterer(e.0.min_samples(0)))
}

fn hdbscan(estimator: Hdbscan) -> Laws<Hierarchy> {
    Laws::new(AsClusterer(estimator))
        .weight_scale_matters()
        .bad("min_cluster_size", |e: Hierarchy| AsClusterer(e.0.min_cluster_size(1)))
        .bad("min_samples", |e: Hierarchy| AsClusterer(e.0.min_samples(0)))
        .bad("cluster_selection_epsilon", |e: Hierarchy| AsClusterer(e.0.cluster_selection_epsilon(-1.0)))
        .bad("cluster_selection_epsilon", |e: Hierarchy| AsClusterer(e.0.cluster_selection_epsilon(f64::NAN)))
        .bad("alpha", |e: Hierarchy| AsClusterer(e.0.alpha(0.0)))
        .bad("alpha", |e: Hierarchy| AsClusterer(e.0.alpha(f64::INFINITY)))
        .bad("max_cluster_size", |e: Hierarchy| AsClusterer(e.0.max_cluster_size(0)))
}

laws!(dbscan_euclidean, dbscan(0.8, Metric::Euclidean));
laws!(dbscan_manhattan, dbscan(1.2, Metric::Manhattan));
laws!(dbscan_cosine, dbscan(0.05, Metric::Cosine));
laws!(dbscan_gower, dbscan(0.08, Metric::Gower).missing_accepted().categories_accepted());
laws!(hdbscan_eom, hdbscan(Hdbscan::new().min_cluster_size(4).min_samples(3)));
laws!(
    hdbscan_leaf,
    hdbscan(
        Hdbscan::new()
            .min_cluster_size(3)
            .min_samples(2)
            .cluster_selection_method(ClusterSelectionMethod::Leaf)
            .metric(Metric::Manhattan)
    )
);
laws!(
    hdbscan_gower,
    hdbscan(Hdbscan::new().min_cluster_size(5).allow_single_cluster(true).metric(Metric::Gower))
        .missing_accepted()
        .categories_accepted()
);
