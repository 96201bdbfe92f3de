//! What the columns of a matrix are.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{ErrorKind, Result, Samples};

/// The cell value of a category that was not seen in training. Known categories are codes from 0, missing is NaN.
pub const UNSEEN: f64 = -1.0;

/// The columns of a feature matrix: name, kind and the raw field each came from. Cloning is cheap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    columns: Arc<[Column]>,
    named: bool,
}

/// One column of a feature matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name of the column, unique in its schema.
    pub name: String,
    /// What its cells are.
    pub kind: ColumnKind,
    /// The raw field it was made from; equal to `name` where nothing was made.
    pub field: String,
}

/// What the cells of a column are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ColumnKind {
    /// A real number; NaN is missing.
    Real,
    /// A code from 0 into `levels`; NaN is missing, [`UNSEEN`] a level not seen in training.
    Category {
        /// The levels in the order of their codes.
        levels: Vec<String>,
    },
}

impl Column {
    /// A real column that is its own raw field.
    pub fn real(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { field: name.clone(), name, kind: ColumnKind::Real }
    }

    /// A category column that is its own raw field.
    pub fn category(name: impl Into<String>, levels: Vec<String>) -> Self {
        let name = name.into();
        Self { field: name.clone(), name, kind: ColumnKind::Category { levels } }
    }

    /// The same column, made from another raw field.
    pub fn from_field(mut self, field: impl Into<String>) -> Self {
        self.field = field.into();
        self
    }

    /// Number of levels of a category, `None` for a real column.
    pub fn levels(&self) -> Option<&[String]> {
        match &self.kind {
            ColumnKind::Category { levels } => Some(levels),
            ColumnKind::Real => None,
        }
    }
}

impl Schema {
    /// A schema of named columns. Errors: a name that occurs twice.
    pub fn new(columns: Vec<Column>) -> Result<Self> {
        let mut names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(ErrorKind::DuplicateColumn { column: pair[0].to_owned() }.into());
        }
        Ok(Self { columns: columns.into(), named: true })
    }

    /// Real columns `x0`, `x1`, ...: for matrices without names, which are then matched by position alone.
    pub fn unnamed(width: usize) -> Self {
        Self { columns: (0..width).map(|i| Column::real(format!("x{i}"))).collect(), named: false }
    }

    /// The columns in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Whether the columns were given names.
    pub fn is_named(&self) -> bool {
        self.named
    }

    /// Name of a column.
    pub fn name(&self, column: usize) -> &str {
        self.columns.get(column).map_or("?", |c| &c.name)
    }

    /// The columns at `positions`, in that order.
    pub fn select(&self, positions: &[usize]) -> Self {
        let columns = positions.iter().filter_map(|&i| self.columns.get(i).cloned()).collect();
        Self { columns, named: self.named }
    }

    /// Whether a matrix with these samples' columns may be given to a model fitted on `self`.
    ///
    /// The widths must be equal. Where both sides have names, names and kinds must be equal too, in the same order: a
    /// renamed or permuted column is refused, never scored as another.
    pub fn accepts(&self, samples: &Samples<'_>) -> Result<()> {
        let other = samples.schema();
        if self.width() != other.width() {
            return Err(ErrorKind::WidthMismatch { expected: self.width(), found: other.width() }.into());
        }
        if !(self.named && other.named) {
            return Ok(());
        }
        for (position, (ours, theirs)) in self.columns.iter().zip(other.columns.iter()).enumerate() {
            if ours.name != theirs.name || ours.kind != theirs.kind {
                return Err(ErrorKind::ColumnMismatch {
                    position,
                    expected: describe(ours),
                    found: describe(theirs),
                }
                .into());
            }
        }
        Ok(())
    }
}

fn describe(column: &Column) -> String {
    match &column.kind {
        ColumnKind::Real => format!("{} (real)", column.name),
        ColumnKind::Category { levels } => format!("{} (category of {} levels)", column.name, levels.len()),
    }
}
