//! The distance to the nearest neighbours.

use crm_ml_core::{
    Attributions, Check, Error, Model, OutlierDetector, OutlierModel, Persist, Progress, Result, Samples,
    Schema, advance,
};
use crm_ml_neighbors::Metric;
use ndarray::{Array1, Array3};
use serde::{Deserialize, Serialize};

use super::crowd::{Crowd, Near, point};
use crate::contamination::A_TENTH;
use crate::{Contamination, shares};

const NAME: &str = "KthNeighborDistance";

/// Which distance of those to the nearest neighbours counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NeighborDistance {
    /// That to the last of them.
    #[default]
    Largest,
    /// Their mean.
    Mean,
    /// Their median.
    Median,
}

/// How far a row's `n_neighbors` nearest neighbours are.
///
/// The anomaly score is the distance to the last of them, or the mean or median distance. A row of the fit is not its own
/// neighbour: its score is in [`KthNeighborDistanceModel::fitted_scores`], from which the threshold follows; a row given to
/// `score_samples` is a new one, and if it equals a row of the fit, that one is its neighbour at distance 0. Columns should have
/// comparable scales. Where there are fewer other rows than `n_neighbors`, all are taken.
///
/// Scores equal pyod's `KNN`. Missing values and categories are refused by name, but for [`Metric::Gower`]. A row of weight w is w rows; weights that are not whole numbers are refused.
/// With [`Contamination::Auto`] a tenth of the rows are outliers, since the method has no threshold of its own.
/// Cost: a search for the neighbours of every row, see [`NearestNeighbors`](crm_ml_neighbors::NearestNeighbors).
/// Reference: Ramaswamy, Rastogi, Shim, Efficient algorithms for mining outliers from large data sets, 2000; the mean: Angiulli, Pizzuti 2002.
///
/// ```
/// use crm_ml_anomaly::KthNeighborDistance;
/// use crm_ml_core::{OutlierDetector, OutlierModel, Samples};
/// use ndarray::array;
///
/// let x = array![[0.0], [1.0], [2.0], [10.0]];
/// let model = KthNeighborDistance::new().n_neighbors(2).fit(&Samples::new(&x)?)?;
/// assert_eq!(model.fitted_scores(), [-2.0, -1.0, -2.0, -9.0]);
/// assert_eq!(model.anomaly_scores(&Samples::new(&array![[5.0]])?)?[0], 4.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KthNeighborDistance {
    n_neighbors: usize,
    metric: Metric,
    method: NeighborDistance,
    contamination: Contamination,
}

impl Default for KthNeighborDistance {
    fn default() -> Self {
        Self {
            n_neighbors: 5,
            metric: Metric::Euclidean,
            method: NeighborDistance::Largest,
            contamination: Contamination::Auto,
        }
    }
}

impl KthNeighborDistance {
    /// The Euclidean distance to the fifth neighbour.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many neighbours are looked at, at least 1.
    pub fn n_neighbors(mut self, count: usize) -> Self {
        self.n_neighbors = count;
        self
    }

    /// The distance.
    pub fn metric(mut self, metric: Metric) -> Self {
        self.metric = metric;
        self
    }

    /// Which distance counts.
    pub fn method(mut self, method: NeighborDistance) -> Self {
        self.method = method;
        self
    }

    /// The share of outliers.
    pub fn contamination(mut self, contamination: Contamination) -> Self {
        self.contamination = contamination;
        self
    }
}

impl OutlierDetector for KthNeighborDistance {
    type Model = KthNeighborDistanceModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<KthNeighborDistanceModel> {
        let check = Check::of(NAME).at_least("n_neighbors", self.n_neighbors, 1);
        self.contamination.check(check).finish()?;
        let crowd = Crowd::fit(samples, self.metric, self.n_neighbors, NAME)?;
        let near = crowd.of_fitted()?;
        advance(progress, "neighbours", 1, 1)?;
        let mut model = KthNeighborDistanceModel {
            schema: samples.schema().clone(),
            crowd,
            method: self.method,
            fitted_scores: Vec::new(),
            offset: 0.0,
        };
        let scores = model.scores(&near, samples.n_rows());
        let contamination = self.contamination.or_share(A_TENTH);
        model.offset = contamination.offset(0.0, || scores.clone(), samples.weights());
        model.fitted_scores = scores;
        Ok(model)
    }

