//! The distances on offer.

use serde::{Deserialize, Serialize};

/// How far two rows are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Metric {
    /// The square root of the sum of squared differences.
    #[default]
    Euclidean,
    /// The sum of absolute differences.
    Manhattan,
    /// One minus the cosine of the angle between the rows, from 0 to 2.
    ///
    /// Found as half the squared Euclidean distance of the rows at unit length, so trees serve it exactly. A row of
    /// zeros has no direction: it is at 0 from other rows of zeros and at 1 from all else (scikit-learn: at 1 from
    /// both).
    Cosine,
    /// Gower's distance for mixed tables, from 0 to 1: the mean, over the columns known in both rows, of the
    /// difference as a share of the column's range (real columns) or of 0 for equal and 1 for different (category
    /// columns).
    ///
    /// Missing cells are left out of the mean; two rows that share no known column are at 1. A real column that is
    /// constant where the ranges were learned adds 0 for equal values and 1 for others; a value outside the range can
    /// add more than 1. Source: Gower, A general coefficient of similarity and some of its properties, 1971.
    Gower,
}
