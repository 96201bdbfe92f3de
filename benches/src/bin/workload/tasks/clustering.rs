//! K-means and its kin, and mixtures.

use std::str::FromStr;

use crm_ml::clustering::{Algorithm, KMeans, KMeansInit, KMeansModel};
use crm_ml::core::{ClusterModel, ClusterPredict, Clusterer, Persist};
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
