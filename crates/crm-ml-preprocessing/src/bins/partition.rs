//! The best cut of an ordered list of small bins into larger ones.

use super::supervised::Monotone;

/// What is known of the target in one small bin, or in several.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mass {
    pub(super) weight: f64,
    /// Weight of each class, or sum and sum of squares of a real target (around its mean).
    pub(super) sums: Vec<f64>,
}

/// What is asked of a partition.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) max_bins: usize,
    /// Least weight of a bin.
    pub(super) least: f64,
    /// What a further bin must bring, in log-likelihood.
    pub(super) price: f64,
    pub(super) monotone: Monotone,
    /// Whether the sums are weights of classes; else the variance of the real target.
    pub(super) variance: Option<f64>,
}

impl Mass {
    fn add(&mut self, other: &Self) {
        self.weight += other.weight;
        self.sums.iter_mut().zip(&other.sums).for_each(|(a, b)| *a += b);
    }

    /// Log-likelihood of the target under the bin's own shares, or its own mean.
    fn likelihood(&self, variance: Option<f64>) -> f64 {
        match variance {
            None => {
                let part = |n: &f64| if *n > 0.0 { n * (n / self.weight).ln() } else { 0.0 };
                self.sums.iter().map(part).sum()
            }
            Some(variance) => {
                let (sum, squares) = (self.sums[0], self.sums[1]);
                -(squares - sum * sum / self.weight).max(0.0) / (2.0 * variance)
            }
        }
    }

    /// Share of the second class, or mean.
    fn rate(&self, variance: Option<f64>) -> f64 {
        let place = usize::from(variance.is_none());
        self.sums.get(place).map_or(0.0, |sum| sum / self.weight)
    }
}

/// One larger bin: small bins `start..end`.
#[derive(Debug, Clone, Copy)]
struct Cell {
    score: f64,
    rate: f64,
}

/// The starts of the larger bins but the first, in order, such that the log-likelihood less the price of the bins is largest:
/// dynamic programming over the last bin, O(max_bins x masses^3).
pub(super) fn best(masses: &[Mass], wanted: &Wanted) -> Vec<usize> {
    match wanted.monotone {
        Monotone::Auto => {
            let way = |monotone| solve(masses, &Wanted { monotone, ..*wanted });
            let (up, down) = (way(Monotone::Increasing), way(Monotone::Decreasing));
            if down.0 > up.0 { down.1 } else { up.1 }
        }
        _ => solve(masses, wanted).1,
    }
}

fn solve(masses: &[Mass], wanted: &Wanted) -> (f64, Vec<usize>) {
    let count = masses.len();
    let cells = cells(masses, wanted);
    let at = |start: usize, end: usize| start * (count + 1) + end;
    let follows = |before: &Cell, next: &Cell| match wanted.monotone {
        Monotone::Increasing => before.rate <= next.rate,
        Monotone::Decreasing => before.rate >= next.rate,
        _ => true,
    };
    // For each number of bins: the best total that ends in a bin, and where the bin before it starts.
    let first = |(place, cell): (usize, &Option<Cell>)| {
        (place / (count + 1) == 0).then_some(*cell).flatten().map(|cell| (cell.score, 0))
    };
    let mut rounds: Vec<Vec<Option<(f64, usize)>>> = vec![cells.iter().enumerate().map(first).collect()];
    let mut winner = rounds[0][at(0, count)].map(|(score, _)| (score, 0, 0));
    while rounds.len() < wanted.max_bins.min(count) {
        let last = &rounds[rounds.len() - 1];
        let mut next = vec![None; last.len()];
        for start in 1..count {
            for end in start + 1..=count {
                let Some(cell) = cells[at(start, end)] else { continue };
                let mut best: Option<(f64, usize)> = None;
                for before in 0..start {
                    let (Some((total, _)), Some(own)) = (last[at(before, start)], cells[at(before, start)])
                    else {
                        continue;
                    };
                    let total = total + cell.score - wanted.price;
                    if follows(&own, &cell) && best.is_none_or(|(most, _)| total > most) {
                        best = Some((total, before));
                    }
                }
                next[at(start, end)] = best;
            }
        }
        for start in 1..count {
            if let Some((total, _)) = next[at(start, count)] {
                if winner.is_none_or(|(most, _, _)| total > most) {
                    winner = Some((total, rounds.len(), start));
                }
            }
        }
        rounds.push(next);
    }
    let Some((score, mut round, mut start)) = winner else { return (f64::NEG_INFINITY, Vec::new()) };
    let (mut starts, mut end) = (Vec::new(), count);
    while round > 0 {
        starts.push(start);
        let before = rounds[round][at(start, end)].map_or(0, |(_, before)| before);
        (end, start, round) = (start, before, round - 1);
    }
    starts.reverse();
    (score, starts)
}

