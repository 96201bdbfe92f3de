#![doc = include_str!("../README.md")]

mod actions;
mod cohorts;
mod ledger;
mod moment;
mod money;
mod profile;
mod rfm;
mod vocabulary;

pub use actions::{ActionRule, ActionRules, Condition};
pub use cohorts::{Cohort, CohortCell, CohortTable, Cohorts, Period};
pub use ledger::{Ledger, Returns, Transactions};
pub use moment::Moment;
pub use money::Tally;
pub use profile::{
    LevelProfile, MissingProfile, NumberProfile, SegmentProfile, SegmentProfiler, SegmentProfiles,
    SegmentTree, Standing,
};
pub use rfm::{
    CustomerRfm, Reconciliation, Rfm, RfmCuts, RfmSegment, RfmTable, SegmentAxis, SegmentCells, SegmentMap,
};
pub use vocabulary::{FieldWords, Vocabulary};
