//! What sets the segments of a table apart, in raw fields.

mod groups;
mod levels;
mod model;
mod naming;
mod numbers;
mod printed;
mod rules;
mod significance;
#[cfg(test)]
mod tests;
mod tree;

use crm_ml_core::{Check, Error, Progress, Result, parallel};
use crm_ml_table::{Column, FieldType, Table};
use serde::{Deserialize, Serialize};

use crate::{ActionRules, Vocabulary};
use groups::Groups;
pub use model::{
    LevelProfile, MissingProfile, NumberProfile, SegmentProfile, SegmentProfiles, SegmentTree, Standing,
};

/// More segments than this are no segments for people.
const MOST_SEGMENTS: usize = 1000;

/// Profiles the segments that any clustering (or a column of yours) makes of a [`Table`]: size and share, what sets each apart
/// from the rest in raw fields, a short name, a decision tree that describes them all, and actions from a table of rules.
///
/// Fields of role feature are told of: numbers and dates by means, medians and how often a value of the segment is above one of the
/// rest; categories and truth values by the values that are over-represented; all by missing cells. Texts and identifiers are told of by
/// missing cells alone. So that noise is not reported, a difference must be large enough (`min_effect`, `min_share`, `min_lift`)
/// and sure enough: its probability under chance, times the number of comparisons made, is at most `alpha` (Bonferroni). A clustering was made to differ in
/// the fields it saw, so for these the probability only keeps small counts out.
///
/// A column of role weight weighs the rows as counts; rows of weight 0 are left out. Noise (label -1) is a group of its own, and part of
/// the rest for the others. Time: fields x rows x (log(rows) + segments).
///
/// ```
/// use crm_ml_customers::SegmentProfiler;
/// use crm_ml_table::Table;
///
/// let rows: String = (0..40).map(|i| format!("{}.5,{}\n", 10 + i, if i < 20 { "UK" } else { "France" })).collect();
/// let table = Table::from_csv_reader(("spend,country\n".to_owned() + &rows).as_bytes(), "customers.csv")?;
/// let labels: Vec<i32> = (0..40).map(|i| i32::from(i >= 20)).collect();
/// let profiles = SegmentProfiler::new().profile(&table, &labels)?;
/// let second = &profiles.segments()[1];
/// assert_eq!(second.name, "High spend, country France");
/// assert_eq!(second.number("spend").unwrap().effect, 1.0);
/// assert_eq!(second.level("country", "France").unwrap().share, 1.0);
/// assert_eq!(profiles.tree().unwrap().accuracy, 1.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentProfiler {
    min_effect: f64,
    min_share: f64,
    min_lift: f64,
    alpha: f64,
    name_fields: usize,
    max_depth: Option<usize>,
    max_actions: usize,
    vocabulary: Vocabulary,
    rules: Option<ActionRules>,
}

impl Default for SegmentProfiler {
    fn default() -> Self {
        Self {
            min_effect: 0.33,
            min_share: 0.05,
            min_lift: 1.25,
            alpha: 0.01,
            name_fields: 2,
            max_depth: None,
            max_actions: 1,
            vocabulary: Vocabulary::rfm(""),
            rules: None,
        }
    }
}

impl SegmentProfiler {
    /// Names of two fields, one action a segment, the words and rules for RFM fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cliff's delta from which a number is high or low, and difference of shares from which a value gives its name to a segment; above 0
    /// and at most 1 (default 0.33, a medium effect by Romano and others, 2006).
    #[must_use]
    pub fn min_effect(mut self, min_effect: f64) -> Self {
        self.min_effect = min_effect;
        self
    }

    /// Least share of a segment that has a value, for it to be told (default 0.05); missing cells must differ by as much.
    #[must_use]
    pub fn min_share(mut self, min_share: f64) -> Self {
        self.min_share = min_share;
        self
    }

    /// Least ratio of a value's share in the segment to that in the rest, at least 1 (default 1.25).
    #[must_use]
    pub fn min_lift(mut self, min_lift: f64) -> Self {
        self.min_lift = min_lift;
        self
    }

