//! The tests of this crate from outside, in one program: linking one is a fraction of linking many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attributions;
mod detector_laws;
mod detectors_reference;
mod isolation_forest_laws;
