//! Columns taken one after another.

use std::cmp::Ordering;

use crm_ml_core::parallel;

use super::MrmrStep;
use super::measure::Measure;
use crate::Amount;

/// Redundancies below this count as this in quotients.
const LEAST: f64 = 1e-3;

/// All columns: first those taken, in order, then the others by their last scores.
pub(super) fn walk(measure: &Measure, amount: Amount, quotient: bool) -> Vec<MrmrStep> {
    let width = measure.relevance().len();
    let target = amount.of(width).min(width);
    let mut left: Vec<MrmrStep> = (0..width)
        .map(|column| {
            let relevance = measure.relevance()[column];
            MrmrStep { column, relevance, redundancy: 0.0, score: relevance }
        })
        .collect();
    let mut taken: Vec<MrmrStep> = Vec::with_capacity(width);
    let mut shared = vec![0.0; width];
    while taken.len() < target {
        if let Some(last) = taken.last() {
            let found = parallel::map(left.len(), |i| measure.redundancy(left[i].column, last.column));
            for (step, found) in left.iter_mut().zip(found) {
                shared[step.column] += found;
                step.redundancy = shared[step.column] / taken.len() as f64;
                step.score = if quotient {
                    step.relevance / step.redundancy.max(LEAST)
                } else {
                    step.relevance - step.redundancy
                };
            }
        }
        let Some(best) =
            (0..left.len()).reduce(|a, b| if better(&left[a], &left[b]).is_le() { a } else { b })
        else {
            break;
        };
        taken.push(left.remove(best));
    }
    // Stable: of equal ones the first is first.
    left.sort_by(better);
    taken.extend(left);
    taken
}

/// The higher score first, then the lower redundancy.
fn better(a: &MrmrStep, b: &MrmrStep) -> Ordering {
    b.score.total_cmp(&a.score).then(a.redundancy.total_cmp(&b.redundancy))
}
