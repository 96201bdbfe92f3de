//! Weight of evidence.

use crm_ml_core::{Check, Column, Error, Labeled, Persist, Result, Samples, Schema, Split, parallel};
use serde::{Deserialize, Serialize};

use super::levels::level;
use crate::bins::{SupervisedBinner, Target, bin_of, labels};
use crate::columns::{check_output, check_schema, column, is_real, transformer_model};

/// Replaces every column by the weight of evidence of its level or bin: `ln((events + s) / (E + s k)) - ln((others + s) / (O +
/// s k))`, with E and O the weights of all rows of the second and of the first class, k the number of levels, and s the
/// `smoothing`. On this scale a logistic regression is additive and its columns compare.
///
/// Category columns are encoded by level, real ones after binning ([`SupervisedBinner`], by default with monotone
/// event rates). Missing values are a level of their own if training had some, else they are neutral (0), as are unseen
/// levels. Weights are honoured. [`WeightOfEvidenceModel::table`] tells every level, [`WeightOfEvidenceModel::information_values`]
/// what each column says in all: below 0.02 nothing, above 0.5 suspiciously much.
///
/// [`WeightOfEvidence::fit_transform`] encodes the rows of training by cross-fitting, bins included, so that no row sees its own
/// target; the model itself is for other rows.
///
/// I. J. Good, "Probability and the Weighing of Evidence", 1950; N. Siddiqi, "Credit Risk Scorecards", 2006. Time
/// O(rows log rows x columns x folds).
///
/// Errors: a negative smoothing, fewer than 2 folds or rows than folds, a target that has not two classes with rows in both.
///
/// ```
/// use crm_ml_core::{Column, Labeled, Samples, Schema, TransformerModel};
/// use crm_ml_preprocessing::WeightOfEvidence;
/// use ndarray::array;
///
/// let schema = Schema::new(vec![Column::category("source", vec!["ads".into(), "fair".into()])])?;
/// let x = array![[0.0], [0.0], [0.0], [1.0], [1.0], [1.0]];
/// let samples = Samples::new(&x)?.with_schema(&schema)?;
/// let data = Labeled::new(samples, &["no", "no", "yes", "no", "yes", "yes"])?;
/// let model = WeightOfEvidence::new().smoothing(0.0).fit(&data)?;
/// let encoded = model.transform(data.samples())?;
/// assert!((encoded.cells()[0] - (1.0f64 / 2.0).ln()).abs() < 1e-15);
/// let (field, value) = model.information_values().remove(0);
/// assert_eq!(field, "source");
/// assert!((value - 2.0 / 3.0 * 2f64.ln()).abs() < 1e-15);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeightOfEvidence {
    smoothing: f64,
    binner: SupervisedBinner,
    numbers: bool,
    cv: usize,
    seed: u64,
}

/// One level, or one bin, of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceLevel {
    /// Its name; `(missing)` for missing values.
    pub level: String,
    /// Weight of its rows.
    pub weight: f64,
    /// Weight of its rows of the second class.
    pub events: f64,
    /// Weight of evidence for the second class.
    pub evidence: f64,
    /// Its part of the column's information value.
    pub information: f64,
}

/// The fitted [`WeightOfEvidence`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeightOfEvidenceModel {
    schema: Schema,
    output: Schema,
    /// `None` for a real column that passes unchanged.
    columns: Vec<Option<Evidence>>,
}

/// What was learnt of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Evidence {
    /// The cuts of a real column.
    cuts: Option<Vec<f64>>,
    /// Levels in order, then missing if training had it.
    levels: Vec<EvidenceLevel>,
    missing: bool,
}

impl Default for WeightOfEvidence {
    fn default() -> Self {
        let binner = SupervisedBinner::new().monotone(crate::Monotone::Auto);
        Self { smoothing: 0.5, binner, numbers: true, cv: 5, seed: 0 }
    }
}

impl WeightOfEvidence {
    /// Half a row of each class added to each level; real columns in monotone bins.
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows of each class that are added to each level; 0 for none, which makes levels of one class neutral.
    pub fn smoothing(mut self, smoothing: f64) -> Self {
        self.smoothing = smoothing;
        self
    }

