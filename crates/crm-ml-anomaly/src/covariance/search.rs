//! The search for the rows of least determinant (FastMCD).

use crm_ml_core::{Progress, Result, Stream, advance, parallel};
use crm_ml_linalg::Cholesky;
use ndarray::Array2;

use crate::moments::moments;

/// Starts in all.
const STARTS: usize = 500;
/// Rows of a subset, and subsets at most.
const SUBSET: usize = 300;
const SUBSETS: usize = 5;
/// Estimates of every subset that are taken further, and of few rows, where concentrating costs little.
const BEST: usize = 10;
const BEST_OF_FEW: usize = 60;
/// Concentration steps of a start, and of what is taken further.
const FEW_STEPS: usize = 2;
const ALL_STEPS: usize = 100;
/// Beyond this many rows only the best estimates are concentrated to the end.
const MANY_ROWS: usize = 5000;
const BEST_OF_MANY: usize = 2;
/// Below this a spread or a pivot of correlations is rounding.
const SINGULAR: f64 = 1e-13;
/// What keeps distances finite where a covariance is singular.
const RIDGE: f64 = 1e-10;

/// Rows of unit covariance, and their weights.
pub(super) struct Rows<'a> {
    pub(super) cells: Array2<f64>,
    pub(super) weights: Option<&'a [f64]>,
}

impl Rows<'_> {
    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    fn total(&self) -> f64 {
        self.weights.map_or(self.cells.nrows() as f64, |weights| weights.iter().sum())
    }
}

/// Some rows of [`Rows`], standing on their own.
struct Part {
    cells: Array2<f64>,
    weights: Option<Vec<f64>>,
    /// Weight of the support.
    support: f64,
}

impl Part {
    /// A part with the same share of support as the whole.
    fn new(rows: &Rows<'_>, order: &[usize], share: f64) -> Self {
        let weights = rows.weights.map(|weights| order.iter().map(|row| weights[*row]).collect::<Vec<_>>());
        let total = weights.as_ref().map_or(order.len() as f64, |weights| weights.iter().sum());
        let support = (share * total - 1e-9).ceil().min(total);
        Self { cells: rows.cells.select(ndarray::Axis(0), order), weights, support }
    }

    fn rows(&self) -> Rows<'_> {
        Rows { cells: self.cells.clone(), weights: self.weights.as_deref() }
    }
}

/// Mean and inverse covariance of a support, which is known by the logarithm of its determinant.
#[derive(Debug, Clone)]
struct Estimate {
    mean: Vec<f64>,
    precision: Array2<f64>,
    log_determinant: f64,
}

/// The support found.
pub(super) struct Chosen {
    /// Weight of every row in the support: 0, its own, or for the last one a part of it.
    pub(super) support: Vec<f64>,
}

/// The rows of weight `support` in all whose covariance has the least determinant, as far as found.
pub(super) fn search(rows: &Rows<'_>, support: f64, seed: u64, progress: &dyn Progress) -> Result<Chosen> {
    let count = rows.cells.nrows();
    if rows.cells.ncols() == 0 || support >= rows.total() {
        return Ok(Chosen { support: (0..count).map(|row| rows.weight(row)).collect() });
    }
    let share = support / rows.total();
    let order = Stream::new(seed, "min-cov-det/subsets", 0).permutation(count);
    let subsets = if count <= 2 * SUBSET { 1 } else { (count / SUBSET).min(SUBSETS) };
    let size = if count <= SUBSETS * SUBSET { count.div_ceil(subsets) } else { SUBSET };
    let used = &order[..(subsets * size).min(count)];

    let mut estimates = Vec::new();
    let kept = if subsets > 1 { BEST } else { BEST_OF_FEW };
    for (index, part) in used.chunks(size).enumerate() {
        let mut best = from_starts(&Part::new(rows, part, share), STARTS / subsets, seed, index)?;
        best.truncate(kept);
        estimates.extend(best);
        advance(progress, "minimum covariance determinant", index + 1, subsets + 2)?;
    }
    if subsets > 1 {
        let union = Part::new(rows, used, share);
        estimates = concentrated(&union.rows(), union.support, &estimates, FEW_STEPS)?;
        estimates.truncate(BEST);
    }
    advance(progress, "minimum covariance determinant", subsets + 1, subsets + 2)?;
    if count > MANY_ROWS {
        estimates = concentrated(rows, support, &estimates, FEW_STEPS)?;
        estimates.truncate(BEST_OF_MANY);
    }
    let best = concentrated(rows, support, &estimates, ALL_STEPS)?;
    advance(progress, "minimum covariance determinant", subsets + 2, subsets + 2)?;
    let support = match best.first() {
        Some(best) => nearest(rows, support, best),
        None => (0..count).map(|row| rows.weight(row)).collect(),
    };
    Ok(Chosen { support })
}