    fn fit_score(&self, samples: &Samples<'_>) -> Result<(KthNeighborDistanceModel, Array1<f64>)> {
        let model = self.fit(samples)?;
        let scores = model.fitted_scores.clone().into();
        Ok((model, scores))
    }
}

/// What [`KthNeighborDistance`] learned: the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KthNeighborDistanceModel {
    schema: Schema,
    crowd: Crowd,
    method: NeighborDistance,
    fitted_scores: Vec<f64>,
    offset: f64,
}

impl KthNeighborDistanceModel {
    /// The scores of the rows of the fit, the lower the odder; no row is its own neighbour.
    pub fn fitted_scores(&self) -> &[f64] {
        &self.fitted_scores
    }

    fn scores(&self, near: &Near, rows: usize) -> Vec<f64> {
        shares::scores(rows, |row| {
            let mut score = 0.0;
            self.parts(near, row, |_, distance, part| score += distance * part);
            -score
        })
    }

    /// Calls `visit(neighbour, distance, part)`: the score is the sum of distances times parts.
    fn parts(&self, near: &Near, row: usize, mut visit: impl FnMut(usize, f64, f64)) {
        let k = self.crowd.k() as f64;
        // The places, of k by distance, whose mean is the score.
        let (first, last) = match self.method {
            NeighborDistance::Largest => (k - 1.0, k),
            NeighborDistance::Mean => (0.0, k),
            NeighborDistance::Median => (((k - 1.0) / 2.0).floor(), (k / 2.0).floor() + 1.0),
        };
        let mut place = 0.0;
        self.crowd.each(near, row, |neighbor| {
            let until = place + neighbor.count;
            let inside = until.min(last) - f64::max(place, first);
            if inside > 0.0 {
                visit(neighbor.row, neighbor.distance, inside / (last - first));
            }
            place = until;
        });
    }
}

impl Model for KthNeighborDistanceModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl OutlierModel for KthNeighborDistanceModel {
    fn score_samples(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        let near = self.crowd.of(samples)?;
        Ok(self.scores(&near, samples.n_rows()).into())
    }

    fn offset(&self) -> f64 {
        self.offset
    }
}

/// Every distance is shared out over the columns as their squared differences (Euclidean) or differences (Manhattan) are;
/// the base is 0. Other metrics are refused.
impl Attributions for KthNeighborDistanceModel {
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        let share = self.crowd.shares()?;
        let near = self.crowd.of(samples)?;
        let points = self.crowd.rows().space().coordinates(samples, NAME)?;
        let width = self.schema.width();
        Ok(shares::contributions(samples.n_rows(), width, |row, columns, _| {
            let mut of_pair = vec![0.0; width];
            self.parts(&near, row, |neighbor, distance, part| {
                share(point(&points, width, row), self.crowd.rows().coordinates(neighbor), &mut of_pair);
                columns.iter_mut().zip(&of_pair).for_each(|(to, share)| *to += share * distance * part);
            });
        }))
    }
}

impl Persist for KthNeighborDistanceModel {
    const KIND: &'static str = "kth-neighbor-distance";

    fn validate(&self) -> Result<()> {
        self.crowd.validate()?;
        let rows = self.crowd.rows();
        let fits = *rows.schema() == self.schema && self.fitted_scores.len() == rows.n_rows();
        if fits && self.offset.is_finite() && self.fitted_scores.iter().all(|score| score.is_finite()) {
            rows.validate()
        } else {
            Err(Error::model_file("neighbour distances that do not fit their rows"))
        }
    }
}
