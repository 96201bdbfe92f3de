//! The rows of a tree.

use std::collections::HashSet;

use crm_ml_core::{Samples, Stream};

/// What rows are drawn from: a line on which every row covers its weight, cut into as many equal pieces as the weights count rows.
///
/// Drawing pieces without replacement, and a place in each, draws rows in proportion to their weights; where weights are whole,
/// every piece is one of a row's repetitions.
pub(super) struct Rows {
    /// Where each row ends on the line; `None` where every row is a piece.
    ends: Option<Vec<f64>>,
    count: usize,
}

impl Rows {
    pub(super) fn new(samples: &Samples<'_>) -> Self {
        let Some(weights) = samples.weights() else { return Self { ends: None, count: samples.n_rows() } };
        let mut end = 0.0;
        let mut cover = |weight: &f64| {
            // Weights that sum beyond all numbers are of no use, but must not break anything.
            end = f64::min(end + weight, f64::MAX);
            end
        };
        let ends: Vec<f64> = weights.iter().map(&mut cover).collect();
        let count = (end.round() as usize).max(weights.len());
        Self { ends: Some(ends), count }
    }

    /// How many rows there are, with their repetitions.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Draws so many, in random order. Without replacement this takes time in proportion to them, not to all rows.
    pub(super) fn draw(&self, amount: usize, replacement: bool, mut stream: Stream) -> Vec<usize> {
        let pieces = match replacement {
            true => (0..amount).map(|_| stream.below(self.count)).collect(),
            false => without_replacement(self.count, amount, &mut stream),
        };
        match &self.ends {
            None => pieces,
            Some(ends) => {
                let length = ends.last().map_or(0.0, |end| end / self.count as f64);
                let row = |piece| {
                    let place = (piece as f64 + stream.uniform()) * length;
                    ends.partition_point(|end| *end <= place).min(ends.len() - 1)
                };
                pieces.into_iter().map(row).collect()
            }
        }
    }
}

fn without_replacement(count: usize, amount: usize, stream: &mut Stream) -> Vec<usize> {
    if amount > count / 2 {
        return stream.sample(count, amount);
    }
    let (mut taken, mut drawn) = (HashSet::with_capacity(amount), Vec::with_capacity(amount));
    while drawn.len() < amount {
        let place = stream.below(count);
        if taken.insert(place) {
            drawn.push(place);
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn rows(weights: &[f64]) -> Rows {
        let x = Array2::zeros((weights.len(), 1));
        Rows::new(&Samples::new(&x).unwrap().with_weights(weights).unwrap())
    }

    #[test]
    fn a_whole_weight_is_so_many_rows() {
        let mut drawn = rows(&[1.0, 3.0, 2.0]).draw(6, false, Stream::new(1, "test", 0));
        drawn.sort_unstable();
        assert_eq!(drawn, [0, 1, 1, 1, 2, 2]);
    }

    #[test]
    fn rows_are_drawn_in_proportion_to_their_weights() {
        for scale in [0.01, 1.0, 100.0] {
            let weights = [0.5, 2.25, 1.25].map(|weight| weight * scale);
            let mut times = [0.0; 3];
            for index in 0..30_000 {
                times[rows(&weights).draw(1, false, Stream::new(1, "test", index))[0]] += 1.0 / 30_000.0;
            }
            for (times, weight) in times.iter().zip(weights) {
                approx::assert_abs_diff_eq!(*times, weight / (4.0 * scale), epsilon = 0.01);
            }
        }
    }

    #[test]
    fn no_row_is_drawn_twice() {
        for (count, amount) in [(10, 10), (1000, 400), (1_000_000, 256)] {
            let mut drawn = without_replacement(count, amount, &mut Stream::new(3, "test", 0));
            drawn.sort_unstable();
            drawn.dedup();
            assert_eq!(drawn.len(), amount);
            assert!(drawn.iter().all(|row| *row < count));
        }
    }
}
