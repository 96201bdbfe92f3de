use approx::assert_abs_diff_eq;

use crm_ml_core::{ForecastModel, Forecaster, Horizon, Series};

use super::*;

fn bounds(model: &SimpleModel, steps: usize) -> (Vec<f64>, Vec<f64>) {
    let horizon = Horizon::new(steps).unwrap().with_levels(&[95.0]).unwrap();
    let forecast = model.forecast(&horizon).unwrap();
    let deviations =
        forecast.intervals[0].upper.iter().zip(&forecast.mean).map(|(u, m)| (u - m) / 1.959963984540054);
    (forecast.mean.clone(), deviations.collect())
}

#[test]
fn means_and_deviations_follow_the_textbook() {
    let values = [2.0, 4.0, 3.0, 7.0, 6.0, 8.0];
    let series = Series::new(&values).unwrap();

    // Errors 2, -1, 4, -1, 2.
    let (mean, deviation) = bounds(&Naive::new().fit(&series).unwrap(), 2);
    assert_eq!(mean, [8.0, 8.0]);
    assert_abs_diff_eq!(deviation[1], (26.0f64 / 5.0 * 2.0).sqrt(), epsilon = 1e-9);

    // Errors 1, 3, 3, 1 over two steps.
    let (mean, deviation) = bounds(&SeasonalNaive::new(2).fit(&series).unwrap(), 3);
    assert_eq!(mean, [6.0, 8.0, 6.0]);
    assert_abs_diff_eq!(deviation[1], 5f64.sqrt(), epsilon = 1e-9);
    assert_abs_diff_eq!(deviation[2], 10f64.sqrt(), epsilon = 1e-9);

    // Slope 1.2; errors .8, -2.2, 2.8, -2.2, .8 with one parameter.
    let (mean, deviation) = bounds(&Drift::new().fit(&series).unwrap(), 2);
    assert_abs_diff_eq!(mean[1], 10.4, epsilon = 1e-12);
    let variance: f64 = (0.64 * 2.0 + 4.84 * 2.0 + 7.84) / 4.0;
    assert_abs_diff_eq!(deviation[1], (variance * 2.0 * (1.0 + 2.0 / 5.0)).sqrt(), epsilon = 1e-9);

    let (mean, deviation) = bounds(&HistoricAverage::new().fit(&series).unwrap(), 1);
    assert_abs_diff_eq!(mean[0], 5.0, epsilon = 1e-12);
    assert_abs_diff_eq!(deviation[0], (28.0f64 / 5.0 * (7.0 / 6.0)).sqrt(), epsilon = 1e-9);

    assert_eq!(bounds(&WindowAverage::new(2).fit(&series).unwrap(), 2).0, [7.0, 7.0]);
    assert_eq!(bounds(&SeasonalWindowAverage::new(2, 2).fit(&series).unwrap(), 3).0, [4.5, 7.5, 4.5]);
}

#[test]
fn too_few_values_are_told() {
    let series = Series::new(&[1.0]).unwrap().named("a");
    let error = SeasonalNaive::new(12).fit(&series).unwrap_err();
    assert_eq!(error.to_string(), "series 'a': SeasonalNaive needs 12 values, it has 1");
    let model = Naive::new().fit(&series).unwrap();
    assert!(model.forecast(&Horizon::new(2).unwrap()).is_ok());
    assert!(model.forecast(&Horizon::new(2).unwrap().with_levels(&[80.0]).unwrap()).is_err());
    assert!(SeasonalWindowAverage::new(usize::MAX, 2).fit(&series).is_err());
}

mod laws {
    use crm_ml_testkit::{ForecastLaws, forecast_laws};

    use super::super::*;

    forecast_laws!(naive, ForecastLaws::new(Naive::new()));
    forecast_laws!(drift, ForecastLaws::new(Drift::new()));
    forecast_laws!(historic_average, ForecastLaws::new(HistoricAverage::new()));
    forecast_laws!(
        seasonal_naive,
        ForecastLaws::new(SeasonalNaive::new(12)).bad("season_length", |_| SeasonalNaive::new(0))
    );
    forecast_laws!(
        window_average,
        ForecastLaws::new(WindowAverage::new(3)).bad("window_size", |_| WindowAverage::new(0))
    );
    forecast_laws!(
        seasonal_window_average,
        ForecastLaws::new(SeasonalWindowAverage::new(12, 2))
            .bad("season_length", |_| SeasonalWindowAverage::new(0, 1))
            .bad("window_size", |_| SeasonalWindowAverage::new(12, 0))
    );
}
