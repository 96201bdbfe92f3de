//! Every row against every row, a block at a time.

use crate::space::{Kernel, gower};

/// Rows a block.
pub const BLOCK: usize = 64;

/// Rows in blocks that stand coordinate after coordinate, so that a row is compared with a whole block at once.
///
/// For metrics no tree can serve. O(n p) space; each of [`Scan::distances`] is O(p) a row of the block.
#[derive(Debug, Clone)]
pub struct Scan<'a> {
    kernel: Kernel<'a>,
    rows: usize,
    width: usize,
    cells: Vec<f64>,
}

impl<'a> Scan<'a> {
    /// Takes rows of `width` coordinates, row after row; cells of a last row that is not whole are left out.
    pub fn new(coordinates: &[f64], width: usize, kernel: Kernel<'a>) -> Self {
        let width = width.max(1);
        let rows = coordinates.len() / width;
        let mut cells = vec![0.0; rows.div_ceil(BLOCK) * BLOCK * width];
        for (block, rows) in cells.chunks_exact_mut(BLOCK * width).zip(coordinates.chunks(BLOCK * width)) {
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                for (column, value) in row.iter().enumerate() {
                    block[column * BLOCK + lane] = *value;
                }
            }
        }
        Self { kernel, rows, width, cells }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.rows
    }

    /// Coordinates a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of blocks; block `b` starts at row `b * BLOCK`.
    pub fn n_blocks(&self) -> usize {
        self.rows.div_ceil(BLOCK)
    }

    /// The coordinates of one row into `out`.
    pub fn copy_row(&self, row: usize, out: &mut [f64]) {
        let first = row / BLOCK * BLOCK * self.width + row % BLOCK;
        for (column, out) in out.iter_mut().enumerate().take(self.width) {
            *out = self.cells.get(first + column * BLOCK).copied().unwrap_or(f64::NAN);
        }
    }

    /// Reduced distances of `point` to the rows of a block, into `out`; how many they are (0 beyond the last block).
    #[inline]
    pub fn distances(&self, block: usize, point: &[f64], out: &mut [f64; BLOCK]) -> usize {
        let Some(cells) = self.cells.chunks_exact(BLOCK * self.width).nth(block) else { return 0 };
        match self.kernel {
            Kernel::Sum(norm) => norm.to_block(point, cells, out),
            Kernel::Gower(categories) => gower::to_block(point, cells, categories, out),
        }
        BLOCK.min(self.rows - block * BLOCK)
    }
}
