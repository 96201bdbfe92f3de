//! Borrowed, validated views of data: [`Samples`], [`Labeled`], [`Targeted`].

mod made;

use std::borrow::Cow;
use std::fmt::Display;

use ndarray::{Array2, ArrayView1, ArrayView2};

use crate::{Classes, Error, ErrorKind, ROW_CHUNK, Result, Schema, parallel};

/// A matrix of features (rows x columns, `f64`, NaN = missing) with its schema and, if any, weights.
///
/// Construction checks everything once: infinities are refused, a matrix that is not row-major is copied once, and the
/// first missing value is remembered, so that an estimator that takes none can refuse by name.
///
/// ```
/// use crm_ml_core::Samples;
/// use ndarray::array;
///
/// let x = array![[1.0, 2.0], [3.0, f64::NAN]];
/// let samples = Samples::new(&x)?;
/// assert_eq!((samples.n_rows(), samples.n_columns()), (2, 2));
/// assert_eq!(samples.first_missing(), Some((1, 1)));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Samples<'a> {
    matrix: Matrix<'a>,
    weights: Option<Cow<'a, [f64]>>,
    /// Positions of the rows that are left, where rows of weight 0 were dropped.
    kept: Option<Vec<usize>>,
    given_rows: usize,
    schema: Schema,
    first_missing: Option<(usize, usize)>,
}

/// How the cells are stored. An enum, so that a sparse or coded form can join without changing a signature.
#[derive(Debug, Clone)]
enum Matrix<'a> {
    /// Row after row.
    Dense { cells: Cow<'a, [f64]>, rows: usize, columns: usize },
}

impl<'a> Matrix<'a> {
    fn borrowed(x: ArrayView2<'a, f64>) -> Self {
        let (rows, columns) = x.dim();
        let cells = match x.to_slice() {
            Some(cells) => Cow::Borrowed(cells),
            None => Cow::Owned(x.iter().copied().collect()),
        };
        Self::Dense { cells, rows, columns }
    }

    fn owned(x: Array2<f64>) -> Self {
        let (rows, columns) = x.dim();
        let cells = if x.is_standard_layout() {
            let (cells, offset) = x.into_raw_vec_and_offset();
            match offset {
                Some(offset) if cells.len() != rows * columns => {
                    cells[offset..offset + rows * columns].to_vec()
                }
                _ => cells,
            }
        } else {
            x.iter().copied().collect()
        };
        Self::Dense { cells: Cow::Owned(cells), rows, columns }
    }

    fn cells(&self) -> &[f64] {
        let Self::Dense { cells, .. } = self;
        cells
    }

    #[expect(clippy::expect_used, reason = "every constructor makes rows * columns cells")]
    fn view(&self) -> ArrayView2<'_, f64> {
        let Self::Dense { cells, rows, columns } = self;
        ArrayView2::from_shape((*rows, *columns), cells).expect("rows * columns cells")
    }
}

impl<'a> Samples<'a> {
    /// A view of `x` with unnamed real columns.
    ///
    /// Errors: no rows, no columns, an infinite value (row and column named).
    pub fn new(x: impl Into<ArrayView2<'a, f64>>) -> Result<Self> {
        Self::checked(Matrix::borrowed(x.into()), None)
    }

