//! How likely chance alone gives what was found.

/// Numbers of Lanczos' approximation of the gamma function (g = 7, n = 9; Godfrey 2001), good to 15 digits.
const LANCZOS: [f64; 9] = [
    0.999_999_999_999_809_9,
    676.520_368_121_885_1,
    -1_259.139_216_722_402_8,
    771.323_428_777_653_1,
    -176.615_029_162_140_6,
    12.507_343_278_686_905,
    -0.138_571_095_265_720_12,
    9.984_369_578_019_572e-6,
    1.505_632_735_149_311_6e-7,
];

/// `ln(x!)` for x of at least 0.
fn ln_factorial(x: f64) -> f64 {
    let t = x + 7.5;
    let sum = (1..9).fold(LANCZOS[0], |sum, i| sum + LANCZOS[i] / (x + i as f64));
    (x + 0.5) * t.ln() - t + 0.5 * (2.0 * std::f64::consts::PI).ln() + sum.ln()
}

/// `P(Z >= z)` of a standard normal variable.
pub(super) fn normal_tail(z: f64) -> f64 {
    if z.is_nan() {
        return 1.0;
    }
    if z < 0.0 {
        return 1.0 - normal_tail(-z);
    }
    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if z < 3.0 {
        // Phi(z) = 1/2 + phi(z) (z + z^3/3 + z^5/(3 5) + ...)
        let (mut term, mut sum, mut odd) = (z, z, 1.0);
        while term > 1e-17 * sum {
            odd += 2.0;
            term *= z * z / odd;
            sum += term;
        }
        return 0.5 - density * sum;
    }
    // phi(z) / (z + 1/(z + 2/(z + ...)))
    density / (1..=60).rev().fold(z, |below, i| z + f64::from(i) / below)
}

/// Fisher's exact test, one-sided: the probability of at least `hits` of a level among `drawn` of `all` rows, `with` of which have it.
/// Weights are counts of rows, rounded.
pub(super) fn over_representation(hits: f64, drawn: f64, with: f64, all: f64) -> f64 {
    let [hits, drawn, with, all] = [hits, drawn, with, all].map(f64::round);
    let most = drawn.min(with);
    if all <= 0.0 || drawn > all || with > all || hits > most || hits * all <= drawn * with {
        return 1.0;
    }
    let ln_choose = |n: f64, k: f64| ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
    let first = ln_choose(with, hits) + ln_choose(all - with, drawn - hits) - ln_choose(all, drawn);
    let (mut sum, mut term, mut count) = (1.0, 1.0, hits);
    // Above the mean every term is smaller than the one before.
    while count < most && term > 1e-17 * sum {
        term *= (with - count) * (drawn - count) / ((count + 1.0) * (all - with - drawn + count + 1.0));
        sum += term;
        count += 1.0;
    }
    (first.exp() * sum).min(1.0)
}

/// Mann and Whitney's test, two-sided, by its normal approximation: the probability of a Cliff's delta at least this far from 0 for
/// two groups of these sizes; `ties` is the sum of (share of the rows that have a value)^3 over all values.
pub(super) fn rank_difference(delta: f64, inside: f64, outside: f64, ties: f64) -> f64 {
    let all = inside + outside;
    let tied = (ties * all * all - 1.0) / (all * all - 1.0);
    let variance = (all + 1.0) * (1.0 - tied) / (3.0 * inside * outside);
    if variance > 0.0 { (2.0 * normal_tail(delta.abs() / variance.sqrt())).min(1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_equal_known_values() {
        // scipy.stats.norm.sf
        let known = [
            (0.0, 0.5),
            (1.0, 0.15865525393145707),
            (-1.5, 0.9331927987311419),
            (2.999, 0.0013543365337271057),
            (3.0, 0.0013498980316300933),
            (6.0, 9.865876450376946e-10),
            (20.0, 2.7536241186061556e-89),
        ];
        for (z, p) in known {
            assert!((normal_tail(z) / p - 1.0).abs() < 1e-12, "{z}: {}", normal_tail(z));
        }
        assert_eq!(normal_tail(f64::INFINITY), 0.0);
        assert_eq!(normal_tail(f64::NAN), 1.0);
    }

    #[test]
    fn fishers_test_equals_known_values() {
        // scipy.stats.hypergeom.sf(hits - 1, all, with, drawn)
        let known = [
            ((8.0, 10.0, 9.0, 20.0), 0.0027387473207906646),
            ((5.0, 10.0, 5.0, 100.0), 3.3471682956219036e-6),
            ((700.0, 1000.0, 60_000.0, 100_000.0), 2.5453674726923732e-11),
        ];
        for ((hits, drawn, with, all), p) in known {
            let found = over_representation(hits, drawn, with, all);
            assert!((found / p - 1.0).abs() < 1e-8, "{hits}: {found} {p}");
        }
        assert_eq!(over_representation(1.0, 10.0, 10.0, 20.0), 1.0);
        assert_eq!(over_representation(0.0, 0.0, 0.0, 0.0), 1.0);
        assert_eq!(over_representation(f64::NAN, 1.0, 1.0, 2.0), 1.0);
    }

    #[test]
    fn the_rank_test_equals_known_values() {
        // scipy.stats.mannwhitneyu(use_continuity=False, method="asymptotic"): 0 to 8 beside 4.5 to 11.5; 1, 1, 2 beside 1, 2, 3, 3.
        let known = [
            (-0.7222222222222222, 9.0, 8.0, 17.0 / 4913.0, 0.012354585017871936),
            (-0.5833333333333333, 3.0, 4.0, 43.0 / 343.0, 0.1903379290634306),
        ];
        for (delta, inside, outside, ties, p) in known {
            let found = rank_difference(delta, inside, outside, ties);
            assert!((found / p - 1.0).abs() < 1e-12, "{found} {p}");
        }
        assert_eq!(rank_difference(0.0, 3.0, 4.0, 1.0), 1.0);
    }
}
