//! E-mail addresses.

use crate::text::trimmed;

/// Longest part before the `@`, longest domain and longest label of it, in bytes.
const MOST_LOCAL: usize = 64;
const MOST_DOMAIN: usize = 253;
const MOST_LABEL: usize = 63;

/// A well-formed e-mail address in its two parts.
///
/// ```
/// use crm_ml_table::EmailAddress;
///
/// let address = EmailAddress::parse("Ann Lee <Ann.Lee@Sales.Example.CO.UK>").unwrap();
/// assert_eq!((address.local(), address.domain()), ("Ann.Lee", "sales.example.co.uk"));
/// assert_eq!(address.top_level_domain(), "uk");
/// assert_eq!(EmailAddress::parse("ann.lee@example"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    local: String,
    domain: String,
}

impl EmailAddress {
    /// Reads one address, alone, after `mailto:` or between the angle brackets after a name; `None` for what is none.
    ///
    /// The syntax is that of RFC 5321 for hosts with a name of two labels or more (no address literals such as `[10.0.0.1]`), with
    /// letters of every script (RFC 6531). Whether the host exists is not looked up.
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = parts(text)?;
        Some(Self { local: local.to_owned(), domain: domain.to_lowercase() })
    }

    /// What stands before the `@`, as written.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The host, in lower case.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The last label of the host.
    pub fn top_level_domain(&self) -> &str {
        self.domain.rsplit('.').next().unwrap_or_default()
    }
}

/// The two parts as written.
pub(crate) fn parts(text: &str) -> Option<(&str, &str)> {
    let text = trimmed(text);
    let bare = match (text.strip_suffix('>'), text.rfind('<')) {
        (Some(inside), Some(open)) => inside.get(open + 1..)?,
        _ => text,
    };
    let scheme = bare.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:"));
    let bare = if scheme { bare.get(7..)?.split('?').next()? } else { bare };
    let (local, domain) = bare.trim().rsplit_once('@')?;
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    (is_local(local) && is_domain(domain)).then_some((local, domain))
}

fn is_local(local: &str) -> bool {
    if local.is_empty() || local.len() > MOST_LOCAL {
        return false;
    }
    if let Some(quoted) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return !quoted.is_empty() && !quoted.contains(|c: char| c.is_control() || matches!(c, '"' | '\\'));
    }
    let atom = |part: &str| !part.is_empty() && part.chars().all(is_atom);
    local.split('.').all(atom)
}

fn is_atom(c: char) -> bool {
    c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        let inner = !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
        inner && label.len() <= MOST_LABEL && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let Some((_, last)) = domain.rsplit_once('.') else { return false };
    let named = last.chars().count() >= 2 && !last.bytes().all(|b| b.is_ascii_digit());
    named && domain.len() <= MOST_DOMAIN && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_what_looks_like_them() {
        for (text, local, domain) in [
            ("ann@example.org", "ann", "example.org"),
            (" ann+news@EXAMPLE.org. ", "ann+news", "example.org"),
            ("<ann@example.org>", "ann", "example.org"),
            ("Lee, Ann <a@b.co>", "a", "b.co"),
            ("MAILTO:ann@example.org?subject=x", "ann", "example.org"),
            ("\"ann lee\"@example.org", "\"ann lee\"", "example.org"),
            ("jürgen@müller.de", "jürgen", "müller.de"),
            ("用户@例子.公司", "用户", "例子.公司"),
            ("o'hara@x--y.info", "o'hara", "x--y.info"),
        ] {
            let address = EmailAddress::parse(text).unwrap();
            assert_eq!((address.local(), address.domain()), (local, domain), "{text}");
        }
        let long = format!("{}@example.org", "a".repeat(65));
        let label = format!("a@{}.org", "b".repeat(64));
        let host = format!("a@{}org", "bcd.".repeat(70));
        for text in [
            "",
            "@",
            "ann",
            "ann@",
            "@example.org",
            "ann@example",
            "ann@example.o",
            "ann@.org",
            "ann@example..org",
            "ann@-example.org",
            "ann@10.0.0.1",
            "ann@[10.0.0.1]",
            ".ann@example.org",
            "ann.@example.org",
            "a..b@example.org",
            "ann lee@example.org",
            "ann@example.org; bob@example.org",
            "a@b@c.org",
            "\"\"@example.org",
            "<ann@example.org",
            ">",
            "mailto:",
            "ann@exa_mple.org",
            long.as_str(),
            label.as_str(),
            host.as_str(),
        ] {
            assert_eq!(EmailAddress::parse(text), None, "{text}");
        }
    }
}
