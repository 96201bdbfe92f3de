//! One pass over the rows, in blocks that stay in cache.

use std::ops::Range;

use crm_ml_core::parallel;
use pulp::Arch;

use super::{Design, NO_SLOT};

/// Cells of a block of standardised rows: an eighth of a megabyte.
const BLOCK_CELLS: usize = 1 << 14;
/// Rows of a block: enough of them that adding their product to a large matrix is worth reading it.
const BLOCK_ROWS: Range<usize> = 128..256;
/// Most rows of a piece that one thread works on, and into how many pieces few rows are cut.
const PIECE: usize = 4096;
const PIECES: usize = 16;
/// Partial sums of all pieces hold at most about this many numbers.
const PARTIAL_CELLS: usize = 1 << 24;

/// Rows of a block that is read where it lies.
const PLAIN_ROWS: usize = 64;
/// A column whose mean is at most this many spreads from 0 is standardised by its sums: few digits are lost.
const PLAIN_MEAN: f64 = 1e3;

/// Standardised rows: reals, intercept and zeros up to a multiple of four cells.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) first: usize,
    pub(crate) rows: usize,
    pub(crate) width: usize,
    /// Empty where the rows are read where they lie.
    pub(crate) z: Vec<f64>,
    plain: bool,
    picked: Vec<f64>,
    sums: Vec<f64>,
}

/// A walk over the blocks of a design.
pub(crate) struct Pass<'d, 'a> {
    design: &'d Design<'a>,
    /// Cells of a row of a block.
    width: usize,
    block: usize,
    piece: usize,
    plain: bool,
}

impl<'a> Design<'a> {
    /// A pass whose partial results hold `partial` numbers each.
    pub(crate) fn pass(&self, partial: usize) -> Pass<'_, 'a> {
        let width = self.block_width();
        let block = (BLOCK_CELLS / width.max(1)).clamp(BLOCK_ROWS.start, BLOCK_ROWS.end) / 4 * 4;
        let pieces = (PARTIAL_CELLS / partial.max(1)).clamp(4, 4096);
        let usual = self.rows().div_ceil(PIECES).min(PIECE);
        let piece = usual.max(self.rows().div_ceil(pieces)).next_multiple_of(block);
        Pass { design: self, width, block, piece, plain: false }
    }

    /// A pass for margins and [`Block::scatter`] alone, which reads rows where they lie if their columns allow.
    pub(crate) fn plain_pass(&self, partial: usize) -> Pass<'_, 'a> {
        let pass = self.pass(partial);
        let near = self.mean.iter().zip(&self.factor).all(|(m, f)| (m * f).abs() <= PLAIN_MEAN);
        if !near || !self.picked.is_empty() || self.reals != self.columns || self.reals == 0 {
            return pass;
        }
        let piece = self.rows().div_ceil(PIECES).clamp(PLAIN_ROWS, PIECE).next_multiple_of(PLAIN_ROWS);
        Pass { block: PLAIN_ROWS, piece, plain: true, ..pass }
    }

    /// Cells of a row of a block.
    pub(crate) fn block_width(&self) -> usize {
        self.dense().next_multiple_of(4)
    }
}

impl Pass<'_, '_> {
    /// `start` makes the partial result of a piece, `step` adds a block to it, `combine` joins neighbouring ones.
    pub(crate) fn fold<T: Send>(
        &self,
        start: impl Fn(Range<usize>) -> T + Sync + Send,
        step: impl Fn(&mut T, &mut Block) + Sync + Send,
        combine: impl Fn(T, T) -> T + Sync + Send,
    ) -> Option<T> {
        let piece = |rows: Range<usize>| {
            let mut result = start(rows.clone());
            let mut block = Block {
                first: 0,
                rows: 0,
                width: self.width,
                z: vec![0.0; if self.plain { 0 } else { self.block * self.width }],
                plain: self.plain,
                picked: vec![0.0; self.design.reals],
                sums: vec![0.0; if self.plain { self.width } else { 0 }],
            };
            for part in parallel::chunks(rows.len(), self.block) {
                block.fill(self.design, rows.start + part.start..rows.start + part.end);
                step(&mut result, &mut block);
            }
            result
        };
        parallel::reduce_rows(self.design.rows(), self.piece, piece, combine)
    }
}

impl Block {
    fn fill(&mut self, design: &Design<'_>, rows: Range<usize>) {
        (self.first, self.rows) = (rows.start, rows.len());
        let (columns, reals, width) = (design.columns, design.reals, self.width);
        let (z, picked) = (&mut self.z, &mut self.picked);
        let cells = &design.cells[rows.start * columns..rows.end * columns];
        let (down, mean, factor) = (&design.down[..], &design.mean[..], &design.factor[..]);
        if width == 0 || self.plain {
            return;
        }
        if reals == 0 {
            z.chunks_exact_mut(width).for_each(|z| z[0] = 1.0);
            return;
        }
        Arch::new().dispatch(|| {
            for (z, row) in z.chunks_exact_mut(width).zip(cells.chunks_exact(columns)) {
                let row = if design.picked.is_empty() {
                    row
                } else {
                    picked.iter_mut().zip(&design.picked).for_each(|(p, &j)| *p = row[j]);
                    &picked[..]
                };
                let parts = z[..reals].iter_mut().zip(row).zip(down).zip(mean).zip(factor);
                for ((((z, v), down), mean), factor) in parts {
                    *z = (v * down - mean) * factor;
                }
                if design.intercept {
                    z[reals] = 1.0;
                }
            }
        });
    }

