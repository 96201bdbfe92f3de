//! Constraints of boosted trees, as they are asked for and as growing a tree meets them.

use crm_ml_core::{Check, Error, ErrorKind, Result, Schema};
use serde::{Deserialize, Serialize};

/// In which direction the prediction may move along each column: 1 up, -1 down, 0 free.
///
/// It holds for every pair of rows that differ in that column alone, with values on both sides (missing is beside the order). Category
/// columns have no order and are refused. Splits that would break it are not made, and the value of every node lies between the
/// bounds it inherits, of which a constrained split puts one into the middle of its children's values (LightGBM's `basic` method,
/// which is also scikit-learn's and XGBoost's).
///
/// ```
/// use crm_ml_trees::MonotonicCst;
///
/// assert_eq!(MonotonicCst::from([1, 0, -1]), MonotonicCst::Positions(vec![1, 0, -1]));
/// assert_eq!(MonotonicCst::from([("age", -1)]), MonotonicCst::Names(vec![("age".to_owned(), -1)]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MonotonicCst {
    /// All columns are free.
    #[default]
    None,
    /// One direction a column.
    Positions(Vec<i8>),
    /// Directions of the columns that are named; the others are free.
    Names(Vec<(String, i8)>),
}

impl<const N: usize> From<[i8; N]> for MonotonicCst {
    fn from(directions: [i8; N]) -> Self {
        Self::Positions(directions.to_vec())
    }
}

impl From<Vec<i8>> for MonotonicCst {
    fn from(directions: Vec<i8>) -> Self {
        Self::Positions(directions)
    }
}

impl<S: Into<String>, const N: usize> From<[(S, i8); N]> for MonotonicCst {
    fn from(directions: [(S, i8); N]) -> Self {
        Vec::from(directions).into()
    }
}

impl<S: Into<String>> From<Vec<(S, i8)>> for MonotonicCst {
    fn from(directions: Vec<(S, i8)>) -> Self {
        Self::Names(directions.into_iter().map(|(name, direction)| (name.into(), direction)).collect())
    }
}

impl MonotonicCst {
    pub(crate) fn check(&self, check: Check) -> Check {
        let directions: Vec<i8> = match self {
            Self::None => vec![],
            Self::Positions(directions) => directions.clone(),
            Self::Names(directions) => directions.iter().map(|(_, direction)| *direction).collect(),
        };
        let wrong = directions.iter().find(|direction| !(-1..=1).contains(*direction));
        check.rule("monotonic_cst", wrong.unwrap_or(&0), wrong.is_none(), "-1, 0 or 1 for every column")
    }

    /// The direction of every column; nothing where all are free.
    pub(crate) fn directions(&self, schema: &Schema) -> Result<Vec<i8>> {
        let directions = match self {
            Self::None => vec![],
            Self::Positions(directions) if directions.len() != schema.width() => {
                return Err(Error::length("monotonic_cst", schema.width(), directions.len()));
            }
            Self::Positions(directions) => directions.clone(),
            Self::Names(named) => {
                let mut directions = vec![None; schema.width()];
                for (name, direction) in named {
                    let place = position(schema, name)?;
                    if directions[place].replace(*direction).is_some() {
                        return Err(ErrorKind::DuplicateColumn { column: name.clone() }.into());
                    }
                }
                directions.into_iter().map(Option::unwrap_or_default).collect()
            }
        };
        for (column, _) in schema.columns().iter().zip(&directions).filter(|(_, direction)| **direction != 0)
        {
            if column.levels().is_some() {
                let name = &column.name;
                return Err(Error::unsupported(format!(
                    "monotonic_cst: column '{name}' is a category, which has no order"
                )));
            }
        }
        Ok(if directions.iter().any(|direction| *direction != 0) { directions } else { vec![] })
    }
}

/// Which columns may meet on one way from the root to a leaf: a node is split on columns of the groups that hold all columns used
/// above it.
///
/// Groups may overlap. The columns that no group names are one more group together, as in scikit-learn (XGBoost keeps each of them
/// alone).
///
/// ```
/// use crm_ml_trees::InteractionCst;
///
/// let groups = InteractionCst::from(vec![vec!["age", "income"], vec!["region"]]);
/// assert_ne!(groups, InteractionCst::None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum InteractionCst {
    /// All columns may interact.
    #[default]
    None,
    /// At most two columns interact.
    Pairwise,
    /// None interact: the prediction is a sum of functions of one column each.
    NoInteractions,
    /// Groups of columns by their positions.
    Positions(Vec<Vec<usize>>),
    /// Groups of columns by their names.
    Names(Vec<Vec<String>>),
}

impl From<Vec<Vec<usize>>> for InteractionCst {
    fn from(groups: Vec<Vec<usize>>) -> Self {
        Self::Positions(groups)
    }
}

impl From<Vec<Vec<String>>> for InteractionCst {
    fn from(groups: Vec<Vec<String>>) -> Self {
        Self::Names(groups)
    }
}

impl From<Vec<Vec<&str>>> for InteractionCst {
    fn from(groups: Vec<Vec<&str>>) -> Self {
        Self::Names(groups.into_iter().map(|group| group.into_iter().map(str::to_owned).collect()).collect())
    }
}

impl InteractionCst {
    pub(crate) fn check(&self, check: Check) -> Check {
        let empty = match self {
            Self::None | Self::Pairwise | Self::NoInteractions => false,
            Self::Positions(groups) => groups.iter().any(Vec::is_empty),
            Self::Names(groups) => groups.iter().any(Vec::is_empty),
        };
        check.rule("interaction_cst", "a group without columns", !empty, "groups of at least one column")
    }

    /// The groups as positions, every column in at least one; nothing where all may interact.
    pub(crate) fn groups(&self, schema: &Schema) -> Result<Vec<Vec<usize>>> {
        let width = schema.width();
        let mut groups = match self {
            Self::None => return Ok(vec![]),
            // One column has no partner but is a group.
            Self::Pairwise if width == 1 => vec![vec![0]],
            Self::Pairwise => (0..width).flat_map(|a| (a + 1..width).map(move |b| vec![a, b])).collect(),
            Self::NoInteractions => (0..width).map(|column| vec![column]).collect(),
            Self::Positions(groups) => groups.clone(),
            Self::Names(groups) => {
                let positions =
                    |group: &Vec<String>| group.iter().map(|name| position(schema, name)).collect();
                groups.iter().map(positions).collect::<Result<_>>()?
            }
        };
        let mut named = vec![false; width];
        for &column in groups.iter().flatten() {
            let requirement = format!("columns of the data, 0 to {}", width.saturating_sub(1));
            Check::of("gradient boosting")
                .rule("interaction_cst", column, column < width, &requirement)
                .finish()?;
            named[column] = true;
        }
        let rest: Vec<usize> = (0..width).filter(|column| !named[*column]).collect();
        if !rest.is_empty() {
            groups.push(rest);
        }
        Ok(groups)
    }
}

/// Position of a named column.
fn position(schema: &Schema, name: &str) -> Result<usize> {
    let names = || schema.columns().iter().map(|column| column.name.clone());
    names().position(|found| found == name).ok_or_else(|| {
        ErrorKind::MissingColumn { column: name.to_owned(), available: names().collect() }.into()
    })
}
