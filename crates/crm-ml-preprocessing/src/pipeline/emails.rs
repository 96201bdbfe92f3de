//! What an e-mail address says.

use crm_ml_core::Check;
use crm_ml_table::EmailAddress;
use serde::{Deserialize, Serialize};

/// Hosts of mail for anybody. `name.*` stands for the name in every country: `yahoo.fr`, `yahoo.co.uk`.
const FREE: [&str; 30] = [
    "gmail.com",
    "googlemail.com",
    "outlook.*",
    "hotmail.*",
    "live.*",
    "msn.com",
    "yahoo.*",
    "ymail.com",
    "rocketmail.com",
    "aol.*",
    "icloud.com",
    "me.com",
    "mac.com",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "gmx.*",
    "web.de",
    "t-online.de",
    "mail.com",
    "mail.ru",
    "yandex.*",
    "zoho.com",
    "fastmail.com",
    "hey.com",
    "orange.fr",
    "free.fr",
    "libero.it",
    "qq.com",
    "163.com",
];

/// Hosts of addresses that are thrown away.
const DISPOSABLE: [&str; 10] = [
    "mailinator.com",
    "guerrillamail.com",
    "10minutemail.com",
    "temp-mail.org",
    "tempmail.com",
    "yopmail.com",
    "trashmail.com",
    "sharklasers.com",
    "getnada.com",
    "dispostable.com",
];

/// Addresses of a post rather than a person.
const ROLES: [&str; 28] = [
    "info",
    "sales",
    "contact",
    "kontakt",
    "support",
    "service",
    "help",
    "hello",
    "office",
    "admin",
    "team",
    "mail",
    "billing",
    "accounts",
    "accounting",
    "invoice",
    "orders",
    "purchasing",
    "marketing",
    "press",
    "hr",
    "jobs",
    "careers",
    "webmaster",
    "postmaster",
    "noreply",
    "enquiries",
    "reception",
];

/// A level or a number made of an e-mail address; numbers are 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EmailPart {
    /// Category: `free`, `disposable` or else `company` by the host (see [`EmailKinds`]), `(invalid)` for what is no address.
    DomainKind,
    /// Category: the host, `(invalid)` for what is no address; rare ones are grouped as in any category.
    Domain,
    /// Category: the last label of the host, `(invalid)` for what is no address.
    TopLevelDomain,
    /// 1 if it is the address of a post such as `info` or `sales` rather than a person's, else 0.
    RoleAddress,
    /// Digits before the `@`.
    LocalDigits,
    /// Characters before the `@`.
    LocalLength,
    /// 1 if it is an address, else 0.
    Valid,
}

/// Which hosts and names are of which kind. There are short lists of well-known ones; give your own where they matter.
///
/// ```
/// use crm_ml_preprocessing::{EmailKinds, TablePipeline};
///
/// let kinds = EmailKinds::new().free(["gmail.com", "yahoo.*", "mail.example"]).roles(["info", "einkauf"]);
/// let pipeline = TablePipeline::new().email_kinds(kinds);
/// # let _ = pipeline;
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailKinds {
    free: Vec<String>,
    disposable: Vec<String>,
    roles: Vec<String>,
}

impl Default for EmailKinds {
    fn default() -> Self {
        let owned = |list: &[&str]| list.iter().map(|v| (*v).to_owned()).collect();
        Self { free: owned(&FREE), disposable: owned(&DISPOSABLE), roles: owned(&ROLES) }
    }
}

impl EmailKinds {
    /// The short lists.
    pub fn new() -> Self {
        Self::default()
    }

    /// Hosts that give mail to anybody, their subdomains included; `name.*` is the name under every country.
    pub fn free<S: AsRef<str>>(mut self, hosts: impl IntoIterator<Item = S>) -> Self {
        self.free = lower(hosts);
        self
    }

    /// Hosts whose addresses are thrown away, their subdomains included; `name.*` as in [`EmailKinds::free`].
    pub fn disposable<S: AsRef<str>>(mut self, hosts: impl IntoIterator<Item = S>) -> Self {
        self.disposable = lower(hosts);
        self
    }

