//! From a table to features, learnt once and applied to every later table alike.

mod assemble;
mod contacts;
mod dates;
mod emails;
mod encoder;
mod gaps;
mod kept;
mod labels;
mod levels;
mod model;
mod numeric;
mod options;
mod phones;
mod recipe;
mod report;
mod selections;
mod texts;

use crm_ml_core::{Classes, Error, ErrorKind, Labeled, Result, Samples, Targeted};
use crm_ml_table::{FieldSpec, FieldType, Role, Table, TableSchema};
use serde::{Deserialize, Serialize};

use crate::{SanityChecker, SanityReport, Smooth, Strategy, Unseen};
pub use dates::DatePart;
pub use emails::{EmailKinds, EmailPart};
use encoder::Goal;
use gaps::{FillFrom, Filler};
pub(crate) use kept::Kept;
pub use labels::{Labels, Targets, labels, row_weights, targets};
pub use model::TablePipelineModel;
pub use options::{Binning, Encoding, Scaling};
use options::{Hashing, Outliers};
pub use phones::PhonePart;
use recipe::FieldRecipe;
use report::Unused;
pub use report::{CleaningReport, DroppedRows, FieldReport, Summary};
pub use texts::TextMeasure;

/// Turns the feature columns of a [`Table`] into a matrix, by a recipe learnt for each from its type:
///
/// | type | columns given |
/// |---|---|
/// | number, integer | the value (outliers treated, filled, scaled), and `<name>=(missing)` if training had gaps; or, by [`Binning`], a category of intervals |
/// | boolean | 0 or 1, and `<name>=(missing)` |
/// | category | by [`Encoding`], rare levels grouped; or hashed, where there are very many ([`TablePipeline::hash_above`]) |
/// | date, datetime | days since the first day of training, and sine and cosine of month, weekday, day of the month (and hour); or other [`DatePart`]s |
/// | text | number of characters and of words (0 where missing); or other [`TextMeasure`]s |
/// | e-mail | kind and last label of the host, whether it is a post's address, digits in the name; or other [`EmailPart`]s |
/// | phone | the country's code and whether the number is valid; or other [`PhonePart`]s |
/// | multi-select | a flag an option |
/// | identifier, record id | none |
///
/// Only columns of role feature are used; fields without any value or with one value only are dropped; each reason is in the
/// [`CleaningReport`]. Every output column remembers its raw field ([`Column::field`](crm_ml_core::Column)). A column of role
/// weight weighs the rows in all that is learnt; rows that a column of role deleted marks are not learnt from.
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
    fill_from: Option<FillFrom>,
    add_indicator: bool,
    scaling: Scaling,
    binning: Binning,
    outliers: Option<Outliers>,
    hashing: Option<Hashing>,
    date_parts: Option<Vec<DatePart>>,
    reference_date: Option<String>,
    text_measures: Vec<TextMeasure>,
    email_parts: Vec<EmailPart>,
    email_kinds: EmailKinds,
    phone_parts: Vec<PhonePart>,
    phone_country: Option<u16>,
    handle_unknown: Unseen,
    min_frequency: Option<f64>,
    max_categories: Option<usize>,
    smooth: Smooth,
    cv: usize,
    seed: u64,
    sanity: Option<SanityChecker>,
}

impl TablePipeline {
    /// Learns from a table alone. Errors: bad parameters, [`Encoding::Target`], no row or no feature left, a bad weight.
    pub fn fit(&self, table: &Table) -> Result<TablePipelineModel> {
        Ok(self.fit_transform(table)?.0)
    }

    /// Learns from a table alone and transforms it; rows of weight 0 and rows marked as deleted are left out. Errors: as
    /// [`TablePipeline::fit`].
    pub fn fit_transform(&self, table: &Table) -> Result<(TablePipelineModel, Samples<'static>)> {
        self.learn(table, &Goal::None)
    }

