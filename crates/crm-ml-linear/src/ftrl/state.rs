//! What has been learned, and learning on.

use crm_ml_core::{Error, Result, Samples, Schema, Stream};
use crm_ml_linalg::dot;
use serde::{Deserialize, Serialize};

use super::FtrlSolver;
use super::progressive::ProgressiveLoss;
use super::rows::{FtrlRows, FtrlTarget};
use super::step::{Known, Rates};
use crate::logistic::log_odds_to_probability;
use crate::predictor::LinearPredictor;
use crate::terms::{Term, Terms};

/// Rows of a drawn order that are fetched at once: memory answers many questions sooner than one after another.
const GATHERED: usize = 32;
/// Sums that honest rows cannot reach.
const BEYOND: f64 = 1e150;

/// Coefficients with the sums they follow from: a model that can go on learning, bit for bit as if it had never stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FtrlState {
    solver: FtrlSolver,
    predictor: LinearPredictor,
    coefficients: Sums,
    intercepts: Sums,
    /// Weighted sums of what each coefficient is multiplied with, and the weight.
    cells: Vec<f64>,
    weight: f64,
    progressive: ProgressiveLoss,
}

/// One entry a coefficient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sums {
    z: Vec<f64>,
    root: Vec<f64>,
}

impl Sums {
    fn new(count: usize) -> Self {
        Self { z: vec![0.0; count], root: vec![0.0; count] }
    }

    /// Those of some coefficients.
    fn known<'a>(&'a mut self, range: std::ops::Range<usize>, weights: &'a mut [f64]) -> Known<'a> {
        let (z, root) = (&mut self.z[range.clone()], &mut self.root[range.clone()]);
        Known { z, root, weight: &mut weights[range] }
    }

    fn make(&self, weights: &[f64], rates: Rates) -> bool {
        let sound = |v: &f64| v.abs() <= BEYOND;
        let lengths = self.z.len() == weights.len() && self.root.len() == weights.len();
        let made = |((z, root), weight): ((&f64, &f64), &f64)| rates.weight(*z, *root) == *weight;
        lengths
            && self.z.iter().all(sound)
            && self.root.iter().all(|root| *root >= 0.0 && sound(root))
            && self.z.iter().zip(&self.root).zip(weights).all(made)
    }
}

/// Neighbouring coefficients of a row: numbers, or the one of a level.
#[derive(Debug, Clone, Copy)]
enum Run {
    Numbers { column: usize, first: usize, count: usize },
    Level { column: usize, first: usize, term: Term },
}

fn runs(terms: &Terms) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (column, (&term, start)) in terms.terms().iter().zip(terms.firsts()).enumerate() {
        match (term, runs.last_mut()) {
            (Term::Real, Some(Run::Numbers { count, .. })) => *count += 1,
            (Term::Real, _) => runs.push(Run::Numbers { column, first: start, count: 1 }),
            _ => runs.push(Run::Level { column, first: start, term }),
        }
    }
    runs
}

impl FtrlState {
    pub(super) fn new(solver: &FtrlSolver, schema: &Schema, outputs: usize) -> Result<Self> {
        if schema.width() == 0 {
            return Err(Error::empty("columns"));
        }
        if outputs == 0 {
            return Err(Error::empty("outputs"));
        }
        let terms = Terms::of_schema(schema);
        let width = terms.width();
        let cells = width.checked_mul(outputs).filter(|cells| *cells <= isize::MAX as usize / 64);
        let cells = cells.ok_or_else(|| Error::numerical("more coefficients than memory can hold"))?;
        Ok(Self {
            solver: solver.clone(),
            predictor: LinearPredictor {
                terms,
                coefficients: vec![0.0; cells],
                intercepts: vec![0.0; outputs],
                means: vec![0.0; width],
                offset: 0.0,
            },
            coefficients: Sums::new(cells),
            intercepts: Sums::new(outputs),
            cells: vec![0.0; width],
            weight: 0.0,
            progressive: ProgressiveLoss::default(),
        })
    }

