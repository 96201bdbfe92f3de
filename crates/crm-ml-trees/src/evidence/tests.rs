use crm_ml_core::Stream;

use super::*;

fn items<E: Evidence>(evidence: &E, rows: &[u32]) -> Vec<E::Item> {
    rows.iter().map(|row| evidence.item(*row)).collect()
}

/// Sums of one column in plain `f64`.
fn plain(bins: &[u8], g: &[f64], h: &[f64]) -> Vec<(f64, f64, usize)> {
    let mut cells = vec![(0.0, 0.0, 0); 256];
    for (row, bin) in bins.iter().enumerate() {
        let cell = &mut cells[usize::from(*bin)];
        *cell = (cell.0 + g[row], cell.1 + h[row], cell.2 + 1);
    }
    cells
}

/// Gains of all thresholds by integers and by plain sums, each over the best plain one.
fn gains(bins: &[u8], g: &[f64], h: &[f64]) -> Vec<(f64, f64)> {
    let evidence = Gradients::new(g, h, 0.0);
    let rows: Vec<u32> = (0..bins.len() as u32).collect();
    let mut histogram = vec![0; 512];
    evidence.add_column(bins, &rows, &items(&evidence, &rows), &mut histogram);
    let mut total = vec![0; 2];
    histogram.chunks_exact(2).for_each(|cell| add(&mut total, cell));
    let cells = plain(bins, g, h);
    let (all_g, all_h): (f64, f64) = (g.iter().sum(), h.iter().sum());
    let (mut left, mut plain_left) = (vec![0; 2], (0.0, 0.0, 0));
    let mut gains = Vec::new();
    for (bin, cell) in cells.iter().enumerate() {
        add(&mut left, &histogram[2 * bin..2 * bin + 2]);
        plain_left = (plain_left.0 + cell.0, plain_left.1 + cell.1, plain_left.2 + cell.2);
        assert_eq!(evidence.rows(&left), plain_left.2, "row counts are exact");
        let mut right = total.clone();
        subtract(&mut right, &left);
        if evidence.rows(&left) == 0 || evidence.rows(&right) == 0 {
            continue;
        }
        let gain = evidence.score(&left, 0.0) + evidence.score(&right, 0.0) - evidence.score(&total, 0.0);
        let (other_g, other_h) = (all_g - plain_left.0, all_h - plain_left.1);
        let plain_gain =
            plain_left.0.powi(2) / plain_left.1 + other_g.powi(2) / other_h - all_g.powi(2) / all_h;
        gains.push((gain, plain_gain));
    }
    let best = gains.iter().map(|(_, plain)| *plain).fold(0.0, f64::max);
    gains.iter().map(|(gain, plain)| (gain / best, plain / best)).collect()
}

fn bins(rows: usize) -> Vec<u8> {
    let mut stream = Stream::new(1, "test/bins", 0);
    (0..rows).map(|_| stream.below(200) as u8).collect()
}

#[test]
fn heavy_tails_gain_as_in_plain_sums() {
    let mut stream = Stream::new(2, "test/tails", 0);
    let bins = bins(20_000);
    // Cauchy: the largest gradient is thousands of times the usual one.
    let g: Vec<f64> = bins
        .iter()
        .map(|bin| stream.normal() / stream.normal() + if *bin > 90 { 1.0 } else { 0.0 })
        .collect();
    for (gain, plain) in gains(&bins, &g, &vec![1.0; g.len()]) {
        assert!((gain - plain).abs() < 1e-9, "{gain} {plain}");
    }
}

#[test]
fn weights_over_six_decades_gain_as_in_plain_sums() {
    let mut stream = Stream::new(3, "test/decades", 0);
    let bins = bins(20_000);
    let weights: Vec<f64> = bins.iter().map(|_| 10f64.powf(6.0 * stream.uniform() - 3.0)).collect();
    let g: Vec<f64> =
        bins.iter().zip(&weights).map(|(bin, w)| w * (stream.normal() + f64::from(*bin) / 100.0)).collect();
    for (gain, plain) in gains(&bins, &g, &weights) {
        assert!((gain - plain).abs() < 1e-7, "{gain} {plain}");
    }
}

