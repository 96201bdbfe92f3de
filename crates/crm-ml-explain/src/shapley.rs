//! Sampled Shapley values of any model, by raw field.

use crm_ml_core::{Check, Error, Result, Samples, Stream, parallel};
use ndarray::{Array1, Array2};

use crate::FieldAttributions;
use crate::fields::fields_of;

/// Shapley values by sampling orders of the fields, for models without attributions of their own.
///
/// For each row, `orders` times: draw a background row and an order of the fields, and move from the background to the row
/// one field at a time; what the margin moves is that field's share. Shares add up exactly to the margin minus the mean
/// margin of the background rows drawn (the row's base value); single shares carry sampling noise that falls with the
/// square root of `orders`.
///
/// Complexity: `orders * (fields + 1)` predictions a row. Source: E. Strumbelj, I. Kononenko, Explaining Prediction Models
/// and Individual Predictions with Feature Contributions, Knowledge and Information Systems 41, 2014.
///
/// ```
/// use crm_ml_core::Samples;
/// use crm_ml_explain::SampledShapley;
/// use ndarray::array;
///
/// let background = array![[0.0, 0.0], [2.0, 4.0]];
/// let x = array![[3.0, 1.0]];
/// let margin = |s: &Samples<'_>| Ok(s.dense().rows().into_iter().map(|r| 2.0 * r[0] - r[1]).collect());
/// let shares = SampledShapley::new(64).seed(1).explain(&Samples::new(&x)?, &Samples::new(&background)?, margin)?;
/// assert!((shares.base[0] + shares.values.row(0).sum() - 5.0).abs() < 1e-12);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampledShapley {
    orders: usize,
    seed: u64,
}

impl SampledShapley {
    /// `orders` draws a row, seed 0.
    pub fn new(orders: usize) -> Self {
        Self { orders, seed: 0 }
    }

    /// Seed of the draws.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Explains each row of `samples` against the rows of `background`, through `margin`, which gives one number a row.
    ///
    /// Errors: no orders, columns that differ between the two, another number of margins than rows, and those of `margin`.
    pub fn explain(
        &self,
        samples: &Samples<'_>,
        background: &Samples<'_>,
        margin: impl Fn(&Samples<'_>) -> Result<Vec<f64>> + Sync + Send,
    ) -> Result<FieldAttributions> {
        Check::of("SampledShapley").between("orders", self.orders, 1, 1_000_000).finish()?;
        background.schema().accepts(samples)?;
        let (fields, field_of) = fields_of(samples.schema());
        let rows = parallel::try_map(samples.n_rows(), |row| {
            let (steps, orders) = self.steps(row, samples, background, &field_of, fields.len());
            let margins = margin(&Samples::from_array(steps)?.with_schema(samples.schema())?)?;
            let expected = self.orders * (fields.len() + 1);
            if margins.len() != expected {
                return Err(Error::length("margins", expected, margins.len()));
            }
            Ok(shares(&margins, &orders, fields.len()))
        })?;
        let values = Array2::from_shape_fn((rows.len(), fields.len()), |(row, field)| rows[row].1[field]);
        let base = rows.iter().map(|(base, _)| *base).collect();
        Ok(FieldAttributions { fields, values, base, approximate: true })
    }

    /// All rows to predict for one row: for each order, the background row and then one field more at a time.
    fn steps(
        &self,
        row: usize,
        samples: &Samples<'_>,
        background: &Samples<'_>,
        field_of: &[usize],
        fields: usize,
    ) -> (Array2<f64>, Vec<Vec<usize>>) {
        let mut stream = Stream::new(self.seed, "sampled-shapley", row as u64);
        let mut steps = Array2::zeros((self.orders * (fields + 1), samples.n_columns()));
        let mut orders = Vec::with_capacity(self.orders);
        for i in 0..self.orders {
            let order = stream.permutation(fields);
            let mut mixed = Array1::from(background.row(stream.below(background.n_rows())).to_vec());
            steps.row_mut(i * (fields + 1)).assign(&mixed);
            for (step, &field) in order.iter().enumerate() {
                for column in (0..field_of.len()).filter(|&c| field_of[c] == field) {
                    mixed[column] = samples.row(row)[column];
                }
                steps.row_mut(i * (fields + 1) + step + 1).assign(&mixed);
            }
            orders.push(order);
        }
        (steps, orders)
    }
}

/// Base value and share of each field from the margins along the orders.
fn shares(margins: &[f64], orders: &[Vec<usize>], fields: usize) -> (f64, Vec<f64>) {
    let count = orders.len() as f64;
    let (mut base, mut shares) = (0.0, vec![0.0; fields]);
    for (path, order) in margins.chunks(fields + 1).zip(orders) {
        base += path[0] / count;
        for (step, &field) in order.iter().enumerate() {
            shares[field] += (path[step + 1] - path[step]) / count;
        }
    }
    (base, shares)
}
