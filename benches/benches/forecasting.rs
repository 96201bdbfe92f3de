//! Forecasts: fit one series. `cargo bench -p crm-ml-benches --bench forecasting`
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no one to report to")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use crm_ml::core::{Forecaster, Series, Stream};
use crm_ml::forecasting::{AutoEts, AutoTheta, Component, Ets, Mstl, Theta};

/// Months with a trend, a season and noise.
fn months(count: usize) -> Vec<f64> {
    let mut stream = Stream::new(0, "bench/forecasting", 0);
    let season = [0.0, -3.0, 2.0, 1.0, 4.0, 6.0, 9.0, 8.0, 3.0, -1.0, -4.0, 5.0];
    (0..count).map(|t| (60.0 + 0.4 * t as f64) * (1.0 + season[t % 12] / 40.0) + stream.normal()).collect()
}

fn forecaster<F: Forecaster>(criterion: &mut Criterion, name: &str, forecaster: &F) {
    let mut group = criterion.benchmark_group(name);
    for count in [60, 144, 600] {
        let values = months(count);
        let series = Series::new(&values).unwrap();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("fit", count), |b| {
            b.iter(|| forecaster.fit(black_box(&series)).unwrap())
        });
    }
    group.finish();
}

fn smoothing(criterion: &mut Criterion) {
    forecaster(criterion, "ets_holt_winters", &Ets::holt_winters(12));
    forecaster(
        criterion,
        "ets_holt_winters_multiplicative",
        &Ets::holt_winters(12).season(Component::Multiplicative),
    );
    forecaster(criterion, "auto_ets", &AutoEts::new(12));
}

fn theta(criterion: &mut Criterion) {
    forecaster(criterion, "theta", &Theta::new(12));
    forecaster(criterion, "auto_theta", &AutoTheta::new(12));
}

fn mstl(criterion: &mut Criterion) {
    forecaster(criterion, "mstl", &Mstl::new(&[12], AutoEts::new(1)));
}

criterion_group!(benches, smoothing, theta, mstl);
criterion_main!(benches);
