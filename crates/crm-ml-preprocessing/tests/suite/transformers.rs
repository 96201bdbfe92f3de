//! Equal to scikit-learn, number by number (see `fixtures/make_transformers.py`).

use crm_ml_core::{Column, Labeled, Persist, Samples, Schema, Transformer, TransformerModel};
use crm_ml_preprocessing::*;
use crm_ml_testkit::fixture::{matrix, numbers};
use ndarray::{Array2, concatenate, s};
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("../fixtures/transformers.json")).unwrap()
}

fn samples(x: &Array2<f64>) -> Samples<'_> {
    Samples::new(x).unwrap()
}

#[track_caller]
fn close(found: &Samples<'_>, expected: &Value, tolerance: f64, what: &str) {
    let expected = matrix(expected);
    assert_eq!(found.dense().dim(), expected.dim(), "{what}");
    for ((place, a), b) in found.dense().indexed_iter().zip(expected.iter()) {
        let same = (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance * b.abs().max(1.0);
        assert!(same, "{what} at {place:?}: {a} is not {b}");
    }
}

fn check<T: Transformer>(name: &str, transformer: &T, train: &Samples<'_>, new: &Samples<'_>) -> T::Model
where
    T::Model: Persist,
{
    let case = &reference()["cases"][name];
    let model = transformer.fit(train).unwrap();
    close(&model.transform(train).unwrap(), &case["train"], 1e-10, name);
    if new.n_rows() == case["new"].as_array().unwrap().len() {
        close(&model.transform(new).unwrap(), &case["new"], 1e-10, name);
    }
    let bytes = model.to_bytes().unwrap();
    assert_eq!(T::Model::from_bytes(&bytes).unwrap().to_bytes().unwrap(), bytes);
    model
}

#[test]
fn powers() {
    let reference = reference();
    for (name, x, new) in [("yeo_johnson", "x", "gaps"), ("box_cox", "positive", "positive_new")] {
        let (x, new) = (matrix(&reference[x]), matrix(&reference[new]));
        let case = &reference["cases"][name];
        let boxes = name == "box_cox";
        let method = if boxes { PowerMethod::BoxCox } else { PowerMethod::YeoJohnson };
        let model = PowerTransformer::new().method(method).standardize(!boxes).fit(&samples(&x)).unwrap();
        // Their search stops at about 1e-8 of the power.
        for (found, expected) in model.lambdas().iter().zip(numbers(&case["lambdas"])) {
            let found = found.unwrap();
            assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{found} {expected}");
        }
        close(&model.transform(&samples(&x)).unwrap(), &case["train"], 1e-5, name);
        close(&model.transform(&samples(&new)).unwrap(), &case["new"], 1e-4, name);
        let back = model.inverse_transform(&model.transform(&samples(&x)).unwrap()).unwrap();
        for (a, b) in back.cells().iter().zip(x.iter()) {
            assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0) || b.is_nan());
        }
    }
    let negative = Samples::from_array(ndarray::array![[1.0], [-1.0]]).unwrap();
    let error = PowerTransformer::new().method(PowerMethod::BoxCox).fit(&negative).unwrap_err();
    assert!(error.to_string().starts_with("row 1, column 'x0': -1 is not above 0"), "{error}");
}

#[test]
fn quantiles() {
    let reference = reference();
    let (x, new) = (matrix(&reference["x"]), matrix(&reference["gaps"]));
    let transformer =
        |n, output| QuantileTransformer::new().n_quantiles(n).subsample(None).output_distribution(output);
    for (name, n, output) in [
        ("quantile_uniform", 30, OutputDistribution::Uniform),
        ("quantile_normal", 25, OutputDistribution::Normal),
        ("quantile_all", 1000, OutputDistribution::Normal),
    ] {
        let model = check(name, &transformer(n, output), &samples(&x), &samples(&new));
        let back = model.inverse_transform(&model.transform(&samples(&x)).unwrap()).unwrap();
        close(&back, &reference["cases"][name]["back"], 1e-8, name);
    }
    let drawn = |seed| {
        let transformer = transformer(20, OutputDistribution::Uniform).subsample(40).seed(seed);
        transformer.fit(&samples(&x)).unwrap()
    };
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
}

