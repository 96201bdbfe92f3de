//! What a level says of the target, without telling a row its own answer.

use crm_ml_core::{Check, Error, Labeled, Result, Samples, Split, Targeted};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::levels::{Unseen, level};
use super::lookup::{Lookup, Lookups, lookup_model};

/// How far a level's mean is drawn to the mean of all.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Smooth {
    /// Empirical Bayes: by the variance within the level against the variance of all.
    #[default]
    Auto,
    /// As if this weight of rows with the mean of all were added to each level.
    Weight(f64),
}

/// Replaces every category column by the smoothed mean of the target in the cell's level.
///
/// Two classes give one column (the share of the second class), more classes one column each (`<name>_<class>`), a real
/// target one column. Missing values are a level of their own; unseen levels get the mean of all. Real columns pass
/// unchanged. Weights are honoured.
///
/// [`TargetEncoder::fit_transform`] encodes the training rows by **cross-fitting**: each fold is encoded by what the other
/// folds say, so that no row sees its own target. The model it returns (and [`TargetEncoder::fit`]) has learnt from all rows
/// and is for new rows: never use it on the training rows themselves.
///
/// D. Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes", SIGKDD Explorations 3(1), 2001.
/// As scikit-learn's `TargetEncoder`, which knows no weights. Time O(rows x columns x folds).
///
/// Errors: fewer than 2 folds, fewer rows than folds, a smoothing weight that is negative.
///
/// ```
/// use crm_ml_core::{Column, Labeled, Samples, Schema, TransformerModel};
/// use crm_ml_preprocessing::{Smooth, TargetEncoder};
/// use ndarray::array;
///
/// let schema = Schema::new(vec![Column::category("source", vec!["ads".into(), "fair".into()])])?;
/// let x = array![[0.0], [0.0], [1.0], [1.0]];
/// let data = Labeled::new(Samples::new(&x)?.with_schema(&schema)?, &["no", "yes", "yes", "yes"])?;
/// let model = TargetEncoder::new().smooth(Smooth::Weight(0.0)).fit(&data)?;
/// assert_eq!(model.transform(data.samples())?.cells(), [0.5, 0.5, 1.0, 1.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetEncoder {
    smooth: Smooth,
    cv: usize,
    shuffle: bool,
    seed: u64,
    handle_unknown: Unseen,
}

/// The fitted [`TargetEncoder`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetEncoderModel {
    lookups: Lookups,
}

/// The target as numbers, rows x outputs.
struct Goal {
    values: Array2<f64>,
    suffixes: Vec<String>,
}

impl Default for TargetEncoder {
    fn default() -> Self {
        let handle_unknown = Unseen::default();
        Self { smooth: Smooth::Auto, cv: 5, shuffle: true, seed: 0, handle_unknown }
    }
}

impl TargetEncoder {
    /// Automatic smoothing, five shuffled folds.
    pub fn new() -> Self {
        Self::default()
    }

    /// The smoothing.
    pub fn smooth(mut self, smooth: Smooth) -> Self {
        self.smooth = smooth;
        self
    }

    /// Number of folds for cross-fitting.
    pub fn cv(mut self, cv: usize) -> Self {
        self.cv = cv;
        self
    }

