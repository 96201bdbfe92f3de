//! Centre and spread of the real columns.

use std::ops::Range;

use crm_ml_core::{ROW_CHUNK, parallel};
use pulp::Arch;

/// Outside of these magnitudes squares could overflow or vanish.
const PLAIN: Range<f64> = 1e-100..1e100;

/// One entry a real column.
pub(super) struct Moments {
    /// Powers of two that bring columns of extreme magnitude near one; 1 for all others.
    pub(super) down: Vec<f64>,
    /// Mean after that (0 without intercept).
    pub(super) mean: Vec<f64>,
    /// Standard deviation after that (root mean square without intercept).
    deviation: Vec<f64>,
}

/// Sums of one piece of rows.
struct Sums {
    largest: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Moments {
    /// One pass over the cells; a second where magnitudes or means far beyond the spread ask for one.
    pub(super) fn of(cells: &[f64], columns: usize, picked: &[usize], reals: usize, centred: bool) -> Self {
        let rows = (cells.len() / columns.max(1)).max(1) as f64;
        let mut down = vec![1.0; reals];
        let mut shift = vec![0.0; reals];
        if centred {
            pick(&cells[..columns.min(cells.len())], picked, &mut shift);
        }
        let mut sums = sum(cells, columns, picked, &down, &shift);
        if sums.largest.iter().any(|m| *m != 0.0 && !PLAIN.contains(m)) {
            for ((down, shift), largest) in down.iter_mut().zip(&mut shift).zip(&sums.largest) {
                if *largest > 0.0 {
                    *down = 2f64.powi(-(largest.log2().floor() as i32).clamp(-1000, 1000));
                    *shift *= *down;
                }
            }
            sums = sum(cells, columns, picked, &down, &shift);
        }
        let off = |sums: &Sums| {
            sums.first.iter().zip(&sums.second).any(|(a, b)| (a / rows).powi(2) > 0.999 * (b / rows))
        };
        if centred && off(&sums) {
            shift.iter_mut().zip(&sums.first).for_each(|(shift, sum)| *shift += sum / rows);
            sums = sum(cells, columns, picked, &down, &shift);
        }
        let mut mean = shift;
        let mut deviation = vec![0.0; reals];
        for j in 0..reals {
            let off = if centred { sums.first[j] / rows } else { 0.0 };
            mean[j] += off;
            deviation[j] = (sums.second[j] / rows - off * off).max(0.0).sqrt();
            // A spread that is rounding noise belongs to a constant column, which is centred to nothing.
            if deviation[j] <= 8.0 * f64::EPSILON * mean[j].abs() {
                deviation[j] = 0.0;
            }
        }
        Self { down, mean, deviation }
    }

    /// Standard deviations as given, at least `floor`; 1 for constant columns.
    pub(super) fn scales(&self, floor: f64) -> Vec<f64> {
        let of = |(d, down): (&f64, &f64)| if *d == 0.0 { 1.0 } else { (d / down).max(floor) };
        self.deviation.iter().zip(&self.down).map(of).collect()
    }

    /// What brings a cell, after `down` and `mean`, to unit spread; 0 for constant columns.
    pub(super) fn factors(&self, floor: f64) -> Vec<f64> {
        let scales = self.scales(floor);
        let of = |((d, down), scale): ((&f64, &f64), f64)| if *d == 0.0 { 0.0 } else { 1.0 / down / scale };
        self.deviation.iter().zip(&self.down).zip(scales).map(of).collect()
    }

    /// Means as given.
    pub(super) fn centres(&self) -> Vec<f64> {
        self.mean.iter().zip(&self.down).map(|(mean, down)| mean / down).collect()
    }
}

fn pick(row: &[f64], picked: &[usize], target: &mut [f64]) {
    if picked.is_empty() {
        target.iter_mut().zip(row).for_each(|(t, v)| *t = *v);
    } else {
        target.iter_mut().zip(picked).for_each(|(t, &j)| *t = row[j]);
    }
}

fn sum(cells: &[f64], columns: usize, picked: &[usize], down: &[f64], shift: &[f64]) -> Sums {
    let reals = down.len();
    let piece = |range: Range<usize>| {
        let zero = || vec![0.0; reals];
        let mut sums = Sums { largest: zero(), first: zero(), second: zero() };
        let mut row = vec![0.0; reals];
        Arch::new().dispatch(|| {
            for cells in cells[range.start * columns..range.end * columns].chunks_exact(columns) {
                let cells = if picked.is_empty() {
                    cells
                } else {
                    pick(cells, picked, &mut row);
                    &row
                };
                let figures = sums.largest.iter_mut().zip(&mut sums.first).zip(&mut sums.second);
                for (((largest, first), second), ((v, down), shift)) in
                    figures.zip(cells.iter().zip(down).zip(shift))
                {
                    let off = v * down - shift;
                    *largest = largest.max(v.abs());
                    *first += off;
                    *second += off * off;
                }
            }
        });
        sums
    };
    let merge = |mut a: Sums, b: Sums| {
        a.largest.iter_mut().zip(&b.largest).for_each(|(a, b)| *a = a.max(*b));
        a.first.iter_mut().zip(&b.first).for_each(|(a, b)| *a += b);
        a.second.iter_mut().zip(&b.second).for_each(|(a, b)| *a += b);
        a
    };
    let zero = || vec![0.0; reals];
    parallel::reduce_rows(cells.len() / columns.max(1), ROW_CHUNK, piece, merge).unwrap_or_else(|| Sums {
        largest: zero(),
        first: zero(),
        second: zero(),
    })
}
