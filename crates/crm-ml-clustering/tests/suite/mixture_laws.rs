//! The laws, for Gaussian mixtures.

use crm_ml_clustering::{CovarianceType, GaussianMixture, Matrices, MixtureInit};
use crm_ml_testkit::{AsClusterPredict, Laws, laws};
use ndarray::{Array1, array};

type Subject = AsClusterPredict<GaussianMixture>;

fn seeded(kind: CovarianceType, init: MixtureInit) -> Laws<Subject> {
    let new = |k: usize| GaussianMixture::new(k).covariance_type(kind).init_params(init);
    Laws::new(AsClusterPredict(new(3)))
        .quick(AsClusterPredict(new(2).max_iter(4)))
        .random(|e, seed| AsClusterPredict(e.0.clone().seed(seed)))
        .weights_in_expectation(0.35)
        .clusters_may_be_empty()
        .bad("n_components", |e: Subject| AsClusterPredict(e.0.n_components(0)))
        .bad("n_init", |e: Subject| AsClusterPredict(e.0.n_init(0)))
        .bad("max_iter", |e: Subject| AsClusterPredict(e.0.max_iter(0)))
        .bad("tol", |e: Subject| AsClusterPredict(e.0.tol(f64::NAN)))
        .bad("reg_covar", |e: Subject| AsClusterPredict(e.0.reg_covar(-1.0)))
        .bad("weights_init", |e: Subject| AsClusterPredict(e.0.weights_init(&Array1::from_elem(3, 0.5))))
        .bad("means_init", |e: Subject| AsClusterPredict(e.0.means_init(&array![[f64::NAN]])))
        .bad("precisions_init", |e: Subject| {
            AsClusterPredict(e.0.precisions_init(Matrices::Spherical(array![1.0])))
        })
}

/// From given means nothing is random: rows and columns in any order and whole weights change nothing.
fn given(kind: CovarianceType) -> Laws<Subject> {
    let means = array![[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 2.0, 0.5]];
    let new =
        || GaussianMixture::new(2).covariance_type(kind).init_params(MixtureInit::Even).means_init(&means);
    Laws::new(AsClusterPredict(new()))
        .quick(AsClusterPredict(new().max_iter(4)))
        .column_order_matters()
        .bad("means_init", |e: Subject| AsClusterPredict(e.0.n_components(3)))
}

laws!(full, seeded(CovarianceType::Full, MixtureInit::KMeans));
laws!(tied, seeded(CovarianceType::Tied, MixtureInit::KMeans));
laws!(diagonal, seeded(CovarianceType::Diag, MixtureInit::Random));
laws!(spherical, seeded(CovarianceType::Spherical, MixtureInit::KMeansPlusPlus));
laws!(full_from_rows, seeded(CovarianceType::Full, MixtureInit::RandomFromData));
laws!(full_from_given_means, given(CovarianceType::Full));
laws!(tied_from_given_means, given(CovarianceType::Tied));
laws!(diagonal_from_given_means, given(CovarianceType::Diag));
laws!(spherical_from_given_means, given(CovarianceType::Spherical));
