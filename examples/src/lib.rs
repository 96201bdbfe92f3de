//! Pieces the examples share.

mod bar;
pub mod text;

pub use bar::Bar;

/// What an example returns: the message is for the person at the terminal.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
