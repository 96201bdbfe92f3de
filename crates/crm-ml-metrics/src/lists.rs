//! Metrics of ranked lists: recommendations, search results, the calls of a day.

use std::cmp::Ordering;
use std::ops::Range;

use crm_ml_core::{Check, Error, ErrorKind, Result, parallel};

use crate::{input, sum};

/// Discounted cumulative gain of the first `k` places (all without `k`): the sum of `relevance / log2(place + 1)`.
///
/// Relevance is taken as it is; who wants exponential gains gives `2^relevance - 1`. Tied rows share their places: each
/// counts with the mean of their discounts, as in scikit-learn (McSherry and Najork 2008).
/// Errors: no rows, lengths, values that are not finite, `k` of 0, a gain that is not finite.
pub fn dcg_score(relevance: &[f64], scores: &[f64], k: Option<usize>) -> Result<f64> {
    checked(relevance.len(), scores, k)?;
    input::finite("relevance", relevance)?;
    let unit = unit_of(relevance);
    let found = gain(relevance, scores, k, unit) / unit;
    if found.is_finite() {
        Ok(found)
    } else {
        Err(Error::numerical("the discounted cumulative gain is beyond the largest number"))
    }
}

fn unit_of(relevance: &[f64]) -> f64 {
    sum::unit(relevance.iter().fold(0.0, |most, relevance| most.max(relevance.abs())))
}

/// Discounted cumulative gain of the relevance times `unit`.
fn gain(relevance: &[f64], scores: &[f64], k: Option<usize>, unit: f64) -> f64 {
    let order = ranked(scores);
    let places = k.unwrap_or(usize::MAX);
    let mut total = sum::Sum::default();
    let mut place = 0;
    for tied in order.chunk_by(|a, b| scores[*a] == scores[*b]) {
        if place >= places {
            break;
        }
        let discounts: f64 = (place..(place + tied.len()).min(places)).map(discount).sum();
        let gain: f64 = tied.iter().map(|row| unit * relevance[*row]).sum();
        total.add(gain / tied.len() as f64 * discounts);
        place += tied.len();
    }
    total.value()
}

/// Normalised discounted cumulative gain: [`dcg_score`] divided by that of the best order, from 0 to 1.
///
/// 0 where nothing is relevant, as in scikit-learn. The scale of relevance does not matter. Errors: no rows, lengths, values that are
/// not finite, `k` of 0, relevance below 0.
///
/// ```
/// use crm_ml_metrics::ndcg_score;
///
/// let relevance = [10.0, 0.0, 0.0, 1.0, 5.0];
/// let score = ndcg_score(&relevance, &[0.1, 0.2, 0.3, 4.0, 70.0], None)?;
/// assert!((score - 0.6956940443813076).abs() < 1e-14);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn ndcg_score(relevance: &[f64], scores: &[f64], k: Option<usize>) -> Result<f64> {
    checked(relevance.len(), scores, k)?;
    input::finite("relevance", relevance)?;
    if let Some(row) = relevance.iter().position(|r| *r < 0.0) {
        let requirement = "relevance must not be below 0".to_owned();
        return Err(ErrorKind::InvalidTarget { row, value: relevance[row].to_string(), requirement }.into());
    }
    let unit = unit_of(relevance);
    let best = gain(relevance, relevance, k, unit);
    Ok(if best > 0.0 { gain(relevance, scores, k, unit) / best } else { 0.0 })
}

/// Average precision of the first `k` places (all without `k`): the mean, over the relevant rows that could be there, of
/// the precision at the place of each; 0 where nothing is relevant.
///
/// Tied rows keep their order. The mean of it over lists ([`mean_over_lists`]) is the mean average precision, MAP.
/// Errors: no rows, lengths, values that are not finite, `k` of 0.
pub fn average_precision_at_k(relevant: &[bool], scores: &[f64], k: Option<usize>) -> Result<f64> {
    checked(relevant.len(), scores, k)?;
    let places = k.unwrap_or(usize::MAX);
    let possible = relevant.iter().filter(|r| **r).count().min(places);
    if possible == 0 {
        return Ok(0.0);
    }
    let mut found = 0;
    let mut total = sum::Sum::default();
    for (place, row) in ranked(scores).into_iter().take(places).enumerate() {
        if relevant[row] {
            found += 1;
            total.add(f64::from(found) / (place + 1) as f64);
        }
    }
    Ok(total.value() / possible as f64)
}

/// `1 / place` of the first relevant row, 0 where nothing is relevant. Tied rows keep their order.
///
/// Errors: no rows, lengths, values that are not finite.
pub fn reciprocal_rank(relevant: &[bool], scores: &[f64]) -> Result<f64> {
    checked(relevant.len(), scores, None)?;
    let place = ranked(scores).into_iter().position(|row| relevant[row]);
    Ok(place.map_or(0.0, |place| 1.0 / (place + 1) as f64))
}

/// The mean of a metric over lists that lie one after the other, `sizes[i]` rows each; weighed by list with weights.
///
/// Lists of weight 0 are absent. Parallel over lists. Errors: no list, an empty list, weights, what `metric` gives.
///
/// ```
/// use crm_ml_metrics::{average_precision_at_k, mean_over_lists};
///
/// let relevant = [true, false, false, false, true];
/// let scores = [0.9, 0.5, 0.1, 0.8, 0.7];
/// let map = mean_over_lists(&[3, 2], None, |rows| {
///     average_precision_at_k(&relevant[rows.clone()], &scores[rows], None)
/// })?;
/// assert_eq!(map, (1.0 + 0.5) / 2.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn mean_over_lists(
    sizes: &[usize],
    weights: Option<&[f64]>,
    metric: impl Fn(Range<usize>) -> Result<f64> + Sync + Send,
) -> Result<f64> {
    input::rows(sizes.len(), &[], weights)?;
    if sizes.contains(&0) {
        return Err(Error::empty("rows of a list"));
    }
    let mut end = 0usize;
    let lists: Vec<Range<usize>> = sizes
        .iter()
        .map(|size| {
            let start = end;
            end = end.saturating_add(*size);
            start..end
        })
        .collect();
    let values = parallel::try_map(lists.len(), |i| match input::weight(weights, i) {
        0.0 => Ok(0.0),
        _ => metric(lists[i].clone()),
    })?;
    Ok(sum::mean(values.len(), weights, |i| values[i]))
}

fn checked(rows: usize, scores: &[f64], k: Option<usize>) -> Result<()> {
    Check::of("ranked list").optional_at_least("k", k, 1).finish()?;
    input::rows(rows, &[("scores", scores.len())], None)?;
    input::finite("score", scores)
}

fn discount(place: usize) -> f64 {
    1.0 / ((place + 2) as f64).log2()
}

/// Rows from the highest score down; tied rows keep their order.
fn ranked(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].partial_cmp(&scores[*a]).unwrap_or(Ordering::Equal));
    order
}
