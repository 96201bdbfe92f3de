//! The nearest centre of a row: a quick look in `f32` with a bound on its error, and exact distances where that leaves a
//! doubt. What comes out is always the centre of least exact distance, ties to the lowest.

use pulp::{Arch, Simd, WithSimd};

/// Unit roundoff of `f32`.
const ROUNDOFF: f64 = 1.0 / (1u64 << 24) as f64;
/// A little more than 1: what is rounded to `f32` and multiplied by it is an upper bound.
pub(crate) const UP: f32 = 1.0 + 8.0 / (1u32 << 24) as f32;
/// A little less than 1: the lower bound.
pub(crate) const DOWN: f32 = 1.0 - 8.0 / (1u32 << 24) as f32;
/// Rows a tile of the product takes at a time.
const TILE_ROWS: usize = 4;
/// Vectors of centres a tile takes at a time.
const TILE_VECTORS: usize = 3;

/// Centres in the coordinates of a [`Frame`](super::frame::Frame), and packed for the product with rows.
#[derive(Debug, Clone)]
pub(crate) struct Centers {
    pub(crate) width: usize,
    /// Centre after centre.
    pub(crate) wide: Vec<f64>,
    /// The same, rounded.
    narrow: Vec<f32>,
    /// Vector of centres after vector of centres, each column by column: minus the coordinates.
    packed: Vec<f32>,
    /// Half the squared norms, padded with values no row is near to.
    halves: Vec<f32>,
    /// Coefficients of the powers of a row's norm in [`error`](Centers::error).
    error: [f32; 3],
    distance_error: [f32; 2],
}

struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F32_LANES
    }
}

impl Centers {
    pub(crate) fn new(wide: Vec<f64>, width: usize) -> Self {
        let lanes = Arch::new().dispatch(Lanes);
        let count = wide.len() / width.max(1);
        let vectors = count.div_ceil(lanes);
        let (mut packed, mut halves) =
            (vec![0.0f32; vectors * lanes * width], vec![f32::MAX; vectors * lanes]);
        let mut reach = 0.0f64;
        for (number, center) in wide.chunks_exact(width).enumerate() {
            let square: f64 = center.iter().map(|c| c * c).sum();
            reach = reach.max(square.sqrt());
            halves[number] = (0.5 * square) as f32;
            let first = number / lanes * lanes * width + number % lanes;
            for (slot, c) in packed[first..].iter_mut().step_by(lanes).zip(center) {
                *slot = -*c as f32;
            }
        }
        let narrow = wide.iter().map(|c| *c as f32).collect();
        // A hundredth more than the bounds, for the roundings of their own evaluation.
        let steps = (width + 6) as f64 * 1.01 * ROUNDOFF;
        let (unmoved, tiny) = (0.5 * steps * reach * reach, 1e-36 * width as f64);
        let error = [unmoved + tiny, steps * reach, steps].map(|e| e as f32 * UP);
        let distance_error = [1.01 * ROUNDOFF * reach + 1e-18 * width as f64, 1.01 * ROUNDOFF];
        let distance_error = distance_error.map(|e| e as f32 * UP);
        Self { width, narrow, wide, packed, halves, error, distance_error }
    }

    pub(crate) fn len(&self) -> usize {
        self.wide.len() / self.width.max(1)
    }

    pub(crate) fn center(&self, number: usize) -> &[f64] {
        &self.wide[number * self.width..(number + 1) * self.width]
    }

    pub(crate) fn narrow(&self, number: usize) -> &[f32] {
        &self.narrow[number * self.width..(number + 1) * self.width]
    }

    /// How far `half |c|^2 - z c` may be off when computed in `f32` for a row of this norm: the roundings of the inputs and
    /// of `width` fused steps (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1), and underflow.
    #[inline(always)]
    pub(crate) fn error(&self, norm: f32) -> f32 {
        self.error[0] + norm * (self.error[1] + norm * self.error[2])
    }

    /// How far a distance computed in `f32` from rounded coordinates may be off, beside the factor of its own roundings.
    #[inline(always)]
    pub(crate) fn distance_error(&self, norm: f32) -> f32 {
        self.distance_error[0] + norm * self.distance_error[1]
    }

    /// The nearest centre by exact distances, ties to the lowest, its squared distance and that of the next.
    #[inline(always)]
    pub(crate) fn exact(&self, z: &[f64]) -> (u32, f64, f64) {
        let (mut index, mut best, mut second) = (0, f64::INFINITY, f64::INFINITY);
        for (number, center) in self.wide.chunks_exact(self.width).enumerate() {
            let square = squared_distance(z, center);
            if square < best {
                (index, best, second) = (number as u32, square, best);
            } else if square < second {
                second = square;
            }
        }
        (index, best, second)
    }
}

/// Squared Euclidean distance, always summed in the same order.
#[inline(always)]
pub(crate) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 4;
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    let mut lanes = [0.0f64; LANES];
    let (left, right) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| (x - y) * (x - y)).sum();
    for (x, y) in left.zip(right) {
        for lane in 0..LANES {
            let difference = x[lane] - y[lane];
            lanes[lane] += difference * difference;
        }
    }
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]) + rest
}

