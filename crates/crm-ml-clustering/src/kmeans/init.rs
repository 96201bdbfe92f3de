//! Where centres start.

use crm_ml_core::{Stream, parallel};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

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
        let best = closest.best(points, &candidates);
        closest.meet(points, best);
        chosen.push(best);
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
        parallel::fill_rows(&mut self.squares, 1, PIECE, |start, piece| {
            for (square, z) in piece.iter_mut().zip(points.narrow[start * width..].chunks_exact(width)) {
                let new = squared(z, center);
                *square = if new < *square { new } else { *square };
            }
        });
        self.sums = Self::sums(points, &self.squares);
    }

    /// The candidate that leaves the least sum.
    fn best(&self, points: &Points<'_>, candidates: &[usize]) -> usize {
        let width = points.width();
        let sums = parallel::reduce_rows(
            points.len(),
            PIECE,
            |rows| {
                let mut sums = vec![0.0; candidates.len()];
                for row in rows {
                    let z = &points.narrow[row * width..][..width];
                    let (square, weight) = (self.squares[row], points.weights.get(row));
                    for (sum, candidate) in sums.iter_mut().zip(candidates) {
                        let new = squared(z, &points.narrow[candidate * width..][..width]);
                        *sum += weight * f64::from(if new < square { new } else { square });
                    }
                }
                sums
            },
            |mut total: Vec<f64>, sums| {
                total.iter_mut().zip(&sums).for_each(|(t, s)| *t += s);
                total
            },
        );
        let sums = sums.unwrap_or_default();
        let least = (0..sums.len()).fold(0, |best, i| if sums[i] < sums[best] { i } else { best });
        candidates.get(least).copied().unwrap_or(0)
    }
}

fn squared(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 8;
    let mut lanes = [0.0f32; LANES];
    let (left, right) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = left.remainder().iter().zip(right.remainder()).map(|(x, y)| (x - y) * (x - y)).sum();
    for (x, y) in left.zip(right) {
        for lane in 0..LANES {
            let difference = x[lane] - y[lane];
            lanes[lane] += difference * difference;
        }
    }
    lanes.iter().sum::<f32>() + rest
}
