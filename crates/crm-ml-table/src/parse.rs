//! Numbers and truth values written by people.

use crate::Decimal;

/// Signs and codes of currencies that may stand before or after an amount.
const CURRENCIES: [&str; 24] = [
    "US$", "$", "€", "£", "¥", "₹", "₽", "₩", "₺", "zł", "kr", "USD", "EUR", "GBP", "JPY", "CHF", "CAD",
    "AUD", "INR", "SEK", "NOK", "DKK", "PLN", "BRL",
];

/// Words that people write into a number or date column for "no value".
const MARKER_WORDS: [&str; 20] = [
    "unknown",
    "unk",
    "none",
    "nil",
    "missing",
    "undefined",
    "not available",
    "not set",
    "-",
    "--",
    "—",
    "?",
    "n.a.",
    "n.a",
    "#value!",
    "#ref!",
    "#div/0!",
    "tbd",
    "(blank)",
    "(none)",
];

pub(crate) fn is_marker_word(text: &str) -> bool {
    !text.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && MARKER_WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// `true`/`false`, `yes`/`no`, `y`/`n`, `t`/`f` in any case. 0 and 1 are integers, not truth values.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.len() {
        1..=5 if !text.as_bytes()[0].is_ascii_alphabetic() => None,
        1..=5 => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "y" | "t" => Some(true),
            "false" | "no" | "n" | "f" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// How a text looks as a whole number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Whole {
    Fits(i64),
    /// Digits only, with a zero in front: a code.
    LeadingZero,
    /// Beyond 64 bits.
    TooLarge,
    No,
}

pub(crate) fn whole(text: &str) -> Whole {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Whole::No;
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return Whole::LeadingZero;
    }
    text.parse().map_or(Whole::TooLarge, Whole::Fits)
}

/// A finite number, plain or decorated: `-12.5`, `1e3`, `$1,234.50`, `1.234,50 €`, `(300)`, `45 %`.
pub(crate) fn number(text: &str, decimal: Decimal) -> Option<f64> {
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E');
    if decimal == Decimal::Point && text.bytes().all(plain) {
        return text.parse().ok().filter(|v: &f64| v.is_finite());
    }
    if decimal == Decimal::Comma && has_fraction_after_point(text) {
        return None;
    }
    decorated(text, decimal)
}

/// Whether a text is digits with a point among, before or behind them, and perhaps a sign: a number with a decimal point.
pub(crate) fn is_plain_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    // Longer ones might be beyond all numbers.
    (2..64).contains(&digits.len()) && is_digits(whole) && is_digits(fraction)
}

/// What stands before the decimal mark, a sign perhaps included, and what behind it, where all else are digits.
pub(crate) fn parts(text: &str, decimal: Decimal) -> Option<(&str, &str)> {
    let (whole, fraction) = text.split_once(if decimal == Decimal::Comma { ',' } else { '.' })?;
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let is_digits = digits.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    (is_digits && digits.len() + fraction.len() > 0).then_some((whole, fraction))
}

/// Digits and points of which the last cannot part a group of three: no number with a decimal comma.
fn has_fraction_after_point(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let last = digits.bytes().rposition(|b| b == b'.');
    last.is_some_and(|point| digits.len() - point != 4)
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn decorated(text: &str, decimal: Decimal) -> Option<f64> {
    // Longer texts are no amounts, nor are those with more letters than a currency and an exponent have; the limits keep the
    // work on free text small.
    const MOST_LETTERS: usize = 4;
    let count = |of: fn(&u8) -> bool| text.bytes().filter(of).count();
    if text.len() > 64 || count(u8::is_ascii_digit) == 0 || count(u8::is_ascii_alphabetic) > MOST_LETTERS {
        return None;
    }
    let (text, in_brackets) = match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) => (inner.trim(), true),
        None => (text, false),
    };
    let (text, sign) = signed(text);
    let (text, currency) = without_currency(text);
    let (text, inner_sign) = if sign.is_none() { signed(text) } else { (text, None) };
    let (text, percent) = match text.strip_suffix('%') {
        Some(rest) if !currency => (rest.trim_end(), true),
        Some(_) => return None,
        None => (text, false),
    };
    let value = grouped(text, decimal)?;
    let value = if percent { value / 100.0 } else { value };
    match (in_brackets, sign.or(inner_sign)) {
        (true, Some(_)) => None,
        (true, None) | (false, Some('-')) => Some(-value),
        _ => Some(value),
    }
}

fn signed(text: &str) -> (&str, Option<char>) {
    match text.chars().next() {
        Some(sign @ ('-' | '+')) => (text[1..].trim_start(), Some(sign)),
        Some('\u{2212}') => (text['\u{2212}'.len_utf8()..].trim_start(), Some('-')),
        _ => (text, None),
    }
}

fn without_currency(text: &str) -> (&str, bool) {
    let ends = |text: &str| (text.as_bytes().first().copied(), text.as_bytes().last().copied());
    let (first, last) = ends(text);
    for currency in CURRENCIES {
        if first != ends(currency).0 && last != ends(currency).1 {
            continue;
        }
        if let Some(rest) = text.strip_prefix(currency) {
            return (rest.trim_start(), true);
        }
        if let Some(rest) = text.strip_suffix(currency) {
            return (rest.trim_end(), true);
        }
    }
    (text, false)
}

