//! From a table to features, and a whole lead-scoring fit. `cargo bench -p crm-ml-benches --bench preprocessing`
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no one to report to")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use crm_ml::datasets::leads;
use crm_ml::lead_scoring::LeadScorer;
use crm_ml::preprocessing::TablePipeline;
use crm_ml::table::Table;

fn table(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("table");
    for rows in [2_000, 20_000] {
        let table = leads(rows, 1).unwrap().table;
        let mut csv = Vec::new();
        table.write_csv_to(&mut csv).unwrap();
        let model = TablePipeline::new().fit(&table).unwrap();
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::new("from_csv", rows), |b| {
            b.iter(|| Table::from_csv_reader(black_box(csv.as_slice()), "leads.csv").unwrap())
        });
        group.bench_function(BenchmarkId::new("pipeline_fit", rows), |b| {
            b.iter(|| TablePipeline::new().fit(black_box(&table)).unwrap())
        });
        group.bench_function(BenchmarkId::new("pipeline_transform", rows), |b| {
            b.iter(|| model.transform(black_box(&table)).unwrap())
        });
    }
    group.finish();
}

fn lead_scoring(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lead_scoring");
    group.sample_size(10);
    for rows in [1_000, 4_000] {
        let table = leads(rows, 1).unwrap().table;
        let scorer = LeadScorer::new().compare(false).check_leakage(false);
        let model = scorer.fit(&table).unwrap();
        group.bench_function(BenchmarkId::new("fit", rows), |b| {
            b.iter(|| scorer.fit(black_box(&table)).unwrap())
        });
        group.bench_function(BenchmarkId::new("score_with_reasons", rows), |b| {
            b.iter(|| model.score(black_box(&table)).unwrap())
        });
    }
    group.finish();
}

criterion_group!(benches, table, lead_scoring);
criterion_main!(benches);
