//! Where to draw the line: thresholds by what decisions bring, by capacity, or by what must be kept.

use crm_ml_core::{Check, Error, Result};
use serde::{Deserialize, Serialize};

use crate::ranking::{Ranking, Tie};
use crate::sum::unit;

/// What each outcome of a decision is worth, in any unit; costs are below 0.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Payoff {
    /// A positive that is acted on.
    pub true_positive: f64,
    /// A negative that is acted on.
    pub false_positive: f64,
    /// A negative that is left alone.
    pub true_negative: f64,
    /// A positive that is left alone.
    pub false_negative: f64,
}

impl Payoff {
    /// A campaign: every contact costs `cost`, a positive that is contacted brings `gain`.
    pub fn campaign(gain: f64, cost: f64) -> Self {
        Self { true_positive: gain - cost, false_positive: -cost, ..Self::default() }
    }

    /// The probability from which acting pays, if probabilities are calibrated; `None` where acting on a positive brings
    /// no more than on a negative.
    ///
    /// ```
    /// use crm_ml_metrics::Payoff;
    ///
    /// assert_eq!(Payoff::campaign(100.0, 20.0).break_even(), Some(0.2));
    /// ```
    pub fn break_even(&self) -> Option<f64> {
        let risk = self.true_negative - self.false_positive;
        let chance = self.true_positive - self.false_negative;
        (risk + chance > 0.0).then(|| (risk / (risk + chance)).clamp(0.0, 1.0))
    }

    fn of(&self, tie: &Tie, (positives, negatives): (f64, f64)) -> f64 {
        let acted = self.true_positive * tie.positives + self.false_positive * tie.negatives;
        let left = self.false_negative * (positives - tie.positives)
            + self.true_negative * (negatives - tie.negatives);
        acted + left
    }
}

/// What acting on all rows from a score up brings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// Rows of this score or a higher one are acted on; infinite: none is.
    pub threshold: f64,
    /// Weight of the rows that are acted on.
    pub acted_on: f64,
    /// Share of positives among them; NaN where there are none.
    pub precision: f64,
    /// Share of all positives among them; NaN where there are no positives.
    pub recall: f64,
    /// Total profit where a payoff was given, else the value of the criterion.
    pub value: f64,
}

/// Profit by threshold, from acting on nothing to acting on all; one point a distinct score.
///
/// Errors: a payoff that is not finite, lengths, weights, a score that is not finite.
pub fn profit_curve(
    truth: &[bool],
    scores: &[f64],
    payoff: Payoff,
    weights: Option<&[f64]>,
) -> Result<Vec<OperatingPoint>> {
    Criterion::Profit(payoff).check()?;
    let ranking = Ranking::new(truth, scores, weights)?;
    Ok(points(&ranking, |tie, totals| payoff.of(tie, totals)))
}

/// What a threshold is chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Criterion {
    /// The largest total profit.
    Profit(Payoff),
    /// As many rows as fit into this weight: the lowest threshold that acts on no more. Tied rows stay together.
    Capacity(f64),
    /// The lowest threshold with at least this precision.
    Precision(f64),
    /// The highest threshold with at least this recall.
    Recall(f64),
    /// The largest F-beta; the `f64` is beta, from 0 to 1e100.
    FBeta(f64),
    /// The largest recall minus share of negatives acted on (Youden 1950).
    Youden,
}

impl Criterion {
    fn check(&self) -> Result<()> {
        let check = Check::of("Criterion");
        let amount = |name: &str, value: f64| {
            Check::of("Criterion").rule(
                name,
                value,
                value.is_finite() && value >= 0.0,
                "finite and at least 0",
            )
        };
        match self {
            Self::Profit(payoff) => {
                let parts = [
                    ("true_positive", payoff.true_positive),
                    ("false_positive", payoff.false_positive),
                    ("true_negative", payoff.true_negative),
                    ("false_negative", payoff.false_negative),
                ];
                let all = parts
                    .into_iter()
                    .fold(check, |check, (name, value)| check.rule(name, value, value.is_finite(), "finite"));
                all.finish()
            }
            Self::Capacity(weight) => amount("capacity", *weight).finish(),
            Self::Precision(share) => check.range("precision", *share, 0.0..=1.0).finish(),
            Self::Recall(share) => check.range("recall", *share, 0.0..=1.0).finish(),
            Self::FBeta(beta) => check.range("beta", *beta, 0.0..=1e100).finish(),
            Self::Youden => check.finish(),
        }
    }

