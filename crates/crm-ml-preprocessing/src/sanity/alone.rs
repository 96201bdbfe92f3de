//! How well a field ranks the rows by itself.

use crm_ml_core::Result;
use crm_ml_metrics::{roc_auc, roc_auc_interval};

use super::bounds;
use super::field::{Field, Groups};
use super::goal::{Estimate, Goal, Outcome, Outcomes};

/// Rows of the mean with which the rate of a group is mixed.
const PRIOR: f64 = 10.0;

/// The area under the ROC curve of one class against the others: by the order of the values, either way round, or by the
/// class's rate in the value's group as the other folds have it (missing being a group), whichever is larger.
pub(super) fn auc(
    field: &Field<'_>,
    goal: &Goal<'_>,
    outcomes: &Outcomes<'_>,
    outcome: &Outcome,
    alpha: f64,
) -> Result<Option<Estimate>> {
    // Three looks: up, down, by groups.
    let alpha = alpha / 3.0;
    let rates = cross_fitted(&field.groups, goal, outcomes, outcome);
    let mut best = estimate(&rates, &outcome.truth, goal.weights, goal, alpha)?;
    if let Some(numbers) = &field.numbers {
        let rows: Vec<usize> = (0..goal.rows).filter(|&row| !numbers[row].is_nan()).collect();
        let truth: Vec<bool> = rows.iter().map(|&row| outcome.truth[row]).collect();
        let weights: Option<Vec<f64>> = goal.weights.map(|w| rows.iter().map(|&row| w[row]).collect());
        for sign in [1.0, -1.0] {
            let scores: Vec<f64> = rows.iter().map(|&row| sign * numbers[row]).collect();
            let found = estimate(&scores, &truth, weights.as_deref(), goal, alpha)?;
            if found.is_some_and(|found| best.is_none_or(|best| found.value > best.value)) {
                best = found;
            }
        }
    }
    Ok(best)
}

fn estimate(
    scores: &[f64],
    truth: &[bool],
    weights: Option<&[f64]>,
    goal: &Goal<'_>,
    alpha: f64,
) -> Result<Option<Estimate>> {
    let positives = truth.iter().filter(|t| **t).count() as f64;
    let negatives = truth.len() as f64 - positives;
    if positives < 2.0 || negatives < 2.0 {
        return Ok(None);
    }
    let value = roc_auc(truth, scores, weights)?;
    let mut low = 0.0;
    if value > 0.5 {
        let (positives, negatives) = (positives * goal.efficiency, negatives * goal.efficiency);
        let delong = roc_auc_interval(truth, scores, 0.95)?.standard_error / goal.efficiency.sqrt();
        // Classes wholly apart have no DeLong error, yet half a row of the smaller one is unseen.
        let error = delong.max(0.5 / positives.min(negatives));
        let width = bounds::width(alpha);
        let by_chance = ((positives + negatives + 1.0) / (12.0 * positives * negatives)).sqrt();
        if value - 0.5 > width * by_chance {
            low = (value - width * error).max(0.0);
        }
    }
    Ok(Some(Estimate { value, low }))
}

/// The rate of the class in each row's group among the rows of the other folds.
fn cross_fitted(groups: &Groups, goal: &Goal<'_>, outcomes: &Outcomes<'_>, outcome: &Outcome) -> Vec<f64> {
    let missing = groups.names.len();
    let folds = outcomes.folds.iter().max().map_or(1, |last| *last as usize + 1);
    let group = |row: usize| groups.codes[row].map_or(missing, |code| code as usize);
    // Weight, and weight of the class, of each group in each fold; of all groups last.
    let mut sums = vec![[0.0; 2]; (missing + 2) * folds];
    for row in 0..goal.rows {
        let weight = goal.weight(row);
        let hit = if outcome.truth[row] { weight } else { 0.0 };
        for group in [group(row), missing + 1] {
            let cell = &mut sums[group * folds + outcomes.folds[row] as usize];
            *cell = [cell[0] + weight, cell[1] + hit];
        }
    }
    let others = |group: usize, fold: usize| {
        let cells = sums[group * folds..(group + 1) * folds].iter().enumerate();
        cells.filter(|(i, _)| *i != fold).fold([0.0; 2], |s, (_, cell)| [s[0] + cell[0], s[1] + cell[1]])
    };
    // One prior for all folds: its own differences would rank the rows.
    let rate = |group: usize, fold: usize| {
        let [weight, hits] = others(group, fold);
        (hits + PRIOR * outcome.rate) / (weight + PRIOR)
    };
    let rates: Vec<f64> = (0..(missing + 1) * folds).map(|cell| rate(cell / folds, cell % folds)).collect();
    (0..goal.rows).map(|row| rates[group(row) * folds + outcomes.folds[row] as usize]).collect()
}
