//! DBSCAN by a grid of cells: all points of a cell are neighbours.

use crm_ml_core::{NOISE, parallel};
use crm_ml_neighbors::{CellGrid, Norm, Walk};

use super::{Clusters, Components, Density, number};

/// Cells a piece of parallel work.
const CELLS: usize = 512;

/// Pairs of points compared one by one.
const PAIRS: usize = 512;

pub(super) fn cluster<const D: usize>(grid: &CellGrid<D>, density: Density<'_>) -> Clusters {
    let core = Counter { grid, enough: density.enough, weights: density.ordered(grid.order()) }.cores();
    let cores = Cores::new(grid, &core);
    let components = Components::new(grid.n_cells());
    parallel::map_rows(grid.n_cells(), CELLS, |cells| cores.connect(cells, &components));
    let (of_cells, count) = number(&components, grid.n_cells(), |cell| cores.first_row(cell));
    let labels = parallel::map_rows(grid.n_cells(), CELLS, |cells| cores.labels(cells, &core, &of_cells));
    let mut clusters = Clusters { labels: vec![NOISE; core.len()], core: vec![false; core.len()], count };
    for ((row, label), core) in grid.order().iter().zip(labels.iter().flatten()).zip(&core) {
        clusters.labels[*row as usize] = *label;
        clusters.core[*row as usize] = *core;
    }
    clusters
}

/// Finds the core points.
struct Counter<'a, const D: usize> {
    grid: &'a CellGrid<D>,
    enough: f64,
    /// Weight of every position.
    weights: Option<Vec<f64>>,
}

impl<const D: usize> Counter<'_, D> {
    /// Whether each position is a core point.
    fn cores(&self) -> Vec<bool> {
        let pieces = parallel::map_rows(self.grid.n_cells(), CELLS, |cells| {
            let mut walk = Walk::around(self.grid, cells.start);
            let (mut around, mut partial) = (Vec::new(), Vec::new());
            let mut cores = Vec::new();
            for cell in cells {
                let mut certain = self.weight(cell);
                partial.clear();
                if certain < self.enough {
                    walk.visit(cell, &mut around);
                    certain += self.sort_out(cell, &around, &mut partial);
                }
                let is_core = |position: usize| {
                    certain >= self.enough || self.is_core(&self.grid.points()[position], certain, &partial)
                };
                cores.extend(self.grid.span(cell).map(is_core));
            }
            cores
        });
        pieces.concat()
    }

    /// Keeps in `partial` the cells that are neither out of reach of all points of `cell` nor within reach of all; the
    /// weight of the latter.
    fn sort_out(&self, cell: usize, around: &[u32], partial: &mut Vec<u32>) -> f64 {
        let (norm, radius) = (self.grid.norm(), self.grid.radius());
        let bounds = self.grid.bounds(cell);
        let mut certain = 0.0;
        for other in around {
            let others = self.grid.bounds(*other as usize);
            if least(norm, bounds, others) > radius {
                continue;
            }
            if most(norm, bounds, others) <= radius {
                certain += self.weight(*other as usize);
            } else {
                partial.push(*other);
            }
        }
        certain
    }

    fn is_core(&self, point: &[f64; D], certain: f64, partial: &[u32]) -> bool {
        let (norm, radius) = (self.grid.norm(), self.grid.radius());
        let mut weight = certain;
        for other in partial {
            let other = *other as usize;
            if least(norm, &[*point, *point], self.grid.bounds(other)) > radius {
                continue;
            }
            let span = self.grid.span(other);
            let points = self.grid.points()[span.clone()].iter();
            weight += match &self.weights {
                None => points.filter(|other| between(norm, point, other) <= radius).count() as f64,
                Some(weights) => {
                    let near = points.zip(&weights[span]).filter(|(p, _)| between(norm, point, p) <= radius);
                    near.map(|(_, w)| *w).sum()
                }
            };
            if weight >= self.enough {
                return true;
            }
        }
        false
    }

    fn weight(&self, cell: usize) -> f64 {
        let span = self.grid.span(cell);
        self.weights.as_ref().map_or(span.len() as f64, |weights| weights[span].iter().sum())
    }
}

