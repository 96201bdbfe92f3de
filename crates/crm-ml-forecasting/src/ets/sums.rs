//! What a pass over the values adds up: the squares of the residuals, and their derivatives.

use super::form::{Component, EtsForm, Smoothing};
use super::recursion::{Kind, Path, for_form, run, with_season};

/// Which residuals a model is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Residual {
    /// `y - f`.
    Absolute,
    /// `(y - f) / f`.
    Relative,
    /// `(y - f) / f` times the geometric mean of `|f|`: their sum of squares ranks as the likelihood of multiplicative errors does.
    Likelihood,
}

/// Sums over a pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sums {
    /// Of the squares of `y - f` or `(y - f) / f`.
    pub(super) squares: f64,
    /// Of `ln |f|`; 0 for absolute residuals.
    pub(super) logs: f64,
}

impl Sums {
    /// What is minimised.
    pub(super) fn objective(&self, residual: Residual, n: usize) -> f64 {
        match residual {
            Residual::Likelihood => self.squares * (2.0 * self.logs / n as f64).exp(),
            _ => self.squares,
        }
    }
}

/// A sum of logarithms by products: one logarithm in a hundred values or so.
#[derive(Debug, Clone, Copy)]
struct LogSum {
    product: f64,
    sum: f64,
}

impl LogSum {
    const NEW: Self = Self { product: 1.0, sum: 0.0 };

    #[inline(always)]
    fn add(&mut self, value: f64) {
        self.product *= value;
        if !(1e-150..1e150).contains(&self.product) {
            self.rescue(value);
        }
    }

    #[cold]
    fn rescue(&mut self, value: f64) {
        self.sum += (self.product / value).ln() + value.ln();
        self.product = 1.0;
    }

    fn total(self) -> f64 {
        self.sum + self.product.ln()
    }
}

/// The sums of a model's residuals. `seasons` is used up.
pub(super) fn sums(
    form: EtsForm,
    residual: Residual,
    y: &[f64],
    by: &Smoothing,
    path: Path,
    seasons: &mut [f64],
) -> Sums {
    fn absolute<T: Kind, S: Kind>(y: &[f64], by: &Smoothing, mut path: Path, seasons: &mut [f64]) -> Sums {
        let mut squares = 0.0;
        run::<T, S>(y, by, &mut path, seasons, |y, f| squares += (y - f) * (y - f));
        Sums { squares, logs: 0.0 }
    }
    fn relative<T: Kind, S: Kind>(y: &[f64], by: &Smoothing, mut path: Path, seasons: &mut [f64]) -> Sums {
        let (mut squares, mut logs) = (0.0, LogSum::NEW);
        run::<T, S>(y, by, &mut path, seasons, |y, f| {
            let error = (y - f) / f;
            squares += error * error;
            logs.add(f.abs());
        });
        Sums { squares, logs: logs.total() }
    }
    match residual {
        Residual::Absolute => for_form!(form, absolute(y, by, path, seasons)),
        _ => for_form!(form, relative(y, by, path, seasons)),
    }
}

/// Where the derivatives by the smoothing parameters are; those that are given have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Lanes {
    pub(super) alpha: Option<usize>,
    pub(super) beta: Option<usize>,
    pub(super) gamma: Option<usize>,
    pub(super) phi: Option<usize>,
    /// Of the initial level, if it is estimated; growth and the free seasons follow.
    pub(super) level: Option<usize>,
    /// How many there are.
    pub(super) count: usize,
}

/// Derivatives of the states and what is added up of them. Widths are multiples of four.
#[derive(Debug, Default)]
pub(super) struct Derivatives {
    width: usize,
    level: Vec<f64>,
    growth: Vec<f64>,
    seasons: Vec<f64>,
    /// The derivatives of four residuals, the residual itself behind the last of each.
    rows: Vec<f64>,
    filled: usize,
    /// Lower triangle of the products of the rows.
    products: Vec<f64>,
    /// Sum of the derivatives of `ln |f|`.
    logs: Vec<f64>,
}

/// Rows that are multiplied at once.
const BLOCK: usize = 4;

