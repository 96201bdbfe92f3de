//! `--set name=value`: typed on use, unknown names refused.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::Outcome;

/// The settings not yet used.
pub(crate) struct Settings {
    given: BTreeMap<String, String>,
}

impl Settings {
    /// Parses `name=value` pairs. Errors: no `=`, a name given twice.
    pub(crate) fn parse(pairs: &[String]) -> Outcome<Self> {
        let mut given = BTreeMap::new();
        for pair in pairs {
            let (name, value) =
                pair.split_once('=').ok_or_else(|| format!("--set {pair}: expected name=value"))?;
            if given.insert(name.to_owned(), value.to_owned()).is_some() {
                return Err(format!("--set {name}: given twice").into());
            }
        }
        Ok(Self { given })
    }

    /// What was given, numbers as numbers.
    pub(crate) fn as_json(&self) -> Value {
        let value =
            |text: &String| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()));
        Value::Object(
            self.given.iter().map(|(name, text)| (name.clone(), value(text))).collect::<Map<_, _>>(),
        )
    }

    /// The value of a setting, if it was given.
    pub(crate) fn take<T: FromStr<Err: Display>>(&mut self, name: &str) -> Outcome<Option<T>> {
        match self.given.remove(name) {
            None => Ok(None),
            Some(text) => match text.parse() {
                Ok(value) => Ok(Some(value)),
                Err(error) => Err(format!("--set {name}={text}: {error}").into()),
            },
        }
    }

    /// As [`Settings::take`], where `none` is a value too.
    pub(crate) fn take_optional<T: FromStr<Err: Display>>(
        &mut self,
        name: &str,
    ) -> Outcome<Option<Option<T>>> {
        match self.given.get(name).map(String::as_str) {
            Some("none" | "None") => {
                self.given.remove(name);
                Ok(Some(None))
            }
            _ => Ok(self.take(name)?.map(Some)),
        }
    }

    /// An error if a setting was not used: no task ignores a name it does not know.
    pub(crate) fn finish(&self, task: &str) -> Outcome<()> {
        match self.given.keys().next() {
            None => Ok(()),
            Some(name) => Err(format!("--set {name}: '{task}' has no such setting").into()),
        }
    }
}

/// Calls the setter of the same name for every setting that was given.
macro_rules! apply {
    ($settings:expr, $estimator:ident; $($name:ident: $type:ty),* $(; optional $($optional:ident: $inner:ty),*)?) => {
        $(if let Some(value) = $settings.take::<$type>(stringify!($name))? {
            $estimator = $estimator.$name(value);
        })*
        $($(if let Some(value) = $settings.take_optional::<$inner>(stringify!($optional))? {
            $estimator = $estimator.$optional(value);
        })*)?
    };
}
pub(crate) use apply;
