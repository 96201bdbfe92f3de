//! How often two labellings agree on pairs of rows.

use crm_ml_core::Result;

use super::pairs::Contingency;

/// Share of the pairs of rows that both labellings put together or both put apart (Rand 1971), from 0 to 1.
///
/// Names of labels do not matter; noise (-1) is a label like any other. One row: 1. O(n log n). Errors: lengths, no rows.
pub fn rand_score(first: &[i32], second: &[i32]) -> Result<f64> {
    let table = Contingency::new(first, second)?;
    let [both, of_first, of_second] = table.sums(|n| n * n);
    let pairs = table.rows * (table.rows - 1.0);
    Ok(if pairs == 0.0 { 1.0 } else { (pairs + 2.0 * both - of_first - of_second) / pairs })
}

/// The Rand index adjusted for chance (Hubert and Arabie 1985): 1 for equal labellings, 0 on average for random ones, down to -0.5.
///
/// Names of labels do not matter; noise (-1) is a label like any other. O(n log n). Errors: lengths, no rows.
///
/// ```
/// use crm_ml_metrics::adjusted_rand_score;
///
/// assert_eq!(adjusted_rand_score(&[0, 0, 1, 1], &[5, 5, 2, 2])?, 1.0);
/// assert!((adjusted_rand_score(&[0, 0, 1, 2], &[0, 0, 1, 1])? - 0.571_428_571_428_571_4).abs() < 1e-15);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn adjusted_rand_score(first: &[i32], second: &[i32]) -> Result<f64> {
    let table = Contingency::new(first, second)?;
    let n = table.rows;
    let [both, of_first, of_second] = table.sums(|n| n * n);
    // Ordered pairs: together in both, in one of them only, in none.
    let together = both - n;
    let (only_second, only_first) = (of_second - both, of_first - both);
    let apart = n * n - only_second - only_first - both;
    if only_second == 0.0 && only_first == 0.0 {
        return Ok(1.0);
    }
    let chance =
        (together + only_first) * (only_first + apart) + (together + only_second) * (only_second + apart);
    Ok(2.0 * (together * apart - only_first * only_second) / chance)
}

/// The geometric mean of precision and recall of pairs put together (Fowlkes and Mallows 1983), from 0 to 1.
///
/// Names of labels do not matter. 0 where nothing is together in both. O(n log n). Errors: lengths, no rows.
pub fn fowlkes_mallows_score(first: &[i32], second: &[i32]) -> Result<f64> {
    let table = Contingency::new(first, second)?;
    let [both, of_first, of_second] = table.sums(|n| n * (n - 1.0));
    Ok(if both == 0.0 { 0.0 } else { (both / of_first).sqrt() * (both / of_second).sqrt() })
}
