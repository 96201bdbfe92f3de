//! What can be counted in a text.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// A number made of a text; 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum TextMeasure {
    /// Characters.
    Characters,
    /// Words, parted by white space.
    Words,
    /// Different words, in any case.
    DistinctWords,
    /// Mean characters of a word.
    WordLength,
    /// Lines that are not blank.
    Lines,
    /// Digits.
    Digits,
    /// Share of the letters that are upper case.
    UpperShare,
    /// Exclamation and question marks.
    Marks,
    /// 1 if there is an e-mail address, else 0.
    HasEmail,
    /// 1 if there is a web address, else 0.
    HasUrl,
}

impl TextMeasure {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Characters => "characters",
            Self::Words => "words",
            Self::DistinctWords => "distinct words",
            Self::WordLength => "word length",
            Self::Lines => "lines",
            Self::Digits => "digits",
            Self::UpperShare => "upper share",
            Self::Marks => "marks",
            Self::HasEmail => "has e-mail",
            Self::HasUrl => "has url",
        }
    }

    pub(super) fn of(self, text: &str) -> f64 {
        let count = |wanted: fn(char) -> bool| text.chars().filter(|c| wanted(*c)).count() as f64;
        let flag = |holds: bool| f64::from(u8::from(holds));
        let share = |part: f64, all: f64| if all > 0.0 { part / all } else { 0.0 };
        let words = || text.split_whitespace();
        match self {
            Self::Characters => text.chars().count() as f64,
            Self::Words => words().count() as f64,
            Self::DistinctWords => words().map(str::to_lowercase).collect::<HashSet<_>>().len() as f64,
            Self::WordLength => {
                share(words().map(|w| w.chars().count()).sum::<usize>() as f64, words().count() as f64)
            }
            Self::Lines => text.lines().filter(|line| !line.trim().is_empty()).count() as f64,
            Self::Digits => count(|c| c.is_numeric()),
            Self::UpperShare => share(count(char::is_uppercase), count(char::is_alphabetic)),
            Self::Marks => count(|c| matches!(c, '!' | '?')),
            Self::HasEmail => flag(words().any(is_email)),
            Self::HasUrl => flag(words().any(is_url)),
        }
    }
}

/// Something before one `@`, and a name with a dot after it.
fn is_email(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let Some((name, host)) = word.split_once('@') else { return false };
    !name.is_empty() && !host.contains('@') && has_inner_dot(host)
}

/// A scheme of the web, or `www.`, and a name with a dot after it.
fn is_url(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let rest = ["http://", "https://", "ftp://"].iter().find_map(|scheme| word.strip_prefix(scheme));
    match (rest, word.strip_prefix("www.")) {
        (Some(rest), _) => rest.split(['/', '?', '#']).next().is_some_and(has_inner_dot),
        (None, Some(rest)) => rest.split(['/', '?', '#']).next().is_some_and(has_inner_dot),
        (None, None) => false,
    }
}

fn has_inner_dot(host: &str) -> bool {
    host.split('.').count() > 1 && host.split('.').all(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let text = "Call ME at 555!\n\nor write: (ann@example.org), see https://example.org/a?b. Call?";
        let all = [
            (TextMeasure::Words, 10.0),
            (TextMeasure::DistinctWords, 10.0),
            (TextMeasure::Lines, 2.0),
            (TextMeasure::Digits, 3.0),
            (TextMeasure::Marks, 3.0),
            (TextMeasure::HasEmail, 1.0),
            (TextMeasure::HasUrl, 1.0),
        ];
        for (measure, expected) in all {
            assert_eq!(measure.of(text), expected, "{measure:?}");
            assert_eq!(measure.of(""), 0.0);
        }
        assert_eq!(TextMeasure::DistinctWords.of("ja Ja JA nein"), 2.0);
        assert_eq!(TextMeasure::WordLength.of("ab  abcd"), 3.0);
        assert_eq!(TextMeasure::UpperShare.of("ABc 1d"), 0.5);
        assert_eq!(TextMeasure::Characters.of("Zürich"), 6.0);
        for no in ["a@b", "@b.c", "a@@b.c", "a@.c", "http://", "https://localhost", "wwwx.a", "www."] {
            assert_eq!(TextMeasure::HasEmail.of(no) + TextMeasure::HasUrl.of(no), 0.0, "{no}");
        }
    }
}
