//! Models within models, as deep as the stack bears.

use std::cell::Cell;

use crm_ml_core::{Error, Result};

/// An ensemble of decompositions of calibrated ensembles is deep enough.
const DEEPEST: usize = 16;

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Reads a model inside another one. Errors: a file that holds too many within each other.
pub(super) fn deeper<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    let depth = DEPTH.get();
    if depth >= DEEPEST {
        return Err(Error::model_file("too many models within each other"));
    }
    DEPTH.set(depth + 1);
    let found = read();
    DEPTH.set(depth);
    found
}
