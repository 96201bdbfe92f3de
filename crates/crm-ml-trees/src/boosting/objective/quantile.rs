//! Weighted quantiles.

/// The value at which the weights up to it reach `share` of their total; where they reach it exactly, the mean of it and the
/// next one (Hyndman and Fan 1996, definition 2), so that half is the median and a weight of two equals two rows. Values have
/// a weight above 0.
pub(super) fn weighted(mut pairs: Vec<(f64, f64)>, share: f64) -> f64 {
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let wanted = share * pairs.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut reached = 0.0;
    for (place, (value, weight)) in pairs.iter().enumerate() {
        reached += weight;
        if reached > wanted {
            return *value;
        }
        if reached == wanted {
            return between(*value, pairs.get(place + 1).map_or(*value, |(next, _)| *next));
        }
    }
    pairs.last().map_or(0.0, |(value, _)| *value)
}

/// As [`weighted`] for weights of 1, without sorting.
pub(super) fn plain(mut values: Vec<f64>, share: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return 0.0 };
    let wanted = share * values.len() as f64;
    let place = (wanted.floor() as usize).min(last);
    let (below, value, _) = values.select_nth_unstable_by(place, f64::total_cmp);
    if place as f64 == wanted && place > 0 {
        let before = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        return between(before, *value);
    }
    *value
}

/// The middle, without overflow.
fn between(a: f64, b: f64) -> f64 {
    if a == b { a } else { a / 2.0 + b / 2.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn half_is_the_median() {
        assert_eq!(plain(vec![3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(plain(vec![3.0, 1.0, 2.0, 9.0], 0.5), 2.5);
        assert_eq!(plain(vec![7.0], 0.01), 7.0);
        assert_eq!(plain(vec![], 0.5), 0.0);
        assert_eq!(weighted(vec![(1.0, 1.0), (2.0, 5.0), (3.0, 1.0)], 0.5), 2.0);
        assert_eq!(weighted(vec![(1.0, 2.0), (2.0, 1.0), (3.0, 1.0)], 0.5), 1.5);
        assert_eq!(weighted(vec![(1.0, 1.0), (f64::MAX, 1.0)], 0.99), f64::MAX);
    }

    proptest! {
        #[test]
        fn whole_weights_equal_repeated_values(
            values in proptest::collection::vec((-5i32..5, 1usize..4), 1..30), share in 0.01..0.99f64, tenth in 1u8..10,
        ) {
            for share in [share, f64::from(tenth) / 10.0] {
                let pairs: Vec<(f64, f64)> = values.iter().map(|(v, w)| (f64::from(*v), *w as f64)).collect();
                let repeated: Vec<f64> = values.iter().flat_map(|(v, w)| vec![f64::from(*v); *w]).collect();
                prop_assert_eq!(weighted(pairs, share), plain(repeated, share));
            }
        }
    }
}
