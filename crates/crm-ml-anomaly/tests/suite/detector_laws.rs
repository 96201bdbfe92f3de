//! The laws, for the detectors beside the isolation forest.

use crm_ml_anomaly::{
    Combination, Contamination, Copod, Ecod, EllipticEnvelope, Hbos, HistogramBins, KthNeighborDistance,
    LocalOutlierFactor, Mahalanobis, NeighborDistance, OutlierEnsemble, PcaReconstruction, RobustZScore,
};
use crm_ml_core::OutlierDetector;
use crm_ml_neighbors::Metric;
use crm_ml_testkit::{AsOutlierDetector as As, Laws, Subject, laws};

/// The laws of a detector whose contamination is set by `told`.
fn of<D: OutlierDetector + Clone>(detector: D, told: fn(D, Contamination) -> D) -> Laws<As<D>>
where
    As<D>: Subject,
{
    let mut laws =
        Laws::new(As(detector)).contamination(|d: As<D>, share| As(told(d.0, Contamination::Share(share))));
    for share in [0.0, 0.6, f64::NAN] {
        laws = laws.bad("contamination", |d: As<D>| As(told(d.0, Contamination::Share(share))));
    }
    laws
}

fn robust_z() -> Laws<As<RobustZScore>> {
    of(RobustZScore::new(), RobustZScore::contamination).missing_accepted()
}

fn hbos(detector: Hbos) -> Laws<As<Hbos>> {
    of(detector, Hbos::contamination)
        .missing_accepted()
        .categories_accepted()
        .bad("n_bins", |d: As<Hbos>| As(d.0.n_bins(1)))
        .bad("n_bins", |d: As<Hbos>| As(d.0.n_bins(usize::MAX)))
        .bad("alpha", |d: As<Hbos>| As(d.0.alpha(0.0)))
        .bad("alpha", |d: As<Hbos>| As(d.0.alpha(f64::NAN)))
        .bad("tol", |d: As<Hbos>| As(d.0.tol(1.0)))
}

fn lof(metric: Metric) -> Laws<As<LocalOutlierFactor>> {
    of(LocalOutlierFactor::new().n_neighbors(7).metric(metric), LocalOutlierFactor::contamination)
        .weight_scale_matters()
        .fitted_rows_score_apart()
        .bad("n_neighbors", |d: As<LocalOutlierFactor>| As(d.0.n_neighbors(0)))
}

fn knn(method: NeighborDistance) -> Laws<As<KthNeighborDistance>> {
    of(KthNeighborDistance::new().method(method), KthNeighborDistance::contamination)
        .weight_scale_matters()
        .fitted_rows_score_apart()
        .bad("n_neighbors", |d: As<KthNeighborDistance>| As(d.0.n_neighbors(0)))
}

fn pca(detector: PcaReconstruction) -> Laws<As<PcaReconstruction>> {
    of(detector, PcaReconstruction::contamination)
        .bad("n_components", |d: As<PcaReconstruction>| As(d.0.n_components(0)))
        .bad("n_components", |d: As<PcaReconstruction>| As(d.0.variance_share(0.0)))
        .bad("n_components", |d: As<PcaReconstruction>| As(d.0.variance_share(f64::NAN)))
}

fn envelope() -> Laws<As<EllipticEnvelope>> {
    // Rows without outliers have many subsets of nearly the least determinant: which one is found depends on the starts.
    let laws = of(EllipticEnvelope::new(), EllipticEnvelope::contamination);
    Laws { order: None, ..laws }
        .weights_within(0.3)
        .weight_scale_matters()
        .bad("support_fraction", |d: As<EllipticEnvelope>| As(d.0.support_fraction(0.0)))
        .bad("support_fraction", |d: As<EllipticEnvelope>| As(d.0.support_fraction(1.5)))
        .bad("support_fraction", |d: As<EllipticEnvelope>| As(d.0.support_fraction(f64::NAN)))
}

fn ensemble(combination: Combination) -> Laws<As<OutlierEnsemble>> {
    let members = vec![
        Ecod::new().into(),
        Hbos::new().into(),
        RobustZScore::new().into(),
        Mahalanobis::new().into(),
        PcaReconstruction::new().into(),
    ];
    // Rounding of the members' sums orders rows of equal scores, and so their ranks.
    of(OutlierEnsemble::new(members).combination(combination), OutlierEnsemble::contamination)
        .order_within(0.01)
        .bad("detectors", |_: As<OutlierEnsemble>| As(OutlierEnsemble::new(Vec::new())))
}

fn ensemble_of_neighbours() -> Laws<As<OutlierEnsemble>> {
    let members = vec![
        LocalOutlierFactor::new().n_neighbors(6).into(),
        KthNeighborDistance::new().into(),
        Copod::new().into(),
    ];
    of(OutlierEnsemble::new(members), OutlierEnsemble::contamination)
        .weight_scale_matters()
        .fitted_rows_score_apart()
}

laws!(robust_z_score, robust_z());
laws!(histogram, hbos(Hbos::new()));
laws!(histogram_auto, hbos(Hbos::new().bins(HistogramBins::Auto)).weight_scale_matters());
laws!(ecod, of(Ecod::new(), Ecod::contamination).missing_accepted());
laws!(copod, of(Copod::new(), Copod::contamination).missing_accepted());
laws!(lof_euclidean, lof(Metric::Euclidean));
laws!(lof_manhattan, lof(Metric::Manhattan));
laws!(lof_cosine, lof(Metric::Cosine));
laws!(lof_gower, lof(Metric::Gower).missing_accepted().categories_accepted());
laws!(knn_largest, knn(NeighborDistance::Largest));
laws!(knn_mean, knn(NeighborDistance::Mean));
laws!(knn_median, knn(NeighborDistance::Median));
laws!(pca_reconstruction, pca(PcaReconstruction::new()));
laws!(pca_reconstruction_count, pca(PcaReconstruction::new().n_components(2).standardize(false)));
laws!(mahalanobis, of(Mahalanobis::new(), Mahalanobis::contamination));
laws!(elliptic_envelope, envelope());
laws!(ensemble_mean_rank, ensemble(Combination::MeanRank));
laws!(ensemble_max_rank, ensemble(Combination::MaxRank));
laws!(ensemble_standardized, ensemble(Combination::MeanStandardized));
laws!(ensemble_neighbours, ensemble_of_neighbours());
