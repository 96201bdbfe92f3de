//! From a table to features, learnt once and applied to every later table alike.

mod assemble;
mod dates;
mod encoder;
mod labels;
mod model;
mod numeric;
mod recipe;
mod report;

use crm_ml_core::{Check, Classes, Error, ErrorKind, Labeled, Result, Samples, Targeted};
use crm_ml_table::{FieldSpec, FieldType, Role, Table, TableSchema};
use serde::{Deserialize, Serialize};

use crate::{Smooth, Strategy, Unseen, encode};
use encoder::Goal;
pub use labels::{Labels, Targets, labels, row_weights, targets};
pub use model::TablePipelineModel;
use recipe::FieldRecipe;
use report::Unused;
pub use report::{CleaningReport, DroppedRows, FieldReport, Summary};

/// What category fields become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Encoding {
    /// One 0/1 column a level, missing and rare levels included: for linear and distance-based models.
    #[default]
    OneHot,
    /// One number a level, missing -2, unseen -1.
    Ordinal,
    /// The share of the rows that have the level.
    Frequency,
    /// What the level says of the target, cross-fitted: needs labels.
    Target,
    /// A category column of codes, missing as NaN: for trees that split on categories.
    Native,
}

/// How numbers are scaled after filling and cutting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Scaling {
    /// They keep their units.
    #[default]
    None,
    /// Mean 0, variance 1: see [`StandardScaler`](crate::StandardScaler).
    Standard,
    /// From 0 to 1: see [`MinMaxScaler`](crate::MinMaxScaler).
    MinMax,
    /// Median 0, interquartile range 1: see [`RobustScaler`](crate::RobustScaler).
    Robust,
}

/// Turns the feature columns of a [`Table`] into a matrix, by a recipe learnt for each from its type:
///
/// | type | columns given |
/// |---|---|
/// | number, integer | the value (cut, filled, scaled), and `<name>=(missing)` if training had gaps |
/// | boolean | 0 or 1, and `<name>=(missing)` |
/// | category | by [`Encoding`]; rare levels are grouped |
/// | date, datetime | days since the first day of training, and sine and cosine of month, weekday, day of the month (and hour) |
/// | text | number of characters and of words (0 where missing) |
/// | identifier | none |
///
/// Only columns of role feature are used; fields without any value or with one value only are dropped; each reason is in the
/// [`CleaningReport`]. Every output column remembers its raw field ([`Column::field`](crm_ml_core::Column)). A column of role
/// weight weighs the rows in all that is learnt.
///
/// The model matches columns by name and reads them under the types of training ([`Table::with_schema`]), so that a table
/// with its columns in another order gives the same bits, and one that lacks a column is refused by its name.
///
/// ```
/// use crm_ml_preprocessing::{Encoding, TablePipeline};
/// use crm_ml_table::{Role, Table};
///
/// let csv = "source,visits,won\nads,3,no\nfair,,yes\nads,5,no\n";
/// let mut table = Table::from_csv_reader(csv.as_bytes(), "leads.csv")?;
/// table.set_role("won", Role::Target)?;
/// let (pipeline, data) = TablePipeline::new().fit_transform_target(&table)?;
/// assert_eq!(data.classes().names(), ["no", "yes"]);
/// let names: Vec<&str> = data.samples().schema().columns().iter().map(|c| c.name.as_str()).collect();
/// assert_eq!(names, ["source=ads", "source=fair", "visits", "visits=(missing)"]);
/// assert_eq!(data.samples().row(1), [0.0, 1.0, 4.0, 1.0]);
///
/// let new = Table::from_csv_reader("visits,source\n4,web\n".as_bytes(), "new.csv")?;
/// assert_eq!(pipeline.transform(&new)?.row(0), [0.0, 0.0, 4.0, 0.0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TablePipeline {
    encoding: Encoding,
    impute: Option<Strategy>,
    add_indicator: bool,
    scaling: Scaling,
    clip: Option<(f64, f64)>,
    handle_unknown: Unseen,
    min_frequency: Option<f64>,
    max_categories: Option<usize>,
    smooth: Smooth,
    cv: usize,
    seed: u64,
}

impl Default for TablePipeline {
    fn default() -> Self {
        Self {
            encoding: Encoding::default(),
            impute: Some(Strategy::Median),
            add_indicator: true,
            scaling: Scaling::default(),
            clip: None,
            handle_unknown: Unseen::default(),
            min_frequency: None,
            max_categories: Some(64),
            smooth: Smooth::default(),
            cv: 5,
            seed: 0,
        }
    }
}

