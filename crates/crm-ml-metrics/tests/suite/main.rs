//! The tests of this crate from outside, in one program: linking one is a fraction of linking many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clustering;
mod forecasting;
mod judgements;
mod properties;
mod reference;
mod scales;
