//! Possible futures that add up.

use ndarray::Array2;

use crm_ml_core::{Error, Forecast, Horizon, Result};

use super::{Hierarchy, Reconciliation};
use crate::paths::path_intervals;
use crate::{Recursion, joint_sample_paths};

impl Hierarchy {
    /// Sample paths that add up, one array a node, from paths that need not: each path is reconciled as a forecast is.
    ///
    /// Paths of all nodes must be drawn together, as [`joint_sample_paths`] does: the first path of one node belongs to the first of
    /// every other. A. Panagiotelis et al., Probabilistic forecast reconciliation, European Journal of Operational Research 306 (2023).
    ///
    /// Errors: arrays of unequal shape, those of [`reconcile`](Self::reconcile).
    pub fn reconcile_paths(
        &self,
        paths: &[Array2<f64>],
        by: &Reconciliation<'_>,
    ) -> Result<Vec<Array2<f64>>> {
        let shape = paths.first().ok_or_else(|| Error::empty("paths"))?.dim();
        if let Some(other) = paths.iter().find(|other| other.dim() != shape) {
            return Err(Error::length("values of paths", shape.0 * shape.1, other.len()));
        }
        let rows: Vec<Vec<f64>> = paths.iter().map(|paths| paths.iter().copied().collect()).collect();
        let made = |row: Vec<f64>| {
            Array2::from_shape_vec(shape, row).map_err(|error| Error::numerical(error.to_string()))
        };
        self.reconcile(&rows, by)?.into_iter().map(made).collect()
    }

    /// Forecasts of all nodes that add up, with intervals of futures that add up.
    ///
    /// Takes one fitted model a node, in the order of [`names`](Self::names). Means are reconciled forecasts. Bounds are quantiles of
    /// `n_paths` reconciled sample paths, which draw the errors of the fits at the same times for all nodes: what moved regions together
    /// in the past does so in the paths, so that the bounds of a sum are those of the sum of paths (and not the sums of bounds, which
    /// would be too wide). [`Bootstrap`](crate::Bootstrap) tells of the paths.
    ///
    /// Errors: not one model a node, fits of unequal length, those of [`joint_sample_paths`] and [`reconcile`](Self::reconcile).
    /// Memory for all paths of all nodes.
    ///
    /// ```
    /// use crm_ml_core::{Forecaster, Horizon, Series};
    /// use crm_ml_forecasting::{Hierarchy, Naive, Reconciliation};
    ///
    /// let company = Hierarchy::from_parents(&[("all", None), ("north", Some("all")), ("south", Some("all"))])?;
    /// // What one region wins the other loses.
    /// let north: Vec<f64> = (0..40).map(|t| 50.0 + f64::from(t * 7 % 5)).collect();
    /// let south: Vec<f64> = north.iter().map(|value| 100.0 - value).collect();
    /// let all = company.aggregate(&[Series::new(&north)?.named("north"), Series::new(&south)?.named("south")])?;
    /// let models = all.iter().map(|series| Naive::new().fit(series)).collect::<Result<Vec<_>, _>>()?;
    /// let horizon = Horizon::new(3)?.with_levels(&[80.0])?;
    /// let forecasts = company.forecast(&models, &horizon, &Reconciliation::BottomUp, 1000, 1)?;
    /// let width = |node: usize| forecasts[node].intervals[0].upper[2] - forecasts[node].intervals[0].lower[2];
    /// assert!(width(0) < 1e-9 && width(1) > 3.0);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    pub fn forecast<M: Recursion>(
        &self,
        models: &[M],
        horizon: &Horizon<'_>,
        by: &Reconciliation<'_>,
        n_paths: usize,
        seed: u64,
    ) -> Result<Vec<Forecast>> {
        self.check_nodes(models.len())?;
        let points = horizon.clone().with_levels(&[])?;
        let means =
            models.iter().map(|model| Ok(model.forecast(&points)?.mean)).collect::<Result<Vec<_>>>()?;
        let means = self.reconcile(&means, by)?;
        if horizon.levels().is_empty() {
            return Ok(means.into_iter().map(|mean| Forecast { mean, intervals: Vec::new() }).collect());
        }
        let paths = self.reconcile_paths(&joint_sample_paths(models, horizon, n_paths, seed)?, by)?;
        means
            .into_iter()
            .zip(&paths)
            .map(|(mean, paths)| path_intervals(mean, horizon, paths.view()))
            .collect()
    }
}
