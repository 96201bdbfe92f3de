//! One pass over the rows: who belongs to whom, and the sums that make the next centres.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::ops::Range;

use super::nearest::{Centers, DOWN, Glance, Look, UP, narrow_square};
use super::points::Points;

/// Rows a piece.
const PIECE: usize = 4096;
/// Passes without tightening after one that did not pay.
const PATIENCE: u8 = 3;
/// The sums of all pieces hold at most about this many numbers.
const SUM_CELLS: usize = 1 << 23;

/// Weighted sums of the rows of every centre.
#[derive(Debug, Clone)]
pub(crate) struct Sums {
    pub(crate) cells: Vec<f64>,
    pub(crate) weights: Vec<f64>,
    pub(crate) counts: Vec<i64>,
}

impl Sums {
    pub(crate) fn new(centers: usize, width: usize) -> Self {
        Self { cells: vec![0.0; centers * width], weights: vec![0.0; centers], counts: vec![0; centers] }
    }

    /// All sums are 0, for so many centres.
    pub(crate) fn clear(&mut self, centers: usize, width: usize) {
        self.cells.clear();
        self.cells.resize(centers * width, 0.0);
        self.weights.clear();
        self.weights.resize(centers, 0.0);
        self.counts.clear();
        self.counts.resize(centers, 0);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.cells.iter_mut().zip(&other.cells).for_each(|(a, b)| *a += b);
        self.weights.iter_mut().zip(&other.weights).for_each(|(a, b)| *a += b);
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
    }

    #[inline(always)]
    fn take(&mut self, center: u32, z: &[f64], weight: f64, rows: i64) {
        let center = center as usize;
        self.weights[center] += weight;
        self.counts[center] += rows;
        let sums = &mut self.cells[center * z.len()..(center + 1) * z.len()];
        if weight == 1.0 {
            sums.iter_mut().zip(z).for_each(|(sum, z)| *sum += z);
        } else {
            sums.iter_mut().zip(z).for_each(|(sum, z)| *sum += weight * z);
        }
    }
}

/// How far the centres moved since the last pass, for the bounds.
#[derive(Debug)]
pub(crate) struct Motion {
    /// Of every centre, rounded up.
    pub(crate) shifts: Vec<f32>,
    /// Half the distance of every centre to the nearest other, rounded down.
    pub(crate) half_gaps: Vec<f32>,
    /// The centre that moved most, how far it did, and how far the others did at most.
    pub(crate) farthest: (u32, f32, f32),
}

/// What a pass does beside labelling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Gather {
    /// The sums of all rows.
    All,
    /// What changed since the last pass.
    Changes,
    /// Nothing.
    Nothing,
}

/// The rows in pieces, each with its labels and bounds.
#[derive(Debug)]
pub(crate) struct Search {
    pieces: Vec<Piece>,
    bounded: bool,
}

#[derive(Debug)]
struct Piece {
    rows: Range<usize>,
    labels: Vec<u32>,
    /// At least the distance to the row's own centre.
    upper: Vec<f32>,
    /// At most the distance to any other.
    lower: Vec<f32>,
    changed: usize,
    /// Passes for which upper bounds are not tightened, since that proved little.
    patience: u8,
    sums: Sums,
}

impl Search {
    pub(crate) fn new(rows: usize, centers: usize, width: usize, bounded: bool) -> Self {
        let size = PIECE.max(rows.div_ceil((SUM_CELLS / (centers * width).max(1)).max(1)));
        let piece = |rows: Range<usize>| Piece {
            labels: vec![u32::MAX; rows.len()],
            upper: vec![f32::INFINITY; if bounded { rows.len() } else { 0 }],
            lower: vec![0.0; if bounded { rows.len() } else { 0 }],
            changed: 0,
            patience: 0,
            sums: Sums::new(0, width),
            rows,
        };
        Self { pieces: crm_ml_core::parallel::chunks(rows, size).map(piece).collect(), bounded }
    }

    /// Labels every row by its nearest centre; how many labels changed. Without `motion` no bound is believed.
    pub(crate) fn pass(
        &mut self,
        points: &Points<'_>,
        centers: &Centers,
        motion: Option<&Motion>,
        gather: Gather,
    ) -> usize {
        let motion = motion.filter(|_| self.bounded);
        self.pieces.par_iter_mut().for_each(|piece| {
            Arch::new().dispatch(Pass { piece, points, centers, motion, gather });
        });
        self.pieces.iter().map(|piece| piece.changed).sum()
    }

    /// Adds what the pass gathered, piece by piece.
    pub(crate) fn add_to(&self, sums: &mut Sums) {
        self.pieces.iter().for_each(|piece| sums.add(&piece.sums));
    }

    pub(crate) fn labels(&self) -> impl Iterator<Item = u32> + '_ {
        self.pieces.iter().flat_map(|piece| piece.labels.iter().copied())
    }

    /// Exact squared distance of every row to its centre, through `f(row, square)`, summed in the order of the rows.
    pub(crate) fn squares(
        &self,
        points: &Points<'_>,
        centers: &Centers,
        f: impl Fn(usize, f64) -> f64 + Sync,
    ) -> f64 {
        let sum = |piece: &Piece| {
            let (mut z, mut sum) = (vec![0.0; points.width()], 0.0);
            for (row, label) in piece.rows.clone().zip(&piece.labels) {
                points.place(row, &mut z);
                let center = centers.center(*label as usize);
                sum += f(row, super::nearest::squared_distance(&z, center));
            }
            sum
        };
        self.pieces.par_iter().map(sum).collect::<Vec<f64>>().iter().sum()
    }
}

