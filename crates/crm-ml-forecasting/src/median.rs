//! The median.

/// The middle value, the mean of the two in the middle, or 0 of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => 0.5 * values[n / 2 - 1] + 0.5 * values[n / 2],
    }
}
