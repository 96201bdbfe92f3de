//! From order to order.

use crm_ml_core::{Forecaster, Series, parallel};

use crate::arima::{Arima, ArimaMethod, ArimaModel, Order};
use crate::criterion::InformationCriterion;

/// Roots of an autoregression this close to the unit circle make a model unfit.
const LEAST_ROOT: f64 = 1.01;

/// What a search knows of its series.
pub(super) struct Search<'a> {
    pub(super) series: &'a Series<'a>,
    pub(super) criterion: InformationCriterion,
    pub(super) method: ArimaMethod,
    /// The most lags: plain autoregression and moving average, then seasonal.
    pub(super) bounds: [usize; 4],
    pub(super) may_shift: bool,
}

/// An order, and how good it is: infinite where it is unfit.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) order: Order,
    pub(super) constant: bool,
    pub(super) score: f64,
    pub(super) model: Option<Box<ArimaModel>>,
}

/// Lags as steps change them: plain autoregression and moving average, then seasonal.
type Lags = [usize; 4];

/// Changes of the lags in the order in which they are tried.
const STEPS: [[isize; 4]; 16] = [
    [0, 0, -1, 0],
    [0, 0, 0, -1],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
    [0, 0, -1, -1],
    [0, 0, -1, 1],
    [0, 0, 1, -1],
    [0, 0, 1, 1],
    [-1, 0, 0, 0],
    [0, -1, 0, 0],
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [-1, -1, 0, 0],
    [-1, 1, 0, 0],
    [1, -1, 0, 0],
    [1, 1, 0, 0],
];

fn order(none: Order, [p, q, seasonal_p, seasonal_q]: Lags) -> Order {
    Order { p, q, seasonal_p, seasonal_q, ..none }
}

impl Search<'_> {
    fn candidate(&self, order: Order, constant: bool) -> Candidate {
        let model = Arima::of_order(order, constant, self.method).fit(self.series).ok();
        let model = model.filter(|model| model.roots_beyond(LEAST_ROOT)).map(Box::new);
        let score = model.as_ref().map_or(f64::INFINITY, |model| self.criterion.of(model));
        let score = if score.is_nan() { f64::INFINITY } else { score };
        Candidate { order, constant, score, model }
    }

    /// The model of an order by its exact likelihood, unless its roots make it unfit.
    pub(super) fn exact(&self, order: Order, constant: bool) -> Option<ArimaModel> {
        let model = Arima::of_order(order, constant, ArimaMethod::CssMl).fit(self.series).ok()?;
        model.roots_beyond(LEAST_ROOT).then_some(model)
    }

    /// From four simple orders to better neighbours until there is none, or `most` models were tried.
    pub(super) fn stepwise(&self, none: Order, most: usize) -> Vec<Candidate> {
        let [p, q, seasonal_p, seasonal_q] = self.bounds;
        let short = self.series.values().iter().filter(|value| !value.is_nan()).count() < 10;
        let few = |bound: usize| if short { bound.min(1) } else { bound.min(2) };
        let once = |bound: usize| if short { 0 } else { bound.min(1) };
        let starts = [
            ([few(p), few(q), once(seasonal_p), once(seasonal_q)], self.may_shift),
            ([0; 4], self.may_shift),
            ([p.min(1), 0, seasonal_p.min(1), 0], self.may_shift),
            ([0, q.min(1), 0, seasonal_q.min(1)], self.may_shift),
            ([0; 4], false),
        ];
        let mut tried: Vec<Candidate> = Vec::new();
        let (mut lags, mut constant, mut best) = (starts[0].0, self.may_shift, f64::INFINITY);
        for (start, shift) in starts {
            if let Some(score) = self.try_new(&mut tried, order(none, start), shift) {
                if score < best {
                    (lags, best) = (start, score);
                }
            }
        }
        while tried.len() < most {
            let step = STEPS.iter().find_map(|step| {
                let next = self.moved(lags, step)?;
                let score = self.try_new(&mut tried, order(none, next), constant)?;
                (score < best).then_some((next, constant, score))
            });
            let step = step.or_else(|| {
                let score = match self.may_shift {
                    true => self.try_new(&mut tried, order(none, lags), !constant)?,
                    false => return None,
                };
                (score < best).then_some((lags, !constant, score))
            });
            match step {
                Some(better) => (lags, constant, best) = better,
                None => break,
            }
        }
        tried
    }

    fn moved(&self, lags: Lags, step: &[isize; 4]) -> Option<Lags> {
        let mut moved = lags;
        for ((lag, change), bound) in moved.iter_mut().zip(step).zip(self.bounds) {
            *lag = lag.checked_add_signed(*change).filter(|lag| *lag <= bound || *change <= 0)?;
        }
        Some(moved)
    }

    /// The score of an order that was not tried before.
    fn try_new(&self, tried: &mut Vec<Candidate>, order: Order, constant: bool) -> Option<f64> {
        if tried.iter().any(|before| before.order == order && before.constant == constant) {
            return None;
        }
        tried.push(self.candidate(order, constant));
        tried.last().map(|candidate| candidate.score)
    }

    /// All orders of at most `most` lags, in parallel.
    pub(super) fn all(&self, none: Order, most: usize) -> Vec<Candidate> {
        let [p, q, seasonal_p, seasonal_q] = self.bounds;
        let mut orders = Vec::new();
        for i in 0..=p {
            for j in 0..=q {
                for k in 0..=seasonal_p {
                    for l in 0..=seasonal_q {
                        if i + j + k + l <= most {
                            orders.push(([i, j, k, l], false));
                            orders.extend(self.may_shift.then_some(([i, j, k, l], true)));
                        }
                    }
                }
            }
        }
        parallel::map(orders.len(), |i| self.candidate(order(none, orders[i].0), orders[i].1))
    }
}
