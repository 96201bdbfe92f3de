//! The estimation of one model: bounds, start, and the sum of squares that is minimised.

use super::form::{Component, EtsForm, Smoothing};
use super::recursion::Path;
use super::region::admissible;
use super::start::States;
use super::sums::{Derivatives, Lanes, Residual, Sums, differentiate, sums};
use crate::optimize::{LeastSquares, Outcome, Workspace, least_squares};

/// Where smoothing parameters are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Bounds {
    /// `0 < beta < alpha`, `0 < gamma < 1 - alpha`, `0.8 <= phi <= 0.98`: every state an average of old and new.
    Usual,
    /// Wherever forecasts forget the distant past (Hyndman et al. 2008, chapter 10).
    Admissible,
    /// Both of these.
    #[default]
    Both,
}

/// Least and most of alpha, beta and gamma.
const EDGE: (f64, f64) = (1e-4, 0.9999);
/// Least and most of phi.
pub(super) const PHI: (f64, f64) = (0.8, 0.98);

/// Smoothing parameters that are given and not estimated.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Given {
    pub(super) alpha: Option<f64>,
    pub(super) beta: Option<f64>,
    pub(super) gamma: Option<f64>,
    pub(super) phi: Option<f64>,
}

/// What is estimated, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Task {
    pub(super) form: EtsForm,
    pub(super) m: usize,
    pub(super) given: Given,
    pub(super) bounds: Bounds,
    pub(super) residual: Residual,
    /// Whether the initial states are estimated too.
    pub(super) states: bool,
}

impl Task {
    pub(super) fn lanes(&self) -> Lanes {
        let mut count = 0;
        let mut lane = |wanted: bool| {
            wanted.then(|| {
                count += 1;
                count - 1
            })
        };
        let (form, given) = (self.form, self.given);
        let alpha = lane(given.alpha.is_none());
        let beta = lane(given.beta.is_none() && form.has_trend());
        let gamma = lane(given.gamma.is_none() && form.has_season());
        let phi = lane(given.phi.is_none() && form.damped);
        let level = lane(self.states);
        let states = if self.states { form.states(self.m) - 1 } else { 0 };
        Lanes { alpha, beta, gamma, phi, level, count: count + states }
    }
}

/// Buffers kept from model to model.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    derivatives: Derivatives,
    work: Workspace,
    ring: Vec<f64>,
    x: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Estimate {
    pub(super) smoothing: Smoothing,
    pub(super) states: States,
    pub(super) sums: Sums,
    /// Free parameters.
    pub(super) count: usize,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// The model's sum of squares as a function of what is free.
///
/// Beta is searched as its place between its least value and alpha, gamma as its place up to 1 - alpha: so bounds are a box.
struct Problem<'a> {
    task: &'a Task,
    lanes: Lanes,
    y: &'a [f64],
    start: &'a States,
    ring: &'a mut Vec<f64>,
    derivatives: &'a mut Derivatives,
    hopeless: f64,
}

/// The value at a place in a range and its derivative by the place.
fn within(place: f64, range: (f64, f64)) -> (f64, f64) {
    (range.0 + place * (range.1 - range.0), range.1 - range.0)
}