    /// Names before the `@` that are posts. They are compared without dots, dashes, underscores and what follows a `+`, and with the
    /// first word alone: `no-reply`, `info.berlin` and `sales+fair` are posts, too.
    pub fn roles<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.roles = lower(names);
        self
    }

    pub(super) fn check(&self, check: Check) -> Check {
        let blank = [&self.free, &self.disposable, &self.roles].into_iter().flatten().any(String::is_empty);
        check.rule("email_kinds", "a blank", !blank, "names")
    }

    fn kind(&self, address: &EmailAddress) -> &'static str {
        let host = address.domain();
        if is_among(host, &self.disposable) {
            "disposable"
        } else if is_among(host, &self.free) {
            "free"
        } else {
            "company"
        }
    }

    fn is_role(&self, address: &EmailAddress) -> bool {
        let local = address.local().to_lowercase();
        let name = local.split('+').next().unwrap_or_default();
        let joint = |c: char| matches!(c, '.' | '-' | '_');
        let (first, whole) = (name.split(joint).next().unwrap_or_default(), name.replace(joint, ""));
        self.roles.iter().any(|role| *role == first || *role == whole)
    }
}

fn lower<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Vec<String> {
    names.into_iter().map(|name| name.as_ref().trim().to_lowercase()).collect()
}

/// Whether a host, or one it is a part of, is in a list.
fn is_among(host: &str, list: &[String]) -> bool {
    /// Longest first label of what countries put before their own, as in `co.uk`.
    const SECOND_LEVEL: usize = 3;
    let is_country = |rest: &str| match rest.split_once('.') {
        None => true,
        Some((second, country)) => second.len() <= SECOND_LEVEL && !country.contains('.'),
    };
    list.iter().any(|known| match known.strip_suffix(".*") {
        Some(name) => host.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')).is_some_and(is_country),
        None => host.strip_suffix(known.as_str()).is_some_and(|sub| sub.is_empty() || sub.ends_with('.')),
    })
}

impl EmailPart {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::DomainKind => "domain kind",
            Self::Domain => "domain",
            Self::TopLevelDomain => "top-level domain",
            Self::RoleAddress => "role address",
            Self::LocalDigits => "local digits",
            Self::LocalLength => "local length",
            Self::Valid => "valid",
        }
    }

    pub(super) fn is_category(self) -> bool {
        matches!(self, Self::DomainKind | Self::Domain | Self::TopLevelDomain)
    }

    pub(super) fn level(self, address: Option<&EmailAddress>, kinds: &EmailKinds) -> String {
        let Some(address) = address else { return "(invalid)".to_owned() };
        match self {
            Self::DomainKind => kinds.kind(address),
            Self::Domain => address.domain(),
            _ => address.top_level_domain(),
        }
        .to_owned()
    }

    pub(super) fn number(self, address: Option<&EmailAddress>, kinds: &EmailKinds) -> f64 {
        let Some(address) = address else { return 0.0 };
        match self {
            Self::RoleAddress => f64::from(u8::from(kinds.is_role(address))),
            Self::LocalDigits => address.local().chars().filter(|c| c.is_numeric()).count() as f64,
            Self::LocalLength => address.local().chars().count() as f64,
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> &'static str {
        EmailKinds::new().kind(&EmailAddress::parse(text).unwrap())
    }

    fn is_role(local: &str) -> bool {
        EmailKinds::new().is_role(&EmailAddress::parse(&format!("{local}@x.org")).unwrap())
    }

    #[test]
    fn hosts_and_their_kinds() {
        for free in ["a@gmail.com", "a@Yahoo.co.uk", "a@hotmail.fr", "a@yahoo.com.br", "a@eu.gmail.com"] {
            assert_eq!(kind(free), "free", "{free}");
        }
        for company in [
            "a@notgmail.com",
            "a@live.example.com",
            "a@yahoo.example.org",
            "a@example.com",
            "a@gmail.com.evil.org",
        ] {
            assert_eq!(kind(company), "company", "{company}");
        }
        assert_eq!(kind("a@x.mailinator.com"), "disposable");
        let own = EmailKinds::new().free([" Example.COM "]).disposable(["gmail.com"]);
        assert_eq!(own.kind(&EmailAddress::parse("a@example.com").unwrap()), "free");
        assert_eq!(own.kind(&EmailAddress::parse("a@gmail.com").unwrap()), "disposable");
    }

    #[test]
    fn posts_and_people() {
        for role in ["info", "Sales", "no-reply", "info.berlin", "sales+fair", "support_uk"] {
            assert!(is_role(role), "{role}");
        }
        for person in ["ann.lee", "information", "salesman", "lee.info", "a"] {
            assert!(!is_role(person), "{person}");
        }
    }
}
