//! Mutual information of two columns, in nats.

mod bins;
mod neighbors;
mod table;

use crm_ml_core::Samples;

/// A column as information sees it.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    /// What has no order.
    Codes(Vec<u32>),
    /// What has distances.
    Numbers(Vec<f64>),
}

impl Values {
    /// A column of features. Missing and unseen categories are levels of their own.
    pub(crate) fn of(samples: &Samples<'_>, column: usize) -> Self {
        let cells = samples.dense();
        let cells = cells.column(column);
        if samples.schema().columns()[column].levels().is_none() {
            return Self::Numbers(cells.to_vec());
        }
        let code = |cell: &f64| if cell.is_nan() { 0 } else { (*cell + 2.0) as u32 };
        Self::Codes(cells.iter().map(code).collect())
    }

    /// Numbers cut into at most `bins` parts of equal weight, missing ones in a part of their own; codes as they are.
    pub(crate) fn binned(self, weights: Option<&[f64]>, bins: usize) -> Self {
        match self {
            Self::Numbers(numbers) => Self::Codes(bins::of_equal_weight(&numbers, weights, bins)),
            codes => codes,
        }
    }

    /// Mutual information with another column, at least 0: codes by their table of weights, numbers (which know no weights) by
    /// distances to their `n_neighbors` nearest.
    pub(crate) fn information(&self, other: &Self, n_neighbors: usize, weights: Option<&[f64]>) -> f64 {
        let found = match (self, other) {
            (Self::Codes(a), Self::Codes(b)) => table::of_codes(a, b, weights),
            (Self::Numbers(numbers), Self::Codes(codes)) | (Self::Codes(codes), Self::Numbers(numbers)) => {
                neighbors::of_numbers_and_codes(numbers, codes, n_neighbors)
            }
            (Self::Numbers(a), Self::Numbers(b)) => neighbors::of_numbers(a, b, n_neighbors),
        };
        // An estimate of something that is at least 0 may fall below it.
        found.max(0.0)
    }
}