#[test]
fn bins() {
    let reference = reference();
    let of = |name: &str, used: &[usize]| matrix(&reference[name]).select(ndarray::Axis(1), used);
    for (name, strategy, method) in [
        ("bins_uniform", BinStrategy::Uniform, QuantileMethod::AveragedInvertedCdf),
        ("bins_quantile", BinStrategy::Quantile, QuantileMethod::AveragedInvertedCdf),
        ("bins_quantile_linear", BinStrategy::Quantile, QuantileMethod::Linear),
        ("bins_kmeans", BinStrategy::KMeans, QuantileMethod::AveragedInvertedCdf),
    ] {
        // K-means parts ties between centres by rounding: no whole numbers.
        let kmeans = strategy == BinStrategy::KMeans;
        let used: &[usize] = if kmeans { &[0, 1, 2, 5] } else { &[0, 1, 2, 3, 5] };
        let (x, new) = (of("full", used), of("new", used));
        let bins = KBinsDiscretizer::new(4).strategy(strategy).quantile_method(method);
        let model = check(name, &bins.encode(BinEncode::Ordinal), &samples(&x), &samples(&new));
        let case = &reference["cases"][name];
        for (column, expected) in case["edges"].as_array().unwrap().iter().enumerate() {
            let expected = numbers(expected);
            let found = model.bin_edges(column).unwrap();
            assert_eq!(found.len(), expected.len(), "{name}");
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-10 * b.abs().max(1.0)));
        }
        let back = model.inverse_transform(&model.transform(&samples(&x)).unwrap()).unwrap();
        close(&back, &case["back"], 1e-10, name);
    }
    let grid = Array2::from_shape_fn((36, 5), |(row, column)| match column {
        0 => row as f64 / 10.0,
        1 => (row * 7 % 12) as f64 / 10.0,
        2 => (row % 9) as f64 * 4e-9,
        3 => (row * 5 % 11) as f64 - 4.0,
        _ => (row % 11) as f64 * 0.1,
    });
    for (name, strategy, method) in [
        ("uniform", BinStrategy::Uniform, QuantileMethod::AveragedInvertedCdf),
        ("quantile", BinStrategy::Quantile, QuantileMethod::AveragedInvertedCdf),
        ("linear", BinStrategy::Quantile, QuantileMethod::Linear),
    ] {
        for count in [3, 6, 9, 10, 11] {
            let name = format!("bins_grid_{name}_{count}");
            let bins = KBinsDiscretizer::new(count).strategy(strategy).quantile_method(method);
            let bins = bins.encode(BinEncode::Ordinal);
            let model = bins.fit(&samples(&grid)).unwrap();
            let case = &reference["cases"][&name];
            assert_eq!(model.transform(&samples(&grid)).unwrap().dense(), matrix(&case["train"]), "{name}");
            for (column, edges) in case["edges"].as_array().unwrap().iter().enumerate() {
                let (found, edges) = (model.bin_edges(column).unwrap(), numbers(edges));
                let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 4.0 * f64::EPSILON * b.abs();
                let same = found.len() == edges.len() && found.iter().zip(&edges).all(near);
                // Where they are left with one edge, and no bin, we have one bin.
                assert!(same || found.len() == 2 && edges.len() == 1, "{name}: {found:?} {edges:?}");
            }
            // Weights that are all the same change nothing.
            let weighted = samples(&grid).with_weights(&[0.1; 36]).unwrap();
            assert_eq!(bins.fit(&weighted).unwrap(), model, "{name}");
        }
    }
    let weights = numbers(&reference["weights"]);
    let (x, new) = (of("full", &[0, 1, 2, 3, 5]), of("new", &[0, 1, 2, 3, 5]));
    let weighted = samples(&x).with_weights(weights.as_slice()).unwrap();
    check("bins_weighted", &KBinsDiscretizer::new(4), &weighted, &samples(&new));
}

