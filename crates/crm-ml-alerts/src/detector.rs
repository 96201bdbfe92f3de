//! The estimator.

use std::collections::BTreeMap;

use crm_ml_anomaly::{AnyDetector, IsolationForest};
use crm_ml_core::{Check, Error, ErrorKind, OutlierDetector, OutlierModel, Progress, Result};
use crm_ml_table::{FieldType, Table};
use serde::{Deserialize, Serialize};

use crate::AlertPolicy;
use crate::features::{Features, Special};
use crate::habits::{DAY, hour};
use crate::model::{FraudModel, Place, places};
use crate::words::Usual;

/// From a table of records to alerts: what is odd, how odd, and why.
///
/// Every feature column of the table is looked at, and, where a column of entities (cards, customers, accounts) is told, what each of
/// them usually does: how large a number is against the entity's usual, how familiar a category is to it, how many records it has within an
/// hour and a day (with a column of times). Habits are learned from an entity's earlier records alone, and the model goes on from those of
/// training. How rare records are at its hour of the day is a column, too; the date is not, since later records would all lie beyond it.
///
/// The detector may be any of crm-ml-anomaly's. The isolation forest and HBOS see categories and gaps as they are; for the others
/// categories become one-hot columns, gaps are filled and columns standardised.
///
/// Labels, where there are some, choose the threshold ([`AlertPolicy::Precision`]) and judge the alerts ([`at_k`](crate::at_k)); the detector never sees them.
/// A column of role weight weighs the records. O(records) beside the detector's cost. Errors: parameters, columns that are missing, no feature,
/// and those of the detector.
///
/// ```
/// use crm_ml_alerts::{AlertPolicy, FraudDetector};
/// use crm_ml_datasets::payments;
///
/// let past = payments(300, 1)?.table;
/// let detector = FraudDetector::new().entity("card").time("time").label("fraud").policy(AlertPolicy::PerDay(3));
/// let model = detector.fit(&past)?;
/// let alerts = model.alerts(&past)?;
/// assert!(alerts.iter().all(|alert| alert.rank <= 3 && alert.score >= model.threshold()));
/// println!("{}: {}", alerts[0].entity.as_deref().unwrap_or("?"), alerts[0].reasons[0]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FraudDetector {
    detector: AnyDetector,
    special: Special,
    policy: AlertPolicy,
    reasons: usize,
}

impl Default for FraudDetector {
    fn default() -> Self {
        Self {
            detector: IsolationForest::new().into(),
            special: Special::default(),
            policy: AlertPolicy::default(),
            reasons: 3,
        }
    }
}

impl FraudDetector {
    /// An isolation forest, ten alerts a day, three reasons each.
    pub fn new() -> Self {
        Self::default()
    }

    /// The detector; its own contamination means nothing here.
    pub fn detector(mut self, detector: impl Into<AnyDetector>) -> Self {
        self.detector = detector.into();
        self
    }

    /// The column that tells whose record it is.
    pub fn entity(mut self, column: impl Into<String>) -> Self {
        self.special.entity = Some(column.into());
        self
    }

    /// The column of the time, a date or datetime.
    pub fn time(mut self, column: impl Into<String>) -> Self {
        self.special.time = Some(column.into());
        self
    }

    /// The column that tells what turned out to be fraud; of two values, the second in order is fraud (`no`, `yes`; 0, 1).
    pub fn label(mut self, column: impl Into<String>) -> Self {
        self.special.label = Some(column.into());
        self
    }

