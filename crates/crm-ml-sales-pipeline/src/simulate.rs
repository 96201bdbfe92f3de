//! Possible sums of a quarter.

use crm_ml_core::{Stream, parallel};

/// Deals simulated as one piece.
const DEALS_A_PIECE: usize = 256;
const PATHS_A_PIECE: usize = 64;
/// Variances below this are none.
const NONE: f64 = 1e-9;

/// An open deal: what it is worth if it is won is `amount` times one of `factors`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenDeal<'a> {
    pub(crate) id: &'a str,
    pub(crate) probability: f64,
    pub(crate) amount: f64,
    pub(crate) factors: &'a [f64],
}

/// Wins of deals that are not there yet: expected numbers, and what each kind is worth.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewWins<'a> {
    /// Expected wins of a kind, and what deals of that kind were won at.
    pub(crate) kinds: Vec<(f64, &'a [f64])>,
    /// Mean probability of a new deal to be won in time.
    pub(crate) probability: f64,
    /// Squared relative error of the number of new deals.
    pub(crate) variance: f64,
}

/// The sums of `paths` possible quarters.
///
/// What quarters have in common is drawn a path: a factor of all odds of winning, gamma distributed with mean 1 and variance `variance`, and one of
/// the number of new deals. A deal of probability `p` is won on a path of factor `z` with the probability `1 - exp(-r z)`; `r` is such that the mean over
/// `z` is `p` to the bit of rounding. So the paths on which it is won are the points of a Poisson process over the sum of the factors, and jumping
/// from point to point costs as many draws as there are wins, not as there are paths.
pub(crate) fn sums(
    open: &[OpenDeal<'_>],
    new: &NewWins<'_>,
    variance: f64,
    paths: usize,
    seed: u64,
) -> Vec<f64> {
    let factors: Vec<(f64, f64)> = parallel::map_rows(paths, PATHS_A_PIECE, |rows| {
        let draw = |path: usize| {
            let mut stream = Stream::new(seed, "pipeline/quarter", path as u64);
            (gamma(&mut stream, variance), gamma(&mut stream, new.variance))
        };
        rows.map(draw).collect::<Vec<_>>()
    })
    .concat();
    let mut total = 0.0;
    let ends: Vec<f64> = factors
        .iter()
        .map(|(winning, _)| {
            total += winning;
            total
        })
        .collect();
    let piece = |deals: std::ops::Range<usize>| {
        let mut sums = vec![0.0; paths];
        for deal in &open[deals] {
            win(deal, rate(deal.probability, variance), &ends, &mut sums, seed);
        }
        sums
    };
    let add = |mut sums: Vec<f64>, part: Vec<f64>| {
        sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        sums
    };
    let mut sums =
        parallel::reduce_rows(open.len(), DEALS_A_PIECE, piece, add).unwrap_or_else(|| vec![0.0; paths]);
    add_new(&mut sums, new, &factors, variance, seed);
    sums
}

/// Adds a deal to the paths on which it is won.
fn win(deal: &OpenDeal<'_>, rate: f64, ends: &[f64], sums: &mut [f64], seed: u64) {
    if rate <= 0.0 || deal.factors.is_empty() {
        return;
    }
    let mut stream = Stream::new(seed, "pipeline/deal", key(deal.id));
    let (mut path, mut at) = (0, 0.0);
    loop {
        at += exponential(&mut stream) / rate;
        path = first_above(ends, path, at);
        let Some(end) = ends.get(path) else { return };
        sums[path] += deal.amount * deal.factors[stream.below(deal.factors.len())];
        // Once won, the deal is done on this path; the process forgets.
        at = *end;
        path += 1;
    }
}

/// The first place from `from` on whose value is above `at`: by doubling steps, then halving.
fn first_above(ascending: &[f64], from: usize, at: f64) -> usize {
    let rest = ascending.get(from..).unwrap_or_default();
    let mut reach = 1;
    while rest.get(reach - 1).is_some_and(|value| *value <= at) {
        reach = reach.saturating_mul(2);
    }
    let known = reach / 2;
    let within = &rest[known.min(rest.len())..reach.min(rest.len())];
    from + known.min(rest.len()) + within.partition_point(|value| *value <= at)
}

fn add_new(sums: &mut [f64], new: &NewWins<'_>, factors: &[(f64, f64)], variance: f64, seed: u64) {
    let mut upto = 0.0;
    let shares: Vec<f64> = new
        .kinds
        .iter()
        .map(|(expected, _)| {
            upto += expected;
            upto
        })
        .collect();
    if upto <= 0.0 || new.probability <= 0.0 {
        return;
    }
    let rate = rate(new.probability, variance);
    parallel::fill_rows(sums, 1, PATHS_A_PIECE, |first, piece| {
        for (row, sum) in piece.iter_mut().enumerate() {
            let path = first + row;
            let (winning, coming) = factors[path];
            let expected = upto * coming * -(-rate * winning).exp_m1() / new.probability;
            let mut stream = Stream::new(seed, "pipeline/new", path as u64);
            let mut time = exponential(&mut stream);
            while time < expected {
                let place = stream.uniform() * upto;
                let kind = shares.partition_point(|share| *share <= place).min(shares.len() - 1);
                let amounts = new.kinds[kind].1;
                if !amounts.is_empty() {
                    *sum += amounts[stream.below(amounts.len())];
                }
                time += exponential(&mut stream);
            }
        }
    });
}

/// The `r` for which the mean of `1 - exp(-r z)` is the probability, `z` being gamma distributed with mean 1.
fn rate(probability: f64, variance: f64) -> f64 {
    if probability >= 1.0 {
        f64::INFINITY
    } else if variance < NONE {
        -(-probability).ln_1p()
    } else {
        (-variance * (-probability).ln_1p()).exp_m1() / variance
    }
}

/// Gamma with mean 1 and a variance up to 1 (Marsaglia and Tsang, ACM TOMS 26(3), 2000).
fn gamma(stream: &mut Stream, variance: f64) -> f64 {
    if variance < NONE {
        return 1.0;
    }
    let d = 1.0 / variance.min(1.0) - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = stream.normal();
        let v = (1.0 + c * x).powi(3);
        let u = 1.0 - stream.uniform();
        if v > 0.0 && u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v * variance.min(1.0);
        }
    }
}

