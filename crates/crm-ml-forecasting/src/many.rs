//! Many series at once.

use crm_ml_core::{Forecast, ForecastModel, Forecaster, Horizon, Result, Series, parallel};

/// Fits and forecasts each series on its own, in parallel; results in the order of the series.
///
/// A series that cannot be forecast gives its own error and hinders no other. Models are dropped once they have forecast, so
/// memory beside the forecasts is one model a thread. The same bits at any number of threads.
///
/// ```
/// use crm_ml_core::{Horizon, Series};
/// use crm_ml_forecasting::{SeasonalNaive, forecast_many};
///
/// let regions = [Series::new(&[1.0, 2.0, 3.0])?, Series::new(&[5.0, f64::NAN])?.named("west")];
/// let forecasts = forecast_many(&SeasonalNaive::new(1), &regions, &Horizon::new(1)?);
/// assert!(matches!(&forecasts[0], Ok(forecast) if forecast.mean == [3.0]));
/// assert!(forecasts[1].is_err());
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn forecast_many<F: Forecaster>(
    forecaster: &F,
    series: &[Series<'_>],
    horizon: &Horizon<'_>,
) -> Vec<Result<Forecast>> {
    parallel::map(series.len(), |i| forecaster.fit(&series[i])?.forecast(horizon))
}
