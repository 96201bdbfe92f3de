//! What a profile tells.

use crm_ml_classifiers::DecisionTreeClassifierModel;
use crm_ml_core::{Error, NOISE, Persist, Result};
use serde::{Deserialize, Serialize};

use crate::Vocabulary;

/// Where a segment stands in a field of numbers, beside the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The effect is halfway or more from the least notable one to -1.
    VeryLow,
    /// Notably lower.
    Low,
    /// No notable difference.
    Middle,
    /// Notably higher.
    High,
    /// The effect is halfway or more from the least notable one to 1.
    VeryHigh,
}

impl Standing {
    /// Whether it is [`High`](Standing::High) or [`VeryHigh`](Standing::VeryHigh).
    pub fn is_high(self) -> bool {
        self >= Self::High
    }

    /// Whether it is [`Low`](Standing::Low) or [`VeryLow`](Standing::VeryLow).
    pub fn is_low(self) -> bool {
        self <= Self::Low
    }

    pub(super) fn of(effect: f64, least: f64) -> Self {
        let very = least.midpoint(1.0);
        match effect {
            e if e >= very => Self::VeryHigh,
            e if e >= least => Self::High,
            e if e <= -very => Self::VeryLow,
            e if e <= -least => Self::Low,
            _ => Self::Middle,
        }
    }
}

/// A field of numbers (or dates, as days since 1970-01-01) in one segment and in the rest. Missing cells are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberProfile {
    /// The field.
    pub field: String,
    /// Whether the values are dates.
    pub date: bool,
    /// Mean in the segment; `None` where no value is known (or it is too large for a number).
    pub mean: Option<f64>,
    /// Mean of the rest.
    pub rest_mean: Option<f64>,
    /// Median in the segment.
    pub median: Option<f64>,
    /// Median of the rest.
    pub rest_median: Option<f64>,
    /// Standardised difference: (mean - mean of the rest) / standard deviation of all; `None` where nothing varies.
    pub difference: Option<f64>,
    /// Cliff's delta, -1 to 1: how much more often a value of the segment is above one of the rest than below. Outliers do not sway it.
    pub effect: f64,
    /// How likely chance alone gives such an effect (Mann and Whitney's test).
    pub p_value: f64,
    /// What effect and chance come to.
    pub standing: Standing,
    /// The segment's share of the sum of all; only where the [`Vocabulary`] has a word for that sum.
    pub total_share: Option<f64>,
}

/// A value of a category (or truth value) that a segment has more often than the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelProfile {
    /// The field.
    pub field: String,
    /// The value.
    pub level: String,
    /// Weight of the segment's rows that have it.
    pub weight: f64,
    /// Their share of the segment's rows where the field is known.
    pub share: f64,
    /// The same share in the rest.
    pub rest_share: f64,
    /// `share / rest_share`; `None` where the rest does not have the value.
    pub lift: Option<f64>,
    /// How likely chance alone gives so many (Fisher's exact test).
    pub p_value: f64,
}

/// Missing cells of a field in one segment and in the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MissingProfile {
    /// The field.
    pub field: String,
    /// Share of the segment's rows that lack it.
    pub share: f64,
    /// The same share in the rest.
    pub rest_share: f64,
    /// How likely chance alone gives such a difference.
    pub p_value: f64,
    /// Whether the difference is large and sure enough to tell.
    pub notable: bool,
}

/// One segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentProfile {
    /// Its label; [`NOISE`] for rows that belong to none.
    pub label: i32,
    /// A short name from its strongest fields, unique among the segments.
    pub name: String,
    /// Rows, whatever their weight.
    pub rows: usize,
    /// Weight of the rows; their number where there are no weights.
    pub weight: f64,
    /// Share of the weight of all rows.
    pub share: f64,
    /// Every field of numbers, the greatest effect first.
    pub numbers: Vec<NumberProfile>,
    /// Over-represented values, the greatest difference of shares first.
    pub levels: Vec<LevelProfile>,
    /// Every field with missing cells.
    pub missing: Vec<MissingProfile>,
    /// What to do, from the rules.
    pub actions: Vec<String>,
}

