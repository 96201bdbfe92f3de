//! Fitted k-means.

use crm_ml_core::{
    ClusterModel, ClusterPredict, Column, Error, FitReport, Model, Persist, ROW_CHUNK, Result, Samples,
    Schema, TransformerModel, parallel,
};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::frame::{Frame, Weights};
use super::lloyd::Run;
use super::nearest::{Centers, squared_distance};
use super::place::{inertia, nearest};
use super::points::Points;

/// A fitted [`KMeans`](crate::KMeans), [`MiniBatchKMeans`](crate::MiniBatchKMeans) or state of the latter. As a transformer
/// it gives the distance of every row to every centre, columns `kmeans0`, `kmeans1`, ...
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KMeansModel {
    schema: Schema,
    output: Schema,
    frame: Frame,
    /// Centre after centre, in the frame.
    placed: Vec<f64>,
    /// The same in the unit of the columns.
    centers: Vec<f64>,
    labels: Vec<i32>,
    inertia: f64,
    report: FitReport,
}

const NAME: &str = "KMeansModel";

impl KMeansModel {
    pub(super) fn new(samples: &Samples<'_>, points: &Points<'_>, run: Run, tol: f64) -> Result<Self> {
        let inertia = points.weights.back(points.frame.squares_back(run.inertia)?);
        let mut report = FitReport {
            converged: run.converged,
            iterations: run.iterations,
            objective: inertia,
            notes: Vec::new(),
        };
        if !run.converged {
            let note = format!("{} iterations were not enough for tol {tol}", run.iterations);
            report.notes.push(note);
        }
        Self::of_parts(samples.schema(), points.frame.clone(), run.centers.wide, &run.labels, inertia, report)
    }

    pub(crate) fn of_parts(
        schema: &Schema,
        frame: Frame,
        placed: Vec<f64>,
        labels: &[u32],
        inertia: f64,
        mut report: FitReport,
    ) -> Result<Self> {
        let centers = frame.back(&placed);
        if !(inertia.is_finite() && centers.iter().all(|c| c.is_finite())) {
            return Err(Error::numerical("k-means: a centre or the inertia is beyond the range of f64"));
        }
        let count = placed.len() / schema.width().max(1);
        let mut used = vec![false; count];
        labels.iter().for_each(|label| used[*label as usize] = true);
        let filled = used.iter().filter(|used| **used).count();
        if filled < count && !labels.is_empty() {
            report.notes.push(format!(
                "{filled} of {count} clusters have rows: fewer rows differ than clusters were asked for"
            ));
        }
        let names = (0..count).map(|i| Column::real(format!("kmeans{i}")));
        Ok(Self {
            schema: schema.clone(),
            output: Schema::new(names.collect())?,
            frame,
            placed,
            centers,
            labels: labels.iter().map(|label| *label as i32).collect(),
            inertia,
            report,
        })
    }

    /// The centres, one a row.
    #[expect(clippy::expect_used, reason = "fit and validate make clusters * columns cells")]
    pub fn cluster_centers(&self) -> ArrayView2<'_, f64> {
        let shape = (self.output.width(), self.schema.width());
        ArrayView2::from_shape(shape, &self.centers).expect("clusters * columns cells")
    }

    /// Weighted sum of the squared distances of the rows of the fit to their centres.
    pub fn inertia(&self) -> f64 {
        self.inertia
    }

    /// Iterations of the run that was kept.
    pub fn n_iter(&self) -> usize {
        self.report.iterations
    }

    /// How the fit ended.
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// Minus the weighted sum of squared distances to the nearest centres: higher is better.
    ///
    /// Errors: other columns, a missing value, a sum beyond the range of `f64`.
    pub fn score(&self, samples: &Samples<'_>) -> Result<f64> {
        let labels = self.predict(samples)?;
        let weights = Weights::of(samples);
        let sum = inertia(samples, &weights, &self.frame, &self.placed, |row| labels[row] as usize);
        let sum = weights.back(self.frame.squares_back(sum)?);
        if sum.is_finite() { Ok(-sum) } else { Err(Error::numerical("the score is beyond the range of f64")) }
    }
}

impl Model for KMeansModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl ClusterModel for KMeansModel {
    fn labels(&self) -> &[i32] {
        &self.labels
    }

    fn n_clusters(&self) -> usize {
        self.output.width()
    }
}

impl ClusterPredict for KMeansModel {
    fn predict(&self, samples: &Samples<'_>) -> Result<Vec<i32>> {
        self.schema.accepts(samples)?;
        samples.require_real(NAME)?;
        let centers = Centers::new(self.placed.clone(), self.schema.width());
        let labels = nearest(samples, &self.frame, &centers);
        Ok(labels.into_iter().map(|label| label as i32).collect())
    }
}

impl TransformerModel for KMeansModel {
    fn output_schema(&self) -> &Schema {
        &self.output
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        samples.require_real(NAME)?;
        let (width, count) = (self.schema.width(), self.output.width());
        let mut distances = Array2::zeros((samples.n_rows(), count));
        if let Some(cells) = distances.as_slice_mut() {
            parallel::fill_rows(cells, count, ROW_CHUNK, |first, piece| {
                let mut z = vec![0.0; width];
                for (i, row) in piece.chunks_exact_mut(count).enumerate() {
                    self.frame.place(samples.row(first + i), &mut z);
                    for (distance, center) in row.iter_mut().zip(self.placed.chunks_exact(width)) {
                        *distance = squared_distance(&z, center).sqrt() / self.frame.scale();
                    }
                }
            });
        }
        if distances.iter().any(|v| !v.is_finite()) {
            return Err(Error::numerical("KMeansModel: a distance is beyond the range of f64"));
        }
        samples.with_features(distances, &self.output)
    }
}

impl Persist for KMeansModel {
    const KIND: &'static str = "kmeans";

    fn validate(&self) -> Result<()> {
        let (width, count) = (self.schema.width(), self.output.width());
        let fits = width > 0
            && count > 0
            && count <= super::MOST_CLUSTERS
            && self.frame.width() == width
            && count.checked_mul(width) == Some(self.centers.len())
            && self.placed.len() == self.centers.len();
        if !fits {
            return Err(Error::model_file("centres that fit neither schema nor each other"));
        }
        self.frame.validate()?;
        if self.output.columns().iter().any(|column| column.levels().is_some()) {
            return Err(Error::model_file("a distance that is a category"));
        }
        if !self.centers.iter().chain(&self.placed).chain([&self.inertia]).all(|v| v.is_finite()) {
            return Err(Error::model_file("a centre that is not finite"));
        }
        if !self.labels.iter().all(|label| usize::try_from(*label).is_ok_and(|label| label < count)) {
            return Err(Error::model_file("a label that is no cluster"));
        }
        Ok(())
    }
}
