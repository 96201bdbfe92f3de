//! One pass over the rows: responsibilities, and the moments that make the next components.

use std::ops::Range;

use crm_ml_core::parallel;
use pulp::{Arch, Simd, WithSimd};

use super::block::{self, BLOCK};
use super::exp::exp;
use super::gaussians::{CovarianceType, Gaussians};
use crate::kmeans::frame::{Frame, Weights};

/// Rows a piece.
const PIECE: usize = 4096;
/// The moments of the pieces that are held at once are at most about this many numbers.
const MOMENT_CELLS: usize = 1 << 21;

/// The rows of a fit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) cells: &'a [f64],
    pub(super) frame: &'a Frame,
    pub(super) weights: &'a Weights,
}

impl Rows<'_> {
    pub(super) fn len(&self) -> usize {
        self.cells.len() / self.frame.width().max(1)
    }
}

/// How much of every row belongs to every component.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// By the densities of the components.
    Density,
    /// All of it to one; to none where there is no such component.
    Labels(&'a [u32]),
    /// Rows x components.
    Shares(&'a [f64]),
    /// The same to all.
    Even,
}

/// Sums over rows of responsibility times weight, around the means of the components that were asked for.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    /// Weighted log-likelihood.
    pub(super) likelihood: f64,
    pub(super) weights: Vec<f64>,
    /// Of the differences to the mean.
    pub(super) first: Vec<f64>,
    /// Of their products (lower triangles, or squares); none where the covariance is shared.
    pub(super) second: Vec<f64>,
}

impl Moments {
    fn new(gaussians: &Gaussians) -> Self {
        let (count, width) = (gaussians.len(), gaussians.width);
        let second = match gaussians.kind {
            CovarianceType::Full => count * width * width,
            CovarianceType::Tied => 0,
            CovarianceType::Diag | CovarianceType::Spherical => count * width,
        };
        Self {
            likelihood: 0.0,
            weights: vec![0.0; count],
            first: vec![0.0; count * width],
            second: vec![0.0; second],
        }
    }

    fn add(mut self, other: Self) -> Self {
        let add = |a: &mut [f64], b: &[f64]| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        self.likelihood += other.likelihood;
        add(&mut self.weights, &other.weights);
        add(&mut self.first, &other.first);
        add(&mut self.second, &other.second);
        self
    }
}

/// The moments of all rows.
pub(super) fn moments(rows: Rows<'_>, gaussians: &Gaussians, source: Source<'_>) -> Moments {
    let none = Moments::new(gaussians);
    let cells = none.second.len() + none.first.len();
    let size = PIECE.max(rows.len().div_ceil((MOMENT_CELLS / cells.max(1)).max(1)));
    let piece = |range: Range<usize>| {
        let mut moments = Moments::new(gaussians);
        let take = Take::Moments(&mut moments);
        Arch::new().dispatch(Pass { rows, gaussians, source, range, take });
        moments
    };
    parallel::reduce_rows(rows.len(), size, piece, Moments::add).unwrap_or(none)
}

/// Responsibilities (rows x components) and log-likelihood (in the frame) of every row.
pub(super) fn responsibilities(rows: Rows<'_>, gaussians: &Gaussians) -> (Vec<f64>, Vec<f64>) {
    let pieces = parallel::map_rows(rows.len(), PIECE, |range| {
        let (mut shares, mut likelihoods) =
            (vec![0.0; range.len() * gaussians.len()], vec![0.0; range.len()]);
        let take = Take::Rows { shares: &mut shares, likelihoods: &mut likelihoods };
        Arch::new().dispatch(Pass { rows, gaussians, source: Source::Density, range, take });
        (shares, likelihoods)
    });
    let (shares, likelihoods): (Vec<_>, Vec<_>) = pieces.into_iter().unzip();
    (shares.concat(), likelihoods.concat())
}

/// What a pass leaves.
enum Take<'a> {
    Moments(&'a mut Moments),
    Rows { shares: &'a mut [f64], likelihoods: &'a mut [f64] },
}

struct Pass<'a> {
    rows: Rows<'a>,
    gaussians: &'a Gaussians,
    source: Source<'a>,
    range: Range<usize>,
    take: Take<'a>,
}

impl WithSimd for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, gaussians, source, range, mut take } = self;
        let (width, count) = (gaussians.width, gaussians.len());
        let mut work = Work::new(width, count);
        let start = range.start;
        let mut first = start;
        while first < range.end {
            let last = (first + BLOCK).min(range.end);
            work.load(rows, first..last);
            match source {
                Source::Density => work.densities(simd, gaussians),
                Source::Labels(labels) => work.labels(&labels[first..last]),
                Source::Shares(shares) => work.shares(&shares[first * count..last * count]),
                Source::Even => work.shares.fill(1.0 / count as f64),
            }
            match &mut take {
                Take::Moments(moments) => work.gather(simd, gaussians, moments),
                Take::Rows { shares, likelihoods } => {
                    let rows = first - start..last - start;
                    likelihoods[rows.clone()].copy_from_slice(&work.likelihoods[..rows.len()]);
                    for (row, out) in
                        shares[rows.start * count..rows.end * count].chunks_exact_mut(count).enumerate()
                    {
                        for (out, component) in out.iter_mut().zip(work.shares.chunks_exact(BLOCK)) {
                            *out = component[row];
                        }
                    }
                }
            }
            first = last;
        }
    }
}

