//! The fitted ensemble.

use crm_ml_core::{
    Attributions, Error, Model, OutlierModel, Persist, Result, Samples, Schema, decode, encode,
    unknown_version,
};
use ndarray::{Array1, Array3};
use serde::{Deserialize, Serialize};

use super::standing::Standing;
use super::{AnyOutlierModel, Combination};
use crate::shares;

/// What [`OutlierEnsemble`](crate::OutlierEnsemble) learned: its members, and their scores of the rows of the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutlierEnsembleModel {
    schema: Schema,
    members: Vec<(AnyOutlierModel, Standing)>,
    combination: Combination,
    offset: f64,
}

/// One score a row from one part a member and row.
pub(super) fn combined(parts: &[Vec<f64>], combination: Combination) -> Vec<f64> {
    let rows = parts.first().map_or(0, Vec::len);
    let count = parts.len() as f64;
    shares::scores(rows, |row| {
        let parts = parts.iter().map(|part| part[row]);
        match combination {
            Combination::MaxRank => parts.fold(0.0, f64::max),
            _ => parts.map(|part| part / count).sum(),
        }
    })
}

impl OutlierEnsembleModel {
    pub(super) fn new(
        schema: Schema,
        members: Vec<(AnyOutlierModel, Standing)>,
        combination: Combination,
        offset: f64,
    ) -> Self {
        Self { schema, members, combination, offset }
    }

    /// The members' models.
    pub fn members(&self) -> impl ExactSizeIterator<Item = &AnyOutlierModel> {
        self.members.iter().map(|(model, _)| model)
    }

    fn parts(&self, samples: &Samples<'_>) -> Result<Vec<Vec<f64>>> {
        let part = |(model, standing): &(AnyOutlierModel, Standing)| {
            Ok(standing.all(&model.anomaly_scores(samples)?, self.combination))
        };
        self.members.iter().map(part).collect()
    }
}

impl Model for OutlierEnsembleModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl OutlierModel for OutlierEnsembleModel {
    fn score_samples(&self, samples: &Samples<'_>) -> Result<Array1<f64>> {
        self.schema.accepts(samples)?;
        Ok(combined(&self.parts(samples)?, self.combination).into_iter().map(|score| -score).collect())
    }

    fn offset(&self) -> f64 {
        self.offset
    }
}

/// Standardised scores share out as the members' own do. A rank is no sum over columns: a member's rank (of the largest one, the first of equals)
/// is shared out over the columns in proportion to what they add to its score, those that take away left out; what no column adds is the base.
impl Attributions for OutlierEnsembleModel {
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        self.schema.accepts(samples)?;
        let parts = self.parts(samples)?;
        let of_members =
            self.members.iter().map(|(model, _)| model.contributions(samples)).collect::<Result<Vec<_>>>()?;
        let count = self.members.len() as f64;
        let width = self.schema.width();
        Ok(shares::contributions(samples.n_rows(), width, |row, columns, base| {
            let score = |member: usize| parts[member][row];
            let largest = (1..parts.len())
                .fold(0, |best, member| if score(member) > score(best) { member } else { best });
            for (member, contributions) in of_members.iter().enumerate() {
                let own = |column: usize| contributions[[row, column, 0]];
                if self.combination == Combination::MeanStandardized {
                    let unit = 1.0 / (self.members[member].1.deviation * count);
                    let added: f64 = (0..width).map(|column| own(column) * unit).sum();
                    columns.iter_mut().enumerate().for_each(|(column, to)| *to += own(column) * unit);
                    *base += score(member) / count - added;
                    continue;
                }
                let part = match self.combination {
                    Combination::MaxRank if member != largest => continue,
                    Combination::MaxRank => score(member),
                    _ => score(member) / count,
                };
                let total: f64 = (0..width).map(|column| own(column).max(0.0)).sum();
                if total > 0.0 && total.is_finite() {
                    columns
                        .iter_mut()
                        .enumerate()
                        .for_each(|(column, to)| *to += part * (own(column).max(0.0) / total));
                } else {
                    *base += part;
                }
            }
        }))
    }
}

impl Persist for OutlierEnsembleModel {
    const KIND: &'static str = "outlier-ensemble";

    fn write_payload(&self) -> Result<Vec<u8>> {
        let member =
            |(model, standing): &(AnyOutlierModel, Standing)| Ok((model.to_bytes()?, standing.clone()));
        let members = self.members.iter().map(member).collect::<Result<Vec<_>>>()?;
        encode(&(&self.schema, members, self.combination, self.offset))
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        type Parts = (Schema, Vec<(Vec<u8>, Standing)>, Combination, f64);
        if version != Self::VERSION {
            return Err(unknown_version(Self::KIND, version, Self::VERSION));
        }
        let (schema, members, combination, offset): Parts = decode(payload)?;
        let member =
            |(bytes, standing): (Vec<u8>, Standing)| Ok((AnyOutlierModel::from_bytes(&bytes)?, standing));
        let members = members.into_iter().map(member).collect::<Result<Vec<_>>>()?;
        Ok(Self { schema, members, combination, offset })
    }

    fn validate(&self) -> Result<()> {
        if self.members.is_empty() || !self.offset.is_finite() {
            return Err(Error::model_file("an ensemble without members or offset"));
        }
        for (model, standing) in &self.members {
            model.validate()?;
            standing.validate()?;
            if *model.schema() != self.schema {
                return Err(Error::model_file("members of an ensemble that do not fit its columns"));
            }
        }
        Ok(())
    }
}
