//! Folds are a partition, spread what they promise to spread, and refuse what they cannot split.

use crm_ml_core::{ErrorKind, Split, holdout};
use proptest::prelude::*;

#[test]
fn folds_without_a_seed_are_consecutive_and_the_first_ones_longer() {
    let folds = Split::KFold { folds: 3, seed: None }.folds(7, None).unwrap();
    let tests: Vec<_> = folds.iter().map(|f| f.test.clone()).collect();
    assert_eq!(tests, [vec![0, 1, 2], vec![3, 4], vec![5, 6]]);
    assert_eq!(folds[1].train, [0, 1, 2, 5, 6]);
}

#[test]
fn groups_stay_together() {
    let groups = vec![1, 1, 2, 2, 2, 3, 4, 4, 9, 9];
    let folds = Split::Grouped { folds: 3, groups: groups.clone() }.folds(10, None).unwrap();
    for fold in &folds {
        assert!(!fold.test.is_empty());
        assert!(fold.test.iter().all(|&t| fold.train.iter().all(|&r| groups[r] != groups[t])));
    }
    let error = Split::Grouped { folds: 6, groups }.folds(10, None).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooFew { needed: 6, found: 5, .. }));
}

#[test]
fn time_ordered_folds_train_on_the_past_only() {
    let split = Split::TimeOrdered { folds: 3, gap: 2, max_train: Some(4) };
    let folds = split.folds(20, None).unwrap();
    assert_eq!(folds.len(), 3);
    for fold in &folds {
        assert!(fold.train.iter().max().unwrap() + 2 < *fold.test.iter().min().unwrap());
        assert!(fold.train.len() <= 4 && fold.test.len() == 5);
    }
    assert_eq!(*folds[2].test.last().unwrap(), 19);
    assert!(Split::TimeOrdered { folds: 3, gap: 50, max_train: None }.folds(20, None).is_err());
}

#[test]
fn impossible_splits_are_refused() {
    assert!(matches!(
        Split::KFold { folds: 1, seed: None }.folds(10, None).unwrap_err().kind(),
        ErrorKind::InvalidParameters { .. }
    ));
    assert!(matches!(
        Split::KFold { folds: 5, seed: None }.folds(3, None).unwrap_err().kind(),
        ErrorKind::TooFew { needed: 5, found: 3, .. }
    ));
    assert!(Split::stratified(2, 0).folds(10, None).is_err());
    assert!(Split::stratified(2, 0).folds(10, Some(&[0; 9])).is_err());
    for share in [0.0, 1.0, -0.1, f64::NAN] {
        assert!(holdout(10, share, None, 0).is_err());
    }
    assert!(holdout(1, 0.5, None, 0).is_err());
}

proptest! {
    #[test]
    fn stratified_folds_are_a_partition_with_even_classes(
        codes in prop::collection::vec(0u32..4, 6..200), folds in 2usize..6, seed: u64
    ) {
        let parts = Split::Stratified { folds, seed: Some(seed) }.folds(codes.len(), Some(&codes)).unwrap();
        let mut tested: Vec<usize> = parts.iter().flat_map(|f| f.test.clone()).collect();
        tested.sort_unstable();
        prop_assert_eq!(tested, (0..codes.len()).collect::<Vec<_>>());
        for part in &parts {
            prop_assert_eq!(part.train.len() + part.test.len(), codes.len());
            for class in 0..4 {
                let all = codes.iter().filter(|c| **c == class).count();
                let here = part.test.iter().filter(|&&r| codes[r] == class).count();
                prop_assert!(here >= all / folds && here <= all.div_ceil(folds));
            }
        }
    }

    #[test]
    fn a_holdout_keeps_the_class_shares(codes in prop::collection::vec(0u32..3, 20..200), seed: u64) {
        let fold = holdout(codes.len(), 0.25, Some(&codes), seed).unwrap();
        prop_assert_eq!(fold.train.len() + fold.test.len(), codes.len());
        prop_assert_eq!(fold.test.len(), (codes.len() as f64 * 0.25).round() as usize);
        for class in 0..3 {
            let all = codes.iter().filter(|c| **c == class).count() as f64;
            let here = fold.test.iter().filter(|&&r| codes[r] == class).count() as f64;
            prop_assert!((here - all * 0.25).abs() <= 2.0);
        }
    }
}
