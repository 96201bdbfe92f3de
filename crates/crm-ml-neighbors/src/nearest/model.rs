//! The fitted search.

use std::borrow::Cow;

use crm_ml_core::{Check, Error, ErrorKind, Model, Persist, Result, Samples, Schema, parallel};
use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::results::{Neighbors, NeighborsWithin};
use super::search::{NONE, Search};
use super::{NAME, SearchAlgorithm};
use crate::kd_tree::Best;
use crate::{KdTree, Kernel, Scan, Space};

/// Queries a piece.
const QUERIES: usize = 64;

/// Beyond this many coordinates the boxes of a tree hardly ever rule a leaf out.
const TREE_WIDTH: usize = 64;

/// Rows kept by [`NearestNeighbors`](crate::NearestNeighbors), ready to be searched.
///
/// Its file holds the rows; the tree is built anew on loading.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct NearestNeighborsModel {
    stored: Stored,
    tree: Option<KdTree>,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stored {
    schema: Schema,
    algorithm: SearchAlgorithm,
    space: Space,
    coordinates: Vec<f64>,
}

impl PartialEq for NearestNeighborsModel {
    fn eq(&self, other: &Self) -> bool {
        let bits = |stored: &Stored| stored.coordinates.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        let (ours, theirs) = (&self.stored, &other.stored);
        ours.schema == theirs.schema
            && ours.algorithm == theirs.algorithm
            && ours.space == theirs.space
            && bits(ours) == bits(theirs)
    }
}

impl From<NearestNeighborsModel> for Stored {
    fn from(model: NearestNeighborsModel) -> Self {
        model.stored
    }
}

impl TryFrom<Stored> for NearestNeighborsModel {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        stored.validate()?;
        Self::new(stored.schema, stored.algorithm, stored.space, stored.coordinates)
    }
}

impl Stored {
    fn validate(&self) -> Result<()> {
        if self.schema.width() != self.space.n_columns() {
            return Err(Error::model_file("rows of another width than the schema"));
        }
        self.space.validate()?;
        let kernel = self.space.kernel();
        let width = self.space.n_coordinates();
        let whole = !self.coordinates.is_empty() && self.coordinates.len() % width == 0;
        let gower = matches!(kernel, Kernel::Gower(_));
        let numbers = self.coordinates.iter().all(|v| v.is_finite() || (gower && v.is_nan()));
        let searchable = !(gower && self.algorithm == SearchAlgorithm::KdTree);
        if whole && numbers && searchable {
            Ok(())
        } else {
            Err(Error::model_file("rows that do not fit their metric"))
        }
    }
}

impl NearestNeighborsModel {
    pub(super) fn new(
        schema: Schema,
        algorithm: SearchAlgorithm,
        space: Space,
        coordinates: Vec<f64>,
    ) -> Result<Self> {
        let width = space.n_coordinates();
        let tree = match (space.kernel(), algorithm) {
            (Kernel::Gower(_), _) | (_, SearchAlgorithm::Brute) => None,
            (Kernel::Sum(_), SearchAlgorithm::Auto) if width > TREE_WIDTH => None,
            (Kernel::Sum(norm), _) => Some(KdTree::new(&coordinates, width, norm)?),
        };
        Ok(Self { stored: Stored { schema, algorithm, space, coordinates }, tree })
    }

    /// Number of fitted rows.
    pub fn n_rows(&self) -> usize {
        self.stored.coordinates.len() / self.stored.space.n_coordinates()
    }

    /// What the metric learned.
    pub fn space(&self) -> &Space {
        &self.stored.space
    }

    /// The coordinates of a fitted row, in the [`Space`].
    ///
    /// # Panics
    /// If the row is out of range.
    pub fn coordinates(&self, row: usize) -> &[f64] {
        let width = self.stored.space.n_coordinates();
        &self.stored.coordinates[row * width..(row + 1) * width]
    }

    /// The `k` nearest fitted rows of every row of `samples`, by distance, then position.
    ///
    /// A fitted row given again finds itself. Errors: `k` is 0 or more than the fitted rows; columns or missing values
    /// the model does not take.
    pub fn kneighbors(&self, samples: &Samples<'_>, k: usize) -> Result<Neighbors> {
        Check::of(NAME).at_least("k", k, 1).finish()?;
        self.nearest(&self.queries(samples)?, k, false)
    }

    /// The `k` nearest fitted rows of every fitted row, itself left out.
    ///
    /// Errors: `k` is 0 or not less than the fitted rows.
    pub fn kneighbors_of_fitted(&self, k: usize) -> Result<Neighbors> {
        Check::of(NAME).at_least("k", k, 1).finish()?;
        self.nearest(&self.stored.coordinates, k, true)
    }

