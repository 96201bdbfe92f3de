//! Fields that say what another field says already.

use std::collections::BTreeSet;

use crm_ml_core::{Result, parallel};
use crm_ml_linalg::matmul_tn;
use ndarray::Array2;

use super::association::{Contingency, rank_correlation};
use super::bounds;
use super::field::{Field, is_text};
use super::goal::Goal;
use super::report::{SanityAction, SanityCheck, Verdict};
use super::{Finding, SanityChecker};

/// Rows multiplied at a time: bounds the memory.
const PIECE: usize = 8192;
/// Rank correlation below which a correlation is that of a few extreme rows.
const LEAST_RANK: f64 = 0.95;
/// Rows on which pairs of categories are looked at first, and what they must show there.
const FIRST_LOOK: usize = 1000;
const FIRST_V: f64 = 0.9;

struct Pair {
    first: usize,
    second: usize,
    value: f64,
    low: f64,
    words: &'static str,
    action: SanityAction,
}

impl SanityChecker {
    /// Verdicts on the later field of each pair that says one thing; each field gets one verdict of each action at most.
    ///
    /// Numbers, truth values and dates are held against each other by correlation over the rows that have both, categories
    /// against each other and against numbers of few values by Cramer's V, texts by being equal.
    pub(super) fn redundant(
        &self,
        fields: &[&Field<'_>],
        goal: &Goal<'_>,
        alpha: f64,
    ) -> Result<Vec<(usize, Verdict)>> {
        let pairs = fields.len() * fields.len().saturating_sub(1) / 2;
        let alpha = alpha / pairs.max(1) as f64;
        let mut found = self.correlated(fields, goal, alpha)?;
        found.extend(self.same_groups(fields, goal, alpha));
        found.extend(equal_texts(fields));
        found.sort_by_key(|pair| (pair.second, pair.first));
        let mut removed = BTreeSet::new();
        let mut verdicts: Vec<(usize, Verdict)> = Vec::new();
        for pair in found {
            let removes = pair.action == SanityAction::Remove;
            // What is removed is no reason to remove another, and one reason suffices.
            if removed.contains(&pair.first) || removed.contains(&pair.second) {
                continue;
            }
            let field = fields[pair.second];
            let action = self.softened(pair.action);
            if !removes && verdicts.iter().any(|(i, v)| *i == pair.second && v.action == action) {
                continue;
            }
            let other = fields[pair.first].name();
            let words = format!("{} '{other}' ({:.4})", pair.words, pair.value);
            let finding =
                Finding::new(SanityCheck::RedundantPair, pair.value, self.max_feature_correlation, words);
            verdicts.push((pair.second, finding.bound(pair.low).value(other).action(pair.action).on(field)));
            if removes {
                removed.insert(pair.second);
            }
        }
        Ok(verdicts)
    }

    fn correlated(&self, fields: &[&Field<'_>], goal: &Goal<'_>, alpha: f64) -> Result<Vec<Pair>> {
        let numeric: Vec<usize> = (0..fields.len())
            .filter(|&i| fields[i].numbers.is_some() && !is_text(fields[i].field_type()))
            .collect();
        if numeric.len() < 2 {
            return Ok(Vec::new());
        }
        let numbers: Vec<&[f64]> =
            numeric.iter().map(|&i| fields[i].numbers.as_deref().unwrap_or_default()).collect();
        let found = correlations(&numbers, goal)?;
        let mut pairs = Vec::new();
        for a in 0..numbers.len() {
            for b in a + 1..numbers.len() {
                let (value, rows) = found.of(a, b, goal);
                let low = bounds::correlation(value.abs(), rows * goal.efficiency, alpha);
                if low <= self.max_feature_correlation {
                    continue;
                }
                let (rank, rows) = rank_correlation(numbers[a], numbers[b]);
                let z = rank.abs() * (rows * goal.efficiency - 1.0).max(0.0).sqrt();
                if rank.abs() >= LEAST_RANK && z > bounds::width(0.5 * alpha) {
                    let (first, second) = (numeric[a], numeric[b]);
                    let action = SanityAction::Remove;
                    pairs.push(Pair { first, second, value, low, words: "correlates with", action });
                }
            }
        }
        Ok(pairs)
    }

    fn same_groups(&self, fields: &[&Field<'_>], goal: &Goal<'_>, alpha: f64) -> Vec<Pair> {
        let grouped: Vec<usize> = (0..fields.len())
            .filter(|&i| fields[i].groups.values && fields[i].groups.names.len() > 1)
            .collect();
        let every = (goal.rows / FIRST_LOOK).max(1);
        let of_one = |place: usize| {
            let first = grouped[place];
            let others = grouped[place + 1..].iter();
            // Two numbers are a matter of correlation.
            let others = others.filter(|&&i| fields[i].numbers.is_none() || fields[first].numbers.is_none());
            let pair = |&second: &usize| {
                let tabled = |every: usize| table(fields[first], fields[second], goal, every).chi_squared();
                if every > 1 && tabled(every).cramers_v_corrected().unwrap_or(0.0) < FIRST_V {
                    return None;
                }
                let all = tabled(1);
                let low = |v: f64| {
                    let low = bounds::correlation(v, goal.rows as f64 * goal.efficiency, alpha);
                    if all.p_value(goal.efficiency) < alpha { low } else { 0.0 }
                };
                let (v, same) = (all.cramers_v_corrected()?, all.one_to_one()?);
                let limit = self.max_feature_correlation;
                if same > limit && low(same) > limit {
                    let (words, action) = ("value by value the same as", SanityAction::Remove);
                    return Some(Pair { first, second, value: same, low: low(same), words, action });
                }
                let words = "one of the two follows from the other: it and";
                (v > limit && low(v) > limit).then(|| Pair {
                    first,
                    second,
                    value: v,
                    low: low(v),
                    words,
                    action: SanityAction::Warn,
                })
            };
            others.filter_map(pair).collect::<Vec<_>>()
        };
        parallel::map(grouped.len(), of_one).into_iter().flatten().collect()
    }
}

/// The groups of two fields, missing being one, in every so-manieth row.
fn table(a: &Field<'_>, b: &Field<'_>, goal: &Goal<'_>, every: usize) -> Contingency {
    let (rows, columns) = (a.groups.names.len(), b.groups.names.len());
    let mut table = Contingency::new(rows + 1, columns + 1);
    for row in (0..goal.rows).step_by(every) {
        let code =
            |groups: &super::field::Groups, missing: usize| groups.codes[row].map_or(missing, |c| c as usize);
        table.add(code(&a.groups, rows), code(&b.groups, columns), goal.weight(row));
    }
    table
}

fn equal_texts(fields: &[&Field<'_>]) -> Vec<Pair> {
    let texts: Vec<usize> = (0..fields.len()).filter(|&i| is_text(fields[i].field_type())).collect();
    let same_lengths = |a: usize, b: usize| match (&fields[a].numbers, &fields[b].numbers) {
        (Some(a), Some(b)) => a.iter().map(|v| v.to_bits()).eq(b.iter().map(|v| v.to_bits())),
        _ => false,
    };
    let mut pairs = Vec::new();
    for (place, &first) in texts.iter().enumerate() {
        for &second in &texts[place + 1..] {
            if same_lengths(first, second) && fields[first].column.texts() == fields[second].column.texts() {
                let action = SanityAction::Remove;
                pairs.push(Pair {
                    first,
                    second,
                    value: 1.0,
                    low: 1.0,
                    words: "text by text the same as",
                    action,
                });
            }
        }
    }
    pairs
}

/// Sums over the rows that have both values of each pair.
struct Products {
    /// Of `x_i x_j`, of `x_i`, of `x_i^2`, of 1, weighed; the last three are `None` where no value is missing.
    products: Array2<f64>,
    gaps: Option<[Array2<f64>; 3]>,
}

impl Products {
    /// The correlation and the rows it rests on.
    fn of(&self, a: usize, b: usize, goal: &Goal<'_>) -> (f64, f64) {
        let (ab, aa, bb, rows) = match &self.gaps {
            None => {
                let product = &self.products;
                (product[[a, b]], product[[a, a]], product[[b, b]], goal.rows as f64)
            }
            Some([sums, squares, both]) => {
                let rows = both[[a, b]];
                let (sum_a, sum_b) = (sums[[a, b]], sums[[b, a]]);
                (
                    self.products[[a, b]] - sum_a * sum_b / rows,
                    squares[[a, b]] - sum_a * sum_a / rows,
                    squares[[b, a]] - sum_b * sum_b / rows,
                    rows,
                )
            }
        };
        // What rounding leaves of no spread at all is no spread.
        let least = 1e-10 * rows;
        if aa <= least || bb <= least {
            return (0.0, rows);
        }
        let found = ab / (aa * bb).sqrt();
        (if found.is_finite() { found.clamp(-1.0, 1.0) } else { 0.0 }, rows)
    }
}

/// Pairwise products of the standardised columns, in pieces of rows.
fn correlations(columns: &[&[f64]], goal: &Goal<'_>) -> Result<Products> {
    let scales: Vec<(f64, f64)> = parallel::map(columns.len(), |i| standard(columns[i], goal));
    let width = columns.len();
    let gaps = columns.iter().any(|column| column.iter().any(|v| v.is_nan()));
    let mut products = Array2::zeros((width, width));
    let mut masked =
        [Array2::zeros((width, width)), Array2::zeros((width, width)), Array2::zeros((width, width))];
    for rows in parallel::chunks(goal.rows, PIECE) {
        let (first, count) = (rows.start, rows.len());
        let root = |row: usize| goal.weight(first + row).sqrt();
        let cell = |row: usize, i: usize| {
            let (centre, scale) = scales[i];
            (columns[i][first + row] - centre) * scale
        };
        let values = Array2::from_shape_fn((count, width), |(row, i)| {
            let value = cell(row, i);
            if value.is_nan() { 0.0 } else { value * root(row) }
        });
        products += &matmul_tn(values.view(), values.view())?;
        if gaps {
            let there =
                Array2::from_shape_fn(
                    (count, width),
                    |(row, i)| {
                        if cell(row, i).is_nan() { 0.0 } else { root(row) }
                    },
                );
            let squares = Array2::from_shape_fn((count, width), |(row, i)| {
                let value = cell(row, i);
                if value.is_nan() { 0.0 } else { value * value * root(row) }
            });
            masked[0] += &matmul_tn(values.view(), there.view())?;
            masked[1] += &matmul_tn(squares.view(), there.view())?;
            masked[2] += &matmul_tn(there.view(), there.view())?;
        }
    }
    Ok(Products { products, gaps: gaps.then_some(masked) })
}

/// Mean, and one over the standard deviation (0 without spread).
fn standard(column: &[f64], goal: &Goal<'_>) -> (f64, f64) {
    let rows = || (0..column.len()).filter(|&row| !column[row].is_nan());
    let total: f64 = rows().map(|row| goal.weight(row)).sum();
    let mean = rows().map(|row| goal.weight(row) * column[row]).sum::<f64>() / total;
    let variance =
        rows().map(|row| goal.weight(row) * (column[row] - mean) * (column[row] - mean)).sum::<f64>() / total;
    let scale = 1.0 / variance.sqrt();
    (mean, if scale.is_finite() { scale } else { 0.0 })
}
