//! What type a column of text has, and why.

use std::collections::{BTreeMap, HashSet};

use crate::distinct::{Distinct, hash};
use crate::email;
use crate::markers::Markers;
use crate::names::{is_code_name, is_email_name, is_id_name, is_phone_name};
use crate::parse::{self, Whole};
use crate::phone::PhoneNumber;
use crate::record_id::record_id;
use crate::shape::Shape;
use crate::text::{TextCells, options_of, trimmed};
use crate::{Decimal, Exception, FieldType, Inference, time};

/// Examples kept of values that do not conform.
const EXAMPLES: usize = 5;
/// A column whose values differ at this share or more is taken to name its records.
const NEARLY_ALL: f64 = 0.95;
/// Columns shorter than this give too little evidence for "all values differ".
const FEW_ROWS: usize = 20;
/// More options than this are free text.
const MOST_OPTIONS: usize = 200;
/// Longest mean text (in characters) that still reads as a label.
const LABEL_LENGTH: f64 = 60.0;

/// The result of looking at a column.
pub(crate) struct Inferred {
    pub(crate) field_type: FieldType,
    pub(crate) decimal: Decimal,
    /// Words that stand for "missing" in this column, beside the markers given.
    pub(crate) extra_markers: Vec<String>,
    pub(crate) inference: Inference,
}

/// What one pass over the cells counts.
#[derive(Default)]
struct Tally<'a> {
    rows: usize,
    missing: usize,
    values: usize,
    distinct: usize,
    whole: usize,
    leading_zero: usize,
    too_large: usize,
    point: usize,
    comma: usize,
    /// Numbers in both notations with different values, such as `1,234`, and those of them with a point, such as `1.234`.
    ambiguous: usize,
    ambiguous_points: usize,
    decorated: usize,
    percent: usize,
    booleans: usize,
    dates: usize,
    date_times: usize,
    /// Words for "missing", with their counts and first rows.
    marker_words: BTreeMap<&'a str, (usize, usize)>,
    marker_count: usize,
    characters: usize,
    with_spaces: usize,
    /// Record ids, and those of them in the long form, which has a checksum.
    record_ids: usize,
    long_record_ids: usize,
    /// Texts of several options, the options of all texts, and the different ones, up to one more than may be.
    several: usize,
    options: usize,
    distinct_options: HashSet<u64>,
    emails: usize,
    /// Telephone numbers, and those of them with a country's code: looked for where the name speaks of them, else after a `+`.
    phones: usize,
    international: usize,
    named_phone: bool,
    /// Whole numbers in file order so far go up by exactly one.
    counts_up: bool,
    last_whole: Option<i64>,
    /// First values that are neither number nor marker word.
    odd_to_numbers: Vec<(&'a str, usize)>,
}

impl<'a> Tally<'a> {
    fn of(name: &str, cells: &'a TextCells, markers: &[String]) -> Self {
        let named_phone = is_phone_name(name);
        let mut tally = Self { counts_up: true, named_phone, ..Self::default() };
        let (markers, mut distinct) = (Markers::new(markers), Distinct::default());
        for row in 0..cells.len() {
            tally.rows += 1;
            match cells.get(row).map(trimmed) {
                Some(cell) if !markers.is_missing(cell) => {
                    distinct.add(cell);
                    tally.add(cell, row);
                }
                _ => tally.missing += 1,
            }
        }
        tally.distinct = distinct.count();
        tally
    }

    fn add(&mut self, cell: &'a str, row: usize) {
        let shape = Shape::of(cell);
        let beyond_ascii = shape.has(Shape::BEYOND_ASCII);
        self.values += 1;
        self.characters += if beyond_ascii { cell.chars().count() } else { cell.len() };
        let has_blank = shape.has(Shape::BLANK) || (beyond_ascii && cell.contains(char::is_whitespace));
        self.with_spaces += usize::from(has_blank);
        self.booleans += usize::from(shape.is_only(Shape::LETTER) && parse::boolean(cell).is_some());
        if shape.has(Shape::SEMICOLON) {
            self.add_options(cell);
        }
        if parse::is_marker_word(cell) {
            self.marker_words.entry(cell).or_insert((0, row)).0 += 1;
            self.marker_count += 1;
            return;
        }
        self.add_contact(cell, shape);
        // Some of them are numbers as well: digits only, or 12e34 at the end.
        if matches!(cell.len(), 15 | 18) && record_id(cell).is_some() {
            self.record_ids += 1;
            self.long_record_ids += usize::from(cell.len() == 18);
        }
        let is_date = shape.has(Shape::DIGIT) && time::date(cell).is_some();
        let is_date_time = shape.has(Shape::DIGIT) && !is_date && time::date_time(cell).is_some();
        self.dates += usize::from(is_date);
        self.date_times += usize::from(is_date_time);
        if is_date || is_date_time || !shape.has(Shape::DIGIT) {
            self.add_no_number(cell, row);
        } else {
            self.add_number(cell, shape, row);
        }
    }

