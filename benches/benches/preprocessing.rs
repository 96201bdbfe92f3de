//! From a table to features, and a whole lead-scoring fit. `cargo bench -p crm-ml-benches --bench preprocessing`
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no one to report to")]

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use crm_ml::core::{Samples, Stream, Transformer, TransformerModel};
use crm_ml::datasets::leads;
use crm_ml::lead_scoring::LeadScorer;
use crm_ml::preprocessing::{
    KBinsDiscretizer, OutlierClipper, OutlierRule, PowerTransformer, QuantileTransformer, SimpleImputer,
    StandardScaler, Strategy, TablePipeline,
};
use crm_ml::table::Table;
use ndarray::Array2;

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

/// 50,000 rows of twelve skewed columns with gaps: `fit` and `transform` of each transformer.
fn transformers(criterion: &mut Criterion) {
    const ROWS: usize = 50_000;
    let mut stream = Stream::new(3, "bench/preprocessing", 0);
    let x = Array2::from_shape_fn((ROWS, 12), |(_, column)| match stream.below(20) {
        0 => f64::NAN,
        _ if column % 2 == 0 => stream.normal().exp(),
        _ => stream.normal(),
    });
    let samples = Samples::new(&x).unwrap();
    let mut group = criterion.benchmark_group("transformers");
    group.throughput(Throughput::Elements((ROWS * 12) as u64)).sample_size(10);
    time(&mut group, "standard", &StandardScaler::new(), &samples);
    time(&mut group, "median", &SimpleImputer::new().strategy(Strategy::Median), &samples);
    time(&mut group, "most_frequent", &SimpleImputer::new().strategy(Strategy::MostFrequent), &samples);
    time(&mut group, "power", &PowerTransformer::new(), &samples);
    time(&mut group, "quantile", &QuantileTransformer::new().subsample(None), &samples);
    time(&mut group, "k_bins", &KBinsDiscretizer::new(8), &samples);
    time(&mut group, "outliers", &OutlierClipper::new(OutlierRule::Mad(3.5)), &samples);
    group.finish();
}

fn time<T: Transformer>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    transformer: &T,
    samples: &Samples<'_>,
) {
    let model = transformer.fit(samples).unwrap();
    group.bench_function(BenchmarkId::new("fit", name), |b| {
        b.iter(|| transformer.fit(black_box(samples)).unwrap())
    });
    group.bench_function(BenchmarkId::new("transform", name), |b| {
        b.iter(|| model.transform(black_box(samples)).unwrap())
    });
}

criterion_group!(benches, table, transformers, lead_scoring);
criterion_main!(benches);
