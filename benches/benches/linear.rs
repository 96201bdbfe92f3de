//! Logistic regression and the products below it. `cargo bench -p crm-ml-benches --bench linear`
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no one to report to")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use crm_ml::classifiers::LogisticRegression;
use crm_ml::core::Classifier;
use crm_ml::linalg::weighted_gram;
use crm_ml_benches::{Problem, SIZES};

fn logistic_regression(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("logistic_regression");
    for (rows, columns) in SIZES {
        let problem = Problem::new(rows, columns);
        let data = problem.labeled().unwrap();
        let estimator = LogisticRegression::new().tol(1e-8);
        group.bench_function(BenchmarkId::new("fit", rows), |b| {
            b.iter(|| estimator.fit(black_box(&data)).unwrap())
        });
    }
    group.finish();
}

fn gram(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("weighted_gram");
    for (rows, columns) in [(20_000, 40), (20_000, 400)] {
        let problem = Problem::new(rows, columns);
        let weights = vec![0.25; rows];
        group.bench_function(BenchmarkId::new("rows_x_columns", format!("{rows}x{columns}")), |b| {
            b.iter(|| weighted_gram(black_box(problem.x.view()), Some(&weights)).unwrap())
        });
    }
    group.finish();
}

criterion_group!(benches, logistic_regression, gram);
criterion_main!(benches);
