//! The length of a path that nothing has been learnt of.

/// Euler's constant.
const GAMMA: f64 = 0.577_215_664_901_532_9;

/// The average length of the path to a row in a random binary search tree of `rows` rows: what a leaf of so many rows stands for.
///
/// `2 (ln(n - 1) + 0.5772...) - 2 (n - 1) / n`, 1 for two rows and 0 for one, as in the paper and in scikit-learn.
///
/// ```
/// # use crm_ml_anomaly::average_path_length;
/// assert_eq!(average_path_length(2), 1.0);
/// assert!((average_path_length(256) - 10.244770920116851).abs() < 1e-10);
/// ```
pub fn average_path_length(rows: usize) -> f64 {
    match rows {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let n = rows as f64;
            2.0 * ((n - 1.0).ln() + GAMMA) - 2.0 * (n - 1.0) / n
        }
    }
}
