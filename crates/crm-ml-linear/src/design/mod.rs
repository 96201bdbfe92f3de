//! What the solvers see of the data: standardised real columns, made a block of rows at a time, and categories as codes.
//!
//! No copy of the matrix is made and no category is unrolled. Coefficients of standardised columns are turned into those of
//! the columns as given and back exactly, and penalties stay those of the columns as given.

mod moments;
mod pass;

use crm_ml_core::{Error, Result, Samples, parallel};

use crate::terms::{Term, Terms};
use moments::Moments;

pub(crate) use pass::Block;

/// Units of a standardised column beyond which rounding leaves no smaller gradient by the coefficient as given.
const WIDEST: f64 = 1e6;

/// A code that contributes nothing.
pub(crate) const NO_SLOT: u32 = u32::MAX;

/// The largest of numbers of at least 0. NaN stays: it must not pass for convergence.
pub(crate) fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |most: f64, v| if most.is_nan() || v <= most { most } else { v })
}

/// Strengths of the penalties `l1 |b| + l2 |b|^2 / 2` beside the mean loss.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Strength {
    pub(crate) l1: f64,
    pub(crate) l2: f64,
}

impl Strength {
    /// Whether nothing is penalised.
    pub(crate) fn is_free(self) -> bool {
        self == Self::default()
    }

    /// The spread at which columns are taken that are so small that only the penalty speaks: the two can be added there.
    pub(crate) fn least_spread(self) -> f64 {
        ((self.l2.sqrt() + self.l1) * 1e-8).max(f64::MIN_POSITIVE)
    }
}

/// Where the levels of one category lie among the slots.
#[derive(Debug, Clone)]
pub(crate) struct Category {
    pub(crate) first: usize,
    pub(crate) count: usize,
    /// Position of the column.
    column: usize,
    /// The level without a slot, against which the others are told where nothing is penalised.
    reference: Option<usize>,
}

/// Parameters lie as: real columns, intercept (if any), then the slots of all categories.
#[derive(Debug)]
pub(crate) struct Design<'a> {
    cells: &'a [f64],
    columns: usize,
    rows: usize,
    /// Positions of the real columns; empty where all are.
    picked: Vec<usize>,
    reals: usize,
    /// A power of two, centre of the column after it, and factor to unit spread (0 for constant columns).
    down: Vec<f64>,
    mean: Vec<f64>,
    factor: Vec<f64>,
    centre: Vec<f64>,
    scale: Vec<f64>,
    intercept: bool,
    categories: Vec<Category>,
    /// Rows x categories: slots counted over all categories.
    codes: Vec<u32>,
    slots: usize,
    offset: Option<Vec<f64>>,
    terms: Terms,
}

impl<'a> Design<'a> {
    /// Columns of a spread below `least_spread` are taken as if they had that. `anchored` gives each category a reference level, for
    /// fits in which nothing else tells its levels' mean. Errors: magnitudes that overflow, too many levels.
    pub(crate) fn new(
        samples: &'a Samples<'_>,
        terms: &Terms,
        intercept: bool,
        least_spread: f64,
        anchored: bool,
    ) -> Result<Self> {
        let (rows, columns) = samples.dense().dim();
        let cells = samples.cells();
        if terms.width() > (1 << 28) {
            return Err(Error::unsupported("more than 268 million coefficients"));
        }
        let all_real = terms.all_real();
        let picked: Vec<usize> =
            (0..columns).filter(|&j| !all_real && terms.terms()[j] == Term::Real).collect();
        let reals = if all_real { columns } else { picked.len() };
        let moments = Moments::of(cells, columns, &picked, reals, intercept);
        let mut design = Self {
            cells,
            columns,
            rows,
            picked,
            reals,
            scale: moments.scales(least_spread),
            factor: moments.factors(least_spread),
            centre: moments.centres(),
            down: moments.down,
            mean: moments.mean,
            intercept,
            categories: Vec::new(),
            codes: Vec::new(),
            slots: 0,
            offset: terms.offsets(samples),
            terms: terms.clone(),
        };
        design.code(anchored);
        Ok(design)
    }

