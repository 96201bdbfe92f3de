//! Logistic regression and the products below it. `cargo bench -p crm-ml-benches --bench linear`
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark has no one to report to")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use crm_ml::classifiers::LogisticRegression;
use crm_ml::core::{Classifier, Column, Labeled, Samples, Schema};
use crm_ml::linalg::weighted_gram;
use crm_ml::linear::{Family, PathSolver, Terms};
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

/// The last columns as codes of 5 to 160 levels.
fn categories(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("logistic_regression_categories");
    let mut problem = Problem::new(20_000, 20);
    let mut columns: Vec<Column> = (0..20).map(|j| Column::real(format!("x{j}"))).collect();
    for (j, levels) in (15..20).zip([5usize, 10, 20, 40, 160]) {
        let code = |v: f64| ((v.abs() * 1e6) as usize % levels) as f64;
        problem.x.column_mut(j).mapv_inplace(code);
        columns[j] = Column::category(format!("x{j}"), (0..levels).map(|level| level.to_string()).collect());
    }
    let schema = Schema::new(columns).unwrap();
    let samples = Samples::new(&problem.x).unwrap().with_schema(&schema).unwrap();
    let data = Labeled::new(samples, &problem.codes).unwrap();
    group.bench_function("fit", |b| b.iter(|| LogisticRegression::new().fit(black_box(&data)).unwrap()));
    group.finish();
}

fn lasso_path(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lasso_path");
    for (rows, columns) in [(10_000, 100), (200, 1_000)] {
        let problem = Problem::new(rows, columns);
        let samples = Samples::new(&problem.x).unwrap();
        let target: Vec<f64> = problem.x.rows().into_iter().map(|row| row[0] - row[3] + row[7]).collect();
        let (solver, terms) = (PathSolver::new(Family::Gaussian), Terms::reals(columns));
        group.bench_function(BenchmarkId::new("fit", format!("{rows}x{columns}")), |b| {
            b.iter(|| solver.fit(black_box(&samples), &terms, &target, None, &()).unwrap())
        });
    }
    group.finish();
}

criterion_group!(benches, logistic_regression, categories, lasso_path, gram);
criterion_main!(benches);
