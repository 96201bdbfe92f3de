//! Products of columns, as far as they are known.

use crm_ml_core::{ROW_CHUNK, Result, parallel};
use crm_ml_linalg::matmul;
use ndarray::{Array2, ArrayView2};

use crate::design::Design;
use crate::gram::Gram;

/// Up to this many columns all products are made in one pass, where rows outnumber columns.
const WHOLE: usize = 4096;

/// Products `Z_i' W Z_j` of weighted and centred columns i, j that came into question.
pub(super) struct Known {
    /// Which parameters, in the order in which they came.
    pub(super) columns: Vec<usize>,
    /// Of every parameter its place among them.
    pub(super) places: Vec<Option<usize>>,
    /// Row after row, rows of `capacity` cells.
    cells: Vec<f64>,
    capacity: usize,
    /// The columns themselves times the roots of the weights, unless all products are known.
    values: Vec<f64>,
    whole: bool,
}

impl Known {
    /// All products where that is cheap, else none.
    pub(super) fn new(design: &Design<'_>, shares: &[f64], means: Option<&[f64]>) -> Result<Self> {
        let size = design.size() - usize::from(design.has_intercept());
        let none = Self {
            columns: Vec::new(),
            places: vec![None; size],
            cells: Vec::new(),
            capacity: 0,
            values: Vec::new(),
            whole: false,
        };
        if size > WHOLE || size > design.rows() {
            return Ok(none);
        }
        let matrix = whole(design, shares)?;
        let at = |i: usize| if design.intercept().is_some_and(|at| i >= at) { i + 1 } else { i };
        let mut cells = vec![0.0; size * size];
        for (i, row) in cells.chunks_exact_mut(size.max(1)).enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                *cell = matrix[[at(i), at(j)]] - means.map_or(0.0, |m| m[i] * m[j]);
            }
        }
        let all = (0..size).collect();
        let places = (0..size).map(Some).collect();
        Ok(Self { columns: all, places, cells, capacity: size, whole: true, ..none })
    }

    /// Whether all products were made at once: places are parameters then, and not where columns came one by one.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    pub(super) fn row(&self, place: usize) -> &[f64] {
        &self.cells[place * self.capacity..place * self.capacity + self.columns.len()]
    }

    /// Makes the products of more columns.
    pub(super) fn add(
        &mut self,
        design: &Design<'_>,
        shares: &[f64],
        means: Option<&[f64]>,
        more: &[usize],
    ) -> Result<()> {
        let rows = design.rows();
        let before = self.columns.len();
        let after = before + more.len();
        let mut fresh = vec![0.0; more.len() * rows];
        parallel::fill_rows(&mut fresh, rows, 1, |first, piece| {
            for (i, values) in piece.chunks_exact_mut(rows).enumerate() {
                design.column(more[first + i], values);
                let mean = means.map_or(0.0, |m| m[more[first + i]]);
                values.iter_mut().zip(shares).for_each(|(v, w)| *v = (*v - mean) * w.sqrt());
            }
        });
        self.values.extend_from_slice(&fresh);
        let error = |e: ndarray::ShapeError| crm_ml_core::Error::numerical(e.to_string());
        let all = ArrayView2::from_shape((after, rows), &self.values).map_err(error)?;
        let fresh = ArrayView2::from_shape((more.len(), rows), &fresh).map_err(error)?;
        let products = matmul(fresh, all.t())?;
        if after > self.capacity {
            let capacity = (2 * after).min(self.places.len().max(after));
            let mut cells = vec![0.0; capacity * capacity];
            for place in 0..before {
                cells[place * capacity..place * capacity + before]
                    .copy_from_slice(&self.cells[place * self.capacity..place * self.capacity + before]);
            }
            (self.cells, self.capacity) = (cells, capacity);
        }
        for (i, line) in products.rows().into_iter().enumerate() {
            for (j, value) in line.iter().enumerate() {
                self.cells[(before + i) * self.capacity + j] = *value;
                self.cells[j * self.capacity + before + i] = *value;
            }
        }
        for (i, column) in more.iter().enumerate() {
            self.columns.push(*column);
            self.places[*column] = Some(before + i);
        }
        Ok(())
    }

    /// Weighted residuals `sqrt(w) (y - Z b)` from those of the target.
    pub(super) fn residuals(&self, rooted: &[f64], b: &[f64]) -> Vec<f64> {
        let rows = rooted.len();
        let mut residuals = rooted.to_vec();
        parallel::fill_rows(&mut residuals, 1, ROW_CHUNK, |first, piece| {
            for (place, column) in self.columns.iter().enumerate() {
                if b[*column] != 0.0 {
                    let values = &self.values[place * rows + first..place * rows + first + piece.len()];
                    piece.iter_mut().zip(values).for_each(|(r, v)| *r -= b[*column] * v);
                }
            }
        });
        residuals
    }
}

/// `Z' W Z` of all parameters.
fn whole(design: &Design<'_>, shares: &[f64]) -> Result<Array2<f64>> {
    let start = |_| (Ok(Gram::zeros(design)), Vec::new());
    let total = design.pass(Gram::cells(design)).fold(
        start,
        |(gram, scaled): &mut (Result<Gram>, Vec<f64>), block| {
            let weights = &shares[block.first..block.first + block.rows];
            if let Ok(sum) = gram {
                if let Err(error) = sum.add(design, block, weights, scaled) {
                    *gram = Err(error);
                }
            }
        },
        |a, b| match (a.0, b.0) {
            (Ok(x), Ok(y)) => (Ok(x.merge(y)), a.1),
            (Err(error), _) | (_, Err(error)) => (Err(error), a.1),
        },
    );
    let gram = total.ok_or_else(|| crm_ml_core::Error::empty("rows"))?.0?;
    Ok(gram.without(design, None))
}
