//! The tests of this crate from outside, in one program: linking one is a fraction of linking many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod exact_trees_reference;
mod ftrl;
mod laws;
mod linear_laws;
mod linear_reference;
mod loss_laws;
mod losses_reference;
mod reference;
