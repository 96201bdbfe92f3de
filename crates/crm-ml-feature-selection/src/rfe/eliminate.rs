//! The rounds of elimination, the same for every task.

use crm_ml_core::{Error, Importances, Progress, Result, Schema, advance};

use crate::{Amount, SelectedModel, Selection};

/// Drops the least important columns round by round; `fit` fits on some columns, `visit` sees every model.
pub(super) fn eliminate<M: Importances>(
    schema: &Schema,
    (target, step): (Amount, Amount),
    fit: impl Fn(&[usize]) -> Result<M>,
    mut visit: impl FnMut(&[usize], &M) -> Result<()>,
    progress: &dyn Progress,
) -> Result<SelectedModel<M>> {
    let width = schema.width();
    let (target, step) = (target.of(width).min(width), step.of(width));
    let rounds = (width - target).div_ceil(step) + 1;
    let mut left: Vec<usize> = (0..width).collect();
    let mut ranking = vec![1; width];
    let mut round = 0;
    loop {
        let estimator = fit(&left)?;
        visit(&left, &estimator)?;
        round += 1;
        advance(progress, "feature elimination", round, rounds)?;
        if left.len() == target {
            let selection = Selection::new(schema, ranking, Vec::new())?;
            return Ok(SelectedModel { selection, estimator, validation: Vec::new() });
        }
        let importances = estimator.feature_importances();
        if importances.len() != left.len() || importances.iter().any(|v| v.is_nan()) {
            return Err(Error::numerical("the estimator gives no valid importances"));
        }
        let mut order: Vec<usize> = (0..left.len()).collect();
        // Stable: of equal ones the first goes first.
        order.sort_by(|a, b| importances[*a].total_cmp(&importances[*b]));
        let mut dropped = vec![false; left.len()];
        order.iter().take(step.min(left.len() - target)).for_each(|&i| dropped[i] = true);
        let mut position = 0;
        left.retain(|_| {
            position += 1;
            !dropped[position - 1]
        });
        // Every column dropped so far moves one rank down.
        let mut kept = left.iter().peekable();
        for (column, rank) in ranking.iter_mut().enumerate() {
            if kept.next_if_eq(&&column).is_none() {
                *rank += 1;
            }
        }
    }
}
