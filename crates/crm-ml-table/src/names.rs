//! What the name of a column says.

/// The words of a name: `customerID`, `customer_id` and `Customer Id` all give `customer`, `id`.
fn name_words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_lower = false;
    for c in name.chars() {
        let starts = !c.is_alphanumeric() || (c.is_uppercase() && before_lower);
        if starts {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        before_lower = c.is_lowercase() || c.is_numeric();
    }
    words.retain(|w| !w.is_empty());
    words
}

pub(crate) fn is_id_name(name: &str) -> bool {
    const ENTITIES: [&str; 20] = [
        "user",
        "customer",
        "client",
        "lead",
        "contact",
        "account",
        "record",
        "order",
        "invoice",
        "product",
        "item",
        "opportunity",
        "deal",
        "company",
        "session",
        "visitor",
        "ticket",
        "row",
        "person",
        "member",
    ];
    let words = name_words(name);
    let Some(last) = words.last() else { return false };
    let joined = last.strip_suffix("id").is_some_and(|entity| ENTITIES.contains(&entity));
    matches!(last.as_str(), "id" | "ids" | "uuid" | "guid" | "identifier") || joined
}

pub(crate) fn is_code_name(name: &str) -> bool {
    const CODES: [&str; 9] =
        ["zip", "zipcode", "postcode", "postalcode", "plz", "phone", "mobile", "fax", "telephone"];
    let words = name_words(name);
    let ends_in = |word: &str| words.last().is_some_and(|w| w == word);
    let postal = words.len() >= 2 && words[words.len() - 2] == "postal" && ends_in("code");
    let zip = words.len() >= 2 && words[words.len() - 2] == "zip" && ends_in("code");
    CODES.iter().any(|code| ends_in(code)) || postal || zip
}

/// Whether the values are e-mail addresses by the name.
pub(crate) fn is_email_name(name: &str) -> bool {
    let words = name_words(name);
    let ends_in =
        |wanted: &[&str]| words.ends_with(&wanted.iter().map(|w| w.to_string()).collect::<Vec<_>>());
    [&["email"][..], &["mail"], &["email", "address"], &["mail", "address"]].into_iter().any(ends_in)
}

/// Whether the values are telephone numbers by the name.
pub(crate) fn is_phone_name(name: &str) -> bool {
    const PHONES: [&str; 8] = ["phone", "telephone", "tel", "mobile", "cell", "cellphone", "fax", "msisdn"];
    const NUMBERS: [&str; 4] = ["number", "no", "nr", "num"];
    let words = name_words(name);
    let is = |word: Option<&String>, known: &[&str]| word.is_some_and(|w| known.contains(&w.as_str()));
    let last = words.last();
    let numbered = is(last, &NUMBERS) && is(words.iter().rev().nth(1), &PHONES);
    numbered || is(last, &PHONES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_in_them() {
        for name in ["email", "E-mail", "Work Email", "contact_email_address", "userMail"] {
            assert!(is_email_name(name), "{name}");
        }
        for name in ["email_opens", "mailing", "emails sent", "address"] {
            assert!(!is_email_name(name), "{name}");
        }
        for name in ["phone", "MobilePhone", "Phone Number", "fax_no", "home telephone"] {
            assert!(is_phone_name(name), "{name}");
        }
        for name in ["phone_calls", "PhoneService", "number", "intel"] {
            assert!(!is_phone_name(name), "{name}");
        }
        assert_eq!(name_words("customerID"), ["customer", "id"]);
        assert!(is_id_name("lead_id") && is_id_name("userid") && !is_id_name("paid"));
        assert!(is_code_name("zip code") && is_code_name("phone") && !is_code_name("codes"));
    }
}