impl Derivatives {
    /// Derivatives of the initial states by themselves; the first season is what the others leave.
    fn reset(&mut self, form: EtsForm, lanes: &Lanes, seasons: usize) {
        self.width = (lanes.count + 1).next_multiple_of(4);
        let width = self.width;
        let rings = if form.has_season() { seasons } else { 0 };
        for (buffer, length) in [
            (&mut self.level, width),
            (&mut self.growth, width),
            (&mut self.seasons, width * rings),
            (&mut self.rows, BLOCK * width),
            (&mut self.products, width * width),
            (&mut self.logs, width),
        ] {
            buffer.clear();
            buffer.resize(length, 0.0);
        }
        self.filled = 0;
        let Some(level) = lanes.level else { return };
        self.level[level] = 1.0;
        let mut next = level + 1;
        if form.has_trend() {
            self.growth[next] = 1.0;
            next += 1;
        }
        for season in 1..rings {
            self.seasons[season * width + next] = 1.0;
            self.seasons[next] = -1.0;
            next += 1;
        }
    }

    /// Adds the products of the rows that are filled.
    fn flush(&mut self) {
        let width = self.width;
        self.rows[self.filled * width..].fill(0.0);
        self.filled = 0;
        let (r0, rest) = self.rows.split_at(width);
        let (r1, rest) = rest.split_at(width);
        let (r2, r3) = rest.split_at(width);
        for (i, sums) in self.products.chunks_exact_mut(width).enumerate() {
            let (a0, a1, a2, a3) = (r0[i], r1[i], r2[i], r3[i]);
            let end = (i + 1).next_multiple_of(4);
            let rows = r0[..end].iter().zip(&r1[..end]).zip(&r2[..end]).zip(&r3[..end]);
            for (sum, (((b0, b1), b2), b3)) in sums[..end].iter_mut().zip(rows) {
                *sum += (a0 * b0 + a1 * b1) + (a2 * b2 + a3 * b3);
            }
        }
    }

    /// `J'J` (lower triangle) and `J'r` of the residuals as they are minimised.
    pub(super) fn normal(
        &self,
        residual: Residual,
        sums: Sums,
        n: usize,
        hessian: &mut [f64],
        gradient: &mut [f64],
    ) {
        let (count, width) = (gradient.len(), self.width);
        let crossed = &self.products[count * width..count * width + count];
        gradient.copy_from_slice(crossed);
        for i in 0..count {
            let row = &self.products[i * width..=i * width + i];
            hessian[i * count..=i * count + i].copy_from_slice(row);
        }
        if residual != Residual::Likelihood {
            return;
        }
        // r = G e with G the geometric mean of |f|: dr = G (de + e mean(d ln |f|)).
        let scale = (2.0 * sums.logs / n as f64).exp();
        let mean = |i: usize| self.logs[i] / n as f64;
        for i in 0..count {
            gradient[i] = scale * (crossed[i] + sums.squares * mean(i));
            for j in 0..=i {
                let mixed = crossed[i] * mean(j) + mean(i) * crossed[j] + sums.squares * mean(i) * mean(j);
                hessian[i * count + j] = scale * (hessian[i * count + j] + mixed);
            }
        }
    }
}

/// As [`sums`], with the derivatives of all that is estimated.
#[expect(clippy::too_many_arguments, reason = "the states, what moves them, and where to add up")]
pub(super) fn differentiate(
    form: EtsForm,
    residual: Residual,
    lanes: &Lanes,
    y: &[f64],
    by: &Smoothing,
    path: Path,
    seasons: &mut [f64],
    into: &mut Derivatives,
) -> Sums {
    into.reset(form, lanes, seasons.len());
    let relative = residual != Residual::Absolute;
    for_form!(form, pass(relative, lanes, y, by, path, seasons, into))
}

fn pass<T: Kind, S: Kind>(
    relative: bool,
    lanes: &Lanes,
    y: &[f64],
    by: &Smoothing,
    mut path: Path,
    seasons: &mut [f64],
    into: &mut Derivatives,
) -> Sums {
    let width = into.width;
    let (mut squares, mut logs) = (0.0, LogSum::NEW);
    let (mut slot, ring) = (0, seasons.len().max(1));
    let (mut no_season, mut no_lanes) = ([0.0], Vec::new());
    if S::KIND == Component::None {
        no_lanes.resize(width, 0.0);
    }
    for &y in y {
        let (season, season_lanes) = match S::KIND {
            Component::None => (&mut no_season[0], &mut no_lanes[..]),
            _ => (&mut seasons[slot], &mut into.seasons[slot * width..(slot + 1) * width]),
        };
        let growth = path.next_growth::<T>(by.phi);
        let base = path.base::<T>(growth);
        let forecast = with_season::<S>(base, *season);
        // Factors of the derivatives of the residual and of ln |f| by f.
        let (error, by_forecast) = if relative {
            ((y - forecast) / forecast, -(y / forecast) / forecast)
        } else {
            (y - forecast, -1.0)
        };
        let row = &mut into.rows[into.filled * width..(into.filled + 1) * width];
        step_lanes::<T, S>(
            by,
            path,
            growth,
            base,
            *season,
            y,
            by_forecast,
            lanes,
            Row { level: &mut into.level, growth: &mut into.growth, season: season_lanes, residual: row },
        );
        if relative {
            let share = 1.0 / (by_forecast * forecast);
            into.logs.iter_mut().zip(row.iter()).for_each(|(sum, d)| *sum += share * d);
            logs.add(forecast.abs());
        }
        row[lanes.count] = error;
        squares += error * error;
        path.step::<T, S>(season, by, |_| y);
        into.filled += 1;
        if into.filled == BLOCK {
            into.flush();
        }
        slot += 1;
        if slot == ring {
            slot = 0;
        }
    }
    if into.filled > 0 {
        into.flush();
    }
    Sums { squares, logs: logs.total() }
}

