//! The columns of the regression.

use std::f64::consts::TAU;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crm_ml_core::Samples;

use super::{Season, Trend, TrendRegression};

/// Which columns there are, so that past and future have the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Design {
    pub(super) trend: Trend,
    pub(super) seasons: Vec<Season>,
    /// Values of the fit: time is measured in them.
    pub(super) length: usize,
    /// Steps at which the trend may bend.
    pub(super) bends: Vec<f64>,
    pub(super) regressors: usize,
}

impl Design {
    pub(super) fn new(of: &TrendRegression, length: usize, regressors: usize) -> Self {
        let bends = match of.trend {
            Trend::Piecewise { changepoints, range } => {
                let last = range * (length - 1) as f64;
                // More places than values would be the same place twice.
                let places = changepoints.min(last as usize);
                (1..=places).map(|i| (last * i as f64 / places as f64).floor()).collect()
            }
            Trend::Flat | Trend::Linear => Vec::new(),
        };
        Self { trend: of.trend, seasons: of.seasons.clone(), length, bends, regressors }
    }

    /// Columns that are not penalised: level, slope, waves, regressors.
    pub(super) fn free(&self) -> usize {
        let waves: usize = self.seasons.iter().map(Season::columns).sum();
        1 + usize::from(self.trend != Trend::Flat) + waves + self.regressors
    }

    pub(super) fn width(&self) -> usize {
        self.free() + self.bends.len()
    }

    /// The rows of these steps: free columns, then bends.
    pub(super) fn rows(
        &self,
        steps: &[usize],
        known: Option<&Samples<'_>>,
        first_known: usize,
    ) -> Array2<f64> {
        let mut rows = Array2::zeros((steps.len(), self.width()));
        for (mut row, &step) in rows.rows_mut().into_iter().zip(steps) {
            let time = step as f64;
            let mut cells = vec![1.0];
            if self.trend != Trend::Flat {
                cells.push(time / self.length as f64);
            }
            for season in &self.seasons {
                season.push(time, &mut cells);
            }
            if let Some(known) = known {
                cells.extend_from_slice(known.row(step - first_known));
            }
            cells.extend(self.bends.iter().map(|bend| (time - bend).max(0.0) / self.length as f64));
            row.iter_mut().zip(cells).for_each(|(cell, value)| *cell = value);
        }
        rows
    }
}

impl Season {
    /// At half the period the sine is 0 wherever there is a value.
    fn has_sine(&self, wave: usize) -> bool {
        2.0 * wave as f64 != self.period
    }

    /// Waves faster than two values a turn are slower ones in disguise.
    fn waves(&self) -> impl Iterator<Item = usize> {
        let fastest = (self.period / 2.0).floor() as usize;
        1..=self.order.min(fastest)
    }

    fn columns(&self) -> usize {
        self.waves().map(|wave| 1 + usize::from(self.has_sine(wave))).sum()
    }

    fn push(&self, time: f64, cells: &mut Vec<f64>) {
        for wave in self.waves() {
            // The part of a turn alone: angles of thousands of turns lose digits.
            let angle = TAU * (time * wave as f64 / self.period).fract();
            cells.push(angle.cos());
            if self.has_sine(wave) {
                cells.push(angle.sin());
            }
        }
    }
}
