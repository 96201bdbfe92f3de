//! Rows made ready for a metric.

pub(crate) mod gower;

use std::borrow::Cow;

use crm_ml_core::{ColumnKind, Error, Result, Samples};
use serde::{Deserialize, Serialize};

use crate::{Metric, Norm};
use gower::Ranges;

/// Coordinates whose spread is outside of these are brought near 1 first, so that no square over- or underflows.
const TINY: f64 = 1e-140;
const HUGE: f64 = 1e140;

/// What a metric learned from data: how rows become coordinates, and how distances of those become distances of rows.
///
/// Inside, distances are *reduced*: squared for Euclid, twice the distance for cosine, the distance itself otherwise;
/// the order is the same.
///
/// Distances are right to about 10^-150 of the largest spread of a column, also for data near the ends of the range of
/// f64.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Space {
    metric: Metric,
    width: usize,
    /// A power of two that multiplies every cell (Euclidean and Manhattan).
    scale: f64,
    ranges: Option<Ranges>,
}

/// How coordinates are compared.
#[derive(Debug, Clone, Copy)]
pub enum Kernel<'a> {
    /// By a sum over coordinates: trees and grids apply.
    Sum(Norm),
    /// By Gower's mean: `true` marks the columns of categories.
    Gower(&'a [bool]),
}

impl Space {
    /// Learns from `samples` what `metric` needs. `user` names who asks, for errors.
    ///
    /// Errors: a missing value or a category column with another metric than Gower's; a spread that f64 cannot square.
    pub fn fit(samples: &Samples<'_>, metric: Metric, user: &str) -> Result<Self> {
        let width = samples.n_columns();
        if metric == Metric::Gower {
            let ranges = Some(Ranges::fit(samples));
            return Ok(Self { metric, width, scale: 1.0, ranges });
        }
        samples.require_complete(user)?;
        let columns = samples.schema().columns();
        if let Some(column) = columns.iter().find(|c| matches!(c.kind, ColumnKind::Category { .. })) {
            return Err(Error::unsupported(format!(
                "{user}: {metric:?} takes real columns only: encode the category column '{}' or use Gower",
                column.name
            )));
        }
        let scale = if metric == Metric::Cosine { 1.0 } else { scale(samples) };
        Ok(Self { metric, width, scale, ranges: None })
    }

    /// The metric.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// Columns of the rows it takes.
    pub fn n_columns(&self) -> usize {
        self.width
    }

    /// Coordinates a row has inside.
    pub fn n_coordinates(&self) -> usize {
        match self.metric {
            Metric::Cosine => self.width + 1,
            _ => self.width,
        }
    }

    /// How coordinates are compared.
    pub fn kernel(&self) -> Kernel<'_> {
        match (&self.ranges, self.metric) {
            (Some(ranges), _) => Kernel::Gower(ranges.categories()),
            (None, Metric::Manhattan) => Kernel::Sum(Norm::Magnitudes),
            (None, _) => Kernel::Sum(Norm::Squares),
        }
    }

    /// The coordinates of rows, row after row.
    ///
    /// Errors: another number of columns; a missing value where the metric takes none; a value too far out for f64.
    pub fn coordinates<'s>(&self, samples: &'s Samples<'_>, user: &str) -> Result<Cow<'s, [f64]>> {
        if samples.n_columns() != self.width {
            return Err(Error::length("columns", self.width, samples.n_columns()));
        }
        if let Some(ranges) = &self.ranges {
            return Ok(ranges.coordinates(samples).into());
        }
        samples.require_complete(user)?;
        if self.metric == Metric::Cosine {
            return Ok(directions(samples).into());
        }
        if self.scale == 1.0 && samples.cells().iter().all(|v| v.abs() < HUGE) {
            return Ok(samples.cells().into());
        }
        let scaled: Vec<f64> = samples.cells().iter().map(|v| v * self.scale).collect();
        if scaled.iter().all(|v| v.abs() < HUGE) {
            return Ok(scaled.into());
        }
        Err(Error::numerical(format!("{user}: values too far apart for distances in f64")))
    }

    /// The reduced form of a distance.
    pub fn reduced(&self, distance: f64) -> f64 {
        let scaled = distance * self.scale;
        match self.metric {
            Metric::Euclidean => scaled * scaled,
            Metric::Manhattan => scaled,
            Metric::Cosine => 2.0 * distance,
            Metric::Gower => distance,
        }
    }

    /// The distance of a reduced one; at most `f64::MAX`.
    pub fn distance(&self, reduced: f64) -> f64 {
        match self.metric {
            Metric::Euclidean => (reduced.sqrt() / self.scale).min(f64::MAX),
            Metric::Manhattan => (reduced / self.scale).min(f64::MAX),
            Metric::Cosine => 0.5 * reduced,
            Metric::Gower => reduced,
        }
    }

    /// Turns reduced distances into distances, as [`Space::distance`] does.
    pub fn to_distances(&self, reduced: &mut [f64]) {
        match self.metric {
            Metric::Euclidean if self.scale == 1.0 => {
                reduced.iter_mut().for_each(|value| *value = value.sqrt().min(f64::MAX));
            }
            _ => reduced.iter_mut().for_each(|value| *value = self.distance(*value)),
        }
    }

    /// Checks what a value from outside must hold.
    pub fn validate(&self) -> Result<()> {
        let ranges_fit = match &self.ranges {
            Some(ranges) => self.metric == Metric::Gower && ranges.width() == self.width,
            None => self.metric != Metric::Gower,
        };
        let ranges_finite = self.ranges.as_ref().is_none_or(Ranges::is_finite);
        if self.width > 0 && self.scale.is_finite() && self.scale > 0.0 && ranges_fit && ranges_finite {
            Ok(())
        } else {
            Err(Error::model_file("a metric that does not fit its columns"))
        }
    }
}

/// 1, or the power of two that brings the largest spread of a column near 1.
fn scale(samples: &Samples<'_>) -> f64 {
    let width = samples.n_columns();
    let (mut low, mut high) = (samples.row(0).to_vec(), samples.row(0).to_vec());
    for row in samples.cells().chunks_exact(width) {
        for ((low, high), v) in low.iter_mut().zip(&mut high).zip(row) {
            *low = if v < low { *v } else { *low };
            *high = if v > high { *v } else { *high };
        }
    }
    let half_spread = low.iter().zip(&high).fold(0.0f64, |m, (low, high)| m.max(0.5 * high - 0.5 * low));
    let magnitude = low.iter().chain(&high).fold(0.0f64, |m, v| m.max(v.abs()));
    let ordinary = (half_spread > TINY || half_spread == 0.0) && magnitude < HUGE;
    if ordinary {
        return 1.0;
    }
    let size = if half_spread > 0.0 { half_spread } else { magnitude };
    2f64.powi(-(size.log2().floor().clamp(-1000.0, 1000.0) as i32))
}

/// Rows at unit length, with one coordinate more that is 1 for rows of zeros: those are then orthogonal to all others.
fn directions(samples: &Samples<'_>) -> Vec<f64> {
    let width = samples.n_columns();
    let mut directions = Vec::with_capacity(samples.n_rows() * (width + 1));
    for row in samples.cells().chunks_exact(width) {
        let largest = row.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        if largest == 0.0 {
            directions.extend(row.iter().map(|_| 0.0).chain([1.0]));
            continue;
        }
        let length = row.iter().map(|v| (v / largest) * (v / largest)).sum::<f64>().sqrt();
        directions.extend(row.iter().map(|v| v / largest / length).chain([0.0]));
    }
    directions
}