    /// The coefficients, ready to predict.
    pub fn predictor(&self) -> &LinearPredictor {
        &self.predictor
    }

    /// How wrong the model was about rows just before it learned them, in the first pass over them.
    pub fn progressive_loss(&self) -> &ProgressiveLoss {
        &self.progressive
    }

    /// Learns rows in their order, once. The columns must be those of the start.
    ///
    /// Errors: as [`FtrlSolver::fit`], another number of outputs; nothing is learned then.
    pub fn partial_fit(
        &mut self,
        estimator: &str,
        samples: &Samples<'_>,
        target: FtrlTarget<'_>,
        weights: Option<&[f64]>,
    ) -> Result<()> {
        let rows = self.rows(estimator, samples, target, weights)?;
        self.learn(&rows, None, true);
        Ok(())
    }

    pub(super) fn rows<'a>(
        &self,
        estimator: &str,
        samples: &'a Samples<'a>,
        target: FtrlTarget<'a>,
        weights: Option<&'a [f64]>,
    ) -> Result<FtrlRows<'a>> {
        if *self.predictor.terms() != Terms::of_schema(samples.schema()) {
            return Err(Error::unsupported(format!("{estimator}: columns that are not those of the start")));
        }
        let outputs = self.predictor.intercepts.len();
        if target.outputs() != outputs {
            return Err(Error::length("outputs", outputs, target.outputs()));
        }
        FtrlRows::new(estimator, self.predictor.terms(), samples, target, weights)
    }

    /// One pass, in the order of a seed and a number or as the rows are. `new` rows count in means and losses.
    pub(super) fn learn(&mut self, rows: &FtrlRows<'_>, order: Option<(u64, u64)>, new: bool) {
        let runs = runs(self.predictor.terms());
        let mut outputs = vec![0.0; self.predictor.intercepts.len()];
        let count = rows.samples.n_rows();
        match order {
            None => {
                for row in 0..count {
                    self.learn_row(rows, row, rows.samples.row(row), &runs, &mut outputs, new);
                }
            }
            Some((seed, epoch)) => {
                let order = Stream::new(seed, "ftrl/epoch", epoch).permutation(count);
                let mut gathered = Vec::new();
                for some in order.chunks(GATHERED) {
                    gathered.clear();
                    some.iter().for_each(|&row| gathered.extend_from_slice(rows.samples.row(row)));
                    for (row, cells) in some.iter().zip(gathered.chunks_exact(rows.samples.n_columns())) {
                        self.learn_row(rows, *row, cells, &runs, &mut outputs, new);
                    }
                }
            }
        }
        if new {
            let means = self.predictor.means.iter_mut().zip(&self.cells);
            means.for_each(|(mean, sum)| *mean = sum / self.weight);
        }
    }

    fn learn_row(
        &mut self,
        rows: &FtrlRows<'_>,
        row: usize,
        cells: &[f64],
        runs: &[Run],
        outputs: &mut [f64],
        new: bool,
    ) {
        let weight = rows.weights.map_or(1.0, |w| w[row]);
        self.margins(cells, runs, outputs);
        if new {
            self.progressive.add(weight, loss(outputs, rows.target, row));
            self.count(cells, runs, weight);
        }
        slopes(outputs, rows.target, row);
        let rates = Rates::of(&self.solver);
        let width = self.predictor.means.len();
        for (output, slope) in outputs.iter().enumerate() {
            let slope = slope * weight;
            for run in runs {
                let (first, cells) = match *run {
                    Run::Numbers { column, first, count } => (first, &cells[column..column + count]),
                    Run::Level { column, first, term } => match term.place(cells[column]) {
                        Some(place) => (first + place, &[1.0][..]),
                        None => continue,
                    },
                };
                let at = output * width + first;
                let weights = &mut self.predictor.coefficients;
                rates.step(slope, cells, self.coefficients.known(at..at + cells.len(), weights));
            }
            if self.solver.fit_intercept {
                let weights = &mut self.predictor.intercepts;
                rates.free().step(slope, &[1.0], self.intercepts.known(output..output + 1, weights));
            }
        }
    }

    fn margins(&self, cells: &[f64], runs: &[Run], outputs: &mut [f64]) {
        let width = self.predictor.means.len();
        for (output, margin) in outputs.iter_mut().enumerate() {
            *margin = self.predictor.intercepts[output];
            let line = &self.predictor.coefficients[output * width..(output + 1) * width];
            for run in runs {
                *margin += match *run {
                    Run::Numbers { column, first, count } => {
                        dot(&cells[column..column + count], &line[first..first + count])
                    }
                    Run::Level { column, first, term } => {
                        term.place(cells[column]).map_or(0.0, |place| line[first + place])
                    }
                };
            }
        }
    }

    /// Adds a row to what means are made of.
    fn count(&mut self, cells: &[f64], runs: &[Run], weight: f64) {
        self.weight += weight;
        for run in runs {
            match *run {
                Run::Numbers { column, first, count } => {
                    let sums = self.cells[first..first + count].iter_mut();
                    sums.zip(&cells[column..column + count]).for_each(|(sum, cell)| *sum += weight * cell);
                }
                Run::Level { column, first, term } => {
                    if let Some(place) = term.place(cells[column]) {
                        self.cells[first + place] += weight;
                    }
                }
            }
        }
    }

    /// Whether all parts fit each other, the schema and a number of outputs.
    pub fn validate(&self, schema: &Schema, outputs: usize) -> Result<()> {
        self.solver.check("FtrlSolver").finish()?;
        self.predictor.validate(schema, outputs)?;
        self.progressive.validate()?;
        let rates = Rates::of(&self.solver);
        let fits = *self.predictor.terms() == Terms::of_schema(schema)
            && self.cells.len() == self.predictor.means.len()
            && self.cells.iter().chain([&self.weight]).all(|v| v.abs() <= BEYOND)
            && self.coefficients.make(&self.predictor.coefficients, rates)
            && self.intercepts.make(&self.predictor.intercepts, rates.free());
        if fits { Ok(()) } else { Err(Error::model_file("sums that do not make the coefficients")) }
    }
}