    /// Greatest probability that anything in the profiles is there by chance (default 0.01).
    #[must_use]
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// Most fields in a name, unless more are needed to tell two apart; at least 1 (default 2).
    #[must_use]
    pub fn name_fields(mut self, name_fields: usize) -> Self {
        self.name_fields = name_fields;
        self
    }

    /// Depth of the tree, at least 1; `None` (default): 3, or as deep as the number of segments needs.
    #[must_use]
    pub fn max_depth(mut self, max_depth: impl Into<Option<usize>>) -> Self {
        self.max_depth = max_depth.into();
        self
    }

    /// Most actions a segment (default 1: the first rule that holds).
    #[must_use]
    pub fn max_actions(mut self, max_actions: usize) -> Self {
        self.max_actions = max_actions;
        self
    }

    /// The words for fields.
    #[must_use]
    pub fn vocabulary(mut self, vocabulary: Vocabulary) -> Self {
        self.vocabulary = vocabulary;
        self
    }

    /// The rules that give actions; `None` (default): [`ActionRules::rfm`], whose rules hold only where the fields are there.
    #[must_use]
    pub fn rules(mut self, rules: impl Into<Option<ActionRules>>) -> Self {
        self.rules = rules.into();
        self
    }

    /// Profiles the segments: `labels` has one label a row of the table, or one a row of weight above 0, as clusterings give them.
    ///
    /// Errors: parameters out of range; another number of labels; a label below -1; more than 1000 segments; no row of weight above 0; a
    /// rule about a field that the table lacks.
    pub fn profile(&self, table: &Table, labels: &[i32]) -> Result<SegmentProfiles> {
        self.profile_with(table, labels, &())
    }

    /// As [`SegmentProfiler::profile`], telling `progress` of the tree's growth.
    pub fn profile_with(
        &self,
        table: &Table,
        labels: &[i32],
        progress: &dyn Progress,
    ) -> Result<SegmentProfiles> {
        self.check()?;
        if let Some(rules) = &self.rules {
            rules.check_fields(table)?;
        }
        let groups = Groups::new(table, labels)?;
        if groups.len() > MOST_SEGMENTS {
            let found = groups.len();
            return Err(Error::unsupported(format!(
                "{found} segments are too many to tell of, at most {MOST_SEGMENTS}"
            )));
        }
        let fields: Vec<Column<'_>> =
            table.columns().filter(|c| c.field().role == crm_ml_table::Role::Feature).collect();
        let looks = parallel::try_map(fields.len(), |i| self.look(&fields[i], &groups))?;
        let comparisons: usize = looks.iter().map(|look| look.comparisons * groups.len()).sum();
        let mut segments: Vec<SegmentProfile> = (0..groups.len())
            .map(|group| self.segment(group, &groups, &fields, &looks, comparisons))
            .collect();
        naming::name(&mut segments, &self.vocabulary, self.name_fields, self.min_effect);
        let rules = self.rules.clone().unwrap_or_else(ActionRules::rfm);
        for segment in &mut segments {
            segment.actions = rules.actions(segment, self.max_actions);
        }
        let names: Vec<String> = segments.iter().map(|s| s.name.clone()).collect();
        let tree = tree::describe(table, &groups, &names, self.depth(groups.len()), progress)?;
        Ok(SegmentProfiles { segments, tree, vocabulary: self.vocabulary.clone() })
    }

    fn check(&self) -> Result<()> {
        Check::of("SegmentProfiler")
            .share("min_effect", self.min_effect)
            .share("min_share", self.min_share)
            .range("min_lift", self.min_lift, 1.0..)
            .share("alpha", self.alpha)
            .at_least("name_fields", self.name_fields, 1)
            .optional_at_least("max_depth", self.max_depth, 1)
            .finish()
    }

    fn depth(&self, segments: usize) -> usize {
        // One split more than the segments need: they seldom halve.
        let needed = segments.next_power_of_two().trailing_zeros() as usize;
        self.max_depth.unwrap_or(needed.max(2) + 1)
    }

