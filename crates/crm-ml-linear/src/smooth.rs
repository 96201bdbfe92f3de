//! The mean loss of one margin a row plus an L2 penalty, with its derivatives in one pass over the rows.

use crm_ml_core::{Error, Result};
use ndarray::Array2;
use pulp::Arch;

use crate::design::{Block, Design};
use crate::factor::{Factor, is_direct};
use crate::gram::Gram;
use crate::loss::{Curving, Family, Rows};
use crate::newton::{Evaluation, Objective, Want};

/// An objective of one margin a row.
#[derive(Debug)]
pub(crate) struct Smooth<'p, 'a> {
    pub(crate) design: &'p Design<'a>,
    pub(crate) family: Family,
    pub(crate) target: &'p [f64],
    /// Weights that sum to 1.
    pub(crate) weights: &'p [f64],
    /// L2 penalty of each parameter.
    pub(crate) l2: Vec<f64>,
    pub(crate) curving: Curving,
    /// Whether curvature is a matrix; else weights of rows.
    pub(crate) direct: bool,
}

/// Second derivatives: summed over the rows, or one a row.
#[derive(Debug)]
pub(crate) enum Curvature {
    Summed(Box<Gram>),
    ByRow(Vec<f64>),
}

/// Partial result of a piece of rows.
struct Partial {
    value: f64,
    gradient: Vec<f64>,
    gram: Option<Result<Gram>>,
    by_row: Vec<f64>,
    buffers: Buffers,
}

#[derive(Default)]
struct Buffers {
    margins: Vec<f64>,
    slopes: Vec<f64>,
    curvatures: Vec<f64>,
    scaled: Vec<f64>,
}

impl<'p, 'a> Smooth<'p, 'a> {
    pub(crate) fn new(
        design: &'p Design<'a>,
        family: Family,
        (target, weights): (&'p [f64], &'p [f64]),
        l2: f64,
    ) -> Self {
        let l2 = design.l2(l2);
        let direct = is_direct(design);
        Self { design, family, target, weights, l2, curving: Curving::Steps, direct }
    }

    /// Margins of all rows, offsets included.
    pub(crate) fn margins(&self, theta: &[f64]) -> Vec<f64> {
        let step = |(all, buffers): &mut (Vec<f64>, Buffers), block: &mut Block| {
            self.look(theta, block, buffers);
            all.extend_from_slice(&buffers.margins);
        };
        let join = |mut a: (Vec<f64>, Buffers), b: (Vec<f64>, Buffers)| {
            a.0.extend_from_slice(&b.0);
            a
        };
        let margins = self.design.plain_pass(0).fold(|_| (Vec::new(), Buffers::default()), step, join);
        margins.map_or_else(Vec::new, |(margins, _)| margins)
    }

    /// Value of the penalty.
    pub(crate) fn penalty(&self, theta: &[f64]) -> f64 {
        0.5 * self.l2.iter().zip(theta).map(|(d, t)| d * t * t).sum::<f64>()
    }

    /// Margins and what the family makes of them, of one block.
    fn look(&self, theta: &[f64], block: &Block, buffers: &mut Buffers) -> f64 {
        let (first, rows) = (block.first, block.rows);
        for buffer in [&mut buffers.margins, &mut buffers.slopes, &mut buffers.curvatures] {
            buffer.resize(rows, 0.0);
        }
        block.margins(self.design, theta, &mut buffers.margins);
        if let Some(offset) = self.design.offset() {
            buffers.margins.iter_mut().zip(&offset[first..first + rows]).for_each(|(m, o)| *m += o);
        }
        let rows = Rows {
            margins: &buffers.margins,
            target: &self.target[first..first + rows],
            weights: &self.weights[first..first + rows],
            slopes: &mut buffers.slopes,
            curvatures: &mut buffers.curvatures,
        };
        Arch::new().dispatch(|| self.family.evaluate(rows, self.curving))
    }

    /// From the padded sums of blocks to parameters.
    fn unpadded(&self, padded: Vec<f64>) -> Vec<f64> {
        let (width, dense) = (self.design.block_width(), self.design.dense());
        padded[..dense].iter().chain(&padded[width..]).copied().collect()
    }

    /// Sum over rows of `f(block, sum)`, as parameters lie.
    fn sum(
        &self,
        f: impl Fn(&mut Block, &mut Vec<f64>, &mut Buffers) + Sync + Send,
        plain: bool,
    ) -> Vec<f64> {
        let size = self.design.block_width() + self.design.slots();
        let pass = if plain { self.design.plain_pass(size) } else { self.design.pass(size) };
        let total = pass.fold(
            |_| (vec![0.0; size], Buffers::default()),
            |(sum, buffers), block| f(block, sum, buffers),
            |mut a, b| {
                a.0.iter_mut().zip(&b.0).for_each(|(a, b)| *a += b);
                a
            },
        );
        self.unpadded(total.map_or_else(|| vec![0.0; size], |(sum, _)| sum))
    }
}