/// Every larger bin that is heavy enough, by start and end.
fn cells(masses: &[Mass], wanted: &Wanted) -> Vec<Option<Cell>> {
    let count = masses.len();
    let mut cells = vec![None; count * (count + 1)];
    for start in 0..count {
        let mut mass = Mass { weight: 0.0, sums: vec![0.0; masses[start].sums.len()] };
        for (end, next) in masses.iter().enumerate().skip(start) {
            mass.add(next);
            if mass.weight > 0.0 && mass.weight >= wanted.least {
                let (score, rate) = (mass.likelihood(wanted.variance), mass.rate(wanted.variance));
                cells[start * (count + 1) + end + 1] = Some(Cell { score, rate });
            }
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masses(pairs: &[(f64, f64)]) -> Vec<Mass> {
        pairs.iter().map(|(no, yes)| Mass { weight: no + yes, sums: vec![*no, *yes] }).collect()
    }

    /// All partitions, one by one.
    fn exhaustive(masses: &[Mass], wanted: &Wanted) -> f64 {
        let count = masses.len();
        let mut most = f64::NEG_INFINITY;
        for cuts in 0..1usize << (count - 1) {
            let starts: Vec<usize> = (1..count).filter(|i| cuts >> (i - 1) & 1 == 1).collect();
            let borders: Vec<usize> = std::iter::once(0).chain(starts).chain([count]).collect();
            if borders.len() - 1 > wanted.max_bins {
                continue;
            }
            let bins: Vec<Mass> = borders
                .windows(2)
                .map(|b| {
                    let mut mass = masses[b[0]].clone();
                    masses[b[0] + 1..b[1]].iter().for_each(|m| mass.add(m));
                    mass
                })
                .collect();
            let rates: Vec<f64> = bins.iter().map(|b| b.rate(None)).collect();
            let ordered = rates.windows(2).all(|pair| match wanted.monotone {
                Monotone::Increasing => pair[0] <= pair[1],
                Monotone::Decreasing => pair[0] >= pair[1],
                _ => true,
            });
            if ordered && bins.iter().all(|b| b.weight >= wanted.least) {
                let total: f64 = bins.iter().map(|b| b.likelihood(None)).sum();
                most = most.max(total - wanted.price * (bins.len() - 1) as f64);
            }
        }
        most
    }

    #[test]
    fn no_partition_is_better() {
        let mut stream = crm_ml_core::Stream::new(4, "partition", 0);
        for case in 0..60 {
            let pairs: Vec<(f64, f64)> =
                (0..8).map(|_| (1.0 + stream.below(20) as f64, stream.below(20) as f64)).collect();
            let masses = masses(&pairs);
            let monotone = [Monotone::Free, Monotone::Increasing, Monotone::Decreasing][case % 3];
            let wanted = Wanted { max_bins: 1 + case % 6, least: 25.0, price: 0.7, monotone, variance: None };
            let (found, starts) = solve(&masses, &wanted);
            assert!((found - exhaustive(&masses, &wanted)).abs() < 1e-9, "case {case}: {starts:?}");
            assert!(starts.len() < wanted.max_bins && starts.windows(2).all(|p| p[0] < p[1]));
        }
    }
}
