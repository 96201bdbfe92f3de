//! What a telephone number says.

use crm_ml_table::PhoneNumber;
use serde::{Deserialize, Serialize};

/// A level or a number made of a telephone number; numbers are 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PhonePart {
    /// Category: the code of the country as `+49`; `(national)` for a number without one, `(unknown)` for what has no such code or
    /// is no number.
    CountryCode,
    /// 1 if the number has a length that numbers have, else 0.
    Valid,
    /// 1 if it was written with a country's code, else 0.
    International,
    /// 1 if it has an extension, else 0.
    Extension,
    /// Digits after the country's code.
    Digits,
}

impl PhonePart {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::CountryCode => "country code",
            Self::Valid => "valid",
            Self::International => "international",
            Self::Extension => "extension",
            Self::Digits => "digits",
        }
    }

    pub(super) fn is_category(self) -> bool {
        self == Self::CountryCode
    }

    pub(super) fn level(number: Option<&PhoneNumber>) -> String {
        match number.map(|number| (number.country_code(), number.is_international())) {
            Some((Some(code), _)) => format!("+{code}"),
            Some((None, false)) => "(national)".to_owned(),
            Some((None, true)) | None => "(unknown)".to_owned(),
        }
    }

    pub(super) fn number(self, number: Option<&PhoneNumber>) -> f64 {
        let Some(number) = number else { return 0.0 };
        let flag = |holds: bool| f64::from(u8::from(holds));
        match self {
            Self::International => flag(number.is_international()),
            Self::Extension => flag(number.extension().is_some()),
            Self::Digits => number.national().len() as f64,
            _ => flag(number.is_valid()),
        }
    }
}
