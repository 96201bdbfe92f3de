//! The tests of this crate from outside, in one program: linking one is a fraction of linking many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod coded;
mod contacts;
mod gappy;
mod iterative;
mod laws;
mod merge;
mod options;
mod pipeline;
mod properties;
mod real_data;
mod reference;
mod sanity;
mod transformers;