/// The core points of every cell.
struct Cores<'a, const D: usize> {
    grid: &'a CellGrid<D>,
    /// First core point of every cell, and the end of the last.
    starts: Vec<u32>,
    points: Vec<[f64; D]>,
    /// Corners and first row of the core points of every cell.
    cells: Vec<Option<Corners<D>>>,
}

#[derive(Debug, Clone, Copy)]
struct Corners<const D: usize> {
    bounds: [[f64; D]; 2],
    first_row: u32,
}

impl<'a, const D: usize> Cores<'a, D> {
    fn new(grid: &'a CellGrid<D>, core: &[bool]) -> Self {
        let pieces = parallel::map_rows(grid.n_cells(), CELLS, |cells| {
            let mut points = Vec::new();
            let mut summaries = Vec::with_capacity(cells.len());
            for cell in cells {
                let before = points.len();
                let mut first_row = u32::MAX;
                for position in grid.span(cell).filter(|position| core[*position]) {
                    points.push(grid.points()[position]);
                    first_row = first_row.min(grid.order()[position]);
                }
                let found = &points[before..];
                let corners = (!found.is_empty()).then(|| Corners { bounds: corners(found), first_row });
                summaries.push((corners, found.len() as u32));
            }
            (points, summaries)
        });
        let mut cores = Self { grid, starts: vec![0], points: Vec::new(), cells: Vec::new() };
        let mut sum = 0;
        for (points, summaries) in pieces {
            cores.points.extend(points);
            for (corners, count) in summaries {
                sum += count;
                cores.starts.push(sum);
                cores.cells.push(corners);
            }
        }
        cores
    }

    fn first_row(&self, cell: usize) -> Option<u32> {
        self.cells[cell].map(|corners| corners.first_row)
    }

    fn of(&self, cell: usize) -> &[[f64; D]] {
        &self.points[self.starts[cell] as usize..self.starts[cell + 1] as usize]
    }

    /// Joins cells with those after them where core points of both are within the radius.
    fn connect(&self, cells: std::ops::Range<usize>, components: &Components) {
        let (norm, radius) = (self.grid.norm(), self.grid.radius());
        let mut walk = Walk::after(self.grid, cells.start);
        let mut after = Vec::new();
        for cell in cells {
            let Some(own) = &self.cells[cell] else { continue };
            walk.visit(cell, &mut after);
            for other in &after {
                let Some(theirs) = &self.cells[*other as usize] else { continue };
                if least(norm, &own.bounds, &theirs.bounds) > radius || components.joined(cell as u32, *other)
                {
                    continue;
                }
                let met = most(norm, &own.bounds, &theirs.bounds) <= radius
                    || met(norm, radius, self.of(cell), self.of(*other as usize));
                if met {
                    components.unite(cell as u32, *other);
                }
            }
        }
    }

    /// The label of every position of `cells`: a point that is no core goes to the lowest label within the radius.
    fn labels(&self, cells: std::ops::Range<usize>, core: &[bool], of_cells: &[i32]) -> Vec<i32> {
        let (norm, radius) = (self.grid.norm(), self.grid.radius());
        let mut walk = Walk::around(self.grid, cells.start);
        let mut around = Vec::new();
        let mut labels = Vec::new();
        for cell in cells {
            let (span, own) = (self.grid.span(cell), of_cells[cell]);
            if self.of(cell).len() == span.len() {
                labels.extend(span.map(|_| own));
                continue;
            }
            walk.visit(cell, &mut around);
            around.retain(|other| {
                let label = of_cells[*other as usize];
                label != NOISE && (own == NOISE || label < own)
            });
            for position in span {
                let mut best = own;
                if !core[position] {
                    let point = &self.grid.points()[position];
                    for other in &around {
                        let label = of_cells[*other as usize];
                        let lower = best == NOISE || label < best;
                        if lower && self.reaches(*other as usize, point, norm, radius) {
                            best = label;
                        }
                    }
                }
                labels.push(best);
            }
        }
        labels
    }

    /// Whether a core point of the cell is within the radius of a point.
    fn reaches(&self, cell: usize, point: &[f64; D], norm: Norm, radius: f64) -> bool {
        let near = |corners: &Corners<D>| least(norm, &[*point, *point], &corners.bounds) <= radius;
        self.cells[cell].as_ref().is_some_and(near)
            && self.of(cell).iter().any(|core| between(norm, point, core) <= radius)
    }
}

