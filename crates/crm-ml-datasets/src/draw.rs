//! Draws that the generators share.

use crm_ml_core::Stream;

/// One of weighted choices; the weights need not sum to 1.
pub(crate) fn choice<T: Copy>(stream: &mut Stream, choices: &[(T, f64)]) -> T {
    let total: f64 = choices.iter().map(|(_, weight)| weight).sum();
    let mut left = stream.uniform() * total;
    for (value, weight) in choices {
        left -= weight;
        if left < 0.0 {
            return *value;
        }
    }
    choices[choices.len() - 1].0
}

/// Whether an event of this probability happens.
pub(crate) fn happens(stream: &mut Stream, probability: f64) -> bool {
    stream.uniform() < probability
}

/// Exponential with this mean.
pub(crate) fn exponential(stream: &mut Stream, mean: f64) -> f64 {
    -(1.0 - stream.uniform()).ln() * mean
}

/// Poisson with this mean (up to some hundreds).
pub(crate) fn poisson(stream: &mut Stream, mean: f64) -> i64 {
    let (mut count, mut time) = (0, exponential(stream, 1.0));
    while time < mean {
        count += 1;
        time += exponential(stream, 1.0);
    }
    count
}

/// Gamma of this shape and scale 1 (Marsaglia and Tsang, ACM TOMS 26(3), 2000).
pub(crate) fn gamma(stream: &mut Stream, shape: f64) -> f64 {
    if shape < 1.0 {
        let boost = (1.0 - stream.uniform()).powf(1.0 / shape);
        return gamma(stream, shape + 1.0) * boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = stream.normal();
        let v = (1.0 + c * x).powi(3);
        let u = 1.0 - stream.uniform();
        if v > 0.0 && u.ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

/// Beta of these shapes.
pub(crate) fn beta(stream: &mut Stream, a: f64, b: f64) -> f64 {
    let (x, y) = (gamma(stream, a), gamma(stream, b));
    if x + y > 0.0 { x / (x + y) } else { 0.5 }
}

/// `1 / (1 + exp(-x))`.
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_their_means() {
        let mut stream = Stream::new(1, "test", 0);
        let n = 20_000;
        let mut mean =
            |draw: &dyn Fn(&mut Stream) -> f64| (0..n).map(|_| draw(&mut stream)).sum::<f64>() / n as f64;
        assert!((mean(&|s| gamma(s, 0.5)) - 0.5).abs() < 0.02);
        assert!((mean(&|s| gamma(s, 4.0)) - 4.0).abs() < 0.06);
        assert!((mean(&|s| beta(s, 2.0, 6.0)) - 0.25).abs() < 0.01);
        assert!((mean(&|s| poisson(s, 3.0) as f64) - 3.0).abs() < 0.05);
        assert!((mean(&|s| exponential(s, 2.0)) - 2.0).abs() < 0.06);
        assert!(
            (mean(&|s| f64::from(u8::from(choice(s, &[(true, 3.0), (false, 1.0)])))) - 0.75).abs() < 0.02
        );
    }
}
