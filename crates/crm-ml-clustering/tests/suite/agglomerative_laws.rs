//! The laws, for agglomerative clustering.

use crm_ml_clustering::{AgglomerativeClustering, Linkage};
use crm_ml_neighbors::Metric;
use crm_ml_testkit::{AsClusterer, Laws, laws};

type Subject = AsClusterer<AgglomerativeClustering>;

fn linked(linkage: Linkage) -> Laws<Subject> {
    let new = |n_clusters| AgglomerativeClustering::new(n_clusters).linkage(linkage);
    Laws::new(AsClusterer(new(4)))
        .quick(AsClusterer(new(2)))
        .bad("n_clusters", |e: Subject| AsClusterer(e.0.n_clusters(0)))
        .bad("n_clusters", |e: Subject| AsClusterer(e.0.n_clusters(usize::MAX)))
        .bad("distance_threshold", |e: Subject| AsClusterer(e.0.distance_threshold(f64::NAN)))
        .bad("distance_threshold", |e: Subject| AsClusterer(e.0.distance_threshold(-1.0)))
}

fn ward() -> Laws<Subject> {
    linked(Linkage::Ward).bad("metric", |e: Subject| AsClusterer(e.0.metric(Metric::Cosine)))
}

fn mixed() -> Laws<Subject> {
    let new = |n| AgglomerativeClustering::new(n).linkage(Linkage::Average).metric(Metric::Gower);
    Laws::new(AsClusterer(new(4)))
        .quick(AsClusterer(new(2)))
        .missing_accepted()
        .categories_accepted()
        .bad("n_clusters", |e: Subject| AsClusterer(e.0.n_clusters(0)))
}

laws!(ward, ward());
laws!(complete, linked(Linkage::Complete));
laws!(average, linked(Linkage::Average));
laws!(single, linked(Linkage::Single));
laws!(weighted, linked(Linkage::Weighted));
laws!(average_of_gower, mixed());
