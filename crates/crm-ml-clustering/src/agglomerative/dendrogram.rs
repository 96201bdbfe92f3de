//! The tree of merges.

use crm_ml_core::{Error, Result};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::chain::Join;
use super::svg;
use crate::forest::Forest;

/// Two clusters that become one. Below the number of rows a part is a row; `n_rows + i` is what merge `i` made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    /// The parts, the lower number first.
    pub parts: [u32; 2],
    /// How far they are apart.
    pub height: f64,
    /// Rows of both.
    pub size: u32,
}

/// All merges of an agglomerative clustering, lowest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dendrogram {
    rows: u32,
    merges: Vec<Merge>,
}

impl Dendrogram {
    pub(super) fn new(mut joins: Vec<Join>, rows: usize) -> Self {
        // Stable: of equal heights the order of the chain is kept.
        joins.sort_by(|a, b| a.height.total_cmp(&b.height));
        let mut forest = Forest::new(rows);
        let mut parts: Vec<u32> = (0..rows as u32).collect();
        let mut merges = Vec::with_capacity(joins.len());
        for (next, join) in (rows as u32..).zip(joins) {
            let [a, b] = join.rows.map(|row| parts[forest.find(row) as usize]);
            forest.unite(join.rows[0], join.rows[1]);
            let root = forest.find(join.rows[0]);
            parts[root as usize] = next;
            merges.push(Merge { parts: [a.min(b), a.max(b)], height: join.height, size: forest.size(root) });
        }
        Self { rows: rows as u32, merges }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.rows as usize
    }

    /// The merges, lowest first; one fewer than rows.
    pub fn merges(&self) -> &[Merge] {
        &self.merges
    }

    /// SciPy's linkage table, merges x 4: the two parts, the height, the rows of both.
    pub fn linkage_table(&self) -> Array2<f64> {
        Array2::from_shape_fn((self.merges.len(), 4), |(row, column)| {
            let merge = &self.merges[row];
            match column {
                2 => merge.height,
                3 => f64::from(merge.size),
                part => f64::from(merge.parts[part]),
            }
        })
    }

    /// The cluster of every row after a cut into so many (all rows where there are fewer), numbered by their first row.
    pub fn cut(&self, n_clusters: usize) -> Vec<i32> {
        self.labels(self.n_rows().saturating_sub(n_clusters.max(1)))
    }

    /// The cluster of every row where nothing at this height or above is joined.
    pub fn cut_at(&self, height: f64) -> Vec<i32> {
        self.labels(self.merges.partition_point(|merge| merge.height < height))
    }

    /// Labels after the first `done` merges.
    fn labels(&self, done: usize) -> Vec<i32> {
        let mut roots: Vec<u32> = (0..self.rows + done as u32).collect();
        for (number, merge) in self.merges.iter().enumerate().take(done).rev() {
            let own = roots[self.n_rows() + number];
            merge.parts.iter().for_each(|part| roots[*part as usize] = own);
        }
        let mut names = vec![-1; roots.len()];
        let mut next = 0;
        let mut name = |root: u32| {
            let name = &mut names[root as usize];
            if *name < 0 {
                *name = next;
                next += 1;
            }
            *name
        };
        roots[..self.n_rows()].iter().map(|root| name(*root)).collect()
    }

    /// A drawing of the highest merges, as SVG: at most `max_leaves` leaves, each a row or a cluster with its number of rows;
    /// `n_clusters` colours. `names` are those of the rows; without them rows show their positions.
    pub fn svg(&self, max_leaves: usize, n_clusters: usize, names: Option<&[String]>) -> String {
        svg::draw(self, max_leaves.max(1), n_clusters, names)
    }

    pub(super) fn validate(&self) -> Result<()> {
        let rows = self.n_rows();
        let mut sizes = vec![1u32; rows];
        let mut used = vec![false; rows + self.merges.len()];
        let mut last = f64::NEG_INFINITY;
        if rows == 0 || self.merges.len() + 1 != rows {
            return Err(Error::model_file("a dendrogram of another number of merges"));
        }
        for (number, merge) in self.merges.iter().enumerate() {
            let [a, b] = merge.parts.map(|part| part as usize);
            let known = a < b && b < rows + number && !used[a] && !used[b];
            if !known || !merge.height.is_finite() || merge.height < last || merge.height < 0.0 {
                return Err(Error::model_file("a merge out of place"));
            }
            (used[a], used[b], last) = (true, true, merge.height);
            let size = sizes[a].checked_add(sizes[b]);
            if size != Some(merge.size) {
                return Err(Error::model_file("a merge of another number of rows"));
            }
            sizes.push(merge.size);
        }
        Ok(())
    }
}
