//! What to do with a segment: rules that a user can edit.

mod condition;
#[cfg(test)]
mod tests;

use std::path::Path;

use crm_ml_core::{Error, ErrorKind, Result};
use crm_ml_table::{CsvOptions, FieldType, Table, TableSchema};
use serde::{Deserialize, Serialize};

use crate::profile::SegmentProfile;
pub use condition::Condition;
use condition::outside_quotes;

/// Conditions that must all hold, and the action they lead to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct ActionRule {
    when: Vec<Condition>,
    action: String,
}

/// A rule as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    when: String,
    action: String,
}

impl ActionRule {
    /// A rule from its conditions, joined by `&` (nothing, or `otherwise`, for none), and its action.
    ///
    /// Errors: a condition that is none (see [`Condition`]), an empty action.
    pub fn new(when: &str, action: impl Into<String>) -> Result<Self> {
        let action = action.into();
        let mut conditions = Vec::new();
        let mut rest = if when.trim().eq_ignore_ascii_case(OTHERWISE) { "" } else { when.trim() };
        while !rest.is_empty() {
            let end = outside_quotes(rest, &['&']).unwrap_or(rest.len());
            conditions.push(rest[..end].parse()?);
            rest = match rest.get(end + 1..) {
                Some(more) if more.trim().is_empty() => {
                    return Err(wrong(when, "a condition is missing after '&'"));
                }
                Some(more) => more.trim(),
                None => "",
            };
        }
        if action.trim().is_empty() {
            return Err(wrong(when, "the rule has no action"));
        }
        Ok(Self { when: conditions, action })
    }

    /// What must hold; nothing for a rule that always does.
    pub fn when(&self) -> &[Condition] {
        &self.when
    }

    /// What to do.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The conditions as text.
    pub fn when_text(&self) -> String {
        self.when.iter().map(Condition::to_string).collect::<Vec<_>>().join(" & ")
    }

    /// Whether all conditions hold of a segment.
    pub fn holds(&self, segment: &SegmentProfile) -> bool {
        self.when.iter().all(|condition| condition.holds(segment))
    }
}

const OTHERWISE: &str = "otherwise";

fn wrong(when: &str, message: &str) -> Error {
    ErrorKind::Input {
        source_name: "rule".to_owned(),
        line: None,
        column: None,
        value: Some(when.to_owned()),
        message: message.to_owned(),
    }
    .into()
}

impl TryFrom<Written> for ActionRule {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        Self::new(&written.when, written.action)
    }
}

impl From<ActionRule> for Written {
    fn from(rule: ActionRule) -> Self {
        Self { when: rule.when_text(), action: rule.action }
    }
}

/// Rules in order: a segment gets the actions of the first that hold.
///
/// They are kept as JSON or as CSV with the columns `when` and `action`, to be edited by whoever knows the customers.
/// `high` and `low` are beside the rest of the customers; where days or amounts matter as such, `recency > 180` says so.
///
/// ```
/// use crm_ml_customers::ActionRules;
///
/// let rules = ActionRules::from_csv("when,action\nrecency high & monetary high,Win back by phone\n,Newsletter\n")?;
/// assert_eq!(rules.rules()[0].when_text(), "recency high & monetary high");
/// assert_eq!(ActionRules::from_json(&rules.to_json())?, rules);
/// assert!(ActionRules::from_csv("when,action\nrecency hgih,Call\n").is_err());
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionRules {
    rules: Vec<ActionRule>,
}

