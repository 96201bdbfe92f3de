//! What the trees see of a series at a time.

use serde::{Deserialize, Serialize};

use crm_ml_core::{Calendar, Column, Frequency, Result, Schema, Series, Timestamp, UNSEEN};

use super::GlobalBoosting;

/// Which columns there are, the same for training and forecasting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Features {
    lags: Vec<usize>,
    windows: Vec<usize>,
    scale_window: usize,
    calendar: Vec<CalendarPart>,
    regressors: Option<Schema>,
    /// Names of the series in the order of their codes, if trees know them.
    names: Vec<String>,
    schema: Schema,
}

/// A part of a time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum CalendarPart {
    Month,
    Week,
    Day,
    Weekday,
    Hour,
}

/// A series at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    /// The values before.
    pub(super) before: &'a [f64],
    pub(super) time: Option<Timestamp>,
    pub(super) known: Option<&'a [f64]>,
    /// Code of the series.
    pub(super) code: f64,
}

impl CalendarPart {
    /// The parts that differ from value to value.
    fn of(frequency: Frequency) -> &'static [Self] {
        match frequency {
            Frequency::Minutes(_) => &[Self::Hour, Self::Weekday, Self::Month],
            Frequency::Days(n) if n % 7 == 0 => &[Self::Week, Self::Month],
            Frequency::Days(_) | Frequency::BusinessDays => {
                &[Self::Weekday, Self::Day, Self::Week, Self::Month]
            }
            Frequency::Months(n, _) if n % 12 == 0 => &[],
            Frequency::Months(..) => &[Self::Month],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
        }
    }

    fn at(self, time: Timestamp) -> f64 {
        f64::from(match self {
            Self::Month => time.month(),
            Self::Week => time.week(),
            Self::Day => time.day(),
            Self::Weekday => time.weekday(),
            Self::Hour => time.hour(),
        })
    }
}

