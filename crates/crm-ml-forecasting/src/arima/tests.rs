use approx::{assert_abs_diff_eq, assert_relative_eq};
use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};
use crm_ml_testkit::{ForecastLaws, forecast_laws};

use super::gaps::Gaps;
use super::likelihood::{Arma, Innovations};
use super::*;

/// The covariance over the error's variance, from a long moving average.
fn covariance(arma: Arma<'_>, n: usize) -> Vec<Vec<f64>> {
    let mut psi: Vec<f64> = vec![1.0];
    for lag in 1..20_000 {
        let direct = arma.ma.get(lag - 1).copied().unwrap_or(0.0);
        let past: f64 = (1..=lag.min(arma.ar.len())).map(|i| arma.ar[i - 1] * psi[lag - i]).sum();
        psi.push(direct + past);
    }
    let lagged: Vec<f64> = (0..n).map(|lag| psi.iter().zip(&psi[lag..]).map(|(a, b)| a * b).sum()).collect();
    (0..n).map(|i| (0..n).map(|j| lagged[i.abs_diff(j)]).collect()).collect()
}

/// Errors and variances of the forecasts of each value from those before, by the textbook.
fn brute_force(mut matrix: Vec<Vec<f64>>, values: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let n = values.len();
    let (mut errors, mut variances) = (values.to_vec(), vec![0.0; n]);
    for k in 0..n {
        variances[k] = matrix[k][k];
        for i in k + 1..n {
            let factor = matrix[i][k] / matrix[k][k];
            let pivot = matrix[k].clone();
            for (cell, above) in matrix[i].iter_mut().zip(pivot).skip(k) {
                *cell -= factor * above;
            }
            errors[i] -= factor * errors[k];
        }
    }
    (errors, variances)
}

#[test]
fn the_innovations_are_those_of_the_covariance() {
    let values: Vec<f64> = (0..30).map(|t| ((t * 37) % 11) as f64 - 5.0).collect();
    let cases: [(&[f64], &[f64]); 6] = [
        (&[], &[]),
        (&[0.7], &[]),
        (&[], &[0.4, 0.0, -0.3]),
        (&[0.5, 0.2], &[0.6]),
        (&[0.0, 0.0, 0.0, 0.6], &[-0.5]),
        (&[0.3], &[0.9, 0.0, 0.0, 0.5, 0.45]),
    ];
    for (ar, ma) in cases {
        let arma = Arma { ar, ma };
        let (errors, variances) = brute_force(covariance(arma, values.len()), &values);
        let mut innovations = Innovations::default();
        assert!(innovations.factor(arma, values.len()));
        let mut found = values.clone();
        innovations.filter(arma, &mut found, &mut Vec::new());
        for row in 0..values.len() {
            assert_abs_diff_eq!(found[row], errors[row], epsilon = 1e-9);
            assert_abs_diff_eq!(innovations.variance(row), variances[row], epsilon = 1e-9);
        }
        let expected: f64 = variances.iter().map(|v| v.ln()).sum();
        assert_abs_diff_eq!(innovations.log_determinant(), expected, epsilon = 1e-9);
    }
}

#[test]
fn a_white_noise_has_its_mean() {
    let values = [3.0, 5.0, 4.0, 8.0];
    let model = Arima::new(0, 0, 0).fit(&Series::new(&values).unwrap()).unwrap();
    assert_relative_eq!(model.coefficients().constant.unwrap(), 5.0, epsilon = 1e-12);
    // 14 / 4 is the variance the likelihood has, 14 / 3 the unbiased one.
    let expected = -2.0 * ((2.0 * std::f64::consts::PI * 3.5).ln() + 1.0);
    assert_relative_eq!(model.log_likelihood(), expected, epsilon = 1e-12);
    assert_relative_eq!(model.sigma2(), 14.0 / 3.0, epsilon = 1e-12);
    assert_eq!(model.name(), "ARIMA(0,0,0) with mean");
}

#[test]
fn a_random_walk_with_drift_is_the_drift_method() {
    let values = [3.0, 5.0, 4.0, 8.0, 9.5];
    let series = Series::new(&values).unwrap();
    let horizon = Horizon::new(3).unwrap();
    let arima = Arima::new(0, 1, 0).include_constant(true).fit(&series).unwrap();
    let drift = crate::Drift::new().fit(&series).unwrap();
    for (a, b) in arima.forecast(&horizon).unwrap().mean.iter().zip(&drift.forecast(&horizon).unwrap().mean) {
        assert_relative_eq!(a, b, epsilon = 1e-12);
    }
}