impl TablePipeline {
    /// One-hot encoding with at most 64 columns a field, gaps filled with the median and flagged, no cutting, no scaling.
    pub fn new() -> Self {
        Self::default()
    }

    /// What category fields become.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// What fills gaps in numbers, truth values and dates (truth values take the most frequent one, unless it is a
    /// constant); `None` leaves them NaN, for estimators that take it.
    pub fn impute(mut self, impute: impl Into<Option<Strategy>>) -> Self {
        self.impute = impute.into();
        self
    }

    /// Whether fields with gaps get a column that says where.
    pub fn add_indicator(mut self, add_indicator: bool) -> Self {
        self.add_indicator = add_indicator;
        self
    }

    /// How numbers, days and text lengths are scaled.
    pub fn scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = scaling;
        self
    }

    /// Cuts numbers to these two of their quantiles, for example 0.01 and 0.99.
    pub fn clip(mut self, lower: f64, upper: f64) -> Self {
        self.clip = Some((lower, upper));
        self
    }

    /// What becomes of categories that were not there in training.
    pub fn handle_unknown(mut self, handle_unknown: Unseen) -> Self {
        self.handle_unknown = handle_unknown;
        self
    }

    /// Levels lighter than this weight (or, below 1, than this share) are grouped as `(other)`.
    pub fn min_frequency(mut self, min_frequency: impl Into<Option<f64>>) -> Self {
        self.min_frequency = min_frequency.into();
        self
    }

    /// Most levels of a field, `(other)` included; `None` for no limit.
    pub fn max_categories(mut self, max_categories: impl Into<Option<usize>>) -> Self {
        self.max_categories = max_categories.into();
        self
    }

    /// Smoothing of target encoding.
    pub fn smooth(mut self, smooth: Smooth) -> Self {
        self.smooth = smooth;
        self
    }

    /// Folds by which target encoding is cross-fitted.
    pub fn cv(mut self, cv: usize) -> Self {
        self.cv = cv;
        self
    }

    /// Seed of those folds.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Learns from a table alone. Errors: bad parameters, [`Encoding::Target`], no feature left, a bad weight.
    pub fn fit(&self, table: &Table) -> Result<TablePipelineModel> {
        Ok(self.fit_transform(table)?.0)
    }

    /// Learns from a table alone and transforms it; rows of weight 0 are left out. Errors: as [`TablePipeline::fit`].
    pub fn fit_transform(&self, table: &Table) -> Result<(TablePipelineModel, Samples<'static>)> {
        self.learn(table, &Goal::None)
    }

    /// Learns with a class for every row and transforms the table; what learns from the classes is cross-fitted, so that no
    /// row is encoded by its own. Rows of weight 0 are left out.
    ///
    /// Errors: as [`TablePipeline::fit`], another number of codes than rows, a code that is no class.
    pub fn fit_transform_labeled(
        &self,
        table: &Table,
        codes: &[u32],
        classes: &Classes,
    ) -> Result<(TablePipelineModel, Labeled<'static>)> {
        if codes.len() != table.n_rows() {
            return Err(Error::length("labels", table.n_rows(), codes.len()));
        }
        let kept = kept_rows(table)?;
        let codes: Vec<u32> = kept.iter().map(|&row| codes[row]).collect();
        if let Some(row) = codes.iter().position(|&code| code as usize >= classes.len()) {
            let requirement = format!("a code must be below {}", classes.len());
            return Err(ErrorKind::InvalidTarget { row, value: codes[row].to_string(), requirement }.into());
        }
        let (model, samples) = self.learn(table, &Goal::Classes(&codes, classes))?;
        let data = Labeled::from_codes(samples, &codes, classes)?;
        Ok((model, data))
    }

    /// As [`TablePipeline::fit_transform_labeled`] for a real target.
    pub fn fit_transform_targeted(
        &self,
        table: &Table,
        target: &[f64],
    ) -> Result<(TablePipelineModel, Targeted<'static>)> {
        if target.len() != table.n_rows() {
            return Err(Error::length("targets", table.n_rows(), target.len()));
        }
        let kept = kept_rows(table)?;
        let target: Vec<f64> = kept.iter().map(|&row| target[row]).collect();
        if let Some(row) = target.iter().position(|v| !v.is_finite()) {
            let requirement = "a target must be finite".to_owned();
            return Err(ErrorKind::InvalidTarget { row, value: target[row].to_string(), requirement }.into());
        }
        let (model, samples) = self.learn(table, &Goal::Values(&target))?;
        Ok((model, Targeted::new(samples, target.as_slice())?))
    }

    /// The whole way from a table with a target column: rows without a target are dropped (and counted in the report), the
    /// others learnt from and transformed.
    ///
    /// Errors: as [`TablePipeline::fit_transform_labeled`], no column of role target, no row with a target.
    pub fn fit_transform_target(&self, table: &Table) -> Result<(TablePipelineModel, Labeled<'static>)> {
        let labels = labels(table)?;
        let (classes, codes) = labels.encode();
        let (mut model, data) =
            self.fit_transform_labeled(&table.select_rows(&labels.rows)?, &codes, &classes)?;
        model.note_dropped_rows("target missing", labels.missing);
        Ok((model, data))
    }

    fn check(&self) -> Result<()> {
        let mut check = Check::of("TablePipeline").at_least("cv", self.cv, 2);
        check = encode::check_rare(check, self.min_frequency, self.max_categories);
        if let Some((lower, upper)) = self.clip {
            let shown = format!("{lower} to {upper}");
            let ascending = lower >= 0.0 && lower < upper && upper <= 1.0;
            check = check.rule("clip", shown, ascending, "two shares from 0 to 1, ascending");
        }
        if let Some(Strategy::Constant(value)) = self.impute {
            check = check.range("impute.constant", value, ..);
        }
        if let Smooth::Weight(weight) = self.smooth {
            check = check.range("smooth", weight, 0.0..);
        }
        check.finish()
    }

    fn learn(&self, table: &Table, goal: &Goal<'_>) -> Result<(TablePipelineModel, Samples<'static>)> {
        self.check()?;
        let kept = kept_rows(table)?;
        let all = kept.len() == table.n_rows();
        let used = if all { table.clone() } else { table.select_rows(&kept)? };
        let weights = row_weights(&used)?;
        let raw = training_schema(&used);
        let typed = used.with_schema(&raw)?;
        let (recipes, unused) = self.recipes(&typed, weights.as_deref())?;
        let raw = TableSchema {
            fields: raw.fields.into_iter().filter(|f| has(&recipes, &f.name)).collect(),
            ..raw
        };
        let mut native = assemble::native(&recipes, &typed, self.handle_unknown)?;
        if let Some(weights) = &weights {
            native = native.with_weights(weights.as_slice())?;
        }
        let (encoder, samples) = encoder::learn(self, native, goal)?;
        let mut report = report::of(table, &used, &recipes, &unused, samples.schema())?;
        report.drop_rows("weight 0", table.n_rows() - kept.len());
        Ok((TablePipelineModel::new(raw, recipes, self.handle_unknown, encoder, report), samples))
    }

    /// A recipe for each field that can be learnt from, and a reason for each that cannot.
    fn recipes(&self, table: &Table, weights: Option<&[f64]>) -> Result<(Vec<FieldRecipe>, Vec<Unused>)> {
        let (mut recipes, mut unused) = (Vec::new(), Vec::new());
        for column in table.columns() {
            match FieldRecipe::learn(self, &column, weights)? {
                Ok(recipe) => recipes.push(recipe),
                Err(reason) => unused.push(Unused { field: column.name().to_owned(), reason }),
            }
        }
        if recipes.is_empty() {
            let reasons: Vec<String> =
                unused.iter().map(|u| format!("'{}': {}", u.field, u.reason)).collect();
            let reasons =
                if reasons.is_empty() { "no column has that role".to_owned() } else { reasons.join("; ") };
            return Err(Error::unsupported(format!("the table has no feature to learn from ({reasons})")));
        }
        Ok((recipes, unused))
    }
}

fn has(recipes: &[FieldRecipe], name: &str) -> bool {
    recipes.iter().any(|r| r.field == name)
}

/// The rows that weigh something.
fn kept_rows(table: &Table) -> Result<Vec<usize>> {
    let rows = 0..table.n_rows();
    let kept: Vec<usize> = match row_weights(table)? {
        Some(weights) => rows.filter(|&row| weights[row] > 0.0).collect(),
        None => rows.collect(),
    };
    if table.n_rows() == 0 {
        return Err(Error::empty("rows"));
    }
    if kept.is_empty() { Err(ErrorKind::AllWeightsZero.into()) } else { Ok(kept) }
}

/// The types under which later tables are read. Whole numbers become numbers: that training had no fraction does not mean
/// that there is none.
fn training_schema(table: &Table) -> TableSchema {
    let spec = |field: &crm_ml_table::Field| {
        let field_type =
            if field.field_type == FieldType::Integer { FieldType::Number } else { field.field_type };
        FieldSpec::new(&field.name)
            .field_type(field_type)
            .role(Role::Feature)
            .decimal(field.decimal)
            .missing_markers(field.missing_markers.clone())
    };
    TableSchema { missing_markers: None, fields: table.features().map(spec).collect() }
}