impl Problem<'_> {
    fn boxed(&self) -> bool {
        self.task.bounds != Bounds::Admissible
    }

    fn beta_range(&self, alpha: f64) -> (f64, f64) {
        if self.boxed() { (EDGE.0, alpha.clamp(EDGE.0, EDGE.1)) } else { (-1.0, 4.0) }
    }

    fn gamma_range(&self, alpha: f64) -> (f64, f64) {
        if self.boxed() { (EDGE.0, (1.0 - alpha).clamp(EDGE.0, EDGE.1)) } else { (0.0, 2.0) }
    }

    fn smoothing(&self, x: &[f64]) -> Smoothing {
        let (given, form) = (&self.task.given, self.task.form);
        let alpha = self.lanes.alpha.map_or(given.alpha.unwrap_or(EDGE.1), |lane| x[lane]);
        let place = |lane: Option<usize>, given: Option<f64>, range: (f64, f64)| {
            lane.map_or(given.unwrap_or(0.0), |lane| within(x[lane], range).0)
        };
        Smoothing {
            alpha,
            beta: if form.has_trend() {
                place(self.lanes.beta, given.beta, self.beta_range(alpha))
            } else {
                0.0
            },
            gamma: if form.has_season() {
                place(self.lanes.gamma, given.gamma, self.gamma_range(alpha))
            } else {
                0.0
            },
            phi: if form.damped {
                self.lanes.phi.map_or(given.phi.unwrap_or(PHI.1), |lane| x[lane])
            } else {
                1.0
            },
        }
    }

    /// Puts smoothing parameters into the start.
    fn begin_at(&self, from: &Smoothing, x: &mut [f64], lower: &[f64], upper: &[f64]) {
        let mut put = |lane: Option<usize>, value: f64| {
            if let Some(lane) = lane {
                x[lane] = value.clamp(lower[lane], upper[lane]);
            }
        };
        let place = |value: f64, range: (f64, f64)| {
            if range.1 > range.0 { (value - range.0) / (range.1 - range.0) } else { 0.0 }
        };
        put(self.lanes.alpha, from.alpha);
        put(self.lanes.phi, from.phi);
        put(self.lanes.beta, place(from.beta, self.beta_range(from.alpha)));
        put(self.lanes.gamma, place(from.gamma, self.gamma_range(from.alpha)));
    }

    /// Writes the seasons into the ring; the path. `None` where a factor is negative.
    fn states(&mut self, x: &[f64]) -> Option<Path> {
        self.ring.clear();
        let Some(level) = self.lanes.level else {
            self.ring.extend_from_slice(&self.start.seasons);
            return Some(self.start.path);
        };
        let mut rest = &x[level + 1..];
        let mut path = Path { level: x[level], growth: 0.0 };
        if let (true, [growth, seasons @ ..]) = (self.task.form.has_trend(), rest) {
            path.growth = *growth;
            rest = seasons;
        }
        if self.task.form.has_season() {
            let factors = self.task.form.season == Component::Multiplicative;
            let total = if factors { self.task.m as f64 } else { 0.0 };
            self.ring.push(total - rest.iter().sum::<f64>());
            self.ring.extend_from_slice(rest);
            if factors && self.ring.iter().any(|season| *season < 0.0) {
                return None;
            }
        }
        Some(path)
    }

    /// The box, and the start in it.
    fn frame(&self, x: &mut Vec<f64>, lower: &mut Vec<f64>, upper: &mut Vec<f64>) {
        let count = self.lanes.count;
        for (buffer, value) in
            [(&mut *x, 0.0), (&mut *lower, f64::NEG_INFINITY), (&mut *upper, f64::INFINITY)]
        {
            buffer.clear();
            buffer.resize(count, value);
        }
        let mut bound = |lane: Option<usize>, low: f64, high: f64, start: f64| {
            if let Some(lane) = lane {
                (lower[lane], upper[lane]) = (low, high.max(low));
                x[lane] = start.clamp(low, high.max(low));
            }
        };
        let (low, high) = if self.boxed() {
            let given = &self.task.given;
            (EDGE.0.max(given.beta.unwrap_or(0.0)), EDGE.1.min(1.0 - given.gamma.unwrap_or(EDGE.0)))
        } else {
            (-1.0, 2.0)
        };
        let place = if self.boxed() { 0.1 } else { 0.21 };
        bound(self.lanes.alpha, low, high, 0.1);
        bound(self.lanes.beta, 0.0, 1.0, place);
        bound(self.lanes.gamma, 0.0, 1.0, GAMMAS[0]);
        bound(self.lanes.phi, PHI.0, PHI.1, 0.975);
        let Some(level) = self.lanes.level else { return };
        x[level] = self.start.path.level;
        let mut next = level + 1;
        if self.task.form.has_trend() {
            x[next] = self.start.path.growth;
            next += 1;
        }
        if let Some((_, free)) = self.start.seasons.split_first() {
            x[next..].copy_from_slice(free);
            if self.task.form.season == Component::Multiplicative {
                lower[next..].fill(0.0);
            }
        }
    }
}

