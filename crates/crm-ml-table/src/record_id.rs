//! Record ids of 15 and 18 characters.

/// Letters and digits that stand for five flags, one a character of the id.
const FLAGS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const SHORT: usize = 15;
const LONG: usize = 18;

/// The 18-character form of a CRM record id, or `None` if the text is none.
///
/// The 15-character form tells records apart by upper and lower case, which spreadsheets lose. The longer one ends in
/// three characters that say which of the others are upper case: they are verified, and where case was lost as a whole
/// it is restored by them.
///
/// ```
/// use crm_ml_table::record_id;
///
/// assert_eq!(record_id("001D000000IqhSL").as_deref(), Some("001D000000IqhSLIAZ"));
/// assert_eq!(record_id("001d000000iqhsliaz").as_deref(), Some("001D000000IqhSLIAZ"));
/// assert_eq!(record_id("001D000000IqhSLIAA"), None);
/// ```
pub fn record_id(text: &str) -> Option<String> {
    if !matches!(text.len(), SHORT | LONG) || !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let (id, suffix) = text.split_at(SHORT);
    if suffix.is_empty() {
        return Some(format!("{id}{}", flags(id)));
    }
    let restored = with_case(id, suffix)?;
    let one_case = |f: fn(&u8) -> bool| !id.bytes().any(|b| b.is_ascii_alphabetic() && !f(&b));
    let case_lost = one_case(u8::is_ascii_uppercase) || one_case(u8::is_ascii_lowercase);
    (restored == id || case_lost).then(|| format!("{restored}{}", flags(&restored)))
}

/// The three characters that say which of the fifteen are upper case.
fn flags(id: &str) -> String {
    let bit = |(i, b): (usize, &u8)| usize::from(b.is_ascii_uppercase()) << i;
    let word = |part: &[u8]| char::from(FLAGS[part.iter().enumerate().map(bit).sum::<usize>() % FLAGS.len()]);
    id.as_bytes().chunks(5).map(word).collect()
}

/// The id in the case that the suffix tells; `None` if it wants a digit in upper case or holds something else.
fn with_case(id: &str, suffix: &str) -> Option<String> {
    let mut restored = String::with_capacity(LONG);
    for (part, word) in id.as_bytes().chunks(5).zip(suffix.bytes()) {
        let bits = FLAGS.iter().position(|flag| *flag == word.to_ascii_uppercase())?;
        for (i, byte) in part.iter().enumerate() {
            match (bits >> i) & 1 == 1 {
                true if byte.is_ascii_alphabetic() => restored.push(char::from(byte.to_ascii_uppercase())),
                true => return None,
                false => restored.push(char::from(byte.to_ascii_lowercase())),
            }
        }
    }
    Some(restored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_verified_and_restored() {
        for (short, long) in [
            ("001D000000IqhSL", "001D000000IqhSLIAZ"),
            ("0014000000KmT4z", "0014000000KmT4zAAF"),
            ("a0B1N00000AbCdE", "a0B1N00000AbCdEUAV"),
        ] {
            assert_eq!(record_id(short).as_deref(), Some(long));
            assert_eq!(record_id(long).as_deref(), Some(long));
            assert_eq!(record_id(&long.to_lowercase()).as_deref(), Some(long));
            assert_eq!(record_id(&long.to_uppercase()).as_deref(), Some(long));
        }
        for bad in [
            "",
            "001D000000IqhS",
            "001D000000IqhSLIAA",
            "001d000000IqhSLIAZ",
            "001D000000Iqh-L",
            "éééééééééé",
        ] {
            assert_eq!(record_id(bad), None, "{bad}");
        }
    }
}
