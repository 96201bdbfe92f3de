//! Parallel, stable radix sort on integer keys that order as the floats they come from.

use rayon::prelude::*;

use crate::parallel;

/// What can be sorted: anything with an order-preserving key.
pub trait Keyed: Copy + Default + Send + Sync {
    /// What it is sorted by.
    fn key(self) -> u64;
}

impl Keyed for u64 {
    fn key(self) -> u64 {
        self
    }
}

/// A key, and a number that travels with it.
impl Keyed for (u64, f64) {
    fn key(self) -> u64 {
        self.0
    }
}

const SIGN: u64 = 1 << 63;

/// Integers in the order of the floats; 0.0 and -0.0 are equal.
pub fn key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The float of a key.
pub fn value(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

const DIGIT: u32 = 11;
const BUCKETS: usize = 1 << DIGIT;
/// Items a piece of the first pass.
const PIECE: usize = 1 << 16;
/// Below this a comparison sort is as fast.
const SMALL: usize = 1 << 10;

/// Sorts by key, ascending; equal keys keep their order.
///
/// One pass by the eleven leading bits in which keys differ, in parallel pieces; then each bucket by itself, from the
/// last digit to the first. O(n) time, one copy in space.
pub fn sort<T: Keyed>(mut items: Vec<T>) -> Vec<T> {
    if items.len() < SMALL {
        items.sort_by_key(|item| item.key());
        return items;
    }
    let bounds = parallel::map_rows(items.len(), PIECE, |rows| {
        items[rows].iter().fold((u64::MAX, 0), |(low, high), i| (i.key().min(low), i.key().max(high)))
    });
    let (low, high) = bounds.iter().fold((u64::MAX, 0), |a, b| (a.0.min(b.0), a.1.max(b.1)));
    if low == high {
        return items;
    }
    let shift = (64 - (low ^ high).leading_zeros()).saturating_sub(DIGIT);
    let pieces = parallel::map_rows(items.len(), PIECE, |rows| distribute(&items[rows], shift));

    let mut rest = items.as_mut_slice();
    let mut buckets = Vec::with_capacity(BUCKETS);
    for bucket in 0..BUCKETS {
        let length = pieces.iter().map(|(_, ends)| length(ends, bucket)).sum();
        let (head, tail) = rest.split_at_mut(length);
        buckets.push(head);
        rest = tail;
    }
    buckets.into_par_iter().enumerate().for_each(|(bucket, target)| {
        let mut filled = 0;
        for (sorted, ends) in &pieces {
            let part = &sorted[ends[bucket] - length(ends, bucket)..ends[bucket]];
            target[filled..filled + part.len()].copy_from_slice(part);
            filled += part.len();
        }
        sort_bucket(target, shift);
    });
    items
}

/// Length of a bucket of which the ends are given.
fn length(ends: &[usize], bucket: usize) -> usize {
    ends[bucket] - if bucket == 0 { 0 } else { ends[bucket - 1] }
}

/// The items ordered by the digit at `shift`, and where each digit ends.
fn distribute<T: Keyed>(items: &[T], shift: u32) -> (Vec<T>, Vec<usize>) {
    let mut sorted = vec![T::default(); items.len()];
    let ends = scatter(items, &mut sorted, shift);
    (sorted, ends)
}

/// One stable counting pass; the ends of the digits.
fn scatter<T: Keyed>(from: &[T], to: &mut [T], shift: u32) -> Vec<usize> {
    let digit = |item: &T| (item.key() >> shift) as usize & (BUCKETS - 1);
    let mut next = vec![0usize; BUCKETS];
    from.iter().for_each(|item| next[digit(item)] += 1);
    let mut start = 0;
    for slot in &mut next {
        let count = *slot;
        *slot = start;
        start += count;
    }
    for item in from {
        let slot = &mut next[digit(item)];
        to[*slot] = *item;
        *slot += 1;
    }
    next
}

/// Sorts by key, ascending; equal keys keep their order. On one thread, unless there are very many items.
pub fn sort_slice<T: Keyed>(items: &mut [T]) {
    sort_bucket(items, u64::BITS);
}

/// Sorts a bucket whose keys agree from bit `bits` upwards.
fn sort_bucket<T: Keyed>(items: &mut [T], bits: u32) {
    if items.len() < SMALL {
        items.sort_by_key(|item| item.key());
        return;
    }
    // A bucket that holds almost everything is split again rather than left to one thread.
    if items.len() > 4 * PIECE {
        items.copy_from_slice(&sort(items.to_vec()));
        return;
    }
    let first = items[0].key();
    let differing = items.iter().fold(0, |d, item| d | (item.key() ^ first));
    let mut scratch = vec![T::default(); items.len()];
    let mut in_scratch = false;
    for shift in (0..bits).step_by(DIGIT as usize) {
        if (differing >> shift) & (BUCKETS as u64 - 1) == 0 {
            continue;
        }
        if in_scratch {
            scatter(&scratch, items, shift);
        } else {
            scatter(items, &mut scratch, shift);
        }
        in_scratch = !in_scratch;
    }
    if in_scratch {
        items.copy_from_slice(&scratch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stream;

    #[test]
    fn sorts_as_the_standard_library_does() {
        let mut stream = Stream::new(1, "sort", 0);
        let draws: [&mut dyn FnMut() -> f64; 5] = [
            &mut || stream.uniform(),
            &mut || 0.25,
            &mut {
                let mut i = 0.0;
                move || {
                    i += 1.0;
                    (i * 7919.0) % 13.0 - 6.0
                }
            },
            &mut {
                let mut i = 0u64;
                move || {
                    i += 1;
                    f64::from_bits(i.wrapping_mul(0x9E37_79B9_7F4A_7C15))
                }
            },
            &mut {
                let mut i = 0.0;
                move || {
                    i += 1.0;
                    1.0 + 1e-12 * ((i * 31.0) % 1009.0)
                }
            },
        ];
        for draw in draws {
            for n in [0, 1, 1000, 5000, 300_000] {
                let values: Vec<f64> =
                    (0..n).map(|_| draw()).map(|v| if v.is_finite() { v } else { 0.0 }).collect();
                let items: Vec<(u64, f64)> =
                    values.iter().enumerate().map(|(i, v)| (key(*v), i as f64)).collect();
                let mut expected = items.clone();
                expected.sort_by_key(|i| i.0);
                assert!(sort(items) == expected);
                let mut floats: Vec<f64> = values.iter().map(|v| v + 0.0).collect();
                floats.sort_by(f64::total_cmp);
                let keys: Vec<u64> = values.iter().map(|v| key(*v)).collect();
                assert!(sort(keys).into_iter().map(value).eq(floats));
            }
        }
    }
}
