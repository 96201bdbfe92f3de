//! The local outlier factor.

use crm_ml_core::{
    Attributions, Check, Error, Model, OutlierDetector, OutlierModel, Persist, Progress, Result, Samples,
    Schema, advance,
};
use crm_ml_neighbors::Metric;
use ndarray::{Array1, Array3};
use serde::{Deserialize, Serialize};

use super::crowd::{Crowd, Near, point};
use crate::{Contamination, shares};

const NAME: &str = "LocalOutlierFactor";

/// The factor beyond which a row is an outlier where no contamination is told, as in scikit-learn.
const ODD: f64 = 1.5;

/// Keeps the density of rows that lie on top of each other finite; scikit-learn's.
const LEAST_REACH: f64 = 1e-10;

/// How much thinner a row's surroundings are settled than those of its neighbours.
///
/// The *reach* of a row to a neighbour is their distance, or the neighbour's own distance to its `n_neighbors`-th neighbour where that is larger;
/// a row's density is 1 over its mean reach; its factor, the anomaly score, is the mean density of its neighbours over its own: about 1
/// inside of a cluster, the larger the odder. Columns should have comparable scales.
///
/// Scores equal scikit-learn's: [`LocalOutlierFactorModel::negative_outlier_factor`] has those of the rows of the fit, where no row is
/// its own neighbour, and the threshold follows from them; `score_samples` is for new rows, as with `novelty=True`: a row
/// that equals one of the fit has it for a neighbour at distance 0. More than `n_neighbors` rows on one place have a density of 10^10. Where there are fewer other rows than `n_neighbors`, all are taken.
///
/// Missing values and categories are refused by name, but for [`Metric::Gower`]. A row of weight w is w rows; weights that are not whole numbers are refused. With [`Contamination::Auto`]
/// factors above 1.5 are outliers. Cost: a search for the neighbours of every row, see [`NearestNeighbors`](crm_ml_neighbors::NearestNeighbors).
/// Reference: Breunig et al., LOF: identifying density-based local outliers, 2000.
///
/// ```
/// use crm_ml_anomaly::LocalOutlierFactor;
/// use crm_ml_core::{OutlierDetector, OutlierModel, Samples};
/// use ndarray::array;
///
/// let x = array![[-1.1], [0.2], [101.1], [0.3]];
/// let model = LocalOutlierFactor::new().n_neighbors(2).fit(&Samples::new(&x)?)?;
/// let factor = model.negative_outlier_factor();
/// assert!((factor[0] + 0.9821).abs() < 1e-4 && (factor[2] + 73.3697).abs() < 1e-3);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalOutlierFactor {
    n_neighbors: usize,
    metric: Metric,
    contamination: Contamination,
}

impl Default for LocalOutlierFactor {
    fn default() -> Self {
        Self { n_neighbors: 20, metric: Metric::Euclidean, contamination: Contamination::Auto }
    }
}

impl LocalOutlierFactor {
    /// Twenty neighbours by Euclidean distance.
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

    /// The share of outliers.
    pub fn contamination(mut self, contamination: Contamination) -> Self {
        self.contamination = contamination;
        self
    }
}

impl OutlierDetector for LocalOutlierFactor {
    type Model = LocalOutlierFactorModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<LocalOutlierFactorModel> {
        let check = Check::of(NAME).at_least("n_neighbors", self.n_neighbors, 1);
        self.contamination.check(check).finish()?;
        let crowd = Crowd::fit(samples, self.metric, self.n_neighbors, NAME)?;
        let near = crowd.of_fitted()?;
        advance(progress, "neighbours", 1, 2)?;
        let rows = samples.n_rows();
        let farthest = shares::scores(rows, |row| {
            let mut farthest = 0.0;
            crowd.each(&near, row, |neighbor| farthest = neighbor.distance);
            farthest
        });
        let mut model = LocalOutlierFactorModel {
            schema: samples.schema().clone(),
            crowd,
            farthest,
            densities: Vec::new(),
            negative_outlier_factor: Vec::new(),
            offset: -ODD,
        };
        model.densities = shares::scores(rows, |row| model.density(&near, row));
        model.negative_outlier_factor = model.scores(&near, rows);
        let scores = || model.negative_outlier_factor.clone();
        model.offset = self.contamination.offset(-ODD, scores, samples.weights());
        advance(progress, "densities", 2, 2)?;
        Ok(model)
    }

