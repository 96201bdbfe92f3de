//! The tests of this crate from outside, in one program: linking one is a fraction of linking many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agglomerative_laws;
mod agglomerative_reference;
mod density_laws;
mod density_reference;
mod fcps;
mod kmeans_laws;
mod kmeans_reference;
mod minibatch_state;
mod mixture_laws;
mod mixture_reference;
