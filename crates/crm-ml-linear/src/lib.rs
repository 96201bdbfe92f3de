#![doc = include_str!("../README.md")]

mod accelerated;
mod conjugate;
mod design;
mod factor;
mod ftrl;
mod glm;
mod gram;
mod inference;
mod lbfgs;
mod level;
mod logistic;
mod loss;
mod math;
mod multinomial;
mod newton;
mod path;
mod predictor;
mod proximal;
mod quadratic;
mod separation;
mod smooth;
mod solver;
mod terms;
#[cfg(test)]
mod tests;
mod tolerance;
mod working;

pub use ftrl::{FtrlSolver, FtrlState, FtrlTarget, ProgressiveLoss, ProgressivePoint};
pub use glm::{GlmFit, GlmSolver};
pub use inference::{GlmSummary, Inference};
pub use logistic::{LinearFit, LogisticSolver, Penalty, log_odds_to_probability};
pub use loss::Family;
pub use multinomial::softmax;
pub use path::{PathFit, PathSolver};
pub use predictor::LinearPredictor;
pub use solver::Solver;
pub use terms::{Term, Terms};
