//! Progress of long fits, and the way to cancel them.

use std::ops::ControlFlow;

use crate::{ErrorKind, Result};

/// How far a fit is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step<'a> {
    /// What is being done, for example `"gradient boosting"`.
    pub task: &'a str,
    /// Steps done, from 1.
    pub done: usize,
    /// Steps in all, as far as known.
    pub total: usize,
}

/// Called by long fits after each step. Return [`ControlFlow::Break`] to cancel: the fit then ends with
/// [`ErrorKind::Cancelled`].
///
/// `&()` is the silent progress. Calls come from the thread that called `fit`, in order.
///
/// ```
/// use std::ops::ControlFlow;
/// use crm_ml_core::{Progress, Step};
///
/// struct StopAfterTen;
/// impl Progress for StopAfterTen {
///     fn step(&self, step: Step<'_>) -> ControlFlow<()> {
///         if step.done >= 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
///     }
/// }
/// ```
pub trait Progress: Sync {
    /// Hears of one step.
    fn step(&self, step: Step<'_>) -> ControlFlow<()>;
}

impl Progress for () {
    fn step(&self, _: Step<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Tells `progress` of a step; an error if the caller wants to stop.
pub fn advance(progress: &dyn Progress, task: &str, done: usize, total: usize) -> Result<()> {
    match progress.step(Step { task, done, total }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ErrorKind::Cancelled.into()),
    }
}
