//! Several seasons split off by turns.

use serde::{Deserialize, Serialize};

use crate::stl::Stl;

/// A season and the window it is smoothed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Season {
    pub(super) length: usize,
    pub(super) window: usize,
}

/// The parts of a series with several seasons, which add up to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MultipleDecomposition {
    /// One a value.
    pub trend: Vec<f64>,
    /// The lengths of the seasons, ascending, and one value of each a value of the series.
    pub seasonal: Vec<(usize, Vec<f64>)>,
    /// One a value.
    pub remainder: Vec<f64>,
}

/// Splits values: STL for one season after another, each on what the others leave, `rounds` times.
pub(super) fn decompose(
    values: &[f64],
    seasons: &[Season],
    rounds: usize,
    robust: bool,
) -> MultipleDecomposition {
    let mut parts: Vec<Vec<f64>> = vec![vec![0.0; values.len()]; seasons.len()];
    let mut left = values.to_vec();
    let mut trend = vec![0.0; values.len()];
    let rounds = if seasons.len() == 1 { 1 } else { rounds };
    for _ in 0..rounds {
        for (season, part) in seasons.iter().zip(&mut parts) {
            left.iter_mut().zip(part.iter()).for_each(|(left, part)| *left += part);
            let stl = Stl::new(season.length).seasonal(season.window).degrees(0, 1, 1).robust(robust);
            let found = stl.split(&left);
            *part = found.seasonal;
            trend = found.trend;
            left.iter_mut().zip(part.iter()).for_each(|(left, part)| *left -= part);
        }
    }
    let remainder = left.iter().zip(&trend).map(|(left, trend)| left - trend).collect();
    let seasonal = seasons.iter().map(|season| season.length).zip(parts).collect();
    MultipleDecomposition { trend, seasonal, remainder }
}

impl MultipleDecomposition {
    /// The series without its seasons.
    pub fn adjusted(&self) -> Vec<f64> {
        self.trend.iter().zip(&self.remainder).map(|(trend, remainder)| trend + remainder).collect()
    }

    /// The sum of the seasons.
    pub(super) fn season(&self, step: usize) -> f64 {
        self.seasonal.iter().map(|(_, part)| part[step]).sum()
    }

    /// The last values of each season, the next step's first.
    pub(super) fn last_seasons(&self) -> Vec<Vec<f64>> {
        self.seasonal
            .iter()
            .map(|(length, part)| part[part.len().saturating_sub(*length)..].to_vec())
            .collect()
    }
}
