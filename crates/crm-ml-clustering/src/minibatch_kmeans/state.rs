//! Centres that learn batch after batch.

use crm_ml_core::{Error, FitReport, Persist, Result, Samples, Schema, Stream};
use serde::{Deserialize, Serialize};

use super::{MiniBatchKMeans, NAME};
use crate::kmeans::KMeansModel;
use crate::kmeans::frame::{Frame, Weights};
use crate::kmeans::nearest::{Centers, squared_distance};
use crate::kmeans::points::Points;
use crate::kmeans::search::{Gather, Search, Sums};

/// What [`MiniBatchKMeans::partial_fit`] has learnt so far. It can be saved and go on another day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MiniBatchKMeansState {
    params: MiniBatchKMeans,
    schema: Schema,
    frame: Frame,
    centers: Vec<f64>,
    /// Weight of all rows every centre was given.
    weight_sums: Vec<f64>,
    since_reassignment: u64,
    steps: u64,
    /// Of the last batch, in the frame.
    inertia: f64,
}

impl MiniBatchKMeansState {
    pub(super) fn new(params: MiniBatchKMeans, schema: &Schema, frame: Frame, centers: Vec<f64>) -> Self {
        let weight_sums = vec![0.0; centers.len() / frame.width().max(1)];
        let schema = schema.clone();
        Self { params, schema, frame, centers, weight_sums, since_reassignment: 0, steps: 0, inertia: 0.0 }
    }

    /// Learns from one more batch.
    ///
    /// Errors: other columns, a missing value, centres beyond the range of `f64`.
    pub fn partial_fit(&mut self, batch: &Samples<'_>) -> Result<()> {
        self.schema.accepts(batch)?;
        batch.require_real(NAME)?;
        let weights = Weights::of(batch);
        let unit = weights.back(1.0);
        let points = Points::placed(batch.cells(), self.frame.clone(), weights);
        let before = (self.centers.clone(), self.weight_sums.clone());
        self.advance(&points, unit);
        if self.centers.iter().chain(&self.weight_sums).all(|v| v.is_finite()) && self.inertia.is_finite() {
            return Ok(());
        }
        (self.centers, self.weight_sums) = before;
        self.inertia = 0.0;
        Err(Error::numerical("MiniBatchKMeans: the batch moves a centre beyond the range of f64"))
    }

    /// Batches learnt from.
    pub fn n_steps(&self) -> u64 {
        self.steps
    }

    /// The centres as a model: its inertia is of the last batch, and it has no labels, as no rows are kept.
    pub fn model(&self) -> Result<KMeansModel> {
        let inertia = self.frame.squares_back(self.inertia)?;
        let (converged, iterations) = (false, self.steps as usize);
        let report = FitReport { converged, iterations, objective: inertia, notes: Vec::new() };
        KMeansModel::of_parts(&self.schema, self.frame.clone(), self.centers.clone(), &[], inertia, report)
    }

    pub(super) fn into_centers(self) -> Vec<f64> {
        self.centers
    }

    /// One step: the inertia of the batch before it, and the squared shift of the centres.
    pub(super) fn step(&mut self, points: &Points<'_>) -> (f64, f64) {
        let before = self.centers.clone();
        self.advance(points, 1.0);
        (self.inertia, squared_distance(&before, &self.centers))
    }

    /// `unit` is what a weight of 1 among the points' stands for.
    fn advance(&mut self, points: &Points<'_>, unit: f64) {
        let width = points.width();
        let centers = Centers::new(self.centers.clone(), width);
        let mut search = Search::new(points.len(), centers.len(), width, false);
        search.pass(points, &centers, None, Gather::All);
        let mut sums = Sums::new(centers.len(), width);
        search.add_to(&mut sums);
        self.inertia =
            unit * search.squares(points, &centers, |row, square| points.weights.get(row) * square);
        for (center, cells) in self.centers.chunks_exact_mut(width).enumerate() {
            let weight = unit * sums.weights[center];
            if weight > 0.0 {
                let (old, new) = (self.weight_sums[center], self.weight_sums[center] + weight);
                for (cell, sum) in cells.iter_mut().zip(&sums.cells[center * width..]) {
                    *cell = (*cell * old + unit * sum) / new;
                }
                self.weight_sums[center] = new;
            }
        }
        self.since_reassignment = self.since_reassignment.saturating_add(points.len() as u64);
        let due = self.since_reassignment >= 10 * self.weight_sums.len() as u64;
        if self.params.reassignment_ratio > 0.0 && (due || self.weight_sums.contains(&0.0)) {
            self.since_reassignment = 0;
            self.reassign(points);
        }
        self.steps = self.steps.saturating_add(1);
    }

