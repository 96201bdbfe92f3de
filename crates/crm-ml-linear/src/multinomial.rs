//! The mean cross-entropy of several classes plus the penalty, with its derivatives.
//!
//! Parameters lie class after class. Adding the same vector to every class changes no probability; the steps from a
//! start whose classes sum to zero keep that sum, and a term on the sum alone keeps the Hessian regular without
//! touching them.

use crm_ml_core::{Error, Result};
use ndarray::{Array2, s};

use crate::design::{Block, Design, largest};
use crate::factor::{DIRECT_LIMIT, Factor};
use crate::gram::Gram;
use crate::math::exp;
use crate::newton::{Evaluation, Objective, Want};

pub(crate) struct MultinomialLoss<'p, 'a> {
    pub(crate) design: &'p Design<'a>,
    pub(crate) codes: &'p [u32],
    pub(crate) classes: usize,
    /// Weights that sum to 1.
    pub(crate) weights: &'p [f64],
    /// L2 penalty of each parameter of a class.
    l2: Vec<f64>,
    /// Whether the Hessian is formed.
    pub(crate) direct: bool,
}

/// Replaces a row of margins by probabilities.
pub fn softmax(row: &mut [f64]) {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter_mut().for_each(|m| *m = (*m - largest).exp());
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|m| *m /= sum);
}

/// Second derivatives: for classes a and b <= a in order a matrix summed over the rows, or probabilities of all rows.
#[derive(Debug)]
pub(crate) enum Curvature {
    Summed(Vec<Gram>),
    /// Class after class within a row.
    Probabilities(Vec<f64>),
}

struct Partial {
    value: f64,
    /// Class after class, padded.
    gradient: Vec<f64>,
    grams: Result<Vec<Gram>>,
    proba: Vec<f64>,
    buffers: Buffers,
}

#[derive(Default)]
struct Buffers {
    /// Class after class.
    margins: Vec<f64>,
    weights: Vec<f64>,
    scaled: Vec<f64>,
}

impl<'p, 'a> MultinomialLoss<'p, 'a> {
    pub(crate) fn new(
        design: &'p Design<'a>,
        (codes, classes): (&'p [u32], usize),
        weights: &'p [f64],
        l2: f64,
    ) -> Self {
        let direct = classes.saturating_mul(design.size()) <= DIRECT_LIMIT;
        Self { design, codes, classes, weights, l2: design.l2(l2), direct }
    }

    /// Weight that keeps the direction regular in which every class moves alike.
    fn sum_weight(&self) -> f64 {
        1.0 / self.classes as f64
    }

    fn padded(&self) -> usize {
        self.design.block_width() + self.design.slots()
    }

    fn unpadded(&self, padded: &[f64]) -> Vec<f64> {
        let (width, dense) = (self.design.block_width(), self.design.dense());
        let class = |part: &[f64]| part[..dense].iter().chain(&part[width..]).copied().collect::<Vec<_>>();
        padded.chunks_exact(self.padded().max(1)).flat_map(class).collect()
    }

    /// Margins of a block, class after class.
    fn margins(&self, theta: &[f64], block: &Block, margins: &mut Vec<f64>) {
        let rows = block.rows;
        margins.resize(self.classes * rows, 0.0);
        let parts = theta.chunks_exact(self.design.size().max(1));
        for (margins, theta) in margins.chunks_exact_mut(rows).zip(parts) {
            block.margins(self.design, theta, margins);
        }
    }

    /// Margins of all rows, rows x classes.
    pub(crate) fn all_margins(&self, theta: &[f64]) -> Result<Array2<f64>> {
        let classes = self.classes;
        let step = |(all, margins): &mut (Vec<f64>, Vec<f64>), block: &mut Block| {
            self.margins(theta, block, margins);
            let cell = |i: usize| margins[i % classes * block.rows + i / classes];
            all.extend((0..block.rows * classes).map(cell));
        };
        let join = |mut a: (Vec<f64>, Vec<f64>), b: (Vec<f64>, Vec<f64>)| {
            a.0.extend_from_slice(&b.0);
            a
        };
        let all = self.design.plain_pass(0).fold(|_| (Vec::new(), Vec::new()), step, join);
        let all = all.map_or_else(Vec::new, |(all, _)| all);
        Array2::from_shape_vec((self.design.rows(), classes), all)
            .map_err(|e| Error::numerical(e.to_string()))
    }

    /// Turns margins (class after class) into probabilities and returns the weighted loss.
    fn probabilities(&self, block: &Block, margins: &mut [f64]) -> f64 {
        let rows = block.rows;
        let codes = &self.codes[block.first..block.first + rows];
        let weights = &self.weights[block.first..block.first + rows];
        let mut largest = vec![f64::NEG_INFINITY; rows];
        let (mut sums, mut value) = (vec![0.0; rows], 0.0);
        for class in margins.chunks_exact(rows) {
            largest.iter_mut().zip(class).for_each(|(l, m)| *l = l.max(*m));
        }
        for (i, (code, w)) in codes.iter().zip(weights).enumerate() {
            value += w * (largest[i] - margins[*code as usize * rows + i]);
        }
        pulp::Arch::new().dispatch(|| {
            for class in margins.chunks_exact_mut(rows) {
                for ((m, largest), sum) in class.iter_mut().zip(&largest).zip(&mut sums) {
                    *m = exp(*m - largest);
                    *sum += *m;
                }
            }
            for class in margins.chunks_exact_mut(rows) {
                class.iter_mut().zip(&sums).for_each(|(m, sum)| *m /= sum);
            }
        });
        value + sums.iter().zip(weights).map(|(sum, w)| w * sum.ln()).sum::<f64>()
    }

    fn add(&self, partial: &mut Partial, block: &mut Block, theta: &[f64], want: Want) {
        let Partial { value, gradient, grams, proba, buffers } = partial;
        let rows = block.rows;
        self.margins(theta, block, &mut buffers.margins);
        *value += self.probabilities(block, &mut buffers.margins);
        let (p, weights) = (&buffers.margins, &self.weights[block.first..block.first + rows]);
        let codes = &self.codes[block.first..block.first + rows];
        buffers.weights.resize(rows, 0.0);
        for (class, sum) in gradient.chunks_exact_mut(self.padded()).enumerate() {
            let p = &p[class * rows..(class + 1) * rows];
            for (((slope, p), w), code) in buffers.weights.iter_mut().zip(p).zip(weights).zip(codes) {
                *slope = w * (p - f64::from(u8::from(*code as usize == class)));
            }
            block.scatter(self.design, &buffers.weights, sum);
        }
        if want == Want::Gradient {
            return;
        }
        if !self.direct {
            proba.extend((0..rows * self.classes).map(|i| p[i % self.classes * rows + i / self.classes]));
            return;
        }
        let Ok(sums) = grams else { return };
        let pairs = (0..self.classes).flat_map(|a| (0..=a).map(move |b| (a, b)));
        for ((a, b), gram) in pairs.zip(sums) {
            let (first, second) = (&p[a * rows..(a + 1) * rows], &p[b * rows..(b + 1) * rows]);
            for (((out, p), q), w) in buffers.weights.iter_mut().zip(first).zip(second).zip(weights) {
                *out = w * p * if a == b { 1.0 - p } else { -q };
            }
            if let Err(error) = gram.add(self.design, block, &buffers.weights, &mut buffers.scaled) {
                *grams = Err(error);
                return;
            }
        }
    }
}

impl Objective for MultinomialLoss<'_, '_> {
    type Curvature = Curvature;

