//! Losses and derivatives of all rows, in parallel over fixed pieces.

use crm_ml_core::{Error, ROW_CHUNK, Result, parallel};
use rayon::prelude::*;

use super::{At, Derivatives, Objective};

/// Derivatives of all rows, times their weights: an array an output. Kept from round to round.
pub(crate) struct Slopes {
    pub(crate) gradients: Vec<Vec<f64>>,
    pub(crate) hessians: Vec<Vec<f64>>,
    /// Whether every Hessian is just the weight of its row.
    pub(crate) constant_hessian: bool,
}

impl Slopes {
    pub(crate) fn new(rows: usize, outputs: usize) -> Self {
        let zeros = || vec![vec![0.0; rows]; outputs];
        Self { gradients: zeros(), hessians: zeros(), constant_hessian: false }
    }

    /// Asks the objective for the derivatives at `margins`. Errors: one that boosting cannot use, with its row.
    pub(crate) fn update(
        &mut self,
        objective: &dyn Objective,
        margins: &[Vec<f64>],
        weights: Option<&[f64]>,
    ) -> Result<()> {
        let rows = margins.first().map_or(0, Vec::len);
        let mut gradients = pieces(&mut self.gradients);
        let mut hessians = pieces(&mut self.hessians);
        let places = parallel::chunks(rows, ROW_CHUNK).collect::<Vec<_>>();
        let of_piece = |((rows, gradients), hessians): ((_, &mut Vec<&mut [f64]>), &mut Vec<&mut [f64]>)| {
            let at = At { rows, margins };
            let mut into = Derivatives {
                gradients: std::mem::take(gradients),
                hessians: std::mem::take(hessians),
                has_hessians: false,
            };
            objective.derivatives(&at, &mut into);
            weigh(&mut into, weights.map(|w| &w[at.rows()]));
            (into.has_hessians, first_unusable(&into, at.rows().start))
        };
        let found: Vec<(bool, Option<Error>)> =
            places.into_par_iter().zip(&mut gradients).zip(&mut hessians).map(of_piece).collect();
        self.constant_hessian = found.iter().all(|(has_hessians, _)| !has_hessians);
        found.into_iter().find_map(|(_, error)| error).map_or(Ok(()), Err)
    }
}

/// The arrays of all outputs cut into pieces of rows.
fn pieces(arrays: &mut [Vec<f64>]) -> Vec<Vec<&mut [f64]>> {
    let rows = arrays.first().map_or(0, Vec::len);
    let outputs = arrays.len();
    let mut pieces: Vec<Vec<&mut [f64]>> =
        (0..rows.div_ceil(ROW_CHUNK)).map(|_| Vec::with_capacity(outputs)).collect();
    for array in arrays {
        pieces.iter_mut().zip(array.chunks_mut(ROW_CHUNK)).for_each(|(piece, part)| piece.push(part));
    }
    pieces
}

fn weigh(into: &mut Derivatives<'_>, weights: Option<&[f64]>) {
    if !into.has_hessians {
        into.hessians.iter_mut().for_each(|hessians| hessians.fill(1.0));
    }
    let Some(weights) = weights else { return };
    for values in into.gradients.iter_mut().chain(&mut into.hessians) {
        values.iter_mut().zip(weights).for_each(|(value, weight)| *value *= weight);
    }
}

fn first_unusable(into: &Derivatives<'_>, first: usize) -> Option<Error> {
    for (output, (gradients, hessians)) in into.gradients.iter().zip(&into.hessians).enumerate() {
        let usable = |g: f64, h: f64| g.is_finite() & (0.0..=f64::MAX).contains(&h);
        // Without a way out of the loop it is done several rows at once.
        if gradients.iter().zip(hessians.iter()).fold(true, |all, (g, h)| all & usable(*g, *h)) {
            continue;
        }
        let of_row = gradients.iter().zip(hessians.iter()).enumerate();
        for (row, (g, h)) in of_row {
            if !usable(*g, *h) {
                let (what, value) = if g.is_finite() { ("second derivative", h) } else { ("gradient", g) };
                return Some(Error::numerical(format!(
                    "row {}: the objective's {what} for output {output} (times the weight) is {value}",
                    first + row
                )));
            }
        }
    }
    None
}

/// Weighted mean loss at `margins`. Errors: it is not finite.
pub(crate) fn loss(objective: &dyn Objective, margins: &[Vec<f64>], weights: Option<&[f64]>) -> Result<f64> {
    let of_piece = |rows: std::ops::Range<usize>| {
        let mut losses = vec![0.0; rows.len()];
        let weights = weights.map(|w| &w[rows.clone()]);
        objective.losses(&At { rows, margins }, &mut losses);
        match weights {
            None => (losses.iter().sum::<f64>(), losses.len() as f64),
            Some(weights) => {
                (losses.iter().zip(weights).map(|(loss, w)| loss * w).sum(), weights.iter().sum::<f64>())
            }
        }
    };
    let add = |a: (f64, f64), b: (f64, f64)| (a.0 + b.0, a.1 + b.1);
    let rows = margins.first().map_or(0, Vec::len);
    let (sum, total) = parallel::reduce_rows(rows, ROW_CHUNK, of_piece, add).unwrap_or((0.0, 1.0));
    let mean = sum / total;
    if mean.is_finite() { Ok(mean) } else { Err(Error::numerical(format!("the mean loss is {mean}"))) }
}
