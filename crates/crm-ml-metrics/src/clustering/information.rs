//! What one labelling tells of another.

use crm_ml_core::Result;

use super::pairs::Contingency;
use crate::sum::Sum;

/// Homogeneity, completeness, and their mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VMeasure {
    /// 1 where every cluster holds rows of one class only.
    pub homogeneity: f64,
    /// 1 where all rows of a class are in one cluster.
    pub completeness: f64,
    /// Their harmonic mean.
    pub v_measure: f64,
}

impl Contingency {
    /// In nats.
    fn mutual_information(&self) -> f64 {
        let share = |(first, second, count): &(usize, usize, f64)| {
            let expected = (self.first[*first] / self.rows) * self.second[*second];
            count / self.rows * (count / expected).ln()
        };
        // Of independent labellings rounding leaves less than nothing.
        self.cells.iter().map(share).collect::<Sum>().value().max(0.0)
    }

    fn entropy(&self, counts: &[f64]) -> f64 {
        if counts.len() == 1 {
            return 0.0;
        }
        let share = |count: &f64| -(count / self.rows) * (count / self.rows).ln();
        counts.iter().map(share).collect::<Sum>().value()
    }

    /// Expected mutual information of labellings with these counts, drawn at random (Vinh, Epps, Bailey 2010).
    fn expected_information(&self) -> f64 {
        let n = self.rows as usize;
        let mut factorials = Vec::with_capacity(n + 1);
        let mut sum = Sum::default();
        factorials.push(0.0);
        for i in 1..=n {
            sum.add((i as f64).ln());
            factorials.push(sum.value());
        }
        let ln_factorial = |count: usize| factorials[count];
        // Equal counts give equal terms.
        let (first, second) = (repeated(&self.first), repeated(&self.second));
        let mut expected = Sum::default();
        for &(a, times_a) in &first {
            for &(b, times_b) in &second {
                let fixed = ln_factorial(a) + ln_factorial(b) + ln_factorial(n - a) + ln_factorial(n - b);
                let mut of_pair = Sum::default();
                for both in (a + b).saturating_sub(n).max(1)..=a.min(b) {
                    let information =
                        both as f64 / self.rows * (self.rows * both as f64 / (a as f64 * b as f64)).ln();
                    let probability = fixed
                        - ln_factorial(n)
                        - ln_factorial(both)
                        - ln_factorial(a - both)
                        - ln_factorial(b - both)
                        - ln_factorial(n + both - a - b);
                    of_pair.add(information * probability.exp());
                }
                expected.add(times_a * times_b * of_pair.value());
            }
        }
        expected.value()
    }
}

/// Different counts and how often each is there.
fn repeated(counts: &[f64]) -> Vec<(usize, f64)> {
    let mut counts: Vec<usize> = counts.iter().map(|count| *count as usize).collect();
    counts.sort_unstable();
    counts.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as f64)).collect()
}

/// Mutual information of two labellings, in nats. O(n log n). Errors: lengths, no rows.
pub fn mutual_info_score(first: &[i32], second: &[i32]) -> Result<f64> {
    Ok(Contingency::new(first, second)?.mutual_information())
}

/// Mutual information divided by the mean of both entropies, from 0 to 1. O(n log n). Errors: lengths, no rows.
pub fn normalized_mutual_info_score(first: &[i32], second: &[i32]) -> Result<f64> {
    let table = Contingency::new(first, second)?;
    if table.first.len() == 1 && table.second.len() == 1 {
        return Ok(1.0);
    }
    let mean = 0.5 * (table.entropy(&table.first) + table.entropy(&table.second));
    Ok((table.mutual_information() / mean).min(1.0))
}

/// Mutual information adjusted for chance (Vinh, Epps, Bailey 2010), mean of entropies below: 1 for equal labellings, 0 on average for
/// random ones.
///
/// Time: O(n log n), and for the expectation the smaller of two cluster sizes for every two different sizes. Errors: lengths, no rows.
///
/// ```
/// use crm_ml_metrics::adjusted_mutual_info_score;
///
/// assert_eq!(adjusted_mutual_info_score(&[0, 0, 1, 1], &[1, 1, 0, 0])?, 1.0);
/// assert!(adjusted_mutual_info_score(&[0, 0, 0, 0], &[0, 1, 2, 3])?.abs() < 1e-15);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
pub fn adjusted_mutual_info_score(first: &[i32], second: &[i32]) -> Result<f64> {
    let table = Contingency::new(first, second)?;
    let clusters = (table.first.len(), table.second.len());
    // Equal labellings, also where nothing is to be known.
    let all_alone = clusters.0 == clusters.1 && clusters.0 as f64 == table.rows;
    if clusters == (1, 1) || all_alone {
        return Ok(1.0);
    }
    let expected = table.expected_information();
    let mean = 0.5 * (table.entropy(&table.first) + table.entropy(&table.second));
    let room = mean - expected;
    // As scikit-learn: no division by what is 0 but for rounding.
    let room = if room < 0.0 { room.min(-f64::EPSILON) } else { room.max(f64::EPSILON) };
    Ok((table.mutual_information() - expected) / room)
}

/// Homogeneity and completeness of `clusters` against `classes` (Rosenberg and Hirschberg 2007), and their harmonic mean.
///
/// Each from 0 to 1. O(n log n). Errors: lengths, no rows.
pub fn v_measure(classes: &[i32], clusters: &[i32]) -> Result<VMeasure> {
    let table = Contingency::new(classes, clusters)?;
    let information = table.mutual_information();
    let share = |entropy: f64| if entropy == 0.0 { 1.0 } else { (information / entropy).min(1.0) };
    let homogeneity = share(table.entropy(&table.first));
    let completeness = share(table.entropy(&table.second));
    let sum = homogeneity + completeness;
    let v_measure = if sum == 0.0 { 0.0 } else { 2.0 * homogeneity * completeness / sum };
    Ok(VMeasure { homogeneity, completeness, v_measure })
}
