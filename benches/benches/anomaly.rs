//! Outlier detection: fit and score. `cargo bench -p crm-ml-benches --bench anomaly`
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no one to report to")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use crm_ml::anomaly::{ColumnChoice, IsolationForest, MaxDepth};
use crm_ml::core::{Attributions, OutlierDetector, OutlierModel};
use crm_ml_benches::{Problem, SIZES};

fn detector<D: OutlierDetector>(criterion: &mut Criterion, name: &str, estimator: &D) {
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
        group.bench_function(BenchmarkId::new("score", rows), |b| {
            b.iter(|| model.score_samples(black_box(&samples)).unwrap())
        });
    }
    group.finish();
}

fn isolation_forest(criterion: &mut Criterion) {
    let new = IsolationForest::new;
    detector(criterion, "isolation_forest", &new());
    detector(criterion, "isolation_forest_unlimited", &new().max_depth(MaxDepth::Unlimited));
    detector(criterion, "isolation_forest_extended", &new().ndim(2));
    detector(criterion, "isolation_forest_guided", &new().prob_pick_pooled_gain(1.0));
    detector(criterion, "isolation_forest_random_cut", &new().column_choice(ColumnChoice::Range));
}

/// What a row costs as it comes: its score, and its reasons.
fn one_row(criterion: &mut Criterion) {
    let problem = Problem::new(20_000, 20);
    let samples = problem.samples().unwrap();
    let model = IsolationForest::new().fit(&samples).unwrap();
    let one = samples.select_rows(&[7]);
    let mut group = criterion.benchmark_group("isolation_forest_one_row");
    group.bench_function("score", |b| b.iter(|| model.score_row(black_box(one.row(0))).unwrap()));
    group.bench_function("reasons", |b| b.iter(|| model.contributions(black_box(&one)).unwrap()));
    group.finish();
}

criterion_group!(benches, isolation_forest, one_row);
criterion_main!(benches);
