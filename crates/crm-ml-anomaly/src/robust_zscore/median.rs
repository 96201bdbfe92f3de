//! Medians of columns whose rows may have weights.

/// The normal distribution's quantile of 3/4: its median absolute deviation, in standard deviations.
const NORMAL_DEVIATION: f64 = 0.674_489_750_196_081_7;

/// Standard deviations in a mean absolute deviation of the normal distribution: the root of pi / 2.
const MEAN_DEVIATIONS: f64 = 1.253_314_137_315_500_3;

/// Median and robust standard deviation of the cells that are known; a scale of 0 where they are all equal or none is.
pub(super) fn centre_and_scale(cells: &[f64], weights: Option<&[f64]>) -> (f64, f64) {
    let mut known: Vec<(f64, f64)> = cells
        .iter()
        .enumerate()
        .filter(|(_, value)| !value.is_nan())
        .map(|(row, value)| (*value, weights.map_or(1.0, |weights| weights[row])))
        .collect();
    if known.is_empty() {
        return (0.0, 0.0);
    }
    let centre = median(&mut known, weights.is_some());
    known.iter_mut().for_each(|(value, _)| *value = (*value - centre).abs().min(f64::MAX));
    let deviation = median(&mut known, weights.is_some());
    if deviation > 0.0 {
        return (centre, deviation / NORMAL_DEVIATION);
    }
    // Sums over ascending values do not depend on the order of the rows.
    known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let total: f64 = known.iter().map(|(_, weight)| weight).sum();
    let mean: f64 = known.iter().map(|(value, weight)| value * (weight / total)).sum();
    (centre, MEAN_DEVIATIONS * mean)
}

/// The mean of the lower and the upper median.
fn median(known: &mut [(f64, f64)], weighted: bool) -> f64 {
    let by_value = |a: &(f64, f64), b: &(f64, f64)| a.0.total_cmp(&b.0);
    let (low, high) = if weighted {
        known.sort_by(by_value);
        let half = known.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
        let at = |reached: &dyn Fn(f64) -> bool| {
            let mut sum = 0.0;
            let found = known.iter().find(|(_, weight)| {
                sum += weight;
                reached(sum)
            });
            found.or(known.last()).map_or(0.0, |(value, _)| *value)
        };
        (at(&|sum| sum >= half), at(&|sum| sum > half))
    } else {
        let middle = (known.len() - 1) / 2;
        let even = known.len() % 2 == 0;
        let (_, low, above) = known.select_nth_unstable_by(middle, by_value);
        let low = low.0;
        let next = above.iter().map(|(value, _)| *value).min_by(f64::total_cmp).unwrap_or(low);
        (low, if even { next } else { low })
    };
    0.5 * low + 0.5 * high
}
