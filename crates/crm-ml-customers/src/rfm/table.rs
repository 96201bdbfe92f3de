//! What RFM gives.

use std::fmt;
use std::sync::Arc;

use crm_ml_core::ndarray::Array2;
use crm_ml_core::{Column, Error, Result, Samples, Schema};
use crm_ml_table::arrow_array::{
    ArrayRef, Float64Array, Int64Array, LargeStringArray, RecordBatch, TimestampMicrosecondArray,
};
use crm_ml_table::{FieldSpec, FieldType, Role, Table, TableSchema};
use serde::{Deserialize, Serialize};

use super::{RfmCuts, SegmentMap};
use crate::Moment;
use crate::money::Tally;
use crate::vocabulary::{cents, number};

/// One customer at the cut-off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerRfm {
    /// The customer, as in the transactions.
    pub customer: String,
    /// Calendar days since the last purchase.
    pub recency: u32,
    /// Number of purchases.
    pub frequency: usize,
    /// Sum of the amounts.
    pub monetary: f64,
    /// `monetary / frequency`.
    pub average_purchase: f64,
    /// Calendar days since the first purchase in the window.
    pub tenure: u32,
    /// The first purchase in the window.
    pub first_purchase: Moment,
    /// The last purchase.
    pub last_purchase: Moment,
    /// What the customer returned in the window, at least 0, whether or not it was taken off `monetary`.
    pub returned: f64,
    /// Scores of recency, frequency and money, 1 to 5.
    pub scores: [u8; 3],
    /// Name of the segment.
    pub segment: String,
}

impl CustomerRfm {
    /// The scores side by side, `"555"` for the best.
    pub fn rfm_score(&self) -> String {
        self.scores.iter().map(u8::to_string).collect()
    }
}

/// Where every line of the transactions went: the tallies sum to all that was read, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// Lines behind the table: their sum is the sum of `monetary`.
    pub customers: Tally,
    /// Lines before the start, or at or after the cut-off.
    pub outside_window: Tally,
    /// Returns left out by [`Returns::Ignore`](crate::Returns::Ignore).
    pub ignored_returns: Tally,
    /// Lines in the window of customers without a purchase in it.
    pub without_purchase: Tally,
    /// How many customers of the ledger have no purchase in the window.
    pub customers_without_purchase: usize,
    /// Lines without a customer.
    pub without_customer: Tally,
}

impl Reconciliation {
    /// All lines that were read.
    pub fn total(&self) -> Tally {
        let parts = [self.outside_window, self.ignored_returns, self.without_purchase, self.without_customer];
        parts.into_iter().fold(self.customers, Tally::merge)
    }
}

/// The sum as people check it, without the lines that are none.
impl fmt::Display for Reconciliation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let silent =
            format!("- of {} customers without a purchase in the window", self.customers_without_purchase);
        let rows = [
            ("lines read", self.total()),
            ("- outside the window", self.outside_window),
            ("- without a customer", self.without_customer),
            ("- returns left out", self.ignored_returns),
            (silent.as_str(), self.without_purchase),
            ("= in the table", self.customers),
        ];
        let told = || rows.iter().filter(|(what, tally)| tally.lines() > 0 || !what.starts_with('-'));
        let width = told().map(|(what, _)| what.chars().count()).max().unwrap_or(0);
        for (what, tally) in told() {
            let (lines, money) = (number(tally.lines() as f64), cents(tally.amount()));
            writeln!(formatter, "{what:width$}  {lines:>10} lines  {money:>18}")?;
        }
        Ok(())
    }
}

/// Every customer with a purchase in the window, sorted by customer; computed by [`Rfm`](crate::Rfm).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RfmTable {
    pub(super) cut_off: Moment,
    pub(super) start: Option<Moment>,
    pub(super) customers: Vec<CustomerRfm>,
    pub(super) cuts: RfmCuts,
    pub(super) segments: SegmentMap,
    pub(super) reconciliation: Reconciliation,
}

impl RfmTable {
    /// The first moment that does not count.
    pub fn cut_off(&self) -> Moment {
        self.cut_off
    }

    /// The first moment that counts, where one was set.
    pub fn start(&self) -> Option<Moment> {
        self.start
    }

    /// The customers, sorted by name as texts.
    pub fn customers(&self) -> &[CustomerRfm] {
        &self.customers
    }

    /// A customer by name.
    pub fn get(&self, customer: &str) -> Option<&CustomerRfm> {
        self.customers.get(self.place(customer)?)
    }

