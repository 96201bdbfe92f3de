//! The rows as they are filled now, and the sums that regressions need of them.

use std::ops::Range;

use crm_ml_core::{Error, ROW_CHUNK, Result, Samples, parallel};
use crm_ml_linalg::{CentredGram, add_gram_lower};
use ndarray::{Array2, ArrayView2, s};

use super::posterior::row_key;
use super::ridge::Equations;
use super::start::Kept;
use super::step::Step;

/// Rows of a list that one thread looks at in one go.
const PIECE: usize = 512;
/// Rows that are multiplied at a time: they stay in the cache.
const BLOCK: usize = 128;
/// The least share of a sum of squares that may be left when rows are taken away from it; digits are lost with the rest.
const LEFT: f64 = 1e-7;

/// Row after row of deviations from the columns' centres, and a 1.
pub(super) struct Work<'a> {
    cells: Vec<f64>,
    width: usize,
    weights: Option<&'a [f64]>,
    columns: &'a [Kept],
    /// The rows of each column's gaps, ascending.
    gaps: Vec<Vec<usize>>,
    /// Whether sums over a column have no error: without gaps, and of whole multiples of its unit.
    exact: Vec<bool>,
    /// What draws of a row are keyed by; empty where none are made.
    keys: Vec<u64>,
    /// Sums of products over all rows, columns and the 1: the lower triangle of a square.
    sums: Vec<f64>,
}

impl<'a> Work<'a> {
    pub(super) fn new(samples: &'a Samples<'_>, columns: &'a [Kept], sampled: bool) -> Self {
        let (rows, width) = (samples.n_rows(), columns.len());
        let mut cells = vec![1.0; rows * (width + 1)];
        parallel::fill_rows(&mut cells, width + 1, PIECE, |first, piece| {
            for (offset, row) in piece.chunks_exact_mut(width + 1).enumerate() {
                let given = samples.row(first + offset);
                for (cell, kept) in row.iter_mut().zip(columns) {
                    let value = given[kept.column];
                    *cell = if value.is_nan() { kept.fill } else { value } - kept.centre;
                }
            }
        });
        let found = parallel::map_rows(rows, ROW_CHUNK, |piece| gaps(samples, columns, piece));
        let mut gaps: Vec<Vec<usize>> = vec![Vec::new(); width];
        for piece in found {
            gaps.iter_mut().zip(piece).for_each(|(all, rows)| all.extend(rows));
        }
        let keys =
            if sampled { (0..rows).map(|row| row_key(samples.row(row))).collect() } else { Vec::new() };
        let weights = samples.weights();
        let mut work =
            Self { cells, width, weights, columns, gaps, exact: Vec::new(), keys, sums: Vec::new() };
        work.exact = work.exact_columns();
        work
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Products of deviations over all rows as they are filled now.
    pub(super) fn centred(&self) -> Result<CentredGram> {
        let matrix = ArrayView2::from_shape((self.rows(), self.width + 1), &self.cells);
        let matrix = matrix.map_err(|e| Error::numerical(e.to_string()))?;
        CentredGram::new(matrix.slice(s![.., ..self.width]), self.weights)
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * (self.width + 1)..(row + 1) * (self.width + 1)]
    }

    fn rows(&self) -> usize {
        self.cells.len() / (self.width + 1)
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Which columns have no gaps and hold whole multiples of their units alone, few enough for sums without an error.
    fn exact_columns(&self) -> Vec<bool> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let piece = |rows: Range<usize>| {
            let mut squares = vec![0.0; self.width];
            for row in rows {
                let weight = self.weight(row);
                for ((sum, cell), kept) in squares.iter_mut().zip(self.row(row)).zip(self.columns) {
                    let steps = cell / kept.unit;
                    let whole = steps.fract() == 0.0 && weight.fract() == 0.0;
                    *sum += if whole { steps * steps * weight } else { EXACT };
                }
            }
            squares
        };
        let mut exact: Vec<bool> = self.gaps.iter().map(Vec::is_empty).collect();
        let mut sums = vec![0.0; self.width];
        for squares in parallel::map_rows(self.rows(), ROW_CHUNK, piece) {
            sums.iter_mut().zip(squares).for_each(|(sum, v)| *sum += v);
        }
        exact.iter_mut().zip(sums).for_each(|(exact, sum)| *exact &= sum < EXACT);
        exact
    }

    /// The weight of each column's gaps.
    pub(super) fn missing(&self) -> Vec<f64> {
        self.gaps.iter().map(|rows| rows.iter().map(|&row| self.weight(row)).sum()).collect()
    }