    fn fit_score(&self, samples: &Samples<'_>) -> Result<(LocalOutlierFactorModel, Array1<f64>)> {
        let model = self.fit(samples)?;
        let scores = model.negative_outlier_factor.clone().into();
        Ok((model, scores))
    }
}

/// What [`LocalOutlierFactor`] learned: the rows and their densities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LocalOutlierFactorModel {
    schema: Schema,
    crowd: Crowd,
    /// Distance of every row to its last neighbour.
    farthest: Vec<f64>,
    densities: Vec<f64>,
    negative_outlier_factor: Vec<f64>,
    offset: f64,
}

impl LocalOutlierFactorModel {
    /// The scores of the rows of the fit, the lower the odder; no row is its own neighbour.
    pub fn negative_outlier_factor(&self) -> &[f64] {
        &self.negative_outlier_factor
    }

    /// Neighbours looked at.
    pub fn n_neighbors(&self) -> usize {
        self.crowd.k()
    }

    fn mean_reach(&self, near: &Near, row: usize) -> f64 {
        let k = self.crowd.k() as f64;
        let mut sum = 0.0;
        self.crowd.each(near, row, |neighbor| {
            sum += neighbor.distance.max(self.farthest[neighbor.row]) * (neighbor.count / k);
        });
        sum.min(f64::MAX)
    }

    fn density(&self, near: &Near, row: usize) -> f64 {
        1.0 / (self.mean_reach(near, row) + LEAST_REACH)
    }

    fn mean_density(&self, near: &Near, row: usize) -> f64 {
        let k = self.crowd.k() as f64;
        let mut sum = 0.0;
        self.crowd.each(near, row, |neighbor| sum += self.densities[neighbor.row] * (neighbor.count / k));
        sum
    }

    fn scores(&self, near: &Near, rows: usize) -> Vec<f64> {
        let factor = |row| self.mean_density(near, row) * (self.mean_reach(near, row) + LEAST_REACH);
        shares::scores(rows, |row| -f64::min(factor(row), f64::MAX))
    }
}

impl Model for LocalOutlierFactorModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl OutlierModel for LocalOutlierFactorModel {
    fn score_samples(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        let near = self.crowd.of(samples)?;
        Ok(self.scores(&near, samples.n_rows()).into())
    }

    fn offset(&self) -> f64 {
        self.offset
    }
}

/// The factor is the mean density of the neighbours times the mean reach; every reach is shared out over the columns as the squared
/// differences (Euclidean) or differences (Manhattan) of the two rows are. The base has what belongs to rows on the
/// same place. Other metrics are refused.
impl Attributions for LocalOutlierFactorModel {
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        let share = self.crowd.shares()?;
        let near = self.crowd.of(samples)?;
        let points = self.crowd.rows().space().coordinates(samples, NAME)?;
        let (width, k) = (self.schema.width(), self.crowd.k() as f64);
        Ok(shares::contributions(samples.n_rows(), width, |row, columns, base| {
            let density = self.mean_density(&near, row);
            let mut of_pair = vec![0.0; width];
            *base = density * LEAST_REACH;
            self.crowd.each(&near, row, |neighbor| {
                let reach = neighbor.distance.max(self.farthest[neighbor.row]) * (neighbor.count / k);
                if neighbor.distance == 0.0 {
                    *base += density * reach;
                    return;
                }
                share(point(&points, width, row), self.crowd.rows().coordinates(neighbor.row), &mut of_pair);
                columns.iter_mut().zip(&of_pair).for_each(|(to, share)| *to += share * reach * density);
            });
        }))
    }
}

impl Persist for LocalOutlierFactorModel {
    const KIND: &'static str = "local-outlier-factor";

    fn validate(&self) -> Result<()> {
        self.crowd.validate()?;
        let rows = self.crowd.rows();
        let whole = [&self.farthest, &self.densities, &self.negative_outlier_factor]
            .iter()
            .all(|values| values.len() == rows.n_rows() && values.iter().all(|v| v.is_finite()));
        let positive = self.farthest.iter().all(|v| *v >= 0.0) && self.densities.iter().all(|v| *v > 0.0);
        if whole && positive && *rows.schema() == self.schema && self.offset.is_finite() {
            rows.validate()
        } else {
            Err(Error::model_file("densities that do not fit their rows"))
        }
    }
}
