#![doc = include_str!("../README.md")]

mod cohorts;
mod ledger;
mod moment;
mod money;
mod rfm;

pub use cohorts::{Cohort, CohortCell, CohortTable, Cohorts, Period};
pub use ledger::{Ledger, Returns, Transactions};
pub use moment::Moment;
pub use money::Tally;
pub use rfm::{
    CustomerRfm, Reconciliation, Rfm, RfmCuts, RfmSegment, RfmTable, SegmentAxis, SegmentCells, SegmentMap,
};