/// The numbers of one block.
struct Work {
    width: usize,
    /// Column by column.
    z: Vec<f64>,
    diff: Vec<f64>,
    scaled: Vec<f64>,
    weights: [f64; BLOCK],
    /// Component by component.
    shares: Vec<f64>,
    likelihoods: [f64; BLOCK],
}

impl Work {
    fn new(width: usize, count: usize) -> Self {
        Self {
            width,
            z: vec![0.0; width * BLOCK],
            diff: vec![0.0; width * BLOCK],
            scaled: vec![0.0; block::padded(width)],
            weights: [0.0; BLOCK],
            shares: vec![0.0; count * BLOCK],
            likelihoods: [0.0; BLOCK],
        }
    }

    /// Rows that are not there are at the origin, with weight 0.
    #[inline(always)]
    fn load(&mut self, rows: Rows<'_>, range: Range<usize>) {
        if range.len() < BLOCK {
            self.z.fill(0.0);
            self.weights.fill(0.0);
        }
        let (scale, origin) = (rows.frame.scale(), rows.frame.origin());
        for (place, row) in range.enumerate() {
            self.weights[place] = rows.weights.get(row);
            let x = &rows.cells[row * self.width..][..self.width];
            for ((column, x), o) in self.z.chunks_exact_mut(BLOCK).zip(x).zip(origin) {
                column[place] = x * scale - o;
            }
        }
    }

    #[inline(always)]
    fn labels(&mut self, labels: &[u32]) {
        self.shares.fill(0.0);
        for (place, label) in labels.iter().enumerate() {
            if let Some(share) = self.shares.get_mut((*label as usize).saturating_mul(BLOCK) + place) {
                *share = 1.0;
            }
        }
    }

    #[inline(always)]
    fn shares(&mut self, shares: &[f64]) {
        let count = self.shares.len() / BLOCK;
        for (place, row) in shares.chunks_exact(count).enumerate() {
            for (component, share) in row.iter().enumerate() {
                self.shares[component * BLOCK + place] = *share;
            }
        }
    }

    /// Responsibilities and log-likelihoods, by the largest exponent of every row.
    #[inline(always)]
    fn densities<S: Simd>(&mut self, simd: S, gaussians: &Gaussians) {
        let mut largest = [f64::MIN; BLOCK];
        let mut squares = [0.0; BLOCK];
        for (component, logs) in self.shares.chunks_exact_mut(BLOCK).enumerate() {
            let (mean, factor) = (gaussians.mean(component), gaussians.factor(component));
            match gaussians.kind {
                CovarianceType::Full | CovarianceType::Tied => {
                    block::subtract(&self.z, mean, &mut self.diff);
                    block::squares_by_factor(simd, &self.diff, factor, self.width, &mut squares);
                }
                CovarianceType::Diag | CovarianceType::Spherical => {
                    block::squares_by_precisions(simd, &self.z, mean, factor, &mut squares);
                }
            }
            let height = gaussians.heights[component];
            for ((log, square), largest) in logs.iter_mut().zip(&squares).zip(&mut largest) {
                *log = height - 0.5 * square;
                *largest = if *log > *largest { *log } else { *largest };
            }
        }
        let mut sums = [0.0; BLOCK];
        for logs in self.shares.chunks_exact_mut(BLOCK) {
            for ((log, largest), sum) in logs.iter_mut().zip(&largest).zip(&mut sums) {
                *log = exp(*log - largest);
                *sum += *log;
            }
        }
        for ((likelihood, largest), sum) in self.likelihoods.iter_mut().zip(&largest).zip(&mut sums) {
            *likelihood = largest + sum.ln();
            *sum = 1.0 / *sum;
        }
        for shares in self.shares.chunks_exact_mut(BLOCK) {
            for (share, sum) in shares.iter_mut().zip(&sums) {
                *share *= sum;
            }
        }
    }

    #[inline(always)]
    fn gather<S: Simd>(&mut self, simd: S, gaussians: &Gaussians, moments: &mut Moments) {
        let width = self.width;
        for (likelihood, weight) in self.likelihoods.iter().zip(&self.weights) {
            moments.likelihood += likelihood * weight;
        }
        for component in 0..gaussians.len() {
            let shares = &mut self.shares[component * BLOCK..(component + 1) * BLOCK];
            for (share, weight) in shares.iter_mut().zip(&self.weights) {
                *share *= weight;
            }
            let total = block::total(simd, shares);
            if total == 0.0 {
                continue;
            }
            moments.weights[component] += total;
            let (mean, columns) = (gaussians.mean(component), component * width..(component + 1) * width);
            let first = &mut moments.first[columns.clone()];
            match gaussians.kind {
                CovarianceType::Full | CovarianceType::Tied => {
                    block::subtract(&self.z, mean, &mut self.diff);
                    block::scale(&self.diff, shares, &mut self.scaled);
                    block::add_sums(simd, &self.scaled, first);
                    if gaussians.kind == CovarianceType::Full {
                        let sums = &mut moments.second[columns.start * width..columns.end * width];
                        block::add_gram(simd, &self.scaled, &self.diff, width, sums);
                    }
                }
                CovarianceType::Diag | CovarianceType::Spherical => {
                    let second = &mut moments.second[columns];
                    block::add_variances(simd, &self.z, mean, shares, first, second);
                }
            }
        }
    }
}