    fn add_no_number(&mut self, cell: &'a str, row: usize) {
        self.counts_up = false;
        if self.odd_to_numbers.len() < EXAMPLES {
            self.odd_to_numbers.push((cell, row));
        }
    }

    fn add_contact(&mut self, cell: &str, shape: Shape) {
        self.emails += usize::from(shape.has(Shape::MARK) && is_contact(FieldType::Email, cell));
        if self.named_phone
            || shape.has(Shape::DIGIT | Shape::BEYOND_ASCII) && cell.starts_with(['+', '\u{ff0b}'])
        {
            if let Some(number) = PhoneNumber::parse(cell, None).filter(PhoneNumber::is_valid) {
                self.phones += 1;
                self.international += usize::from(number.is_international());
            }
        }
    }

    fn add_options(&mut self, cell: &str) {
        if self.distinct_options.len() > MOST_OPTIONS {
            return;
        }
        self.several += usize::from(options_of(cell).nth(1).is_some());
        for option in options_of(cell) {
            self.options += 1;
            self.distinct_options.insert(hash(option));
        }
    }

    fn add_number(&mut self, cell: &'a str, shape: Shape, row: usize) {
        let may_be_whole = shape.is_only(Shape::DIGIT | Shape::SIGN);
        let whole = if may_be_whole { parse::whole(cell) } else { Whole::No };
        match whole {
            Whole::Fits(value) => {
                self.whole += 1;
                let follows = self.last_whole.is_none_or(|last| last.checked_add(1) == Some(value));
                self.counts_up &= follows;
                self.last_whole = Some(value);
            }
            Whole::LeadingZero => self.leading_zero += 1,
            Whole::TooLarge => self.too_large += 1,
            Whole::No => {}
        }
        if whole != Whole::No {
            self.point += 1;
            self.comma += 1;
            return;
        }
        self.counts_up = false;
        if shape.is_only(Shape::DIGIT | Shape::SIGN | Shape::POINT) && parse::is_plain_decimal(cell) {
            self.point += 1;
            let comma = parse::number(cell, Decimal::Comma);
            self.comma += usize::from(comma.is_some());
            let ambiguous = usize::from(comma.is_some() && comma != parse::number(cell, Decimal::Point));
            self.ambiguous += ambiguous;
            self.ambiguous_points += ambiguous;
            return;
        }
        let (point, comma) = (parse::number(cell, Decimal::Point), parse::number(cell, Decimal::Comma));
        self.point += usize::from(point.is_some());
        self.comma += usize::from(comma.is_some());
        if point.is_none() && comma.is_none() {
            return self.add_no_number(cell, row);
        }
        self.ambiguous +=
            usize::from(cell.contains(',') && point.is_some() && comma.is_some() && point != comma);
        self.decorated += usize::from(parse::is_decorated(cell));
        self.percent += usize::from(cell.ends_with('%'));
    }

    /// Whether `count` of some type and words for "missing" are all there is, the words in the minority.
    fn all(&self, count: usize) -> bool {
        count > 0 && count + self.marker_count == self.values && self.marker_count <= count
    }

    /// Whether texts are lists of options: some are, and there are few options, used again and again.
    fn has_options(&self) -> bool {
        let few = (2..=MOST_OPTIONS).contains(&self.distinct_options.len());
        few && self.several > 1
            && self.several * 20 >= self.values
            && self.options >= 3 * self.distinct_options.len()
    }

    fn share_distinct(&self) -> f64 {
        self.distinct as f64 / self.values.max(1) as f64
    }

    fn all_differ(&self) -> bool {
        self.values >= FEW_ROWS && self.share_distinct() >= NEARLY_ALL
    }
}