/// In a symmetric system (lower triangle), adds `share` of variable `from` to variable `to`.
fn combine(hessian: &mut [f64], gradient: &mut [f64], to: usize, from: usize, share: f64) {
    let width = gradient.len();
    let at = |i: usize, j: usize| if i >= j { i * width + j } else { j * width + i };
    hessian[at(to, to)] += share * (2.0 * hessian[at(to, from)] + share * hessian[at(from, from)]);
    for k in (0..width).filter(|&k| k != to) {
        hessian[at(to, k)] += share * hessian[at(from, k)];
    }
    gradient[to] += share * gradient[from];
}

/// In a symmetric system, gives a variable another unit.
fn rescale(hessian: &mut [f64], gradient: &mut [f64], lane: usize, unit: f64) {
    let width = gradient.len();
    for k in 0..width {
        let at = if lane >= k { lane * width + k } else { k * width + lane };
        hessian[at] *= if k == lane { unit * unit } else { unit };
    }
    gradient[lane] *= unit;
}

impl LeastSquares for Problem<'_> {
    fn squares(&mut self, x: &[f64]) -> f64 {
        let by = self.smoothing(x);
        let seasonal = self.task.form.has_season() && self.task.bounds == Bounds::Both;
        if (seasonal || !self.boxed()) && !admissible(self.task.form, &by, self.task.m) {
            return f64::NAN;
        }
        let Some(path) = self.states(x) else { return f64::NAN };
        let residual = self.task.residual;
        sums(self.task.form, residual, self.y, &by, path, self.ring).objective(residual, self.y.len())
    }

    fn normal(&mut self, x: &[f64], hessian: &mut [f64], gradient: &mut [f64]) -> f64 {
        let by = self.smoothing(x);
        let Some(path) = self.states(x) else { return f64::NAN };
        let (residual, n) = (self.task.residual, self.y.len());
        let sums = differentiate(
            self.task.form,
            residual,
            &self.lanes,
            self.y,
            &by,
            path,
            self.ring,
            self.derivatives,
        );
        self.derivatives.normal(residual, sums, n, hessian, gradient);
        if self.boxed() {
            let Lanes { alpha, beta, gamma, .. } = self.lanes;
            if let Some(beta) = beta {
                if let Some(alpha) = alpha {
                    combine(hessian, gradient, alpha, beta, x[beta]);
                }
                rescale(hessian, gradient, beta, within(x[beta], self.beta_range(by.alpha)).1);
            }
            if let Some(gamma) = gamma {
                if let Some(alpha) = alpha {
                    combine(hessian, gradient, alpha, gamma, -x[gamma]);
                }
                rescale(hessian, gradient, gamma, within(x[gamma], self.gamma_range(by.alpha)).1);
            }
        } else {
            for (lane, range) in
                [(self.lanes.beta, self.beta_range(0.0)), (self.lanes.gamma, self.gamma_range(0.0))]
            {
                if let Some(lane) = lane {
                    rescale(hessian, gradient, lane, range.1 - range.0);
                }
            }
        }
        sums.objective(residual, n)
    }

    fn worth(&self, squares: f64, hoped: f64) -> bool {
        squares > rounding(self.y.len()) && squares - HOPE * hoped.max(0.0) < self.hopeless
    }
}

/// The sum of squares that rounding leaves of a perfect fit to values of about 1.
pub(super) fn rounding(n: usize) -> f64 {
    1e-28 * n as f64
}

/// How far to go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aim {
    /// Gain in -2 log L below which the search ends.
    pub(super) precision: f64,
    /// Sum of squares that is not worth coming near to.
    pub(super) hopeless: f64,
    /// Where to search from.
    pub(super) starts: Starts,
}

/// Which starts of a search are tried.
#[derive(Debug, Clone, Copy)]
pub(super) enum Starts {
    All,
    /// The most promising one; all for models of few parameters.
    First,
    /// States that hardly move, where `First` leaves them out.
    Still,
}

/// Parameters that are few.
const FEW: usize = 5;

/// How many times what the last step gained or hoped for a fit may still gain.
const HOPE: f64 = 10.0;

/// Levels of alpha a search may start from.
const ALPHAS: [f64; 5] = [0.02, 0.1, 0.3, 0.6, 0.9];
/// Another start: states that hardly move, where sums often have a minimum of their own.
const STILL: f64 = 0.001;
/// Places of gamma a search may start from.
const GAMMAS: [f64; 2] = [0.05, 0.5];

