//! Order statistics without sorting.

/// Values up to this many are partitioned as they are.
const FEW: usize = 1 << 13;
/// Values that are sorted to guess where an order statistic lies.
const SAMPLE: usize = 1 << 10;

/// The value of rank `below` (from 0) in the order of `f64::total_cmp`, and the next one (itself where it is the last).
///
/// A sample tells two values that most likely enclose both; one pass counts what is smaller and keeps what lies between, which
/// alone is partitioned (R. W. Floyd and R. L. Rivest, "Expected time bounds for selection", Communications of the ACM 18(3),
/// 1975). Where the guess is wrong, everything is partitioned: the result never depends on the sample. `None` without
/// values.
pub(crate) fn pair_at(pieces: &[&[f64]], below: usize) -> Option<(f64, f64)> {
    let count: usize = pieces.iter().map(|piece| piece.len()).sum();
    if count > FEW {
        if let Some(pair) = enclosed(pieces, count, below) {
            return Some(pair);
        }
    }
    partitioned(pieces.concat(), below)
}

/// The pair, if the guess encloses it.
fn enclosed(pieces: &[&[f64]], count: usize, below: usize) -> Option<(f64, f64)> {
    let mut sample: Vec<f64> =
        pieces.iter().flat_map(|piece| piece.iter().step_by((count / SAMPLE).max(1))).copied().collect();
    sample.sort_unstable_by(f64::total_cmp);
    let (n, share) = (sample.len() as f64, below as f64 / count as f64);
    let margin = 4.0 * (share * (1.0 - share) * n).sqrt() + 8.0;
    let place = |rank: f64| sample.get(rank.max(0.0) as usize).copied();
    let low = if share * n > margin { place(share * n - margin) } else { None }.unwrap_or(f64::NEG_INFINITY);
    let high = place(share * n + margin).unwrap_or(f64::INFINITY);
    let mut smaller = 0;
    let mut between = Vec::with_capacity((3.0 * margin / n * count as f64) as usize);
    for piece in pieces {
        smaller += piece.iter().map(|v| usize::from(*v < low)).sum::<usize>();
        between.extend(piece.iter().filter(|v| **v >= low && **v <= high));
    }
    let last = below.checked_sub(smaller)?;
    let whole = smaller + between.len() == count;
    (last + 1 < between.len() || (whole && last < between.len()))
        .then(|| partitioned(between, last))
        .flatten()
}

fn partitioned(mut values: Vec<f64>, below: usize) -> Option<(f64, f64)> {
    if below >= values.len() {
        return None;
    }
    let (_, low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    Some((low, above.iter().copied().min_by(f64::total_cmp).unwrap_or(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_sorted_values() {
        let mut stream = crm_ml_core::Stream::new(8, "select", 0);
        let normal: Vec<f64> = (0..60_000).map(|_| stream.normal()).collect();
        let ties: Vec<f64> = (0..30_000).map(|_| stream.below(3) as f64).collect();
        let rising: Vec<f64> = (0..20_000).map(f64::from).collect();
        // Every value that the sample looks at is far from the others.
        let mut trap = vec![5.0; 40_000];
        trap.iter_mut().step_by(40_000 / SAMPLE).for_each(|v| *v = -100.0);
        let zeros: Vec<f64> = (0..20_000).map(|i| if i % 3 == 0 { -0.0 } else { 0.0 }).collect();
        for values in [normal, ties, rising, trap, zeros, vec![1.0, 3.0]] {
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let pieces: Vec<&[f64]> = values.chunks(7001).collect();
            let last = values.len() - 1;
            for below in [0, 1.min(last), last / 100, last / 4, last / 2, last * 3 / 4, last.max(1) - 1, last]
            {
                let (low, high) = pair_at(&pieces, below).unwrap();
                let expected = (sorted[below], sorted[(below + 1).min(last)]);
                assert_eq!(
                    (low.to_bits(), high.to_bits()),
                    (expected.0.to_bits(), expected.1.to_bits()),
                    "{below}"
                );
            }
            assert_eq!(pair_at(&pieces, values.len()), None);
        }
    }
}