#[test]
fn bad_orders_are_told() {
    let values = [1.0, 2.0, 4.0];
    let series = Series::new(&values).unwrap().named("a");
    let error = Arima::new(2, 1, 2).fit(&series).unwrap_err();
    assert_eq!(error.to_string(), "series 'a': Arima needs 7 values, it has 3");
    let error = Arima::new(0, 1, 1).seasonal(0, 1, 1, 1).fit(&series).unwrap_err();
    assert_eq!(error.to_string(), "Arima: season_length is 1, must be at least 2");
    assert!(Arima::new(0, 2, 0).include_constant(true).fit(&series).is_err());
    assert!(Arima::new(usize::MAX, 0, 0).fit(&series).is_err());
}

forecast_laws!(
    plain,
    ForecastLaws::new(Arima::new(1, 1, 1))
        .regressors_accepted()
        .missing_accepted()
        .bad("p", |_| Arima::new(1001, 0, 0))
        .bad("q", |_| Arima::new(0, 0, 1001))
        .bad("d", |_| Arima::new(0, 4, 0))
        .bad("include_constant", |_| Arima::new(0, 2, 0).include_constant(true))
        .bad("max_iter", |arima| arima.max_iter(0))
);
forecast_laws!(
    seasonal,
    ForecastLaws::new(Arima::new(0, 1, 1).seasonal(0, 1, 1, 12))
        .regressors_accepted()
        .missing_accepted()
        .bad("seasonal d", |_| Arima::new(0, 0, 0).seasonal(0, 4, 0, 12))
        .bad("season_length", |_| Arima::new(0, 0, 0).seasonal(1, 0, 0, 0))
        .bad("season_length", |_| Arima::new(0, 0, 0).seasonal(0, 1, 0, usize::MAX))
        .bad("seasonal d", |_| Arima::new(0, 0, 0).seasonal(0, usize::MAX, 0, 12))
);
forecast_laws!(
    with_mean,
    ForecastLaws::new(Arima::new(2, 0, 1).seasonal(1, 0, 0, 12).method(ArimaMethod::Css))
        .regressors_accepted()
        .missing_accepted()
        .bad("max_iter", |arima| arima.max_iter(0))
);

/// Without a gap the filter of the values as they are finds what the innovations of the differences do.
#[test]
fn a_filter_without_gaps_is_the_innovations_algorithm() {
    let values: Vec<f64> = (0..60).map(|t| 5.0 + 0.3 * t as f64 + ((t * 37) % 11) as f64).collect();
    let processes: [Arma<'_>; 6] = [
        Arma { ar: &[], ma: &[] },
        Arma { ar: &[0.7], ma: &[] },
        Arma { ar: &[], ma: &[0.4, 0.0, -0.3] },
        Arma { ar: &[0.5, 0.2], ma: &[0.6] },
        Arma { ar: &[0.0, 0.0, 0.0, 0.6], ma: &[-0.5] },
        Arma { ar: &[0.3], ma: &[0.9, 0.0, 0.0, 0.5, 0.45] },
    ];
    let differences = [(0, 0), (1, 0), (2, 0), (1, 1), (0, 1), (0, 0)];
    for (arma, (d, seasonal_d)) in processes.into_iter().zip(differences) {
        let differencing = differencing(d, seasonal_d, 4);
        let mut errors = difference(&values, &differencing);
        let mut innovations = Innovations::default();
        assert!(innovations.factor(arma, errors.len()));
        innovations.filter(arma, &mut errors, &mut Vec::new());
        // A missing value at the end takes nothing from those before.
        let mut longer = values.clone();
        longer.push(f64::NAN);
        let gaps = Gaps::new(&longer, &differencing).unwrap();
        assert!(Gaps::new(&values, &differencing).is_none());
        let found = gaps.filter(arma, &[&longer]).unwrap();
        assert_eq!(found.errors[0].len(), errors.len());
        for (row, error) in errors.iter().enumerate() {
            assert_abs_diff_eq!(found.errors[0][row], *error, epsilon = 1e-8);
            assert_abs_diff_eq!(found.variances[row], innovations.variance(row), epsilon = 1e-8);
        }
    }
}
