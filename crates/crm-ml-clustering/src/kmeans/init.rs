//! Where centres start.

use std::ops::Range;

use crm_ml_core::{Stream, parallel};
use ndarray::Array2;
use pulp::{Arch, Simd, WithSimd};
use serde::{Deserialize, Serialize};

use super::nearest::narrow_square;
use super::points::Points;

/// How the centres of [`KMeans`](crate::KMeans) start.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum KMeansInit {
    /// Greedy k-means++ (Arthur and Vassilvitskii 2007): every next centre is the best of `2 + ln k` rows drawn with
    /// probability proportional to weight times squared distance to the centres so far.
    #[default]
    KMeansPlusPlus,
    /// Different rows drawn with probability proportional to weight.
    Random,
    /// These centres, one a row.
    Centers(Array2<f64>),
}

/// Rows drawn without a second time, with probability proportional to weight: the largest keys `u^(1/w)` (Efraimidis and
/// Spirakis 2006).
pub(crate) fn random(points: &Points<'_>, count: usize, stream: Stream) -> Vec<f64> {
    gather(points, &random_rows(points, count, stream))
}

/// The rows of [`random`].
pub(crate) fn random_rows(points: &Points<'_>, count: usize, mut stream: Stream) -> Vec<usize> {
    let key = |row: usize| (stream.uniform().max(f64::MIN_POSITIVE).ln() / points.weights.get(row), row);
    let mut keys: Vec<(f64, usize)> = (0..points.len()).map(key).collect();
    let order = |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    if count < keys.len() {
        keys.select_nth_unstable_by(count, order);
        keys.truncate(count);
    }
    keys.sort_unstable_by(order);
    keys.into_iter().map(|(_, row)| row).collect()
}

/// Rows a piece of a sum over rows.
const PIECE: usize = 4096;

/// See [`KMeansInit::KMeansPlusPlus`]. O(n p k ln k).
pub(crate) fn plus_plus(points: &Points<'_>, count: usize, stream: Stream) -> Vec<f64> {
    gather(points, &plus_plus_rows(points, count, stream))
}

/// The rows of [`plus_plus`].
pub(crate) fn plus_plus_rows(points: &Points<'_>, count: usize, mut stream: Stream) -> Vec<usize> {
    let trials = 2 + (count as f64).ln() as usize;
    let mut chosen = vec![Closest::even(points).draw(points, &mut stream)];
    let mut closest = Closest { squares: vec![f32::INFINITY; points.len()], sums: Vec::new() };
    closest.meet(points, chosen[0]);
    while chosen.len() < count {
        let candidates: Vec<usize> = (0..trials).map(|_| closest.draw(points, &mut stream)).collect();
        chosen.push(closest.meet_best(points, &candidates));
    }
    chosen
}

fn gather(points: &Points<'_>, rows: &[usize]) -> Vec<f64> {
    let mut out = Vec::new();
    let mut z = vec![0.0; points.width()];
    for row in rows {
        points.place(*row, &mut z);
        out.extend_from_slice(&z);
    }
    out
}

/// Squared distance of every row to the nearest centre so far, with weighted sums of pieces.
struct Closest {
    squares: Vec<f32>,
    sums: Vec<f64>,
}

impl Closest {
    /// Every row counts by its weight alone.
    fn even(points: &Points<'_>) -> Self {
        let squares = vec![1.0; points.len()];
        let sums = Self::sums(points, &squares);
        Self { squares, sums }
    }

    fn sums(points: &Points<'_>, squares: &[f32]) -> Vec<f64> {
        parallel::map_rows(points.len(), PIECE, |rows| {
            rows.map(|row| points.weights.get(row) * f64::from(squares[row])).sum()
        })
    }

    /// A row with probability proportional to weight times square; the first where all are 0.
    fn draw(&self, points: &Points<'_>, stream: &mut Stream) -> usize {
        let mut left = stream.uniform() * self.sums.iter().sum::<f64>();
        let mut last = 0;
        for (piece, sum) in self.sums.iter().enumerate() {
            if *sum > 0.0 {
                last = piece;
                if left < *sum {
                    break;
                }
                left -= sum;
            }
        }
        let rows = last * PIECE..((last + 1) * PIECE).min(points.len());
        let mut chosen = rows.start;
        for row in rows {
            let share = points.weights.get(row) * f64::from(self.squares[row]);
            if share > 0.0 {
                chosen = row;
                if left < share {
                    break;
                }
                left -= share;
            }
        }
        chosen
    }

