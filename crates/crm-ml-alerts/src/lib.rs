#![doc = include_str!("../README.md")]

mod alert;
mod detector;
mod features;
mod habits;
mod model;
mod monitor;
mod policy;
mod precision;
mod words;

pub use alert::{Alert, AlertReason};
pub use detector::{FraudDetector, labels};
pub use model::FraudModel;
pub use monitor::{Observed, RateAlarm, RateMonitor};
pub use policy::AlertPolicy;
pub use precision::{AtK, at_k};
