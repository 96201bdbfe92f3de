//! Views of values over time.

mod calendar;
mod forecast;
mod timestamp;

pub use calendar::{Calendar, Frequency, MonthDay};
pub use forecast::{Forecast, ForecastModel, Forecaster, Horizon, Interval};
pub use timestamp::Timestamp;

use std::borrow::Cow;

use crate::{Error, ErrorKind, Result, Samples};

/// Values at regular times (NaN = missing), with a name, a calendar and regressors where there are any.
///
/// ```
/// use crm_ml_core::{Calendar, Frequency, Series};
///
/// let revenue = Series::new(&[120.0, 135.5, f64::NAN, 150.0])?
///     .named("north")
///     .with_calendar(Calendar::new("2024-01".parse()?, Frequency::MONTHLY));
/// let error = revenue.require_complete("Ets").unwrap_err();
/// assert_eq!(error.to_string(), "series 'north', 2024-03-01: the value is missing, and Ets takes no missing values");
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Series<'a> {
    name: Cow<'a, str>,
    values: Cow<'a, [f64]>,
    calendar: Option<Calendar>,
    regressors: Option<Samples<'a>>,
}

impl<'a> Series<'a> {
    /// A series without a name or a calendar. Errors: no value, an infinite one.
    pub fn new(values: &'a [f64]) -> Result<Self> {
        Self::checked(Cow::Borrowed(values))
    }

    /// Takes values of its own.
    pub fn from_vec(values: Vec<f64>) -> Result<Series<'static>> {
        Series::checked(Cow::Owned(values))
    }

    fn checked(values: Cow<'a, [f64]>) -> Result<Self> {
        let series = Self { name: Cow::Borrowed(""), values, calendar: None, regressors: None };
        if series.is_empty() {
            return Err(series.error("", "it has no values"));
        }
        match series.values.iter().position(|value| value.is_infinite()) {
            Some(step) => Err(series.error_at(step, "the value is not finite")),
            None => Ok(series),
        }
    }

    /// Gives it a name, which errors tell.
    pub fn named(mut self, name: impl Into<Cow<'a, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Gives its values times.
    pub fn with_calendar(mut self, calendar: Calendar) -> Self {
        self.calendar = Some(calendar);
        self
    }

    /// Gives it regressors, one row a value. Errors: another number of rows, weights, missing cells.
    pub fn with_regressors(mut self, regressors: Samples<'a>) -> Result<Self> {
        if regressors.n_rows() != self.len() {
            return Err(Error::length("rows of regressors", self.len(), regressors.n_rows()));
        }
        if regressors.weights().is_some() {
            return Err(Error::unsupported("regressors of a series have no weights"));
        }
        regressors.require_real("a series' regressors")?;
        self.regressors = Some(regressors);
        Ok(self)
    }

    /// Its name, empty where it has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its values, NaN where missing.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Number of values, the missing ones too.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Never true: a series has values.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// When its values are.
    pub fn calendar(&self) -> Option<&Calendar> {
        self.calendar.as_ref()
    }

    /// What is known beside its values.
    pub fn regressors(&self) -> Option<&Samples<'a>> {
        self.regressors.as_ref()
    }

    /// The values `steps` as a series of its own: same name, its times and regressors.
    ///
    /// Errors: steps that are not there, or none.
    pub fn window(&self, steps: std::ops::Range<usize>) -> Result<Series<'static>> {
        let missing = || self.error("", format!("it has no values {} to {}", steps.start, steps.end));
        let values = self.values.get(steps.clone()).ok_or_else(missing)?;
        let mut window = Series::from_vec(values.to_vec())?.named(self.name.clone().into_owned());
        window.calendar = self.calendar.map(|calendar| calendar.from_step(steps.start));
        window.regressors =
            self.regressors.as_ref().map(|known| known.select_rows(&steps.clone().collect::<Vec<_>>()));
        Ok(window)
    }

    /// An error that names series and time if a value is missing: for models that take none.
    pub fn require_complete(&self, model: &str) -> Result<()> {
        match self.values.iter().position(|value| value.is_nan()) {
            Some(step) => {
                Err(self.error_at(step, format!("the value is missing, and {model} takes no missing values")))
            }
            None => Ok(()),
        }
    }

    /// An error that names the series if it has fewer than `needed` values.
    pub fn require_values(&self, model: &str, needed: usize) -> Result<()> {
        if self.len() >= needed {
            return Ok(());
        }
        Err(self.error("", format!("{model} needs {needed} values, it has {}", self.len())))
    }

    /// An error that names the series if it has regressors: for models that take none.
    pub fn require_no_regressors(&self, model: &str) -> Result<()> {
        match self.regressors {
            Some(_) => Err(self.error("", format!("{model} takes no regressors"))),
            None => Ok(()),
        }
    }

    /// An error about one of its values.
    pub fn error_at(&self, step: usize, problem: impl Into<String>) -> Error {
        let at = self.calendar.map_or_else(|| format!("value {step}"), |days| days.time(step).to_string());
        self.error(at, problem)
    }

    /// An error about a time of it, or all of it where `at` is empty.
    pub fn error(&self, at: impl Into<String>, problem: impl Into<String>) -> Error {
        ErrorKind::Series { series: self.name.clone().into_owned(), at: at.into(), problem: problem.into() }
            .into()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn bad_values_are_named() {
        assert_eq!(Series::new(&[]).unwrap_err().to_string(), "the series: it has no values");
        let error = Series::new(&[1.0, f64::INFINITY]).unwrap_err();
        assert_eq!(error.to_string(), "value 1: the value is not finite");
        let short = Series::new(&[1.0]).unwrap().named("a");
        let error = short.require_values("Arima", 3).unwrap_err();
        assert_eq!(error.to_string(), "series 'a': Arima needs 3 values, it has 1");
    }

    #[test]
    fn a_window_keeps_times_and_regressors() {
        let x = array![[1.0], [2.0], [3.0]];
        let calendar = Calendar::new(Timestamp::from_ymd(2024, 1, 31).unwrap(), Frequency::MONTHLY);
        let series = Series::new(&[5.0, 6.0, 7.0]).unwrap().with_calendar(calendar);
        let series = series.with_regressors(Samples::new(&x).unwrap()).unwrap();
        let window = series.window(1..3).unwrap();
        assert_eq!(window.values(), [6.0, 7.0]);
        assert_eq!(window.calendar().unwrap().time(1).to_string(), "2024-03-31");
        assert_eq!(window.regressors().unwrap().cells(), [2.0, 3.0]);
        assert!(series.window(2..4).is_err());
        assert!(series.window(1..1).is_err());
    }

    #[test]
    fn regressors_must_fit() {
        let series = || Series::new(&[5.0, 6.0]).unwrap();
        assert!(series().with_regressors(Samples::new(&array![[1.0]]).unwrap()).is_err());
        assert!(series().with_regressors(Samples::new(&array![[1.0], [f64::NAN]]).unwrap()).is_err());
        let weighted = array![[1.0], [2.0]];
        let weighted = Samples::new(&weighted).unwrap().with_weights(&[1.0, 2.0]).unwrap();
        assert!(series().with_regressors(weighted).is_err());
    }
}
