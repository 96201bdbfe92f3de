//! Points in time.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate};
use crm_ml_core::{Check, Error, ErrorKind, Result};
use crm_ml_table::{FieldType, Table, TableSchema};
use serde::{Deserialize, Serialize};

pub(crate) const DAY: i64 = 86_400_000_000;

/// A point in time (UTC) of the years 1 to 9999, to the microsecond. Written and read as ISO 8601.
///
/// ```
/// use crm_ml_customers::Moment;
///
/// let cut_off: Moment = "2024-03-01".parse()?;
/// assert_eq!(cut_off, Moment::date(2024, 3, 1)?);
/// assert_eq!(cut_off.days_since("2024-02-28T23:59:00Z".parse()?), 2);
/// assert!("March 2024".parse::<Moment>().is_err());
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(i64);

impl Moment {
    /// Midnight at the start of a day. Errors: no such day.
    pub fn date(year: i32, month: u32, day: u32) -> Result<Self> {
        let found = NaiveDate::from_ymd_opt(year, month, day).filter(|d| (1..=9999).contains(&d.year()));
        Check::of("Moment")
            .rule(
                "date",
                format!("{year:04}-{month:02}-{day:02}"),
                found.is_some(),
                "a day of the years 1 to 9999",
            )
            .finish()?;
        Ok(Self::midnight(found.unwrap_or_default()))
    }

    /// Microseconds since 1970-01-01T00:00:00Z, as [`Column::micros`](crm_ml_table::Column::micros) gives them. Errors: beyond the
    /// years 1 to 9999.
    pub fn from_micros(micros: i64) -> Result<Self> {
        Check::of("Moment")
            .rule("micros", micros, YEARS.contains(&micros), "within the years 1 to 9999")
            .finish()?;
        Ok(Self(micros))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// Calendar days (UTC) from `earlier` to here: 1 from yesterday evening to this morning.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.day() - earlier.day()
    }

    /// Midnight at the end of this day: the cut-off that keeps the whole day.
    pub fn end_of_day(self) -> Self {
        Self((self.day() + 1) * DAY)
    }

    /// Days since 1970-01-01.
    pub(crate) fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// A time that was checked when it was read.
    pub(crate) fn known(micros: i64) -> Self {
        Self(micros)
    }

    pub(crate) fn midnight(date: NaiveDate) -> Self {
        Self((i64::from(date.num_days_from_ce()) - DAYS_TO_1970) * DAY)
    }

    /// The calendar date.
    pub(crate) fn calendar(self) -> NaiveDate {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default().date_naive()
    }
}

/// Days from 0000-12-31 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_163;
/// Microseconds of the years 1 to 9999, from 0001-01-01 to 10000-01-01.
pub(crate) const YEARS: std::ops::Range<i64> = -719_162 * DAY..2_932_897 * DAY;

/// `2024-03-01`, and the time where it is not midnight.
impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = DateTime::from_timestamp_micros(self.0).unwrap_or_default();
        let form = match self.0.rem_euclid(DAY) {
            0 => "%Y-%m-%d",
            part if part % 1_000_000 == 0 => "%Y-%m-%dT%H:%M:%SZ",
            _ => "%Y-%m-%dT%H:%M:%S%.6fZ",
        };
        formatter.pad(&time.format(form).to_string())
    }
}

/// Reads what a table reads as a datetime.
impl FromStr for Moment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let schema = TableSchema::new().with_type("moment", FieldType::DateTime);
        let table = Table::from_record([("moment", text)], &schema)?;
        let micros = table.column("moment")?.micros()?.into_iter().flatten().next();
        let refused = || ErrorKind::Input {
            source_name: "date".to_owned(),
            line: None,
            column: None,
            value: Some(text.to_owned()),
            message: "a date such as 2024-03-01 is needed".to_owned(),
        };
        Self::from_micros(micros.ok_or_else(refused)?)
    }
}

impl TryFrom<String> for Moment {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_survive_text_at_both_ends_of_time() {
        let ends = [(1, 1, 1), (1969, 12, 31), (1970, 1, 1), (2024, 2, 29), (9999, 12, 31)];
        for (year, month, day) in ends {
            let moment = Moment::date(year, month, day).unwrap();
            assert_eq!(moment.to_string(), format!("{year:04}-{month:02}-{day:02}"));
            assert_eq!(moment.to_string().parse::<Moment>().unwrap(), moment);
        }
        let odd = Moment::from_micros(-1).unwrap();
        assert_eq!(odd.to_string(), "1969-12-31T23:59:59.999999Z");
        assert_eq!(odd.to_string().parse::<Moment>().unwrap(), odd);
        assert_eq!(odd.end_of_day(), Moment::date(1970, 1, 1).unwrap());
    }

    #[test]
    fn days_that_are_none_are_refused() {
        for (year, month, day) in [(2023, 2, 29), (0, 1, 1), (10_000, 1, 1), (2024, 13, 1), (i32::MAX, 1, 1)]
        {
            assert!(Moment::date(year, month, day).is_err(), "{year}-{month}-{day}");
        }
        let (first, last) =
            (Moment::date(1, 1, 1).unwrap(), Moment::date(9999, 12, 31).unwrap().end_of_day());
        assert_eq!(YEARS, first.micros()..last.micros());
        assert!(
            Moment::from_micros(first.micros() - 1).is_err() && Moment::from_micros(last.micros()).is_err()
        );
        assert!(Moment::from_micros(i64::MAX).is_err() && Moment::from_micros(i64::MIN).is_err());
        assert!("".parse::<Moment>().is_err() && "2024-02-30".parse::<Moment>().is_err());
    }
}
