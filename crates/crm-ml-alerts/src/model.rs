//! The fitted detector of fraud.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use crm_ml_anomaly::AnyOutlierModel;
use crm_ml_core::{
    Attributions, Error, Model, OutlierModel, Persist, Result, decode, encode, unknown_version,
};
use crm_ml_explain::{FieldAttributions, by_field};
use crm_ml_table::Table;
use ndarray::Axis;
use serde::{Deserialize, Serialize};

use crate::features::{Features, Seen};
use crate::habits::{Watched, hour};
use crate::precision::ranked;
use crate::words::{Said, Usual};
use crate::{Alert, AlertPolicy, AlertReason};

/// What [`FraudDetector`](crate::FraudDetector) learned: takes tables and gives alerts with reasons. One value, which can be saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FraudModel {
    features: Features,
    detector: AnyOutlierModel,
    usual: Usual,
    policy: AlertPolicy,
    reasons: usize,
    threshold: f64,
}

/// The day and the entity of a record, as the table tells them.
pub(crate) type Place = (Option<NaiveDate>, Option<String>);

impl FraudModel {
    pub(crate) fn new(
        features: Features,
        detector: AnyOutlierModel,
        usual: Usual,
        policy: AlertPolicy,
        reasons: usize,
        threshold: f64,
    ) -> Self {
        Self { features, detector, usual, policy, reasons, threshold }
    }

    /// The lowest score that is an alert.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// The fields a table must have.
    pub fn fields(&self) -> Vec<&str> {
        let special = [&self.features.watched.entity, &self.features.watched.time];
        let features = self.features.pipeline.schema().fields.iter().map(|field| field.name.as_str());
        features.chain(special.into_iter().flatten().map(String::as_str)).collect()
    }

    /// The anomaly score of every row, the higher the odder.
    ///
    /// Errors: a column that is missing, a value that does not parse under the type of training.
    pub fn scores(&self, table: &Table) -> Result<Vec<f64>> {
        Ok(self.detector.anomaly_scores(&self.features.see(table)?.samples)?.to_vec())
    }

    /// The alerts: rows that reach the threshold, those of one entity and day together; by day, then the oddest first.
    ///
    /// An alert's score and reasons are those of its oddest row. Records without an entity stand alone. Errors: as [`FraudModel::scores`].
    pub fn alerts(&self, table: &Table) -> Result<Vec<Alert>> {
        let seen = self.features.see(table)?;
        let scores = self.detector.anomaly_scores(&seen.samples)?.to_vec();
        let places = places(&self.features.watched, &seen.table)?;
        let mut alerts: BTreeMap<Option<NaiveDate>, Vec<Alert>> = BTreeMap::new();
        let mut of: BTreeMap<&Place, usize> = BTreeMap::new();
        for row in ranked(&scores)?.into_iter().take_while(|row| scores[*row] >= self.threshold) {
            let place @ (day, entity) = &places[row];
            let of_day = alerts.entry(*day).or_default();
            match of.get(place).filter(|_| entity.is_some()) {
                Some(index) => {
                    if let Some(alert) = of_day.get_mut(*index) {
                        alert.rows.push(row);
                    }
                }
                None => {
                    of.insert(place, of_day.len());
                    of_day.push(Alert {
                        day: *day,
                        rank: of_day.len() + 1,
                        entity: entity.clone(),
                        score: scores[row],
                        rows: vec![row],
                        reasons: Vec::new(),
                        base: 0.0,
                        rest: 0.0,
                    });
                }
            }
        }
        let most = self.policy.per_day();
        let mut alerts: Vec<Alert> =
            alerts.into_values().flat_map(|day| day.into_iter().take(most)).collect();
        self.explain(&seen, &mut alerts)?;
        Ok(alerts)
    }

