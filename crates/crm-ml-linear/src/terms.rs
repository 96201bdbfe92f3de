//! What the columns of a matrix are to a linear model, and where their coefficients lie.

use crm_ml_core::{Column, Error, ErrorKind, Result, Samples, Schema, UNSEEN};
use serde::{Deserialize, Serialize};

/// What one column is to a linear model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Term {
    /// A number with one coefficient.
    Real,
    /// A category: a coefficient a level, and one more, the last, for missing cells where training had some. Levels not seen in
    /// training contribute nothing.
    Levels {
        /// Number of levels.
        count: usize,
        /// Whether missing cells have a coefficient; without one they contribute nothing.
        missing: bool,
    },
    /// Added to the margin as it is.
    Offset,
    /// Its logarithm is added to the margin: how long or how much a row was exposed.
    Exposure,
}

impl Term {
    /// Number of coefficients.
    pub fn width(self) -> usize {
        match self {
            Self::Real => 1,
            Self::Levels { count, missing } => count.saturating_add(usize::from(missing)),
            Self::Offset | Self::Exposure => 0,
        }
    }

    /// The level's place among the coefficients of a category cell.
    pub(crate) fn place(self, cell: f64) -> Option<usize> {
        let Self::Levels { count, missing } = self else { return None };
        if cell.is_nan() {
            return missing.then_some(count);
        }
        // A cast takes what is below 0 to 0, so that UNSEEN needs a word.
        (cell >= 0.0 && (cell as usize) < count).then_some(cell as usize)
    }
}

/// The terms of all columns in order, with the place of each term's first coefficient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    terms: Vec<Term>,
}

impl Terms {
    /// The terms of the columns of `samples`: real columns and categories by their schema; the columns named are offset and
    /// exposure.
    ///
    /// Errors: a name that is no real column, an exposure that is not above 0, a missing real cell.
    pub fn of(
        estimator: &str,
        samples: &Samples<'_>,
        offset: Option<&str>,
        exposure: Option<&str>,
    ) -> Result<Self> {
        let schema = samples.schema();
        let mut terms = Vec::with_capacity(schema.width());
        for (position, column) in schema.columns().iter().enumerate() {
            terms.push(match column.levels() {
                None if Some(column.name.as_str()) == exposure => Term::Exposure,
                None if Some(column.name.as_str()) == offset => Term::Offset,
                None => Term::Real,
                Some(levels) => {
                    let missing = samples.first_missing().is_some()
                        && samples.dense().column(position).iter().any(|v| v.is_nan());
                    Term::Levels { count: levels.len(), missing }
                }
            });
        }
        let terms = Self { terms };
        for (what, name, term) in [("offset", offset, Term::Offset), ("exposure", exposure, Term::Exposure)] {
            if let Some(name) = name {
                if !terms.terms.contains(&term) {
                    return Err(Error::unsupported(format!(
                        "{estimator}: the {what} '{name}' is no real column"
                    )));
                }
            }
        }
        terms.check(estimator, samples)?;
        Ok(terms)
    }

    /// Real columns alone.
    pub fn reals(columns: usize) -> Self {
        Self { terms: vec![Term::Real; columns] }
    }

    /// The terms of columns whose rows are to come: real columns, and categories that have a coefficient for missing cells.
    pub fn of_schema(schema: &Schema) -> Self {
        let term = |column: &Column| match column.levels() {
            None => Term::Real,
            Some(levels) => Term::Levels { count: levels.len(), missing: true },
        };
        Self { terms: schema.columns().iter().map(term).collect() }
    }

    /// The terms in order.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Number of coefficients.
    pub fn width(&self) -> usize {
        self.terms.iter().fold(0usize, |sum, term| sum.saturating_add(term.width()))
    }

    /// The place of each term's first coefficient.
    pub fn firsts(&self) -> Vec<usize> {
        let mut next = 0;
        self.terms.iter().map(|term| (next, next += term.width()).0).collect()
    }

    /// Whether every column is a number with a coefficient.
    pub(crate) fn all_real(&self) -> bool {
        self.terms.iter().all(|term| *term == Term::Real)
    }

    /// A name a coefficient: the column's, for a level `column=level`.
    pub fn names(&self, schema: &Schema) -> Vec<String> {
        let mut names = Vec::new();
        for (term, column) in self.terms.iter().zip(schema.columns()) {
            match (term, column.levels()) {
                (Term::Levels { missing, .. }, Some(levels)) => {
                    names.extend(levels.iter().map(|level| format!("{}={level}", column.name)));
                    if *missing {
                        names.push(format!("{} missing", column.name));
                    }
                }
                (Term::Real, _) => names.push(column.name.clone()),
                _ => {}
            }
        }
        names
    }

    /// Whether the terms fit the kinds of a schema.
    pub fn validate(&self, schema: &Schema) -> Result<()> {
        let fits = self.terms.len() == schema.width()
            && self.terms.iter().zip(schema.columns()).all(|(term, column)| match (term, column.levels()) {
                (Term::Levels { count, .. }, Some(levels)) => *count == levels.len(),
                (Term::Levels { .. }, None) => false,
                (_, levels) => levels.is_none(),
            });
        if fits { Ok(()) } else { Err(Error::model_file("terms that do not fit the schema")) }
    }

    /// Refuses rows that have no margin: missing real cells, an exposure that is not above 0.
    pub(crate) fn check(&self, estimator: &str, samples: &Samples<'_>) -> Result<()> {
        self.complete(estimator, samples)?;
        self.exposed(samples)
    }

    /// Refuses missing cells in what is no category.
    fn complete(&self, estimator: &str, samples: &Samples<'_>) -> Result<()> {
        if samples.first_missing().is_none() {
            return Ok(());
        }
        for row in 0..samples.n_rows() {
            let cells = samples.row(row).iter().zip(&self.terms).enumerate();
            for (column, (cell, term)) in cells {
                if cell.is_nan() && !matches!(term, Term::Levels { .. }) {
                    return Err(ErrorKind::MissingValue {
                        estimator: estimator.to_owned(),
                        row: samples.kept_rows().map_or(row, |kept| kept[row]),
                        column: samples.schema().name(column).to_owned(),
                    }
                    .into());
                }
            }
        }
        Ok(())
    }

    fn exposed(&self, samples: &Samples<'_>) -> Result<()> {
        let Some(column) = self.terms.iter().position(|term| *term == Term::Exposure) else { return Ok(()) };
        match samples.dense().column(column).iter().position(|v| *v <= 0.0) {
            None => Ok(()),
            Some(row) => Err(Error::numerical(format!(
                "row {}: the exposure '{}' is {}, it must be above 0",
                samples.kept_rows().map_or(row, |kept| kept[row]),
                samples.schema().name(column),
                samples.row(row)[column]
            ))),
        }
    }

    /// The sum of offsets of a row.
    pub(crate) fn offset(&self, row: &[f64]) -> f64 {
        let parts = self.terms.iter().zip(row).map(|(term, cell)| match term {
            Term::Offset => *cell,
            Term::Exposure => cell.ln(),
            _ => 0.0,
        });
        parts.sum()
    }

    /// The offsets of all rows, where there are any.
    pub(crate) fn offsets(&self, samples: &Samples<'_>) -> Option<Vec<f64>> {
        self.terms
            .iter()
            .any(|term| matches!(term, Term::Offset | Term::Exposure))
            .then(|| (0..samples.n_rows()).map(|row| self.offset(samples.row(row))).collect())
    }
}

const _: () = assert!(UNSEEN < 0.0);
