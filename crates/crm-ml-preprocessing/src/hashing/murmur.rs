//! MurmurHash3, the 32-bit variant (A. Appleby): the hash of scikit-learn's `FeatureHasher`, the same on every platform.

const C1: u32 = 0xcc9e_2d51;
const C2: u32 = 0x1b87_3593;

/// The hash of bytes under a seed.
pub(crate) fn murmur3_32(bytes: &[u8], seed: u32) -> u32 {
    let mut hash = seed;
    let mut words = bytes.chunks_exact(4);
    for word in &mut words {
        let word = word.iter().rev().fold(0u32, |word, byte| (word << 8) | u32::from(*byte));
        hash = (hash ^ scrambled(word)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        hash ^= scrambled(rest.iter().rev().fold(0u32, |word, byte| (word << 8) | u32::from(*byte)));
    }
    hash ^= bytes.len() as u32;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

fn scrambled(word: u32) -> u32 {
    word.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2)
}

/// The column of a text among `n_features`, and its sign.
pub(crate) fn place(text: &str, n_features: usize, alternate_sign: bool) -> (usize, f64) {
    let hash = murmur3_32(text.as_bytes(), 0) as i32;
    let sign = if alternate_sign && hash < 0 { -1.0 } else { 1.0 };
    // scikit-learn's rule for the number that has no positive counterpart; equal for powers of two.
    let magnitude = if hash == i32::MIN {
        (i32::MAX as usize).saturating_sub(n_features.saturating_sub(1))
    } else {
        hash.unsigned_abs() as usize
    };
    (magnitude % n_features.max(1), sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        // Of the reference implementation's test of known answers.
        for (text, seed, expected) in [
            ("", 0, 0),
            ("", 1, 0x514e_28b7),
            ("", 0xffff_ffff, 0x81f1_6f39),
            ("aaaa", 0x9747_b28c, 0x5a97_808a),
            ("aaa", 0x9747_b28c, 0x283e_0130),
            ("aa", 0x9747_b28c, 0x5d21_1726),
            ("a", 0x9747_b28c, 0x7fa0_9ea6),
            ("Hello, world!", 0x9747_b28c, 0x2488_4cba),
        ] {
            assert_eq!(murmur3_32(text.as_bytes(), seed), expected, "{text}");
        }
    }
}
