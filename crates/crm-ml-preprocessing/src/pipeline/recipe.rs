//! What was learnt of one field.

use crm_ml_core::{Column, Error, ErrorKind, Result, UNSEEN};
use crm_ml_table::{Column as RawColumn, FieldType};
use serde::{Deserialize, Serialize};

use super::TablePipeline;
use super::dates::Part;
use super::numeric::Numeric;
use crate::names::Names;
use crate::stats::Observed;
use crate::{Strategy, Unseen, encode};

const MICROS_A_DAY: f64 = 86_400e6;
const OTHER: &str = "(other)";

/// A field and how it becomes columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FieldRecipe {
    pub(super) field: String,
    pub(super) recipe: Recipe,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Recipe {
    Number { value: Numeric, flag: bool },
    Category { levels: Levels },
    Date { days: Numeric, reference: f64, parts: Vec<Part>, flag: bool },
    Text { characters: Numeric, words: Numeric },
}

/// The levels of a category: those that stand alone, sorted; then, if levels were grouped, the group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Levels {
    alone: Vec<String>,
    rare: Vec<String>,
    other: Option<String>,
}

impl FieldRecipe {
    /// The recipe, or the reason why nothing can be learnt from the field.
    pub(super) fn learn(
        params: &TablePipeline,
        column: &RawColumn<'_>,
        weights: Option<&[f64]>,
    ) -> Result<std::result::Result<Self, String>> {
        let gaps = column.missing_count();
        if column.field().field_type == FieldType::Identifier {
            return Ok(Err("an identifier says nothing of other records".into()));
        }
        if gaps == column.len() {
            return Ok(Err("no values".into()));
        }
        if gaps == 0 && is_constant(column) {
            let value = column.text(0).unwrap_or_default();
            return Ok(Err(format!("constant: always '{}'", value.chars().take(40).collect::<String>())));
        }
        let flag = params.add_indicator && gaps > 0;
        let recipe = match column.field().field_type {
            FieldType::Number | FieldType::Integer => Recipe::Number {
                value: Numeric::learn(params, column.name(), &column.numbers()?, weights)?,
                flag,
            },
            FieldType::Boolean => {
                let seen = Observed::new(&column.numbers()?, weights);
                let fill = params.impute.and_then(|strategy| match strategy {
                    Strategy::Constant(value) => Some(value),
                    _ => Strategy::MostFrequent.learn(&seen),
                });
                Recipe::Number { value: Numeric::plain(fill), flag }
            }
            FieldType::Category => Recipe::Category { levels: Levels::learn(params, column, weights) },
            FieldType::Date | FieldType::DateTime => date(params, column, weights, flag)?,
            FieldType::Text => {
                let learn = |measure: fn(&str) -> f64| {
                    Numeric::learn(params, column.name(), &text_measure(column, measure), weights)
                };
                Recipe::Text { characters: learn(characters)?, words: learn(words)? }
            }
            other => return Ok(Err(format!("no recipe for the type {other}"))),
        };
        Ok(Ok(Self { field: column.name().to_owned(), recipe }))
    }

    /// The columns it gives.
    pub(super) fn columns(&self, names: &mut Names) -> Vec<Column> {
        let mut real = |suffix: String| {
            Column::real(names.free(format!("{}{suffix}", self.field))).from_field(&self.field)
        };
        let missing = |flag: bool| flag.then(|| "=(missing)".to_owned());
        match &self.recipe {
            Recipe::Number { flag, .. } => {
                [Some(String::new()), missing(*flag)].into_iter().flatten().map(real).collect()
            }
            Recipe::Category { levels } => {
                vec![Column::category(names.free(self.field.clone()), levels.all()).from_field(&self.field)]
            }
            Recipe::Date { parts, flag, .. } => {
                let mut columns = vec![real(" days".into())];
                for part in parts {
                    columns.push(real(format!(" {} sin", part.name())));
                    columns.push(real(format!(" {} cos", part.name())));
                }
                columns.extend(missing(*flag).map(real));
                columns
            }
            Recipe::Text { .. } => vec![real(" characters".into()), real(" words".into())],
        }
    }

    /// The values of those columns.
    pub(super) fn values(&self, column: &RawColumn<'_>, unseen: Unseen) -> Result<Vec<Vec<f64>>> {
        let flags = |values: &[f64]| values.iter().map(|v| f64::from(u8::from(v.is_nan()))).collect();
        match &self.recipe {
            Recipe::Number { value, flag } => {
                let raw = column.numbers()?;
                let mut given = vec![raw.iter().map(|v| value.apply(*v)).collect()];
                if *flag {
                    given.push(flags(&raw));
                }
                Ok(given)
            }
            Recipe::Category { levels } => Ok(vec![levels.codes(column, unseen)?]),
            Recipe::Date { days, reference, parts, flag } => {
                let raw = day_values(column)?;
                let mut given = vec![raw.iter().map(|day| days.apply(day - reference)).collect()];
                let missing = if days.fill.is_some() { 0.0 } else { f64::NAN };
                for part in parts {
                    let waves: Vec<[f64; 2]> = raw.iter().map(|day| part.wave(*day, missing)).collect();
                    given.push(waves.iter().map(|w| w[0]).collect());
                    given.push(waves.iter().map(|w| w[1]).collect());
                }
                if *flag {
                    given.push(flags(&raw));
                }
                Ok(given)
            }
            Recipe::Text { characters: c, words: w } => Ok(vec![
                text_measure(column, characters).into_iter().map(|v| c.apply(v)).collect(),
                text_measure(column, words).into_iter().map(|v| w.apply(v)).collect(),
            ]),
        }
    }

