#![doc = include_str!("../README.md")]

mod contamination;

pub use contamination::Contamination;