    fn size(&self) -> usize {
        self.classes * self.design.size()
    }

    fn evaluate(&self, theta: &[f64], want: Want) -> Result<Evaluation<Curvature>> {
        let summed = want == Want::Curvature && self.direct;
        let matrices = if summed { self.classes * (self.classes + 1) / 2 } else { 0 };
        let size = self.classes * self.padded();
        let start = |_| Partial {
            value: 0.0,
            gradient: vec![0.0; size],
            grams: Ok(vec![Gram::zeros(self.design); matrices]),
            proba: Vec::new(),
            buffers: Buffers::default(),
        };
        let combine = |mut a: Partial, b: Partial| {
            a.value += b.value;
            a.gradient.iter_mut().zip(&b.gradient).for_each(|(a, b)| *a += b);
            a.grams = match (a.grams, b.grams) {
                (Ok(a), Ok(b)) => Ok(a.into_iter().zip(b).map(|(a, b)| a.merge(b)).collect()),
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
            a.proba.extend_from_slice(&b.proba);
            a
        };
        let partial = size.saturating_add(matrices.saturating_mul(Gram::cells(self.design)));
        let pass = if summed { self.design.pass(partial) } else { self.design.plain_pass(partial) };
        let total = pass.fold(start, |p, block| self.add(p, block, theta, want), combine);
        let total = total.ok_or_else(|| Error::empty("rows"))?;
        let mut gradient = self.unpadded(&total.gradient);
        let width = self.design.size();
        let mut penalty = 0.0;
        for (i, (g, t)) in gradient.iter_mut().zip(theta).enumerate() {
            let strength = self.l2[i % width];
            *g += strength * t;
            penalty += 0.5 * strength * t * t;
        }
        let curvature = match want {
            Want::Gradient => None,
            Want::Curvature if summed => Some(Curvature::Summed(total.grams?)),
            Want::Curvature => Some(Curvature::Probabilities(total.proba)),
        };
        Ok(Evaluation { value: total.value + penalty, gradient, curvature })
    }

    fn largest(&self, gradient: &[f64]) -> f64 {
        largest(gradient.chunks(self.design.size().max(1)).map(|g| self.design.largest(g)))
    }

    /// The classes' parameters go on summing to zero.
    fn project(&self, direction: &mut [f64]) {
        let width = self.design.size();
        for j in 0..width {
            let mean = (0..self.classes).map(|c| direction[c * width + j]).sum::<f64>() / self.classes as f64;
            (0..self.classes).for_each(|c| direction[c * width + j] -= mean);
        }
    }

    fn factor(&self, curvature: &Curvature) -> Result<Option<(Factor, bool)>> {
        let Some(mut matrix) = self.hessian(curvature)? else { return Ok(None) };
        let width = self.design.size();
        for j in 0..width {
            for (a, b) in (0..self.classes).flat_map(|a| (0..self.classes).map(move |b| (a, b))) {
                matrix[[a * width + j, b * width + j]] += self.sum_weight();
            }
        }
        Factor::of_matrix(matrix).map(Some)
    }

    fn hessian(&self, curvature: &Curvature) -> Result<Option<Array2<f64>>> {
        let Curvature::Summed(grams) = curvature else { return Ok(None) };
        let width = self.design.size();
        let mut hessian = Array2::zeros((self.size(), self.size()));
        let pairs = (0..self.classes).flat_map(|a| (0..=a).map(move |b| (a, b)));
        for ((a, b), gram) in pairs.zip(grams) {
            let mut part = gram.without(self.design, None);
            for (j, d) in part.diag_mut().iter_mut().enumerate() {
                *d += if a == b { self.l2[j] } else { 0.0 };
            }
            let (rows, columns) = (a * width..(a + 1) * width, b * width..(b + 1) * width);
            hessian.slice_mut(s![rows.clone(), columns.clone()]).assign(&part);
            if a != b {
                hessian.slice_mut(s![columns, rows]).assign(&part);
            }
        }
        Ok(Some(hessian))
    }

    fn unit(&self, parameter: usize) -> f64 {
        self.design.unit(parameter % self.design.size().max(1))
    }

    fn product(&self, curvature: &Curvature, vector: &[f64]) -> Result<Vec<f64>> {
        let Curvature::Probabilities(proba) = curvature else {
            return Err(Error::numerical("products are made of probabilities"));
        };
        let size = self.classes * self.padded();
        let step = |(sum, margins): &mut (Vec<f64>, Vec<f64>), block: &mut Block| {
            let (rows, classes) = (block.rows, self.classes);
            self.margins(vector, block, margins);
            for i in 0..rows {
                let p = &proba[(block.first + i) * classes..(block.first + i + 1) * classes];
                let mean: f64 = p.iter().enumerate().map(|(c, p)| p * margins[c * rows + i]).sum();
                for (c, p) in p.iter().enumerate() {
                    let cell = &mut margins[c * rows + i];
                    *cell = self.weights[block.first + i] * p * (*cell - mean);
                }
            }
            for (sum, r) in sum.chunks_exact_mut(self.padded()).zip(margins.chunks_exact(rows)) {
                block.scatter(self.design, r, sum);
            }
        };
        let total = self.design.plain_pass(size).fold(
            |_| (vec![0.0; size], Vec::new()),
            step,
            |mut a, b| {
                a.0.iter_mut().zip(&b.0).for_each(|(a, b)| *a += b);
                a
            },
        );
        let mut product = self.unpadded(&total.ok_or_else(|| Error::empty("rows"))?.0);
        let width = self.design.size();
        product.iter_mut().zip(vector).enumerate().for_each(|(i, (out, v))| *out += self.l2[i % width] * v);
        Ok(product)
    }

    fn diagonal(&self, curvature: &Curvature) -> Result<Vec<f64>> {
        let Curvature::Probabilities(proba) = curvature else {
            return Err(Error::numerical("a diagonal is made of probabilities"));
        };
        let size = self.classes * self.padded();
        let step = |sum: &mut Vec<f64>, block: &mut Block| {
            for (class, sum) in sum.chunks_exact_mut(self.padded()).enumerate() {
                let weight = |i: usize| {
                    let p = proba[(block.first + i) * self.classes + class];
                    self.weights[block.first + i] * p * (1.0 - p)
                };
                let weights: Vec<f64> = (0..block.rows).map(weight).collect();
                block.scatter_squares(self.design, &weights, sum);
            }
        };
        let total = self.design.pass(size).fold(
            |_| vec![0.0; size],
            step,
            |mut a, b| {
                a.iter_mut().zip(&b).for_each(|(a, b)| *a += b);
                a
            },
        );
        let diagonal = self.unpadded(&total.ok_or_else(|| Error::empty("rows"))?);
        let width = self.design.size();
        Ok(diagonal.iter().enumerate().map(|(i, d)| d + self.l2[i % width]).collect())
    }
}
