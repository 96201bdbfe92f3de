//! Margins of new rows and what each column adds to them.

use crm_ml_core::{Error, ROW_CHUNK, Result, Samples, Schema, parallel};
use crm_ml_linalg::{dot, matvec_t};
use ndarray::{Array1, Array2, Array3, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::glm::shares;
use crate::terms::{Term, Terms};

/// Fitted coefficients with what the columns are: gives margins of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearPredictor {
    pub(crate) terms: Terms,
    /// Row after row, one row an output.
    pub(crate) coefficients: Vec<f64>,
    pub(crate) intercepts: Vec<f64>,
    /// Weighted mean in training of what each coefficient is multiplied with.
    pub(crate) means: Vec<f64>,
    /// Weighted mean of offsets in training.
    pub(crate) offset: f64,
}

impl LinearPredictor {
    /// From coefficients (outputs x width of the terms) and the rows they were fitted on.
    pub fn new(
        samples: &Samples<'_>,
        terms: Terms,
        coefficients: &Array2<f64>,
        intercepts: &Array1<f64>,
    ) -> Result<Self> {
        let (shares, _) = shares(samples.weights(), samples.n_rows())?;
        if terms.all_real() {
            let means = matvec_t(samples.dense(), &shares)?;
            let (coefficients, intercepts) = (coefficients.iter().copied().collect(), intercepts.to_vec());
            return Ok(Self { terms, coefficients, intercepts, means, offset: 0.0 });
        }
        let firsts = terms.firsts();
        let width = terms.width();
        let piece = |rows: std::ops::Range<usize>| {
            let mut sums = vec![0.0; width + 1];
            for row in rows {
                let (cells, share) = (samples.row(row), shares[row]);
                for ((term, first), cell) in terms.terms().iter().zip(&firsts).zip(cells) {
                    match term {
                        Term::Real => sums[*first] += share * cell,
                        Term::Levels { .. } => {
                            if let Some(place) = term.place(*cell) {
                                sums[first + place] += share;
                            }
                        }
                        Term::Offset | Term::Exposure => {}
                    }
                }
                sums[width] += share * terms.offset(cells);
            }
            sums
        };
        let add = |mut a: Vec<f64>, b: Vec<f64>| {
            a.iter_mut().zip(&b).for_each(|(a, b)| *a += b);
            a
        };
        let mut means = parallel::reduce_rows(samples.n_rows(), ROW_CHUNK, piece, add)
            .ok_or_else(|| Error::empty("rows"))?;
        let offset = means.pop().unwrap_or(0.0);
        Ok(Self {
            terms,
            coefficients: coefficients.iter().copied().collect(),
            intercepts: intercepts.to_vec(),
            means,
            offset,
        })
    }

    /// From its parts, real columns alone.
    pub fn from_parts(coefficients: Vec<f64>, intercepts: Vec<f64>, means: Vec<f64>) -> Self {
        Self { terms: Terms::reals(means.len()), coefficients, intercepts, means, offset: 0.0 }
    }