    fn value(&self, tie: &Tie, totals: (f64, f64)) -> f64 {
        let acted = tie.positives + tie.negatives;
        match self {
            Self::Profit(payoff) => payoff.of(tie, totals),
            Self::Capacity(_) => acted,
            Self::Precision(_) => tie.positives / acted,
            Self::Recall(_) => tie.positives / totals.0,
            Self::FBeta(beta) => {
                let square = beta * beta;
                let unit = unit(totals.0 + totals.1);
                (1.0 + square) * (unit * tie.positives) / (square * (unit * totals.0) + unit * acted)
            }
            Self::Youden => tie.positives / totals.0 - tie.negatives / totals.1,
        }
    }
}

/// The threshold a criterion asks for; `None` if no threshold reaches the precision asked for.
///
/// Of equal thresholds the one that acts on the fewest rows. Choose it on rows that the model was not fitted on.
/// Errors: lengths, weights, a score that is not finite, a bad criterion, no positive row, and for [`Criterion::Youden`] no
/// negative row.
///
/// ```
/// use crm_ml_metrics::{Criterion, Payoff, choose_threshold};
///
/// let won = [true, true, false, true, false, false];
/// let scores = [0.9, 0.8, 0.7, 0.6, 0.3, 0.1];
/// let best = choose_threshold(&won, &scores, Criterion::Profit(Payoff::campaign(100.0, 40.0)), None)?;
/// let best = best.ok_or(crm_ml_core::Error::unsupported("no threshold"))?;
/// assert_eq!((best.threshold, best.value), (0.6, 140.0));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn choose_threshold(
    truth: &[bool],
    scores: &[f64],
    criterion: Criterion,
    weights: Option<&[f64]>,
) -> Result<Option<OperatingPoint>> {
    criterion.check()?;
    let ranking = Ranking::new(truth, scores, weights)?;
    match criterion {
        Criterion::Youden => ranking.require_both()?,
        _ => ranking.require_positives()?,
    };
    let points = points(&ranking, |tie, totals| criterion.value(tie, totals));
    let best = |points: &[OperatingPoint]| {
        let better =
            |best: OperatingPoint, next: &OperatingPoint| if next.value > best.value { *next } else { best };
        points.split_first().map(|(first, rest)| rest.iter().fold(*first, better))
    };
    let acting = points.get(1..).ok_or_else(|| Error::empty("rows"))?;
    Ok(match criterion {
        Criterion::Capacity(weight) => points.iter().rfind(|p| p.acted_on <= weight).copied(),
        Criterion::Precision(least) => acting.iter().rfind(|p| p.precision >= least).copied(),
        Criterion::Recall(least) => points.iter().find(|p| p.recall >= least).copied(),
        // Acting on nothing has no F-beta.
        Criterion::FBeta(_) => best(acting),
        Criterion::Profit(_) | Criterion::Youden => best(&points),
    })
}

/// Acting on nothing, then on all rows from each distinct score up.
fn points(ranking: &Ranking, value: impl Fn(&Tie, (f64, f64)) -> f64) -> Vec<OperatingPoint> {
    let totals = ranking.totals();
    let nothing = Tie { score: f64::INFINITY, positive: 0.0, negative: 0.0, positives: 0.0, negatives: 0.0 };
    let point = |tie: &Tie| {
        let acted_on = tie.positives + tie.negatives;
        OperatingPoint {
            threshold: tie.score,
            acted_on,
            precision: tie.positives / acted_on,
            recall: tie.positives / totals.0,
            value: value(tie, totals),
        }
    };
    std::iter::once(&nothing).chain(&ranking.ties()).map(point).collect()
}
