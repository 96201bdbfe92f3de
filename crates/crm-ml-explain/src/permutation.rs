//! Permutation importance.

use crm_ml_core::{Check, Result, Samples, Stream, parallel};
use ndarray::Array2;

use crate::fields::fields_of;

/// How much a score suffers when a raw field is shuffled.
#[derive(Debug, Clone, PartialEq)]
pub struct PermutationImportance {
    /// The raw fields.
    pub fields: Vec<String>,
    /// Fields x repeats: score on the data as it is minus score with the field shuffled.
    pub drops: Array2<f64>,
    /// Score on the data as it is.
    pub score: f64,
}

impl PermutationImportance {
    /// Mean drop of each field.
    pub fn means(&self) -> Vec<f64> {
        self.drops.rows().into_iter().map(|r| r.mean().unwrap_or(f64::NAN)).collect()
    }

    /// Standard deviation of each field's drops (n, as in scikit-learn).
    pub fn deviations(&self) -> Vec<f64> {
        self.drops.rows().into_iter().map(|r| r.std(0.0)).collect()
    }
}

/// Shuffles each raw field (all columns made from it together) and sees how far `score` falls.
///
/// `score` is given the samples with one field shuffled and returns a number of which more is better; it must not depend
/// on anything else. Complexity: `fields * repeats` calls, in parallel, each on a copy of the data.
/// Source: L. Breiman, Random Forests, Machine Learning 45, 2001.
///
/// Errors: no repeats, and those of `score`.
///
/// ```
/// use crm_ml_core::Samples;
/// use crm_ml_explain::permutation_importance;
/// use ndarray::array;
///
/// let x = array![[1.0, 5.0], [2.0, 5.0], [3.0, 5.0], [4.0, 5.0]];
/// let target = [1.0, 2.0, 3.0, 4.0];
/// let score = |s: &Samples<'_>| Ok(-s.dense().column(0).iter().zip(target).map(|(a, b)| (a - b).abs()).sum::<f64>());
/// let found = permutation_importance(&Samples::new(&x)?, 5, 7, score)?;
/// assert!(found.means()[0] > 0.0);
/// assert_eq!(found.means()[1], 0.0);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn permutation_importance(
    samples: &Samples<'_>,
    repeats: usize,
    seed: u64,
    score: impl Fn(&Samples<'_>) -> Result<f64> + Sync + Send,
) -> Result<PermutationImportance> {
    Check::of("permutation_importance").between("repeats", repeats, 1, 10_000).finish()?;
    let (fields, field_of) = fields_of(samples.schema());
    let full = score(samples)?;
    let drops = parallel::try_map(fields.len() * repeats, |i| {
        let field = i / repeats;
        let order = Stream::new(seed, "permutation-importance", i as u64).permutation(samples.n_rows());
        let mut x = samples.dense().to_owned();
        for column in (0..field_of.len()).filter(|&c| field_of[c] == field) {
            for (row, &from) in order.iter().enumerate() {
                x[[row, column]] = samples.row(from)[column];
            }
        }
        Ok(full - score(&samples.with_features(x, samples.schema())?)?)
    })?;
    let drops =
        Array2::from_shape_fn((fields.len(), repeats), |(field, repeat)| drops[field * repeats + repeat]);
    Ok(PermutationImportance { fields, drops, score: full })
}
