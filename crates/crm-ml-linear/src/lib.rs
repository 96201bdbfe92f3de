#![doc = include_str!("../README.md")]

mod binary;
mod conjugate;
mod design;
mod logistic;
mod multinomial;
mod newton;
mod ridge;
#[cfg(test)]
mod tests;

pub use logistic::{LinearFit, LogisticSolver, Penalty, log_odds_to_probability};
pub use multinomial::softmax;
pub use ridge::{RidgeFit, RidgeSolver};
