//! Laws about model files.

use crm_ml_core::{Persist, Stream, reseal};

use super::{assert_same_bits, bytes, data, fit, output, samples};
use crate::toy::Toy;
use crate::{Laws, Subject};

const FLIPS: u64 = 10_000;
/// Longest file of which every truncation is tried; of longer ones this many, evenly spread.
const TRUNCATIONS: usize = 4_000;

/// A loaded model predicts the same bits, and saving it again gives the same file.
pub fn save_and_load<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let model = fit(&laws.subject, &toy);
    let file = bytes::<S>(&model);
    let loaded = S::Model::from_bytes(&file).expect("a saved model loads");
    assert_eq!(loaded, model, "the loaded model is another");
    assert_same_bits(&output::<S>(&loaded, &toy.x), &output::<S>(&model, &toy.x), "save and load");
    assert!(bytes::<S>(&loaded) == file, "saving a loaded model gave another file");
}

/// A file cut anywhere is an error.
pub fn truncated_files<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let file = bytes::<S>(&fit(&laws.quick, &toy));
    cut(&file, |cut| {
        assert!(S::Model::from_bytes(cut).is_err(), "a file cut to {} bytes was accepted", cut.len());
        reseal(cut);
        try_model::<S>(cut, &toy);
    });
}

/// Flipped bits: damage is noticed; with the checksum put right, an error or a model that predicts without panic.
pub fn flipped_bits<S: Subject>(laws: &Laws<S>) {
    let toy = data();
    let file = bytes::<S>(&fit(&laws.quick, &toy));
    let small = crate::toy::toy(5, 2, 9);
    flip(&file, |damaged| {
        assert!(S::Model::from_bytes(damaged).is_err(), "flipped bits were not noticed");
        reseal(damaged);
        try_model::<S>(damaged, &small);
    });
}

/// Shows `look` the file with one to three bits flipped, ten thousand times.
pub(crate) fn flip(file: &[u8], mut look: impl FnMut(&mut [u8])) {
    for seed in 0..FLIPS {
        let mut stream = Stream::new(seed, "testkit/flip", 0);
        let mut damaged = file.to_vec();
        for _ in 0..1 + stream.below(3) {
            let bit = stream.below(damaged.len() * 8);
            damaged[bit / 8] ^= 1 << (bit % 8);
        }
        if damaged != file {
            look(&mut damaged);
        }
    }
}

/// Shows `look` the file cut to all lengths, or many of them where it is long.
pub(crate) fn cut(file: &[u8], mut look: impl FnMut(&mut [u8])) {
    let step = file.len().div_ceil(TRUNCATIONS).max(1);
    for length in (0..file.len()).step_by(step) {
        look(&mut file[..length].to_vec());
    }
}

/// Loads and, if that works, predicts: neither may panic or hang.
fn try_model<S: Subject>(file: &[u8], toy: &Toy) {
    if let Ok(model) = S::Model::from_bytes(file) {
        let _ = S::output(&model, &samples(&toy.x));
    }
}
