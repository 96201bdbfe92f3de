//! A field in the forms that the checks need.

use std::collections::{BTreeMap, BTreeSet};

use crm_ml_core::Result;
use crm_ml_table::{Column, FieldType};

use super::SanityChecker;

/// Most bins of a number.
const BINS: usize = 32;
/// Most words of a text that are looked at.
const WORDS: usize = 200;

/// One feature of the table.
pub(super) struct Field<'a> {
    pub(super) column: Column<'a>,
    /// Its values, NaN where missing: of texts the number of characters, of dates days; `None` for categories.
    pub(super) numbers: Option<Vec<f64>>,
    pub(super) groups: Groups,
    /// The most frequent words of a text or options of a list, and the rows that have them, ascending.
    pub(super) words: Vec<(String, Vec<u32>)>,
}

/// Rows that have the same value, or values of the same bin.
pub(super) struct Groups {
    pub(super) names: Vec<String>,
    /// `None` where the value is missing.
    pub(super) codes: Vec<Option<u32>>,
    /// Whether each group is one value (but for the one of rare values) rather than a bin.
    pub(super) values: bool,
}

impl<'a> Field<'a> {
    pub(super) fn new(column: Column<'a>, checker: &SanityChecker) -> Result<Self> {
        let field_type = column.field().field_type;
        let support = checker.rule_support;
        let numbers = match field_type {
            text if is_text(text) => {
                Some(column.texts().iter().map(|text| text.as_deref().map_or(f64::NAN, length)).collect())
            }
            _ => day_or_number(&column)?,
        };
        let groups = match &numbers {
            Some(numbers) if field_type != FieldType::Boolean => Groups::of_numbers(numbers, support),
            _ => Groups::of_levels(&column, support, checker.max_levels),
        };
        let words = words(&column, support)?;
        Ok(Self { column, numbers, groups, words })
    }

    pub(super) fn name(&self) -> &str {
        self.column.name()
    }

    pub(super) fn field_type(&self) -> FieldType {
        self.column.field().field_type
    }

    /// What the figures of the numbers are about.
    pub(super) fn measure(&self) -> &'static str {
        if is_text(self.field_type()) { "its length" } else { "it" }
    }

    pub(super) fn is_missing(&self, row: usize) -> bool {
        self.column.is_missing(row)
    }
}

/// Whether values are texts, of which length and words are looked at.
pub(super) fn is_text(field_type: FieldType) -> bool {
    matches!(field_type, FieldType::Text | FieldType::Email | FieldType::Phone)
}

fn length(text: &str) -> f64 {
    text.chars().count() as f64
}

/// The values of all types but categories, texts and identifiers; times in days.
fn day_or_number(column: &Column<'_>) -> Result<Option<Vec<f64>>> {
    const MICROS_A_DAY: f64 = 86_400e6;
    match column.field().field_type {
        FieldType::Number | FieldType::Integer | FieldType::Boolean => Ok(Some(column.numbers()?)),
        FieldType::Date | FieldType::DateTime => {
            let days = column.micros()?.into_iter().map(|m| m.map_or(f64::NAN, |m| m as f64 / MICROS_A_DAY));
            Ok(Some(days.collect()))
        }
        _ => Ok(None),
    }
}

impl Groups {
    /// The `most` most frequent levels of at least `support` rows, in order; the others are one group.
    fn of_levels(column: &Column<'_>, support: usize, most: usize) -> Self {
        let (levels, codes) = column.levels();
        Self::frequent(levels, codes, support, most)
    }

    fn frequent(levels: Vec<String>, codes: Vec<Option<u32>>, support: usize, most: usize) -> Self {
        let mut counts = vec![0usize; levels.len()];
        codes.iter().flatten().for_each(|&code| counts[code as usize] += 1);
        let mut order: Vec<usize> = (0..levels.len()).filter(|&i| counts[i] >= support.max(1)).collect();
        order.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
        order.truncate(most);
        order.sort_unstable();
        let mut names: Vec<String> = order.iter().map(|&i| levels[i].clone()).collect();
        let rare = names.len() as u32;
        if order.len() < levels.len() {
            names.push("(other)".to_owned());
        }
        let mut place = vec![rare; levels.len()];
        order.iter().enumerate().for_each(|(new, &old)| place[old] = new as u32);
        let codes = codes.into_iter().map(|code| code.map(|code| place[code as usize])).collect();
        Self { names, codes, values: true }
    }

    /// Each value, where there are few; else bins of (nearly) equal count.
    fn of_numbers(numbers: &[f64], support: usize) -> Self {
        let mut sorted: Vec<f64> = numbers.iter().copied().filter(|v| !v.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let mut distinct = sorted.clone();
        distinct.dedup();
        if distinct.len() <= BINS {
            let code = |v: f64| (!v.is_nan()).then(|| distinct.partition_point(|d| *d < v) as u32);
            let codes = numbers.iter().map(|&v| code(v)).collect();
            return Self::frequent(distinct.iter().map(f64::to_string).collect(), codes, support, BINS);
        }
        let edges = edges(&sorted, support);
        let code = |v: f64| (!v.is_nan()).then(|| edges.partition_point(|edge| *edge < v) as u32);
        let shown = |v: f64| if v.abs() >= 1e4 { format!("{v:.0}") } else { format!("{v:.4}") };
        let name = |i: usize| match (i.checked_sub(1).and_then(|i| edges.get(i)), edges.get(i)) {
            (None, Some(edge)) => format!("up to {}", shown(*edge)),
            (Some(edge), None) => format!("above {}", shown(*edge)),
            (Some(low), Some(high)) => format!("above {} up to {}", shown(*low), shown(*high)),
            (None, None) => "any".to_owned(),
        };
        Self {
            names: (0..=edges.len()).map(name).collect(),
            codes: numbers.iter().map(|&v| code(v)).collect(),
            values: false,
        }
    }
}

/// The upper ends of the bins but the last: quantiles, each once, at least `support` rows apart where values are not tied.
pub(super) fn edges(sorted: &[f64], support: usize) -> Vec<f64> {
    let rows = sorted.len();
    let bins = BINS.min(rows / support.max(1)).max(1);
    let mut edges: Vec<f64> = (1..bins).map(|i| sorted[i * rows / bins - 1]).collect();
    edges.dedup();
    edges.retain(|edge| Some(edge) != sorted.last());
    edges
}

/// The most frequent words of a text (letters and digits, in lower case), or options of a list of them, that at least `support`
/// rows have and as many lack.
fn words(column: &Column<'_>, support: usize) -> Result<Vec<(String, Vec<u32>)>> {
    let mut rows: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut add = |row: usize, words: BTreeSet<&str>| {
        for word in words {
            match rows.get_mut(word) {
                Some(rows) => rows.push(row as u32),
                None => drop(rows.insert(word.to_owned(), vec![row as u32])),
            }
        }
    };
    match column.field().field_type {
        FieldType::MultiSelect => {
            for (row, options) in column.selections()?.into_iter().enumerate() {
                add(row, options.unwrap_or_default().into_iter().collect());
            }
        }
        text if is_text(text) => {
            for row in 0..column.len() {
                let text = column.text(row).unwrap_or_default().to_lowercase();
                add(row, text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect());
            }
        }
        _ => return Ok(Vec::new()),
    }
    let mut words: Vec<(String, Vec<u32>)> = rows
        .into_iter()
        .filter(|(_, rows)| rows.len() >= support && column.len() - rows.len() >= support)
        .collect();
    words.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(&b.0)));
    words.truncate(WORDS);
    Ok(words)
}
