//! The exact Gaussian likelihood of an ARMA process.
//!
//! The innovations algorithm (P. Brockwell, R. Davis, Time Series: Theory and Methods, 2nd edition, section 5.3): once the
//! autoregression is taken out, the covariance of the values has a band, and its triangular factor tells the error of every
//! forecast from the values before. Time O(n q^2), with q the longest lag of the moving average.

/// Expanded polynomials: `w_t = sum ar_i w_{t-i} + e_t + sum ma_i e_{t-i}`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arma<'a> {
    pub(super) ar: &'a [f64],
    pub(super) ma: &'a [f64],
}

/// The triangular factor of the covariance over the variance of the errors, row after row, and room to make it.
#[derive(Debug, Clone, Default)]
pub(super) struct Innovations {
    /// Rows whose values keep their autoregression, and whose cells are dense: the longest lag.
    head: usize,
    /// The unit triangular factor: `head` cells a row, lag 1 last.
    factor: Vec<f64>,
    /// The row that is made, each cell times the variance of its column.
    scaled: Vec<f64>,
    /// Variance of each forecast's error, over that of the process.
    variances: Vec<f64>,
    /// The first row from which all rows are the moving average itself and variances 1.
    steady: usize,
    covariances: Covariances,
}

/// Covariances by lag, over the variance of the errors.
#[derive(Debug, Clone, Default)]
pub(super) struct Covariances {
    /// Of two values.
    values: Vec<f64>,
    /// Of a value and a later moving average.
    mixed: Vec<f64>,
    /// Of two moving averages.
    moving: Vec<f64>,
    /// What an error adds to the values after it.
    psi: Vec<f64>,
    system: Vec<f64>,
}

/// Variances this close to 1 have converged.
const STEADY: f64 = 1e-15;

impl Innovations {
    /// Makes the factor for `rows` values. `false` where the process is not stationary or numbers break down.
    pub(super) fn factor(&mut self, arma: Arma<'_>, rows: usize) -> bool {
        self.head = arma.ar.len().max(arma.ma.len());
        self.scaled.clear();
        self.scaled.resize(self.head, 0.0);
        self.factor.clear();
        self.factor.resize(rows * self.head, 0.0);
        self.variances.clear();
        self.variances.resize(rows, 1.0);
        self.steady = rows;
        if !self.covariances.fill(arma, self.head) {
            return false;
        }
        for row in 0..rows {
            let variance = self.row(arma, row);
            if !(variance > 0.0 && variance.is_finite()) {
                return false;
            }
            self.variances[row] = variance;
            if row >= self.head && variance - 1.0 <= STEADY {
                self.variances[row] = 1.0;
                self.steady = row;
                break;
            }
        }
        true
    }

    /// Makes the cells of a row and tells its variance.
    fn row(&mut self, arma: Arma<'_>, row: usize) -> f64 {
        let width = self.head;
        let reach = if row < self.head { row } else { arma.ma.len().min(row) };
        let (before, own) = self.factor.split_at_mut(row * width);
        let own = &mut own[..width];
        let mut variance = self.covariances.between(self.head, row, row);
        // The cell of a column in a row stands at width + column - row.
        for column in row - reach..row {
            let theirs = &before[column * width..(column + 1) * width];
            let from = (row - reach).max(column.saturating_sub(width));
            let mine = &self.scaled[width + from - row..width + column - row];
            let shared = &theirs[width + from - column..];
            let product: f64 = mine.iter().zip(shared).map(|(a, b)| a * b).sum();
            let cell = self.covariances.between(self.head, row, column) - product;
            let place = width + column - row;
            self.scaled[place] = cell;
            own[place] = cell / self.variances[column];
            variance -= cell * own[place];
        }
        variance
    }

    /// Turns values into errors of their forecasts, in place.
    pub(super) fn filter(&self, arma: Arma<'_>, values: &mut [f64], scratch: &mut Vec<f64>) {
        scratch.clear();
        scratch.extend_from_slice(values);
        let q = arma.ma.len();
        for row in 0..values.len() {
            let mut error = scratch[row];
            if row < self.head {
                let factor = &self.factor[row * self.head..(row + 1) * self.head];
                let lags = &factor[self.head - row..];
                error -= lags.iter().zip(&values[..row]).map(|(a, b)| a * b).sum::<f64>();
            } else {
                let past = scratch[row - arma.ar.len()..row].iter().rev();
                error -= arma.ar.iter().zip(past).map(|(a, b)| a * b).sum::<f64>();
                let errors = &values[row - q..row];
                if row < self.steady {
                    let factor = &self.factor[row * self.head..(row + 1) * self.head];
                    error -= factor[self.head - q..].iter().zip(errors).map(|(a, b)| a * b).sum::<f64>();
                } else {
                    error -= arma.ma.iter().zip(errors.iter().rev()).map(|(a, b)| a * b).sum::<f64>();
                }
            }
            values[row] = error;
        }
    }

    /// Variance of the error of a row's forecast, over that of the process.
    pub(super) fn variance(&self, row: usize) -> f64 {
        self.variances[row]
    }

