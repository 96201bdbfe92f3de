//! K-means and its kin, and mixtures.

use std::str::FromStr;

use crm_ml::clustering::{
    Algorithm, BisectingKMeans, BisectingStrategy, CovarianceType, GaussianMixture, KMeans, KMeansInit,
    KMeansModel, Matrices, MiniBatchKMeans, MixtureInit,
};
use crm_ml::core::{ClusterPredict, Clusterer, Persist};
use ndarray::Array1;

use crate::Outcome;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::settings::{Settings, apply};

/// `algorithm` as text.
struct Way(Algorithm);

impl FromStr for Way {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self(Algorithm::Auto)),
            "lloyd" => Ok(Self(Algorithm::Lloyd)),
            "hamerly" => Ok(Self(Algorithm::Hamerly)),
            _ => Err("expected auto, lloyd or hamerly".to_owned()),
        }
    }
}

/// `init` as text.
struct Start(KMeansInit);

impl FromStr for Start {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "k-means++" => Ok(Self(KMeansInit::KMeansPlusPlus)),
            "random" => Ok(Self(KMeansInit::Random)),
            _ => Err("expected k-means++ or random; centres are given by --init".to_owned()),
        }
    }
}

/// `--init` and the settings `init` and `n_clusters`, which the former tells where it is not given.
fn start(inputs: &Inputs, settings: &mut Settings) -> Outcome<(usize, KMeansInit)> {
    let named: Option<Start> = settings.take("init")?;
    let given = inputs.init().map(|centers| KMeansInit::Centers(centers.clone()));
    let n_clusters = settings.take("n_clusters")?.or(inputs.init().map(|centers| centers.nrows()));
    Ok((n_clusters.unwrap_or(8), given.or(named.map(|start| start.0)).unwrap_or_default()))
}

pub(super) fn kmeans(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let (n_clusters, init) = start(inputs, settings)?;
    let mut estimator = KMeans::new(n_clusters).init(init);
    apply!(settings, estimator; n_init: usize, max_iter: usize, tol: f64, seed: u64);
    if let Some(Way(algorithm)) = settings.take("algorithm")? {
        estimator = estimator.algorithm(algorithm);
    }
    settings.finish("kmeans")?;
    let samples = inputs.samples()?;
    let model = report.time_fit(|| Ok(estimator.fit(&samples)?))?;
    write_centers(&model, inputs, report)
}

pub(super) fn minibatch_kmeans(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let (n_clusters, init) = start(inputs, settings)?;
    let mut estimator = MiniBatchKMeans::new(n_clusters).init(init);
    apply!(settings, estimator; n_init: usize, batch_size: usize, max_iter: usize, tol: f64, reassignment_ratio: f64, seed: u64;
        optional init_size: usize, max_no_improvement: usize);
    settings.finish("minibatch-kmeans")?;
    let samples = inputs.samples()?;
    let model = report.time_fit(|| Ok(estimator.fit(&samples)?))?;
    write_centers(&model, inputs, report)
}

/// `bisecting_strategy` as text.
struct Next(BisectingStrategy);

impl FromStr for Next {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "biggest_inertia" => Ok(Self(BisectingStrategy::BiggestInertia)),
            "largest_cluster" => Ok(Self(BisectingStrategy::LargestCluster)),
            _ => Err("expected biggest_inertia or largest_cluster".to_owned()),
        }
    }
}

pub(super) fn bisecting_kmeans(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let mut estimator = BisectingKMeans::default();
    apply!(settings, estimator; n_clusters: usize, n_init: usize, max_iter: usize, tol: f64, seed: u64);
    if let Some(Start(init)) = settings.take("init")? {
        estimator = estimator.init(init);
    }
    if let Some(Next(strategy)) = settings.take("bisecting_strategy")? {
        estimator = estimator.bisecting_strategy(strategy);
    }
    settings.finish("bisecting-kmeans")?;
    let samples = inputs.samples()?;
    let model = report.time_fit(|| Ok(estimator.fit(&samples)?))?;
    report.set("inertia", model.inertia());
    write_labels(&model, inputs, report)?;
    report.write("centers", &model.cluster_centers())
}

/// `covariance_type` as text.
struct Kind(CovarianceType);

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "full" => Ok(Self(CovarianceType::Full)),
            "tied" => Ok(Self(CovarianceType::Tied)),
            "diag" => Ok(Self(CovarianceType::Diag)),
            "spherical" => Ok(Self(CovarianceType::Spherical)),
            _ => Err("expected full, tied, diag or spherical".to_owned()),
        }
    }
}

/// `init_params` as text.
struct Shares(MixtureInit);

impl FromStr for Shares {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "kmeans" => Ok(Self(MixtureInit::KMeans)),
            "k-means++" => Ok(Self(MixtureInit::KMeansPlusPlus)),
            "random" => Ok(Self(MixtureInit::Random)),
            "random_from_data" => Ok(Self(MixtureInit::RandomFromData)),
            _ => Err("expected kmeans, k-means++, random or random_from_data".to_owned()),
        }
    }
}

/// `--init` gives the means; weights are then 1/k and every covariance that of the data.
pub(super) fn gaussian_mixture(inputs: &Inputs, settings: &mut Settings, report: &mut Report) -> Outcome<()> {
    let mut estimator = GaussianMixture::default();
    if let Some(means) = inputs.init() {
        estimator = estimator.n_components(means.nrows()).init_params(MixtureInit::Even).means_init(means);
    }
    apply!(settings, estimator; n_components: usize, n_init: usize, max_iter: usize, tol: f64, reg_covar: f64, seed: u64);
    if let Some(Kind(kind)) = settings.take("covariance_type")? {
        estimator = estimator.covariance_type(kind);
    }
    if let Some(Shares(init)) = settings.take("init_params")? {
        estimator = if inputs.init().is_some() { estimator } else { estimator.init_params(init) };
    }
    settings.finish("gaussian-mixture")?;
    let samples = inputs.samples()?;
    let model = report.time_fit(|| Ok(estimator.fit(&samples)?))?;
    report.set("log_likelihood", model.score(&samples)?);
    report.set("n_iter", model.report().iterations);
    report.set("converged", model.report().converged);
    write_labels(&model, inputs, report)?;
    report.write("weights", &model.weights())?;
    report.write("means", &model.means())?;
    report.write("responsibilities", &model.predict_proba(&inputs.training_rows()?)?)?;
    match model.covariances() {
        Matrices::Full(values) => report.write("covariances", values),
        Matrices::Tied(values) | Matrices::Diag(values) => report.write("covariances", values),
        Matrices::Spherical(values) => report.write("covariances", values),
    }
}

fn write_centers(model: &KMeansModel, inputs: &Inputs, report: &mut Report) -> Outcome<()> {
    report.set("inertia", model.inertia());
    report.set("n_iter", model.n_iter());
    report.set("converged", model.report().converged);
    write_labels(model, inputs, report)?;
    report.write("centers", &model.cluster_centers())
}

/// Labels of the training rows, those of weight 0 too, and the time of predicting.
fn write_labels<M: ClusterPredict + Persist>(model: &M, inputs: &Inputs, report: &mut Report) -> Outcome<()> {
    report.set("model_bytes", model.to_bytes()?.len());
    report.set("n_clusters", model.n_clusters());
    let rows = inputs.training_rows()?;
    let predicted = report.time_predict(|| Ok(model.predict(&rows)?))?;
    let labels = if model.labels().len() == predicted.len() { model.labels() } else { &predicted };
    report.write("labels", &labels.iter().map(|label| i64::from(*label)).collect::<Array1<i64>>())
}
