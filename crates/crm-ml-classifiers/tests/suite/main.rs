//! The tests of this crate from outside, in one program: linking one is a fraction of linking many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod exact_trees_reference;
mod ftrl;
mod logistic_laws;
mod logistic_reference;
mod ordered_laws;
mod tree_laws;
mod trees_reference;
