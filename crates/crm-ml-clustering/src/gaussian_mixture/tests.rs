//! Parts of mixtures.

use crm_ml_core::{ClusterModel, Clusterer, ErrorKind, Samples, Stream};
use ndarray::{Array2, Axis, array};
use proptest::prelude::*;

use super::exp::exp;
use super::{CovarianceType, Criterion, GaussianMixture, Matrices, MixtureInit};

const KINDS: [CovarianceType; 4] =
    [CovarianceType::Full, CovarianceType::Tied, CovarianceType::Diag, CovarianceType::Spherical];

fn data(rows: usize, columns: usize, clusters: usize, seed: u64) -> Array2<f64> {
    let mut stream = Stream::new(seed, "tests/mixture", 0);
    let offsets: Vec<f64> = (0..clusters * columns).map(|_| 4.0 * stream.normal()).collect();
    Array2::from_shape_fn((rows, columns), |(i, j)| {
        offsets[i % clusters * columns + j] + (1.0 + (i % clusters) as f64) * stream.normal()
    })
}

/// Against the standard library, whose result is off by less than one unit in the last place.
#[test]
fn the_exponential_is_within_two_units_in_the_last_place() {
    let mut stream = Stream::new(2, "tests/exp", 0);
    for _ in 0..200_000 {
        let x = -708.0 * stream.uniform().powi(4);
        let (ours, theirs) = (exp(x), x.exp());
        assert!((ours - theirs).abs() <= 3.0 * f64::EPSILON * theirs, "{x}: {ours} against {theirs}");
    }
    assert_eq!((exp(0.0), exp(-0.0), exp(-708.0), exp(-1e300)), (1.0, 1.0, 0.0, 0.0));
    assert_eq!((exp(f64::NEG_INFINITY), exp(f64::MIN)), (0.0, 0.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_likelihood_never_falls(
        rows in 30usize..400, columns in 1usize..6, clusters in 1usize..5, kind in 0usize..4, seed in 0u64..1000,
    ) {
        let x = data(rows, columns, clusters, seed);
        let samples = Samples::new(&x).unwrap();
        let means = x.select(Axis(0), &(0..clusters).collect::<Vec<_>>());
        let mut last = f64::NEG_INFINITY;
        for iterations in 1..10 {
            let estimator = GaussianMixture::new(clusters).covariance_type(KINDS[kind]).means_init(&means);
            let estimator = estimator.init_params(MixtureInit::Even).tol(0.0).reg_covar(0.0).max_iter(iterations);
            let Ok(model) = estimator.fit(&samples) else { break };
            let likelihood = model.report().objective;
            prop_assert!(likelihood >= last - 1e-9 * last.abs().max(1.0), "{} after {}", likelihood, last);
            last = likelihood;
        }
    }
}

#[test]
fn new_rows_have_the_moments_of_the_components() {
    let x = data(600, 3, 2, 5);
    for kind in KINDS {
        let model = GaussianMixture::new(2).covariance_type(kind).fit(&Samples::new(&x).unwrap()).unwrap();
        let (new, components) = model.sample(40_000, 3).unwrap();
        assert_eq!(model.sample(10, 3).unwrap().0, new.slice(ndarray::s![..10, ..]), "the first rows stay");
        for component in 0..2 {
            let rows: Vec<usize> =
                (0..components.len()).filter(|&i| components[i] == component as i32).collect();
            let share = rows.len() as f64 / components.len() as f64;
            assert!((share - model.weights()[component]).abs() < 0.02, "{kind:?}: {share}");
            let drawn = new.select(Axis(0), &rows);
            let mean = drawn.mean_axis(Axis(0)).unwrap();
            let centred = &drawn - &mean;
            let covariance = centred.t().dot(&centred) / rows.len() as f64;
            for i in 0..3 {
                assert!((mean[i] - model.means()[[component, i]]).abs() < 0.15, "{kind:?}");
                for j in 0..3 {
                    let expected = match model.covariances() {
                        Matrices::Full(all) => all[[component, i, j]],
                        Matrices::Tied(all) => all[[i, j]],
                        Matrices::Diag(all) => {
                            if i == j {
                                all[[component, i]]
                            } else {
                                0.0
                            }
                        }
                        Matrices::Spherical(all) => {
                            if i == j {
                                all[component]
                            } else {
                                0.0
                            }
                        }
                    };
                    assert!((covariance[[i, j]] - expected).abs() < 0.4, "{kind:?}: {covariance} {expected}");
                }
            }
        }
    }
}

#[test]
fn a_fit_goes_on_where_another_ended() {
    let x = data(300, 3, 3, 8);
    let samples = Samples::new(&x).unwrap();
    for kind in KINDS {
        let new = || GaussianMixture::new(3).covariance_type(kind).tol(0.0);
        let whole = new().max_iter(9).fit(&samples).unwrap();
        let half = new().max_iter(5).fit(&samples).unwrap();
        let rest = new().max_iter(4).start_from(&half).unwrap().fit(&samples).unwrap();
        for (a, b) in whole.means().iter().zip(rest.means()) {
            assert!((a - b).abs() < 1e-9, "{kind:?}: {a} against {b}");
        }
    }
}

#[test]
fn the_right_number_and_form_are_chosen() {
    let mut x = data(900, 2, 3, 21);
    for (row, mut cells) in x.rows_mut().into_iter().enumerate() {
        cells[0] += if row % 3 == 1 { 30.0 } else { 0.0 };
        cells[1] += if row % 3 == 2 { 30.0 } else { 0.0 };
    }
    let samples = Samples::new(&x).unwrap();
    let new = GaussianMixture::new(1).n_init(3);
    for criterion in [Criterion::Bic, Criterion::Aic] {
        let choice = new.choose(&samples, 1..=5, &KINDS, criterion).unwrap();
        let least = choice.candidates.iter().filter_map(|c| c.criterion).fold(f64::INFINITY, f64::min);
        let value =
            if criterion == Criterion::Bic { choice.best.bic(&samples) } else { choice.best.aic(&samples) };
        assert_eq!(value.unwrap(), least);
        assert_eq!(choice.candidates.len(), 20);
    }
    let best = new.choose(&samples, 1..=5, &KINDS, Criterion::Bic).unwrap().best;
    assert_eq!((best.n_clusters(), best.covariances().kind()), (3, CovarianceType::Spherical));
    let few = Samples::new(ndarray::aview2(&[[1.0], [2.0]])).unwrap();
    let choice = new.choose(&few, [1, 5], &[CovarianceType::Full], Criterion::Aic).unwrap();
    assert_eq!(choice.candidates[1].criterion, None);
    assert!(choice.candidates[1].notes[0].contains("5 needed, 2 found"), "{:?}", choice.candidates[1].notes);
    let given = new.clone().means_init(&array![[1.0, 1.0]]);
    assert!(given.choose(&samples, [1], &KINDS, Criterion::Bic).is_err());
    assert!(new.choose(&samples, [], &KINDS, Criterion::Bic).is_err());
}

#[test]
fn what_collapses_is_a_result_with_notes_or_a_typed_error() {
    // Equal rows have no variance but reg_covar.
    let equal = Array2::from_elem((5, 2), 3.0);
    let samples = Samples::new(&equal).unwrap();
    for kind in KINDS {
        let new = || GaussianMixture::new(2).covariance_type(kind);
        let model = new().fit(&samples).unwrap();
        assert_eq!(model.means().row(0).to_vec(), [3.0, 3.0]);
        assert!((model.covariances().values()[0] - 1e-6).abs() < 1e-12, "{kind:?}");
        let error = new().reg_covar(0.0).fit(&samples).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Numerical { .. }), "{error}");
        assert!(error.to_string().contains("raise reg_covar"), "{error}");
    }
    let error = GaussianMixture::new(6).fit(&samples).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TooFew { needed: 6, found: 5, .. }), "{error}");
    // A component that starts far from every row loses all of them.
    let x = array![[0.0], [1.0], [0.5], [0.2]];
    let samples = Samples::new(&x).unwrap();
    let lost = GaussianMixture::new(2).init_params(MixtureInit::Even).means_init(&array![[0.4], [1e6]]);
    let model = lost.fit(&samples).unwrap();
    assert!(
        model.report().notes.iter().any(|note| note.contains("component 1 lost its rows")),
        "{:?}",
        model.report()
    );
    assert_eq!(model.labels(), [0, 0, 0, 0]);
    // Of several starts those that collapse are left out.
    let pairs = array![[0.0, 0.0], [0.0, 1.0], [4.0, 0.3], [4.5, 0.0], [4.2, 2.0], [9.0, 9.0]];
    let samples = Samples::new(&pairs).unwrap();
    let start = GaussianMixture::new(2).reg_covar(0.0).init_params(MixtureInit::Random);
    let outcomes: Vec<bool> = (0..60).map(|seed| start.clone().seed(seed).fit(&samples).is_ok()).collect();
    assert!(outcomes.contains(&true) && outcomes.contains(&false));
    let model = start.n_init(60).fit(&samples).unwrap();
    assert!(
        model.report().notes.iter().any(|note| note.contains("of 60 starts ended")),
        "{:?}",
        model.report()
    );
}