    /// Takes a matrix of its own.
    pub fn from_array(x: Array2<f64>) -> Result<Samples<'static>> {
        Samples::checked(Matrix::owned(x), None)
    }

    fn checked(matrix: Matrix<'a>, kept: Option<Vec<usize>>) -> Result<Self> {
        let (rows, columns) = matrix.view().dim();
        if rows == 0 {
            return Err(Error::empty("rows"));
        }
        if columns == 0 {
            return Err(Error::empty("columns"));
        }
        let schema = Schema::unnamed(columns);
        let first_missing = scan(matrix.cells(), columns, &schema, kept.as_deref())?;
        Ok(Self { matrix, weights: None, kept, given_rows: rows, schema, first_missing })
    }

    /// Gives the columns names and kinds.
    ///
    /// Errors: another number of columns; an infinity or a cell that is no code in a category column.
    pub fn with_schema(mut self, schema: &Schema) -> Result<Self> {
        if schema.width() != self.n_columns() {
            return Err(Error::length("columns of the schema", self.n_columns(), schema.width()));
        }
        made::check_codes(self.cells(), schema, self.kept_rows())?;
        self.schema = schema.clone();
        Ok(self)
    }

    /// Gives every row a weight, for fitting. Rows of weight 0 are dropped here and now: they are exactly absent.
    ///
    /// Errors: another length, a negative or non-finite weight, all weights zero, a sum of weights that is not finite.
    pub fn with_weights<'w>(mut self, weights: impl Into<ArrayView1<'w, f64>>) -> Result<Self> {
        let weights: Vec<f64> = weights.into().to_vec();
        if weights.len() != self.n_rows() {
            return Err(Error::length("weights", self.n_rows(), weights.len()));
        }
        if let Some(row) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
            return Err(ErrorKind::InvalidWeight { row, value: weights[row] }.into());
        }
        let kept: Vec<usize> = (0..weights.len()).filter(|&row| weights[row] > 0.0).collect();
        if kept.is_empty() {
            return Err(ErrorKind::AllWeightsZero.into());
        }
        if !weights.iter().sum::<f64>().is_finite() {
            return Err(Error::numerical("the sum of the weights is beyond what a 64-bit float holds"));
        }
        if kept.len() == weights.len() {
            self.weights = Some(Cow::Owned(weights));
            return Ok(self);
        }
        let kept_weights: Vec<f64> = kept.iter().map(|&row| weights[row]).collect();
        let given_rows = self.given_rows;
        let before = self.kept.take();
        let mut dropped = self.select_rows(&kept);
        dropped.weights = Some(Cow::Owned(kept_weights));
        dropped.given_rows = given_rows;
        dropped.kept = Some(match before {
            Some(before) => kept.iter().map(|&row| before[row]).collect(),
            None => kept,
        });
        Ok(dropped)
    }

    /// The cells, always in row-major order.
    pub fn dense(&self) -> ArrayView2<'_, f64> {
        self.matrix.view()
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f64] {
        let width = self.n_columns();
        &self.cells()[row * width..(row + 1) * width]
    }

    /// All cells, row after row.
    pub fn cells(&self) -> &[f64] {
        self.matrix.cells()
    }

    /// Number of rows (without those dropped for weight 0).
    pub fn n_rows(&self) -> usize {
        self.dense().nrows()
    }

    /// Positions, among the rows as given, of those that are left; `None` when none was dropped for weight 0.
    pub fn kept_rows(&self) -> Option<&[usize]> {
        self.kept.as_deref()
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.dense().ncols()
    }

    /// The weights, one a row; `None` when all rows count the same.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// Weight of a row: 1 without weights.
    pub fn weight(&self, row: usize) -> f64 {
        self.weights.as_deref().map_or(1.0, |w| w[row])
    }

    /// Sum of the weights; the number of rows without weights.
    pub fn total_weight(&self) -> f64 {
        self.weights.as_deref().map_or(self.n_rows() as f64, |w| w.iter().sum())
    }

    /// Names and kinds of the columns.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Row and column of the first missing value, if any.
    pub fn first_missing(&self) -> Option<(usize, usize)> {
        self.first_missing
    }

    /// An error that names row and column if a value is missing: for estimators that take none.
    pub fn require_complete(&self, estimator: &str) -> Result<()> {
        match self.first_missing {
            None => Ok(()),
            Some((row, column)) => Err(ErrorKind::MissingValue {
                estimator: estimator.to_owned(),
                row: given_row(row, self.kept_rows()),
                column: self.schema.name(column).to_owned(),
            }
            .into()),
        }
    }

    /// As [`require_complete`](Samples::require_complete), and an error that names the first category column, if there is one.
    pub fn require_real(&self, estimator: &str) -> Result<()> {
        self.require_complete(estimator)?;
        self.require_no_categories(estimator)
    }

    /// An error that names the first category column, if there is one: for estimators that take missing values but no codes.
    pub fn require_no_categories(&self, estimator: &str) -> Result<()> {
        match self.schema.columns().iter().find(|column| column.levels().is_some()) {
            None => Ok(()),
            Some(column) => Err(Error::unsupported(format!(
                "{estimator} takes real columns only: encode the category column '{}' first, for example one-hot",
                column.name
            ))),
        }
    }

    /// The rows at `rows`, in that order, as a matrix of their own (weights and schema included).
    ///
    /// # Panics
    /// If a row is out of range.
    pub fn select_rows(&self, rows: &[usize]) -> Samples<'static> {
        let matrix = Matrix::owned(self.dense().select(ndarray::Axis(0), rows));
        let first_missing = self.first_missing.and_then(|_| missing(matrix.cells(), self.n_columns()));
        Samples {
            matrix,
            weights: self.weights.as_ref().map(|w| Cow::Owned(rows.iter().map(|&row| w[row]).collect())),
            kept: None,
            given_rows: rows.len(),
            schema: self.schema.clone(),
            first_missing,
        }
    }

    /// The columns at `columns`, in that order, of the same rows and weights.
    ///
    /// # Panics
    /// If a column is out of range.
    pub fn select_columns(&self, columns: &[usize]) -> Samples<'static> {
        let (rows, width) = (self.n_rows(), columns.len());
        let mut cells = vec![0.0; rows * width];
        parallel::fill_rows(&mut cells, width, ROW_CHUNK, |first, piece| {
            for (row, chosen) in piece.chunks_exact_mut(width).enumerate() {
                let row = self.row(first + row);
                chosen.iter_mut().zip(columns).for_each(|(cell, &column)| *cell = row[column]);
            }
        });
        let first_missing = self.first_missing.and_then(|_| missing(&cells, width));
        Samples {
            matrix: Matrix::Dense { cells: Cow::Owned(cells), rows, columns: width },
            weights: self.weights.as_ref().map(|w| Cow::Owned(w.to_vec())),
            kept: self.kept.clone(),
            given_rows: self.given_rows,
            schema: self.schema.select(columns),
            first_missing,
        }
    }

    /// The same rows and weights with other columns: what a transformer returns.
    ///
    /// Errors: another number of rows, and those of [`Samples::new`] and [`Samples::with_schema`].
    pub fn with_features(&self, x: Array2<f64>, schema: &Schema) -> Result<Samples<'static>> {
        if x.nrows() != self.n_rows() {
            return Err(Error::length("rows", self.n_rows(), x.nrows()));
        }
        let mut samples = Samples::checked(Matrix::owned(x), self.kept.clone())?.with_schema(schema)?;
        samples.weights = self.weights.as_ref().map(|w| Cow::Owned(w.to_vec()));
        samples.given_rows = self.given_rows;
        Ok(samples)
    }

    /// The entries of a per-row input that belong to the rows that are left.
    fn keep<T: Copy>(&self, what: &str, values: &[T]) -> Result<Vec<T>> {
        if values.len() != self.given_rows {
            return Err(Error::length(what, self.given_rows, values.len()));
        }
        Ok(match &self.kept {
            Some(kept) => kept.iter().map(|&row| values[row]).collect(),
            None => values.to_vec(),
        })
    }
}

