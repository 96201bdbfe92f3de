//! Why a row is odd: what every cut on its paths added to or took from their length.

use crm_ml_core::{Attributions, Result, Samples, parallel};
use ndarray::{Array2, Array3};

use super::average_path_length;
use super::model::IsolationForestModel;
use super::tree::{Cut, Side, Tree};
use super::walk::Paths;

/// Rows a piece of parallel work.
const ROWS: usize = 64;

impl IsolationForestModel {
    /// Splits the mean length of every row's paths into shares of the columns: rows x (columns + 1), the mean over the rows
    /// of the fit last; a row sums to its [`path_lengths`](Self::path_lengths). What is negative made the path shorter, and the row odd.
    ///
    /// Every cut on a path moves the length to be expected from that of its node to that of its branch (means over the rows of the
    /// fit), and the difference is the cut's column's. A sloped cut shares it among the columns that push the row to the side it
    /// went, in proportion to how far they push it from the node's medians. A column that is missing has no share.
    ///
    /// Time: rows x trees x depth.
    pub fn path_contributions(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        crm_ml_core::Model::schema(self).accepts(samples)?;
        let (trees, width) = (self.trees(), samples.n_columns() + 1);
        let base = self.expected_length();
        let mut shares = Array2::zeros((samples.n_rows(), width));
        if let Some(buffer) = shares.as_slice_mut() {
            parallel::fill_rows(buffer, width, ROWS, |first, piece| {
                let mut pushes = Vec::new();
                for (row, shares) in piece.chunks_exact_mut(width).enumerate() {
                    let row = samples.row(first + row);
                    for (tree, paths) in trees.iter().zip(self.walk().paths()) {
                        add(tree, paths, row, shares, &mut pushes);
                    }
                    shares.iter_mut().for_each(|share| *share /= trees.len() as f64);
                    shares[width - 1] = base;
                }
            });
        }
        Ok(shares)
    }

    /// The mean over the trees of the length that a path has in the mean over the rows of the fit.
    fn expected_length(&self) -> f64 {
        let paths = self.walk().paths();
        paths.iter().map(|paths| paths.lengths[0]).sum::<f64>() / paths.len() as f64
    }
}

/// Splits the anomaly score (the higher the odder): [`path_contributions`](IsolationForestModel::path_contributions), all
/// of a row times the slope of the line from the score of the expected length to the row's score. So signs turn round,
/// proportions stay, and the base is the score of a path of the expected length.
impl Attributions for IsolationForestModel {
    fn contributions(&self, samples: &Samples<'_>) -> Result<Array3<f64>> {
        let mut shares = self.path_contributions(samples)?;
        let columns = samples.n_columns();
        let average = average_path_length(self.max_samples());
        for mut row in shares.rows_mut() {
            let base = row[columns];
            let moved = row.iter().take(columns).sum::<f64>();
            let slope = slope(base, moved, average);
            row.iter_mut().take(columns).for_each(|share| *share *= slope);
            row[columns] = -self.score(base);
        }
        Ok(shares.insert_axis(ndarray::Axis(2)))
    }
}

/// `(2^-((base + moved) / average) - 2^-(base / average)) / moved`, also where nothing has moved.
fn slope(base: f64, moved: f64, average: f64) -> f64 {
    if average <= 0.0 {
        return 0.0;
    }
    let rate = std::f64::consts::LN_2 / average;
    let change = -moved * rate;
    let relative = if change.abs() < 1e-12 { 1.0 } else { change.exp_m1() / change };
    -rate * (-base / average).exp2() * relative
}

/// Adds what the cuts on a row's paths did.
fn add(tree: &Tree, paths: &Paths, row: &[f64], shares: &mut [f64], pushes: &mut Vec<f64>) {
    let mut waiting = Vec::new();
    let mut next = Some((0, 1.0));
    while let Some((mut node, mut weight)) = next {
        while let Some(cut) = &tree.nodes[node].cut {
            let left = paths.lefts[node] as usize;
            let branch = match tree.side(cut, row) {
                Side::Left => left,
                Side::Right => left + 1,
                Side::Both => {
                    // In the mean of both the length is as it was.
                    waiting.push((left + 1, weight * paths.rights[node]));
                    weight *= 1.0 - paths.rights[node];
                    node = left;
                    continue;
                }
            };
            let moved = weight * (paths.lengths[branch] - paths.lengths[node]);
            match cut {
                Cut::Threshold { column, .. } | Cut::Levels { column, .. } => {
                    shares[*column as usize] += moved
                }
                Cut::Sloped { terms, .. } => {
                    let terms = terms.of(&tree.terms);
                    let direction = if branch == left { -1.0 } else { 1.0 };
                    pushes.clear();
                    pushes.extend(terms.iter().map(|term| {
                        let push = direction * (tree.value(term, row) - term.middle);
                        if push.is_finite() { push.max(0.0) } else { f64::from(u8::from(push > 0.0)) }
                    }));
                    let total: f64 = pushes.iter().sum();
                    let even = 1.0 / terms.len() as f64;
                    for (term, push) in terms.iter().zip(pushes.iter()) {
                        let part = if total > 0.0 && total.is_finite() { push / total } else { even };
                        shares[term.column as usize] += moved * part;
                    }
                }
            }
            node = branch;
        }
        next = waiting.pop();
    }
}