#[test]
fn a_row_beyond_all_densities_is_a_typed_error() {
    let x = data(50, 2, 2, 1);
    let model = GaussianMixture::new(2).fit(&Samples::new(&x).unwrap()).unwrap();
    let far = array![[1e200, 0.0]];
    let error = model.predict_proba(&Samples::new(&far).unwrap()).unwrap_err();
    assert!(error.to_string().contains("so far off"), "{error}");
    let near = array![[1e6, 0.0]];
    let proba = model.predict_proba(&Samples::new(&near).unwrap()).unwrap();
    assert!((proba.sum() - 1.0).abs() < 1e-12);
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let x = data(20, 2, 2, 1);
    let samples = Samples::new(&x).unwrap();
    let two = || GaussianMixture::new(2);
    let error = two().means_init(&array![[1.0], [2.0]]).fit(&samples).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::LengthMismatch { expected: 2, found: 1, .. }), "{error}");
    let narrow = Matrices::Full(ndarray::Array3::from_elem((2, 1, 1), 1.0));
    let error = two().precisions_init(narrow).fit(&samples).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::LengthMismatch { expected: 2, found: 1, .. }), "{error}");
    let indefinite = Matrices::Full(ndarray::Array3::from_elem((2, 2, 2), 1.0));
    assert!(two().precisions_init(indefinite).fit(&samples).is_err());
}
