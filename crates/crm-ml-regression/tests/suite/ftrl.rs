//! FTRL-proximal by squared error: in pieces, near the optimum, and the laws.

use crm_ml_core::{Attributions, Persist, Regressor, RegressorModel, Samples, Schema, Stream, Targeted};
use crm_ml_regression::{FtrlRegressor, FtrlRegressorModel, Ridge};
use crm_ml_testkit::{AsRegressor, Laws, laws};
use ndarray::{Array1, Array2, Axis, s};

fn data(rows: usize) -> (Array2<f64>, Array1<f64>) {
    let mut stream = Stream::new(7, "ftrl/regression", 0);
    let x = Array2::from_shape_simple_fn((rows, 4), || stream.normal());
    let y = x.rows().into_iter().map(|r| 0.4 + r[0] - 0.6 * r[1] + 0.3 * r[2] + 0.5 * stream.normal());
    let y = y.collect();
    (x, y)
}

#[test]
fn near_the_optimum() {
    let (x, y) = data(10_000);
    let target = Targeted::new(Samples::new(&x).unwrap(), &y).unwrap();
    let best = Ridge::new().alpha(0.1).fit(&target).unwrap();
    let model = FtrlRegressor::new().alpha(0.1).epochs(10).fit(&target).unwrap();
    for (a, b) in model.coefficients().iter().zip(&best.coefficients()) {
        assert!((a - b).abs() < 0.02, "{a} against {b}");
    }
    assert!((model.intercept() - best.intercept()).abs() < 0.02);
    // Half of the variance of the noise.
    let loss = model.progressive_loss().mean().unwrap();
    assert!(loss > 0.12 && loss < 0.13, "{loss}");
    let shares = model.contributions(target.samples()).unwrap().sum_axis(Axis(1));
    for (sum, predicted) in shares.iter().zip(&model.predict(target.samples()).unwrap()) {
        assert!((sum - predicted).abs() < 1e-12);
    }
}

#[test]
fn pieces_give_the_same_bits() {
    let (x, y) = data(300);
    let weights: Array1<f64> = (0..300).map(|i| 0.5 + (i % 4) as f64).collect();
    let piece = |from: usize, to: usize| {
        let samples = Samples::new(x.slice(s![from..to, ..])).unwrap();
        Targeted::new(samples.with_weights(weights.slice(s![from..to])).unwrap(), y.slice(s![from..to]))
            .unwrap()
    };
    let estimator = FtrlRegressor::new().l1(0.2).epochs(1).shuffle(false);
    let whole = estimator.fit(&piece(0, 300)).unwrap();
    let mut model = estimator.start(&Schema::unnamed(4)).unwrap();
    for from in (0..300).step_by(37) {
        model.partial_fit(&piece(from, (from + 37).min(300))).unwrap();
        model = FtrlRegressorModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
    }
    assert!(model.to_bytes().unwrap() == whole.to_bytes().unwrap());
    assert!(estimator.alpha(f64::NAN).start(&Schema::unnamed(4)).is_err());
}

type Ftrl = AsRegressor<FtrlRegressor>;

laws!(
    ftrl_laws,
    Laws::new(AsRegressor(FtrlRegressor::new().alpha(0.5)))
        .random(|e, seed| AsRegressor(e.0.clone().seed(seed)))
        .weights_in_expectation(0.1)
        .weight_scale_matters()
        .categories_accepted()
        .bad("alpha", |e: Ftrl| AsRegressor(e.0.alpha(0.0)))
        .bad("beta", |e: Ftrl| AsRegressor(e.0.beta(f64::NAN)))
        .bad("l1", |e: Ftrl| AsRegressor(e.0.l1(-1.0)))
        .bad("l2", |e: Ftrl| AsRegressor(e.0.l2(f64::INFINITY)))
        .bad("epochs", |e: Ftrl| AsRegressor(e.0.epochs(0)))
);
