//! What sets segments apart in a field of numbers.

use super::groups::Groups;
use super::significance::rank_difference;

/// A field of numbers in one segment and in the rest.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Contrast {
    pub(super) mean: Option<f64>,
    pub(super) rest_mean: Option<f64>,
    pub(super) median: Option<f64>,
    pub(super) rest_median: Option<f64>,
    pub(super) difference: Option<f64>,
    pub(super) effect: f64,
    pub(super) p_value: f64,
    pub(super) total_share: Option<f64>,
}

/// One entry a segment. `values` has one entry a row of `groups`, NaN where missing.
pub(super) fn contrasts(values: &[f64], groups: &Groups) -> Vec<Contrast> {
    let mut order: Vec<usize> = (0..values.len()).filter(|&row| values[row].is_finite()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let sums = Sums::of(values, groups, &order);
    let ranks = Ranks::of(values, groups, &order);
    (0..groups.len()).map(|group| contrast(group, &sums, &ranks, (values, groups, &order))).collect()
}

fn contrast(group: usize, sums: &Sums, ranks: &Ranks, known: (&[f64], &Groups, &[usize])) -> Contrast {
    let (values, groups, order) = known;
    let (inside, outside) = (sums.weight[group], sums.total - sums.weight[group]);
    let finite = |value: f64| Some(value).filter(|v| v.is_finite());
    let median = |inner: bool| {
        let part = order.iter().filter(|&&row| (groups.of[row] == group) == inner);
        weighted_median(part.map(|&row| (values[row], groups.weights[row])))
    };
    let mean = (inside > 0.0).then(|| sums.mean + sums.centred[group] / inside).and_then(finite);
    let total_share = (sums.sum > 0.0).then(|| sums.parts[group] / sums.sum).and_then(finite);
    let mut found = Contrast { mean, median: median(true), total_share, p_value: 1.0, ..Contrast::default() };
    if inside <= 0.0 || sums.others(groups, group) == 0 {
        return found;
    }
    found.rest_mean = finite(sums.mean + (sums.all_centred - sums.centred[group]) / outside);
    found.rest_median = median(false);
    if let (Some(mean), Some(rest)) = (found.mean, found.rest_mean) {
        found.difference = finite((mean - rest) / sums.deviation);
    }
    let superiority = (ranks.below[group] - inside * inside / 2.0) / (inside * outside);
    found.effect = finite(2.0 * superiority - 1.0).unwrap_or(0.0).clamp(-1.0, 1.0);
    found.p_value = rank_difference(found.effect, inside, outside, ranks.ties);
    found
}

/// Weighted sums of the known values, around their mean where that matters.
struct Sums {
    total: f64,
    weight: Vec<f64>,
    rows: Vec<usize>,
    mean: f64,
    centred: Vec<f64>,
    all_centred: f64,
    deviation: f64,
    /// Plain sums, for shares of the total.
    parts: Vec<f64>,
    sum: f64,
}

impl Sums {
    fn of(values: &[f64], groups: &Groups, order: &[usize]) -> Self {
        let k = groups.len();
        let (mut weight, mut rows, mut parts, mut centred) =
            (vec![0.0; k], vec![0; k], vec![0.0; k], vec![0.0; k]);
        for &row in order {
            weight[groups.of[row]] += groups.weights[row];
            rows[groups.of[row]] += 1;
            parts[groups.of[row]] += groups.weights[row] * values[row];
        }
        let (total, sum): (f64, f64) = (weight.iter().sum(), parts.iter().sum());
        let mean = sum / total;
        let mut squares = 0.0;
        for &row in order {
            let away = values[row] - mean;
            centred[groups.of[row]] += groups.weights[row] * away;
            squares += groups.weights[row] * away * away;
        }
        let all_centred = centred.iter().sum();
        Self {
            total,
            weight,
            rows,
            mean,
            centred,
            all_centred,
            deviation: (squares / total).sqrt(),
            parts,
            sum,
        }
    }

    /// Known rows of the other segments.
    fn others(&self, groups: &Groups, group: usize) -> usize {
        (0..groups.len()).filter(|&other| other != group).map(|other| self.rows[other]).sum()
    }
}

/// What the order of the values tells.
struct Ranks {
    /// For every segment the weight below its rows (of equal ones half), summed over them by weight.
    below: Vec<f64>,
    /// Sum of (share of the weight that has a value)^3.
    ties: f64,
}

impl Ranks {
    fn of(values: &[f64], groups: &Groups, order: &[usize]) -> Self {
        let total: f64 = order.iter().map(|&row| groups.weights[row]).sum();
        let (mut below, mut ties, mut lighter) = (vec![0.0; groups.len()], 0.0, 0.0);
        for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
            let tied: f64 = equal.iter().map(|&row| groups.weights[row]).sum();
            for &row in equal {
                below[groups.of[row]] += groups.weights[row] * (lighter + tied / 2.0);
            }
            lighter += tied;
            ties += (tied / total).powi(3);
        }
        Self { below, ties }
    }
}

