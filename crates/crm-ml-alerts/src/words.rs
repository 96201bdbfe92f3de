//! What is usual, in words.

use std::collections::BTreeMap;

use crm_ml_core::{Error, Result};
use crm_ml_table::{FieldType, Role, Table};
use serde::{Deserialize, Serialize};

/// What is usual of every field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Usual {
    of: BTreeMap<String, Kind>,
    /// 95 % quantile of an entity's events within an hour and a day.
    events: (f64, f64),
    /// 1 % and 99 % quantiles of the hour.
    hours: (f64, f64),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    /// 5 % and 95 % quantiles.
    Number(f64, f64),
    /// The share of records of every value.
    Level(BTreeMap<String, f64>),
}

/// What the columns of habits say of one record.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Said {
    pub(crate) hour: f64,
    pub(crate) within_hour: f64,
    pub(crate) within_day: f64,
    /// The logarithm of how many times its usual, or how unfamiliar.
    pub(crate) of_field: Option<f64>,
}

impl Usual {
    pub(crate) fn new(table: &Table, hours: &[f64], within_hour: &[f64], within_day: &[f64]) -> Result<Self> {
        let mut of = BTreeMap::new();
        for field in table.fields().filter(|field| field.role == Role::Feature) {
            let column = table.column(&field.name)?;
            let kind = match field.field_type {
                FieldType::Number | FieldType::Integer => {
                    let values = column.numbers()?;
                    Kind::Number(quantile(&values, 0.05), quantile(&values, 0.95))
                }
                FieldType::Category | FieldType::Boolean => {
                    let mut shares: BTreeMap<String, f64> = BTreeMap::new();
                    for level in column.texts().into_iter().flatten() {
                        *shares.entry(level.into_owned()).or_default() += 1.0 / column.len() as f64;
                    }
                    Kind::Level(shares)
                }
                _ => continue,
            };
            of.insert(field.name.clone(), kind);
        }
        Ok(Self {
            of,
            events: (quantile(within_hour, 0.95), quantile(within_day, 0.95)),
            hours: (quantile(hours, 0.01), quantile(hours, 0.99)),
        })
    }

    /// How many records an entity has within an hour or a day.
    pub(crate) fn activity(&self, entity: &str, who: &str, said: &Said) -> String {
        let (hour, day) = (self.events.0.max(1.0), self.events.1.max(1.0));
        if said.within_hour / hour >= said.within_day / day {
            format!(
                "{entity} {who} has {} records within an hour, usually {} at most",
                said.within_hour,
                number(hour)
            )
        } else {
            format!(
                "{entity} {who} has {} records within a day, usually {} at most",
                said.within_day,
                number(day)
            )
        }
    }

    /// The time of the day.
    pub(crate) fn time(&self, field: &str, said: &Said) -> String {
        let clock = |hour: f64| format!("{:02}:{:02}", hour as u32, (hour.fract() * 60.0) as u32);
        let (low, high) = self.hours;
        format!("{field} {}, usually {} to {}", clock(said.hour), clock(low), clock(high))
    }

    /// A field of the record, `whose` telling the entity.
    pub(crate) fn field(
        &self,
        field: &str,
        value: Option<&str>,
        parsed: f64,
        whose: Option<&str>,
        said: &Said,
    ) -> String {
        let Some(value) = value else { return format!("{field} is missing") };
        match self.of.get(field) {
            Some(Kind::Number(low, high)) if parsed.is_finite() => {
                let far = 2.0 * (high - low);
                let place = match parsed {
                    v if v > high + far => "far above",
                    v if v > *high => "above",
                    v if v < low - far => "far below",
                    v if v < *low => "below",
                    _ => "within",
                };
                let mut text = format!(
                    "{field} {} is {place} the usual {} to {}",
                    number(parsed),
                    number(*low),
                    number(*high)
                );
                if let (Some(whose), Some(log)) =
                    (whose, said.of_field.filter(|log| log.abs() >= 2f64.ln() && log.abs() < 50.0))
                {
                    text += &format!(", {} times that of {whose}", number(log.exp()));
                }
                text
            }
            Some(Kind::Level(shares)) => {
                let mut text = match shares.get(value) {
                    Some(share) => format!("{field} {value}, as in {} % of records", number(100.0 * share)),
                    None => format!("{field} {value}, never seen before"),
                };
                if let (Some(whose), Some(unfamiliar)) = (whose, said.of_field.filter(|share| *share > 0.9)) {
                    text += &format!(", {} for {whose}", if unfamiliar > 0.98 { "new" } else { "rare" });
                }
                text
            }
            _ => format!("{field} = {}", value.chars().take(40).collect::<String>()),
        }
    }

    pub(crate) fn validate(&self) -> Result<()> {
        let numbers = [self.events.0, self.events.1, self.hours.0, self.hours.1];
        let fits = |kind: &Kind| match kind {
            Kind::Number(low, high) => !low.is_infinite() && !high.is_infinite(),
            Kind::Level(shares) => shares.values().all(|share| share.is_finite()),
        };
        if numbers.iter().all(|v| !v.is_infinite()) && self.of.values().all(fits) {
            Ok(())
        } else {
            Err(Error::model_file("usual values that are no numbers"))
        }
    }
}

/// Of the values that are known, interpolated; NaN without any.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut known: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    let Some(last) = known.len().checked_sub(1) else { return f64::NAN };
    let place = share * last as f64;
    let (low, high) = (known[place.floor() as usize], known[place.ceil() as usize]);
    low + place.fract() * (high - low)
}

/// A number as people write it: thousands apart, three digits that matter below 100.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 1e15 || (size < 1e-4 && size > 0.0) || !value.is_finite() {
        return format!("{value:.2e}");
    }
    let decimals = match size {
        s if s >= 100.0 => 0,
        s if s >= 10.0 => 1,
        s if s >= 1.0 || s == 0.0 => 2,
        _ => 4,
    };
    let text = format!("{size:.decimals$}");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let part = part.trim_end_matches('0');
    let sign = if value < 0.0 { "-" } else { "" };
    if part.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_read_well() {
        let read: Vec<String> =
            [9800.0, -1_234_567.8, 41.25, 0.5, 3.0, 0.0, 0.01234].iter().map(|v| number(*v)).collect();
        assert_eq!(read, ["9,800", "-1,234,568", "41.2", "0.5", "3", "0", "0.0123"]);
    }
}
