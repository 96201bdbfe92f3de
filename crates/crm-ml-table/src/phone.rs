//! Telephone numbers.

/// Fewest and most digits of a number, the country's code included (ITU-T E.164 allows fifteen).
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Fewest digits of a number that is written as within its country.
const FEWEST_NATIONAL: usize = 6;
/// Digits after the code of North America.
const NORTH_AMERICA: usize = 10;

/// A telephone number as it was written: for abroad, with the code of a country, or for within one.
///
/// Whether it is a mobile number, and which of its digits are an area's, is each country's own plan and not told.
///
/// ```
/// use crm_ml_table::PhoneNumber;
///
/// let number = PhoneNumber::parse("0049 (0)30 / 123 45-67 ext. 89", None).unwrap();
/// assert_eq!((number.country_code(), number.national()), (Some(49), "301234567"));
/// assert_eq!(number.extension(), Some("89"));
/// assert!(number.is_valid() && number.is_international());
/// assert!(!PhoneNumber::parse("+49 12", None).unwrap().is_valid());
/// assert_eq!(PhoneNumber::parse("call me", None), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    international: bool,
    country_code: Option<u16>,
    national: String,
    extension: Option<String>,
}

impl PhoneNumber {
    /// Reads a number of digits of any script and the usual marks between them; `None` where anything else stands there.
    ///
    /// `+` or `00` in front make it international, a bracketed zero after that is dropped; `x`, `ext.`, `extension`, `#` or `;ext=`
    /// start an extension. `home` is the country whose code a number without one has.
    pub fn parse(text: &str, home: Option<u16>) -> Option<Self> {
        let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
        let text = visible.trim();
        let scheme = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("tel:"));
        let text = if scheme { text.get(4..)?.trim_start() } else { text };
        let (main, extension) = extension(text)?;
        let opened = main.trim_start_matches(['(', ' ']);
        let plus = opened.starts_with(['+', '\u{ff0b}']);
        // What was opened before the sign is closed after it, which no one minds.
        let main = if plus { opened.trim_start_matches(['+', '\u{ff0b}']) } else { main };
        let zeros = !plus && digits(main.trim_start_matches('('))?.starts_with("00");
        let international = plus || zeros;
        let all = if international { digits(&main.replacen("(0)", "", 1))? } else { digits(main)? };
        let all = if zeros { all.get(2..)? } else { all.as_str() };
        if all.is_empty() {
            return None;
        }
        let code = if international { calling_code(all) } else { None };
        let national = all.get(code.map_or(0, code_length)..)?.to_owned();
        let country_code = if international { code } else { home };
        Some(Self { international, country_code, national, extension })
    }

    /// Whether a country, or what E.164 treats as one, has this code.
    pub fn is_country_code(code: u16) -> bool {
        calling_code(&code.to_string()) == Some(code)
    }

    /// Whether it was written with a country's code in front.
    pub fn is_international(&self) -> bool {
        self.international
    }

    /// The code of the country: of an international number its own, `None` if no country has it; else that of the home country.
    pub fn country_code(&self) -> Option<u16> {
        self.country_code
    }

    /// The digits after the code; of a number without one all, with the zero that is dialled within some countries.
    pub fn national(&self) -> &str {
        &self.national
    }

    /// The digits of the extension.
    pub fn extension(&self) -> Option<&str> {
        self.extension.as_deref()
    }

    /// Whether there is such a code, and as many digits as a number can have; one digit again and again is no number.
    pub fn is_valid(&self) -> bool {
        let digits = self.national.len();
        let first = self.national.bytes().next();
        let varied = self.national.bytes().any(|digit| Some(digit) != first);
        let fits = match (self.international, self.country_code) {
            (true, None) => false,
            (true, Some(1)) => digits == NORTH_AMERICA && first.is_some_and(|digit| digit > b'1'),
            (true, Some(code)) => DIGITS.contains(&(digits + code_length(code))),
            (false, _) => (FEWEST_NATIONAL..=*DIGITS.end()).contains(&digits),
        };
        fits && varied
    }
}

/// Marks of direction and joints, which address books leave around numbers that are copied.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The digits among marks; `None` if anything else is there.
fn digits(text: &str) -> Option<String> {
    let mut found = String::with_capacity(text.len());
    for c in text.chars() {
        match digit(c) {
            Some(digit) => found.push(digit),
            None if is_mark(c) => {}
            None => return None,
        }
    }
    Some(found)
}

/// A digit of ASCII, of full width, Arabic, Persian or Devanagari.
fn digit(c: char) -> Option<char> {
    const ZEROS: [char; 5] = ['0', '\u{ff10}', '\u{660}', '\u{6f0}', '\u{966}'];
    let value = ZEROS.iter().find_map(|zero| (c as u32).checked_sub(*zero as u32).filter(|v| *v < 10))?;
    char::from_digit(value, 10)
}

fn is_mark(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{b7}' | '\u{ff0d}'
        )
}