    /// How many alerts there may be.
    pub fn policy(mut self, policy: AlertPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Reasons an alert names at most.
    pub fn reasons(mut self, count: usize) -> Self {
        self.reasons = count;
        self
    }

    /// Fits on past records.
    pub fn fit(&self, table: &Table) -> Result<FraudModel> {
        self.fit_with(table, &())
    }

    /// Fits, telling `progress` of every step.
    pub fn fit_with(&self, table: &Table, progress: &dyn Progress) -> Result<FraudModel> {
        self.policy.check(Check::of("FraudDetector").between("reasons", self.reasons, 0, 1000)).finish()?;
        let fraud = self.special.label.as_deref().map(|label| labels(table, label)).transpose()?;
        let table = self.special.assign(table)?;
        let (features, seen) = Features::learn(&table, &self.special, &self.detector)?;
        let detector = self.detector.fit_with(&seen.samples, progress)?;
        let scores = detector.anomaly_scores(&seen.samples)?.to_vec();
        let kept = seen.samples.kept_rows();
        let fraud = fraud.map(|fraud| match kept {
            Some(kept) => kept.iter().map(|row| fraud[*row]).collect(),
            None => fraud,
        });
        let threshold = match self.policy {
            AlertPolicy::PerDay(_) => {
                // The budget counts alerts: records of one entity and day are one.
                let mut places = places(&features.watched, &table)?;
                if let Some(kept) = kept {
                    places = kept.iter().map(|row| places[*row].clone()).collect();
                }
                self.policy.threshold(&oddest(&places, &scores), self.days(&table)?, None)?
            }
            _ => self.policy.threshold(&scores, 1, fraud.as_deref())?,
        };
        let columns = features.watched.columns();
        let column = |name: &str| {
            let place = columns.iter().position(|column| column.name.ends_with(name));
            place.map_or_else(Vec::new, |place| seen.habits.column(place).to_vec())
        };
        let hours: Vec<f64> = match &self.special.time {
            Some(time) => table.column(time)?.micros()?.into_iter().flatten().map(hour).collect(),
            None => Vec::new(),
        };
        let usual =
            Usual::new(&table, &hours, &column(": events within an hour"), &column(": events within a day"))?;
        Ok(FraudModel::new(features, detector, usual, self.policy, self.reasons, threshold))
    }

    /// Days the records span.
    fn days(&self, table: &Table) -> Result<usize> {
        let Some(time) = &self.special.time else { return Ok(1) };
        let mut days: Vec<i64> =
            table.column(time)?.micros()?.into_iter().flatten().map(|t| t.div_euclid(DAY)).collect();
        days.sort_unstable();
        days.dedup();
        Ok(days.len().max(1))
    }
}

/// The score of the oddest record of every entity and day; records without an entity stand alone.
fn oddest(places: &[Place], scores: &[f64]) -> Vec<f64> {
    let mut of: BTreeMap<&Place, f64> = BTreeMap::new();
    let mut all = Vec::new();
    for (place, score) in places.iter().zip(scores) {
        if place.1.is_some() {
            let oddest = of.entry(place).or_insert(*score);
            *oddest = oddest.max(*score);
        } else {
            all.push(*score);
        }
    }
    all.extend(of.into_values());
    all
}

/// Which rows are fraud: those of the second of two values in order; a missing one is none.
///
/// Errors: a column that is missing, or has other than two values.
pub fn labels(table: &Table, column: &str) -> Result<Vec<bool>> {
    let column = table.column(column)?;
    let numbers = match column.field().field_type {
        FieldType::Boolean => column.booleans()?.into_iter().map(|v| v.map(f64::from)).collect(),
        FieldType::Number | FieldType::Integer => {
            column.numbers()?.into_iter().map(|v| (!v.is_nan()).then_some(v)).collect()
        }
        _ => column.levels().1.into_iter().map(|code| code.map(f64::from)).collect::<Vec<Option<f64>>>(),
    };
    let mut values: Vec<f64> = numbers.iter().copied().flatten().collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    match values.as_slice() {
        [_, fraud] => Ok(numbers.iter().map(|value| *value == Some(*fraud)).collect()),
        _ => Err(Error::from(ErrorKind::TooFew {
            what: format!("values of the label '{}' (two, the second in order being fraud)", column.name()),
            needed: 2,
            found: values.len(),
        })),
    }
}