    /// What the errors before `from` add to the forecast of `row`, which is not before it.
    pub(super) fn error_effect(&self, arma: Arma<'_>, errors: &[f64], from: usize, row: usize) -> f64 {
        let reach = if row < self.head { row } else { arma.ma.len() };
        let weight = |lag: usize| match row >= self.steady {
            true => arma.ma[lag - 1],
            false => self.factor[(row + 1) * self.head - lag],
        };
        (row - from + 1..=reach).map(|lag| weight(lag) * errors[row - lag]).sum()
    }

    /// Sum of the logarithms of the variances, one logarithm for many of them.
    pub(super) fn log_determinant(&self) -> f64 {
        let mut sum = 0.0;
        let mut product = 1.0f64;
        for variance in &self.variances[..self.steady.min(self.variances.len())] {
            product *= variance;
            if !(1e-100..1e100).contains(&product) {
                sum += product.ln();
                product = 1.0;
            }
        }
        sum + product.ln()
    }
}

impl Covariances {
    /// All lags up to `head`: the Yule-Walker equations with the moving average on their right.
    pub(super) fn fill(&mut self, arma: Arma<'_>, head: usize) -> bool {
        let (ar, ma) = (arma.ar, arma.ma);
        let (p, q) = (ar.len(), ma.len());
        let theta = |lag: usize| if lag == 0 { 1.0 } else { ma[lag - 1] };
        self.psi.clear();
        for lag in 0..=q {
            let past: f64 = (1..=lag.min(p)).map(|i| ar[i - 1] * self.psi[lag - i]).sum();
            self.psi.push(theta(lag) + past);
        }
        let lagged = |lag: usize, with: &dyn Fn(usize) -> f64| -> f64 {
            (lag..=q).map(|j| theta(j) * with(j - lag)).sum()
        };
        self.mixed.clear();
        self.moving.clear();
        for lag in 0..=q {
            self.mixed.push(lagged(lag, &|i| self.psi[i]));
            self.moving.push(lagged(lag, &theta));
        }
        self.values.clear();
        if p == 0 {
            self.values.extend_from_slice(&self.moving);
            return true;
        }
        let right = |lag: usize| self.mixed.get(lag).copied().unwrap_or(0.0);
        let width = p + 2;
        self.system.clear();
        self.system.resize((p + 1) * width, 0.0);
        for (lag, row) in self.system.chunks_exact_mut(width).enumerate() {
            row[lag] += 1.0;
            for (i, coefficient) in ar.iter().enumerate() {
                row[lag.abs_diff(i + 1)] -= coefficient;
            }
            row[p + 1] = right(lag);
        }
        if !eliminate(&mut self.system, p + 1) {
            return false;
        }
        self.values.extend(self.system.chunks_exact(width).map(|row| row[p + 1]));
        for lag in p + 1..=head {
            let past: f64 = (0..p).map(|i| ar[i] * self.values[lag - 1 - i]).sum();
            self.values.push(past + right(lag));
        }
        self.values.iter().all(|value| value.is_finite()) && self.values[0] > 0.0
    }

    /// Covariance of two values.
    pub(super) fn value(&self, lag: usize) -> f64 {
        self.values.get(lag).copied().unwrap_or(0.0)
    }

    /// What an error adds to the value so many steps after it, up to the longest lag of the moving average.
    pub(super) fn effect(&self, lag: usize) -> f64 {
        self.psi.get(lag).copied().unwrap_or(0.0)
    }

    /// Covariance of what two rows hold; `row >= column`.
    fn between(&self, head: usize, row: usize, column: usize) -> f64 {
        let by_lag = match (row < head, column < head) {
            (true, _) => &self.values,
            (false, true) => &self.mixed,
            (false, false) => &self.moving,
        };
        by_lag.get(row - column).copied().unwrap_or(0.0)
    }
}

/// Gaussian elimination with row pivots of an augmented system, row after row; the solution replaces the last column.
fn eliminate(system: &mut [f64], size: usize) -> bool {
    let width = size + 1;
    for column in 0..size {
        let cell = |system: &[f64], row: usize| system[row * width + column].abs();
        let mut pivot = column;
        for row in column + 1..size {
            if cell(system, row) > cell(system, pivot) {
                pivot = row;
            }
        }
        if cell(system, pivot).is_nan() || cell(system, pivot) <= 1e-300 {
            return false;
        }
        for i in 0..width {
            system.swap(column * width + i, pivot * width + i);
        }
        let (upper, lower) = system.split_at_mut((column + 1) * width);
        let pivot = &upper[column * width..];
        for row in lower.chunks_exact_mut(width) {
            let factor = row[column] / pivot[column];
            if factor != 0.0 {
                for (a, b) in row[column..].iter_mut().zip(&pivot[column..]) {
                    *a -= factor * b;
                }
            }
        }
    }
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|i| system[row * width + i] * system[i * width + size]).sum();
        system[row * width + size] = (system[row * width + size] - known) / system[row * width + row];
    }
    true
}
