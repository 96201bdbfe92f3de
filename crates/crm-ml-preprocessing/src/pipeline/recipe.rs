//! What was learnt of one field.

use crm_ml_core::{Column, Error, Result};
use crm_ml_table::{Column as RawColumn, FieldType};
use serde::{Deserialize, Serialize};

use super::contacts::Contact;
use super::dates::{Origin, parse_day};
use super::encoder::Goal;
use super::levels::Levels;
use super::numeric::Numeric;
use super::selections::Options;
use super::{Binning, DatePart, TablePipeline, TextMeasure};
use crate::bins::{Target, bin_of, labels};
use crate::hashing::place;
use crate::names::Names;
use crate::stats::Observed;
use crate::{OutlierAction, Strategy, Unseen};

const MICROS_A_DAY: f64 = 86_400e6;

/// A field and how it becomes columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FieldRecipe {
    pub(super) field: String,
    pub(super) recipe: Recipe,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Recipe {
    Number { value: Numeric, flag: bool },
    Binned { cuts: Vec<f64> },
    Category { levels: Levels },
    Hashed { n_features: u32, flag: bool },
    Options { options: Options, flag: bool },
    Date { parts: Vec<DateRecipe>, origin: Origin, flag: bool },
    Text { measures: Vec<(TextMeasure, Numeric)> },
    Contact { contact: Contact, flag: bool },
}

/// A part of a date; cyclic ones need no statistics, only to know whether gaps are filled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct DateRecipe {
    pub(super) part: DatePart,
    pub(super) number: Numeric,
}

impl FieldRecipe {
    /// The recipe, or the reason why nothing can be learnt from the field.
    pub(super) fn learn(
        params: &TablePipeline,
        column: &RawColumn<'_>,
        weights: Option<&[f64]>,
        goal: &Goal<'_>,
    ) -> Result<std::result::Result<Self, String>> {
        let gaps = column.missing_count();
        if matches!(column.field().field_type, FieldType::Identifier | FieldType::RecordId) {
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
            FieldType::Number | FieldType::Integer => {
                let values = column.numbers()?;
                match cuts(params, &values, weights, goal)? {
                    None => number(params, column, &values, weights, flag)?,
                    Some(cuts) if cuts.is_empty() && gaps == 0 => {
                        return Ok(Err("no cut of its values tells them apart".into()));
                    }
                    Some(cuts) => Recipe::Binned { cuts },
                }
            }
            FieldType::Boolean => {
                let seen = Observed::new(&column.numbers()?, weights);
                let fill = params.impute.and_then(|strategy| match strategy {
                    Strategy::Constant(value) => Some(value),
                    _ => Strategy::MostFrequent.learn(&seen),
                });
                Recipe::Number { value: Numeric::plain(fill), flag }
            }
            FieldType::Category => category(params, column, weights, flag),
            FieldType::MultiSelect => {
                Recipe::Options { options: Options::learn(params, column, weights)?, flag }
            }
            FieldType::Date | FieldType::DateTime => date(params, column, weights, flag)?,
            FieldType::Text => {
                let learn = |measure: &TextMeasure| {
                    let values = text_measure(column, *measure);
                    let name = column.name();
                    Ok((*measure, Numeric::learn(params, OutlierAction::Clip, name, &values, weights)?))
                };
                Recipe::Text { measures: params.text_measures.iter().map(learn).collect::<Result<_>>()? }
            }
            FieldType::Email => contact(Contact::email(params, column, weights)?, flag),
            FieldType::Phone => contact(Contact::phone(params, column, weights)?, flag),
            other => return Ok(Err(format!("no recipe for the type {other}"))),
        };
        let recipe = Self { field: column.name().to_owned(), recipe };
        match recipe.columns(&mut Names::default()).is_empty() {
            true => Ok(Err("nothing is asked of its type".into())),
            false => Ok(Ok(recipe)),
        }
    }

