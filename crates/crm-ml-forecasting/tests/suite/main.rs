//! The tests of this crate from outside, in one program: linking one is a fraction of linking many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod air_passengers;
mod arima_gaps;
mod arima_reference;
mod ets;
mod m3;
mod mstl;
mod paths;
mod scale;
mod theta;