    pub(super) fn validate(&self) -> Result<()> {
        let sound = match &self.recipe {
            Recipe::Number { value, .. } => value.is_sound(),
            Recipe::Category { levels } => levels.is_sound(),
            Recipe::Date { days, reference, parts, .. } => {
                days.is_sound() && reference.is_finite() && parts.len() <= 4
            }
            Recipe::Text { characters, words } => characters.is_sound() && words.is_sound(),
        };
        match sound {
            true => Ok(()),
            false => Err(Error::model_file(format!("the recipe of field '{}' is not sound", self.field))),
        }
    }
}

fn is_constant(column: &RawColumn<'_>) -> bool {
    let first = column.text(0);
    // Booleans and numbers may spell one value in several ways.
    match column.numbers() {
        Ok(values) => values.iter().all(|v| Some(v) == values.first()),
        Err(_) => (1..column.len()).all(|row| column.text(row) == first),
    }
}

fn date(
    params: &TablePipeline,
    column: &RawColumn<'_>,
    weights: Option<&[f64]>,
    flag: bool,
) -> Result<Recipe> {
    let raw = day_values(column)?;
    let reference = Observed::new(&raw, None).extent().min.floor();
    let since: Vec<f64> = raw.iter().map(|day| day - reference).collect();
    let mut parts = vec![Part::Month, Part::Weekday, Part::DayOfMonth];
    if raw.iter().any(|day| day.fract() != 0.0 && !day.is_nan()) {
        parts.push(Part::Hour);
    }
    Ok(Recipe::Date { days: Numeric::learn(params, column.name(), &since, weights)?, reference, parts, flag })
}

/// Days since 1970-01-01 with their fraction, NaN where missing.
pub(super) fn day_values(column: &RawColumn<'_>) -> Result<Vec<f64>> {
    Ok(column.micros()?.into_iter().map(|m| m.map_or(f64::NAN, |m| m as f64 / MICROS_A_DAY)).collect())
}

/// A measure of every text; 0 where there is none.
pub(super) fn text_measure(column: &RawColumn<'_>, measure: fn(&str) -> f64) -> Vec<f64> {
    (0..column.len()).map(|row| column.text(row).map_or(0.0, |text| measure(&text))).collect()
}

pub(super) fn characters(text: &str) -> f64 {
    text.chars().count() as f64
}

fn words(text: &str) -> f64 {
    text.split_whitespace().count() as f64
}

impl Levels {
    fn learn(params: &TablePipeline, column: &RawColumn<'_>, weights: Option<&[f64]>) -> Self {
        let (levels, codes) = column.levels();
        let mut counts = vec![0.0; levels.len()];
        for (row, code) in codes.iter().enumerate() {
            if let Some(code) = code {
                counts[*code as usize] += weights.map_or(1.0, |w| w[row]);
            }
        }
        let total = weights.map_or(codes.len() as f64, |w| w.iter().sum());
        let is_rare = encode::rare(&counts, total, params.min_frequency, params.max_categories);
        let mut other = is_rare.contains(&true).then(|| OTHER.to_owned());
        while other.as_ref().is_some_and(|other| levels.contains(other)) {
            other = other.map(|other| other + "*");
        }
        let (rare, alone): (Vec<_>, Vec<_>) = levels.into_iter().zip(is_rare).partition(|(_, rare)| *rare);
        let names = |pairs: Vec<(String, bool)>| pairs.into_iter().map(|(level, _)| level).collect();
        Self { alone: names(alone), rare: names(rare), other }
    }

    pub(super) fn all(&self) -> Vec<String> {
        self.alone.iter().chain(&self.other).cloned().collect()
    }

    fn codes(&self, column: &RawColumn<'_>, unseen: Unseen) -> Result<Vec<f64>> {
        let other = self.other.as_ref().map(|_| self.alone.len() as f64);
        let code = |row: usize| {
            let Some(text) = column.text(row) else { return Ok(f64::NAN) };
            let find = |levels: &[String]| levels.binary_search_by(|level| level.as_str().cmp(&text)).ok();
            match (find(&self.alone), unseen) {
                (Some(code), _) => Ok(code as f64),
                (None, _) if find(&self.rare).is_some() => Ok(other.unwrap_or(UNSEEN)),
                (None, Unseen::Ignore) => Ok(UNSEEN),
                (None, Unseen::Other) => Ok(other.unwrap_or(UNSEEN)),
                (None, Unseen::Error) => {
                    let column = column.name().to_owned();
                    Err(ErrorKind::UnknownCategory { row, column, value: text.into_owned() }.into())
                }
            }
        };
        (0..column.len()).map(code).collect()
    }

    fn is_sound(&self) -> bool {
        let ascending = |levels: &[String]| levels.windows(2).all(|pair| pair[0] < pair[1]);
        ascending(&self.alone) && ascending(&self.rare) && (self.other.is_some() || self.rare.is_empty())
    }
}
