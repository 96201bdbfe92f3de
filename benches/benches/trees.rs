//! Trees, forests and boosting: fit, predict, attributions. `cargo bench -p crm-ml-benches --bench trees`
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no one to report to")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use crm_ml::classifiers::{DecisionTreeClassifier, GradientBoostingClassifier, RandomForestClassifier};
use crm_ml::core::{Attributions, Classifier, ClassifierModel, Regressor};
use crm_ml::regression::GradientBoostingRegressor;
use crm_ml_benches::{Problem, SIZES};

fn classifier<C: Classifier>(criterion: &mut Criterion, name: &str, estimator: &C) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    for (rows, columns) in SIZES {
        let problem = Problem::new(rows, columns);
        let data = problem.labeled().unwrap();
        let model = estimator.fit(&data).unwrap();
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::new("fit", rows), |b| {
            b.iter(|| estimator.fit(black_box(&data)).unwrap())
        });
        group.bench_function(BenchmarkId::new("predict_proba", rows), |b| {
            b.iter(|| model.predict_proba(black_box(data.samples())).unwrap())
        });
    }
    group.finish();
}

fn decision_tree(criterion: &mut Criterion) {
    classifier(criterion, "decision_tree", &DecisionTreeClassifier::new().max_depth(10));
}

fn random_forest(criterion: &mut Criterion) {
    classifier(criterion, "random_forest", &RandomForestClassifier::new().n_estimators(50));
}

fn gradient_boosting(criterion: &mut Criterion) {
    classifier(criterion, "gradient_boosting", &GradientBoostingClassifier::new());
}

fn gradient_boosting_regressor(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gradient_boosting_regressor");
    group.sample_size(10);
    for (rows, columns) in SIZES {
        let problem = Problem::new(rows, columns);
        let data = problem.targeted().unwrap();
        let estimator = GradientBoostingRegressor::new();
        group.bench_function(BenchmarkId::new("fit", rows), |b| {
            b.iter(|| estimator.fit(black_box(&data)).unwrap())
        });
    }
    group.finish();
}

fn tree_shap(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tree_shap");
    group.sample_size(10);
    for (rows, columns) in SIZES {
        let problem = Problem::new(rows, columns);
        let data = problem.labeled().unwrap();
        let model = GradientBoostingClassifier::new().fit(&data).unwrap();
        let few: Vec<usize> = (0..rows / 10).collect();
        let samples = data.samples().select_rows(&few);
        group.throughput(Throughput::Elements(few.len() as u64));
        group.bench_function(BenchmarkId::new("contributions", few.len()), |b| {
            b.iter(|| model.contributions(black_box(&samples)).unwrap())
        });
    }
    group.finish();
}

criterion_group!(
    benches,
    decision_tree,
    random_forest,
    gradient_boosting,
    gradient_boosting_regressor,
    tree_shap
);
criterion_main!(benches);
