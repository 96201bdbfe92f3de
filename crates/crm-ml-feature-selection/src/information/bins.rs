//! Numbers cut into parts of equal weight.

/// The part of every value, from 0; `bins` for missing ones. Equal values share a part: the one that the middle of their weight
/// lies in.
pub(super) fn of_equal_weight(values: &[f64], weights: Option<&[f64]>, bins: usize) -> Vec<u32> {
    let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
    let mut order: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let total: f64 = order.iter().map(|&row| weight(row)).sum();
    let mut parts = vec![bins as u32; values.len()];
    let mut below = 0.0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let own: f64 = equal.iter().map(|&row| weight(row)).sum();
        let part = ((below + 0.5 * own) / total * bins as f64) as usize;
        equal.iter().for_each(|&row| parts[row] = part.min(bins - 1) as u32);
        below += own;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::of_equal_weight;

    #[test]
    fn parts_have_equal_weight_and_ties_stay_together() {
        let values = [5.0, 1.0, 2.0, 4.0, 3.0, f64::NAN, 6.0];
        assert_eq!(of_equal_weight(&values, None, 3), [2, 0, 0, 1, 1, 3, 2]);
        assert_eq!(of_equal_weight(&values, None, 2), [1, 0, 0, 1, 0, 2, 1]);
        let weights = [1.0, 4.0, 1.0, 1.0, 1.0, 9.0, 1.0];
        assert_eq!(of_equal_weight(&values, Some(&weights), 2), [1, 0, 1, 1, 1, 2, 1]);
        assert_eq!(of_equal_weight(&[0.0, -0.0, 0.0, 7.0], None, 2), [0, 0, 0, 1]);
        assert_eq!(of_equal_weight(&[3.0; 4], None, 5), [2; 4]);
        assert_eq!(of_equal_weight(&[f64::NAN; 2], None, 5), [5; 2]);
    }
}
