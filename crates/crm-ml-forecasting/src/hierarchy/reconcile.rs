//! Forecasts of all nodes that add up.

use ndarray::{Array1, Array2};

use crm_ml_core::{Error, Result};
use crm_ml_linalg::Cholesky;

use super::Hierarchy;

/// How forecasts are made to add up.
#[derive(Debug, Clone, PartialEq)]
pub enum Reconciliation<'a> {
    /// The leaves' forecasts are added up; the others are not looked at.
    BottomUp,
    /// The top's forecast is shared out: one share a leaf, in the order of [`Hierarchy::leaves`], summing to 1 in each tree
    /// ([`Hierarchy::average_proportions`]).
    TopDown(&'a [f64]),
    /// The top's forecast is shared out, at each node in proportion to its children's forecasts (equally where these sum to 0).
    ForecastProportions,
    /// The sums nearest to the forecasts, by least squares.
    Ols,
    /// As `Ols`, where a node of n leaves counts 1/n.
    WlsStruct,
    /// As `Ols`, weighted by the covariance of the errors of the fits, shrunk towards its diagonal (MinT): one row of errors a node, NaN
    /// where there is none; times at which any is missing do not count.
    MintShrink(&'a [Vec<f64>]),
}

impl Hierarchy {
    /// Forecasts that add up, one row a node, from forecasts that need not.
    ///
    /// The least squares ones solve `y - W C' (C W C')^-1 C y`, where C y is by how much each parent differs from its children.
    /// S. Wickramasuriya, G. Athanasopoulos, R. Hyndman, Optimal forecast reconciliation, JASA 114 (2019); shrinkage: J. Schaefer,
    /// K. Strimmer (2005). Time O(p^2 n) for p nodes with children of n in all.
    ///
    /// Errors: not one row a node, rows of unequal length, values that are not finite, shares that do not sum to 1, errors of
    /// fewer than two times or without any spread.
    pub fn reconcile(&self, forecasts: &[Vec<f64>], by: &Reconciliation<'_>) -> Result<Vec<Vec<f64>>> {
        self.check_nodes(forecasts.len())?;
        let steps = forecasts.first().map_or(0, Vec::len);
        for row in forecasts {
            if row.len() != steps {
                return Err(Error::length("steps of a node", steps, row.len()));
            }
            if row.iter().any(|value| !value.is_finite()) {
                return Err(Error::unsupported("a forecast that is not finite"));
            }
        }
        let mut values = forecasts.to_vec();
        match by {
            Reconciliation::BottomUp => {}
            Reconciliation::TopDown(shares) => self.share_out(&mut values, shares)?,
            Reconciliation::ForecastProportions => self.share_out_by_forecasts(&mut values),
            Reconciliation::Ols => self.project(&mut values, &self.diagonal(|_| 1.0))?,
            Reconciliation::WlsStruct => {
                let counts = self.leaf_counts();
                self.project(&mut values, &self.diagonal(|node| counts[node]))?;
            }
            Reconciliation::MintShrink(errors) => self.project(&mut values, &self.shrunk(errors)?)?,
        }
        // Exact to the last bit, whatever was rounded before.
        self.add_up(&mut values);
        if values.iter().flatten().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(Error::numerical("the sums leave the range of numbers"))
        }
    }

    fn share_out(&self, values: &mut [Vec<f64>], shares: &[f64]) -> Result<()> {
        let leaves = self.leaves();
        if shares.len() != leaves.len() {
            return Err(Error::length("shares", leaves.len(), shares.len()));
        }
        let mut totals = vec![0.0; values.len()];
        for (leaf, share) in leaves.iter().zip(shares) {
            totals[self.top(*leaf)] += share;
        }
        let mut tops = (0..values.len()).filter(|node| self.parents[*node].is_none());
        // Averages of shares sum to 1 but for rounding, and for times that are missing.
        if !tops.all(|top| (totals[top] - 1.0).abs() < 1e-6) {
            return Err(Error::unsupported("the shares of the leaves do not sum to 1"));
        }
        for (leaf, share) in leaves.into_iter().zip(shares) {
            values[leaf] = values[self.top(leaf)].iter().map(|value| value * share).collect();
        }
        Ok(())
    }

    fn share_out_by_forecasts(&self, values: &mut [Vec<f64>]) {
        for node in 0..values.len() {
            let children = &self.children[node];
            for step in 0..values[node].len() {
                let sum: f64 = children.iter().map(|child| values[*child][step]).sum();
                for child in children {
                    let share =
                        if sum == 0.0 { 1.0 / children.len() as f64 } else { values[*child][step] / sum };
                    values[*child][step] = values[node][step] * share;
                }
            }
        }
    }

    fn leaf_counts(&self) -> Vec<f64> {
        let mut counts = vec![1.0; self.names.len()];
        for node in (0..counts.len()).rev().filter(|node| !self.children[*node].is_empty()) {
            counts[node] = self.children[node].iter().map(|child| counts[*child]).sum();
        }
        counts
    }

    fn diagonal(&self, weight: impl Fn(usize) -> f64) -> Array2<f64> {
        Array2::from_diag(&Array1::from_shape_fn(self.names.len(), weight))
    }

    /// Moves forecasts to the nearest sums in the metric of the covariance `w`.
    fn project(&self, values: &mut [Vec<f64>], w: &Array2<f64>) -> Result<()> {
        let inner: Vec<usize> =
            (0..self.names.len()).filter(|node| !self.children[*node].is_empty()).collect();
        if inner.is_empty() {
            return Ok(());
        }
        // Rows of C W: each parent's row of W less those of its children.
        let mut cw = Array2::zeros((inner.len(), values.len()));
        for (row, &node) in inner.iter().enumerate() {
            let mut own = w.row(node).to_owned();
            self.children[node].iter().for_each(|child| own -= &w.row(*child));
            cw.row_mut(row).assign(&own);
        }
        let gap = |node: usize, row: &dyn Fn(usize) -> f64| {
            row(node) - self.children[node].iter().map(|child| row(*child)).sum::<f64>()
        };
        let cwc =
            Array2::from_shape_fn((inner.len(), inner.len()), |(i, j)| gap(inner[j], &|node| cw[[i, node]]));
        let factor = Cholesky::new(cwc.view())?;
        let steps = values.first().map_or(0, Vec::len);
        for step in 0..steps {
            let gaps: Vec<f64> = inner.iter().map(|node| gap(*node, &|at| values[at][step])).collect();
            let moves = factor.solve_vector(&gaps)?;
            for (node, row) in values.iter_mut().enumerate() {
                row[step] -= moves.iter().zip(cw.column(node)).map(|(by, w)| by * w).sum::<f64>();
            }
        }
        Ok(())
    }

    /// The covariance of errors around 0, shrunk towards its diagonal.
    fn shrunk(&self, errors: &[Vec<f64>]) -> Result<Array2<f64>> {
        self.check_nodes(errors.len())?;
        let length = errors.first().map_or(0, Vec::len);
        if let Some(row) = errors.iter().find(|row| row.len() != length) {
            return Err(Error::length("errors of a node", length, row.len()));
        }
        let times: Vec<usize> =
            (0..length).filter(|time| errors.iter().all(|row| row[*time].is_finite())).collect();
        let n = times.len() as f64;
        let scale: Vec<f64> = errors
            .iter()
            .map(|row| (times.iter().map(|time| row[*time] * row[*time]).sum::<f64>() / n).sqrt())
            .collect();
        if times.len() < 2 || scale.iter().any(|scale| !(*scale > 0.0 && scale.is_finite())) {
            return Err(Error::unsupported("errors of fewer than two times, or all 0, have no covariance"));
        }
        let p = errors.len();
        let mut correlation = Array2::eye(p);
        let (mut noise, mut signal) = (0.0, 0.0);
        for i in 0..p {
            for j in 0..i {
                let product = |time: &usize| errors[i][*time] / scale[i] * (errors[j][*time] / scale[j]);
                let sum: f64 = times.iter().map(product).sum();
                let squares: f64 = times.iter().map(|time| product(time).powi(2)).sum();
                correlation[[i, j]] = sum / n;
                correlation[[j, i]] = sum / n;
                noise += (squares - sum * sum / n) / (n * (n - 1.0));
                signal += (sum / n).powi(2);
            }
        }
        let lambda = if signal > 0.0 { (noise / signal).clamp(0.0, 1.0) } else { 1.0 };
        Ok(Array2::from_shape_fn((p, p), |(i, j)| {
            let shrunk = if i == j { 1.0 } else { (1.0 - lambda) * correlation[[i, j]] };
            shrunk * scale[i] * scale[j]
        }))
    }
}