struct Pass<'a, 'p> {
    piece: &'a mut Piece,
    points: &'a Points<'p>,
    centers: &'a Centers,
    motion: Option<&'a Motion>,
    gather: Gather,
}

impl WithSimd for Pass<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { piece, points, centers, motion, gather } = self;
        let width = points.width();
        let narrow = &points.narrow[piece.rows.start * width..piece.rows.end * width];
        let norms = &points.norms[piece.rows.clone()];
        piece.changed = 0;
        if gather != Gather::Nothing {
            piece.sums.clear(centers.len(), width);
        }
        let picks = match motion {
            None => (0..piece.rows.len() as u32).collect(),
            Some(motion) => piece.doubtful(simd, motion, centers, narrow, norms),
        };
        let mut found = vec![Glance::default(); picks.len()];
        Look { centers, rows: narrow, picks: &picks, found: &mut found }.with_simd(simd);
        let (mut z, mut known) = (vec![0.0; width], vec![0u32; 0]);
        let changes = gather == Gather::Changes;
        if changes {
            known.reserve(picks.len());
        }
        for (pick, glance) in picks.iter().zip(&found) {
            let pick = *pick as usize;
            let label = piece.settle(pick, glance, norms[pick], points, centers, &mut z);
            let before = std::mem::replace(&mut piece.labels[pick], label);
            if before != label {
                piece.changed += 1;
                if changes {
                    let row = piece.rows.start + pick;
                    points.place(row, &mut z);
                    let weight = points.weights.get(row);
                    piece.sums.take(label, &z, weight, 1);
                    piece.sums.take_back(before, &z, weight);
                }
            }
        }
        if gather == Gather::All {
            for (row, label) in piece.rows.clone().zip(&piece.labels) {
                points.place(row, &mut z);
                piece.sums.take(*label, &z, points.weights.get(row), 1);
            }
        }
    }
}

impl Sums {
    #[inline(always)]
    fn take_back(&mut self, center: u32, z: &[f64], weight: f64) {
        if (center as usize) < self.counts.len() {
            self.take(center, z, -weight, -1);
        }
    }
}

impl Piece {
    /// Moves the bounds with the centres and gives the rows whose label they do not prove.
    #[inline(always)]
    fn doubtful<S: Simd>(
        &mut self,
        simd: S,
        motion: &Motion,
        centers: &Centers,
        narrow: &[f32],
        norms: &[f32],
    ) -> Vec<u32> {
        let (farthest, most, next) = motion.farthest;
        let mut picks = vec![0u32; self.labels.len()];
        let mut count = 0;
        let bounds = self.upper.iter_mut().zip(&mut self.lower);
        for (row, ((upper, lower), label)) in bounds.zip(&self.labels).enumerate() {
            let own = *label as usize;
            *upper = (*upper + motion.shifts[own]) * UP;
            *lower = *lower * DOWN - if *label == farthest { next } else { most } * UP;
            let proven = *upper < lower.max(motion.half_gaps[own]);
            picks[count] = row as u32;
            count += usize::from(!proven);
        }
        picks.truncate(count);
        // A distance of its own for every doubtful row costs about 4 / k of a look at all centres.
        if self.patience > 0 {
            self.patience -= 1;
        } else if centers.len() > 8 {
            self.tighten(simd, motion, centers, narrow, norms, &mut picks);
            if (count - picks.len()) * centers.len() < 4 * count {
                self.patience = PATIENCE;
            }
        }
        picks
    }

    /// Replaces the upper bounds of doubtful rows by distances and drops the rows whose label that proves.
    #[inline(always)]
    fn tighten<S: Simd>(
        &mut self,
        simd: S,
        motion: &Motion,
        centers: &Centers,
        narrow: &[f32],
        norms: &[f32],
        picks: &mut Vec<u32>,
    ) {
        let width = centers.width;
        let factor = 1.0 + (width + 8) as f32 / (1u32 << 24) as f32;
        let mut left = 0;
        for at in 0..picks.len() {
            let row = picks[at] as usize;
            let own = self.labels[row] as usize;
            let z = &narrow[row * width..][..width];
            let distance = narrow_square(simd, z, centers.narrow(own)).sqrt() * factor
                + centers.distance_error(norms[row]);
            if distance < self.upper[row] {
                self.upper[row] = distance;
            }
            let proven = self.upper[row] < self.lower[row].max(motion.half_gaps[own]);
            picks[left] = picks[at];
            left += usize::from(!proven);
        }
        picks.truncate(left);
    }

    /// The label of a row from the quick look, or from exact distances where that leaves a doubt; sets its bounds.
    #[inline(always)]
    fn settle(
        &mut self,
        pick: usize,
        glance: &Glance,
        norm: f32,
        points: &Points<'_>,
        centers: &Centers,
        z: &mut [f64],
    ) -> u32 {
        let error = centers.error(norm);
        let certain = glance.second - glance.best > 2.0 * error;
        let (label, upper, lower) = if certain {
            let square = norm * norm;
            let upper = (square + 2.0 * (glance.best + error)).max(0.0).sqrt();
            let lower = (square + 2.0 * (glance.second - error)).max(0.0).sqrt();
            (glance.index, upper, lower)
        } else {
            points.place(self.rows.start + pick, z);
            let (label, best, second) = centers.exact(z);
            (label, best.sqrt() as f32, second.sqrt() as f32)
        };
        if let (Some(own), Some(other)) = (self.upper.get_mut(pick), self.lower.get_mut(pick)) {
            (*own, *other) = (upper * UP, lower * DOWN);
        }
        label
    }
}
