//! Principal components and recursive elimination. `cargo bench -p crm-ml-benches --bench feature_selection`
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no one to report to")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use crm_ml::classifiers::LogisticRegression;
use crm_ml::core::{Classifier, Transformer};
use crm_ml::feature_selection::{Pca, Rfe};
use crm_ml_benches::{Problem, SIZES};

fn pca(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pca");
    for (rows, columns) in [(20_000, 40), (5_000, 400)] {
        let problem = Problem::new(rows, columns);
        let samples = problem.samples().unwrap();
        group.bench_function(BenchmarkId::new("fit", format!("{rows}x{columns}")), |b| {
            b.iter(|| Pca::new().fit(black_box(&samples)).unwrap())
        });
    }
    group.finish();
}

fn rfe(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rfe");
    group.sample_size(10);
    for (rows, columns) in SIZES {
        let problem = Problem::new(rows, columns);
        let data = problem.labeled().unwrap();
        let estimator = Rfe::new(LogisticRegression::new());
        group.bench_function(BenchmarkId::new("fit", rows), |b| {
            b.iter(|| estimator.fit(black_box(&data)).unwrap())
        });
    }
    group.finish();
}

criterion_group!(benches, pca, rfe);
criterion_main!(benches);
