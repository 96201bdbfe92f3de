use crm_ml_core::{Series, Stream};
use proptest::prelude::*;

use super::*;

fn noisy(levels: &[(usize, f64, f64)], seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, "levels", 0);
    let segment = |(length, mean, spread): &(usize, f64, f64)| {
        (0..*length).map(|_| mean + spread * stream.normal()).collect::<Vec<_>>()
    };
    levels.iter().flat_map(segment).collect()
}

#[test]
fn planted_changes_are_found_and_none_invented() {
    let values = noisy(&[(80, 10.0, 1.0), (60, 14.0, 1.0), (90, 9.0, 1.0)], 1);
    let cuts = Pelt::new().find(&Series::new(&values).unwrap()).unwrap();
    assert_eq!(cuts.len(), 2, "{cuts:?}");
    assert!(cuts[0].abs_diff(80) <= 2 && cuts[1].abs_diff(140) <= 2, "{cuts:?}");
    let spread = noisy(&[(100, 0.0, 1.0), (100, 0.0, 5.0)], 2);
    let cuts =
        Pelt::new().change(Change::MeanAndVariance).min_size(5).find(&Series::new(&spread).unwrap()).unwrap();
    assert!(cuts.len() == 1 && cuts[0].abs_diff(100) <= 5, "{cuts:?}");
    let invented: usize = (0..200)
        .map(|seed| noisy(&[(100, 3.0, 2.0)], 100 + seed))
        .map(|values| Pelt::new().find(&Series::new(&values).unwrap()).unwrap().len())
        .sum();
    assert!(invented <= 10, "{invented} changes in 200 series without any");
}

#[test]
fn bad_input_is_told() {
    let series = Series::new(&[1.0, f64::NAN]).unwrap();
    assert!(Pelt::new().find(&series).is_err());
    let flat = [2.0; 30];
    let series = Series::new(&flat).unwrap();
    assert!(Pelt::new().find(&series).unwrap().is_empty());
    assert!(Pelt::new().change(Change::MeanAndVariance).find(&series).unwrap().is_empty());
    for pelt in [Pelt::new().penalty(f64::NAN), Pelt::new().min_size(0), Pelt::new().min_size(31)] {
        assert!(pelt.find(&series).is_err());
    }
    let huge: Vec<f64> = (0..30).map(|t| if t < 15 { -1e300 } else { 1e300 }).collect();
    assert_eq!(Pelt::new().find(&Series::new(&huge).unwrap()).unwrap(), [15]);
}

/// The least cost of all segmentations.
fn brute_force(sums: &Sums, n: usize, least: usize, penalty: f64) -> f64 {
    let mut best = vec![f64::INFINITY; n + 1];
    best[0] = -penalty;
    for end in 1..=n {
        for from in 0..end {
            if end - from >= least {
                best[end] = best[end].min(best[from] + sums.cost(from, end) + penalty);
            }
        }
    }
    best[n]
}

proptest! {
    #[test]
    fn no_segmentation_is_cheaper(
        values in prop::collection::vec(-5i32..5, 4..40),
        penalty in 0.0..20.0f64,
        least in 2usize..4,
        variance in any::<bool>(),
    ) {
        let values: Vec<f64> = values.iter().map(|v| f64::from(*v)).collect();
        let change = if variance { Change::MeanAndVariance } else { Change::Mean };
        let pelt = Pelt::new().change(change).penalty(penalty).min_size(least);
        let cuts = pelt.find(&Series::new(&values).unwrap()).unwrap();
        let sums = Sums::new(&values, change);
        let penalty = sums.scaled(penalty);
        let ends: Vec<usize> = [0].into_iter().chain(cuts.iter().copied()).chain([values.len()]).collect();
        prop_assert!(ends.windows(2).all(|pair| pair[1] - pair[0] >= least));
        let cost: f64 = ends.windows(2).map(|pair| sums.cost(pair[0], pair[1]) + penalty).sum::<f64>() - penalty;
        let expected = brute_force(&sums, values.len(), least, penalty);
        prop_assert!(cost <= expected + 1e-9 * expected.abs().max(1.0), "{cost} {expected} {cuts:?}");
    }
}