#[test]
fn a_sibling_is_the_parent_minus_the_child() {
    let mut stream = Stream::new(4, "test/sibling", 0);
    let bins = bins(5_000);
    let g: Vec<f64> = bins.iter().map(|_| stream.normal()).collect();
    let h: Vec<f64> = g.iter().map(|g| g.abs()).collect();
    let (left, right): (Vec<u32>, Vec<u32>) = (0..5_000).partition(|_| stream.uniform() < 0.3);
    let all: Vec<u32> = (0..5_000).collect();
    fn check<E: Evidence>(evidence: &E, bins: &[u8], [all, left, right]: [&[u32]; 3]) {
        let histogram = |rows: &[u32]| {
            let mut histogram = vec![0; 256 * evidence.words()];
            evidence.add_column(bins, rows, &items(evidence, rows), &mut histogram);
            histogram
        };
        let mut rest = histogram(all);
        subtract(&mut rest, &histogram(left));
        assert_eq!(rest, histogram(right));
        // The order of rows does not matter to a single bit.
        let reversed: Vec<u32> = all.iter().rev().copied().collect();
        assert_eq!(histogram(&reversed), histogram(all));
    }
    check(&Gradients::new(&g, &h, 0.0), &bins, [&all, &left, &right]);
}

#[test]
fn slots_of_any_width_sum_as_single_columns() {
    let mut stream = Stream::new(5, "test/groups", 0);
    let rows: Vec<u32> = (0..700).filter(|_| stream.uniform() < 0.4).collect();
    // 31 columns of 2 to 256 bins: groups of every room, the last one not full.
    let counts: Vec<usize> = (0..31).map(|column| 2 + (column * column * 254) / 900).collect();
    let columns: Vec<Vec<u8>> =
        counts.iter().map(|bins| (0..700).map(|_| stream.below(*bins) as u8).collect()).collect();
    let h: Vec<f64> = (0..700).map(|_| stream.uniform()).collect();
    fn check<E: Evidence>(evidence: &E, rows: &[u32], columns: &[Vec<u8>], counts: &[usize], share: bool) {
        let groups = crate::groups::groups(counts, counts, if share { usize::MAX } else { 0 });
        let lines = crate::groups::Lines::new(columns, &groups);
        let items = items(evidence, rows);
        let (mut seen, mut most) = (Vec::new(), 0);
        for (place, group) in groups.iter().enumerate() {
            let width = group.cells * evidence.words();
            let mut together = vec![0; LANES * width];
            let lanes: Vec<usize> = (0..group.slots.len()).collect();
            let shape = (group.cells, &lanes[..]);
            evidence.add_group(shape, lines.group(place), rows, &items, &mut together);
            for (slot, together) in group.slots.iter().zip(together.chunks_exact(width)) {
                most = most.max(slot.members.len());
                for member in &slot.members {
                    let mut single = vec![0; BINS * evidence.words()];
                    evidence.add_column(&columns[member.column], rows, &items, &mut single);
                    let mut own = vec![0; counts[member.column] * evidence.words()];
                    member.sum(together, evidence.words(), &mut own);
                    assert_eq!(own, single[..own.len()]);
                    seen.push(member.column);
                }
            }
        }
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..counts.len()));
        assert_eq!(most > 1, share);
    }
    for share in [false, true] {
        check(&Gradients::new(&h, &h, 0.0), &rows, &columns, &counts, share);
    }
}

#[test]
fn the_fast_cut_is_that_of_trying_all() {
    let mut stream = Stream::new(6, "test/cut", 0);
    for case in 0..300 {
        let rows = 1 + stream.below(200);
        let bins: Vec<u8> = (0..rows).map(|_| stream.below(1 + case % 256) as u8).collect();
        let g: Vec<f64> = bins.iter().map(|_| (stream.normal() * 4.0).round()).collect();
        let h: Vec<f64> = bins.iter().map(|_| stream.uniform()).collect();
        let evidence = Gradients::new(&g, &h, (case % 3) as f64);
        let rows: Vec<u32> = (0..rows as u32).collect();
        let mut cells = vec![0; 2 * BINS];
        evidence.add_column(&bins, &rows, &items(&evidence, &rows), &mut cells);
        let whole = evidence.sum(&rows);
        let limits = Limits {
            min_samples_leaf: 1 + stream.below(5),
            min_weight: stream.uniform(),
            min_gain: 0.0,
            smoothing: 0.0,
            category_l2: 0.0,
            min_samples_level: 1,
        };
        let (missing, cells) = cells.split_at(2 * (case % 2));
        let (mut apart, none) = ([0; 2], [0; 2]);
        add(&mut apart, missing);
        for [first, last] in [[&apart, &none], [&none, &apart]] {
            let bins = Bins { cells, first, last, whole: &whole };
            assert_eq!(evidence.best_cut(&bins, &limits), cut::try_all(&evidence, &bins, &limits));
        }
    }
}