/// The estimates of many starts, best first.
fn from_starts(part: &Part, starts: usize, seed: u64, subset: usize) -> Result<Vec<Estimate>> {
    let rows = part.rows();
    let (count, width) = rows.cells.dim();
    let mut estimates = parallel::try_map(starts, |start| {
        let mut stream = Stream::new(seed, "min-cov-det/start", (subset * STARTS + start) as u64);
        let drawn = stream.permutation(count);
        // As few rows as span the space, and more where they do not.
        let mut size = width + 1;
        loop {
            let mut weights = vec![0.0; count];
            drawn.iter().take(size).for_each(|row| weights[*row] = rows.weight(*row));
            let (mean, covariance) = moments(&rows.cells, |row| weights[row]);
            if !is_singular(&covariance) || size >= count.min(4 * (width + 1)) {
                break steps(&rows, part.support, estimate(mean, covariance)?, FEW_STEPS);
            }
            size += 1;
        }
    })?;
    sort(&mut estimates);
    Ok(estimates)
}

/// Estimates after some concentration steps, best first.
fn concentrated(rows: &Rows<'_>, support: f64, from: &[Estimate], count: usize) -> Result<Vec<Estimate>> {
    let mut estimates = parallel::try_map(from.len(), |i| steps(rows, support, from[i].clone(), count))?;
    sort(&mut estimates);
    Ok(estimates)
}

fn sort(estimates: &mut [Estimate]) {
    estimates.sort_by(|a, b| a.log_determinant.total_cmp(&b.log_determinant));
}

/// Concentration steps: the covariance of the nearest rows has no larger determinant than the one they are nearest by.
fn steps(rows: &Rows<'_>, support: f64, mut from: Estimate, count: usize) -> Result<Estimate> {
    let mut before = f64::INFINITY;
    for _ in 0..count {
        let weights = nearest(rows, support, &from);
        let (mean, covariance) = moments(&rows.cells, |row| weights[row]);
        let next = estimate(mean, covariance)?;
        if next.log_determinant.is_nan() || next.log_determinant >= before {
            break;
        }
        before = next.log_determinant;
        from = next;
    }
    Ok(from)
}

fn estimate(mean: Vec<f64>, mut covariance: Array2<f64>) -> Result<Estimate> {
    let factor = if is_singular(&covariance) { None } else { Cholesky::new(covariance.view()).ok() };
    let factor = match factor {
        Some(factor) => factor,
        None => {
            covariance.diag_mut().mapv_inplace(|v| v + RIDGE * v.max(1.0));
            Cholesky::new(covariance.view())?
        }
    };
    let precision = factor.solve(Array2::eye(mean.len()).view())?;
    Ok(Estimate { mean, precision, log_determinant: factor.log_determinant() })
}

/// Whether rows lie in a plane, to rounding.
pub(super) fn is_singular(covariance: &Array2<f64>) -> bool {
    let deviations = covariance.diag().mapv(f64::sqrt);
    // A column's deviation is 1 in all rows together.
    if deviations.iter().any(|d| d.is_nan() || *d <= SINGULAR) {
        return true;
    }
    let correlation =
        Array2::from_shape_fn(covariance.dim(), |(i, j)| covariance[[i, j]] / deviations[i] / deviations[j]);
    Cholesky::new(correlation.view())
        .map_or(true, |factor| factor.factor().diag().iter().any(|d| d * d < SINGULAR))
}

/// The weight every row has among the nearest ones.
fn nearest(rows: &Rows<'_>, support: f64, estimate: &Estimate) -> Vec<f64> {
    let distances = distances(&rows.cells, estimate);
    let count = distances.len();
    let by_distance = |a: &usize, b: &usize| distances[*a].total_cmp(&distances[*b]).then(a.cmp(b));
    let mut order: Vec<usize> = (0..count).collect();
    let mut weights = vec![0.0; count];
    let Some(all) = rows.weights else {
        let last = (support as usize).clamp(1, count) - 1;
        order.select_nth_unstable_by(last, by_distance);
        order[..=last].iter().for_each(|row| weights[*row] = 1.0);
        return weights;
    };
    order.sort_unstable_by(by_distance);
    let mut left = support;
    for row in order {
        weights[row] = all[row].min(left);
        left -= weights[row];
        if left <= 0.0 {
            break;
        }
    }
    weights
}

/// Squared distances.
fn distances(cells: &Array2<f64>, estimate: &Estimate) -> Vec<f64> {
    let width = cells.ncols();
    let (cells, precision) = (cells.as_slice().unwrap_or(&[]), estimate.precision.as_slice().unwrap_or(&[]));
    let mut distances = vec![0.0; cells.len() / width];
    parallel::fill_rows(&mut distances, 1, crm_ml_core::ROW_CHUNK, |first, piece| {
        let (mut row, mut product) = (vec![0.0; width], vec![0.0; width]);
        for (place, distance) in (first..).zip(piece) {
            let from = cells[place * width..(place + 1) * width].iter();
            row.iter_mut().zip(from.zip(&estimate.mean)).for_each(|(to, (v, mean))| *to = v - mean);
            product.fill(0.0);
            for (v, line) in row.iter().zip(precision.chunks_exact(width)) {
                product.iter_mut().zip(line).for_each(|(to, p)| *to += v * p);
            }
            *distance = row.iter().zip(&product).map(|(v, p)| v * p).sum();
        }
    });
    distances
}