/// The middle of ascending values by weight, of two middle ones the mean.
fn weighted_median(ascending: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let half = ascending.clone().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let (mut seen, mut lower) = (0.0, None);
    for (value, weight) in ascending {
        if let Some(lower) = lower {
            return Some(lower + (value - lower) / 2.0);
        }
        seen += weight;
        if seen > half {
            return Some(value);
        }
        if seen == half {
            lower = Some(value);
        }
    }
    lower
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(of: &[usize], weights: &[f64]) -> Groups {
        let k = of.iter().max().unwrap() + 1;
        let total = |g: usize| of.iter().zip(weights).filter(|(o, _)| **o == g).map(|(_, w)| w).sum::<f64>();
        Groups {
            rows: (0..of.len()).collect(),
            weights: weights.to_vec(),
            of: of.to_vec(),
            labels: (0..k as i32).collect(),
            totals: (0..k).map(total).collect(),
            counts: (0..k).map(|g| of.iter().filter(|o| **o == g).count()).collect(),
            total: weights.iter().sum(),
        }
    }

    #[test]
    fn a_segment_beside_the_rest() {
        let values = [1.0, 2.0, 3.0, 4.0, 10.0, f64::NAN];
        let found = contrasts(&values, &groups(&[0, 0, 1, 1, 1, 1], &[1.0; 6]));
        assert_eq!((found[1].mean, found[1].rest_mean), (Some(17.0 / 3.0), Some(1.5)));
        assert_eq!((found[1].median, found[1].rest_median), (Some(4.0), Some(1.5)));
        assert_eq!((found[1].effect, found[0].effect), (1.0, -1.0));
        assert_eq!(found[1].total_share, Some(0.85));
        // numpy: (mean - mean) / std of all five.
        assert!((found[1].difference.unwrap() - (17.0 / 3.0 - 1.5) / 10.0_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn ties_count_half() {
        let found = contrasts(&[1.0, 2.0, 2.0, 2.0], &groups(&[0, 0, 1, 1], &[1.0; 4]));
        // Of four pairs two are lost and two are equal.
        assert_eq!((found[0].effect, found[1].effect), (-0.5, 0.5));
        let same = contrasts(&[7.0; 4], &groups(&[0, 0, 1, 1], &[1.0; 4]));
        assert_eq!((same[0].effect, same[0].difference, same[0].p_value), (0.0, None, 1.0));
    }

    #[test]
    fn whole_weights_are_repeated_rows() {
        let weighted = contrasts(&[1.0, 5.0, 2.0, 9.0], &groups(&[0, 0, 1, 1], &[2.0, 1.0, 3.0, 1.0]));
        let repeated =
            contrasts(&[1.0, 1.0, 5.0, 2.0, 2.0, 2.0, 9.0], &groups(&[0, 0, 0, 1, 1, 1, 1], &[1.0; 7]));
        for (a, b) in weighted.iter().zip(&repeated) {
            assert_eq!((a.median, a.rest_median, a.effect), (b.median, b.rest_median, b.effect));
            assert!(
                (a.mean.unwrap() - b.mean.unwrap()).abs() < 1e-12 && (a.p_value - b.p_value).abs() < 1e-12
            );
            assert!((a.difference.unwrap() - b.difference.unwrap()).abs() < 1e-12);
        }
    }

    #[test]
    fn nothing_known_and_no_rest_are_no_numbers() {
        let none = contrasts(&[f64::NAN; 2], &groups(&[0, 1], &[1.0; 2]));
        assert_eq!(none[0], Contrast { p_value: 1.0, ..Contrast::default() });
        let alone = contrasts(&[1.0, 3.0], &groups(&[0, 0], &[1.0; 2]));
        assert_eq!((alone[0].mean, alone[0].rest_mean, alone[0].effect), (Some(2.0), None, 0.0));
        let huge = contrasts(&[1e308, -1e308, 1e308, 5.0], &groups(&[0, 0, 1, 1], &[1.0; 4]));
        assert!(huge.iter().all(|c| c.mean.is_none_or(f64::is_finite) && c.effect.is_finite()));
    }
}