    /// The columns it gives.
    pub(super) fn columns(&self, names: &mut Names) -> Vec<Column> {
        let mut real = |suffix: String| {
            Column::real(names.free(format!("{}{suffix}", self.field))).from_field(&self.field)
        };
        let missing = |flag: bool| flag.then(|| "=(missing)".to_owned());
        match &self.recipe {
            Recipe::Number { value, flag } => {
                let extreme = value.flags().then(|| "=(outlier)".to_owned());
                [Some(String::new()), extreme, missing(*flag)].into_iter().flatten().map(real).collect()
            }
            Recipe::Binned { cuts } => {
                vec![Column::category(names.free(self.field.clone()), labels(cuts)).from_field(&self.field)]
            }
            Recipe::Category { levels } => {
                vec![Column::category(names.free(self.field.clone()), levels.all()).from_field(&self.field)]
            }
            Recipe::Hashed { n_features, flag } => {
                (0..*n_features).map(|i| format!("#{i}")).chain(missing(*flag)).map(real).collect()
            }
            Recipe::Options { options, flag } => options.names().chain(missing(*flag)).map(real).collect(),
            Recipe::Date { parts, flag, .. } => {
                let mut columns = Vec::new();
                for part in parts {
                    let name = part.part.name();
                    if part.part.is_cyclic() {
                        columns.push(real(format!(" {name} sin")));
                        columns.push(real(format!(" {name} cos")));
                    } else {
                        columns.push(real(format!(" {name}")));
                    }
                }
                columns.extend(missing(*flag).map(real));
                columns
            }
            Recipe::Text { measures } => {
                measures.iter().map(|(measure, _)| real(format!(" {}", measure.name()))).collect()
            }
            Recipe::Contact { contact, flag } => {
                let mut name = |suffix: String| names.free(format!("{}{suffix}", self.field));
                let mut columns = contact.columns(&self.field, &mut name);
                let flag = missing(*flag).map(|suffix| Column::real(name(suffix)).from_field(&self.field));
                columns.extend(flag);
                columns
            }
        }
    }

    /// The values of those columns.
    pub(super) fn values(&self, column: &RawColumn<'_>, unseen: Unseen) -> Result<Vec<Vec<f64>>> {
        let flags = |values: &[f64]| values.iter().map(|v| f64::from(u8::from(v.is_nan()))).collect();
        match &self.recipe {
            Recipe::Number { value, flag } => {
                let raw = column.numbers()?;
                let mut given = vec![raw.iter().map(|v| value.apply(*v)).collect()];
                if value.flags() {
                    given.push(raw.iter().map(|v| f64::from(u8::from(value.is_extreme(*v)))).collect());
                }
                if *flag {
                    given.push(flags(&raw));
                }
                Ok(given)
            }
            Recipe::Binned { cuts } => {
                let bin = |v: &f64| if v.is_nan() { f64::NAN } else { bin_of(*v, cuts) as f64 };
                Ok(vec![column.numbers()?.iter().map(bin).collect()])
            }
            Recipe::Category { levels } => Ok(vec![levels.codes(column, unseen)?]),
            Recipe::Hashed { n_features, flag } => Ok(self.hashed(column, *n_features as usize, *flag)),
            Recipe::Options { options, flag } => {
                let mut given = options.flags(column, unseen)?;
                given.extend(flag.then(|| gaps(column)));
                Ok(given)
            }
            Recipe::Date { parts, origin, flag } => {
                let raw = day_values(column)?;
                let mut given = Vec::new();
                for DateRecipe { part, number } in parts {
                    if part.is_cyclic() {
                        let missing = if number.fill.is_some() { 0.0 } else { f64::NAN };
                        let waves: Vec<[f64; 2]> = raw.iter().map(|day| part.wave(*day, missing)).collect();
                        given.push(waves.iter().map(|w| w[0]).collect());
                        given.push(waves.iter().map(|w| w[1]).collect());
                    } else {
                        given.push(raw.iter().map(|day| number.apply(part.number(*day, *origin))).collect());
                    }
                }
                if *flag {
                    given.push(flags(&raw));
                }
                Ok(given)
            }
            Recipe::Contact { contact, flag } => {
                let mut given = contact.values(column, unseen)?;
                given.extend(flag.then(|| gaps(column)));
                Ok(given)
            }
            Recipe::Text { measures } => {
                let given = |(measure, number): &(TextMeasure, Numeric)| {
                    text_measure(column, *measure).into_iter().map(|v| number.apply(v)).collect()
                };
                Ok(measures.iter().map(given).collect())
            }
        }
    }

    fn hashed(&self, column: &RawColumn<'_>, n_features: usize, flag: bool) -> Vec<Vec<f64>> {
        let mut given = vec![vec![0.0; column.len()]; n_features];
        let mut flags = vec![0.0; column.len()];
        for (row, missing) in flags.iter_mut().enumerate() {
            match column.text(row) {
                Some(text) => {
                    let (place, sign) = place(&format!("{}={text}", self.field), n_features, true);
                    given[place][row] = sign;
                }
                None => *missing = 1.0,
            }
        }
        given.extend(flag.then_some(flags));
        given
    }