/// The text before an extension, and its digits; `None` if letters say anything else.
fn extension(text: &str) -> Option<(&str, Option<String>)> {
    let Some(start) = text.find(|c: char| c.is_alphabetic() || matches!(c, '#' | ';')) else {
        return Some((text, None));
    };
    let (main, rest) = text.split_at(start);
    let rest = rest.strip_prefix(';').unwrap_or(rest).trim_start();
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (word, number) = rest.split_at(end);
    let known = ["x", "ext", "extn", "extension"].iter().any(|known| known.eq_ignore_ascii_case(word));
    let number = if known { number } else { number.strip_prefix('#').filter(|_| word.is_empty())? };
    let number = digits(number.trim_start_matches(['.', ':', '=', ' ']))?;
    let main = main.trim_end_matches([',', ' ', '\u{a0}']);
    (!number.is_empty() && number.len() <= 11 && !main.is_empty()).then_some((main, Some(number)))
}

/// Codes of two digits.
const TWO: [u16; 44] = [
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58,
    60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];
/// First and last of the codes of three digits that follow each other.
const THREE: [(u16, u16); 31] = [
    (211, 213),
    (216, 216),
    (218, 218),
    (220, 258),
    (260, 269),
    (290, 291),
    (297, 299),
    (350, 359),
    (370, 383),
    (385, 387),
    (389, 389),
    (420, 421),
    (423, 423),
    (500, 509),
    (590, 599),
    (670, 670),
    (672, 683),
    (685, 692),
    (800, 800),
    (808, 808),
    (850, 850),
    (852, 853),
    (855, 856),
    (870, 870),
    (878, 878),
    (880, 883),
    (886, 886),
    (960, 968),
    (970, 977),
    (979, 979),
    (992, 998),
];

/// The country's code (ITU-T E.164) that the digits start with; no code starts another.
fn calling_code(digits: &str) -> Option<u16> {
    let start = |length: usize| digits.get(..length).and_then(|code| code.parse::<u16>().ok());
    if let Some(code @ (1 | 7)) = start(1) {
        return Some(code);
    }
    let two = start(2).filter(|code| TWO.contains(code));
    two.or_else(|| start(3).filter(|code| is_three(*code)))
}

fn is_three(code: u16) -> bool {
    // 997 is nobody's.
    code != 997 && THREE.iter().any(|(first, last)| (*first..=*last).contains(&code))
}

fn code_length(code: u16) -> usize {
    match code {
        0..10 => 1,
        10..100 => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Option<u16>, String, bool)> {
        let number = PhoneNumber::parse(text, None)?;
        Some((number.country_code(), number.national().to_owned(), number.is_valid()))
    }

    #[test]
    fn numbers_as_people_write_them() {
        for (text, code, national) in [
            ("+1 (415) 555-2671", Some(1), "4155552671"),
            ("(+49) 30 1234567", Some(49), "301234567"),
            ("00 44 20 7946 0958", Some(44), "2079460958"),
            ("(0044) 20 7946 0958", Some(44), "2079460958"),
            ("+49 (0)30 1234567", Some(49), "301234567"),
            ("tel:+353-1-234-5678", Some(353), "12345678"),
            ("\u{202a}+972 50 123 4567\u{202c}", Some(972), "501234567"),
            ("＋８１ ３－１２３４－５６７８", Some(81), "312345678"),
            ("+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧", Some(966), "501234567"),
            ("+7 495 123-45-67", Some(7), "4951234567"),
            ("030/123 45 67", None, "0301234567"),
            ("555.123.4567", None, "5551234567"),
            ("5551234", None, "5551234"),
            ("+683 4002", Some(683), "4002"),
        ] {
            assert_eq!(read(text), Some((code, national.to_owned(), true)), "{text}");
        }
    }

    #[test]
    fn extensions() {
        for (text, expected) in [
            ("555-123-4567 x123", "123"),
            ("555-123-4567x9", "9"),
            ("+1 415 555 2671, ext. 12", "12"),
            ("+1 415 555 2671 Extension: 0042", "0042"),
            ("+14155552671;ext=77", "77"),
            ("030 1234567 #5", "5"),
        ] {
            let number = PhoneNumber::parse(text, None).unwrap();
            assert_eq!(number.extension(), Some(expected), "{text}");
            assert!(number.is_valid(), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_or_no_valid_one() {
        for text in [
            "",
            " ",
            "+",
            "()",
            "call me",
            "x12",
            "1-800-FLOWERS",
            "12:30",
            "a@b.co",
            "555 1234 ext",
            "5+5",
            "00",
        ] {
            assert_eq!(PhoneNumber::parse(text, None), None, "{text}");
        }
        for text in [
            "1",
            "12345",
            "0000000",
            "+1 415 555",
            "+1 115 555 2671",
            "+999 1234567",
            "+49 30 12345678901234",
            "00",
        ] {
            assert!(!PhoneNumber::parse(text, None).is_some_and(|n| n.is_valid()), "{text}");
        }
        assert_eq!(PhoneNumber::parse("030 1234567", Some(49)).unwrap().country_code(), Some(49));
    }

    #[test]
    fn no_code_starts_another() {
        let all: Vec<u16> = (1..1000).filter(|code| PhoneNumber::is_country_code(*code)).collect();
        assert!(all.contains(&1) && all.contains(&49) && all.contains(&998) && !all.contains(&997));
        for code in &all {
            for longer in all.iter().filter(|longer| *longer > code) {
                assert!(!longer.to_string().starts_with(&code.to_string()), "{code} {longer}");
            }
        }
        assert!(all.len() > 210 && all.len() < 230, "{}", all.len());
    }
}
