//! What columns of bins look like.

use crm_ml_core::{Column, Result, Samples, Schema};
use serde::{Deserialize, Serialize};

use super::edges::{are_cuts, bin_of, labels};
use crate::names::Names;

/// What a bin becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum BinEncode {
    /// One 0/1 column a bin, `<name>=<bin>`, and `<name>=(missing)` if training had gaps.
    #[default]
    OneHot,
    /// The number of the bin, from 0; missing stays missing.
    Ordinal,
    /// A category column with the bins as levels, for encoders and trees; missing stays missing.
    Category,
}

/// The cuts of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Cuts {
    pub(super) cuts: Vec<f64>,
    /// Whether training had gaps.
    pub(super) gaps: bool,
}

impl Cuts {
    pub(super) fn is_sound(&self) -> bool {
        are_cuts(&self.cuts)
    }

    fn outputs(&self, encode: BinEncode) -> usize {
        match encode {
            BinEncode::OneHot => self.cuts.len() + 1 + usize::from(self.gaps),
            _ => 1,
        }
    }
}

/// The columns that follow; those without cuts stay.
pub(super) fn schema(schema: &Schema, cuts: &[Option<Cuts>], encode: BinEncode) -> Result<Schema> {
    let kept = schema.columns().iter().zip(cuts);
    let kept = kept.filter(|(_, cuts)| cuts.is_none() || encode != BinEncode::OneHot);
    let mut names = Names::taken(kept.map(|(column, _)| column.name.as_str()));
    let mut columns = Vec::new();
    for (column, cuts) in schema.columns().iter().zip(cuts) {
        let Some(cuts) = cuts else {
            columns.push(column.clone());
            continue;
        };
        match encode {
            BinEncode::Ordinal => columns.push(column.clone()),
            BinEncode::Category => {
                let binned = Column::category(&column.name, labels(&cuts.cuts));
                columns.push(binned.from_field(&column.field));
            }
            BinEncode::OneHot => {
                let bins = labels(&cuts.cuts).into_iter();
                for label in bins.chain(cuts.gaps.then(|| "(missing)".to_owned())) {
                    let name = names.free(format!("{}={label}", column.name));
                    columns.push(Column::real(name).from_field(&column.field));
                }
            }
        }
    }
    Schema::new(columns)
}

pub(super) fn transform(
    samples: &Samples<'_>,
    output: &Schema,
    cuts: &[Option<Cuts>],
    encode: BinEncode,
) -> Result<Samples<'static>> {
    samples.map_rows(output, |_, input, output| {
        let mut rest = output;
        for (cell, cuts) in input.iter().zip(cuts) {
            let width = cuts.as_ref().map_or(1, |cuts| cuts.outputs(encode));
            let (own, after) = std::mem::take(&mut rest).split_at_mut(width);
            rest = after;
            match (cuts, encode) {
                (None, _) => own[0] = *cell,
                (Some(cuts), BinEncode::OneHot) => {
                    let place = if cell.is_nan() { cuts.cuts.len() + 1 } else { bin_of(*cell, &cuts.cuts) };
                    if let Some(own) = own.get_mut(place) {
                        *own = 1.0;
                    }
                }
                (Some(_), _) if cell.is_nan() => own[0] = f64::NAN,
                (Some(cuts), _) => own[0] = bin_of(*cell, &cuts.cuts) as f64,
            }
        }
    })
}