impl SegmentProfile {
    /// A field of numbers by name.
    pub fn number(&self, field: &str) -> Option<&NumberProfile> {
        self.numbers.iter().find(|n| n.field == field)
    }

    /// An over-represented value.
    pub fn level(&self, field: &str, level: &str) -> Option<&LevelProfile> {
        self.levels.iter().find(|l| l.field == field && l.level == level)
    }
}

/// A shallow decision tree that tells the segments by raw fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentTree {
    /// Share of the rows' weight whose segment the tree tells; on the rows that it was made from.
    pub accuracy: f64,
    /// The same share for always naming the largest segment.
    pub baseline: f64,
    /// For every segment (in the order of the profiles) the share of its weight that the tree tells.
    pub recall: Vec<f64>,
    /// The questions as text, a line a node; dates as years; without those whose answers lead to the same segment.
    pub rules: String,
    /// The tree; its classes are the names of the segments.
    pub model: DecisionTreeClassifierModel,
}

/// What sets the segments of a table apart; made by [`SegmentProfiler`](crate::SegmentProfiler), printed by `Display`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentProfiles {
    pub(super) segments: Vec<SegmentProfile>,
    pub(super) tree: Option<SegmentTree>,
    pub(super) vocabulary: Vocabulary,
}

impl SegmentProfiles {
    /// The segments that have rows, by label, noise last.
    pub fn segments(&self) -> &[SegmentProfile] {
        &self.segments
    }

    /// The segment of a label.
    pub fn get(&self, label: i32) -> Option<&SegmentProfile> {
        self.segments.iter().find(|s| s.label == label)
    }

    /// The tree that describes the segments; `None` for one segment alone, or where no field can be asked.
    pub fn tree(&self) -> Option<&SegmentTree> {
        self.tree.as_ref()
    }
}

impl Persist for SegmentProfiles {
    const KIND: &'static str = "segment-profiles";

    fn validate(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::model_file(format!("segment profiles: {what}")));
        if self.segments.is_empty() {
            return wrong("no segment");
        }
        if !self.segments.windows(2).all(|pair| (pair[0].label as u32) < pair[1].label as u32) {
            return wrong("labels out of order");
        }
        if self.segments.iter().any(|s| s.label < NOISE || !s.is_finite()) {
            return wrong("a value out of range");
        }
        let Some(tree) = &self.tree else { return Ok(()) };
        if tree.recall.len() != self.segments.len() || !tree.recall.iter().all(|r| is_share(*r)) {
            return wrong("the tree is of other segments");
        }
        if !is_share(tree.accuracy) || !is_share(tree.baseline) {
            return wrong("a share of the tree out of range");
        }
        tree.model.validate()
    }
}

fn is_share(value: f64) -> bool {
    (0.0..=1.0).contains(&value)
}

impl SegmentProfile {
    /// Whether every number is finite and every share one.
    fn is_finite(&self) -> bool {
        let known = |value: Option<f64>| value.is_none_or(f64::is_finite);
        let number = |n: &NumberProfile| {
            let values = [n.mean, n.rest_mean, n.median, n.rest_median, n.difference, n.total_share];
            values.into_iter().all(known) && (-1.0..=1.0).contains(&n.effect) && is_share(n.p_value)
        };
        let level = |l: &LevelProfile| {
            l.weight.is_finite()
                && known(l.lift)
                && [l.share, l.rest_share, l.p_value].into_iter().all(is_share)
        };
        self.weight.is_finite()
            && is_share(self.share)
            && self.numbers.iter().all(number)
            && self.levels.iter().all(level)
            && self.missing.iter().all(|m| [m.share, m.rest_share, m.p_value].into_iter().all(is_share))
    }
}