    /// How real columns are binned; what it makes of bins plays no part.
    pub fn binner(mut self, binner: SupervisedBinner) -> Self {
        self.binner = binner;
        self
    }

    /// Whether real columns are binned and encoded; else they pass unchanged.
    pub fn numbers(mut self, numbers: bool) -> Self {
        self.numbers = numbers;
        self
    }

    /// Number of folds for cross-fitting.
    pub fn cv(mut self, cv: usize) -> Self {
        self.cv = cv;
        self
    }

    /// Seed of the folds.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Learns from all rows, for use on other rows.
    pub fn fit(&self, data: &Labeled<'_>) -> Result<WeightOfEvidenceModel> {
        self.check()?;
        self.learn(data)
    }

    /// Learns from all rows, and encodes these rows by cross-fitting (stratified folds).
    pub fn fit_transform(&self, data: &Labeled<'_>) -> Result<(WeightOfEvidenceModel, Labeled<'static>)> {
        let model = self.fit(data)?;
        let split = Split::Stratified { folds: self.cv, seed: Some(self.seed) };
        let folds = split.folds(data.n_rows(), Some(data.codes()))?;
        let mut fold_of = vec![0; data.n_rows()];
        let mut models = Vec::with_capacity(folds.len());
        for (number, fold) in folds.iter().enumerate() {
            fold.test.iter().for_each(|&row| fold_of[row] = number);
            models.push(self.learn(&data.select_rows(&fold.train))?);
        }
        let encoded = data.samples().map_rows(&model.output, |row, input, output| {
            models[fold_of[row]].write_row(input, output);
        })?;
        Ok((model, data.with_samples(encoded)?))
    }

    pub(crate) fn check(&self) -> Result<()> {
        let check = Check::of("WeightOfEvidence").range("smoothing", self.smoothing, 0.0..);
        self.binner.check(check.at_least("cv", self.cv, 2)).finish()
    }

    fn learn(&self, data: &Labeled<'_>) -> Result<WeightOfEvidenceModel> {
        let classes = data.classes();
        let both = (0..2).all(|class| data.codes().contains(&class));
        if classes.len() != 2 || !both {
            let found = (0..classes.len() as u32).filter(|class| data.codes().contains(class)).count();
            return Err(Error::unsupported(format!(
                "weight of evidence compares two classes: the target has {} classes, {found} with rows",
                classes.len()
            )));
        }
        let samples = data.samples();
        let columns = parallel::map(samples.n_columns(), |position| {
            let encoded = self.numbers || !is_real(samples.schema(), position);
            encoded.then(|| self.evidence(samples, position, data.codes()))
        });
        let schema = samples.schema().clone();
        let output = output_schema(&schema)?;
        Ok(WeightOfEvidenceModel { schema, output, columns })
    }

    fn evidence(&self, samples: &Samples<'_>, position: usize, codes: &[u32]) -> Evidence {
        let values = column(samples, position);
        let real = is_real(samples.schema(), position);
        let target = Target::Classes { codes, count: 2 };
        let cuts = real.then(|| self.binner.cuts(&values, samples.weights(), target).unwrap_or_default());
        let names = names(samples.schema(), position, cuts.as_deref());
        // Weights of both classes by level; missing last.
        let mut counts = vec![[0.0; 2]; names.len() + 1];
        for (row, &value) in values.iter().enumerate() {
            if let Some(place) = place(value, cuts.as_deref(), names.len()) {
                counts[place][usize::from(codes[row] == 1)] += samples.weight(row);
            }
        }
        let missing = counts[names.len()] != [0.0; 2];
        let names: Vec<String> = names.into_iter().chain(missing.then(|| "(missing)".to_owned())).collect();
        counts.truncate(names.len());
        let total = |class: usize| counts.iter().map(|c| c[class]).sum::<f64>();
        let (others, events) = (total(0), total(1));
        let known = counts.iter().filter(|c| c[0] + c[1] > 0.0).count() as f64;
        let levels = names.into_iter().zip(&counts).map(|(level, count)| {
            let share = |part: f64, all: f64| (part + self.smoothing) / (all + self.smoothing * known);
            let (bad, good) = (share(count[0], others), share(count[1], events));
            let weight = count[0] + count[1];
            let ratio = (good / bad).ln();
            let evidence = if weight > 0.0 && ratio.is_finite() { ratio } else { 0.0 };
            let information = if evidence == 0.0 { 0.0 } else { (good - bad) * evidence };
            EvidenceLevel { level, weight, events: count[1], evidence, information }
        });
        Evidence { cuts, levels: levels.collect(), missing }
    }
}