    /// Whether rows are shuffled into the folds.
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.shuffle = shuffle;
        self
    }

    /// Seed of the shuffle.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// What becomes of levels that were not there in training.
    pub fn handle_unknown(mut self, handle_unknown: Unseen) -> Self {
        self.handle_unknown = handle_unknown;
        self
    }

    /// Learns from all rows, for use on other rows.
    pub fn fit(&self, data: &Labeled<'_>) -> Result<TargetEncoderModel> {
        self.check()?;
        self.learn_all(data.samples(), &Goal::of_classes(data))
    }

    /// Learns from all rows, and encodes these rows by cross-fitting (stratified folds).
    pub fn fit_transform(&self, data: &Labeled<'_>) -> Result<(TargetEncoderModel, Labeled<'static>)> {
        let split = Split::Stratified { folds: self.cv, seed: self.shuffle.then_some(self.seed) };
        let goal = Goal::of_classes(data);
        let (model, encoded) = self.cross_fit(data.samples(), &goal, &split, Some(data.codes()))?;
        Ok((model, data.with_samples(encoded)?))
    }

    /// As [`TargetEncoder::fit`] for a real target.
    pub fn fit_targeted(&self, data: &Targeted<'_>) -> Result<TargetEncoderModel> {
        self.check()?;
        self.learn_all(data.samples(), &Goal::of_values(data)?)
    }

    /// As [`TargetEncoder::fit_transform`] for a real target.
    pub fn fit_transform_targeted(
        &self,
        data: &Targeted<'_>,
    ) -> Result<(TargetEncoderModel, Targeted<'static>)> {
        let split = Split::KFold { folds: self.cv, seed: self.shuffle.then_some(self.seed) };
        let (model, encoded) = self.cross_fit(data.samples(), &Goal::of_values(data)?, &split, None)?;
        Ok((model, data.with_samples(encoded)?))
    }

    fn check(&self) -> Result<()> {
        let check = Check::of("TargetEncoder").at_least("cv", self.cv, 2);
        match self.smooth {
            Smooth::Weight(weight) => check.range("smooth", weight, 0.0..).finish(),
            Smooth::Auto => check.finish(),
        }
    }

    fn learn_all(&self, samples: &Samples<'_>, goal: &Goal) -> Result<TargetEncoderModel> {
        let rows: Vec<usize> = (0..samples.n_rows()).collect();
        Ok(TargetEncoderModel { lookups: self.learn(samples, goal, &rows)? })
    }

    fn cross_fit(
        &self,
        samples: &Samples<'_>,
        goal: &Goal,
        split: &Split,
        codes: Option<&[u32]>,
    ) -> Result<(TargetEncoderModel, Samples<'static>)> {
        self.check()?;
        let model = self.learn_all(samples, goal)?;
        let mut fold_of = vec![0; samples.n_rows()];
        let mut lookups = Vec::with_capacity(self.cv);
        for (number, fold) in split.folds(samples.n_rows(), codes)?.iter().enumerate() {
            fold.test.iter().for_each(|&row| fold_of[row] = number);
            lookups.push(self.learn(samples, goal, &fold.train)?);
        }
        let output = &model.lookups.output;
        let encoded =
            samples.map_rows(output, |row, input, output| lookups[fold_of[row]].write_row(input, output))?;
        Ok((model, encoded))
    }

    fn learn(&self, samples: &Samples<'_>, goal: &Goal, rows: &[usize]) -> Result<Lookups> {
        let outputs = goal.values.ncols();
        let prior: Vec<Moments> = (0..outputs)
            .map(|output| {
                Moments::of(rows.iter().map(|&row| (goal.values[[row, output]], samples.weight(row))))
            })
            .collect();
        let lookup = |column: usize| {
            let levels = samples.schema().columns().get(column)?.levels()?.len();
            // The level after the last is "missing".
            let mut members: Vec<Vec<usize>> = vec![Vec::new(); levels + 1];
            for &row in rows {
                let cell = samples.row(row)[column];
                match level(cell, levels) {
                    Some(level) => members[level].push(row),
                    None if cell.is_nan() => members[levels].push(row),
                    None => {}
                }
            }
            let number = |members: &Vec<usize>, output: usize| {
                let own =
                    Moments::of(members.iter().map(|&row| (goal.values[[row, output]], samples.weight(row))));
                self.smoothed(&own, &prior[output])
            };
            let mut values: Vec<f64> =
                members.iter().flat_map(|m| (0..outputs).map(move |output| number(m, output))).collect();
            let missing = values.split_off(levels * outputs);
            let unseen = prior.iter().map(|p| p.mean).collect();
            let known = members.iter().take(levels).map(|m| !m.is_empty()).collect();
            Some(Lookup { values, unseen, missing: Some(missing), known })
        };
        let columns = (0..samples.n_columns()).map(lookup).collect();
        Lookups::new(samples.schema(), goal.suffixes.clone(), columns, self.handle_unknown)
    }

    fn smoothed(&self, own: &Moments, prior: &Moments) -> f64 {
        if own.weight == 0.0 {
            return prior.mean;
        }
        match self.smooth {
            Smooth::Weight(weight) => (weight * prior.mean + own.weight * own.mean) / (weight + own.weight),
            Smooth::Auto => {
                let spread = prior.variance * own.weight;
                let trust = spread / (spread + own.variance);
                if trust.is_nan() { prior.mean } else { trust * own.mean + (1.0 - trust) * prior.mean }
            }
        }
    }
}

/// Weight, mean and variance.
struct Moments {
    weight: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    fn of(values: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let weight: f64 = values.clone().map(|(_, w)| w).sum();
        if weight == 0.0 {
            return Self { weight, mean: 0.0, variance: 0.0 };
        }
        let mean = values.clone().map(|(v, w)| v * w).sum::<f64>() / weight;
        let variance = values.map(|(v, w)| w * (v - mean) * (v - mean)).sum::<f64>() / weight;
        Self { weight, mean, variance }
    }
}

impl Goal {
    fn of_classes(data: &Labeled<'_>) -> Self {
        let classes = data.classes();
        let is = |code: u32, class: usize| f64::from(u8::from(code as usize == class));
        if classes.len() <= 2 {
            let values = Array2::from_shape_fn((data.n_rows(), 1), |(row, _)| is(data.codes()[row], 1));
            return Self { values, suffixes: Vec::new() };
        }
        let shape = (data.n_rows(), classes.len());
        let values = Array2::from_shape_fn(shape, |(row, class)| is(data.codes()[row], class));
        Self { values, suffixes: classes.names().to_vec() }
    }

    fn of_values(data: &Targeted<'_>) -> Result<Self> {
        // Squares of the target must stay finite.
        if let Some(value) = data.target().iter().find(|v| v.abs() > 1e150) {
            return Err(Error::numerical(format!("target {value} is too large to take variances of")));
        }
        let values = Array2::from_shape_fn((data.n_rows(), 1), |(row, _)| data.target()[row]);
        Ok(Self { values, suffixes: Vec::new() })
    }
}

lookup_model!(TargetEncoderModel, "preprocessing/target-encoder");