/// Squared Euclidean distance in `f32`; exactly 0 for equal rows.
#[inline(always)]
pub(crate) fn narrow_square<S: Simd>(simd: S, a: &[f32], b: &[f32]) -> f32 {
    let ((a, left), (b, right)) = (S::as_simd_f32s(a), S::as_simd_f32s(b));
    let mut sums = simd.splat_f32s(0.0);
    for (x, y) in a.iter().zip(b) {
        let difference = simd.sub_f32s(*x, *y);
        sums = simd.mul_add_e_f32s(difference, difference, sums);
    }
    let mut rest = 0.0;
    for (x, y) in left.iter().zip(right) {
        rest += (x - y) * (x - y);
    }
    simd.reduce_sum_f32s(sums) + rest
}

/// What the quick look finds of a row: the least and the second least `half |c|^2 - z c`, and whose the least is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Glance {
    pub(crate) best: f32,
    pub(crate) second: f32,
    pub(crate) index: u32,
}

/// Looks at the rows `picks` of `rows`.
pub(crate) struct Look<'a> {
    pub(crate) centers: &'a Centers,
    pub(crate) rows: &'a [f32],
    pub(crate) picks: &'a [u32],
    pub(crate) found: &'a mut [Glance],
}

impl WithSimd for Look<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { centers, rows, picks, found } = self;
        let width = centers.width;
        let (packed, _) = S::as_simd_f32s(&centers.packed);
        let (halves, _) = S::as_simd_f32s(&centers.halves);
        let mut count = [0.0f32; 64];
        count.iter_mut().enumerate().for_each(|(i, c)| *c = i as f32);
        let lanes = match S::as_simd_f32s(&count).0.first() {
            Some(lanes) => *lanes,
            None => return,
        };
        for (picks, found) in picks.chunks(TILE_ROWS).zip(found.chunks_mut(TILE_ROWS)) {
            let pick = |i: usize| picks[i.min(picks.len() - 1)] as usize * width;
            let tile: [&[f32]; TILE_ROWS] = [
                &rows[pick(0)..][..width],
                &rows[pick(1)..][..width],
                &rows[pick(2)..][..width],
                &rows[pick(3)..][..width],
            ];
            let mut least = [Least::new(simd); TILE_ROWS];
            let mut first = 0;
            while first + TILE_VECTORS <= halves.len() {
                product::<S, TILE_VECTORS>(simd, tile, packed, halves, first, lanes, &mut least);
                first += TILE_VECTORS;
            }
            match halves.len() - first {
                1 => product::<S, 1>(simd, tile, packed, halves, first, lanes, &mut least),
                2 => product::<S, 2>(simd, tile, packed, halves, first, lanes, &mut least),
                _ => {}
            }
            for (found, least) in found.iter_mut().zip(&least) {
                *found = least.reduce(simd);
            }
        }
    }
}

/// The least two values of every lane so far.
#[derive(Clone, Copy)]
struct Least<S: Simd> {
    best: S::f32s,
    second: S::f32s,
    index: S::f32s,
}

impl<S: Simd> Least<S> {
    #[inline(always)]
    fn new(simd: S) -> Self {
        let most = simd.splat_f32s(f32::INFINITY);
        Self { best: most, second: most, index: simd.splat_f32s(0.0) }
    }

    #[inline(always)]
    fn meet(&mut self, simd: S, value: S::f32s, index: S::f32s) {
        let less = simd.less_than_f32s(value, self.best);
        self.second = simd.min_f32s(self.second, simd.max_f32s(self.best, value));
        self.index = simd.select_f32s(less, index, self.index);
        self.best = simd.min_f32s(self.best, value);
    }

    #[inline(always)]
    fn reduce(&self, simd: S) -> Glance {
        let best = simd.reduce_min_f32s(self.best);
        let most = simd.splat_f32s(f32::MAX);
        let mine = simd.equal_f32s(self.best, simd.splat_f32s(best));
        let index = simd.reduce_min_f32s(simd.select_f32s(mine, self.index, most));
        let chosen = simd.equal_f32s(self.index, simd.splat_f32s(index));
        let second = simd.reduce_min_f32s(simd.select_f32s(chosen, self.second, self.best));
        Glance { best, second, index: index as u32 }
    }
}

/// `half |c|^2 - z c` for the rows of a tile and `V` vectors of centres from `first` on.
#[inline(always)]
fn product<S: Simd, const V: usize>(
    simd: S,
    tile: [&[f32]; TILE_ROWS],
    packed: &[S::f32s],
    halves: &[S::f32s],
    first: usize,
    lanes: S::f32s,
    least: &mut [Least<S>; TILE_ROWS],
) {
    let width = tile[0].len();
    let tile = [&tile[0][..width], &tile[1][..width], &tile[2][..width], &tile[3][..width]];
    let mut blocks: [&[S::f32s]; V] = [&[]; V];
    let mut sums = [[simd.splat_f32s(0.0); V]; TILE_ROWS];
    for v in 0..V {
        blocks[v] = &packed[(first + v) * width..][..width];
        for row in &mut sums {
            row[v] = halves[first + v];
        }
    }
    for i in 0..width {
        for r in 0..TILE_ROWS {
            let z = simd.splat_f32s(tile[r][i]);
            for v in 0..V {
                sums[r][v] = simd.mul_add_e_f32s(z, blocks[v][i], sums[r][v]);
            }
        }
    }
    for (v, _) in blocks.iter().enumerate() {
        let start = simd.splat_f32s(((first + v) * S::F32_LANES) as f32);
        let index = simd.add_f32s(lanes, start);
        for r in 0..TILE_ROWS {
            least[r].meet(simd, sums[r][v], index);
        }
    }
}
