//! Attributions add up to the anomaly score, for every detector; contamination holds for the rows of the fit.

use crm_ml_anomaly::{
    AnyDetector, Combination, Contamination, Copod, Ecod, EllipticEnvelope, Hbos, IsolationForest,
    KthNeighborDistance, LocalOutlierFactor, Mahalanobis, NeighborDistance, OutlierEnsemble,
    PcaReconstruction, RobustZScore,
};
use crm_ml_core::{Attributions, OutlierDetector, OutlierModel, Samples, Stream};
use crm_ml_neighbors::Metric;
use ndarray::Array2;
use proptest::prelude::*;

fn detectors() -> Vec<AnyDetector> {
    vec![
        RobustZScore::new().into(),
        Hbos::new().into(),
        Ecod::new().into(),
        Copod::new().into(),
        LocalOutlierFactor::new().n_neighbors(6).into(),
        LocalOutlierFactor::new().n_neighbors(3).metric(Metric::Manhattan).into(),
        KthNeighborDistance::new().into(),
        KthNeighborDistance::new().method(NeighborDistance::Median).metric(Metric::Manhattan).into(),
        PcaReconstruction::new().into(),
        Mahalanobis::new().into(),
        EllipticEnvelope::new().into(),
        IsolationForest::new().n_estimators(20).into(),
    ]
}

/// Rows of which some are repeated.
fn rows(count: usize, width: usize, seed: u64) -> Array2<f64> {
    let mut stream = Stream::new(seed, "attributions", 0);
    let mut x = Array2::from_shape_fn((count, width), |(_, column)| match column {
        0 => stream.below(4) as f64,
        _ => stream.normal(),
    });
    let copied = x.row(0).to_owned();
    x.rows_mut().into_iter().skip(1).step_by(9).for_each(|mut row| row.assign(&copied));
    x
}

