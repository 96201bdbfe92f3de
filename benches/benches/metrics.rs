//! Metrics of ranking and of probabilities. `cargo bench -p crm-ml-benches --bench metrics`
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no one to report to")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use crm_ml::core::Result;
use crm_ml::metrics::{average_precision, log_loss, roc_auc};
use crm_ml_benches::Problem;

type Metric = fn(&[bool], &[f64], Option<&[f64]>) -> Result<f64>;

fn metrics(criterion: &mut Criterion) {
    let all: [(&str, Metric); 3] =
        [("roc_auc", roc_auc), ("average_precision", average_precision), ("log_loss", log_loss)];
    for (name, metric) in all {
        let mut group = criterion.benchmark_group(name);
        for rows in [10_000, 1_000_000] {
            let problem = Problem::new(rows, 4);
            let truth = problem.truth();
            let scores: Vec<f64> = problem.target.iter().map(|t| 1.0 / (1.0 + (-t).exp())).collect();
            group.throughput(Throughput::Elements(rows as u64));
            group.bench_function(BenchmarkId::from_parameter(rows), |b| {
                b.iter(|| metric(black_box(&truth), black_box(&scores), None).unwrap())
            });
        }
        group.finish();
    }
}

criterion_group!(benches, metrics);
criterion_main!(benches);