    pub(super) fn validate(&self) -> Result<()> {
        let sound = match &self.recipe {
            Recipe::Number { value, .. } => value.is_sound(),
            Recipe::Binned { cuts } => {
                cuts.iter().all(|cut| cut.is_finite()) && cuts.windows(2).all(|pair| pair[0] < pair[1])
            }
            Recipe::Category { levels } => levels.is_sound(),
            Recipe::Options { options, .. } => options.is_sound(),
            Recipe::Hashed { n_features, .. } => (1..=1 << 20).contains(n_features),
            Recipe::Date { parts, origin, .. } => {
                parts.iter().all(|part| part.number.is_sound())
                    && origin.first.is_finite()
                    && origin.reference.is_finite()
            }
            Recipe::Text { measures } => measures.iter().all(|(_, number)| number.is_sound()),
            Recipe::Contact { contact, .. } => return contact.validate(),
        };
        match sound {
            true => Ok(()),
            false => Err(Error::model_file(format!("the recipe of field '{}' is not sound", self.field))),
        }
    }
}

/// The cuts of a number that is to be binned.
fn cuts(
    params: &TablePipeline,
    values: &[f64],
    weights: Option<&[f64]>,
    goal: &Goal<'_>,
) -> Result<Option<Vec<f64>>> {
    match &params.binning {
        Binning::None => Ok(None),
        Binning::KBins(bins) => {
            let edges = bins.edges(&Observed::new(values, weights)).unwrap_or_default();
            Ok(Some(crate::bins::inner(&edges)))
        }
        Binning::Supervised(binner) => {
            let target = match *goal {
                Goal::None => return Err(super::encoder::needs_labels("supervised binning")),
                Goal::Classes(codes, classes) => Target::Classes { codes, count: classes.len() },
                Goal::Values(values) => Target::Values(values),
            };
            binner.check_target(target)?;
            Ok(Some(binner.cuts(values, weights, target).unwrap_or_default()))
        }
    }
}

fn number(
    params: &TablePipeline,
    column: &RawColumn<'_>,
    values: &[f64],
    weights: Option<&[f64]>,
    flag: bool,
) -> Result<Recipe> {
    let action = params.outliers.map_or(OutlierAction::Clip, |outliers| outliers.action);
    let value = Numeric::learn(params, action, column.name(), values, weights)?;
    Ok(Recipe::Number { value, flag })
}

fn category(params: &TablePipeline, column: &RawColumn<'_>, weights: Option<&[f64]>, flag: bool) -> Recipe {
    let levels = Levels::learn(params, column, weights);
    match params.hashing {
        Some(hashing) if levels.count() > hashing.above => {
            Recipe::Hashed { n_features: hashing.n_features as u32, flag }
        }
        _ => Recipe::Category { levels },
    }
}

/// Where a category among the parts has a level for missing, no flag is needed.
fn contact(contact: Contact, flag: bool) -> Recipe {
    let flag = flag && !contact.says_missing();
    Recipe::Contact { contact, flag }
}

/// 1 where the cell is missing, else 0.
fn gaps(column: &RawColumn<'_>) -> Vec<f64> {
    (0..column.len()).map(|row| f64::from(u8::from(column.is_missing(row)))).collect()
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
    let extent = Observed::new(&raw, None).extent();
    let given = params.reference_date.as_deref().and_then(parse_day);
    let origin = Origin { first: extent.min.floor(), reference: given.unwrap_or(extent.max.floor()) };
    let parts = params.date_parts.clone().unwrap_or_else(|| {
        let mut parts = vec![DatePart::Days, DatePart::Month, DatePart::Weekday, DatePart::DayOfMonth];
        if raw.iter().any(|day| day.fract() != 0.0 && !day.is_nan()) {
            parts.push(DatePart::Hour);
        }
        parts
    });
    let learn = |part: DatePart| {
        if part.is_cyclic() {
            return Ok(DateRecipe { part, number: Numeric::plain(params.impute.map(|_| 0.0)) });
        }
        let values: Vec<f64> = raw.iter().map(|day| part.number(*day, origin)).collect();
        let number = Numeric::learn(params, OutlierAction::Clip, column.name(), &values, weights)?;
        Ok(DateRecipe { part, number })
    };
    Ok(Recipe::Date { parts: parts.into_iter().map(learn).collect::<Result<_>>()?, origin, flag })
}

/// Days since 1970-01-01 with their fraction, NaN where missing.
pub(super) fn day_values(column: &RawColumn<'_>) -> Result<Vec<f64>> {
    Ok(column.micros()?.into_iter().map(|m| m.map_or(f64::NAN, |m| m as f64 / MICROS_A_DAY)).collect())
}

/// A measure of every text; 0 where there is none.
pub(super) fn text_measure(column: &RawColumn<'_>, measure: TextMeasure) -> Vec<f64> {
    (0..column.len()).map(|row| column.text(row).map_or(0.0, |text| measure.of(&text))).collect()
}