    /// Largest size of a value that is there.
    pub(super) fn largest(&self, samples: &Samples<'_>) -> f64 {
        let piece = |rows: Range<usize>| {
            let mut largest = 0.0f64;
            for row in rows {
                let given = samples.row(row);
                // The larger of a number and NaN is the number.
                self.columns.iter().for_each(|kept| largest = largest.max(given[kept.column].abs()));
            }
            largest
        };
        let empty = self.columns.iter().filter(|kept| !kept.regressed).map(|kept| kept.fill.abs());
        parallel::map_rows(self.rows(), ROW_CHUNK, piece).into_iter().chain(empty).fold(0.0, f64::max)
    }

    /// Makes the sums over all rows anew.
    pub(super) fn sum_up(&mut self) -> Result<()> {
        let stride = self.width + 1;
        let piece = |rows: Range<usize>| {
            let mut sums = vec![0.0; stride * stride];
            let mut weighed = Vec::new();
            for block in parallel::chunks(rows.len(), BLOCK) {
                let rows = rows.start + block.start..rows.start + block.end;
                self.add(&self.cells[rows.start * stride..rows.end * stride], rows, &mut weighed, &mut sums)?;
            }
            Ok(sums)
        };
        let sums = parallel::reduce_rows(self.rows(), ROW_CHUNK, piece, added);
        self.sums = sums.unwrap_or_else(|| Ok(vec![0.0; stride * stride]))?;
        Ok(())
    }

    /// The same sums over the rows of a list.
    fn sums_of(&self, list: &[usize]) -> Result<Vec<f64>> {
        let stride = self.width + 1;
        let piece = |places: Range<usize>| {
            let mut sums = vec![0.0; stride * stride];
            let (mut block, mut weighed) = (Vec::with_capacity(BLOCK * stride), Vec::new());
            for rows in list[places].chunks(BLOCK) {
                block.clear();
                rows.iter().for_each(|&row| block.extend_from_slice(self.row(row)));
                self.add(&block, rows.iter().copied(), &mut weighed, &mut sums)?;
            }
            Ok(sums)
        };
        let sums = parallel::reduce_rows(list.len(), PIECE, piece, added);
        sums.unwrap_or_else(|| Ok(vec![0.0; stride * stride]))
    }

    fn add(
        &self,
        block: &[f64],
        rows: impl Iterator<Item = usize>,
        weighed: &mut Vec<f64>,
        sums: &mut [f64],
    ) -> Result<()> {
        let stride = self.width + 1;
        let Some(weights) = self.weights else { return add_gram_lower(block, block, stride, sums) };
        weighed.clear();
        for (row, cells) in rows.zip(block.chunks_exact(stride)) {
            weighed.extend(cells.iter().map(|v| v * weights[row]));
        }
        add_gram_lower(weighed, block, stride, sums)
    }

    /// Products of deviations from the means over the rows that have the target; with the means, as deviations.
    ///
    /// These are the sums over all rows less those over the target's gaps, which are fewer; where digits would go with
    /// them, the rows are summed by themselves.
    pub(super) fn over_rows_with(
        &self,
        target: usize,
        neighbours: &[usize],
    ) -> Result<(Deviations, Equations)> {
        let gaps = &self.gaps[target];
        let mut deviations = None;
        if 2 * gaps.len() <= self.rows() {
            let mut left = self.sums_of(gaps)?;
            left.iter_mut().zip(&self.sums).for_each(|(gone, all)| *gone = all - *gone);
            let found = Deviations::of_sums(&left, self.width);
            let lost = |column: usize| {
                let (before, left) = (self.sums[column * (self.width + 2)], found.product(column, column));
                left < LEFT * before && !(left == 0.0 && self.exact[column])
            };
            let digits_lost = lost(target) || neighbours.iter().any(|&column| lost(column));
            deviations = (!digits_lost).then_some(found);
        }
        let deviations = match deviations {
            Some(deviations) => deviations,
            None => self.by_themselves(gaps)?,
        };
        let equations = deviations.equations(target, neighbours);
        let finite = equations.gram.iter().chain(&equations.moments).all(|v| v.is_finite());
        match finite && equations.target.is_finite() {
            true => Ok((deviations, equations)),
            false => Err(Error::numerical("products of the columns are beyond what a 64-bit float holds")),
        }
    }

