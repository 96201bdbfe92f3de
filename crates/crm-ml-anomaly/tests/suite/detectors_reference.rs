//! Numbers of scikit-learn and pyod; `fixtures/make_detectors.py` makes them and names the versions.

use approx::assert_relative_eq;
use crm_ml_anomaly::{
    Contamination, Copod, Ecod, EllipticEnvelope, Hbos, KthNeighborDistance, LocalOutlierFactor, Mahalanobis,
    MinCovDet, NeighborDistance,
};
use crm_ml_core::{Model, OutlierDetector, OutlierModel, Samples};
use crm_ml_linalg::Cholesky;
use crm_ml_neighbors::Metric;
use crm_ml_testkit::fixture::{matrix, numbers};
use ndarray::Array2;
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/detectors.json")).unwrap()
}

#[track_caller]
fn equal<'a>(ours: impl IntoIterator<Item = &'a f64>, theirs: &Value) {
    let theirs = numbers(theirs);
    let ours: Vec<f64> = ours.into_iter().copied().collect();
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_relative_eq!(*ours, *theirs, max_relative = 1e-10, epsilon = 1e-10);
    }
}

#[track_caller]
fn equal_matrices(ours: &Array2<f64>, theirs: &Value) {
    for (ours, theirs) in ours.rows().into_iter().zip(theirs.as_array().unwrap()) {
        equal(ours, theirs);
    }
}

#[test]
fn hbos_equals_pyods() {
    let fixture = fixture();
    let (x, new) = (matrix(&fixture["x"]), matrix(&fixture["new"]));
    for case in fixture["hbos"].as_array().unwrap() {
        let detector = Hbos::new()
            .n_bins(case["n_bins"].as_u64().unwrap() as usize)
            .alpha(case["alpha"].as_f64().unwrap())
            .tol(case["tol"].as_f64().unwrap());
        let model = detector.fit(&Samples::new(&x).unwrap()).unwrap();
        equal(&model.anomaly_scores(&Samples::new(&x).unwrap()).unwrap(), &case["scores"]);
        equal(&model.anomaly_scores(&Samples::new(&new).unwrap()).unwrap(), &case["new"]);
        assert_relative_eq!(-model.offset(), case["threshold"].as_f64().unwrap(), max_relative = 1e-10);
    }
}

#[test]
fn ecod_and_copod_equal_pyods_on_the_rows_of_the_fit() {
    let fixture = fixture();
    let x = matrix(&fixture["x"]);
    let samples = Samples::new(&x).unwrap();
    equal(&Ecod::new().fit(&samples).unwrap().anomaly_scores(&samples).unwrap(), &fixture["ecod"]);
    equal(&Copod::new().fit(&samples).unwrap().anomaly_scores(&samples).unwrap(), &fixture["copod"]);
}

#[test]
fn neighbour_distances_equal_pyods() {
    let fixture = fixture();
    let (x, new) = (matrix(&fixture["x"]), matrix(&fixture["new"]));
    for case in fixture["knn"].as_array().unwrap() {
        let method = match case["method"].as_str().unwrap() {
            "largest" => NeighborDistance::Largest,
            "mean" => NeighborDistance::Mean,
            _ => NeighborDistance::Median,
        };
        let k = case["n_neighbors"].as_u64().unwrap() as usize;
        let detector = KthNeighborDistance::new().n_neighbors(k).method(method);
        let model = detector.fit(&Samples::new(&x).unwrap()).unwrap();
        equal(&model.fitted_scores().iter().map(|s| -s).collect::<Vec<_>>(), &case["scores"]);
        equal(&model.anomaly_scores(&Samples::new(&new).unwrap()).unwrap(), &case["new"]);
    }
}

#[test]
fn local_outlier_factors_equal_scikit_learns() {
    let fixture = fixture();
    let (x, new) = (matrix(&fixture["x"]), matrix(&fixture["new"]));
    for case in fixture["lof"].as_array().unwrap() {
        let metric = match case["metric"].as_str().unwrap() {
            "euclidean" => Metric::Euclidean,
            "manhattan" => Metric::Manhattan,
            _ => Metric::Cosine,
        };
        let k = case["n_neighbors"].as_u64().unwrap() as usize;
        let detector =
            LocalOutlierFactor::new().n_neighbors(k).metric(metric).contamination(Contamination::Share(0.05));
        let model = detector.fit(&Samples::new(&x).unwrap()).unwrap();
        equal(model.negative_outlier_factor(), &case["scores"]);
        assert_relative_eq!(model.offset(), case["offset"].as_f64().unwrap(), max_relative = 1e-10);
        equal(&model.score_samples(&Samples::new(&new).unwrap()).unwrap(), &case["new"]);
        assert_eq!(model.n_neighbors(), k.min(x.nrows() - 1));
    }
}

