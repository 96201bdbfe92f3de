//! Gaps filled from the nearest rows.

mod distances;

use crm_ml_core::{Check, Column, Error, Persist, Progress, Result, Samples, Schema, Transformer, advance};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::output_schema;
use crate::columns::{check_output, check_schema, transformer_model};
use crate::exact::Moments;
use distances::Donors;

/// How much a neighbour counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum NeighborWeights {
    /// All the same.
    #[default]
    Uniform,
    /// By one over its distance; neighbours at distance 0 alone, where there are some.
    Distance,
}

/// Fills a missing value with the mean of the column over the `n_neighbors` nearest rows of training that have it.
///
/// Rows are compared by the columns that both have: the Euclidean distance over these, scaled up by the share that is missing
/// (`nan_euclidean`); scale the columns first. A row that shares no column with any of them gets the column's mean. Columns
/// without any value in training are dropped. A whole weight counts its row that often, as a neighbour and in the mean;
/// others are weights of neighbours until `n_neighbors` are together. Of equal distances the first row is nearer. Category
/// columns are refused. Equal to scikit-learn's `KNNImputer`, which knows no weights.
///
/// The model holds the rows of training. Time O(rows with gaps x rows of training x columns), in parallel; space O(rows x
/// columns).
///
/// O. Troyanskaya et al., "Missing value estimation methods for DNA microarrays", Bioinformatics 17(6), 2001.
///
/// Errors: no neighbour, a category column, no value at all.
///
/// ```
/// use crm_ml_core::{Samples, Transformer, TransformerModel};
/// use crm_ml_preprocessing::KnnImputer;
/// use ndarray::array;
///
/// let x = array![[1.0, 10.0], [2.0, 20.0], [9.0, 90.0], [1.4, f64::NAN]];
/// let samples = Samples::new(&x)?;
/// let model = KnnImputer::new().n_neighbors(2).fit(&samples)?;
/// assert_eq!(model.transform(&samples)?.row(3), [1.4, 15.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnnImputer {
    n_neighbors: usize,
    weights: NeighborWeights,
    add_indicator: bool,
}

/// The fitted [`KnnImputer`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnnImputerModel {
    schema: Schema,
    output: Schema,
    params: KnnImputer,
    /// The rows of training, gaps as 0.
    rows: Array2<f64>,
    /// Where the gaps are, row after row, ascending.
    gaps: Vec<usize>,
    weights: Option<Vec<f64>>,
    /// One a column; `None` for a column that is dropped.
    means: Vec<Option<f64>>,
    /// Columns that get an indicator.
    indicators: Vec<usize>,
}

impl Default for KnnImputer {
    fn default() -> Self {
        Self { n_neighbors: 5, weights: NeighborWeights::default(), add_indicator: false }
    }
}

impl KnnImputer {
    /// The mean of five neighbours.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many neighbours, by weight.
    pub fn n_neighbors(mut self, n_neighbors: usize) -> Self {
        self.n_neighbors = n_neighbors;
        self
    }

    /// How much each counts.
    pub fn weights(mut self, weights: NeighborWeights) -> Self {
        self.weights = weights;
        self
    }

    /// Whether to add columns `missingindicator_<name>` that say what was missing.
    pub fn add_indicator(mut self, add_indicator: bool) -> Self {
        self.add_indicator = add_indicator;
        self
    }

    fn check(&self) -> Result<()> {
        Check::of("KnnImputer").at_least("n_neighbors", self.n_neighbors, 1).finish()
    }
}

impl Transformer for KnnImputer {
    type Model = KnnImputerModel;