    /// What the columns are.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Outputs x width of the terms.
    #[expect(clippy::expect_used, reason = "new and validate make outputs * width cells")]
    pub fn coefficients(&self) -> ArrayView2<'_, f64> {
        let shape = (self.intercepts.len(), self.means.len());
        ArrayView2::from_shape(shape, &self.coefficients).expect("outputs * width cells")
    }

    /// The coefficients of one output, empty for one that is not there.
    pub fn line(&self, output: usize) -> &[f64] {
        let width = self.means.len();
        self.coefficients.get(output * width..(output + 1) * width).unwrap_or(&[])
    }

    /// One an output; 0 without intercept.
    pub fn intercepts(&self) -> &[f64] {
        &self.intercepts
    }

    /// Rows x outputs. Errors: missing real cells, an exposure that is not above 0, a margin beyond `f64`.
    pub fn margins(&self, model: &str, samples: &Samples<'_>) -> Result<Array2<f64>> {
        self.terms.check(model, samples)?;
        let outputs = self.intercepts.len();
        let (width, firsts, plain) = (self.means.len(), self.terms.firsts(), self.terms.all_real());
        let mut margins = Array2::zeros((samples.n_rows(), outputs));
        if let Some(cells) = margins.as_slice_mut() {
            parallel::fill_rows(cells, outputs, ROW_CHUNK, |first, piece| {
                for (i, row) in piece.chunks_exact_mut(outputs).enumerate() {
                    let x = samples.row(first + i);
                    let lines = self.coefficients.chunks(width.max(1)).zip(&self.intercepts);
                    if plain {
                        for (margin, (line, intercept)) in row.iter_mut().zip(lines) {
                            *margin = dot(x, line) + intercept;
                        }
                        continue;
                    }
                    let offset = self.terms.offset(x);
                    for (output, margin) in row.iter_mut().enumerate() {
                        let line = &self.coefficients[output * width..(output + 1) * width];
                        *margin = self.intercepts[output] + offset;
                        for ((term, first), cell) in self.terms.terms().iter().zip(&firsts).zip(x) {
                            *margin += share(*term, &line[*first..], *cell);
                        }
                    }
                }
            });
        }
        match margins.indexed_iter().find(|(_, m)| !m.is_finite()) {
            None => Ok(margins),
            Some(((row, _), _)) => {
                Err(Error::numerical(format!("row {row}: the margin is beyond the range of f64")))
            }
        }
    }

    /// Rows x (columns + 1) x outputs: for every column what it adds to the margin beyond its mean in training, the mean margin
    /// of training as base. Exact Shapley values for independent columns. Errors: as [`LinearPredictor::margins`].
    pub fn contributions(&self, model: &str, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.terms.check(model, samples)?;
        let (columns, outputs, width) = (samples.n_columns(), self.intercepts.len(), self.means.len());
        let firsts = self.terms.firsts();
        let mean = |line: &[f64], term: Term, first: usize| match term {
            Term::Offset | Term::Exposure => self.offset,
            _ => dot(&line[first..first + term.width()], &self.means[first..first + term.width()]),
        };
        let mut shares = Array3::zeros((samples.n_rows(), columns + 1, outputs));
        let offsets =
            self.terms.terms().iter().filter(|t| matches!(t, Term::Offset | Term::Exposure)).count();
        for output in 0..outputs {
            let line = &self.coefficients[output * width..(output + 1) * width];
            let parts = || self.terms.terms().iter().zip(&firsts).enumerate();
            // Where there are an offset and an exposure, each is set against its half of their mean.
            let means: Vec<f64> = parts()
                .map(|(_, (term, first))| {
                    let mean = mean(line, *term, *first);
                    if term.width() == 0 && offsets > 1 { mean / offsets as f64 } else { mean }
                })
                .collect();
            let base = self.intercepts[output] + dot(line, &self.means) + self.offset;
            for row in 0..samples.n_rows() {
                let x = samples.row(row);
                for (column, (term, first)) in parts() {
                    shares[[row, column, output]] = match term {
                        Term::Real => line[*first] * (x[column] - self.means[*first]),
                        Term::Offset => x[column] - means[column],
                        Term::Exposure => x[column].ln() - means[column],
                        Term::Levels { .. } => share(*term, &line[*first..], x[column]) - means[column],
                    };
                }
                shares[[row, columns, output]] = base;
            }
        }
        if shares.iter().all(|v| v.is_finite()) {
            return Ok(shares);
        }
        Err(Error::numerical("a contribution is beyond the range of f64"))
    }

    /// Norm of each column's coefficients over outputs and levels: the order in which scikit-learn's RFE sees them. It
    /// depends on the columns' units.
    pub fn importances(&self) -> Array1<f64> {
        let width = self.means.len();
        let of = |(term, first): (&Term, usize)| {
            let lines = self.coefficients.chunks(width.max(1));
            let own = lines.flat_map(|line| &line[first..first + term.width()]);
            own.fold(0.0, |n: f64, v| n.hypot(*v))
        };
        self.terms.terms().iter().zip(self.terms.firsts()).map(of).collect()
    }

    /// Whether all parts fit each other, the schema and a number of outputs.
    pub fn validate(&self, schema: &Schema, outputs: usize) -> Result<()> {
        self.terms.validate(schema)?;
        let width = self.means.len();
        let fits = self.intercepts.len() == outputs
            && outputs > 0
            && !self.terms.terms().is_empty()
            && self.terms.width() == width
            && outputs.checked_mul(width) == Some(self.coefficients.len());
        if !fits {
            return Err(Error::model_file("coefficients that fit neither schema nor outputs"));
        }
        let numbers = self.coefficients.iter().chain(&self.intercepts).chain(&self.means);
        if !numbers.chain([&self.offset]).all(|v| v.is_finite()) {
            return Err(Error::model_file("a coefficient that is not finite"));
        }
        Ok(())
    }
}

/// What a cell adds by the coefficients that start with its own.
fn share(term: Term, line: &[f64], cell: f64) -> f64 {
    match term {
        Term::Real => line.first().map_or(0.0, |c| c * cell),
        Term::Levels { .. } => term.place(cell).and_then(|place| line.get(place)).copied().unwrap_or(0.0),
        Term::Offset | Term::Exposure => 0.0,
    }
}
