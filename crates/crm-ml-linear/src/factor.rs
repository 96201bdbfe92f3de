//! Solutions of `H x = g` for the matrices of Newton's steps.

use crm_ml_core::Result;
use crm_ml_linalg::{Cholesky, SymmetricEigen, dot, matmul_tn};
use ndarray::{Array2, ArrayView2};

use crate::design::Design;
use crate::gram::{Gram, kept};

/// Largest matrix that is formed and factorised; beyond it steps are found by conjugate gradients.
pub(crate) const DIRECT_LIMIT: usize = 2048;

/// Cells of the largest rectangle beside the category that is left out of the factorised matrix.
const BESIDE_LIMIT: usize = 1 << 25;

/// A pivot that keeps less than this share of its diagonal entry marks a matrix as singular.
const SINGULAR: f64 = 1e-11;

/// A factorised matrix.
#[derive(Debug)]
pub(crate) enum Factor {
    /// Factor after scaling to a unit diagonal, and the roots of the diagonal.
    Regular { factor: Cholesky, root: Vec<f64> },
    /// One category's levels, whose block is diagonal, are eliminated first (Schur complement).
    Eliminated { factor: Cholesky, root: Vec<f64>, beside: Array2<f64>, kept: Vec<Option<usize>> },
    /// Eigenvalues above noise with their vectors.
    LeastNorm { values: Vec<f64>, vectors: Array2<f64>, root: Vec<f64> },
}

/// Whether a design's matrix is small enough to be formed: all but its largest category's levels.
pub(crate) fn is_direct(design: &Design<'_>) -> bool {
    let largest = largest_category(design).map_or(0, |c| design.categories()[c].count);
    let rest = design.size() - largest;
    rest <= DIRECT_LIMIT && rest.saturating_mul(largest) <= BESIDE_LIMIT
}

fn largest_category(design: &Design<'_>) -> Option<usize> {
    let counts = design.categories().iter().map(|c| c.count);
    let mut best: Option<(usize, usize)> = None;
    for (at, count) in counts.enumerate() {
        if best.is_none_or(|(_, most)| count > most) {
            best = Some((at, count));
        }
    }
    best.map(|(at, _)| at)
}

/// The root of a diagonal entry; parameters that nothing speaks of stay where they are.
fn root(d: f64) -> f64 {
    if d > 0.0 && d.is_finite() { d.sqrt() } else { 1.0 }
}

impl Factor {
    /// Of a full matrix. The flag says that it is singular to working precision.
    pub(crate) fn of_matrix(mut matrix: Array2<f64>) -> Result<(Self, bool)> {
        let root: Vec<f64> = matrix.diag().iter().map(|d| root(*d)).collect();
        for ((i, j), cell) in matrix.indexed_iter_mut() {
            *cell /= root[i] * root[j];
            if i == j && *cell == 0.0 {
                *cell = 1.0;
            }
        }
        if let Some(factor) = regular(matrix.view()) {
            return Ok((Self::Regular { factor, root }, false));
        }
        let eigen = SymmetricEigen::new(matrix.view())?;
        let threshold = eigen.values().first().copied().unwrap_or(0.0).max(0.0) * SINGULAR;
        let values: Vec<f64> = eigen.values().iter().copied().filter(|v| *v > threshold).collect();
        let vectors = eigen.vectors().slice(ndarray::s![.., ..values.len()]).to_owned();
        Ok((Self::LeastNorm { values, vectors, root }, true))
    }

