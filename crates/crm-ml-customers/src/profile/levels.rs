//! Values of a category that a segment has more often than the rest, and cells that it lacks.

use super::groups::Groups;
use super::significance::over_representation;

/// A level is not told of fewer rows (by weight).
const FEWEST: f64 = 5.0;

/// How often one level stands in one segment and in the rest, by weight, among the rows where the field is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Share {
    pub(super) weight: f64,
    pub(super) inside: f64,
    pub(super) outside: f64,
    pub(super) p_value: f64,
}

/// For every segment the levels that make up at least `least` of it (and of five rows or more), with how often they stand there.
/// `codes` has one entry a row of `groups`, `None` where missing.
pub(super) fn shares(
    codes: &[Option<u32>],
    levels: usize,
    groups: &Groups,
    least: f64,
) -> Vec<Vec<(usize, Share)>> {
    let mut known = vec![0.0; groups.len()];
    let mut with = vec![0.0; levels];
    let mut cells: Vec<(usize, usize, usize)> = Vec::with_capacity(codes.len());
    for (row, code) in codes.iter().enumerate() {
        let Some(level) = code.map(|code| code as usize).filter(|level| *level < levels) else { continue };
        known[groups.of[row]] += groups.weights[row];
        with[level] += groups.weights[row];
        cells.push((groups.of[row], level, row));
    }
    cells.sort_unstable();
    let all: f64 = known.iter().sum();
    let mut found = vec![Vec::new(); groups.len()];
    for same in cells.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let Some(&(group, level, _)) = same.first() else { continue };
        let hits: f64 = same.iter().map(|(_, _, row)| groups.weights[*row]).sum();
        if hits < FEWEST || hits < least * known[group] {
            continue;
        }
        let part = |hits: f64, of: f64| if of > 0.0 { (hits / of).clamp(0.0, 1.0) } else { 0.0 };
        let share = Share {
            weight: hits,
            inside: part(hits, known[group]),
            outside: part(with[level] - hits, all - known[group]),
            p_value: over_representation(hits, known[group], with[level], all),
        };
        found[group].push((level, share));
    }
    found
}

/// Shares of missing cells in every segment, and how likely chance alone gives so many, or so few.
pub(super) fn missing(missing: &[bool], groups: &Groups) -> Vec<Share> {
    let mut weight = vec![0.0; groups.len()];
    for (row, _) in missing.iter().enumerate().filter(|(_, missing)| **missing) {
        weight[groups.of[row]] += groups.weights[row];
    }
    let with: f64 = weight.iter().sum();
    let share = |group: usize| {
        let (hits, drawn, all) = (weight[group], groups.totals[group], groups.total);
        let rest = all - drawn;
        let outside = if groups.counts[group] == groups.rows.len() { 0.0 } else { (with - hits) / rest };
        let (over, under) =
            (over_representation(hits, drawn, with, all), over_representation(with - hits, rest, with, all));
        Share {
            weight: hits,
            inside: (hits / drawn).clamp(0.0, 1.0),
            outside: outside.clamp(0.0, 1.0),
            p_value: (2.0 * over.min(under)).min(1.0),
        }
    };
    (0..groups.len()).map(share).collect()
}
