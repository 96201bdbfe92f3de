//! Columns of which little or nothing can be learnt: a result as documented, or an error that says why.

use crm_ml_core::{Column, Labeled, Samples, Schema, Targeted, Transformer, TransformerModel, UNSEEN};
use crm_ml_preprocessing::*;
use ndarray::{Array2, array};

/// A constant, an all-missing, a huge and an ordinary column.
fn odd() -> Array2<f64> {
    let nan = f64::NAN;
    array![[7.0, nan, 1e300, 1.0], [7.0, nan, -1e300, 2.0], [7.0, nan, 1e299, nan], [7.0, nan, 0.0, 9.0]]
}

fn transformed<T: Transformer>(transformer: &T, x: &Array2<f64>) -> Samples<'static> {
    let samples = Samples::new(x).unwrap();
    transformer.fit(&samples).unwrap().transform(&samples).unwrap()
}

#[test]
fn constant_and_empty_columns_stay_in_place() {
    let x = odd();
    // No power brings both signs of such values near each other.
    let error = PowerTransformer::new().fit(&Samples::new(&x).unwrap()).unwrap_err().to_string();
    assert_eq!(error, "column 'x2': the transformed variance is beyond what a 64-bit float holds");
    let positive = x.mapv(f64::abs);
    let power = transformed(&PowerTransformer::new(), &positive);
    assert!(power.dense().column(0).iter().all(|v| *v == 0.0), "{:?}", power.dense());
    assert!(power.dense().column(1).iter().all(|v| v.is_nan()));
    assert!(power.dense().column(2).iter().all(|v| v.is_finite()));
    let ranks = transformed(&QuantileTransformer::new(), &x);
    assert_eq!(ranks.dense().column(0).to_vec(), [0.0; 4]);
    assert_eq!(ranks.dense().column(2).to_vec()[..2], [1.0, 0.0]);
    let bins = transformed(&KBinsDiscretizer::new(3).encode(BinEncode::Ordinal), &x);
    assert_eq!(bins.dense().column(0).to_vec(), [0.0; 4]);
    assert!(bins.dense().column(1).iter().all(|v| v.is_nan()));
    for strategy in [BinStrategy::Uniform, BinStrategy::KMeans] {
        let bins = transformed(&KBinsDiscretizer::new(3).strategy(strategy).encode(BinEncode::Ordinal), &x);
        assert!(bins.dense().column(2).iter().all(|v| v.is_finite()));
    }
    let clipped = transformed(&OutlierClipper::new(OutlierRule::Mad(1.0)), &x);
    assert_eq!(clipped.dense().column(0).to_vec(), [7.0; 4]);
    let filled = transformed(&KnnImputer::new(), &x);
    assert_eq!((filled.n_columns(), filled.first_missing()), (3, None), "the empty column is dropped");
}

#[test]
fn quantiles_of_values_farther_apart_than_a_float_holds() {
    let x = array![[-1.7e308], [1.7e308]];
    let samples = Samples::new(&x).unwrap();
    let points = array![[-1.7e308], [-0.85e308], [0.0], [0.85e308], [1.7e308]];
    let points = Samples::new(&points).unwrap();
    let model = QuantileTransformer::new().fit(&samples).unwrap();
    let ranks = model.transform(&points).unwrap();
    let near = |found: &[f64], expected: &[f64]| {
        let same = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-15 * b.abs();
        assert!(found.iter().zip(expected).all(same), "{found:?} {expected:?}");
    };
    near(ranks.cells(), &[0.0, 0.25, 0.5, 0.75, 1.0]);
    near(model.inverse_transform(&ranks).unwrap().cells(), points.cells());
    let weighted = |weights: [f64; 2]| samples.clone().with_weights(&weights).unwrap();
    for samples in [samples.clone(), weighted([1.0, 1.0]), weighted([0.5, 0.5])] {
        let model = QuantileClipper::new(0.25, 0.75).fit(&samples).unwrap();
        near(model.lower(), &[-0.85e308]);
        near(model.upper(), &[0.85e308]);
    }
}

