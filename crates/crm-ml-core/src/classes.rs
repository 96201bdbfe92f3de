//! The classes of a classification target and their fixed order.

use std::fmt::Display;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Labeled, Result};

/// The classes of a target in their fixed order: sorted, as the labels' own type sorts. Cloning is cheap.
///
/// ```
/// use crm_ml_core::Classes;
///
/// let (classes, codes) = Classes::encode(&["yes", "no", "yes"]);
/// assert_eq!(classes.names(), ["no", "yes"]);
/// assert_eq!(codes, [1, 0, 1]);
/// let (classes, _) = Classes::encode(&[17, 3, 17]);
/// assert_eq!(classes.names(), ["3", "17"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classes {
    names: Arc<[String]>,
}

impl Classes {
    /// Classes in the given order. Errors: none at all, or a name that occurs twice.
    pub fn new<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Result<Self> {
        let names: Arc<[String]> = names.into_iter().map(Into::into).collect();
        let classes = Self { names };
        classes.validate()?;
        Ok(classes)
    }

    /// The sorted classes of `labels` and each label's code.
    pub fn encode<T: Ord + Display>(labels: &[T]) -> (Self, Vec<u32>) {
        let mut levels: Vec<&T> = labels.iter().collect();
        levels.sort();
        levels.dedup();
        let codes = labels.iter().map(|l| levels.partition_point(|level| *level < l) as u32).collect();
        (Self { names: levels.iter().map(|l| l.to_string()).collect() }, codes)
    }

    /// As [`Classes::encode`] for labels that are real numbers. Errors: NaN or infinite labels, with their row.
    pub fn encode_values(labels: &[f64]) -> Result<(Self, Vec<u32>)> {
        if let Some(row) = labels.iter().position(|l| !l.is_finite()) {
            let requirement = "a class label must be finite".to_owned();
            return Err(ErrorKind::InvalidTarget { row, value: labels[row].to_string(), requirement }.into());
        }
        // 0.0 and -0.0 are one class.
        let labels: Vec<f64> = labels.iter().map(|l| l + 0.0).collect();
        let mut levels = labels.clone();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        let codes = labels.iter().map(|l| levels.partition_point(|level| level < l) as u32).collect();
        Ok((Self { names: levels.iter().map(f64::to_string).collect() }, codes))
    }

    /// Number of classes.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no class.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names in the order of the codes.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Name of a code; `"?"` for a code that is none.
    pub fn name(&self, code: u32) -> &str {
        self.names.get(code as usize).map_or("?", |name| name)
    }

    /// Code of a name.
    pub fn code(&self, name: &str) -> Option<u32> {
        self.names.iter().position(|n| n == name).map(|i| i as u32)
    }

    /// Checks what [`Classes::new`] promises; for values read from a file.
    pub fn validate(&self) -> Result<()> {
        if self.names.is_empty() {
            return Err(Error::empty("classes"));
        }
        let mut sorted: Vec<&String> = self.names.iter().collect();
        sorted.sort();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(ErrorKind::DuplicateColumn { column: pair[0].clone() }.into()),
            None => Ok(()),
        }
    }
}

/// Weights of the classes, multiplied into the weights of the rows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ClassWeight {
    /// Every class counts as it is.
    #[default]
    None,
    /// Every class has the same total: weight `W / (k * W_class)` with W the sum of the row weights.
    Balanced,
    /// One weight a class, in the order of [`Classes`].
    Custom(Vec<f64>),
}

impl ClassWeight {
    /// The weight of every row of `data`, row weights included; `None` when all are one.
    ///
    /// Errors: a custom weight that is not finite and above 0, or another number of weights than classes.
    pub fn row_weights(&self, data: &Labeled<'_>) -> Result<Option<Vec<f64>>> {
        let rows = data.samples().weights();
        if *self == Self::None {
            return Ok(rows.map(<[f64]>::to_vec));
        }
        let factors = self.factors(data)?;
        let weight = |(row, &code): (usize, &u32)| rows.map_or(1.0, |w| w[row]) * factors[code as usize];
        Ok(Some(data.codes().iter().enumerate().map(weight).collect()))
    }

    /// What the rows of each class are multiplied with. Errors: as [`ClassWeight::row_weights`].
    pub fn factors(&self, data: &Labeled<'_>) -> Result<Vec<f64>> {
        let rows = data.samples().weights();
        let classes = data.classes().len();
        Ok(match self {
            Self::None => vec![1.0; classes],
            Self::Custom(weights) => {
                if weights.len() != classes {
                    return Err(Error::length("class weights", classes, weights.len()));
                }
                if let Some(class) = weights.iter().position(|w| !(w.is_finite() && *w > 0.0)) {
                    return Err(Error::unsupported(format!(
                        "class weight of '{}' is {}, must be finite and above 0",
                        data.classes().name(class as u32),
                        weights[class]
                    )));
                }
                weights.clone()
            }
            Self::Balanced => {
                let mut totals = vec![0.0; classes];
                for (row, &code) in data.codes().iter().enumerate() {
                    totals[code as usize] += rows.map_or(1.0, |w| w[row]);
                }
                let all: f64 = totals.iter().sum();
                let present = totals.iter().filter(|t| **t > 0.0).count() as f64;
                totals.iter().map(|t| if *t > 0.0 { all / (present * t) } else { 1.0 }).collect()
            }
        })
    }
}