fn exponential(stream: &mut Stream) -> f64 {
    -(1.0 - stream.uniform()).ln()
}

/// A number of an identifier (FNV-1a), so that a deal draws the same whatever other deals there are.
fn key(id: &str) -> u64 {
    id.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_above_is_found_from_anywhere() {
        let values: Vec<f64> = (0..40).map(|i| f64::from(i / 2)).collect();
        for from in 0..=41 {
            for at in -1..22 {
                let at = f64::from(at) + 0.25 * f64::from(at % 3);
                let expected = (from..40).find(|place| values[*place] > at).unwrap_or(from.max(40));
                assert_eq!(first_above(&values, from, at).max(expected.min(40)), expected, "{from} {at}");
            }
        }
    }

    #[test]
    fn paths_have_the_moments_that_are_asked_for() {
        let paths = 40_000;
        for variance in [0.0, 0.04, 0.5] {
            let open: Vec<OpenDeal<'_>> =
                [("a", 0.3, 100.0), ("b", 0.02, 1000.0), ("c", 1.0, 7.0), ("d", 0.0, 1e9)]
                    .map(|(id, probability, amount)| OpenDeal {
                        id,
                        probability,
                        amount,
                        factors: &[0.5, 1.5],
                    })
                    .to_vec();
            let new =
                NewWins { kinds: vec![(2.0, &[10.0]), (1.0, &[40.0])], probability: 0.2, variance: 0.1 };
            let all = sums(&open, &new, variance, paths, 1);
            let mean = all.iter().sum::<f64>() / paths as f64;
            let expected = 30.0 + 20.0 + 7.0 + 60.0;
            assert!((mean / expected - 1.0).abs() < 0.02, "{variance}: {mean} for {expected}");
            // The certain deal alone has the spread of its factors.
            let sure = sums(&open[2..3], &NewWins::default(), variance, paths, 1);
            assert!(sure.iter().all(|sum| *sum == 3.5 || *sum == 10.5));
            // Two equal deals vary together as the factor does.
            let pair: Vec<OpenDeal<'_>> =
                ["x", "y"].map(|id| OpenDeal { id, probability: 0.4, amount: 1.0, factors: &[1.0] }).to_vec();
            let both = sums(&pair, &NewWins::default(), variance, paths, 2);
            let both = both.iter().filter(|sum| **sum == 2.0).count() as f64 / paths as f64;
            let expected = if variance == 0.0 {
                0.16
            } else {
                // 1 - 2 E[exp(-rz)] + E[exp(-2rz)]
                1.0 - 2.0 * 0.6 + (1.0 + 2.0 * variance * rate(0.4, variance)).powf(-1.0 / variance)
            };
            assert!((both - expected).abs() < 0.01, "{variance}: {both} for {expected}");
        }
    }

    #[test]
    fn a_deal_draws_the_same_whatever_others_there_are() {
        let deal = |id, probability| OpenDeal { id, probability, amount: 1.0, factors: &[1.0] };
        let none = NewWins::default();
        let (one, other) =
            (sums(&[deal("a", 0.3)], &none, 0.1, 500, 3), sums(&[deal("b", 0.6)], &none, 0.1, 500, 3));
        let both = sums(&[deal("a", 0.3), deal("b", 0.6)], &none, 0.1, 500, 3);
        assert!(both.iter().zip(one.iter().zip(&other)).all(|(both, (one, other))| *both == one + other));
    }
}
