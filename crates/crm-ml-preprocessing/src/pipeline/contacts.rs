//! E-mail addresses and telephone numbers in parts.

use crm_ml_core::{Column, Error, Result};
use crm_ml_table::{Column as RawColumn, EmailAddress, PhoneNumber};
use serde::{Deserialize, Serialize};

use super::levels::Levels;
use super::numeric::Numeric;
use super::{EmailKinds, EmailPart, PhonePart, TablePipeline};
use crate::{OutlierAction, Unseen};

/// How a field is read, and what it becomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Contact {
    Email { kinds: EmailKinds, parts: Vec<(EmailPart, Given)> },
    Phone { home: Option<u16>, parts: Vec<(PhonePart, Given)> },
}

/// What was learnt of a part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Given {
    Levels(Levels),
    Number(Numeric),
}

/// The cells of a column: missing, something else, or what they hold.
type Cells<T> = Vec<Option<Option<T>>>;

fn emails(column: &RawColumn<'_>) -> Cells<EmailAddress> {
    column.texts().iter().map(|text| text.as_deref().map(EmailAddress::parse)).collect()
}

fn phones(column: &RawColumn<'_>, home: Option<u16>) -> Cells<PhoneNumber> {
    column.texts().iter().map(|text| text.as_deref().map(|text| PhoneNumber::parse(text, home))).collect()
}

fn levels_of<T>(cells: &Cells<T>, level: impl Fn(Option<&T>) -> String) -> Vec<Option<String>> {
    cells.iter().map(|cell| cell.as_ref().map(|held| level(held.as_ref()))).collect()
}

/// A part of every cell; 0 where nothing is held.
fn numbers_of<T>(cells: &Cells<T>, number: impl Fn(Option<&T>) -> f64) -> Vec<f64> {
    cells.iter().map(|cell| number(cell.as_ref().and_then(Option::as_ref))).collect()
}

impl Contact {
    pub(super) fn email(
        params: &TablePipeline,
        column: &RawColumn<'_>,
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let (cells, kinds) = (emails(column), &params.email_kinds);
        let learn = |part: &EmailPart| {
            let given = if part.is_category() {
                let texts = levels_of(&cells, |address| part.level(address, kinds));
                Given::Levels(Levels::of(params, &texts, weights))
            } else {
                let values = numbers_of(&cells, |address| part.number(address, kinds));
                Given::number(params, column.name(), &values, weights)?
            };
            Ok((*part, given))
        };
        let parts = params.email_parts.iter().map(learn).collect::<Result<_>>()?;
        Ok(Self::Email { kinds: kinds.clone(), parts })
    }

    pub(super) fn phone(
        params: &TablePipeline,
        column: &RawColumn<'_>,
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let cells = phones(column, params.phone_country);
        let learn = |part: &PhonePart| {
            let given = if part.is_category() {
                Given::Levels(Levels::of(params, &levels_of(&cells, PhonePart::level), weights))
            } else {
                let values = numbers_of(&cells, |number| part.number(number));
                Given::number(params, column.name(), &values, weights)?
            };
            Ok((*part, given))
        };
        let parts = params.phone_parts.iter().map(learn).collect::<Result<_>>()?;
        Ok(Self::Phone { home: params.phone_country, parts })
    }

    /// The name of each part and what it gives.
    fn parts(&self) -> Vec<(&'static str, &Given)> {
        match self {
            Self::Email { parts, .. } => parts.iter().map(|(part, given)| (part.name(), given)).collect(),
            Self::Phone { parts, .. } => parts.iter().map(|(part, given)| (part.name(), given)).collect(),
        }
    }

    /// Whether a category among the parts says where the field is missing.
    pub(super) fn says_missing(&self) -> bool {
        self.parts().iter().any(|(_, given)| matches!(given, Given::Levels(_)))
    }

    /// The columns it gives; `name` makes a name of a suffix.
    pub(super) fn columns(&self, field: &str, mut name: impl FnMut(String) -> String) -> Vec<Column> {
        let column = |(part, given): (&'static str, &Given)| {
            let name = name(format!(" {part}"));
            let column = match given {
                Given::Levels(levels) => Column::category(name, levels.all()),
                Given::Number(_) => Column::real(name),
            };
            column.from_field(field)
        };
        self.parts().into_iter().map(column).collect()
    }

    pub(super) fn values(&self, column: &RawColumn<'_>, unseen: Unseen) -> Result<Vec<Vec<f64>>> {
        match self {
            Self::Email { kinds, parts } => {
                let cells = emails(column);
                let values = |(part, given): &(EmailPart, Given)| match given {
                    Given::Levels(levels) => {
                        let texts = levels_of(&cells, |address| part.level(address, kinds));
                        levels.codes_of(column.name(), &texts, unseen)
                    }
                    Given::Number(number) => {
                        Ok(number.all(numbers_of(&cells, |address| part.number(address, kinds))))
                    }
                };
                parts.iter().map(values).collect()
            }
            Self::Phone { home, parts } => {
                let cells = phones(column, *home);
                let values = |(part, given): &(PhonePart, Given)| match given {
                    Given::Levels(levels) => {
                        levels.codes_of(column.name(), &levels_of(&cells, PhonePart::level), unseen)
                    }
                    Given::Number(number) => Ok(number.all(numbers_of(&cells, |phone| part.number(phone)))),
                };
                parts.iter().map(values).collect()
            }
        }
    }

    pub(super) fn validate(&self) -> Result<()> {
        let kinds_agree = match self {
            Self::Email { parts, .. } => {
                parts.iter().all(|(part, given)| part.is_category() == given.is_levels())
            }
            Self::Phone { parts, .. } => {
                parts.iter().all(|(part, given)| part.is_category() == given.is_levels())
            }
        };
        let sound = |given: &Given| match given {
            Given::Levels(levels) => levels.is_sound(),
            Given::Number(number) => number.is_sound(),
        };
        match kinds_agree && self.parts().iter().all(|(_, given)| sound(given)) {
            true => Ok(()),
            false => Err(Error::model_file("a part of a contact is not sound")),
        }
    }
}

impl Given {
    fn number(params: &TablePipeline, name: &str, values: &[f64], weights: Option<&[f64]>) -> Result<Self> {
        Ok(Self::Number(Numeric::learn(params, OutlierAction::Clip, name, values, weights)?))
    }

    fn is_levels(&self) -> bool {
        matches!(self, Self::Levels(_))
    }
}