    /// The fitted rows at `radius` or nearer to every row of `samples`, by distance, then position.
    ///
    /// Errors: a radius that is negative or no finite number; columns or missing values the model does not take.
    pub fn radius_neighbors(&self, samples: &Samples<'_>, radius: f64) -> Result<NeighborsWithin> {
        Check::of(NAME).range("radius", radius, 0.0..).finish()?;
        Ok(self.within(&self.queries(samples)?, radius, false))
    }

    /// The fitted rows at `radius` or nearer to every fitted row, itself left out.
    ///
    /// Errors: a radius that is negative or no finite number.
    pub fn radius_neighbors_of_fitted(&self, radius: f64) -> Result<NeighborsWithin> {
        Check::of(NAME).range("radius", radius, 0.0..).finish()?;
        Ok(self.within(&self.stored.coordinates, radius, true))
    }

    fn queries<'s>(&self, samples: &'s Samples<'_>) -> Result<Cow<'s, [f64]>> {
        self.stored.schema.accepts(samples)?;
        self.stored.space.coordinates(samples, NAME)
    }

    fn search(&self) -> Search<'_> {
        let Stored { space, coordinates, .. } = &self.stored;
        match &self.tree {
            Some(tree) => Search::Tree(tree),
            None => Search::Scan(Scan::new(coordinates, space.n_coordinates(), space.kernel())),
        }
    }

    fn nearest(&self, queries: &[f64], k: usize, fitted: bool) -> Result<Neighbors> {
        let found = self.n_rows() - usize::from(fitted);
        if k > found {
            let what = "k is the number of rows to choose from at most; rows".to_owned();
            return Err(ErrorKind::TooFew { what, needed: k, found }.into());
        }
        let (search, width) = (self.search(), self.stored.space.n_coordinates());
        let rows = queries.len() / width;
        let mut distances = Array2::zeros((rows, k));
        let mut indices = Array2::zeros((rows, k));
        let outputs = (distances.as_slice_mut(), indices.as_slice_mut());
        if let (Some(distances), Some(indices)) = outputs {
            let pieces = distances.par_chunks_mut(QUERIES * k).zip(indices.par_chunks_mut(QUERIES * k));
            pieces.zip(queries.par_chunks(QUERIES * width)).enumerate().for_each(
                |(piece, ((distances, indices), points))| {
                    let count = points.len() / width;
                    let first = (piece * QUERIES) as u32;
                    let except: Vec<u32> =
                        (first..).take(count).map(|row| if fitted { row } else { NONE }).collect();
                    let mut best = vec![Best::new(k); count];
                    search.nearest(points, width, &except, &mut best);
                    let outputs = distances.chunks_exact_mut(k).zip(indices.chunks_exact_mut(k));
                    for (best, (distances, indices)) in best.iter().zip(outputs) {
                        let outputs = distances.iter_mut().zip(indices);
                        for ((reduced, row), (distance, index)) in best.found().iter().zip(outputs) {
                            *distance = self.stored.space.distance(*reduced);
                            *index = *row as usize;
                        }
                    }
                },
            );
        }
        Ok(Neighbors { distances, indices })
    }

    fn within(&self, queries: &[f64], radius: f64, fitted: bool) -> NeighborsWithin {
        let (search, space) = (self.search(), &self.stored.space);
        let (width, reduced) = (space.n_coordinates(), space.reduced(radius));
        let found = parallel::map_rows(queries.len() / width, QUERIES, |rows| {
            let of = |query: usize| {
                let except = if fitted { query as u32 } else { NONE };
                search.within(&queries[query * width..(query + 1) * width], reduced, except)
            };
            rows.map(of).collect::<Vec<_>>()
        });
        let mut result = NeighborsWithin { starts: vec![0], indices: Vec::new(), distances: Vec::new() };
        for near in found.into_iter().flatten() {
            result.indices.extend(near.iter().map(|(_, row)| *row as usize));
            result.distances.extend(near.iter().map(|(reduced, _)| space.distance(*reduced)));
            result.starts.push(result.indices.len());
        }
        result
    }
}

impl Model for NearestNeighborsModel {
    fn schema(&self) -> &Schema {
        &self.stored.schema
    }
}

impl Persist for NearestNeighborsModel {
    const KIND: &'static str = "nearest-neighbors";

    fn validate(&self) -> Result<()> {
        self.stored.validate()
    }
}
