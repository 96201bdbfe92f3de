//! The values of leaves.

use std::ops::Range;

use super::rows::Rows;
use super::{RegressionCriterion, Target};
use crate::Impurity;
use crate::grow::Grown;
use crate::tree::Tree;

/// Gives every leaf its outputs.
pub(super) fn with_values(grown: Grown, target: Target<'_>, rows: &Rows) -> Tree {
    let Grown { mut tree, rows: places, leaves } = grown;
    // The weight of a row, by its place in the data.
    let last = rows.places.last().map_or(0, |row| *row as usize + 1);
    let mut weights = vec![0.0; last];
    rows.places.iter().zip(&rows.weights).for_each(|(&row, weight)| weights[row as usize] = *weight);
    let leaf = |(node, range): &(usize, Range<usize>)| {
        let rows = &places[range.clone()];
        let weighted = || rows.iter().map(|&row| (row as usize, weights[row as usize]));
        let cover = weighted().map(|(_, weight)| weight).sum();
        (*node, cover, outputs(target, cover, &weighted))
    };
    tree.set_leaves(target.outputs(), leaves.iter().map(leaf));
    tree
}

/// The outputs of rows with their weights, whose sum is `cover`.
fn outputs<I: Iterator<Item = (usize, f64)>>(
    target: Target<'_>,
    cover: f64,
    rows: &dyn Fn() -> I,
) -> Vec<f64> {
    match target {
        Target::Classes { codes, classes, .. } => {
            let mut shares = vec![0.0; classes];
            rows().for_each(|(row, weight)| shares[codes[row] as usize] += weight);
            shares.iter_mut().for_each(|share| *share /= cover);
            shares
        }
        Target::Values(values, RegressionCriterion::AbsoluteError) => {
            vec![median(rows().map(|(row, weight)| (values[row], weight)).collect(), cover)]
        }
        Target::Values(values, _) => {
            // Around one of them, so that a large common offset costs no digits and equal targets none at all.
            let centre = rows().next().map_or(0.0, |(row, _)| values[row]);
            let deviation = |(row, weight): (usize, f64)| weight * (values[row] - centre);
            vec![centre + rows().map(deviation).sum::<f64>() / cover]
        }
    }
}

/// The weighted median: where both halves weigh the same, the middle between them.
fn median(mut values: Vec<(f64, f64)>, total: f64) -> f64 {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut below = 0.0;
    for (place, (value, weight)) in values.iter().enumerate() {
        below += weight;
        let next = values.get(place + 1).map_or(*value, |next| next.0);
        if below == total / 2.0 {
            return value / 2.0 + next / 2.0;
        }
        if below > total / 2.0 {
            return *value;
        }
    }
    values.last().map_or(0.0, |last| last.0)
}

/// The impurity of all rows together times their weight.
pub(super) fn impurity(target: Target<'_>, rows: &Rows) -> f64 {
    let total: f64 = rows.weights.iter().sum();
    let weighted = || rows.places.iter().zip(&rows.weights).map(|(&row, &weight)| (row as usize, weight));
    let outputs = outputs(target, total, &weighted);
    let of_values = |values: &[f64], error: &dyn Fn(f64) -> f64| -> f64 {
        weighted().map(|(row, weight)| weight * error(values[row])).sum()
    };
    match target {
        Target::Classes { impurity: Impurity::Gini, .. } => {
            total * (1.0 - outputs.iter().map(|share| share * share).sum::<f64>())
        }
        Target::Classes { impurity: Impurity::Entropy, .. } => {
            let term = |share: &f64| if *share > 0.0 { -share * share.log2() } else { 0.0 };
            total * outputs.iter().map(term).sum::<f64>()
        }
        Target::Values(values, RegressionCriterion::SquaredError) => {
            of_values(values, &|value| (value - outputs[0]).powi(2))
        }
        Target::Values(values, RegressionCriterion::AbsoluteError) => {
            of_values(values, &|value| (value - outputs[0]).abs())
        }
        Target::Values(values, RegressionCriterion::Poisson) => {
            of_values(values, &|value| if value > 0.0 { value * (value / outputs[0]).ln() } else { 0.0 })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn medians_halve_the_weight() {
        assert_eq!(median(vec![(3.0, 1.0), (1.0, 1.0), (2.0, 1.0)], 3.0), 2.0);
        assert_eq!(median(vec![(3.0, 1.0), (1.0, 1.0), (2.0, 1.0), (8.0, 1.0)], 4.0), 2.5);
        assert_eq!(median(vec![(3.0, 1.0), (1.0, 3.0), (2.0, 1.0)], 5.0), 1.0);
    }
}