    /// Of a design's matrix plus a diagonal.
    pub(crate) fn of_gram(design: &Design<'_>, gram: &Gram, ridge: &[f64]) -> Result<(Self, bool)> {
        let full = |apart: Option<usize>| {
            let mut matrix = gram.without(design, apart);
            for (at, ridge) in kept(design, apart).iter().zip(ridge) {
                if let Some(at) = at {
                    matrix[[*at, *at]] += ridge;
                }
            }
            matrix
        };
        let Some(apart) = largest_category(design).filter(|_| design.dense() > 0) else {
            return Self::of_matrix(full(None));
        };
        let own = &design.categories()[apart];
        let kept = kept(design, Some(apart));
        let mut matrix = full(Some(apart));
        let mut beside = gram.beside(design, apart);
        let mut roots = vec![0.0; design.size()];
        for (i, place) in kept.iter().enumerate() {
            roots[i] = root(match place {
                Some(at) => matrix[[*at, *at]],
                None => gram.slots()[i - design.dense()] + ridge[i],
            });
        }
        let outer: Vec<f64> = kept.iter().zip(&roots).filter(|(k, _)| k.is_some()).map(|(_, r)| *r).collect();
        let first = design.dense() + own.first;
        for ((level, j), cell) in beside.indexed_iter_mut() {
            *cell /= roots[first + level] * outer[j];
        }
        for ((i, j), cell) in matrix.indexed_iter_mut() {
            *cell /= outer[i] * outer[j];
            if i == j && *cell == 0.0 {
                *cell = 1.0;
            }
        }
        matrix -= &matmul_tn(beside.view(), beside.view())?;
        if let Some(factor) = regular(matrix.view()) {
            return Ok((Self::Eliminated { factor, root: roots, beside, kept }, false));
        }
        if design.size() <= DIRECT_LIMIT {
            return Self::of_matrix(full(None));
        }
        // Too large for eigenvalues: a ridge in the size of the noise keeps the step defined.
        matrix.diag_mut().iter_mut().for_each(|d| *d += 1e-8);
        let factor = Cholesky::new(matrix.view())?;
        Ok((Self::Eliminated { factor, root: roots, beside, kept }, true))
    }

    /// The solution; of least norm where the matrix is singular.
    pub(crate) fn solve(&self, rhs: &[f64]) -> Result<Vec<f64>> {
        match self {
            Self::Regular { factor, root } => {
                let scaled: Vec<f64> = rhs.iter().zip(root).map(|(g, r)| g / r).collect();
                Ok(factor.solve_vector(&scaled)?.iter().zip(root).map(|(s, r)| s / r).collect())
            }
            Self::LeastNorm { values, vectors, root } => {
                let scaled: Vec<f64> = rhs.iter().zip(root).map(|(g, r)| g / r).collect();
                let mut solution = vec![0.0; rhs.len()];
                for (value, vector) in values.iter().zip(vectors.columns()) {
                    let share = vector.iter().zip(&scaled).map(|(v, r)| v * r).sum::<f64>() / value;
                    solution.iter_mut().zip(&vector).for_each(|(s, v)| *s += share * v);
                }
                Ok(solution.iter().zip(root).map(|(s, r)| s / r).collect())
            }
            Self::Eliminated { factor, root, beside, kept } => {
                let scaled: Vec<f64> = rhs.iter().zip(root).map(|(g, r)| g / r).collect();
                let part = |outer: bool| {
                    let chosen = scaled.iter().zip(kept).filter(move |(_, k)| k.is_some() == outer);
                    chosen.map(|(g, _)| *g).collect::<Vec<f64>>()
                };
                let (mut outer, mut own) = (part(true), part(false));
                for (row, g) in beside.rows().into_iter().zip(&own) {
                    outer.iter_mut().zip(row).for_each(|(o, b)| *o -= b * g);
                }
                let outer = factor.solve_vector(&outer)?;
                for (row, g) in beside.rows().into_iter().zip(&mut own) {
                    *g -= row.iter().zip(&outer).map(|(b, o)| b * o).sum::<f64>();
                }
                let mut own = own.into_iter();
                let solution = kept.iter().zip(root).map(|(k, r)| match k {
                    Some(at) => outer[*at] / r,
                    None => own.next().unwrap_or(0.0) / r,
                });
                Ok(solution.collect())
            }
        }
    }

    /// `g' H^-1 g`. Where levels are eliminated it costs what the entries of `g` that are not 0 ask for.
    pub(crate) fn inverse_form(&self, g: &[f64]) -> Result<f64> {
        let Self::Eliminated { factor, root, beside, kept } = self else {
            return Ok(dot(&self.solve(g)?, g));
        };
        let mut outer = vec![0.0; beside.ncols()];
        let (mut level, mut own) = (0, 0.0);
        for ((g, root), place) in g.iter().zip(root).zip(kept) {
            let scaled = g / root;
            match place {
                Some(at) => outer[*at] += scaled,
                None => {
                    if scaled != 0.0 {
                        own += scaled * scaled;
                        outer.iter_mut().zip(beside.row(level)).for_each(|(o, b)| *o -= b * scaled);
                    }
                    level += 1;
                }
            }
        }
        Ok(own + dot(&factor.solve_vector(&outer)?, &outer))
    }
}

/// The factor of a matrix of unit diagonal, unless it is singular to working precision.
fn regular(matrix: ArrayView2<'_, f64>) -> Option<Cholesky> {
    let factor = Cholesky::new(matrix).ok()?;
    factor.factor().diag().iter().all(|pivot| pivot * pivot >= SINGULAR).then_some(factor)
}
