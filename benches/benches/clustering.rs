//! Clusterings: fit and predict. `cargo bench -p crm-ml-benches --bench clustering`
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no one to report to")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use crm_ml::clustering::{
    AgglomerativeClustering, Algorithm, BisectingKMeans, CovarianceType, Dbscan, GaussianMixture, Hdbscan,
    KMeans, Linkage, MiniBatchKMeans, MixtureInit,
};
use crm_ml::core::{ClusterPredict, Clusterer};
use crm_ml::metrics::silhouette_score;
use crm_ml_benches::{Problem, SIZES};

fn clusterer<C: Clusterer<Model: ClusterPredict>>(criterion: &mut Criterion, name: &str, estimator: &C) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    for (rows, columns) in SIZES {
        let problem = Problem::new(rows, columns);
        let samples = problem.samples().unwrap();
        let model = estimator.fit(&samples).unwrap();
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::new("fit", rows), |b| {
            b.iter(|| estimator.fit(black_box(&samples)).unwrap())
        });
        group.bench_function(BenchmarkId::new("predict", rows), |b| {
            b.iter(|| model.predict(black_box(&samples)).unwrap())
        });
    }
    group.finish();
}

fn kmeans(criterion: &mut Criterion) {
    let new = || KMeans::new(20).max_iter(30).tol(0.0);
    clusterer(criterion, "kmeans", &new());
    clusterer(criterion, "kmeans_lloyd", &new().algorithm(Algorithm::Lloyd));
    clusterer(criterion, "minibatch_kmeans", &MiniBatchKMeans::new(20));
    clusterer(criterion, "bisecting_kmeans", &BisectingKMeans::new(20));
}

fn gaussian_mixture(criterion: &mut Criterion) {
    let new = |kind| {
        let start = GaussianMixture::new(10).init_params(MixtureInit::RandomFromData).reg_covar(1e-3);
        start.covariance_type(kind).max_iter(10).tol(0.0)
    };
    clusterer(criterion, "gaussian_mixture_full", &new(CovarianceType::Full));
    clusterer(criterion, "gaussian_mixture_tied", &new(CovarianceType::Tied));
    clusterer(criterion, "gaussian_mixture_diag", &new(CovarianceType::Diag));
}

/// By density: few columns and many, rows that stand close.
fn density(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("density");
    group.sample_size(10);
    for (rows, columns, eps) in [(20_000, 2, 0.05), (20_000, 3, 0.15), (5_000, 16, 4.0)] {
        let problem = Problem::new(rows, columns);
        let samples = problem.samples().unwrap();
        let (dbscan, hdbscan) = (Dbscan::new(eps), Hdbscan::new().min_cluster_size(50));
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::new("dbscan", columns), |b| {
            b.iter(|| dbscan.fit(black_box(&samples)).unwrap())
        });
        group.bench_function(BenchmarkId::new("hdbscan", columns), |b| {
            b.iter(|| hdbscan.fit(black_box(&samples)).unwrap())
        });
    }
    group.finish();
}

/// Ward from means, the others from all distances.
fn agglomerative(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("agglomerative");
    group.sample_size(10);
    for rows in [1_000, 4_000] {
        let problem = Problem::new(rows, 8);
        let samples = problem.samples().unwrap();
        group.throughput(Throughput::Elements(rows as u64));
        for linkage in [Linkage::Ward, Linkage::Average, Linkage::Single] {
            let estimator = AgglomerativeClustering::new(20).linkage(linkage);
            group.bench_function(BenchmarkId::new(format!("{linkage:?}"), rows), |b| {
                b.iter(|| estimator.fit(black_box(&samples)).unwrap())
            });
        }
        let labels: Vec<i32> = (0..rows as i32).map(|row| row % 20).collect();
        group.bench_function(BenchmarkId::new("silhouette", rows), |b| {
            b.iter(|| silhouette_score(black_box(&samples), &labels).unwrap())
        });
    }
    group.finish();
}

criterion_group!(benches, kmeans, gaussian_mixture, density, agglomerative);
criterion_main!(benches);