impl Features {
    pub(super) fn new(of: &GlobalBoosting, series: &[Series<'_>]) -> Result<Self> {
        let regressors =
            series.first().and_then(|series| series.regressors()).map(|known| known.schema().clone());
        for one in series {
            let same = match (&regressors, one.regressors()) {
                (Some(schema), Some(known)) => schema.accepts(known).is_ok(),
                (None, None) => true,
                _ => false,
            };
            if !same {
                return Err(one.error("", "its regressors are not those of the first series"));
            }
        }
        let mut calendar: Vec<CalendarPart> = Vec::new();
        for frequency in series.iter().filter_map(|series| series.calendar()).map(Calendar::frequency) {
            let new = CalendarPart::of(frequency)
                .iter()
                .filter(|part| !calendar.contains(part))
                .collect::<Vec<_>>();
            calendar.extend(new);
        }
        let mut names: Vec<String> = series.iter().map(|series| series.name().to_owned()).collect();
        names.sort_unstable();
        let distinct =
            names.windows(2).all(|pair| pair[0] != pair[1]) && names.iter().all(|name| !name.is_empty());
        if !(of.series_id && distinct && names.len() > 1) {
            names.clear();
        }
        let mut features = Self {
            lags: of.lags.clone(),
            windows: of.windows.clone(),
            scale_window: of.scale_window,
            calendar,
            regressors,
            names,
            schema: Schema::unnamed(0),
        };
        features.schema = features.columns()?;
        Ok(features)
    }

    fn columns(&self) -> Result<Schema> {
        let mut columns: Vec<Column> =
            self.lags.iter().map(|lag| Column::real(format!("lag {lag}"))).collect();
        for window in &self.windows {
            columns.push(Column::real(format!("mean of {window}")));
            columns.push(Column::real(format!("deviation of {window}")));
        }
        columns.extend(self.calendar.iter().map(|part| Column::real(part.name())));
        if let Some(known) = &self.regressors {
            let named = |column: &Column| Column::real(format!("regressor {}", column.name));
            columns.extend(known.columns().iter().map(named));
        }
        if !self.names.is_empty() {
            columns.push(Column::category("series", self.names.clone()));
        }
        Schema::new(columns)
    }

    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The columns of the regressors, if there are any.
    pub(super) fn regressors(&self) -> Option<&Schema> {
        self.regressors.as_ref()
    }

    /// Whether the parts belong together: of a model file.
    pub(super) fn fits(&self) -> bool {
        let steps = self.lags.iter().chain(&self.windows).chain([&self.scale_window]);
        steps.into_iter().all(|step| (1..=GlobalBoosting::MOST_LAG).contains(step))
            && self.names.windows(2).all(|pair| pair[0] < pair[1])
            && self.columns().is_ok_and(|columns| columns == self.schema)
    }

    /// The code of a series: that of its name, or that of a series not seen before.
    pub(super) fn code(&self, series: &Series<'_>) -> f64 {
        let place = self.names.binary_search_by(|name| name.as_str().cmp(series.name()));
        place.map_or(UNSEEN, |place| place as f64)
    }

    /// The rows of all values that are not missing, with what is to be predicted.
    pub(super) fn training<'a>(&self, series: &'a [Series<'_>]) -> Vec<(Row<'a>, f64)> {
        let longest = self.lags.iter().chain(&self.windows).copied().max().unwrap_or(1);
        let mut rows = Vec::new();
        for one in series {
            let (values, code) = (one.values(), self.code(one));
            // Of short series the second half, with lags that are missing.
            for step in longest.min(values.len() / 2).max(1)..values.len() {
                if values[step].is_nan() {
                    continue;
                }
                let row = Row {
                    before: &values[..step],
                    time: one.calendar().map(|calendar| calendar.time(step)),
                    known: one.regressors().map(|known| known.row(step)),
                    code,
                };
                rows.push((row, values[step] / self.scale(row.before)));
            }
        }
        rows
    }

    /// The mean size of the last values, by which all of a row is divided.
    pub(super) fn scale(&self, before: &[f64]) -> f64 {
        let last = &before[before.len().saturating_sub(self.scale_window)..];
        let size = |values: &[f64]| mean(values.iter().map(|value| value.abs()));
        // The whole past only where its end tells nothing: it is long.
        [last, before].into_iter().map(size).find(|size| *size > 0.0 && size.is_finite()).unwrap_or(1.0)
    }

    pub(super) fn fill(&self, row: &Row<'_>, cells: &mut [f64]) {
        let (before, scale) = (row.before, self.scale(row.before));
        let lags = self
            .lags
            .iter()
            .map(|lag| before.len().checked_sub(*lag).map_or(f64::NAN, |at| before[at] / scale));
        let windows = self.windows.iter().flat_map(|window| {
            let last = &before[before.len().saturating_sub(*window)..];
            let mean_of_last = mean(last.iter().copied());
            let squares = mean(last.iter().map(|value| (value - mean_of_last).powi(2)));
            [mean_of_last / scale, squares.sqrt() / scale]
        });
        let calendar = self.calendar.iter().map(|part| row.time.map_or(f64::NAN, |time| part.at(time)));
        let known = row.known.unwrap_or_default().iter().copied();
        let code = (!self.names.is_empty()).then_some(row.code);
        for (cell, value) in
            cells.iter_mut().zip(lags.chain(windows).chain(calendar).chain(known).chain(code))
        {
            // Sizes far beyond those before would be infinite: they tell no more than a missing value.
            *cell = if value.is_infinite() { f64::NAN } else { value };
        }
    }
}

/// Whether there is a value that is not missing, without which a series has no size.
pub(super) fn has_values(series: &Series<'_>) -> bool {
    series.values().iter().any(|value| !value.is_nan())
}

/// The mean of what is not missing; missing where nothing is there.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut count, mut mean) = (0usize, 0.0);
    for value in values.filter(|value| !value.is_nan()) {
        count += 1;
        mean += (value - mean) / count as f64;
    }
    if count == 0 { f64::NAN } else { mean }
}