/// The derivatives a step reads and writes.
struct Row<'a> {
    level: &'a mut [f64],
    growth: &'a mut [f64],
    season: &'a mut [f64],
    residual: &'a mut [f64],
}

/// Moves the derivatives of the states on by one value.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "one place for the chain rule of a step")]
fn step_lanes<T: Kind, S: Kind>(
    by: &Smoothing,
    path: Path,
    next_growth: f64,
    base: f64,
    s: f64,
    y: f64,
    by_forecast: f64,
    lanes: &Lanes,
    row: Row<'_>,
) {
    let Smoothing { alpha, beta, gamma, phi } = *by;
    // d growth' = slope * d growth, and by phi itself: as if growth moved by so much more.
    let (slope, by_phi) = match T::KIND {
        Component::None => (0.0, 0.0),
        Component::Additive => (phi, path.growth / phi),
        Component::Multiplicative => (phi * next_growth / path.growth, path.growth * path.growth.ln() / phi),
    };
    if let (Some(lane), true) = (lanes.phi, T::KIND != Component::None) {
        row.growth[lane] += by_phi;
    }
    let (ratio, by_season) = match S::KIND {
        Component::None => (y, 0.0),
        Component::Additive => (y - s, -1.0),
        Component::Multiplicative => (y / s, -(y / s) / s),
    };
    let surprise = ratio - base;
    let (change, change_by_base) = match S::KIND {
        Component::None => (0.0, 0.0),
        Component::Additive => (y - base - s, -1.0),
        Component::Multiplicative => (y / base - s, -(y / base) / base),
    };
    let (per_level, by_level) = match T::KIND {
        Component::Multiplicative => (1.0 / path.level, surprise / (path.level * path.level)),
        _ => (1.0, 0.0),
    };
    let width = row.level.len();
    let (levels, growths) = (&mut row.level[..width], &mut row.growth[..width]);
    let (seasons, residuals) = (&mut row.season[..width], &mut row.residual[..width]);
    for k in 0..width {
        let (level, season) = (levels[k], seasons[k]);
        let (growth, base_d) = match T::KIND {
            Component::None => (0.0, level),
            Component::Additive => {
                let growth = slope * growths[k];
                (growth, level + growth)
            }
            Component::Multiplicative => {
                let growth = slope * growths[k];
                (growth, next_growth * level + path.level * growth)
            }
        };
        let (forecast, surprise_d) = match S::KIND {
            Component::None => (base_d, -base_d),
            Component::Additive => (base_d + season, -season - base_d),
            Component::Multiplicative => (s * base_d + base * season, by_season * season - base_d),
        };
        residuals[k] = by_forecast * forecast;
        levels[k] = base_d + alpha * surprise_d;
        match T::KIND {
            Component::None => {}
            Component::Additive => growths[k] = growth + beta * surprise_d,
            Component::Multiplicative => {
                growths[k] = growth + beta * (per_level * surprise_d - by_level * level);
            }
        }
        match S::KIND {
            Component::None => {}
            Component::Additive => seasons[k] = season + gamma * surprise_d,
            Component::Multiplicative => {
                seasons[k] = season + gamma * (change_by_base * base_d - season);
            }
        }
    }
    if let Some(lane) = lanes.alpha {
        levels[lane] += surprise;
    }
    if let (Some(lane), true) = (lanes.beta, T::KIND != Component::None) {
        growths[lane] += per_level * surprise;
    }
    if let (Some(lane), true) = (lanes.gamma, S::KIND != Component::None) {
        seasons[lane] += change;
    }
}
