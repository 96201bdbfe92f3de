//! The coordinates distances are measured in: centred columns, all divided by one power of two.

use crm_ml_core::{Error, ROW_CHUNK, Result, Samples, parallel};
use serde::{Deserialize, Serialize};

/// `z = scale * x - origin`. The scale is a power of two that brings every |z| to at most 1, so it changes no digit, and
/// squares of any `f64` stay in range, in `f32` too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Frame {
    scale: f64,
    origin: Vec<f64>,
}

impl Frame {
    /// The frame of the rows, and the mean over columns of their weighted variance in it.
    pub(crate) fn of(samples: &Samples<'_>, weights: &Weights) -> (Self, f64) {
        let width = samples.n_columns();
        let none = vec![0.0; width];
        let mut raw = weights.survey(samples, 1.0, &none, |v| v);
        let first = power_below(raw.largest);
        if (1e-100..1e100).contains(&raw.largest) {
            raw.sums.iter_mut().for_each(|sum| *sum *= first);
        } else {
            raw = weights.survey(samples, first, &none, |v| v);
        }
        let rough: Vec<f64> = raw.sums.iter().map(|sum| sum / weights.total).collect();
        let spread = weights.survey(samples, first, &rough, |v| v * v);
        let second = power_below(spread.largest);
        let squares = spread.sums.iter().sum::<f64>() / weights.total / width as f64;
        if (first * second).is_normal() {
            let origin = rough.iter().map(|o| o * second).collect();
            (Self { scale: first * second, origin }, squares * second * second)
        } else {
            (Self { scale: first, origin: rough }, squares)
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.origin.len()
    }

    pub(crate) fn scale(&self) -> f64 {
        self.scale
    }

    pub(crate) fn origin(&self) -> &[f64] {
        &self.origin
    }

    /// Writes a row in these coordinates.
    #[inline(always)]
    pub(crate) fn place(&self, row: &[f64], out: &mut [f64]) {
        for ((z, x), o) in out.iter_mut().zip(row).zip(&self.origin) {
            *z = x * self.scale - o;
        }
    }

    pub(crate) fn placed(&self, rows: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; rows.len()];
        for (z, x) in out.chunks_exact_mut(self.width()).zip(rows.chunks_exact(self.width())) {
            self.place(x, z);
        }
        out
    }

    /// Rows of these coordinates back in those of the columns.
    pub(crate) fn back(&self, rows: &[f64]) -> Vec<f64> {
        let rows = rows.chunks_exact(self.width());
        rows.flat_map(|row| row.iter().zip(&self.origin).map(|(z, o)| (z + o) / self.scale)).collect()
    }

    /// A sum of squares in the unit of the columns; an error where that is beyond `f64`.
    pub(crate) fn squares_back(&self, sum: f64) -> Result<f64> {
        let sum = sum / self.scale / self.scale;
        if sum.is_finite() {
            return Ok(sum);
        }
        Err(Error::numerical("the squared distances are beyond the range of f64, scale the columns first"))
    }

    pub(crate) fn validate(&self) -> Result<()> {
        let right = self.scale.is_normal() && self.scale > 0.0 && self.origin.iter().all(|o| o.is_finite());
        if right { Ok(()) } else { Err(Error::model_file("coordinates that are no coordinates")) }
    }
}

/// A power of two p with `p * largest` in (1/2, 1]; 1 for 0.
fn power_below(largest: f64) -> f64 {
    if !(largest > 0.0 && largest.is_finite()) {
        return 1.0;
    }
    let exponent = largest.log2().ceil().clamp(-1020.0, 1020.0);
    (-exponent).exp2()
}

/// Weights divided by a power of two, so that no sum of them overflows.
#[derive(Debug, Clone)]
pub(crate) struct Weights {
    each: Option<Vec<f64>>,
    unit: f64,
    pub(crate) total: f64,
}

impl Weights {
    pub(crate) fn of(samples: &Samples<'_>) -> Self {
        let Some(weights) = samples.weights() else {
            return Self::none(samples.n_rows());
        };
        let power = power_below(weights.iter().copied().fold(0.0, f64::max));
        let each: Vec<f64> = weights.iter().map(|w| w * power).collect();
        let total = each.iter().sum();
        Self { each: Some(each), unit: 1.0 / power, total }
    }

    /// These weights, which no sum of overflows.
    pub(crate) fn given(each: Vec<f64>) -> Self {
        let total = each.iter().sum();
        Self { each: Some(each), unit: 1.0, total }
    }

    /// Those of some rows.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        match &self.each {
            None => Self::none(rows.len()),
            Some(each) => Self::given(rows.iter().map(|row| each[*row]).collect()),
        }
    }

    pub(crate) fn are_even(&self) -> bool {
        self.each.is_none()
    }

    /// Rows that all count the same.
    pub(crate) fn none(rows: usize) -> Self {
        Self { each: None, unit: 1.0, total: rows as f64 }
    }

    #[inline(always)]
    pub(crate) fn get(&self, row: usize) -> f64 {
        self.each.as_ref().map_or(1.0, |w| w[row])
    }

    /// A weighted sum in the unit of the weights as given.
    pub(crate) fn back(&self, sum: f64) -> f64 {
        sum * self.unit
    }

    /// Looks at every `v = scale * x - origin` once.
    fn survey(
        &self,
        samples: &Samples<'_>,
        scale: f64,
        origin: &[f64],
        f: impl Fn(f64) -> f64 + Sync,
    ) -> Survey {
        let piece = |rows: std::ops::Range<usize>| {
            let (mut largest, mut sums) = (vec![0.0f64; origin.len()], vec![0.0; origin.len()]);
            for row in rows {
                let weight = self.get(row);
                let cells = samples.row(row).iter().zip(origin);
                for (((x, o), sum), largest) in cells.zip(&mut sums).zip(&mut largest) {
                    let v = x * scale - o;
                    *sum += weight * f(v);
                    *largest = if v.abs() > *largest { v.abs() } else { *largest };
                }
            }
            Survey { largest: largest.iter().copied().fold(0.0, f64::max), sums }
        };
        let add = |mut total: Survey, piece: Survey| {
            total.largest = total.largest.max(piece.largest);
            total.sums.iter_mut().zip(&piece.sums).for_each(|(t, s)| *t += s);
            total
        };
        let none = Survey { largest: 0.0, sums: vec![0.0; origin.len()] };
        parallel::reduce_rows(samples.n_rows(), ROW_CHUNK, piece, add).unwrap_or(none)
    }
}

/// The largest magnitude and, column by column, weighted sums.
struct Survey {
    largest: f64,
    sums: Vec<f64>,
}