    /// Learns with a class for every row and transforms the table; what learns from the classes is cross-fitted, so that no
    /// row is encoded by its own. Rows of weight 0 and rows marked as deleted are left out.
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
        let kept = Kept::of(table)?;
        if let Some(&row) = kept.rows.iter().find(|&&row| codes[row] as usize >= classes.len()) {
            let requirement = format!("a code must be below {}", classes.len());
            return Err(ErrorKind::InvalidTarget { row, value: codes[row].to_string(), requirement }.into());
        }
        let codes = kept.values(codes);
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
        let kept = Kept::of(table)?;
        if let Some(&row) = kept.rows.iter().find(|&&row| !target[row].is_finite()) {
            let requirement = "a target must be finite".to_owned();
            return Err(ErrorKind::InvalidTarget { row, value: target[row].to_string(), requirement }.into());
        }
        let target = kept.values(target);
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
        model.rows_were(&labels.rows);
        model.note_dropped_rows("target missing", labels.missing);
        model.note_dropped_rows("marked as deleted", labels.deleted);
        Ok((model, data))
    }

    fn learn(&self, table: &Table, goal: &Goal<'_>) -> Result<(TablePipelineModel, Samples<'static>)> {
        self.check()?;
        let kept = Kept::of(table)?;
        let used = kept.select(table)?;
        let weights = row_weights(&used)?;
        let sanity = self.examine(&used, goal)?;
        let used = match &sanity {
            Some(found) => found.put_aside(&used)?,
            None => used,
        };
        let raw = training_schema(&used);
        let typed = used.with_schema(&raw)?;
        let (recipes, unused) = self.recipes(&typed, weights.as_deref(), goal)?;
        let raw = TableSchema {
            fields: raw.fields.into_iter().filter(|f| has(&recipes, &f.name)).collect(),
            ..raw
        };
        let mut native = assemble::native(&recipes, &typed, self.handle_unknown)?;
        if let Some(weights) = &weights {
            native = native.with_weights(weights.as_slice())?;
        }
        let (encoder, encoded) = encoder::learn(self, native, goal)?;
        let (filler, samples) = self.fill(encoded)?;
        let mut report = report::of(table, &used, &recipes, &unused, samples.schema())?;
        if self.outliers.is_some_and(|outliers| outliers.told) {
            report.touched = report::touched(&used, &recipes, &kept.rows)?;
        }
        report.notes.extend(filler.as_ref().map(Filler::note));
        report.drop_rows("marked as deleted", kept.deleted);
        report.drop_rows("weight 0", kept.weightless);
        if let Some(found) = sanity {
            report.note_sanity(found);
        }
        Ok((TablePipelineModel::new(raw, recipes, self.handle_unknown, encoder, filler, report), samples))
    }

    /// What the checker finds of the raw fields, if there is one.
    fn examine(&self, table: &Table, goal: &Goal<'_>) -> Result<Option<SanityReport>> {
        let Some(checker) = &self.sanity else { return Ok(None) };
        Ok(Some(match goal {
            Goal::Classes(codes, classes) => checker.check_labeled(table, codes, classes)?,
            Goal::Values(target) => checker.check_targeted(table, target)?,
            Goal::None => checker.check_unlabeled(table)?,
        }))
    }

    /// Fills what gaps are left from the other columns, if that is asked for.
    fn fill(&self, encoded: Samples<'static>) -> Result<(Option<Filler>, Samples<'static>)> {
        let Some(fill_from) = &self.fill_from else { return Ok((None, encoded)) };
        let (filler, filled) = fill_from.fit(&encoded)?;
        Ok((Some(filler), filled))
    }

    /// A recipe for each field that can be learnt from, and a reason for each that cannot.
    fn recipes(
        &self,
        table: &Table,
        weights: Option<&[f64]>,
        goal: &Goal<'_>,
    ) -> Result<(Vec<FieldRecipe>, Vec<Unused>)> {
        let (mut recipes, mut unused) = (Vec::new(), Vec::new());
        for column in table.columns() {
            match FieldRecipe::learn(self, &column, weights, goal)? {
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