#[test]
fn the_plain_covariance_equals_scikit_learns() {
    let fixture = fixture();
    let (x, new) = (matrix(&fixture["x"]), matrix(&fixture["new"]));
    let model = Mahalanobis::new().fit(&Samples::new(&x).unwrap()).unwrap();
    let case = &fixture["mahalanobis"];
    equal(&model.location(), &case["location"]);
    equal_matrices(&model.covariance(), &case["covariance"]);
    equal(&model.anomaly_scores(&Samples::new(&new).unwrap()).unwrap(), &case["distances"]);
    // Squared distances of four correlated normal columns and a skewed one: the default flags few.
    assert_eq!(model.schema().width(), 5);
}

#[test]
fn the_robust_covariance_is_no_worse_than_scikit_learns_and_equal_where_both_find_the_best() {
    let fixture = fixture();
    let mut equal_cases = 0;
    for case in fixture["robust"].as_array().unwrap() {
        let x = matrix(if case["x"].is_null() { &fixture["x"] } else { &case["x"] });
        let samples = Samples::new(&x).unwrap();
        let fraction = case["support_fraction"].as_f64();
        let robust = MinCovDet::new().support_fraction(fraction).fit(&samples).unwrap();
        let ours = Cholesky::new(robust.raw_covariance().view()).unwrap().log_determinant();
        let (best, first) =
            (case["log_determinant"].as_f64().unwrap(), case["log_determinant_of_seed_0"].as_f64().unwrap());
        println!("{:?} ours {ours} best of 20 {best} seed 0 {first}", x.dim());
        assert!(ours <= first + 1e-9, "{ours} where scikit-learn finds {first}");
        assert!(ours <= best + 1e-3, "{ours} where scikit-learn's best of 20 is {best}");
        if (ours - best).abs() > 1e-9 {
            continue;
        }
        equal_cases += 1;
        equal(&robust.raw_location(), &case["raw_location"]);
        equal(&robust.location(), &case["location"]);
        equal_matrices(&robust.raw_covariance(), &case["raw_covariance"]);
        equal_matrices(&robust.covariance(), &case["covariance"]);
        assert_eq!(
            robust.support().iter().filter(|inside| **inside).count(),
            case["support"].as_u64().unwrap() as usize
        );
        let some = samples.select_rows(&(0..40).collect::<Vec<_>>());
        equal(&robust.squared_distances(&some).unwrap(), &case["distances"]);
        let envelope = EllipticEnvelope::new().support_fraction(fraction).fit(&samples).unwrap();
        equal(&envelope.anomaly_scores(&some).unwrap(), &case["distances"]);
    }
    assert!(equal_cases >= 3, "only {equal_cases} cases have the same optimum");
}

#[test]
fn what_the_fit_knows_of_its_rows_is_what_scoring_tells() {
    use crm_ml_anomaly::{Copod, Ecod, Hbos, IsolationForest, KthNeighborDistance, LocalOutlierFactor};
    use crm_ml_core::{OutlierDetector, OutlierModel, Samples, Stream};

    let mut stream = Stream::new(5, "rows", 0);
    let x = ndarray::Array2::from_shape_fn((400, 3), |(_, column)| match column {
        0 => stream.normal(),
        1 => stream.below(6) as f64,
        _ => stream.uniform() * 1e6 + 1e9,
    });
    let samples = Samples::new(&x).unwrap();
    fn check<D: OutlierDetector>(detector: &D, samples: &Samples<'_>) {
        let (model, scores) = detector.fit_score(samples).unwrap();
        assert_eq!(scores, model.score_samples(samples).unwrap());
        assert_eq!(model.offset(), detector.fit(samples).unwrap().offset());
    }
    check(&Ecod::new(), &samples);
    check(&Copod::new(), &samples);
    check(&Hbos::new(), &samples);
    check(&IsolationForest::new().n_estimators(5), &samples);
    // A row is its own nearest neighbour unless it is left out.
    let (model, scores) = LocalOutlierFactor::new().fit_score(&samples).unwrap();
    assert_eq!(scores.to_vec(), model.negative_outlier_factor());
    let (model, scores) = KthNeighborDistance::new().fit_score(&samples).unwrap();
    assert_eq!(scores.to_vec(), model.fitted_scores());
}