    fn fit_with(&self, samples: &Samples<'_>, progress: &dyn Progress) -> Result<KnnImputerModel> {
        self.check()?;
        samples.require_no_categories("KnnImputer")?;
        let rows = samples.dense().to_owned();
        let mean = |column: ndarray::ArrayView1<'_, f64>| {
            let moments = Moments::of(&column.to_vec(), samples.weights());
            (!moments.is_empty()).then(|| moments.mean())
        };
        let means: Vec<Option<f64>> = rows.columns().into_iter().map(mean).collect();
        let gappy = |column: &usize| rows.column(*column).iter().any(|v| v.is_nan());
        let indicators: Vec<usize> =
            (0..means.len()).filter(|column| self.add_indicator && gappy(column)).collect();
        let gaps = rows.iter().enumerate().filter(|(_, v)| v.is_nan()).map(|(place, _)| place).collect();
        let rows = rows.mapv(|v| if v.is_nan() { 0.0 } else { v });
        let schema = samples.schema().clone();
        let output = output_schema(&schema, &kept(&means), &indicators)?;
        advance(progress, "neighbour imputer", 1, 1)?;
        let weights = samples.weights().map(<[f64]>::to_vec);
        Ok(KnnImputerModel { schema, output, params: self.clone(), rows, gaps, weights, means, indicators })
    }
}

fn kept(means: &[Option<f64>]) -> Vec<bool> {
    means.iter().map(Option::is_some).collect()
}

impl KnnImputerModel {
    /// How many neighbours fill a gap.
    pub fn n_neighbors(&self) -> usize {
        self.params.n_neighbors
    }

    fn apply(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        let donors = Donors::new(&self.rows, &self.gaps, self.weights.as_deref(), &self.means, &self.params);
        let filled = donors.fill(samples);
        let kept: Vec<usize> = (0..self.means.len()).filter(|&c| self.means[c].is_some()).collect();
        let mut matrix = Array2::zeros((samples.n_rows(), self.output.width()));
        for ((mut row, filled), given) in matrix
            .rows_mut()
            .into_iter()
            .zip(filled.chunks_exact(self.means.len()))
            .zip(samples.dense().rows())
        {
            let values = kept.iter().map(|&column| filled[column]);
            let flags = self.indicators.iter().map(|&column| f64::from(u8::from(given[column].is_nan())));
            row.iter_mut().zip(values.chain(flags)).for_each(|(cell, value)| *cell = value);
        }
        samples.with_features(matrix, &self.output)
    }
}

transformer_model!(KnnImputerModel);

impl Persist for KnnImputerModel {
    const KIND: &'static str = "preprocessing/knn-imputer";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        self.params.check()?;
        let width = self.schema.width();
        if self.rows.ncols() != width || self.means.len() != width {
            return Err(Error::length("columns of the rows", width, self.rows.ncols()));
        }
        if self.rows.nrows() == 0 || !self.rows.is_standard_layout() {
            return Err(Error::model_file("the rows of training are not there"));
        }
        if self.schema.columns().iter().any(|c: &Column| c.levels().is_some()) {
            return Err(Error::model_file("a category column cannot be filled from neighbours"));
        }
        let weights = self.weights.as_deref().unwrap_or_default();
        let weights_sound = self.weights.is_none() || weights.len() == self.rows.nrows();
        if !weights_sound || !weights.iter().all(|w| w.is_finite() && *w > 0.0) {
            return Err(Error::model_file("the weights do not fit the rows of training"));
        }
        let finite = self.means.iter().flatten().all(|mean| mean.is_finite());
        let ascending = self.gaps.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || self.gaps.last().is_some_and(|&last| last >= self.rows.len()) {
            return Err(Error::model_file("the gaps are not those of the rows"));
        }
        let mut missing = vec![0; width];
        self.gaps.iter().for_each(|place| missing[place % width] += 1);
        let means_sound =
            (0..width).all(|column| self.means[column].is_none() == (missing[column] == self.rows.nrows()));
        if !finite || !means_sound || !self.rows.iter().all(|v| v.is_finite()) {
            return Err(Error::model_file(
                "the rows of training are not finite, or their means are of others",
            ));
        }
        if self.indicators.iter().any(|&column| column >= width) {
            return Err(Error::model_file("an indicator of a column that is not there"));
        }
        check_output(&self.output, &output_schema(&self.schema, &kept(&self.means), &self.indicators)?)
    }
}