/// Row and column of the first missing cell.
fn missing(cells: &[f64], columns: usize) -> Option<(usize, usize)> {
    cells.iter().position(|v| v.is_nan()).map(|i| (i / columns, i % columns))
}

/// The position among the rows as given of one that is left.
fn given_row(row: usize, kept: Option<&[usize]>) -> usize {
    kept.map_or(row, |kept| kept[row])
}

/// Refuses infinities and finds the first NaN.
fn scan(
    cells: &[f64],
    columns: usize,
    schema: &Schema,
    kept: Option<&[usize]>,
) -> Result<Option<(usize, usize)>> {
    // A sum is not finite as soon as one cell is not; it may also overflow, so the exact look follows.
    let exact = |range: std::ops::Range<usize>| {
        let piece = &cells[range.start * columns..range.end * columns];
        let bad = piece.iter().position(|v| v.is_infinite()).map(|i| i + range.start * columns);
        let missing = piece.iter().position(|v| v.is_nan()).map(|i| i + range.start * columns);
        (bad, missing)
    };
    let first = |range: std::ops::Range<usize>| {
        let piece = &cells[range.start * columns..range.end * columns];
        if piece.iter().all(|v| v.is_finite()) { (None, None) } else { exact(range) }
    };
    let found = parallel::map_rows(cells.len() / columns, ROW_CHUNK, first);
    if let Some(i) = found.iter().find_map(|(bad, _)| *bad) {
        let column = schema.name(i % columns).to_owned();
        return Err(
            ErrorKind::NotFinite { row: given_row(i / columns, kept), column, value: cells[i] }.into()
        );
    }
    Ok(found.iter().find_map(|(_, missing)| *missing).map(|i| (i / columns, i % columns)))
}

fn finite(values: &[f64], requirement: &str) -> Result<()> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(row) => {
            let (value, requirement) = (values[row].to_string(), requirement.to_owned());
            Err(ErrorKind::InvalidTarget { row, value, requirement }.into())
        }
    }
}