    /// A centre joins.
    fn meet(&mut self, points: &Points<'_>, center: usize) {
        let width = points.width();
        let center = &points.narrow[center * width..][..width];
        parallel::fill_rows(&mut self.squares, 1, PIECE, |start, squares| {
            let rows = &points.narrow[start * width..][..squares.len() * width];
            Arch::new().dispatch(Meet { center, rows, squares });
        });
        self.sums = Self::sums(points, &self.squares);
    }

    /// The candidate that leaves the least sum joins.
    fn meet_best(&mut self, points: &Points<'_>, candidates: &[usize]) -> usize {
        let squares = &self.squares;
        let pieces = parallel::map_rows(points.len(), PIECE, |rows| {
            let (mut sums, mut left) =
                (vec![0.0; candidates.len()], vec![0.0; candidates.len() * rows.len()]);
            let squares = &squares[rows.clone()];
            Arch::new().dispatch(Trial {
                points,
                rows,
                squares,
                candidates,
                sums: &mut sums,
                left: &mut left,
            });
            (sums, left)
        });
        let total = |candidate: usize| pieces.iter().map(|(sums, _)| sums[candidate]).sum::<f64>();
        let totals: Vec<f64> = (0..candidates.len()).map(total).collect();
        let least = (0..totals.len()).fold(0, |best, i| if totals[i] < totals[best] { i } else { best });
        for ((squares, sum), (sums, left)) in self.squares.chunks_mut(PIECE).zip(&mut self.sums).zip(&pieces)
        {
            *sum = sums[least];
            squares.copy_from_slice(&left[least * squares.len()..(least + 1) * squares.len()]);
        }
        candidates[least]
    }
}

/// Lowers squares to those of a new centre.
struct Meet<'a> {
    center: &'a [f32],
    rows: &'a [f32],
    squares: &'a mut [f32],
}

impl WithSimd for Meet<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (square, z) in self.squares.iter_mut().zip(self.rows.chunks_exact(self.center.len())) {
            let new = narrow_square(simd, z, self.center);
            *square = if new < *square { new } else { *square };
        }
    }
}

/// The squares that each candidate would leave, candidate by candidate, and their weighted sums. Candidates are the lanes.
struct Trial<'a, 'p> {
    points: &'a Points<'p>,
    rows: Range<usize>,
    squares: &'a [f32],
    candidates: &'a [usize],
    sums: &'a mut [f64],
    left: &'a mut [f32],
}

impl WithSimd for Trial<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { points, rows, squares, candidates, sums, left } = self;
        let (width, lanes) = (points.width(), S::F32_LANES);
        let mut packed = vec![0.0f32; width * lanes];
        let mut buffer = vec![0.0f32; lanes];
        let groups =
            candidates.chunks(lanes).zip(sums.chunks_mut(lanes)).zip(left.chunks_mut(lanes * rows.len()));
        for ((candidates, sums), left) in groups {
            for (lane, candidate) in candidates.iter().enumerate() {
                let z = &points.narrow[candidate * width..][..width];
                packed[lane..].iter_mut().step_by(lanes).zip(z).for_each(|(slot, z)| *slot = *z);
            }
            let (columns, _) = S::as_simd_f32s(&packed);
            for (place, (row, square)) in rows.clone().zip(squares).enumerate() {
                let z = &points.narrow[row * width..][..width];
                let mut halves = [simd.splat_f32s(0.0); 2];
                for (i, (z, column)) in z.iter().zip(columns).enumerate() {
                    let difference = simd.sub_f32s(simd.splat_f32s(*z), *column);
                    halves[i % 2] = simd.mul_add_e_f32s(difference, difference, halves[i % 2]);
                }
                let new = simd.add_f32s(halves[0], halves[1]);
                if let Some(slot) = S::as_mut_simd_f32s(&mut buffer).0.first_mut() {
                    *slot = simd.min_f32s(new, simd.splat_f32s(*square));
                }
                let weight = points.weights.get(row);
                for (candidate, (sum, new)) in sums.iter_mut().zip(&buffer).enumerate() {
                    *sum += weight * f64::from(*new);
                    left[candidate * squares.len() + place] = *new;
                }
            }
        }
    }
}
