//! Every value, for quantiles.

use crm_ml_core::Column;
use serde::{Deserialize, Serialize};

use super::Statistic;
use crate::exact::{Moments, Sums};
use crate::stats::{Observed, selected};

/// All values that are there, in any order: what exact quantiles of a stream take.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Values {
    /// As they came, so that merging moves no value.
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Piece {
    values: Vec<f64>,
    /// `None` where all count 1.
    weights: Option<Vec<f64>>,
}

impl Values {
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.iter().all(|piece| piece.values.is_empty())
    }

    /// As [`Observed::quantiles`].
    pub(crate) fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [f64; N] {
        if self.pieces.iter().all(|piece| piece.weights.is_none()) {
            let pieces: Vec<&[f64]> = self.pieces.iter().map(|piece| piece.values.as_slice()).collect();
            return selected(&pieces, shares);
        }
        let (values, weights): (Vec<f64>, Vec<f64>) = self.rows().unzip();
        Observed::new(&values, Some(&weights)).quantiles(shares)
    }

    fn rows(&self) -> impl Iterator<Item = (f64, f64)> {
        self.pieces.iter().flat_map(|piece| {
            let weight = |i: usize| piece.weights.as_ref().map_or(1.0, |w| w[i]);
            piece.values.iter().enumerate().map(move |(i, v)| (*v, weight(i)))
        })
    }

    fn sorted(&self) -> Vec<(u64, u64)> {
        let mut all: Vec<(u64, u64)> = self.rows().map(|(v, w)| (v.to_bits(), w.to_bits())).collect();
        all.sort_unstable();
        all
    }
}

/// Equal as sets.
impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.sorted() == other.sorted()
    }
}

impl Statistic for Values {
    type Work = Piece;

    fn begin(&self) -> Piece {
        Piece::default()
    }

    fn see(work: &mut Piece, cells: &[f64], weights: Option<&[f64]>) {
        match weights {
            None => work.values.extend(cells.iter().filter(|v| !v.is_nan())),
            Some(given) => {
                let weights = work.weights.get_or_insert_with(Vec::new);
                for (cell, weight) in cells.iter().zip(given).filter(|(v, _)| !v.is_nan()) {
                    work.values.push(*cell);
                    weights.push(*weight);
                }
            }
        }
    }

    fn absorb(&mut self, work: Piece) {
        if !work.values.is_empty() {
            self.pieces.push(work);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.pieces.extend(other.pieces.iter().cloned());
    }

    fn take(&mut self, other: Self) {
        self.pieces.extend(other.pieces);
    }

    fn is_sound(&self, _: &Column) -> bool {
        self.pieces.iter().all(|piece| {
            let weights_sound = piece.weights.as_ref().is_none_or(|weights| {
                weights.len() == piece.values.len() && weights.iter().all(|w| w.is_finite() && *w > 0.0)
            });
            weights_sound && piece.values.iter().all(|v| v.is_finite())
        })
    }
}

impl Statistic for Moments {
    /// The sums of the cells at hand, joined before a bin could overflow.
    type Work = Sums;

    fn begin(&self) -> Sums {
        Sums::new(true)
    }

    fn see(work: &mut Sums, cells: &[f64], weights: Option<&[f64]>) {
        work.add(cells, weights);
    }

    fn absorb(&mut self, work: Sums) {
        self.absorb(&work);
    }

    fn merge(&mut self, other: &Self) {
        self.merge(other);
    }

    fn is_sound(&self, _: &Column) -> bool {
        self.is_sound()
    }
}

// A piece never overflows a bin.
const _: () = assert!(super::PIECE <= Sums::MOST);