    fn codes<'d>(&self, design: &'d Design<'_>) -> std::slice::ChunksExact<'d, u32> {
        let width = design.categories.len().max(1);
        let range = if design.categories.is_empty() {
            0..0
        } else {
            self.first * width..(self.first + self.rows) * width
        };
        design.codes[range].chunks_exact(width)
    }

    /// Margins of the block's rows (offsets left out).
    pub(crate) fn margins(&self, design: &Design<'_>, theta: &[f64], margins: &mut [f64]) {
        let (dense, slots) = theta.split_at(design.dense());
        if self.plain {
            let columns = design.columns;
            let cells = &design.cells[self.first * columns..(self.first + self.rows) * columns];
            let parts = dense.iter().zip(&design.down).zip(&design.mean).zip(&design.factor);
            let mut level = if design.intercept { dense[columns] } else { 0.0 };
            let slopes: Vec<f64> = parts
                .map(|(((t, down), mean), factor)| {
                    level -= t * factor * mean;
                    t * factor * down
                })
                .collect();
            products(cells, columns, &slopes, margins);
            margins.iter_mut().for_each(|m| *m += level);
        } else if self.width == 0 {
            margins.fill(0.0);
        } else {
            let mut padded = dense.to_vec();
            padded.resize(self.width, 0.0);
            products(&self.z[..self.rows * self.width], self.width, &padded, margins);
        }
        for (m, codes) in margins.iter_mut().zip(self.codes(design)) {
            for &code in codes {
                if code != NO_SLOT {
                    *m += slots[code as usize];
                }
            }
        }
    }

    /// Adds `Z' r` to `sum`, whose dense part is padded to the block's width.
    pub(crate) fn scatter(&mut self, design: &Design<'_>, r: &[f64], sum: &mut [f64]) {
        let (dense, slots) = sum.split_at_mut(self.width);
        if self.plain {
            let columns = design.columns;
            let cells = &design.cells[self.first * columns..(self.first + self.rows) * columns];
            self.sums.fill(0.0);
            transposed(cells, columns, r, &mut self.sums[..columns]);
            let whole: f64 = r[..self.rows].iter().sum();
            let parts = self.sums.iter().zip(&design.down).zip(&design.mean).zip(&design.factor);
            for (s, (((sum, down), mean), factor)) in dense.iter_mut().zip(parts) {
                *s += (sum * down - whole * mean) * factor;
            }
            if design.intercept {
                dense[columns] += whole;
            }
        } else if self.width > 0 {
            transposed(&self.z[..self.rows * self.width], self.width, r, dense);
        }
        for (codes, r) in self.codes(design).zip(r) {
            for &code in codes {
                if code != NO_SLOT {
                    slots[code as usize] += r;
                }
            }
        }
    }

    /// Adds the sums over rows of `r z^2` to `sum`, which is laid out as in [`Block::scatter`].
    pub(crate) fn scatter_squares(&self, design: &Design<'_>, r: &[f64], sum: &mut [f64]) {
        let (dense, slots) = sum.split_at_mut(self.width);
        for ((row, r), codes) in (0..self.rows)
            .map(|i| &self.z[i * self.width..(i + 1) * self.width])
            .zip(r)
            .zip((0..self.rows).map(|i| self.row_codes(design, i)))
        {
            dense.iter_mut().zip(row).for_each(|(s, z)| *s += r * z * z);
            for &code in codes {
                if code != NO_SLOT {
                    slots[code as usize] += r;
                }
            }
        }
    }

    /// The codes of a row of the block.
    pub(crate) fn row_codes<'d>(&self, design: &'d Design<'_>, row: usize) -> &'d [u32] {
        let width = design.categories.len();
        &design.codes[(self.first + row) * width..(self.first + row + 1) * width]
    }
}

/// The product of each row with a vector.
fn products(cells: &[f64], width: usize, vector: &[f64], out: &mut [f64]) {
    const LANES: usize = 8;
    Arch::new().dispatch(|| {
        for (out, row) in out.iter_mut().zip(cells.chunks_exact(width)) {
            let mut lanes = [0.0; LANES];
            let (rows, parts) = (row.chunks_exact(LANES), vector.chunks_exact(LANES));
            let rest = rows.remainder().iter().zip(parts.remainder());
            for (lane, (z, t)) in lanes.iter_mut().zip(rest) {
                *lane = z * t;
            }
            for (z, t) in rows.zip(parts) {
                for lane in 0..LANES {
                    lanes[lane] += z[lane] * t[lane];
                }
            }
            *out = ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6]))
                + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
        }
    });
}

/// Adds each row times its number to `sum`.
fn transposed(cells: &[f64], width: usize, r: &[f64], sum: &mut [f64]) {
    Arch::new().dispatch(|| {
        let rows = cells.len() / width;
        let ones = rows / 4 * 4;
        for (four, r) in cells.chunks_exact(4 * width).zip(r.chunks_exact(4)) {
            let (a, rest) = four.split_at(width);
            let (b, rest) = rest.split_at(width);
            let (c, d) = rest.split_at(width);
            let [r0, r1, r2, r3] = [r[0], r[1], r[2], r[3]];
            for ((((s, a), b), c), d) in sum.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *s += (r0 * a + r1 * b) + (r2 * c + r3 * d);
            }
        }
        for (row, r) in cells[ones * width..].chunks_exact(width).zip(&r[ones..rows]) {
            sum.iter_mut().zip(row).for_each(|(s, z)| *s += r * z);
        }
    });
}