/// The names of the levels or bins of a column.
fn names(schema: &Schema, position: usize, cuts: Option<&[f64]>) -> Vec<String> {
    match cuts {
        Some(cuts) => labels(cuts),
        None => schema.columns()[position].levels().unwrap_or_default().to_vec(),
    }
}

/// The level of a cell among `levels`, that number for a missing one; `None` for an unseen one.
fn place(cell: f64, cuts: Option<&[f64]>, levels: usize) -> Option<usize> {
    match cuts {
        _ if cell.is_nan() => Some(levels),
        Some(cuts) => Some(bin_of(cell, cuts)),
        None => level(cell, levels),
    }
}

fn output_schema(schema: &Schema) -> Result<Schema> {
    Schema::new(schema.columns().iter().map(|c| Column::real(&c.name).from_field(&c.field)).collect())
}

impl WeightOfEvidenceModel {
    /// The levels or bins of a column, missing last; `None` for a column that passes unchanged.
    pub fn table(&self, column: usize) -> Option<&[EvidenceLevel]> {
        Some(&self.columns.get(column)?.as_ref()?.levels)
    }

    /// The cuts of a real column; `None` for a category column.
    pub fn cuts(&self, column: usize) -> Option<&[f64]> {
        self.columns.get(column)?.as_ref()?.cuts.as_deref()
    }

    /// Every encoded column with its information value, in order.
    pub fn information_values(&self) -> Vec<(String, f64)> {
        let value = |evidence: &Evidence| evidence.levels.iter().map(|l| l.information).sum();
        let columns = self.schema.columns().iter().zip(&self.columns);
        columns.filter_map(|(c, evidence)| Some((c.name.clone(), value(evidence.as_ref()?)))).collect()
    }

    fn write_row(&self, input: &[f64], output: &mut [f64]) {
        for ((cell, evidence), output) in input.iter().zip(&self.columns).zip(output) {
            let Some(evidence) = evidence else {
                *output = *cell;
                continue;
            };
            let levels = evidence.levels.len() - usize::from(evidence.missing);
            let found = place(*cell, evidence.cuts.as_deref(), levels);
            *output = found.and_then(|place| evidence.levels.get(place)).map_or(0.0, |level| level.evidence);
        }
    }

    fn apply(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        samples.map_rows(&self.output, |_, input, output| self.write_row(input, output))
    }
}

transformer_model!(WeightOfEvidenceModel);

impl Persist for WeightOfEvidenceModel {
    const KIND: &'static str = "preprocessing/weight-of-evidence";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        if self.columns.len() != self.schema.width() {
            return Err(Error::length("columns of evidence", self.schema.width(), self.columns.len()));
        }
        for (position, evidence) in self.columns.iter().enumerate() {
            let Some(evidence) = evidence else {
                if is_real(&self.schema, position) {
                    continue;
                }
                return Err(Error::model_file("a category column without evidence"));
            };
            let cuts = evidence.cuts.as_deref();
            let expected = cuts.map_or(0, <[f64]>::len);
            let in_order = cuts.is_none_or(|cuts| {
                cuts.iter().all(|c| c.is_finite()) && cuts.windows(2).all(|pair| pair[0] < pair[1])
            });
            let levels = match self.schema.columns()[position].levels() {
                Some(levels) => levels.len(),
                None => expected + 1,
            };
            let numbers = |l: &EvidenceLevel| [l.weight, l.events, l.evidence, l.information];
            let sound = in_order
                && is_real(&self.schema, position) == cuts.is_some()
                && evidence.levels.len() == levels + usize::from(evidence.missing)
                && evidence.levels.iter().flat_map(numbers).all(f64::is_finite);
            if !sound {
                let name = self.schema.name(position);
                return Err(Error::model_file(format!("the evidence of column '{name}' does not fit it")));
            }
        }
        check_output(&self.output, &output_schema(&self.schema)?)
    }
}
