//! One condition of a rule.

use std::fmt;
use std::str::FromStr;

use crm_ml_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use crate::profile::{SegmentProfile, Standing};

/// What must hold of a segment for a rule to give its action; written as text, field first:
///
/// | text | holds where |
/// |---|---|
/// | `monetary high`, `monetary low` | the field is notably higher (lower) than in the rest; very high is high too |
/// | `monetary very high`, `monetary very low` | by much |
/// | `monetary middle` | neither |
/// | `recency > 90`, `recency < 30` | the segment's median is above (below) the number |
/// | `country = France` | the value is over-represented |
/// | `phone missing` | the field is missing notably more often than in the rest |
///
/// Names and values that hold `&`, `=`, `<`, `>` or quotes, or end in one of these words, stand in double quotes, quotes in them doubled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Condition {
    /// A field of numbers stands there.
    Number {
        /// The field.
        field: String,
        /// Where.
        standing: Standing,
    },
    /// The median is above (or below) a number.
    Median {
        /// The field.
        field: String,
        /// Whether above.
        above: bool,
        /// The number.
        value: f64,
    },
    /// A value is over-represented.
    Level {
        /// The field.
        field: String,
        /// The value.
        level: String,
    },
    /// Cells are missing more often than in the rest.
    Missing {
        /// The field.
        field: String,
    },
}

const STANDINGS: [(&str, Standing); 5] = [
    // The longer endings come first.
    (" very low", Standing::VeryLow),
    (" very high", Standing::VeryHigh),
    (" low", Standing::Low),
    (" middle", Standing::Middle),
    (" high", Standing::High),
];
const MISSING: &str = " missing";

impl Condition {
    /// The field it is about.
    pub fn field(&self) -> &str {
        match self {
            Self::Number { field, .. }
            | Self::Median { field, .. }
            | Self::Level { field, .. }
            | Self::Missing { field } => field,
        }
    }

    /// Whether it holds of a segment; a field that the segment's table lacks holds nothing.
    pub fn holds(&self, segment: &SegmentProfile) -> bool {
        match self {
            Self::Number { field, standing } => segment.number(field).is_some_and(|n| match standing {
                Standing::High => n.standing.is_high(),
                Standing::Low => n.standing.is_low(),
                exactly => n.standing == *exactly,
            }),
            Self::Median { field, above, value } => segment
                .number(field)
                .and_then(|n| n.median)
                .is_some_and(|median| if *above { median > *value } else { median < *value }),
            Self::Level { field, level } => segment.level(field, level).is_some(),
            Self::Missing { field } => {
                segment.missing.iter().any(|m| m.field == *field && m.notable && m.share > m.rest_share)
            }
        }
    }
}

impl FromStr for Condition {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || {
            Error::from(ErrorKind::Input {
                source_name: "rule".to_owned(),
                line: None,
                column: None,
                value: Some(text.to_owned()),
                message: "a condition is '<field> high', 'low', 'middle', 'very high', 'very low' or 'missing', or '<field> = <value>', '> <number>', '< <number>'"
                    .to_owned(),
            })
        };
        let text = text.trim();
        if let Some(place) = outside_quotes(text, &['=', '<', '>']) {
            let field = unquoted(&text[..place]).ok_or_else(refused)?;
            let (sign, rest) = text[place..].split_at(1);
            if sign == "=" {
                return Ok(Self::Level { field, level: unquoted(rest).ok_or_else(refused)? });
            }
            let value: Option<f64> = rest.trim().parse().ok().filter(|v: &f64| v.is_finite());
            return Ok(Self::Median { field, above: sign == ">", value: value.ok_or_else(refused)? });
        }
        for (ending, standing) in STANDINGS {
            if let Some(field) = text.strip_suffix(ending) {
                return Ok(Self::Number { field: unquoted(field).ok_or_else(refused)?, standing });
            }
        }
        let field = text.strip_suffix(MISSING).and_then(unquoted).ok_or_else(refused)?;
        Ok(Self::Missing { field })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { field, standing } => {
                let ending = STANDINGS.iter().find(|(_, s)| s == standing).map_or("", |(ending, _)| ending);
                write!(formatter, "{}{ending}", quoted(field))
            }
            Self::Median { field, above, value } => {
                write!(formatter, "{} {} {value}", quoted(field), if *above { '>' } else { '<' })
            }
            Self::Level { field, level } => write!(formatter, "{} = {}", quoted(field), quoted(level)),
            Self::Missing { field } => write!(formatter, "{}{MISSING}", quoted(field)),
        }
    }
}

impl TryFrom<String> for Condition {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        condition.to_string()
    }
}

/// Where one of these signs stands first outside of double quotes.
pub(super) fn outside_quotes(text: &str, signs: &[char]) -> Option<usize> {
    let mut inside = false;
    for (place, letter) in text.char_indices() {
        if letter == '"' {
            inside = !inside;
        } else if signs.contains(&letter) && !inside {
            return Some(place);
        }
    }
    None
}

/// A name without its quotes; `None` if it is empty or its quotes are wrong.
fn unquoted(text: &str) -> Option<String> {
    let text = text.trim();
    let name = match text.strip_prefix('"') {
        None => text.to_owned(),
        Some(rest) => {
            let inner = rest.strip_suffix('"')?;
            inner.split("\"\"").all(|part| !part.contains('"')).then(|| inner.replace("\"\"", "\""))?
        }
    };
    let wrong = !text.starts_with('"') && text.contains('"');
    (!name.trim().is_empty() && !wrong).then_some(name)
}

fn quoted(name: &str) -> String {
    let endings = STANDINGS.iter().map(|(ending, _)| *ending).chain([MISSING]);
    let plain = name.trim() == name
        && !name.contains(['&', '=', '<', '>', '"'])
        && !endings.into_iter().any(|ending| name.ends_with(ending) || name == ending.trim());
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}
