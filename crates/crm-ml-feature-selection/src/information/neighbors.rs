//! Mutual information by distances to neighbours: nothing is cut into bins.

use statrs::function::gamma::digamma;

/// Of numbers and codes, one each a row (Ross 2014).
pub(super) fn of_numbers_and_codes(numbers: &[f64], codes: &[u32], n_neighbors: usize) -> f64 {
    let mut by_class: Vec<(u32, f64)> = codes.iter().copied().zip(numbers.iter().copied()).collect();
    by_class.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    // A row that is alone in its class tells nothing.
    let groups: Vec<&[(u32, f64)]> = by_class.chunk_by(|a, b| a.0 == b.0).filter(|g| g.len() > 1).collect();
    let mut all: Vec<f64> = groups.iter().flat_map(|group| group.iter().map(|(_, v)| *v)).collect();
    if all.is_empty() {
        return 0.0;
    }
    all.sort_by(f64::total_cmp);
    let (mut neighbors, mut sizes, mut around) = (0.0, 0.0, 0.0);
    for group in groups {
        let k = n_neighbors.min(group.len() - 1);
        neighbors += group.len() as f64 * digamma(k as f64);
        sizes += group.len() as f64 * digamma(group.len() as f64);
        for place in 0..group.len() {
            around += digamma(nearer(&all, group[place].1, kth_distance(group, place, k)));
        }
    }
    let count = all.len() as f64;
    digamma(count) + (neighbors - sizes - around) / count
}

/// How many sorted values are nearer to one of them than `distance`, itself included; equal ones where that is 0.
fn nearer(sorted: &[f64], value: f64, distance: f64) -> f64 {
    let inside = |apart: f64| apart < distance || apart <= 0.0;
    // Distances decide, as they do among neighbours: rounding may put `value - distance` on the other side.
    let below = sorted.partition_point(|v| !inside(value - v));
    let through = sorted.partition_point(|v| inside(v - value));
    (through - below).max(1) as f64
}

/// Distance to the `k`-th nearest other value in a sorted group.
fn kth_distance(group: &[(u32, f64)], place: usize, k: usize) -> f64 {
    let value = group[place].1;
    let (mut low, mut high) = (place, place);
    let mut distance = 0.0;
    for _ in 0..k {
        // The distance of two numbers may be infinite, too.
        let below = (low > 0).then(|| value - group[low - 1].1);
        let above = (high + 1 < group.len()).then(|| group[high + 1].1 - value);
        match (below, above) {
            (Some(below), above) if above.is_none_or(|above| below <= above) => {
                low -= 1;
                distance = below;
            }
            (_, Some(above)) => {
                high += 1;
                distance = above;
            }
            _ => break,
        }
    }
    distance
}

/// Of two numbers a row (Kraskov, Stögbauer and Grassberger 2004).
pub(super) fn of_numbers(a: &[f64], b: &[f64], n_neighbors: usize) -> f64 {
    let (a, b) = (scaled(a), scaled(b));
    let count = a.len();
    if count < 2 {
        return 0.0;
    }
    let k = n_neighbors.min(count - 1);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|i, j| a[*i].total_cmp(&a[*j]));
    let plane: Vec<(f64, f64)> = order.iter().map(|row| (a[*row], b[*row])).collect();
    let sorted: Vec<f64> = plane.iter().map(|point| point.0).collect();
    let mut others = b;
    others.sort_by(f64::total_cmp);
    let mut sums = 0.0;
    let mut nearest = Vec::with_capacity(k + 1);
    for place in 0..count {
        let distance = kth_distance_in_plane(&plane, place, k, &mut nearest);
        sums += digamma(nearer(&sorted, plane[place].0, distance));
        sums += digamma(nearer(&others, plane[place].1, distance));
    }
    digamma(count as f64) + digamma(k as f64) - sums / count as f64
}

/// Values divided by their standard deviation, so that distances along both axes can be compared.
fn scaled(values: &[f64]) -> Vec<f64> {
    let count = values.len() as f64;
    let mean = values.iter().map(|v| v / count).sum::<f64>();
    let largest = values.iter().map(|v| (v - mean).abs()).fold(0.0, f64::max);
    if largest == 0.0 || !largest.is_finite() {
        return values.to_vec();
    }
    let square = values.iter().map(|v| ((v - mean) / largest).powi(2)).sum::<f64>() / count;
    values.iter().map(|v| v / (largest * square.sqrt())).collect()
}

/// Distance (the larger of both coordinates') to the `k`-th nearest other point; points are sorted by the first one.
fn kth_distance_in_plane(plane: &[(f64, f64)], place: usize, k: usize, nearest: &mut Vec<f64>) -> f64 {
    nearest.clear();
    let (x, y) = plane[place];
    let (mut low, mut high) = (place, place + 1);
    loop {
        let bound = if nearest.len() == k { nearest[k - 1] } else { f64::INFINITY };
        let below = if low > 0 { x - plane[low - 1].0 } else { f64::INFINITY };
        let above = if high < plane.len() { plane[high].0 - x } else { f64::INFINITY };
        if below.min(above) >= bound || below.min(above) == f64::INFINITY {
            return bound;
        }
        let (step, other) = if below <= above {
            low -= 1;
            (below, plane[low].1)
        } else {
            high += 1;
            (above, plane[high - 1].1)
        };
        let distance = step.max((other - y).abs());
        if distance < bound {
            nearest.truncate(k - 1);
            let position = nearest.partition_point(|d| *d <= distance);
            nearest.insert(position, distance);
        }
    }
}