/// Infers the type of a column from its cells and its name.
pub(crate) fn infer(name: &str, cells: &TextCells, lines: Option<&[u64]>, markers: &[String]) -> Inferred {
    let tally = Tally::of(name, cells, markers);
    let (field_type, decimal, reason) = decide(name, &tally);
    let line = |row: usize| lines.and_then(|l| l.get(row).copied());
    let contact = matches!(field_type, FieldType::Email | FieldType::Phone);
    let uses_words = contact || !field_type.is_text() && field_type != FieldType::Boolean;
    let mut exceptions: Vec<Exception> = Vec::new();
    let (mut strange, mut extra_markers) = (Vec::new(), Vec::new());
    if contact {
        strange = strange_contacts(field_type, cells, markers);
    } else if !uses_words && mostly_numbers(&tally) {
        strange.clone_from(&tally.odd_to_numbers);
    }
    if uses_words {
        for (word, (count, row)) in &tally.marker_words {
            exceptions.push(Exception { value: word.to_string(), count: *count, line: line(*row) });
            extra_markers.push(word.to_string());
        }
    }
    if !strange.is_empty() {
        let example = |&(value, row): &(&str, usize)| Exception {
            value: value.chars().take(80).collect(),
            count: (0..cells.len()).filter(|&r| cells.get(r).map(str::trim) == Some(value)).count(),
            line: line(row),
        };
        exceptions.extend(strange.iter().map(example));
        exceptions.sort_by(|a, b| (a.line, &a.value).cmp(&(b.line, &b.value)));
        exceptions.dedup_by(|a, b| a.value == b.value);
    }
    let as_missing = if uses_words { tally.marker_count } else { 0 };
    let as_missing_words = if uses_words { tally.marker_words.len() } else { 0 };
    exceptions.truncate(EXAMPLES);
    let inference = Inference {
        declared: false,
        reason,
        rows: tally.rows,
        missing: tally.missing + as_missing,
        distinct: tally.distinct - as_missing_words,
        exceptions,
    };
    Inferred { field_type, decimal, extra_markers, inference }
}

/// Whether a cell is what a contact's field holds.
fn is_contact(field_type: FieldType, cell: &str) -> bool {
    match field_type {
        FieldType::Email => cell.contains('@') && email::parts(cell).is_some(),
        _ => PhoneNumber::parse(cell, None).is_some_and(|number| number.is_valid()),
    }
}

/// The first values of a contact's field that are none.
fn strange_contacts<'a>(
    field_type: FieldType,
    cells: &'a TextCells,
    markers: &[String],
) -> Vec<(&'a str, usize)> {
    let markers = Markers::new(markers);
    let cells = (0..cells.len()).filter_map(|row| Some((trimmed(cells.get(row)?), row)));
    let there = cells.filter(|(cell, _)| !markers.is_missing(cell) && !parse::is_marker_word(cell));
    there.filter(|(cell, _)| !is_contact(field_type, cell)).take(EXAMPLES).collect()
}

/// E-mail addresses and telephone numbers: all values, or most where the name says so too.
fn contact(name: &str, tally: &Tally<'_>) -> Option<(FieldType, String)> {
    let values = tally.values - tally.marker_count;
    let holds = |count: usize, named: bool| {
        let enough = count == values || named && count * 10 >= values * 8;
        count > 0 && enough && tally.marker_count <= count
    };
    let reason = |count: usize, what: &str| match count == values {
        true => format!("all {count} values are {what}"),
        false => format!("{count} of {values} values are {what}, and the name says so"),
    };
    if holds(tally.emails, is_email_name(name)) {
        return Some((FieldType::Email, reason(tally.emails, "e-mail addresses")));
    }
    let phones = if tally.named_phone { tally.phones } else { tally.international };
    let found = holds(phones, tally.named_phone);
    found.then(|| (FieldType::Phone, reason(phones, "telephone numbers")))
}

fn mostly_numbers(tally: &Tally<'_>) -> bool {
    tally.values > 0 && tally.point.max(tally.comma) * 10 >= tally.values * 8
}

fn decide(name: &str, tally: &Tally<'_>) -> (FieldType, Decimal, String) {
    let plain = |field_type, reason: String| (field_type, Decimal::Point, reason);
    if tally.values == 0 {
        return plain(FieldType::Category, "it has no values, so nothing can be learnt from it".into());
    }
    let words = match tally.marker_count {
        0 => String::new(),
        count => format!(", {count} words for \"no value\" taken as missing"),
    };
    if tally.all(tally.dates + tally.date_times) {
        let (days, times) = (tally.dates, tally.date_times);
        return match times {
            0 => plain(FieldType::Date, format!("all {days} values are ISO 8601 dates{words}")),
            _ => plain(FieldType::DateTime, format!("all {} values are ISO 8601 times{words}", days + times)),
        };
    }
    if tally.booleans == tally.values {
        return plain(
            FieldType::Boolean,
            format!("all {} values are words for true and false", tally.values),
        );
    }
    if let Some((field_type, reason)) = contact(name, tally) {
        return plain(field_type, format!("{reason}{words}"));
    }
    if tally.all(tally.point) || tally.all(tally.comma) {
        return numeric(name, tally, &words);
    }
    let (field_type, reason) = textual(name, tally);
    plain(field_type, reason)
}

