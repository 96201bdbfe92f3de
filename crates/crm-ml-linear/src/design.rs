//! The matrix the solvers work on: standardised columns, so that a Hessian is as well conditioned as the data allow.

use crm_ml_core::{Error, ROW_CHUNK, Result, parallel};
use ndarray::{Array2, ArrayView2};

/// Columns `z = (x - centre) / scale`, with a last column of ones for the intercept.
///
/// Coefficients of z are turned into those of x and back exactly, and the penalty stays that of x's: it weighs column j
/// by `lambda / scale_j^2`.
#[derive(Debug)]
pub(crate) struct Design {
    matrix: Array2<f64>,
    centre: Vec<f64>,
    scale: Vec<f64>,
    penalty: Vec<f64>,
    intercept: bool,
}

impl Design {
    /// `lambda` is the strength of the penalty on x's coefficients. Errors: NaN or infinity, an empty matrix.
    pub(crate) fn new(x: ArrayView2<'_, f64>, lambda: f64, intercept: bool) -> Result<Self> {
        let (rows, columns) = x.dim();
        if rows == 0 {
            return Err(Error::empty("rows"));
        }
        if columns == 0 {
            return Err(Error::empty("columns"));
        }
        let cells = x.as_standard_layout();
        let cells = cells.as_slice().ok_or_else(|| Error::numerical("the matrix is not contiguous"))?;
        if cells.iter().any(|v| !v.is_finite()) {
            return Err(Error::numerical("the solver takes finite cells only"));
        }
        let n = rows as f64;
        let add = |a: f64, b: f64| a + b;
        let columns_of = (cells, columns);
        // Everything is divided by the largest magnitude first: squares then neither overflow nor vanish.
        let largest = fold(columns_of, f64::max, |m, _, v| m.max(v.abs()));
        let unit: Vec<f64> = largest.iter().map(|m| if *m > 0.0 { *m } else { 1.0 }).collect();
        let mean: Vec<f64> = if intercept {
            fold(columns_of, add, |s, j, v| s + v / unit[j]).iter().map(|s| s / n).collect()
        } else {
            vec![0.0; columns]
        };
        let spread = fold(columns_of, add, |s, j, v| s + (v / unit[j] - mean[j]).powi(2));
        // A spread that is rounding noise belongs to a constant column, which is centred to nothing.
        let noise = |j: usize| 8.0 * f64::EPSILON * mean[j].abs();
        // A column so small that only the penalty speaks keeps a scale at which the two can be added.
        let floor = lambda.sqrt() * 1e-8;
        let deviation: Vec<f64> = (0..columns)
            .map(|j| (spread[j] / n).sqrt())
            .enumerate()
            .map(|(j, s)| if s > noise(j) { s } else { 0.0 })
            .collect();
        let constant: Vec<bool> = deviation.iter().map(|s| *s == 0.0).collect();
        let scale: Vec<f64> = (0..columns)
            .map(|j| if constant[j] { 1.0f64.max(floor) } else { (deviation[j] * unit[j]).max(floor) })
            .collect();
        let width = columns + usize::from(intercept);
        let mut matrix = Array2::ones((rows, width));
        if let Some(target) = matrix.as_slice_mut() {
            parallel::fill_rows(target, width, ROW_CHUNK, |first, piece| {
                let source = cells[first * columns..].chunks_exact(columns);
                for (row, source) in piece.chunks_exact_mut(width).zip(source) {
                    for (j, (z, v)) in row.iter_mut().zip(source).enumerate() {
                        let centred = v / unit[j] - mean[j];
                        *z = if constant[j] { 0.0 } else { centred * (unit[j] / scale[j]) };
                    }
                }
            });
        }
        let penalty = scale.iter().map(|s| lambda / s / s).collect();
        let centre = mean.iter().zip(&unit).map(|(m, u)| m * u).collect();
        Ok(Self { matrix, centre, scale, penalty, intercept })
    }

    pub(crate) fn matrix(&self) -> ArrayView2<'_, f64> {
        self.matrix.view()
    }

    /// Columns and, if there is one, the intercept.
    pub(crate) fn width(&self) -> usize {
        self.matrix.ncols()
    }

    pub(crate) fn has_intercept(&self) -> bool {
        self.intercept
    }

    /// Weight of the penalty of each column of z; 0 for the intercept.
    pub(crate) fn penalty(&self, column: usize) -> f64 {
        self.penalty.get(column).copied().unwrap_or(0.0)
    }

    /// Value of the penalty of one vector of coefficients.
    pub(crate) fn penalty_value(&self, theta: &[f64]) -> f64 {
        0.5 * self.penalty.iter().zip(theta).map(|(d, t)| d * t * t).sum::<f64>()
    }

    /// Largest entry of the gradient by the coefficients of x and the intercept, from that by those of z.
    pub(crate) fn largest_raw(&self, gradient: &[f64]) -> f64 {
        let by_intercept = if self.intercept { gradient.last().copied().unwrap_or(0.0) } else { 0.0 };
        let columns = self.scale.iter().zip(&self.centre).zip(gradient);
        let raw = columns.map(|((scale, centre), g)| (scale * g + centre * by_intercept).abs());
        // NaN must not pass for convergence.
        raw.fold(by_intercept.abs(), |most, g| if g <= most { most } else { g })
    }

    /// Coefficients of x and intercept. Errors: values beyond the range of `f64`.
    pub(crate) fn raw(&self, theta: &[f64]) -> Result<(Vec<f64>, f64)> {
        let coefficients: Vec<f64> = theta.iter().zip(&self.scale).map(|(t, s)| t / s).collect();
        let mut intercept = 0.0;
        if self.intercept {
            let shift: f64 =
                theta.iter().zip(&self.scale).zip(&self.centre).map(|((t, s), c)| t * (c / s)).sum();
            intercept = theta.last().copied().unwrap_or(0.0) - shift;
        }
        if coefficients.iter().chain([&intercept]).any(|v| !v.is_finite()) {
            return Err(Error::numerical(
                "the coefficients are beyond the range of f64: scale the columns first",
            ));
        }
        Ok((coefficients, intercept))
    }
}

/// One figure a column, from 0: `part(figure, column, cell)` row by row in fixed pieces, which `combine` joins in order.
fn fold(
    (cells, columns): (&[f64], usize),
    combine: impl Fn(f64, f64) -> f64,
    part: impl Fn(f64, usize, f64) -> f64 + Sync + Send,
) -> Vec<f64> {
    let piece = |range: std::ops::Range<usize>| {
        let mut figures = vec![0.0; columns];
        for row in cells[range.start * columns..range.end * columns].chunks_exact(columns) {
            for (j, (figure, v)) in figures.iter_mut().zip(row).enumerate() {
                *figure = part(*figure, j, *v);
            }
        }
        figures
    };
    let merge = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(&b).map(|(a, b)| combine(*a, *b)).collect();
    parallel::reduce_rows(cells.len() / columns, ROW_CHUNK, piece, merge).unwrap_or_default()
}
