//! How fields are spoken of.

use serde::{Deserialize, Serialize};

/// What people call a field and its high and low values; for names of segments and for reports.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldWords {
    /// The field of the table.
    pub field: String,
    /// Of a segment whose values are high, such as `big spenders`; empty for `high <field>`.
    #[serde(default)]
    pub high: String,
    /// Of a segment whose values are low; empty for `low <field>`.
    #[serde(default)]
    pub low: String,
    /// Unit of the values: a sign such as `£` stands before, a word such as `days` behind.
    #[serde(default)]
    pub unit: String,
    /// What the sum over rows is called, such as `money`, where it makes sense to add values up: reports then tell each segment's
    /// share of it. Empty where it does not.
    #[serde(default)]
    pub total: String,
    /// Whether the field gives a segment its name only after all others: it says again what they say.
    #[serde(default)]
    pub minor: bool,
}

impl FieldWords {
    /// Words for high and low values of a field.
    pub fn new(field: impl Into<String>, high: impl Into<String>, low: impl Into<String>) -> Self {
        Self { field: field.into(), high: high.into(), low: low.into(), ..Self::default() }
    }

    /// The unit.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    /// Lets the field give names only after the others.
    #[must_use]
    pub fn minor(mut self) -> Self {
        self.minor = true;
        self
    }

    /// What the sum over rows is called.
    #[must_use]
    pub fn total(mut self, total: impl Into<String>) -> Self {
        self.total = total.into();
        self
    }
}

/// What a row is, and the words for some fields; the others are spoken of by their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    #[serde(default = "rows")]
    rows: String,
    #[serde(default)]
    fields: Vec<FieldWords>,
}

fn rows() -> String {
    "rows".to_owned()
}

impl Default for Vocabulary {
    fn default() -> Self {
        Self { rows: rows(), fields: Vec::new() }
    }
}

impl Vocabulary {
    /// No words.
    pub fn new() -> Self {
        Self::default()
    }

    /// What rows are called, such as `customers` (default `rows`).
    #[must_use]
    pub fn rows(mut self, rows: impl Into<String>) -> Self {
        self.rows = rows.into();
        self
    }

    /// Words for the fields of [`RfmTable::to_table`](crate::RfmTable::to_table), with the sign or code of the currency (or nothing).
    pub fn rfm(currency: &str) -> Self {
        Self::new()
            .rows("customers")
            .with(FieldWords::new("recency", "lapsed", "recent").unit("days"))
            .with(FieldWords::new("frequency", "frequent", "few purchases").total("purchases"))
            .with(FieldWords::new("monetary", "big spenders", "low spend").unit(currency).total("money"))
            .with(
                FieldWords::new("average_purchase", "large baskets", "small baskets").unit(currency).minor(),
            )
            .with(FieldWords::new("tenure", "long-standing", "new").unit("days"))
    }

    /// Words for one more field, in place of those it had.
    #[must_use]
    pub fn with(mut self, words: FieldWords) -> Self {
        self.fields.retain(|w| w.field != words.field);
        self.fields.push(words);
        self
    }

    /// The words of a field.
    pub fn field(&self, field: &str) -> Option<&FieldWords> {
        self.fields.iter().find(|w| w.field == field)
    }

    pub(crate) fn what(&self) -> &str {
        &self.rows
    }

    /// What a segment is called whose values of a field are high (or low).
    pub fn side(&self, field: &str, high: bool) -> String {
        let words = self.field(field).map(|w| if high { &w.high } else { &w.low });
        match words.filter(|words| !words.trim().is_empty()) {
            Some(words) => words.clone(),
            None => format!("{} {field}", if high { "high" } else { "low" }),
        }
    }

    pub(crate) fn is_minor(&self, field: &str) -> bool {
        self.field(field).is_some_and(|w| w.minor)
    }

    /// What the sum of a field is called, if it makes sense.
    pub(crate) fn total(&self, field: &str) -> Option<&str> {
        self.field(field).map(|w| w.total.trim()).filter(|total| !total.is_empty())
    }

    /// A value of a field, with its unit and the digits that say something.
    pub fn show(&self, field: &str, value: f64) -> String {
        let unit = self.field(field).map_or("", |w| w.unit.trim());
        let number = number(value);
        match unit.chars().any(char::is_alphanumeric) {
            // One of what is counted in the plural: 1 day.
            true if number == "1" && unit.chars().all(char::is_lowercase) => {
                format!("1 {}", unit.strip_suffix('s').unwrap_or(unit))
            }
            true => format!("{number} {unit}"),
            // The minus stands before the sign: -£5.
            false => match number.strip_prefix('-') {
                Some(size) => format!("-{unit}{size}"),
                None => format!("{unit}{number}"),
            },
        }
    }
}

/// A number with the digits that say something: three, and all before the point; thousands in groups.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() || size >= 1e15 || (size > 0.0 && size < 1e-3) {
        return format!("{value:.2e}");
    }
    let decimals = match size {
        s if s >= 100.0 => 0,
        s if s >= 10.0 => 1,
        s if s >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{size:.decimals$}");
    let (sign, grouped, fraction) = parts(value, &text);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction}")
}

/// Money with two decimals, thousands in groups.
pub(crate) fn cents(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    let (sign, grouped, fraction) = parts(value, &text);
    format!("{sign}{grouped}.{fraction}")
}

/// Sign, grouped digits before the point and those behind it, of a value whose size is written as `text`.
fn parts(value: f64, text: &str) -> (&'static str, String, &str) {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if value < 0.0 && text.contains(|c: char| c.is_ascii_digit() && c != '0') { "-" } else { "" };
    (sign, grouped, fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_what_matters() {
        let shown =
            [0.0, -0.0, 0.12345, 1.0, 9.999, 12.34, 123.4, 1234.5, -1_234_567.0, 1e-9, 1e20].map(number);
        let expected =
            ["0", "0", "0.123", "1", "10", "12.3", "123", "1,234", "-1,234,567", "1.00e-9", "1.00e20"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn units_stand_where_they_belong() {
        let words = Vocabulary::rfm("£");
        assert_eq!(words.show("monetary", -1234.0), "-£1,234");
        assert_eq!(words.show("recency", 3.0), "3 days");
        assert_eq!(words.show("recency", 1.0), "1 day");
        assert_eq!(words.show("age", 3.5), "3.5");
        assert_eq!(Vocabulary::rfm("EUR").show("monetary", 5.0), "5 EUR");
        assert_eq!(
            (words.side("age", true), words.side("recency", false)),
            ("high age".to_owned(), "recent".to_owned())
        );
    }
}