    /// Puts centres that were given few rows on rows of the batch, at most on half of them.
    fn reassign(&mut self, points: &Points<'_>) {
        let most = self.weight_sums.iter().copied().fold(0.0, f64::max);
        let mut few: Vec<usize> = (0..self.weight_sums.len()).collect();
        few.retain(|&center| self.weight_sums[center] < self.params.reassignment_ratio * most);
        few.sort_by(|a, b| self.weight_sums[*a].total_cmp(&self.weight_sums[*b]));
        few.truncate(points.len() / 2);
        if few.is_empty() {
            return;
        }
        let mut stream = Stream::new(self.params.seed, "minibatch/reassign", self.steps);
        let width = points.width();
        for (center, row) in few.iter().zip(stream.sample(points.len(), few.len())) {
            points.place(row, &mut self.centers[center * width..(center + 1) * width]);
        }
        let mut moved = vec![false; self.weight_sums.len()];
        few.iter().for_each(|&center| moved[center] = true);
        let kept = self.weight_sums.iter().zip(&moved).filter(|(_, moved)| !**moved);
        let least = kept.fold(f64::INFINITY, |least, (weight, _)| least.min(*weight));
        // Not so low that they are moved again at once.
        few.iter().for_each(|&center| self.weight_sums[center] = if least.is_finite() { least } else { 0.0 });
    }
}

impl Persist for MiniBatchKMeansState {
    const KIND: &'static str = "minibatch-kmeans-state";

    fn validate(&self) -> Result<()> {
        let (width, count) = (self.schema.width(), self.params.n_clusters);
        self.params.check()?;
        self.frame.validate()?;
        let fits = width > 0
            && self.frame.width() == width
            && self.weight_sums.len() == count
            && count.checked_mul(width) == Some(self.centers.len());
        if !fits {
            return Err(Error::model_file("centres that fit neither schema nor parameters"));
        }
        let right = self.centers.iter().chain([&self.inertia]).all(|v| v.is_finite())
            && self.weight_sums.iter().all(|v| v.is_finite() && *v >= 0.0);
        if right { Ok(()) } else { Err(Error::model_file("a centre or weight that is out of range")) }
    }
}

/// Rows copied out of many.
pub(super) struct Batch {
    cells: Vec<f64>,
    weights: Vec<f64>,
}

impl Batch {
    pub(super) fn of(samples: &Samples<'_>, rows: &[usize], weight: impl Fn(usize) -> f64) -> Self {
        let mut cells = Vec::with_capacity(rows.len() * samples.n_columns());
        rows.iter().for_each(|row| cells.extend_from_slice(samples.row(*row)));
        Self { cells, weights: rows.iter().map(|row| weight(*row)).collect() }
    }

    pub(super) fn points(&self, frame: &Frame) -> Points<'_> {
        Points::placed(&self.cells, frame.clone(), Weights::given(self.weights.clone()))
    }
}

/// Weighted sum of squared distances to the nearest centres.
pub(super) fn inertia(points: &Points<'_>, centers: &Centers) -> f64 {
    let mut search = Search::new(points.len(), centers.len(), points.width(), false);
    search.pass(points, centers, None, Gather::Nothing);
    search.squares(points, centers, |row, square| points.weights.get(row) * square)
}

/// Sums of the weights up to every row; none where all rows count the same.
pub(super) fn heights(weights: &Weights, rows: usize) -> Vec<f64> {
    if weights.are_even() {
        return Vec::new();
    }
    let mut height = 0.0;
    let up = |row| {
        height += weights.get(row);
        height
    };
    (0..rows).map(up).collect()
}

/// A row with probability proportional to its weight.
pub(super) fn draw(heights: &[f64], rows: usize, stream: &mut Stream) -> usize {
    match heights.last() {
        None => stream.below(rows),
        Some(total) => {
            let target = stream.uniform() * total;
            heights.partition_point(|height| *height <= target).min(rows - 1)
        }
    }
}

/// When a fit ends.
pub(super) struct Monitor {
    share: f64,
    batch_size: f64,
    shift: f64,
    patience: Option<usize>,
    smoothed: Option<f64>,
    least: f64,
    waited: usize,
    steps: usize,
}

impl Monitor {
    pub(super) fn new(rows: usize, batch_size: usize, shift: f64, patience: Option<usize>) -> Self {
        let share = (2.0 * batch_size as f64 / (rows as f64 + 1.0)).min(1.0);
        let (batch_size, least) = (batch_size as f64, f64::INFINITY);
        Self { share, batch_size, shift, patience, smoothed: None, least, waited: 0, steps: 0 }
    }

    /// Hears of a step. The first one's inertia is that of the start and does not count.
    pub(super) fn stops(&mut self, inertia: f64, shift: f64) -> bool {
        self.steps += 1;
        if self.steps == 1 {
            return false;
        }
        let inertia = inertia / self.batch_size;
        let smoothed = self.smoothed.map_or(inertia, |old| old * (1.0 - self.share) + inertia * self.share);
        self.smoothed = Some(smoothed);
        if self.shift > 0.0 && shift <= self.shift {
            return true;
        }
        if smoothed < self.least {
            (self.least, self.waited) = (smoothed, 0);
        } else {
            self.waited += 1;
        }
        self.patience.is_some_and(|patience| self.waited >= patience)
    }
}