    /// All that one field tells of all segments.
    fn look(&self, column: &Column<'_>, groups: &Groups) -> Result<Look> {
        use FieldType::{Boolean, Category, Date, DateTime, Integer, Number};
        let lacks: Vec<bool> = groups.rows.iter().map(|&row| column.is_missing(row)).collect();
        let missing = lacks.contains(&true).then(|| levels::missing(&lacks, groups));
        let (what, comparisons) = match column.field().field_type {
            field_type @ (Number | Integer | Date | DateTime) => {
                let values = match field_type {
                    Date | DateTime => {
                        column.days()?.into_iter().map(|day| day.map_or(f64::NAN, f64::from)).collect()
                    }
                    _ => column.numbers()?,
                };
                let values: Vec<f64> = groups.rows.iter().map(|&row| values[row]).collect();
                (What::Numbers(numbers::contrasts(&values, groups)), 1)
            }
            Boolean | Category => {
                let (names, codes) = column.levels();
                let codes: Vec<Option<u32>> = groups.rows.iter().map(|&row| codes[row]).collect();
                let count = names.len();
                (What::Levels(levels::shares(&codes, count, groups, self.min_share), names), count)
            }
            _ => (What::Nothing, 0),
        };
        Ok(Look { what, comparisons: comparisons + usize::from(missing.is_some()), missing })
    }

    fn segment(
        &self,
        group: usize,
        groups: &Groups,
        fields: &[Column<'_>],
        looks: &[Look],
        comparisons: usize,
    ) -> SegmentProfile {
        let sure = |p_value: f64| p_value * comparisons as f64 <= self.alpha;
        let mut segment = SegmentProfile {
            label: groups.labels[group],
            name: String::new(),
            rows: groups.counts[group],
            weight: groups.totals[group],
            share: groups.totals[group] / groups.total,
            numbers: Vec::new(),
            levels: Vec::new(),
            missing: Vec::new(),
            actions: Vec::new(),
        };
        for (column, look) in fields.iter().zip(looks) {
            let field = column.name().to_owned();
            match &look.what {
                What::Numbers(contrasts) => {
                    let found = &contrasts[group];
                    let date = matches!(column.field().field_type, FieldType::Date | FieldType::DateTime);
                    let effect = if sure(found.p_value) { found.effect } else { 0.0 };
                    segment.numbers.push(NumberProfile {
                        date,
                        mean: found.mean,
                        rest_mean: found.rest_mean,
                        median: found.median,
                        rest_median: found.rest_median,
                        difference: found.difference,
                        effect: found.effect,
                        p_value: found.p_value,
                        standing: Standing::of(effect, self.min_effect),
                        total_share: found.total_share.filter(|_| self.vocabulary.total(&field).is_some()),
                        field,
                    });
                }
                What::Levels(shares, names) => {
                    let told = shares[group]
                        .iter()
                        .filter(|(_, s)| sure(s.p_value) && s.inside >= self.min_lift * s.outside);
                    segment.levels.extend(told.map(|(level, s)| LevelProfile {
                        field: field.clone(),
                        level: names[*level].clone(),
                        weight: s.weight,
                        share: s.inside,
                        rest_share: s.outside,
                        lift: (s.outside > 0.0).then(|| s.inside / s.outside),
                        p_value: s.p_value,
                    }));
                }
                What::Nothing => {}
            }
            if let Some(missing) = &look.missing {
                let s = missing[group];
                segment.missing.push(MissingProfile {
                    field: column.name().to_owned(),
                    share: s.inside,
                    rest_share: s.outside,
                    p_value: s.p_value,
                    notable: sure(s.p_value) && (s.inside - s.outside).abs() >= self.min_share,
                });
            }
        }
        // Both sorts are stable: of equal ones the field that comes first.
        segment.numbers.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()));
        segment.levels.sort_by(|a, b| (b.share - b.rest_share).total_cmp(&(a.share - a.rest_share)));
        segment
    }
}

/// What one field tells.
struct Look {
    what: What,
    missing: Option<Vec<levels::Share>>,
    /// Comparisons made for a segment.
    comparisons: usize,
}

enum What {
    Numbers(Vec<numbers::Contrast>),
    /// For every segment its frequent levels, by their place among the names.
    Levels(Vec<Vec<(usize, levels::Share)>>, Vec<String>),
    Nothing,
}