/// Rules for the fields of RFM, in words of a shop.
const RFM: [(&str, &str); 12] = [
    (
        "recency high & monetary high",
        "Win back: good customers who went quiet. Call or write in person, ask what changed, make one strong offer.",
    ),
    (
        "recency low & frequency high & monetary high",
        "Reward: they buy often, much and lately. Early access, thanks, referrals; no discount is needed.",
    ),
    (
        "frequency high & monetary high",
        "Keep close: valuable and regular. Loyalty scheme, a named contact, act at the first sign of a longer gap.",
    ),
    (
        "recency low & tenure low",
        "Welcome: new customers. Thank them, show how to get the most out of it, invite the next purchase within 30 days.",
    ),
    (
        "recency low & frequency low",
        "Second purchase: they came lately but seldom. Follow up with what fits the first order.",
    ),
    (
        "recency low & average_purchase low",
        "Grow the basket: they buy, but little at a time. Bundles, add-ons, free delivery from a minimum.",
    ),
    (
        "recency low & frequency high",
        "Deepen: frequent and recent. Show what they have not bought yet; ask for reviews.",
    ),
    (
        "monetary high & frequency low",
        "Find the next need: few but large orders. Advise in person before the next one is due.",
    ),
    ("monetary high", "Look after: they spend much. Advise in person, learn when and why they buy."),
    (
        "recency high & frequency low",
        "One cheap try: seldom bought and long gone. A last reactivation mail, then leave them out of paid campaigns.",
    ),
    ("recency high", "Remind: going quiet. A reminder with what they bought before; measure who returns."),
    (OTHERWISE, "Keep in touch: the regular newsletter; look again next quarter."),
];

impl ActionRules {
    /// Rules in this order.
    pub fn new(rules: Vec<ActionRule>) -> Self {
        Self { rules }
    }

    /// Rules for the fields of [`RfmTable::to_table`](crate::RfmTable::to_table), in words of a shop: a start to be edited.
    pub fn rfm() -> Self {
        Self { rules: RFM.iter().filter_map(|(when, action)| ActionRule::new(when, *action).ok()).collect() }
    }

    /// The rules in order.
    pub fn rules(&self) -> &[ActionRule] {
        &self.rules
    }

    /// The actions of the first `most` rules that hold of a segment; a rule without conditions counts only where no other before it holds.
    pub fn actions(&self, segment: &SegmentProfile, most: usize) -> Vec<String> {
        let mut actions: Vec<String> = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.holds(segment)) {
            if actions.len() < most && (actions.is_empty() || !rule.when.is_empty()) {
                actions.push(rule.action.clone());
            }
        }
        actions
    }

    /// Reads rules from JSON: a list of `{"when": "...", "action": "..."}`. Errors: no valid JSON of this form, a rule that is none.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|e| {
            ErrorKind::Input {
                source_name: "rules".to_owned(),
                line: Some(e.line() as u64),
                column: None,
                value: None,
                message: e.to_string(),
            }
            .into()
        })
    }

    /// Reads rules from CSV with the columns `when` and `action`. Errors: those of reading CSV, a rule that is none with its line.
    pub fn from_csv(text: &str) -> Result<Self> {
        Self::from_csv_named(text, "rules")
    }

    fn from_csv_named(text: &str, source: &str) -> Result<Self> {
        let schema =
            TableSchema::new().with_type("when", FieldType::Text).with_type("action", FieldType::Text);
        let table = CsvOptions::new().schema(schema).read(text.as_bytes(), source)?;
        let (whens, actions) = (table.column("when")?.texts(), table.column("action")?.texts());
        let rule = |(row, (when, action)): (usize, (Option<_>, Option<_>))| {
            let [when, action]: [std::borrow::Cow<'_, str>; 2] =
                [when, action].map(Option::unwrap_or_default);
            ActionRule::new(&when, action).map_err(|e| match e.kind() {
                ErrorKind::Input { message, .. } => table.cell_error("when", row, message),
                _ => e,
            })
        };
        Ok(Self { rules: whens.into_iter().zip(actions).enumerate().map(rule).collect::<Result<_>>()? })
    }

    /// Reads a file of rules: CSV if its name ends so, else JSON.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), &e))?;
        match path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")) {
            true => Self::from_csv_named(&text, &path.display().to_string()),
            false => Self::from_json(&text),
        }
    }

    /// The rules as JSON to edit.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The rules as CSV to edit.
    pub fn to_csv(&self) -> String {
        let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let line = |rule: &ActionRule| format!("{},{}\n", cell(&rule.when_text()), cell(&rule.action));
        "when,action\n".to_owned() + &self.rules.iter().map(line).collect::<String>()
    }

    /// Checks that the table has the fields that the rules are about. Errors: [`ErrorKind::MissingColumn`].
    pub fn check_fields(&self, table: &Table) -> Result<()> {
        let mut conditions = self.rules.iter().flat_map(|rule| &rule.when);
        conditions.try_for_each(|condition| table.field(condition.field()).map(|_| ()))
    }
}
