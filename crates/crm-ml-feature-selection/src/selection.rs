//! Which columns are kept, and the traits of what decides it.

use crm_ml_core::{Error, Labeled, Model, Persist, Result, Samples, Schema, Targeted, TransformerModel};
use serde::{Deserialize, Serialize};

/// What chooses columns for a class to be predicted.
pub trait ClassSelector: Sync {
    /// Chooses, by these rows alone.
    fn select(&self, data: &Labeled<'_>) -> Result<Selection>;
}

/// What chooses columns for a number to be predicted.
pub trait TargetSelector: Sync {
    /// Chooses, by these rows alone.
    fn select(&self, data: &Targeted<'_>) -> Result<Selection>;
}

/// What a column showed of itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ColumnScore {
    /// The larger, the more the column tells.
    pub score: f64,
    /// Chance of such a score from a column that tells nothing; `None` where the score has no known distribution.
    pub p_value: Option<f64>,
}

/// Which columns are kept, as a transformer that keeps them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    schema: Schema,
    output: Schema,
    ranking: Vec<usize>,
    scores: Vec<ColumnScore>,
}

impl Selection {
    /// From ranks, 1 for the columns kept. Errors: no column is kept.
    pub(crate) fn new(schema: &Schema, ranking: Vec<usize>, scores: Vec<ColumnScore>) -> Result<Self> {
        let mut selection = Self { schema: schema.clone(), output: schema.clone(), ranking, scores };
        let selected = selection.selected();
        if selected.is_empty() {
            return Err(Error::unsupported("the selection keeps no column: lower its bar"));
        }
        selection.output = schema.select(&selected);
        Ok(selection)
    }

    /// Keeps some columns; those left out are ranked by their scores, NaN last, the first of equals first.
    pub(crate) fn of_scores(schema: &Schema, keep: &[bool], scores: Vec<ColumnScore>) -> Result<Self> {
        let mut ranking = vec![1; keep.len()];
        let rest = by_score(&scores).into_iter().filter(|column| !keep[*column]);
        rest.enumerate().for_each(|(i, column)| ranking[column] = i + 2);
        Self::new(schema, ranking, scores)
    }

    /// Rank of every column: 1 for those kept; the others by how late they went or how much they told.
    pub fn ranking(&self) -> &[usize] {
        &self.ranking
    }

    /// What every column showed, where the method looks at columns one by one; else empty.
    pub fn scores(&self) -> &[ColumnScore] {
        &self.scores
    }

    /// Whether each column is kept.
    pub fn support(&self) -> Vec<bool> {
        self.ranking.iter().map(|rank| *rank == 1).collect()
    }

    /// Positions of the columns that are kept.
    pub fn selected(&self) -> Vec<usize> {
        (0..self.ranking.len()).filter(|&column| self.ranking[column] == 1).collect()
    }
}

/// Columns from the highest score down, NaN last, the first of equals first.
pub(crate) fn by_score(scores: &[ColumnScore]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let value =
        |column: usize| if scores[column].score.is_nan() { f64::NEG_INFINITY } else { scores[column].score };
    order.sort_by(|a, b| value(*b).total_cmp(&value(*a)));
    order
}

impl Model for Selection {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl TransformerModel for Selection {
    fn output_schema(&self) -> &Schema {
        &self.output
    }

    fn transform(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        self.schema.accepts(samples)?;
        samples.select_columns(&self.selected()).with_schema(&self.output)
    }
}

impl Persist for Selection {
    const KIND: &'static str = "selection";

    fn validate(&self) -> Result<()> {
        if self.ranking.len() != self.schema.width() || self.ranking.contains(&0) {
            return Err(Error::model_file("a ranking that does not fit the schema"));
        }
        if !self.scores.is_empty() && self.scores.len() != self.ranking.len() {
            return Err(Error::model_file("scores that do not fit the schema"));
        }
        let selected = self.selected();
        if selected.is_empty() || self.output != self.schema.select(&selected) {
            return Err(Error::model_file("columns that do not fit the ranking"));
        }
        Ok(())
    }
}
