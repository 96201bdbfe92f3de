//! Numbers become intervals.

mod edges;
mod k_means;
mod kbins;
mod output;
mod partition;
mod supervised;

pub use kbins::{BinStrategy, KBinsDiscretizer, KBinsDiscretizerModel, QuantileMethod};
pub use output::BinEncode;
pub use supervised::{Monotone, SupervisedBinner, SupervisedBinnerModel};

pub(crate) use edges::{bin_of, labels};
#[cfg(feature = "table")]
pub(crate) use kbins::inner;
pub(crate) use supervised::Target;