    /// Finds the slots of the categories and the code of every cell.
    fn code(&mut self, anchored: bool) {
        for (column, term) in self.terms.terms().iter().enumerate() {
            if !matches!(term, Term::Levels { .. }) {
                continue;
            }
            let mut present = vec![false; term.width()];
            for row in self.cells.chunks_exact(self.columns) {
                if let Some(place) = term.place(row[column]) {
                    present[place] = true;
                }
            }
            let anchor = anchored && (self.intercept || !self.categories.is_empty());
            let reference = present.iter().position(|p| *p).filter(|_| anchor);
            let count = term.width() - usize::from(reference.is_some());
            self.categories.push(Category { first: self.slots, count, column, reference });
            self.slots += count;
        }
        let width = self.categories.len();
        if width == 0 {
            return;
        }
        let mut codes = vec![NO_SLOT; self.rows * width];
        parallel::fill_rows(&mut codes, width, crm_ml_core::ROW_CHUNK, |first, piece| {
            for (i, codes) in piece.chunks_exact_mut(width).enumerate() {
                let row = &self.cells[(first + i) * self.columns..(first + i + 1) * self.columns];
                for (code, category) in codes.iter_mut().zip(&self.categories) {
                    let place = self.terms.terms()[category.column].place(row[category.column]);
                    if let Some(slot) = place.and_then(|place| category.slot(place)) {
                        *code = slot as u32;
                    }
                }
            }
        });
        self.codes = codes;
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Number of parameters.
    pub(crate) fn size(&self) -> usize {
        self.dense() + self.slots
    }

    /// Parameters that are no slots: real columns and intercept.
    pub(crate) fn dense(&self) -> usize {
        self.reals + usize::from(self.intercept)
    }

    pub(crate) fn reals(&self) -> usize {
        self.reals
    }

    pub(crate) fn slots(&self) -> usize {
        self.slots
    }

    pub(crate) fn categories(&self) -> &[Category] {
        &self.categories
    }

    pub(crate) fn has_intercept(&self) -> bool {
        self.intercept
    }

    /// `Z' r`, as parameters lie.
    pub(crate) fn transposed(&self, r: &[f64]) -> Vec<f64> {
        let [product] = self.all_transposed([r]);
        product
    }

    /// `Z' r` of several r, in one pass.
    pub(crate) fn all_transposed<const N: usize>(&self, all: [&[f64]; N]) -> [Vec<f64>; N] {
        let size = self.block_width() + self.slots;
        let total = self.plain_pass(N * size).fold(
            |_| [(); N].map(|()| vec![0.0; size]),
            |sums, block| {
                for (r, sum) in all.iter().zip(sums) {
                    block.scatter(self, &r[block.first..block.first + block.rows], sum);
                }
            },
            |mut a, b| {
                a.iter_mut().flatten().zip(b.iter().flatten()).for_each(|(a, b)| *a += b);
                a
            },
        );
        let padded = total.unwrap_or_else(|| [(); N].map(|()| vec![0.0; size]));
        padded.map(|sum| sum[..self.dense()].iter().chain(&sum[self.block_width()..]).copied().collect())
    }

    /// The standardised column (or the flags of a level) of a parameter, the intercept not counted.
    pub(crate) fn column(&self, parameter: usize, values: &mut [f64]) {
        if parameter < self.reals {
            let at = self.picked.get(parameter).copied().unwrap_or(parameter);
            let (down, mean, factor) = (self.down[parameter], self.mean[parameter], self.factor[parameter]);
            for (value, row) in values.iter_mut().zip(self.cells.chunks_exact(self.columns)) {
                *value = (row[at] * down - mean) * factor;
            }
            return;
        }
        let slot = parameter - self.reals;
        let Some(category) =
            self.categories.iter().position(|c| (c.first..c.first + c.count).contains(&slot))
        else {
            return;
        };
        for (value, codes) in values.iter_mut().zip(self.codes.chunks_exact(self.categories.len())) {
            *value = f64::from(u8::from(codes[category] as usize == slot));
        }
    }

    /// Position of the intercept among the parameters.
    pub(crate) fn intercept(&self) -> Option<usize> {
        self.intercept.then_some(self.reals)
    }

    pub(crate) fn offset(&self) -> Option<&[f64]> {
        self.offset.as_deref()
    }

    /// Multiplies the offsets, for targets that are told in another unit.
    pub(crate) fn scale_offset(&mut self, factor: f64) {
        if let Some(offset) = &mut self.offset {
            offset.iter_mut().for_each(|o| *o *= factor);
        }
    }

    /// Spread of a real column.
    pub(crate) fn scale(&self, real: usize) -> f64 {
        self.scale[real]
    }

    /// L2 penalty of each parameter, from that of the coefficients as given.
    pub(crate) fn l2(&self, strength: f64) -> Vec<f64> {
        self.spread(|scale| strength / scale / scale)
    }

    /// L1 penalty of each parameter.
    pub(crate) fn l1(&self, strength: f64) -> Vec<f64> {
        self.spread(|scale| strength / scale)
    }

    fn spread(&self, penalty: impl Fn(f64) -> f64) -> Vec<f64> {
        let reals = self.scale.iter().map(|scale| penalty(*scale));
        let free = self.intercept.then_some(0.0);
        reals.chain(free).chain(std::iter::repeat_n(penalty(1.0), self.slots)).collect()
    }

    /// Largest entry of the gradient, by the coefficients as given or by the parameters, whichever is larger.
    pub(crate) fn largest(&self, gradient: &[f64]) -> f64 {
        let by_intercept = self.intercept().map_or(0.0, |at| gradient[at].abs());
        let entry = |(raw, own): (f64, &f64)| {
            let most = WIDEST * own.abs().max(by_intercept);
            if raw.is_nan() { raw } else { raw.abs().min(most).max(own.abs()) }
        };
        largest(self.raw_gradient(gradient).into_iter().zip(gradient).map(entry))
    }

    /// What a parameter's violation of optimality counts: once by the parameter, more by a coefficient of wide units.
    pub(crate) fn unit(&self, parameter: usize) -> f64 {
        if parameter < self.reals { self.scale[parameter].clamp(1.0, WIDEST) } else { 1.0 }
    }

    /// The gradient by the coefficients as given.
    pub(crate) fn raw_gradient(&self, gradient: &[f64]) -> Vec<f64> {
        let by_intercept = self.intercept().map_or(0.0, |at| gradient[at]);
        let mut raw = gradient.to_vec();
        for (g, (scale, centre)) in raw.iter_mut().zip(self.scale.iter().zip(&self.centre)) {
            *g = scale * *g + centre * by_intercept;
        }
        raw
    }

    /// Coefficients as given, in the order of the terms, and intercept. Errors: values beyond the range of `f64`.
    pub(crate) fn raw(&self, theta: &[f64]) -> Result<(Vec<f64>, f64)> {
        let mut coefficients = vec![0.0; self.terms.width()];
        let mut intercept = self.intercept().map_or(0.0, |at| theta[at]);
        for (j, place) in self.real_places().enumerate() {
            coefficients[place] = theta[j] / self.scale[j];
            if self.intercept {
                intercept -= theta[j] * (self.centre[j] / self.scale[j]);
            }
        }
        let firsts = self.terms.firsts();
        for category in &self.categories {
            let width = self.terms.terms()[category.column].width();
            for place in 0..width {
                if let Some(slot) = category.slot(place) {
                    coefficients[firsts[category.column] + place] = theta[self.dense() + slot];
                }
            }
        }
        if coefficients.iter().chain([&intercept]).any(|v| !v.is_finite()) {
            return Err(Error::numerical(
                "the coefficients are beyond the range of f64: scale the columns first",
            ));
        }
        Ok((coefficients, intercept))
    }

    /// Parameters of coefficients as given (the inverse of [`Design::raw`]); only the change of origin is lost of a
    /// category with a reference level.
    pub(crate) fn theta(&self, coefficients: &[f64], intercept: f64) -> Vec<f64> {
        let mut theta = vec![0.0; self.size()];
        for (at, coefficient) in self.places().into_iter().zip(coefficients) {
            if let Some(at) = at {
                theta[at] = *coefficient;
            }
        }
        let mut level = intercept;
        for (t, (scale, centre)) in theta.iter_mut().zip(self.scale.iter().zip(&self.centre)) {
            level += *t * centre;
            *t *= scale;
        }
        if let Some(at) = self.intercept() {
            theta[at] = level;
        }
        theta
    }

    /// For each coefficient as given its parameter; `None` for reference levels.
    pub(crate) fn places(&self) -> Vec<Option<usize>> {
        let mut places = vec![None; self.terms.width()];
        for (j, place) in self.real_places().enumerate() {
            places[place] = Some(j);
        }
        let firsts = self.terms.firsts();
        for category in &self.categories {
            let width = self.terms.terms()[category.column].width();
            for place in 0..width {
                places[firsts[category.column] + place] = category.slot(place).map(|s| self.dense() + s);
            }
        }
        places
    }

    fn real_places(&self) -> impl Iterator<Item = usize> {
        let firsts = self.terms.firsts();
        let terms = self.terms.terms().to_vec();
        firsts.into_iter().zip(terms).filter(|(_, term)| *term == Term::Real).map(|(first, _)| first)
    }

    /// What the intercept as given takes from each parameter of a real column.
    pub(crate) fn intercept_contrast(&self, contrast: &mut [f64]) {
        for (c, (scale, centre)) in contrast.iter_mut().zip(self.scale.iter().zip(&self.centre)) {
            *c = -centre / scale;
        }
    }

    /// The same rows with some of the real columns (and all categories), as a design of its own with copied cells.
    pub(crate) fn part<'b>(&self, reals: &[usize], cells: &'b mut Vec<f64>) -> Design<'b> {
        let columns = reals.len();
        cells.clear();
        cells.resize(self.rows * columns, 0.0);
        if columns > 0 {
            let position = |j: usize| self.picked.get(j).copied().unwrap_or(j);
            parallel::fill_rows(cells, columns, crm_ml_core::ROW_CHUNK, |first, piece| {
                for (i, target) in piece.chunks_exact_mut(columns).enumerate() {
                    let row = &self.cells[(first + i) * self.columns..(first + i + 1) * self.columns];
                    target.iter_mut().zip(reals).for_each(|(t, &j)| *t = row[position(j)]);
                }
            });
        }
        let of = |values: &[f64]| reals.iter().map(|&j| values[j]).collect::<Vec<f64>>();
        Design {
            cells,
            columns,
            rows: self.rows,
            picked: Vec::new(),
            reals: columns,
            down: of(&self.down),
            mean: of(&self.mean),
            factor: of(&self.factor),
            centre: of(&self.centre),
            scale: of(&self.scale),
            intercept: self.intercept,
            categories: self.categories.clone(),
            codes: self.codes.clone(),
            slots: self.slots,
            offset: self.offset.clone(),
            terms: self.terms.clone(),
        }
    }

    /// The rows at `rows` of the same design, as one of their own with copied cells.
    pub(crate) fn sample<'b>(&self, rows: &[usize], cells: &'b mut Vec<f64>) -> Design<'b> {
        let width = self.categories.len();
        cells.clear();
        let mut codes = Vec::with_capacity(rows.len() * width);
        for &row in rows {
            cells.extend_from_slice(&self.cells[row * self.columns..(row + 1) * self.columns]);
            codes.extend_from_slice(&self.codes[row * width..(row + 1) * width]);
        }
        Design {
            cells,
            columns: self.columns,
            rows: rows.len(),
            picked: self.picked.clone(),
            reals: self.reals,
            down: self.down.clone(),
            mean: self.mean.clone(),
            factor: self.factor.clone(),
            centre: self.centre.clone(),
            scale: self.scale.clone(),
            intercept: self.intercept,
            categories: self.categories.clone(),
            codes,
            slots: self.slots,
            offset: self.offset.as_ref().map(|offset| rows.iter().map(|&row| offset[row]).collect()),
            terms: self.terms.clone(),
        }
    }
}

impl Category {
    fn slot(&self, place: usize) -> Option<usize> {
        match self.reference {
            Some(reference) if place == reference => None,
            Some(reference) if place > reference => Some(self.first + place - 1),
            _ => Some(self.first + place),
        }
    }
}
