//! The stages of a pipeline.

use crm_ml_core::{Check, Result};
use serde::{Deserialize, Serialize};

/// The most open stages.
pub(crate) const MOST_STAGES: usize = 50;

/// The names of a pipeline's stages: the open ones in their order, and those that close a deal.
///
/// Names count as they are written, but for blanks around them.
///
/// ```
/// use crm_ml_sales_pipeline::Stages;
///
/// let stages = Stages::new(["Qualification", "Proposal", "Negotiation"], "Closed Won", "Closed Lost")
///     .also_lost("Disqualified");
/// assert_eq!(stages.open().len(), 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stages {
    open: Vec<String>,
    won: Vec<String>,
    lost: Vec<String>,
}

/// A stage as a number: open ones from 0 in their order, then lost, then won, so that the further one is the larger.
pub(crate) type State = u8;

impl Stages {
    /// The open stages in their order, and the two that close a deal.
    pub fn new<S: Into<String>>(
        open: impl IntoIterator<Item = S>,
        won: impl Into<String>,
        lost: impl Into<String>,
    ) -> Self {
        let open = open.into_iter().map(Into::into).collect();
        Self { open, won: vec![won.into()], lost: vec![lost.into()] }
    }

    /// One more name of won deals.
    #[must_use]
    pub fn also_won(mut self, name: impl Into<String>) -> Self {
        self.won.push(name.into());
        self
    }

    /// One more name of lost deals.
    #[must_use]
    pub fn also_lost(mut self, name: impl Into<String>) -> Self {
        self.lost.push(name.into());
        self
    }

    /// The open stages in their order.
    pub fn open(&self) -> &[String] {
        &self.open
    }

    /// The names of won deals.
    pub fn won(&self) -> &[String] {
        &self.won
    }

    /// The names of lost deals.
    pub fn lost(&self) -> &[String] {
        &self.lost
    }

    pub(crate) fn check(&self) -> Result<()> {
        let mut check = Check::of("Stages").between("open", self.open.len(), 1, MOST_STAGES);
        for (place, name) in self.names().enumerate() {
            let trimmed = name.trim();
            let own = self.names().take(place).all(|earlier| earlier.trim() != trimmed);
            check = check.rule("stage", format!("'{name}'"), own, "a name of its own").rule(
                "stage",
                format!("'{name}'"),
                !trimmed.is_empty(),
                "a name",
            );
        }
        check.finish()
    }

    /// Every name, the open ones first.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.open.iter().chain(&self.lost).chain(&self.won).map(String::as_str)
    }

    pub(crate) fn count(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn lost_state(&self) -> State {
        self.open.len() as State
    }

    pub(crate) fn won_state(&self) -> State {
        self.open.len() as State + 1
    }

    /// The state of a name.
    pub(crate) fn state(&self, name: &str) -> Option<State> {
        let name = name.trim();
        let is = |known: &String| known.trim() == name;
        match self.open.iter().position(is) {
            Some(place) => Some(place as State),
            None if self.lost.iter().any(is) => Some(self.lost_state()),
            None => self.won.iter().any(is).then(|| self.won_state()),
        }
    }

    /// What to say of a name that is none.
    pub(crate) fn unknown(&self) -> String {
        let names: Vec<String> = self.names().map(|name| format!("'{name}'")).collect();
        format!("the stage is not known; the stages are {}", names.join(", "))
    }
}