fn assert_adds_up(model: &(impl OutlierModel + Attributions), samples: &Samples<'_>, tolerance: f64) {
    let (shares, scores) = (model.contributions(samples).unwrap(), model.anomaly_scores(samples).unwrap());
    assert_eq!(shares.dim(), (samples.n_rows(), samples.n_columns() + 1, 1));
    for (shares, score) in shares.outer_iter().zip(&scores) {
        let sum = shares.sum();
        assert!((sum - score).abs() <= tolerance * score.abs().max(1.0), "{sum} where the score is {score}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn shares_add_up_to_the_score(count in 12usize..60, width in 2usize..6, seed in 0u64..1000) {
        let (x, new) = (rows(count, width, seed), rows(20, width, seed + 1000));
        let (samples, new) = (Samples::new(&x).unwrap(), Samples::new(&new).unwrap());
        for detector in detectors() {
            let model = detector.fit(&samples).unwrap();
            assert_adds_up(&model, &samples, 1e-9);
            assert_adds_up(&model, &new, 1e-9);
        }
        for combination in [Combination::MeanRank, Combination::MaxRank, Combination::MeanStandardized] {
            let ensemble = OutlierEnsemble::new(detectors()).combination(combination);
            assert_adds_up(&ensemble.fit(&samples).unwrap(), &new, 1e-8);
        }
    }
}

#[test]
fn unused_columns_have_no_share_and_the_odd_one_has_most() {
    let mut x = rows(80, 4, 3);
    x.column_mut(3).fill(2.0);
    let samples = Samples::new(&x).unwrap();
    let mut odd = x.slice(ndarray::s![..1, ..]).to_owned();
    odd[[0, 1]] = 12.0;
    for detector in detectors() {
        let model = detector.fit(&samples).unwrap();
        let shares = model.contributions(&Samples::new(&odd).unwrap()).unwrap();
        let share = |column: usize| shares[[0, column, 0]];
        let others = (0..4).filter(|column| *column != 1).all(|column| share(column) <= share(1));
        // What a component leaves over lies in all columns that it mixes.
        assert!(others || matches!(detector, AnyDetector::PcaReconstruction(_)), "{detector:?}: {shares}");
        // The histogram of a constant column has a density, too.
        assert!(share(3).abs() < 1e-9 || matches!(detector, AnyDetector::Hbos(_)), "{detector:?}: {shares}");
    }
}

#[test]
fn a_distance_that_is_no_sum_over_columns_has_no_shares() {
    let x = rows(30, 3, 1);
    let samples = Samples::new(&x).unwrap();
    for metric in [Metric::Cosine, Metric::Gower] {
        LocalOutlierFactor::new().metric(metric).fit(&samples).unwrap().contributions(&samples).unwrap_err();
        KthNeighborDistance::new().metric(metric).fit(&samples).unwrap().contributions(&samples).unwrap_err();
    }
}

#[test]
fn the_contamination_holds_for_the_rows_of_the_fit() {
    let x = rows(200, 3, 5);
    let samples = Samples::new(&x).unwrap();
    let share = Contamination::Share(0.05);
    let lof = LocalOutlierFactor::new().contamination(share).fit(&samples).unwrap();
    let knn = KthNeighborDistance::new().contamination(share).fit(&samples).unwrap();
    for (scores, offset) in
        [(lof.negative_outlier_factor(), lof.offset()), (knn.fitted_scores(), knn.offset())]
    {
        let below = scores.iter().filter(|score| **score < offset).count();
        assert!((8..=10).contains(&below), "{below} of 200 rows");
    }
}

#[test]
fn weights_that_are_no_counts_are_refused_where_neighbours_are_counted() {
    let x = rows(20, 2, 9);
    let samples = Samples::new(&x).unwrap().with_weights(&vec![1.5; 20]).unwrap();
    let error = LocalOutlierFactor::new().fit(&samples).unwrap_err();
    assert!(error.to_string().contains("whole number"), "{error}");
    KthNeighborDistance::new().fit(&samples).unwrap_err();
    // Elsewhere they are honoured.
    RobustZScore::new().fit(&samples).unwrap();
    Ecod::new().fit(&samples).unwrap();
}

#[test]
fn missing_cells_add_nothing() {
    let mut x = rows(40, 3, 2);
    let known = x.clone();
    x[[5, 1]] = f64::NAN;
    let gap = x.slice(ndarray::s![5..6, ..]).to_owned();
    let (known, gap) = (Samples::new(&known).unwrap(), Samples::new(&gap).unwrap());
    for detector in [AnyDetector::from(Ecod::new()), Copod::new().into(), Hbos::new().into()] {
        let shares = detector.fit(&known).unwrap().contributions(&gap).unwrap();
        assert_eq!(shares[[0, 1, 0]], 0.0);
    }
    // A row of which nothing is known is not odd.
    let nothing = Array2::from_elem((1, 3), f64::NAN);
    let model = Ecod::new().fit(&known).unwrap();
    assert_eq!(model.anomaly_scores(&Samples::new(&nothing).unwrap()).unwrap()[0], 0.0);
}

#[test]
fn new_rows_do_not_depend_on_their_batch_and_the_end_of_the_range_is_the_end() {
    let x = rows(300, 2, 4);
    let model = Ecod::new().fit(&Samples::new(&x).unwrap()).unwrap();
    // So few rows are looked up one by one, so many are sorted and merged.
    let new = rows(500, 2, 77);
    let together = model.anomaly_scores(&Samples::new(&new).unwrap()).unwrap();
    for row in [0, 13, 499] {
        let alone = new.slice(ndarray::s![row..row + 1, ..]).to_owned();
        assert_eq!(
            model.anomaly_scores(&Samples::new(&alone).unwrap()).unwrap()[0].to_bits(),
            together[row].to_bits()
        );
    }
    let score = |value: f64| {
        let x = ndarray::array![[1.0, value]];
        model.anomaly_scores(&Samples::new(&x).unwrap()).unwrap()[0]
    };
    assert_eq!(score(1e6), score(1e300));
    assert!(score(1e6) > score(0.0));
}