impl Problem<'_> {
    /// Puts the level of alpha with the least sum into the start; that sum.
    fn best_alpha(&mut self, x: &mut [f64], range: (f64, f64)) -> f64 {
        let Some(alpha) = self.lanes.alpha else { return self.squares(x) };
        let mut best = (f64::INFINITY, 0.1);
        for level in ALPHAS {
            x[alpha] = level.clamp(range.0, range.1);
            let squares = self.squares(x);
            if squares < best.0 {
                best = (squares, x[alpha]);
            }
        }
        x[alpha] = best.1;
        best.0
    }

    /// The starts of the search, the most promising first.
    fn starts(&mut self, x: &[f64], range: (f64, f64)) -> Vec<Vec<f64>> {
        let places = if self.lanes.gamma.is_some() { &GAMMAS[..] } else { &GAMMAS[..1] };
        let mut found: Vec<(f64, Vec<f64>)> = Vec::with_capacity(3);
        for &place in places {
            let mut start = x.to_vec();
            if let Some(gamma) = self.lanes.gamma {
                start[gamma] = place;
            }
            let squares = self.best_alpha(&mut start, range);
            found.push((squares, start));
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut starts: Vec<Vec<f64>> = found.into_iter().map(|(_, start)| start).collect();
        if let Some(alpha) = self.lanes.alpha {
            let mut still = x.to_vec();
            still[alpha] = STILL.clamp(range.0, range.1);
            starts.push(still);
        }
        starts
    }
}

/// Estimates a model of values scaled to about 1 from its initial states, and from smoothing parameters where there are any;
/// `None` where the start has no finite sum.
pub(super) fn estimate(
    task: &Task,
    y: &[f64],
    start: &States,
    from: Option<&Smoothing>,
    aim: Aim,
    scratch: &mut Scratch,
) -> Option<Estimate> {
    if let (Bounds::Admissible, None) = (task.bounds, from) {
        // The wide region has no box that says where it ends; so the search goes on from the best point of the usual one.
        let usual = Task { bounds: Bounds::Both, ..*task };
        let found = estimate(&usual, y, start, None, Aim { hopeless: f64::INFINITY, ..aim }, scratch)?;
        return estimate(task, y, &found.states, Some(&found.smoothing), aim, scratch);
    }
    let Scratch { derivatives, work, ring, x, lower, upper } = scratch;
    let mut problem =
        Problem { task, lanes: task.lanes(), y, start, ring, derivatives, hopeless: aim.hopeless };
    problem.frame(x, lower, upper);
    // A gain of `share` in the sum of squares is one of n share in -2 log L.
    let share = aim.precision / y.len() as f64;
    let most = 50 + 5 * problem.lanes.count;
    let mut search =
        |problem: &mut Problem<'_>, x: &mut [f64]| least_squares(problem, x, lower, upper, share, most, work);
    let outcome = if let Some(from) = from {
        problem.begin_at(from, x, lower, upper);
        search(&mut problem, x)
    } else {
        let range = problem.lanes.alpha.map_or((0.0, 1.0), |lane| (lower[lane], upper[lane]));
        let starts = problem.starts(x, range);
        let first = if problem.lanes.count <= FEW { starts.len() } else { 1 };
        let (begin, end) = match aim.starts {
            Starts::All => (0, starts.len()),
            Starts::First => (0, first),
            Starts::Still => (first.max(starts.len() - 1), starts.len()),
        };
        let mut best: Option<Outcome> = None;
        for mut start in starts.into_iter().take(end).skip(begin) {
            let outcome = search(&mut problem, &mut start);
            // A sum that is no number is beaten by every other.
            if best.is_none_or(|best| best.squares.is_nan() || outcome.squares < best.squares) {
                best = Some(outcome);
                x.copy_from_slice(&start);
            }
        }
        best?
    };
    let (iterations, converged) = (outcome.iterations, outcome.converged);
    let smoothing = problem.smoothing(x);
    let path = problem.states(x)?;
    let states = States { path, seasons: problem.ring.clone() };
    let sums = sums(task.form, task.residual, y, &smoothing, path, problem.ring);
    let finite = sums.objective(task.residual, y.len()).is_finite();
    finite.then_some(Estimate { smoothing, states, sums, count: problem.lanes.count, iterations, converged })
}
