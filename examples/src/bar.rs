//! Progress on a terminal.

use std::ops::ControlFlow;

use crm_ml::core::{Progress, Step};
use indicatif::{ProgressBar, ProgressStyle};

/// Shows the steps of a long fit as a bar on standard error; indicatif hides it where that is no terminal.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar that waits for its first step.
    pub fn new() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg:24} [{bar:30}] {pos}/{len}") {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Takes the bar off the screen.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Default for Bar {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress for Bar {
    fn step(&self, step: Step<'_>) -> ControlFlow<()> {
        self.bar.set_length(step.total as u64);
        self.bar.set_position(step.done as u64);
        if self.bar.message() != step.task {
            self.bar.set_message(step.task.to_owned());
        }
        ControlFlow::Continue(())
    }
}