impl Objective for Smooth<'_, '_> {
    type Curvature = Curvature;

    fn size(&self) -> usize {
        self.design.size()
    }

    fn evaluate(&self, theta: &[f64], want: Want) -> Result<Evaluation<Curvature>> {
        let size = self.design.block_width() + self.design.slots();
        let curving = want == Want::Curvature;
        let summed = curving && self.direct;
        let partial = size + if summed { Gram::cells(self.design) } else { 0 };
        let start = |_| Partial {
            value: 0.0,
            gradient: vec![0.0; size],
            gram: summed.then(|| Ok(Gram::zeros(self.design))),
            by_row: Vec::new(),
            buffers: Buffers::default(),
        };
        let step = |partial: &mut Partial, block: &mut Block| {
            let Partial { value, gradient, gram, by_row, buffers } = partial;
            *value += self.look(theta, block, buffers);
            block.scatter(self.design, &buffers.slopes, gradient);
            if let Some(Ok(sum)) = gram {
                if let Err(error) = sum.add(self.design, block, &buffers.curvatures, &mut buffers.scaled) {
                    *gram = Some(Err(error));
                }
            } else if curving {
                by_row.extend_from_slice(&buffers.curvatures);
            }
        };
        let combine = |mut a: Partial, b: Partial| {
            a.value += b.value;
            a.gradient.iter_mut().zip(&b.gradient).for_each(|(a, b)| *a += b);
            a.gram = match (a.gram, b.gram) {
                (Some(Ok(a)), Some(Ok(b))) => Some(Ok(a.merge(b))),
                (Some(Err(error)), _) | (_, Some(Err(error))) => Some(Err(error)),
                _ => None,
            };
            a.by_row.extend_from_slice(&b.by_row);
            a
        };
        let pass = if summed { self.design.pass(partial) } else { self.design.plain_pass(partial) };
        let total = pass.fold(start, step, combine);
        let total = total.ok_or_else(|| Error::empty("rows"))?;
        let mut gradient = self.unpadded(total.gradient);
        gradient.iter_mut().zip(self.l2.iter().zip(theta)).for_each(|(g, (d, t))| *g += d * t);
        let curvature = match total.gram {
            Some(gram) => Some(Curvature::Summed(Box::new(gram?))),
            None => curving.then_some(Curvature::ByRow(total.by_row)),
        };
        Ok(Evaluation { value: total.value + self.penalty(theta), gradient, curvature })
    }

    fn largest(&self, gradient: &[f64]) -> f64 {
        self.design.largest(gradient)
    }

    fn is_quadratic(&self) -> bool {
        self.family == Family::Gaussian
    }

    fn factor(&self, curvature: &Curvature) -> Result<Option<(Factor, bool)>> {
        match curvature {
            Curvature::Summed(gram) => Factor::of_gram(self.design, gram, &self.l2).map(Some),
            Curvature::ByRow(_) => Ok(None),
        }
    }

    fn hessian(&self, curvature: &Curvature) -> Result<Option<Array2<f64>>> {
        let Curvature::Summed(gram) = curvature else { return Ok(None) };
        let mut hessian = gram.without(self.design, None);
        hessian.diag_mut().iter_mut().zip(&self.l2).for_each(|(d, l2)| *d += l2);
        Ok(Some(hessian))
    }

    fn unit(&self, parameter: usize) -> f64 {
        self.design.unit(parameter)
    }

    fn product(&self, curvature: &Curvature, vector: &[f64]) -> Result<Vec<f64>> {
        let Curvature::ByRow(weights) = curvature else {
            return Err(Error::numerical("products are made of weights by row"));
        };
        let mut product = self.sum(
            |block, sum, buffers| {
                buffers.margins.resize(block.rows, 0.0);
                block.margins(self.design, vector, &mut buffers.margins);
                let weights = &weights[block.first..block.first + block.rows];
                buffers.margins.iter_mut().zip(weights).for_each(|(m, w)| *m *= w);
                block.scatter(self.design, &buffers.margins, sum);
            },
            true,
        );
        product.iter_mut().zip(self.l2.iter().zip(vector)).for_each(|(p, (d, v))| *p += d * v);
        Ok(product)
    }

    fn diagonal(&self, curvature: &Curvature) -> Result<Vec<f64>> {
        let Curvature::ByRow(weights) = curvature else {
            return Err(Error::numerical("a diagonal is made of weights by row"));
        };
        let mut diagonal = self.sum(
            |block, sum, _| {
                block.scatter_squares(self.design, &weights[block.first..block.first + block.rows], sum);
            },
            false,
        );
        diagonal.iter_mut().zip(&self.l2).for_each(|(d, l2)| *d += l2);
        Ok(diagonal)
    }
}
