//! Mutual information of two columns of codes, by their table of weights.

/// Tables of more cells than this, and than a few times the rows, are made by sorting.
const DENSE: usize = 1 << 16;

pub(super) fn of_codes(a: &[u32], b: &[u32], weights: Option<&[f64]>) -> f64 {
    let levels = |codes: &[u32]| codes.iter().max().map_or(0, |code| *code as usize + 1);
    let (height, width) = (levels(a), levels(b));
    let (mut of_a, mut of_b) = (vec![0.0; height], vec![0.0; width]);
    let cells = match height.checked_mul(width) {
        Some(cells) if cells <= DENSE.max(a.len().saturating_mul(4)) => dense(a, b, weights, (cells, width)),
        _ => sparse(a, b, weights),
    };
    for &(i, j, weight) in &cells {
        of_a[i as usize] += weight;
        of_b[j as usize] += weight;
    }
    let total: f64 = of_a.iter().sum();
    let part = |&(i, j, weight): &(u32, u32, f64)| {
        weight / total * (weight / of_a[i as usize] / of_b[j as usize] * total).ln()
    };
    cells.iter().map(part).sum()
}

/// The cells that have weight.
fn dense(
    a: &[u32],
    b: &[u32],
    weights: Option<&[f64]>,
    (cells, width): (usize, usize),
) -> Vec<(u32, u32, f64)> {
    let mut table = vec![0.0; cells];
    for (row, (i, j)) in a.iter().zip(b).enumerate() {
        table[*i as usize * width + *j as usize] += weights.map_or(1.0, |w| w[row]);
    }
    let filled = table.into_iter().enumerate().filter(|(_, weight)| *weight > 0.0);
    filled.map(|(cell, weight)| ((cell / width) as u32, (cell % width) as u32, weight)).collect()
}

fn sparse(a: &[u32], b: &[u32], weights: Option<&[f64]>) -> Vec<(u32, u32, f64)> {
    let mut rows: Vec<usize> = (0..a.len()).collect();
    rows.sort_by_key(|&row| (a[row], b[row]));
    let same = |x: &usize, y: &usize| a[*x] == a[*y] && b[*x] == b[*y];
    let cell = |rows: &[usize]| {
        let weight = rows.iter().map(|&row| weights.map_or(1.0, |w| w[row])).sum();
        (a[rows[0]], b[rows[0]], weight)
    };
    rows.chunk_by(same).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::{dense, of_codes, sparse};

    #[test]
    fn entropies_and_independence() {
        let a = [0, 0, 1, 1, 2, 2, 3, 3];
        assert!((of_codes(&a, &a, None) - 4f64.ln()).abs() < 1e-15);
        assert!(of_codes(&a, &[0, 1, 0, 1, 0, 1, 0, 1], None).abs() < 1e-15);
        // Weights are rows.
        let weighted = of_codes(&[0, 1, 1], &[5, 2, 5], Some(&[2.0, 3.0, 1.0]));
        let repeated = of_codes(&[0, 0, 1, 1, 1, 1], &[5, 5, 2, 2, 2, 5], None);
        assert!((weighted - repeated).abs() < 1e-15 && repeated > 0.1);
    }

    #[test]
    fn both_tables_are_the_same() {
        let a: Vec<u32> = (0..500).map(|i| i * i % 37).collect();
        let b: Vec<u32> = (0..500).map(|i| i * 7 % 23).collect();
        let weights: Vec<f64> = (0..500).map(|i| 1.0 + f64::from(i % 3)).collect();
        assert_eq!(dense(&a, &b, Some(&weights), (37 * 23, 23)), sparse(&a, &b, Some(&weights)));
        let far: Vec<u32> = a.iter().map(|code| code + 4_000_000).collect();
        assert!((of_codes(&far, &b, None) - of_codes(&a, &b, None)).abs() < 1e-12);
    }
}