/// [`Samples`] with a class for every row.
///
/// ```
/// use crm_ml_core::{Labeled, Samples};
/// use ndarray::array;
///
/// let x = array![[1.0], [2.0], [3.0]];
/// let data = Labeled::new(Samples::new(&x)?, &["no", "yes", "no"])?;
/// assert_eq!(data.classes().names(), ["no", "yes"]);
/// assert_eq!(data.codes(), [0, 1, 0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Labeled<'a> {
    samples: Samples<'a>,
    codes: Vec<u32>,
    classes: Classes,
}

impl<'a> Labeled<'a> {
    /// Labels of any sortable type: text, integers, booleans. Classes are sorted; those whose rows all have weight 0
    /// are absent.
    ///
    /// Errors: another number of labels than rows.
    pub fn new<T: Ord + Display>(samples: Samples<'a>, labels: &[T]) -> Result<Self> {
        let references: Vec<&T> = labels.iter().collect();
        let kept = samples.keep("labels", &references)?;
        let (classes, codes) = Classes::encode(&kept);
        Ok(Self { samples, codes, classes })
    }

    /// Labels that are numbers. Errors: as [`Labeled::new`], and labels that are not finite.
    pub fn from_values<'l>(samples: Samples<'a>, labels: impl Into<ArrayView1<'l, f64>>) -> Result<Self> {
        let labels = labels.into().to_vec();
        finite(&labels, "a class label must be finite")?;
        let (classes, codes) = Classes::encode_values(&samples.keep("labels", &labels)?)?;
        Ok(Self { samples, codes, classes })
    }

    /// Codes into known classes, of which some may have no row.
    ///
    /// Errors: another number of codes than rows, a code that is no class.
    pub fn from_codes(samples: Samples<'a>, codes: &[u32], classes: &Classes) -> Result<Self> {
        let codes = samples.keep("labels", codes)?;
        if let Some(row) = codes.iter().position(|&code| code as usize >= classes.len()) {
            let (value, row) = (codes[row].to_string(), given_row(row, samples.kept_rows()));
            let requirement = format!("a code must be below {}", classes.len());
            return Err(ErrorKind::InvalidTarget { row, value, requirement }.into());
        }
        Ok(Self { samples, codes, classes: classes.clone() })
    }

    /// The features.
    pub fn samples(&self) -> &Samples<'a> {
        &self.samples
    }

    /// The class of every row.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The classes.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.codes.len()
    }

    /// The rows at `rows`, with the same classes.
    ///
    /// # Panics
    /// If a row is out of range.
    pub fn select_rows(&self, rows: &[usize]) -> Labeled<'static> {
        Labeled {
            samples: self.samples.select_rows(rows),
            codes: rows.iter().map(|&row| self.codes[row]).collect(),
            classes: self.classes.clone(),
        }
    }

    /// The same rows and classes with other features: see [`Samples::with_features`].
    pub fn with_samples<'b>(&self, samples: Samples<'b>) -> Result<Labeled<'b>> {
        if samples.n_rows() != self.n_rows() {
            return Err(Error::length("rows", self.n_rows(), samples.n_rows()));
        }
        Ok(Labeled { samples, codes: self.codes.clone(), classes: self.classes.clone() })
    }
}

/// [`Samples`] with a real target for every row.
#[derive(Debug, Clone)]
pub struct Targeted<'a> {
    samples: Samples<'a>,
    target: Vec<f64>,
}

impl<'a> Targeted<'a> {
    /// Errors: another number of targets than rows, a target that is not finite.
    pub fn new<'t>(samples: Samples<'a>, target: impl Into<ArrayView1<'t, f64>>) -> Result<Self> {
        let target = target.into().to_vec();
        finite(&target, "a target must be finite")?;
        let target = samples.keep("targets", &target)?;
        Ok(Self { samples, target })
    }

    /// The features.
    pub fn samples(&self) -> &Samples<'a> {
        &self.samples
    }

    /// The target of every row.
    pub fn target(&self) -> &[f64] {
        &self.target
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.target.len()
    }

    /// The rows at `rows`.
    ///
    /// # Panics
    /// If a row is out of range.
    pub fn select_rows(&self, rows: &[usize]) -> Targeted<'static> {
        Targeted {
            samples: self.samples.select_rows(rows),
            target: rows.iter().map(|&row| self.target[row]).collect(),
        }
    }

    /// The same rows and targets with other features: see [`Samples::with_features`].
    pub fn with_samples<'b>(&self, samples: Samples<'b>) -> Result<Targeted<'b>> {
        if samples.n_rows() != self.n_rows() {
            return Err(Error::length("rows", self.n_rows(), samples.n_rows()));
        }
        Ok(Targeted { samples, target: self.target.clone() })
    }
}