#[test]
fn neighbours() {
    let reference = reference();
    let widen = |x: Array2<f64>, value: f64| {
        let column = Array2::from_elem((x.nrows(), 1), value);
        concatenate![ndarray::Axis(1), x, column]
    };
    let x = widen(matrix(&reference["x"]), f64::NAN);
    let new = widen(matrix(&reference["gaps"]), 1.0);
    let lonely = Array2::from_elem((1, 7), f64::NAN);
    let with_lonely = concatenate![ndarray::Axis(0), new, lonely];
    for (name, weights) in
        [("knn_uniform", NeighborWeights::Uniform), ("knn_distance", NeighborWeights::Distance)]
    {
        let imputer = KnnImputer::new().n_neighbors(4).weights(weights);
        check(name, &imputer, &samples(&x), &samples(&with_lonely));
    }
    let flags = KnnImputer::new().n_neighbors(200).add_indicator(true);
    check("knn_flags", &flags, &samples(&x), &samples(&new));
    let (x, new) = (matrix(&reference["x"]), matrix(&reference["gaps"]));
    check("indicator", &MissingIndicator::new(), &samples(&x), &samples(&new));
    let all = MissingIndicator::new().features(IndicatorFeatures::All);
    check("indicator_all", &all, &samples(&x), &samples(&new));
}

#[test]
fn products_and_norms() {
    let reference = reference();
    let full = matrix(&reference["full"]);
    let corner = full.slice(s![..8, ..3]).to_owned();
    for (name, transformer) in [
        ("poly", PolynomialFeatures::new(2)),
        ("poly_interactions", PolynomialFeatures::new(3).interaction_only(true).include_bias(false)),
        ("poly_3", PolynomialFeatures::new(3).include_bias(false)),
    ] {
        let model = check(name, &transformer, &samples(&corner), &samples(&corner));
        let names: Vec<&str> = model.output_schema().columns().iter().map(|c| c.name.as_str()).collect();
        assert_eq!(serde_json::to_value(names).unwrap(), reference["cases"][name]["names"]);
    }
    let new = matrix(&reference["new"]);
    for (name, norm) in [("normalize_l1", Norm::L1), ("normalize_l2", Norm::L2), ("normalize_max", Norm::Max)]
    {
        check(name, &Normalizer::new().norm(norm), &samples(&full), &samples(&new));
    }
    let (x, gaps) = (matrix(&reference["x"]), matrix(&reference["gaps"]));
    let model = check("max_abs", &MaxAbsScaler::new(), &samples(&x), &samples(&gaps));
    let back = model.inverse_transform(&model.transform(&samples(&x)).unwrap()).unwrap();
    close(&back, &reference["x"], 1e-12, "max_abs");
    let wide = Array2::<f64>::zeros((1, 3000));
    let error = PolynomialFeatures::new(40).fit(&samples(&wide)).unwrap_err().to_string();
    assert_eq!(error, "products of up to 40 of 3000 columns are more than 1000000 columns");
}

#[test]
fn hashes() {
    let reference = reference();
    let levels: Vec<String> =
        reference["levels"].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect();
    let codes = Array2::from_shape_fn((levels.len(), 1), |(row, _)| row as f64);
    let schema = Schema::new(vec![Column::category("city", levels)]).unwrap();
    let samples = samples(&codes).with_schema(&schema).unwrap();
    for features in [8, 13] {
        for (signs, word) in [(true, "True"), (false, "False")] {
            let hasher = FeatureHasher::new(features).alternate_sign(signs);
            let hashed = hasher.fit(&samples).unwrap().transform(&samples).unwrap();
            let name = format!("hash_{features}_{word}");
            close(&hashed, &reference["cases"][&name], 0.0, &name);
        }
    }
}

#[test]
fn weight_of_evidence() {
    let reference = reference();
    for (name, smoothing) in [("woe", 0.5), ("woe_plain", 0.0)] {
        let case = &reference["cases"][name];
        let codes = numbers(&case["codes"]);
        let levels = (0..4).map(|i| i.to_string()).collect();
        let schema = Schema::new(vec![Column::category("plan", levels)]).unwrap();
        let x = Array2::from_shape_vec((codes.len(), 1), codes.clone()).unwrap();
        let data =
            Labeled::from_values(samples(&x).with_schema(&schema).unwrap(), numbers(&case["won"]).as_slice());
        let model = WeightOfEvidence::new().smoothing(smoothing).fit(&data.unwrap()).unwrap();
        let expected = numbers(&case["woe"]);
        for (level, expected) in model.table(0).unwrap().iter().zip(&expected) {
            assert!((level.evidence - expected).abs() < 1e-12, "{level:?} {expected}");
        }
        assert!((model.information_values()[0].1 - case["iv"].as_f64().unwrap()).abs() < 1e-12);
    }
}