    /// Gives alerts their reasons.
    fn explain(&self, seen: &Seen, alerts: &mut [Alert]) -> Result<()> {
        let rows: Vec<usize> = alerts.iter().map(|alert| alert.rows[0]).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let contributions = self.detector.contributions(&seen.samples.select_rows(&rows))?;
        let shares = by_field(contributions.index_axis(Axis(2), 0), &self.features.schema)?;
        let mut parsed = BTreeMap::new();
        for field in &shares.fields {
            let column = seen.table.column(field)?;
            let times = self.features.watched.time.as_ref() == Some(field);
            let values = if times {
                column.micros()?.into_iter().map(|time| time.map_or(f64::NAN, hour)).collect()
            } else {
                column.numbers().unwrap_or_default()
            };
            parsed.insert(field.as_str(), values);
        }
        for (index, alert) in alerts.iter_mut().enumerate() {
            let row = alert.rows[0];
            alert.base = shares.base[index];
            alert.reasons = self.words(seen, row, index, &shares, &parsed)?;
            let named: f64 = alert.reasons.iter().map(|reason| reason.share).sum();
            alert.rest = shares.values.row(index).sum() - named;
        }
        Ok(())
    }

    fn words(
        &self,
        seen: &Seen,
        row: usize,
        index: usize,
        shares: &FieldAttributions,
        parsed: &BTreeMap<&str, Vec<f64>>,
    ) -> Result<Vec<AlertReason>> {
        let columns = self.features.watched.columns();
        let habit = |field: &str, ending: &str| {
            let place = columns.iter().position(|c| c.field == field && c.name.ends_with(ending));
            place.map(|place| seen.habits[[row, place]])
        };
        let watched = &self.features.watched;
        let entity = match &watched.entity {
            Some(entity) => seen.table.column(entity)?.text(row),
            None => None,
        };
        let value_of =
            |field: &str| parsed.get(field).and_then(|values| values.get(row)).copied().unwrap_or(f64::NAN);
        let reason = |reason: crm_ml_explain::Reason| {
            let field = shares.fields[reason.field].clone();
            let known = |ending: &str| habit(&field, ending).unwrap_or(f64::NAN);
            let said = Said {
                hour: value_of(&field),
                within_hour: known(": events within an hour"),
                within_day: known(": events within a day"),
                of_field: habit(&field, ": against its usual").or(habit(&field, ": unfamiliar")),
            };
            let text = if watched.time.as_ref() == Some(&field) {
                self.usual.time(&field, &said)
            } else if watched.entity.as_ref() == Some(&field) {
                self.usual.activity(&field, entity.as_deref().unwrap_or("(none)"), &said)
            } else {
                let column = seen.table.column(&field)?;
                let value = column.text(row);
                let parsed = value_of(&field);
                self.usual.field(&field, value.as_deref(), parsed, entity.as_deref(), &said)
            };
            Ok(AlertReason { field, text, share: reason.share })
        };
        shares.reasons_for(index, self.reasons).into_iter().map(reason).collect()
    }
}

/// Day and entity of every record.
pub(crate) fn places(watched: &Watched, table: &Table) -> Result<Vec<Place>> {
    let days = match &watched.time {
        Some(time) => table.column(time)?.micros()?,
        None => vec![None; table.n_rows()],
    };
    let day =
        |time: Option<i64>| time.and_then(DateTime::from_timestamp_micros).map(|time| time.date_naive());
    let entities = match &watched.entity {
        Some(entity) => table.column(entity)?.texts(),
        None => vec![None; table.n_rows()],
    };
    Ok(days.into_iter().map(day).zip(entities.into_iter().map(|e| e.map(|e| e.into_owned()))).collect())
}

impl Persist for FraudModel {
    const KIND: &'static str = "fraud-model";

    fn write_payload(&self) -> Result<Vec<u8>> {
        let parts = (
            self.features.to_bytes()?,
            self.detector.to_bytes()?,
            &self.usual,
            self.policy,
            self.reasons,
            self.threshold,
        );
        encode(&parts)
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        type Parts = (Vec<u8>, Vec<u8>, Usual, AlertPolicy, usize, f64);
        if version != Self::VERSION {
            return Err(unknown_version(Self::KIND, version, Self::VERSION));
        }
        let (features, detector, usual, policy, reasons, threshold): Parts = decode(payload)?;
        let (features, detector) =
            (Features::from_bytes(&features)?, AnyOutlierModel::from_bytes(&detector)?);
        Ok(Self { features, detector, usual, policy, reasons, threshold })
    }

    fn validate(&self) -> Result<()> {
        self.features.validate()?;
        self.detector.validate()?;
        self.usual.validate()?;
        self.policy.check(crm_ml_core::Check::of("FraudModel")).finish()?;
        if *self.detector.schema() == self.features.schema && self.threshold.is_finite() {
            Ok(())
        } else {
            Err(Error::model_file("a detector that does not fit its features"))
        }
    }
}