#[test]
fn one_class_and_one_level() {
    let schema = Schema::new(vec![Column::category("c", vec!["only".into()]), Column::real("x")]).unwrap();
    let x = array![[0.0, 1.0], [0.0, 2.0], [UNSEEN, 3.0], [f64::NAN, f64::NAN]];
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let one = Labeled::new(samples.clone(), &["a"; 4]).unwrap();
    let error = WeightOfEvidence::new().fit(&one).unwrap_err().to_string();
    assert_eq!(error, "weight of evidence compares two classes: the target has 1 classes, 1 with rows");
    let three = Labeled::new(samples.clone(), &["a", "b", "c", "a"]).unwrap();
    assert!(WeightOfEvidence::new().fit(&three).is_err());
    assert!(SupervisedBinner::new().monotone(Monotone::Auto).fit(&three).is_err());
    assert_eq!(SupervisedBinner::new().fit(&one).unwrap().cuts(1), Some(&[][..]));
    let constant = Targeted::new(samples.clone(), &[5.0; 4][..]).unwrap();
    assert_eq!(SupervisedBinner::new().fit_targeted(&constant).unwrap().cuts(1), Some(&[][..]));
    let huge = Targeted::new(samples.clone(), &[1e300, -1e300, 1.0, 2.0][..]).unwrap();
    SupervisedBinner::new().fit_targeted(&huge).unwrap();

    let two = Labeled::new(samples.clone(), &["a", "b", "b", "a"]).unwrap();
    let model = WeightOfEvidence::new().fit(&two).unwrap();
    let encoded = model.transform(&samples).unwrap();
    assert_eq!(encoded.row(2)[0], 0.0, "unseen is neutral");
    assert_eq!(model.table(0).unwrap().last().unwrap().level, "(missing)");
    let grouped = RareLevelGrouper::new().min_frequency(3.0).fit(&samples).unwrap();
    assert_eq!(grouped.output_schema().columns()[0].levels().unwrap(), ["(other)"]);
    let cells = grouped.transform(&samples).unwrap();
    assert_eq!((cells.row(0)[0], cells.row(2)[0]), (0.0, 0.0));
    assert!(cells.row(3)[0].is_nan());
}

#[test]
fn what_gives_no_column_is_refused() {
    let x = array![[1.0, 2.0], [3.0, 4.0]];
    let samples = Samples::new(&x).unwrap();
    let error = MissingIndicator::new().fit(&samples).unwrap_err().to_string();
    assert_eq!(error, "no value is missing: there is nothing to indicate");
    assert!(PolynomialFeatures::new(0).include_bias(false).fit(&samples).is_err());
    let empty = Array2::from_elem((3, 1), f64::NAN);
    let empty = Samples::new(&empty).unwrap();
    assert!(KnnImputer::new().fit(&empty).is_err());
    assert!(SimpleImputer::new().fit(&empty).is_err());
    let wide = array![[1e200, 1e200]];
    let wide = Samples::new(&wide).unwrap();
    let error = PolynomialFeatures::new(2).fit(&wide).unwrap().transform(&wide).unwrap_err().to_string();
    assert_eq!(error, "row 0, column 'x0^2': inf is not finite");
}

#[test]
fn imputers_leave_categories_to_encoders() {
    let levels = ["a".to_owned(), "b".to_owned()].to_vec();
    let schema = Schema::new(vec![Column::category("c", levels), Column::real("x")]).unwrap();
    let x = array![[0.0, 1.0], [f64::NAN, f64::NAN], [1.0, 3.0], [1.0, 8.0]];
    let samples = Samples::new(&x).unwrap().with_schema(&schema).unwrap();
    let model = SimpleImputer::new().strategy(Strategy::Median).fit(&samples).unwrap();
    let filled = model.transform(&samples).unwrap();
    assert!(filled.row(1)[0].is_nan());
    assert_eq!(filled.row(1)[1], 3.0);
    assert_eq!(model.statistics(), [None, Some(3.0)]);
    let encoded = OneHotEncoder::new().fit(&filled).unwrap().transform(&filled).unwrap();
    assert_eq!(encoded.row(1), [0.0, 0.0, 1.0, 3.0]);
    let model = SimpleImputer::new().strategy(Strategy::MostFrequent).fit(&samples).unwrap();
    assert_eq!(model.transform(&samples).unwrap().row(1)[0], 1.0);
}

#[test]
fn samples_with_weights_of_zero_are_absent() {
    let x = array![[1.0], [2.0], [3.0], [1000.0]];
    let weights = [1.0, 1.0, 1.0, 0.0];
    let weighted = Samples::new(&x).unwrap().with_weights(&weights[..]).unwrap();
    let model = OutlierClipper::new(OutlierRule::Iqr(1.5)).fit(&weighted).unwrap();
    let (_, report) = model.transform_report(&Samples::new(&x).unwrap()).unwrap();
    assert_eq!(report.touched.iter().map(|t| t.row).collect::<Vec<_>>(), [3]);
    assert_eq!(report.count("x0"), 1);
}
