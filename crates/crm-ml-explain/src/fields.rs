//! Attributions in the words of the raw fields.

use crm_ml_core::{Error, Result, Schema};
use ndarray::{Array1, Array2, ArrayView2};

/// How much each raw field moved each row's margin away from the base value.
///
/// For every row `base[row] + values.row(row).sum()` is the margin.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldAttributions {
    /// The raw fields, in the order in which the schema first names them.
    pub fields: Vec<String>,
    /// Rows x fields.
    pub values: Array2<f64>,
    /// The margin of a row about which nothing is known.
    pub base: Array1<f64>,
    /// Whether the values are sampled, not exact.
    pub approximate: bool,
}

/// One field's share of one row's margin.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Position of the field in [`FieldAttributions::fields`].
    pub field: usize,
    /// Its share: above 0 speaks for the class, below 0 against.
    pub share: f64,
}

/// Adds up the shares of the columns that were made from one raw field.
///
/// `contributions` is rows x (columns + 1), the base value last: one output of
/// [`Attributions`](crm_ml_core::Attributions). Sums are kept: adding up fields moves nothing.
///
/// Errors: another number of columns than the schema has.
///
/// ```
/// use crm_ml_core::{Column, Schema};
/// use crm_ml_explain::by_field;
/// use ndarray::array;
///
/// let schema = Schema::new(vec![
///     Column::real("country=DE").from_field("country"),
///     Column::real("size"),
///     Column::real("country=FR").from_field("country"),
/// ])?;
/// let reasons = by_field(array![[0.5, -1.0, 0.25, 0.125]].view(), &schema)?;
/// assert_eq!(reasons.fields, ["country", "size"]);
/// assert_eq!(reasons.values, array![[0.75, -1.0]]);
/// assert_eq!(reasons.base[0], 0.125);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn by_field(contributions: ArrayView2<'_, f64>, schema: &Schema) -> Result<FieldAttributions> {
    if contributions.ncols() != schema.width() + 1 {
        return Err(Error::length("columns of the contributions", schema.width() + 1, contributions.ncols()));
    }
    let (fields, field_of) = fields_of(schema);
    let mut values = Array2::zeros((contributions.nrows(), fields.len()));
    for (mut sums, row) in values.rows_mut().into_iter().zip(contributions.rows()) {
        for (&field, share) in field_of.iter().zip(row) {
            sums[field] += share;
        }
    }
    let base = contributions.column(schema.width()).to_owned();
    Ok(FieldAttributions { fields, values, base, approximate: false })
}

/// The raw fields of a schema in the order of their first column, and the field of every column.
pub(crate) fn fields_of(schema: &Schema) -> (Vec<String>, Vec<usize>) {
    let mut fields: Vec<String> = Vec::new();
    let field_of = schema.columns().iter().map(|column| {
        fields.iter().position(|f| *f == column.field).unwrap_or_else(|| {
            fields.push(column.field.clone());
            fields.len() - 1
        })
    });
    let field_of = field_of.collect();
    (fields, field_of)
}

impl FieldAttributions {
    /// The `most` strongest reasons for the class (share above 0), strongest first; equals in the order of the fields. None
    /// for a row that is not there.
    pub fn reasons_for(&self, row: usize, most: usize) -> Vec<Reason> {
        self.reasons(row, most, |share| share > 0.0)
    }

    /// The `most` strongest reasons against the class (share below 0), strongest first.
    pub fn reasons_against(&self, row: usize, most: usize) -> Vec<Reason> {
        self.reasons(row, most, |share| share < 0.0)
    }

    /// Mean absolute share of each field: how much it matters over all rows.
    pub fn strength(&self) -> Array1<f64> {
        let rows = self.values.nrows().max(1) as f64;
        self.values.columns().into_iter().map(|c| c.iter().map(|v| v.abs()).sum::<f64>() / rows).collect()
    }

    fn reasons(&self, row: usize, most: usize, wanted: impl Fn(f64) -> bool) -> Vec<Reason> {
        let shares = self.values.rows().into_iter().nth(row);
        let mut reasons: Vec<Reason> = shares
            .iter()
            .flatten()
            .enumerate()
            .filter(|(_, s)| wanted(**s))
            .map(|(field, &share)| Reason { field, share })
            .collect();
        reasons.sort_by(|a, b| b.share.abs().total_cmp(&a.share.abs()));
        reasons.truncate(most);
        reasons
    }
}
