//! One run: label, average, repeat.

use crm_ml_core::Result;

use super::nearest::{Centers, DOWN, UP, squared_distance};
use super::points::Points;
use super::search::{Gather, Motion, Search, Sums};

/// What stops a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    pub(crate) max_iter: usize,
    /// Largest total squared shift of the centres that counts as none.
    pub(crate) shift: f64,
}

/// Where a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) centers: Centers,
    pub(crate) labels: Vec<u32>,
    /// Weighted sum of squared distances in the frame.
    pub(crate) inertia: f64,
    pub(crate) iterations: usize,
    pub(crate) converged: bool,
}

/// Every so many passes the sums are made anew, so that the rounding of what is added and taken back never grows.
const RENEW: usize = 16;

/// Runs from the start `wide` (centre after centre in the frame of the points). `tell` hears of every iteration.
pub(crate) fn run(
    points: &Points<'_>,
    wide: Vec<f64>,
    stop: Stop,
    bounded: bool,
    mut tell: impl FnMut(usize) -> Result<()>,
) -> Result<Run> {
    let width = points.width();
    let mut centers = Centers::new(wide, width);
    let mut search = Search::new(points.len(), centers.len(), width, bounded);
    let mut sums = Sums::new(centers.len(), width);
    let (mut motion, mut converged, mut iterations) = (None, false, 0);
    let (mut age, mut changed, mut moved) = (RENEW, points.len(), true);
    while iterations < stop.max_iter && !converged {
        let renew = age >= RENEW || changed > points.len() / 4;
        let gather = if renew { Gather::All } else { Gather::Changes };
        changed = search.pass(points, &centers, motion.as_ref(), gather);
        if renew {
            sums.clear(centers.len(), width);
            age = 0;
        }
        age += 1;
        search.add_to(&mut sums);
        let mut means = sums.clone();
        relocate(&mut means, points, &centers, &search);
        average(&mut means);
        let next = Centers::new(means.cells, width);
        let shifts: Vec<f64> =
            (0..next.len()).map(|i| squared_distance(centers.center(i), next.center(i))).collect();
        moved = shifts.iter().any(|shift| *shift != 0.0);
        iterations += 1;
        converged = changed == 0 || shifts.iter().sum::<f64>() <= stop.shift;
        motion = bounded.then(|| motion_of(&shifts, &next, points.len()));
        centers = next;
        tell(iterations)?;
    }
    if moved {
        search.pass(points, &centers, motion.as_ref(), Gather::Nothing);
    }
    let inertia = search.squares(points, &centers, |row, square| points.weights.get(row) * square);
    Ok(Run { labels: search.labels().collect(), centers, inertia, iterations, converged })
}

/// Gives every centre without rows the row farthest from its own centre, as scikit-learn does.
///
/// The labels stay: the sums of the rows by label are kept apart from these.
fn relocate(sums: &mut Sums, points: &Points<'_>, centers: &Centers, search: &Search) {
    let width = points.width();
    for center in 0..centers.len() {
        if sums.counts[center] == 0 {
            sums.weights[center] = 0.0;
            sums.cells[center * width..(center + 1) * width].fill(0.0);
        }
    }
    let empty: Vec<usize> = (0..centers.len()).filter(|&center| sums.counts[center] == 0).collect();
    if empty.is_empty() {
        return;
    }
    let labels: Vec<u32> = search.labels().collect();
    let squares = crm_ml_core::parallel::map_rows(points.len(), crm_ml_core::ROW_CHUNK, |rows| {
        let mut z = vec![0.0; width];
        let square = |row: usize| {
            points.place(row, &mut z);
            squared_distance(&z, centers.center(labels[row] as usize))
        };
        rows.map(square).collect::<Vec<f64>>()
    });
    let squares = squares.concat();
    let mut far: Vec<usize> = (0..points.len()).filter(|&row| squares[row] > 0.0).collect();
    let by_distance = |a: &usize, b: &usize| squares[*b].total_cmp(&squares[*a]).then(a.cmp(b));
    if far.len() > empty.len() {
        far.select_nth_unstable_by(empty.len() - 1, by_distance);
        far.truncate(empty.len());
    }
    far.sort_unstable_by(by_distance);
    let mut z = vec![0.0; width];
    for (center, row) in empty.iter().copied().zip(far.iter().copied()) {
        let (old, weight) = (labels[row] as usize, points.weights.get(row));
        points.place(row, &mut z);
        for (column, z) in z.iter().enumerate() {
            sums.cells[old * width + column] -= weight * z;
            sums.cells[center * width + column] = weight * z;
        }
        sums.weights[old] -= weight;
        sums.weights[center] = weight;
        sums.counts[old] -= 1;
        sums.counts[center] = 1;
    }
}

/// Sums become means; a centre that is left without rows goes where the heaviest is.
fn average(sums: &mut Sums) {
    let width = sums.cells.len() / sums.weights.len().max(1);
    let heaviest = (0..sums.weights.len())
        .fold(0, |best, i| if sums.weights[i] > sums.weights[best] { i } else { best });
    for (center, weight) in sums.weights.iter().enumerate() {
        if sums.counts[center] > 0 && *weight > 0.0 {
            let share = 1.0 / weight;
            sums.cells[center * width..(center + 1) * width].iter_mut().for_each(|cell| *cell *= share);
        }
    }
    for center in 0..sums.weights.len() {
        if !(sums.counts[center] > 0 && sums.weights[center] > 0.0) {
            sums.cells.copy_within(heaviest * width..(heaviest + 1) * width, center * width);
        }
    }
}

fn motion_of(squares: &[f64], centers: &Centers, rows: usize) -> Motion {
    let shifts: Vec<f32> = squares.iter().map(|square| square.sqrt() as f32 * UP).collect();
    let mut farthest = (0, 0.0f32, 0.0f32);
    for (center, shift) in shifts.iter().enumerate() {
        if *shift > farthest.1 {
            farthest = (center as u32, *shift, farthest.1);
        } else if *shift > farthest.2 {
            farthest.2 = *shift;
        }
    }
    let count = centers.len();
    // Distances between centres are worth their cost only where rows are many.
    let worth = count * count <= rows;
    let gap = |center: usize| {
        let others = (0..count).filter(|other| worth && *other != center);
        let nearest = others.map(|other| squared_distance(centers.center(center), centers.center(other)));
        let nearest = nearest.fold(if worth { f64::INFINITY } else { 0.0 }, f64::min);
        (0.5 * nearest.sqrt()) as f32 * DOWN
    };
    Motion { shifts, half_gaps: crm_ml_core::parallel::map(count, gap), farthest }
}
