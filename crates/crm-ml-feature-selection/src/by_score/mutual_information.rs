//! Mutual information of single columns and what is to be predicted, in nats.

use crm_ml_core::{Check, Error, Labeled, Result, Samples, Targeted, parallel};

use crate::ColumnScore;
use crate::information::Values;

const NAME: &str = "mutual_information";

/// Mutual information of each column and the classes: 0 for independent ones, larger the more a column tells in any way.
///
/// Category columns by their shared table of counts, real ones by distances to the `n_neighbors` nearest values of the
/// same class (Ross 2014). Equal to scikit-learn's `mutual_info_classif`, but that nothing random is added to the values:
/// tied values count as they are. O(n log n) a column. Errors: `n_neighbors` of 0, missing real values, weights that are
/// not 1 (a distance to a neighbour has no weighted form).
pub fn mutual_information(data: &Labeled<'_>, n_neighbors: usize) -> Result<Vec<ColumnScore>> {
    scores(data.samples(), &Values::Codes(data.codes().to_vec()), n_neighbors)
}

/// Mutual information of each column and a real target.
///
/// Real columns by distances in the plane of both (Kraskov, Stögbauer and Grassberger 2004), category columns by
/// distances of targets within levels (Ross 2014). Equal to scikit-learn's `mutual_info_regression`, but that nothing random is added
/// to the values. O(n^1.5) a column at worst. Errors: as [`mutual_information`].
pub fn mutual_information_of_target(data: &Targeted<'_>, n_neighbors: usize) -> Result<Vec<ColumnScore>> {
    scores(data.samples(), &Values::Numbers(data.target().to_vec()), n_neighbors)
}

fn scores(samples: &Samples<'_>, target: &Values, n_neighbors: usize) -> Result<Vec<ColumnScore>> {
    Check::of(NAME).at_least("n_neighbors", n_neighbors, 1).finish()?;
    require_neighbors(NAME, samples)?;
    Ok(parallel::map(samples.n_columns(), |column| ColumnScore {
        score: Values::of(samples, column).information(target, n_neighbors, None),
        p_value: None,
    }))
}

/// Refuses what has no neighbours: missing real values and weights.
pub(crate) fn require_neighbors(name: &str, samples: &Samples<'_>) -> Result<()> {
    if samples.first_missing().is_some() {
        let real = |column: &usize| samples.schema().columns()[*column].levels().is_none();
        let columns: Vec<usize> = (0..samples.n_columns()).filter(real).collect();
        if !columns.is_empty() {
            samples.select_columns(&columns).require_complete(name)?;
        }
    }
    if samples.weights().is_some_and(|weights| weights.iter().any(|w| *w != 1.0)) {
        return Err(Error::unsupported(format!("{name} takes no weights: neighbours have no weighted form")));
    }
    Ok(())
}
