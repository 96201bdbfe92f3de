//! What a row is while it is sorted: where its score stands, which class it has and what it weighs.

use std::fmt::Debug;

use crm_ml_core::sort::Keyed;

use crate::sum::Sum;

/// The weight of some rows of one class.
pub(super) trait Tally: Copy + Default + Debug + Send + Sync {
    fn with(self, other: Self) -> Self;
    fn value(self) -> f64;
}

impl Tally for u64 {
    fn with(self, other: Self) -> Self {
        self + other
    }

    fn value(self) -> f64 {
        self as f64
    }
}

impl Tally for Sum {
    fn with(self, other: Self) -> Self {
        self.merge(other)
    }

    fn value(self) -> f64 {
        Sum::value(self)
    }
}

/// A row, ordered by its score.
pub(super) trait Row: Keyed {
    type Tally: Tally;

    /// `offset` is the place of the score above that of the lowest one.
    fn new(offset: u64, positive: bool, weight: f64) -> Self;
    /// Equal for rows of one score.
    fn offset(self) -> u64;
    /// Weight as a positive row and as a negative one; one of them is 0.
    fn tallies(self) -> [Self::Tally; 2];
}

/// A row of weight 1: the class is the lowest bit.
impl Row for u64 {
    type Tally = u64;

    fn new(offset: u64, positive: bool, _: f64) -> Self {
        offset << 1 | u64::from(positive)
    }

    fn offset(self) -> u64 {
        self >> 1
    }

    fn tallies(self) -> [u64; 2] {
        [self & 1, !self & 1]
    }
}

/// A weighed row: negative rows carry their weight with a minus.
impl Row for (u64, f64) {
    type Tally = Sum;

    fn new(offset: u64, positive: bool, weight: f64) -> Self {
        (offset, if positive { weight } else { -weight })
    }

    fn offset(self) -> u64 {
        self.0
    }

    fn tallies(self) -> [Sum; 2] {
        [self.1.max(0.0), (-self.1).max(0.0)].map(Sum::from)
    }
}