/// Whether a point of `a` is within the radius of a point of `b`.
fn met<const D: usize>(norm: Norm, radius: f64, a: &[[f64; D]], b: &[[f64; D]]) -> bool {
    if a.len() * b.len() <= PAIRS {
        return a.iter().any(|a| b.iter().any(|b| between(norm, a, b) <= radius));
    }
    // Only points near the other cell matter.
    let near = |points: &[[f64; D]], others: [[f64; D]; 2]| -> Vec<[f64; D]> {
        points.iter().filter(|p| least(norm, &[**p, **p], &others) <= radius).copied().collect()
    };
    let mut a = near(a, corners(b));
    let mut b = if a.is_empty() { Vec::new() } else { near(b, corners(&a)) };
    meet(norm, radius, &mut a, &mut b)
}

/// As [`met`], by halving whichever spreads farther until boxes decide.
fn meet<const D: usize>(norm: Norm, radius: f64, a: &mut [[f64; D]], b: &mut [[f64; D]]) -> bool {
    if a.is_empty() || b.is_empty() {
        return false;
    }
    let (of_a, of_b) = (corners(a), corners(b));
    if least(norm, &of_a, &of_b) > radius {
        return false;
    }
    if most(norm, &of_a, &of_b) <= radius {
        return true;
    }
    if a.len().saturating_mul(b.len()) <= PAIRS {
        return a.iter().any(|a| b.iter().any(|b| between(norm, a, b) <= radius));
    }
    let (axis_a, spread_a) = longest(&of_a);
    let (axis_b, spread_b) = longest(&of_b);
    let (split, axis, other) = if spread_a >= spread_b { (a, axis_a, b) } else { (b, axis_b, a) };
    let middle = split.len() / 2;
    split.select_nth_unstable_by(middle, |p, q| p[axis].total_cmp(&q[axis]));
    let (low, high) = split.split_at_mut(middle);
    meet(norm, radius, low, other) || meet(norm, radius, high, other)
}

fn longest<const D: usize>(corners: &[[f64; D]; 2]) -> (usize, f64) {
    let [low, high] = corners;
    let mut best = (0, f64::NEG_INFINITY);
    for (axis, (low, high)) in low.iter().zip(high).enumerate() {
        if high - low > best.1 {
            best = (axis, high - low);
        }
    }
    best
}

fn corners<const D: usize>(points: &[[f64; D]]) -> [[f64; D]; 2] {
    let (mut low, mut high) = ([f64::INFINITY; D], [f64::NEG_INFINITY; D]);
    for point in points {
        for axis in 0..D {
            low[axis] = if point[axis] < low[axis] { point[axis] } else { low[axis] };
            high[axis] = if point[axis] > high[axis] { point[axis] } else { high[axis] };
        }
    }
    [low, high]
}

#[inline(always)]
fn term(norm: Norm, difference: f64) -> f64 {
    match norm {
        Norm::Squares => difference * difference,
        Norm::Magnitudes => difference.abs(),
    }
}

#[inline(always)]
fn between<const D: usize>(norm: Norm, a: &[f64; D], b: &[f64; D]) -> f64 {
    let mut sum = 0.0;
    for axis in 0..D {
        sum += term(norm, a[axis] - b[axis]);
    }
    sum
}

/// A lower bound of the distances between the points of two boxes.
#[inline(always)]
fn least<const D: usize>(norm: Norm, a: &[[f64; D]; 2], b: &[[f64; D]; 2]) -> f64 {
    let mut sum = 0.0;
    for axis in 0..D {
        let (gap, back) = (b[0][axis] - a[1][axis], a[0][axis] - b[1][axis]);
        let gap = if gap > back { gap } else { back };
        sum += term(norm, if gap > 0.0 { gap } else { 0.0 });
    }
    sum
}

/// An upper bound of the distances between the points of two boxes.
#[inline(always)]
fn most<const D: usize>(norm: Norm, a: &[[f64; D]; 2], b: &[[f64; D]; 2]) -> f64 {
    let mut sum = 0.0;
    for axis in 0..D {
        let (span, back) = (b[1][axis] - a[0][axis], a[1][axis] - b[0][axis]);
        sum += term(norm, if span > back { span } else { back });
    }
    sum
}