/// Digits with groups of three and a fraction.
fn grouped(text: &str, decimal: Decimal) -> Option<f64> {
    let (point, comma) = match decimal {
        Decimal::Point => ('.', ','),
        Decimal::Comma => (',', '.'),
    };
    let (whole, fraction) = match text.split_once(point) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let is_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if fraction.is_some_and(|f| !f.is_empty() && !is_digits(f)) {
        return exponent(text, decimal);
    }
    let mut digits = String::new();
    let separator = whole.chars().find(|c| !c.is_ascii_digit());
    match separator {
        None if whole.is_empty() && fraction.is_some_and(is_digits) => digits.push('0'),
        None if is_digits(whole) => digits.push_str(whole),
        Some(mark) if mark == comma || matches!(mark, ' ' | '\'' | '’' | '\u{a0}' | '\u{202f}') => {
            // A zero in front parts a fraction, as in 0,125, and no group.
            let fits = |(i, group): (usize, &str)| {
                let length = match i {
                    0 => (1..=3).contains(&group.len()) && !group.starts_with('0'),
                    _ => group.len() == 3,
                };
                length && is_digits(group)
            };
            if !whole.split(mark).enumerate().all(fits) {
                return None;
            }
            digits.extend(whole.split(mark));
        }
        _ => return exponent(text, decimal),
    }
    if let Some(fraction) = fraction {
        digits.push('.');
        digits.push_str(fraction);
    }
    digits.parse().ok().filter(|v: &f64| v.is_finite())
}

/// `1,5e3` and the like.
fn exponent(text: &str, decimal: Decimal) -> Option<f64> {
    let (mantissa, power) = text.split_once(['e', 'E'])?;
    let mark = if decimal == Decimal::Comma { ',' } else { '.' };
    let plain = mantissa.bytes().all(|b| b.is_ascii_digit() || b == mark as u8);
    let power_digits = power.strip_prefix(['-', '+']).unwrap_or(power);
    if !plain || power_digits.is_empty() || !power_digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{}e{power}", mantissa.replace(mark, ".")).parse().ok().filter(|v: &f64| v.is_finite())
}

/// Whether a number is written with a currency sign, percent sign or groups.
pub(crate) fn is_decorated(text: &str) -> bool {
    text.bytes().any(|b| !(b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decimal::{Comma, Point};

    #[test]
    fn numbers_as_people_write_them() {
        let point = [
            ("12", 12.0),
            ("-3.5", -3.5),
            ("1e3", 1000.0),
            ("$1,234.50", 1234.5),
            ("€ 5", 5.0),
            ("5 €", 5.0),
            ("45%", 0.45),
            ("45 %", 0.45),
            ("(1,200)", -1200.0),
            ("-$5", -5.0),
            ("$-5", -5.0),
            ("1 234.5", 1234.5),
            ("USD 99", 99.0),
            ("1'000", 1000.0),
            (".5", 0.5),
            ("$.50", 0.5),
            ("12 345 kr", 12345.0),
            ("− 4 €", -4.0),
        ];
        for (text, value) in point {
            assert_eq!(number(text, Point), Some(value), "{text}");
        }
        for (text, value) in
            [("1.234,50 €", 1234.5), ("12,5", 12.5), ("-0,5 %", -0.005), ("1.000", 1000.0), ("1,5e2", 150.0)]
        {
            assert_eq!(number(text, Comma), Some(value), "{text}");
        }
        for text in [
            "12,5",
            "1,23,456",
            "inf",
            "NaN",
            "1e999",
            "",
            "-",
            "$",
            "1.2.3",
            "2024-01-02",
            "5 apples",
            "€5%",
            "1 23",
            "+-5",
            "0x10",
            "0,125",
            "-0,125",
            "0 125",
            "000,125",
        ] {
            assert_eq!(number(text, Point), None, "{text}");
        }
        for text in ["1.234.5", "0.500", "0.123,4"] {
            assert_eq!(number(text, Comma), None, "{text}");
        }
    }

    #[test]
    fn plain_decimals_are_numbers() {
        for text in ["1.5", "-0.25", ".5", "5.", "+7.0"] {
            assert!(is_plain_decimal(text) && number(text, Point).is_some(), "{text}");
        }
        for text in [".", "-", "-.", "1.2.3", "1-2", "1e5", "", "1,5", "é"] {
            assert!(!is_plain_decimal(text), "{text}");
        }
    }

    #[test]
    fn whole_numbers_keep_codes_and_large_ids_apart() {
        assert_eq!(whole("42"), Whole::Fits(42));
        assert_eq!(whole("-9223372036854775808"), Whole::Fits(i64::MIN));
        assert_eq!(whole("9223372036854775808"), Whole::TooLarge);
        assert_eq!(whole("007"), Whole::LeadingZero);
        assert_eq!(whole("0"), Whole::Fits(0));
        assert_eq!(whole("1.0"), Whole::No);
        assert_eq!(whole("-"), Whole::No);
    }

    #[test]
    fn truth_values() {
        assert_eq!(boolean("Yes"), Some(true));
        assert_eq!(boolean("F"), Some(false));
        assert_eq!(boolean("1"), None);
        assert_eq!(boolean("é"), None);
    }
}