/// The loss of a row by its margins.
fn loss(margins: &[f64], target: FtrlTarget<'_>, row: usize) -> f64 {
    // ln(1 + e^m)
    let softplus = |m: f64| m.max(0.0) + (-m.abs()).exp().ln_1p();
    match (target, margins) {
        (FtrlTarget::Values(values), [margin]) => 0.5 * (margin - values[row]) * (margin - values[row]),
        (FtrlTarget::Classes { codes, .. }, [margin]) => {
            softplus(if codes[row] == 1 { -margin } else { *margin })
        }
        (FtrlTarget::Classes { codes, .. }, margins) => {
            let largest = margins.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = margins.iter().map(|m| (m - largest).exp()).sum();
            largest - margins[codes[row] as usize] + sum.ln()
        }
        (FtrlTarget::Values(_), _) => 0.0,
    }
}

/// Replaces a row's margins by the derivatives of its loss.
fn slopes(margins: &mut [f64], target: FtrlTarget<'_>, row: usize) {
    match (target, margins) {
        (FtrlTarget::Values(values), margins) => margins.iter_mut().for_each(|m| *m -= values[row]),
        (FtrlTarget::Classes { codes, .. }, [margin]) => {
            // Each side by itself, so that a sure and right row leaves a small number, not a rounded zero.
            *margin = if codes[row] == 1 {
                -log_odds_to_probability(-*margin)
            } else {
                log_odds_to_probability(*margin)
            };
        }
        (FtrlTarget::Classes { codes, .. }, margins) => {
            crate::softmax(margins);
            margins[codes[row] as usize] -= 1.0;
        }
    }
}