    fn by_themselves(&self, gaps: &[usize]) -> Result<Deviations> {
        let stride = self.width + 1;
        let mut gaps = gaps.iter().peekable();
        let rows: Vec<usize> =
            (0..self.rows()).filter(|row| gaps.next_if(|gap| *gap == row).is_none()).collect();
        let mut cells = vec![0.0; rows.len() * stride];
        parallel::fill_rows(&mut cells, stride, ROW_CHUNK, |first, piece| {
            for (to, &row) in piece.chunks_exact_mut(stride).zip(&rows[first..]) {
                to.copy_from_slice(self.row(row));
            }
        });
        let weights = self.weights.map(|weights| rows.iter().map(|&row| weights[row]).collect::<Vec<f64>>());
        let matrix = Array2::from_shape_vec((rows.len(), stride), cells);
        let matrix = matrix.map_err(|e| Error::numerical(e.to_string()))?;
        let centred = CentredGram::new(matrix.slice(s![.., ..self.width]), weights.as_deref())?;
        let total = weights.map_or(rows.len() as f64, |weights| weights.iter().sum());
        let products = centred.gram().iter().copied().collect();
        Ok(Deviations { width: self.width, total, mean: centred.mean().to_vec(), products })
    }

    /// Fills the target's gaps by a step, keeps the sums right, and adds to each row by how much it changed.
    pub(super) fn play(&mut self, number: usize, step: &Step, seed: u64, moved: &mut [f64]) {
        let (target, stride) = (step.feature, self.width + 1);
        let columns = self.columns;
        let kept = &columns[target];
        let rows = std::mem::take(&mut self.gaps[target]);
        let piece = |places: Range<usize>| {
            let mut changes = vec![0.0; stride];
            let mut scratch = Vec::new();
            let mut values = Vec::with_capacity(places.len());
            for &row in &rows[places] {
                let cells = self.row(row);
                let key = self.keys.get(row).copied().unwrap_or_default();
                let value = step.value(&cells[..self.width], kept, (seed, number, key), &mut scratch);
                let change = self.weight(row) * (value - cells[target]);
                changes.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += change * cell);
                // The square changes by the change times the sum of both.
                changes[target] += change * value;
                values.push(value);
            }
            (changes, values)
        };
        let found = parallel::map_rows(rows.len(), PIECE, piece);
        let mut list = rows.iter();
        for (changes, values) in found {
            for (column, change) in changes.into_iter().enumerate() {
                self.sums[column.max(target) * stride + column.min(target)] += change;
            }
            for (value, &row) in values.into_iter().zip(list.by_ref()) {
                let cell = &mut self.cells[row * stride + target];
                moved[row] += (value - *cell).abs();
                *cell = value;
            }
        }
        self.gaps[target] = rows;
    }
}

/// The rows of each column's gaps in a piece of the rows.
fn gaps(samples: &Samples<'_>, columns: &[Kept], piece: Range<usize>) -> Vec<Vec<usize>> {
    let mut gaps = vec![Vec::new(); columns.len()];
    for row in piece {
        let given = samples.row(row);
        for (rows, kept) in gaps.iter_mut().zip(columns) {
            if given[kept.column].is_nan() && kept.regressed {
                rows.push(row);
            }
        }
    }
    gaps
}

fn added(total: Result<Vec<f64>>, next: Result<Vec<f64>>) -> Result<Vec<f64>> {
    let (mut total, next) = (total?, next?);
    total.iter_mut().zip(next).for_each(|(sum, v)| *sum += v);
    Ok(total)
}

/// Weight, means and products of deviations from them, over some rows.
pub(super) struct Deviations {
    width: usize,
    pub(super) total: f64,
    pub(super) mean: Vec<f64>,
    /// A square, of which the lower triangle counts.
    products: Vec<f64>,
}

impl Deviations {
    fn of_sums(sums: &[f64], width: usize) -> Self {
        let stride = width + 1;
        let last = &sums[width * stride..];
        let total = last[width];
        let mean: Vec<f64> = last[..width].iter().map(|sum| sum / total).collect();
        let mut products = vec![0.0; width * width];
        for (i, row) in products.chunks_exact_mut(width).enumerate() {
            let sums = &sums[i * stride..];
            for (j, product) in row[..=i].iter_mut().enumerate() {
                *product = sums[j] - last[i] * mean[j];
            }
        }
        Self { width, total, mean, products }
    }

    fn product(&self, i: usize, j: usize) -> f64 {
        self.products[i.max(j) * self.width + i.min(j)]
    }

    fn equations(&self, target: usize, neighbours: &[usize]) -> Equations {
        let size = neighbours.len();
        let mut gram = vec![0.0; size * size];
        for (row, &i) in gram.chunks_exact_mut(size.max(1)).zip(neighbours) {
            // Neighbours ascend, so that this is the lower triangle.
            let products = &self.products[i * self.width..];
            row.iter_mut().zip(neighbours).filter(|(_, j)| **j <= i).for_each(|(v, &j)| *v = products[j]);
        }
        let moments = neighbours.iter().map(|&i| self.product(i, target)).collect();
        Equations { gram, moments, target: self.product(target, target).max(0.0), total: self.total }
    }
}
