//! Sorting rows by cell number: number and row share one word.

use rayon::prelude::*;

/// Bits a pass sorts by.
const DIGIT: u32 = 11;

/// Larger inputs are sorted in pieces of this many, then merged.
const RUN: usize = 1 << 17;

/// Rows ordered by number, then row.
pub(super) struct Sorted {
    words: Vec<u64>,
    row_bits: u32,
}

impl Sorted {
    #[inline]
    pub(super) fn number(&self, position: usize) -> u64 {
        self.words[position] >> self.row_bits
    }

    #[inline]
    pub(super) fn row(&self, position: usize) -> u32 {
        (self.words[position] & ((1 << self.row_bits) - 1)) as u32
    }
}

/// Bits that hold a row.
pub(super) fn row_bits(rows: usize) -> u32 {
    (usize::BITS - rows.leading_zeros()).max(1)
}

/// Sorts `0..rows` by `number`; `None` where number and row need more than 64 bits.
pub(super) fn by_number(rows: usize, number: impl Fn(usize) -> u64 + Sync) -> Option<Sorted> {
    let row_bits = row_bits(rows);
    let mut words = vec![0u64; rows];
    let mut spare = vec![0u64; rows];
    let largest: Vec<Option<u64>> = words
        .par_chunks_mut(RUN)
        .zip(spare.par_chunks_mut(RUN))
        .enumerate()
        .map(|(run, (words, spare))| {
            let mut union = 0;
            for (row, word) in (run * RUN..).zip(words.iter_mut()) {
                let number = number(row);
                union |= number;
                *word = (number << row_bits) | row as u64;
            }
            let bits = u64::BITS - union.leading_zeros();
            if bits + row_bits > u64::BITS {
                return None;
            }
            radix(words, spare, row_bits, bits);
            Some(union)
        })
        .collect();
    if largest.iter().any(Option::is_none) {
        return None;
    }
    let mut run = RUN;
    while run < rows {
        merge_pairs(&words, &mut spare, run);
        std::mem::swap(&mut words, &mut spare);
        run *= 2;
    }
    Some(Sorted { words, row_bits })
}

/// Sorts words by `bits` bits from `shift` up, least significant digit first; the result is in `words`.
fn radix(words: &mut [u64], spare: &mut [u64], shift: u32, bits: u32) {
    let passes = bits.div_ceil(DIGIT);
    let digit = bits.div_ceil(passes.max(1)).max(1);
    let mask = (1u64 << digit) - 1;
    let mut offsets = vec![0u32; 1 << digit];
    for pass in 0..passes {
        let shift = shift + pass * digit;
        offsets.fill(0);
        for word in words.iter() {
            offsets[(word >> shift & mask) as usize] += 1;
        }
        let mut sum = 0;
        for offset in &mut offsets {
            sum += std::mem::replace(offset, sum);
        }
        for word in words.iter() {
            let offset = &mut offsets[(word >> shift & mask) as usize];
            spare[*offset as usize] = *word;
            *offset += 1;
        }
        words.copy_from_slice(spare);
    }
}

/// Merges neighbouring sorted runs of `run` words, each pair in two halves at once.
fn merge_pairs(words: &[u64], out: &mut [u64], run: usize) {
    out.par_chunks_mut(2 * run).zip(words.par_chunks(2 * run)).for_each(|(out, pair)| {
        let (left, right) = pair.split_at(run.min(pair.len()));
        // Words are different from each other, so the middle can be found in both runs.
        let middle = left.len() / 2;
        let pivot = left.get(middle).copied().unwrap_or(0);
        let in_right = right.partition_point(|word| *word < pivot);
        let (low, high) = out.split_at_mut(middle + in_right);
        rayon::join(
            || merge(&left[..middle], &right[..in_right], low),
            || merge(&left[middle..], &right[in_right..], high),
        );
    });
}

fn merge<'a>(mut left: &'a [u64], mut right: &'a [u64], out: &mut [u64]) {
    for out in out {
        let from_left = match (left.first(), right.first()) {
            (Some(l), Some(r)) => l < r,
            (l, _) => l.is_some(),
        };
        let source = if from_left { &mut left } else { &mut right };
        if let Some((first, rest)) = source.split_first() {
            *out = *first;
            *source = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_by_number_then_row() {
        for (rows, modulus) in [(1usize, 1u64), (10, 3), (5_000, 1 << 40), (400_001, 977)] {
            let number = |row: usize| (row as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) % modulus;
            let sorted = by_number(rows, number).unwrap();
            let mut expected: Vec<(u64, u32)> = (0..rows).map(|row| (number(row), row as u32)).collect();
            expected.sort_unstable();
            let found: Vec<(u64, u32)> = (0..rows).map(|p| (sorted.number(p), sorted.row(p))).collect();
            assert_eq!(found, expected);
        }
        assert!(by_number(5, |_| u64::MAX).is_none());
    }
}
