//! Classical decomposition by moving averages.

/// The centred moving average over one season (an even one with halved ends); NaN where the window does not fit.
pub(crate) fn centred_average(y: &[f64], season: usize) -> Vec<f64> {
    let mut trend = vec![f64::NAN; y.len()];
    let half = season / 2;
    let even = season % 2 == 0;
    for t in half..y.len().saturating_sub(half) {
        let window = &y[t - half..=t + half];
        let sum: f64 = if even {
            window[1..window.len() - 1].iter().sum::<f64>() + 0.5 * (window[0] + window[window.len() - 1])
        } else {
            window.iter().sum()
        };
        trend[t] = sum / season as f64;
    }
    trend
}

/// The pattern of one season, from the first value on: means of the values without (or relative to) their moving average,
/// centred on 0 (or 1).
///
/// `None` for fewer than two seasons or where it is not finite. It equals the seasonal component of statsmodels'
/// `seasonal_decompose`.
pub(crate) fn seasonal_pattern(y: &[f64], season: usize, multiplicative: bool) -> Option<Vec<f64>> {
    if season < 2 || y.len() / 2 < season {
        return None;
    }
    let trend = centred_average(y, season);
    let mut sums = vec![0.0; season];
    let mut counts = vec![0u32; season];
    for (t, (y, trend)) in y.iter().zip(&trend).enumerate().filter(|(_, (_, trend))| !trend.is_nan()) {
        sums[t % season] += if multiplicative { y / trend } else { y - trend };
        counts[t % season] += 1;
    }
    let mut pattern: Vec<f64> =
        sums.iter().zip(&counts).map(|(sum, &count)| sum / f64::from(count)).collect();
    let mean = pattern.iter().sum::<f64>() / season as f64;
    pattern.iter_mut().for_each(|v| if multiplicative { *v /= mean } else { *v -= mean });
    pattern.iter().all(|v| v.is_finite()).then_some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pure_pattern_is_found() {
        let pattern = [3.0, -1.0, -2.0, 0.0];
        let y: Vec<f64> = (0..20).map(|t| 10.0 + 0.5 * t as f64 + pattern[t % 4]).collect();
        let found = seasonal_pattern(&y, 4, false).unwrap();
        assert!(found.iter().zip(pattern).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        let y: Vec<f64> = (0..20).map(|t| 10.0 * [0.5, 1.0, 1.5][t % 3]).collect();
        let found = seasonal_pattern(&y, 3, true).unwrap();
        assert!(found.iter().zip([0.5, 1.0, 1.5]).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }

    #[test]
    fn too_short_is_none() {
        assert_eq!(seasonal_pattern(&[1.0; 7], 4, false), None);
        assert_eq!(seasonal_pattern(&[1.0; 7], 1, false), None);
        assert_eq!(seasonal_pattern(&[0.0; 8], 4, true), None);
    }
}