fn numeric(name: &str, tally: &Tally<'_>, words: &str) -> (FieldType, Decimal, String) {
    let decimal = if tally.all(tally.point) { Decimal::Point } else { Decimal::Comma };
    let numbers = tally.values - tally.marker_count;
    let distinct = tally.distinct - tally.marker_words.len();
    let whole = tally.whole + tally.leading_zero + tally.too_large == numbers;
    let as_code = |why: &str| {
        if distinct as f64 >= NEARLY_ALL * numbers as f64 && numbers >= FEW_ROWS || is_id_name(name) {
            (FieldType::Identifier, decimal, format!("{why}; {distinct} different values in {numbers}"))
        } else {
            (
                FieldType::Category,
                decimal,
                format!("{why}; {distinct} different values in {numbers}, so a code"),
            )
        }
    };
    if whole && tally.leading_zero > 0 {
        return as_code("digits with leading zeros, which a number would lose");
    }
    if whole && tally.too_large > 0 {
        return (FieldType::Identifier, decimal, "digits beyond 64 bits, which a number would lose".into());
    }
    if whole && is_id_name(name) {
        let reason = format!("the name says identifier; {distinct} different whole numbers in {numbers}");
        // A handful of values that repeat is a lookup code, such as a region's number.
        let few = distinct <= 50 && distinct * 2 < numbers;
        return if few {
            (FieldType::Category, decimal, reason + ", few enough for a category")
        } else {
            (FieldType::Identifier, decimal, reason)
        };
    }
    if whole && is_code_name(name) {
        return as_code("the name says code and the values are digits");
    }
    if whole && tally.counts_up && numbers >= FEW_ROWS {
        return (FieldType::Identifier, decimal, format!("{numbers} whole numbers that count the rows"));
    }
    if whole {
        return (FieldType::Integer, decimal, format!("all {numbers} values are whole numbers{words}"));
    }
    let mut reason = format!("all {numbers} values are numbers{words}");
    if tally.decorated > 0 {
        reason.push_str(&format!(", {} with currency, percent or digit groups", tally.decorated));
    }
    if tally.percent > 0 && tally.percent < numbers {
        reason.push_str(&format!(
            ", of which only {} carry a percent sign (and are divided by 100)",
            tally.percent
        ));
    }
    if decimal == Decimal::Comma {
        reason.push_str(", decimal comma");
    } else if tally.ambiguous > 0 && tally.all(tally.comma) {
        let taken = match tally.ambiguous_points {
            0 => "commas taken as digit groups",
            points if points == tally.ambiguous => "points taken as decimal marks",
            _ => "commas taken as digit groups and points as decimal marks",
        };
        reason.push_str(&format!(", {taken} (declare \"decimal\": \"comma\" if they are not)"));
    }
    (FieldType::Number, decimal, reason)
}

fn textual(name: &str, tally: &Tally<'_>) -> (FieldType, String) {
    let (distinct, values) = (tally.distinct, tally.values);
    let counts = format!("{distinct} different values in {values}");
    let mean_length = tally.characters as f64 / values as f64;
    let spaced = tally.with_spaces as f64 / values as f64;
    let hint = match tally.odd_to_numbers.first() {
        Some((value, _)) if mostly_numbers(tally) => {
            let shown: String = value.chars().take(40).collect();
            let numbers = tally.point.max(tally.comma);
            format!(
                "; {numbers} are numbers, but not '{shown}': declare the type \"number\" once that is mended"
            )
        }
        _ => String::new(),
    };
    let shorter_ones_too = tally.long_record_ids > 0 || is_id_name(name);
    if tally.record_ids == values && shorter_ones_too {
        let long = tally.long_record_ids;
        return (
            FieldType::RecordId,
            format!("all are record ids, {long} of them with a checksum that holds; {counts}"),
        );
    }
    if tally.has_options() {
        let (several, options) = (tally.several, tally.distinct_options.len());
        return (
            FieldType::MultiSelect,
            format!("{several} values are several of {options} options; {counts}"),
        );
    }
    if is_id_name(name) && (distinct > 50 || tally.share_distinct() >= 0.5) {
        return (FieldType::Identifier, format!("the name says identifier; {counts}{hint}"));
    }
    if tally.all_differ() && spaced < 0.05 {
        return (
            FieldType::Identifier,
            format!("nearly all values differ and have no spaces; {counts}{hint}"),
        );
    }
    if tally.share_distinct() <= 0.5 && mean_length <= LABEL_LENGTH {
        return (FieldType::Category, format!("values repeat; {counts}{hint}"));
    }
    if distinct <= FEW_ROWS && mean_length <= LABEL_LENGTH / 2.0 {
        return (FieldType::Category, format!("few and short values; {counts}{hint}"));
    }
    (FieldType::Text, format!("values hardly repeat, {mean_length:.0} characters on average; {counts}{hint}"))
}
