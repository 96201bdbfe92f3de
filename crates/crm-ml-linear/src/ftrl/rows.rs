//! Rows that can be learned: checked once, so that no step can leave the range of `f64`.

use crm_ml_core::{Error, ErrorKind, ROW_CHUNK, Result, Samples, parallel};

use crate::terms::Terms;

/// Gradients of larger cells would not survive being squared and summed.
const LARGEST: f64 = 1e40;
const HEAVIEST: f64 = 1e20;

/// What the rows are labelled with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FtrlTarget<'a> {
    /// One code of two classes a row, learned by one output (the log-odds of the second), or of more, by one output a class.
    Classes {
        /// The class of every row.
        codes: &'a [u32],
        /// Number of classes.
        classes: usize,
    },
    /// Real targets, learned by their squared error.
    Values(&'a [f64]),
}

impl<'a> FtrlTarget<'a> {
    /// Classes. Errors: fewer than two, a code that is not below their number.
    pub fn classes(codes: &'a [u32], classes: usize) -> Result<Self> {
        if classes < 2 {
            return Err(ErrorKind::TooFew { what: "classes".to_owned(), needed: 2, found: classes }.into());
        }
        if let Some(row) = codes.iter().position(|&code| code as usize >= classes) {
            let requirement = format!("a code must be below {classes}");
            return Err(ErrorKind::InvalidTarget { row, value: codes[row].to_string(), requirement }.into());
        }
        Ok(Self::Classes { codes, classes })
    }

    /// Number of outputs that learn it.
    pub fn outputs(self) -> usize {
        match self {
            Self::Classes { classes, .. } if classes > 2 => classes,
            _ => 1,
        }
    }

    fn len(self) -> usize {
        match self {
            Self::Classes { codes, .. } => codes.len(),
            Self::Values(values) => values.len(),
        }
    }
}

/// Rows as they are learned.
#[derive(Debug)]
pub(crate) struct FtrlRows<'a> {
    pub(super) samples: &'a Samples<'a>,
    pub(super) target: FtrlTarget<'a>,
    pub(super) weights: Option<&'a [f64]>,
}

impl<'a> FtrlRows<'a> {
    pub(super) fn new(
        estimator: &str,
        terms: &Terms,
        samples: &'a Samples<'a>,
        target: FtrlTarget<'a>,
        weights: Option<&'a [f64]>,
    ) -> Result<Self> {
        let count = samples.n_rows();
        if target.len() != count {
            return Err(Error::length("targets", count, target.len()));
        }
        if let FtrlTarget::Values(values) = target {
            if let Some(row) = values.iter().position(|v| !v.is_finite() || v.abs() > LARGEST) {
                let requirement = format!("it must be from {:e} to {LARGEST:e}", -LARGEST);
                return Err(
                    ErrorKind::InvalidTarget { row, value: values[row].to_string(), requirement }.into()
                );
            }
        }
        if let Some(weights) = weights {
            if weights.len() != count {
                return Err(Error::length("weights", count, weights.len()));
            }
            if let Some(row) = weights.iter().position(|w| !(*w > 0.0 && *w <= HEAVIEST)) {
                return Err(ErrorKind::InvalidWeight { row, value: weights[row] }.into());
            }
        }
        terms.check(estimator, samples)?;
        refuse_large(estimator, samples)?;
        Ok(Self { samples, target, weights })
    }
}

fn refuse_large(estimator: &str, samples: &Samples<'_>) -> Result<()> {
    let width = samples.n_columns();
    let large = |cell: &f64| cell.abs() > LARGEST;
    let piece = |rows: std::ops::Range<usize>| {
        let cells = &samples.cells()[rows.start * width..rows.end * width];
        cells.iter().position(large).map(|cell| rows.start * width + cell)
    };
    match parallel::map_rows(samples.n_rows(), ROW_CHUNK, piece).into_iter().flatten().next() {
        None => Ok(()),
        Some(cell) => {
            let (row, column) = (cell / width, cell % width);
            let row = samples.kept_rows().map_or(row, |kept| kept[row]);
            Err(Error::numerical(format!(
                "{estimator}: row {row}, column '{}' is {:e}, too large for steps: scale the column",
                samples.schema().name(column),
                samples.cells()[cell]
            )))
        }
    }
}