    pub(crate) fn place(&self, customer: &str) -> Option<usize> {
        self.customers.binary_search_by(|c| c.customer.as_str().cmp(customer)).ok()
    }

    /// Where scores begin.
    pub fn cuts(&self) -> &RfmCuts {
        &self.cuts
    }

    /// The map from scores to segments.
    pub fn segment_map(&self) -> &SegmentMap {
        &self.segments
    }

    /// Where every line went.
    pub fn reconciliation(&self) -> &Reconciliation {
        &self.reconciliation
    }

    /// Recency, frequency and monetary value as a matrix.
    pub fn features(&self) -> Result<Samples<'static>> {
        self.samples(|value| value)
    }

    /// The same on the scale `ln(1 + value)`, which tames the long tails of all three; money below 0 counts as 0.
    pub fn log_features(&self) -> Result<Samples<'static>> {
        self.samples(|value| value.max(0.0).ln_1p())
    }

    fn samples(&self, scale: impl Fn(f64) -> f64) -> Result<Samples<'static>> {
        let names = ["recency", "frequency", "monetary"];
        let cells =
            self.customers.iter().flat_map(|c| [f64::from(c.recency), c.frequency as f64, c.monetary]);
        let x = Array2::from_shape_vec((self.customers.len(), 3), cells.map(scale).collect())
            .map_err(|e| Error::numerical(e.to_string()))?;
        Samples::from_array(x)?.with_schema(&Schema::new(names.map(Column::real).to_vec())?)
    }

    /// All columns as a table for preprocessing and [`SegmentProfiler`](crate::SegmentProfiler). Features are `recency`, `frequency`, `monetary`,
    /// `average_purchase` and `tenure`; dates, scores and the segment, which repeat them, have the role ignored.
    pub fn to_table(&self) -> Result<Table> {
        let text = |value: &dyn Fn(&CustomerRfm) -> String| -> ArrayRef {
            Arc::new(LargeStringArray::from_iter_values(self.customers.iter().map(value)))
        };
        let whole = |value: &dyn Fn(&CustomerRfm) -> i64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(self.customers.iter().map(value)))
        };
        let real = |value: &dyn Fn(&CustomerRfm) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(self.customers.iter().map(value)))
        };
        let time = |value: &dyn Fn(&CustomerRfm) -> Moment| -> ArrayRef {
            Arc::new(TimestampMicrosecondArray::from_iter_values(
                self.customers.iter().map(|c| value(c).micros()),
            ))
        };
        use FieldType::{Category, DateTime, Identifier, Integer, Number};
        let columns: [(&str, ArrayRef, FieldType, Role); 14] = [
            ("customer", text(&|c| c.customer.clone()), Identifier, Role::Id),
            ("recency", whole(&|c| i64::from(c.recency)), Integer, Role::Feature),
            ("frequency", whole(&|c| c.frequency as i64), Integer, Role::Feature),
            ("monetary", real(&|c| c.monetary), Number, Role::Feature),
            ("average_purchase", real(&|c| c.average_purchase), Number, Role::Feature),
            ("tenure", whole(&|c| i64::from(c.tenure)), Integer, Role::Feature),
            ("first_purchase", time(&|c| c.first_purchase), DateTime, Role::Ignored),
            ("last_purchase", time(&|c| c.last_purchase), DateTime, Role::Ignored),
            ("returned", real(&|c| c.returned), Number, Role::Ignored),
            ("recency_score", whole(&|c| i64::from(c.scores[0])), Integer, Role::Ignored),
            ("frequency_score", whole(&|c| i64::from(c.scores[1])), Integer, Role::Ignored),
            ("monetary_score", whole(&|c| i64::from(c.scores[2])), Integer, Role::Ignored),
            ("rfm_score", text(&|c| c.rfm_score()), Category, Role::Ignored),
            ("rfm_segment", text(&|c| c.segment.clone()), Category, Role::Ignored),
        ];
        let mut schema = TableSchema::new();
        for (name, _, field_type, role) in &columns {
            schema = schema.with(FieldSpec::new(*name).field_type(*field_type).role(*role));
        }
        let batch = RecordBatch::try_from_iter(columns.map(|(name, array, ..)| (name, array)))
            .map_err(|e| Error::unsupported(e.to_string()))?;
        Table::from_record_batch_with(&batch, &schema)
    }
}
