//! Statistics of one column, missing values left out and weights honoured.

use crm_ml_core::sort;

use crate::exact::{Moments, Tally};
use crate::seen::{Extent, Statistic};
use crate::select::pair_at;

/// The values of a column that are there, with their weights.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    values: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl Observed {
    pub(crate) fn new(values: &[f64], weights: Option<&[f64]>) -> Self {
        let weights = weights.map(|w| {
            let there = values.iter().zip(w).filter(|(v, _)| !v.is_nan());
            there.map(|(_, w)| *w).collect()
        });
        Self { values: values.iter().copied().filter(|v| !v.is_nan()).collect(), weights }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn count(&self) -> usize {
        self.values.len()
    }

    /// Sum of the weights.
    pub(crate) fn total(&self) -> f64 {
        Tally::of(self.weights(), self.values.len()).value()
    }

    pub(crate) fn weighted(&self) -> impl Iterator<Item = (f64, f64)> {
        self.values.iter().enumerate().map(|(i, &v)| (v, self.weights.as_ref().map_or(1.0, |w| w[i])))
    }

    /// Exact mean and variance.
    pub(crate) fn moments(&self) -> Moments {
        Moments::of(&self.values, self.weights.as_deref())
    }

    pub(crate) fn mean(&self) -> f64 {
        self.moments().mean()
    }

    /// Mean squared distance from the mean.
    pub(crate) fn variance(&self) -> f64 {
        self.moments().variance()
    }

    /// Their weights; `None` where all count the same.
    pub(crate) fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// Least and largest value.
    pub(crate) fn extent(&self) -> Extent {
        let mut extent = Extent::default();
        Extent::see(&mut extent, &self.values, None);
        extent
    }

    /// Quantiles with linear interpolation between order statistics (Hyndman and Fan's type 7, numpy's default).
    ///
    /// A whole weight counts its row that often. Weights that are not whole are first scaled to a mean of 1.
    pub(crate) fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [f64; N] {
        if self.is_empty() {
            return [f64::NAN; N];
        }
        if self.weights.is_none() {
            return selected(&[&self.values], shares);
        }
        let sorted = self.sorted();
        shares.map(|share| sorted.quantile(share))
    }

    /// In order, for many quantiles.
    pub(crate) fn sorted(&self) -> Sorted {
        if self.weights.is_none() {
            let keys = sort::sort(self.values.iter().map(|v| sort::key(*v)).collect::<Vec<u64>>());
            let ends = (1..=keys.len()).map(|rows| rows as f64).collect();
            return Sorted { values: keys.into_iter().map(sort::value).collect(), ends, whole: true };
        }
        let mut sorted: Vec<(f64, f64)> = self.weighted().collect();
        // Equal values by weight, so that sums of weights do not depend on the order of the rows.
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let whole = sorted.iter().all(|(_, w)| w.fract() == 0.0);
        // Weights that are all the same count rows, without the rounding of a division.
        let same = sorted.windows(2).all(|pair| pair[0].1 == pair[1].1);
        let unit = match sorted.first() {
            Some((_, weight)) if same && !whole => *weight,
            _ if whole => 1.0,
            _ => self.total() / self.count() as f64,
        };
        let mut end = 0.0;
        let mut add = |weight: f64| {
            end += weight / unit;
            end
        };
        let ends = sorted.iter().map(|(_, weight)| add(*weight)).collect();
        Sorted { values: sorted.into_iter().map(|(value, _)| value).collect(), ends, whole: whole || same }
    }

    /// The distances of the values from a point, with the values' weights.
    pub(crate) fn distances_from(&self, point: f64) -> Self {
        let values = self.values.iter().map(|v| (v - point).abs()).collect();
        Self { values, weights: self.weights.clone() }
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantiles([0.5])[0]
    }

    /// The value of the largest weight, the smallest among equals.
    pub(crate) fn most_frequent(&self) -> f64 {
        let mut sorted: Vec<(f64, f64)> = self.weighted().collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut best = (f64::NAN, 0.0);
        let mut start = 0;
        while start < sorted.len() {
            let value = sorted[start].0;
            let run = sorted[start..].iter().take_while(|(v, _)| *v == value);
            let (length, weight) = run.fold((0, 0.0), |(n, sum), (_, w)| (n + 1, sum + w));
            if weight > best.1 {
                best = (value, weight);
            }
            start += length;
        }
        best.0
    }
}

/// Quantiles without weights: order statistics are selected, nothing is sorted. NaN without values.
pub(crate) fn selected<const N: usize>(pieces: &[&[f64]], shares: [f64; N]) -> [f64; N] {
    let last = pieces.iter().map(|piece| piece.len()).sum::<usize>().saturating_sub(1);
    shares.map(|share| {
        let place = last as f64 * share;
        let (below, part) = ((place.floor() as usize).min(last), place.fract());
        match pair_at(pieces, below) {
            Some((low, high)) if part != 0.0 => between(low, high, part),
            pair => pair.map_or(f64::NAN, |(low, _)| low),
        }
    })
}

/// The point that lies so far on the way from one number to the other, as numpy rounds it.
pub(crate) fn between(low: f64, high: f64, part: f64) -> f64 {
    let span = high - low;
    if !span.is_finite() {
        low * (1.0 - part) + high * part
    } else if part < 0.5 {
        low + part * span
    } else {
        high - (1.0 - part) * span
    }
}

/// Values in order, and the weight up to each, in units of a row.
pub(crate) struct Sorted {
    pub(crate) values: Vec<f64>,
    pub(crate) ends: Vec<f64>,
    /// Whether all ends are whole numbers.
    whole: bool,
}

impl Sorted {
    /// As [`Observed::quantiles`]; NaN without values.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let (Some(last), Some(end)) = (self.values.len().checked_sub(1), self.ends.last()) else {
            return f64::NAN;
        };
        let place = (end - 1.0).max(0.0) * share;
        let (below, part) = (place.floor(), place.fract());
        let low = self.at(below, last);
        if part == 0.0 { low } else { between(low, self.at(below + 1.0, last), part) }
    }

    /// The value of the row at a place, from 0.
    fn at(&self, place: f64, last: usize) -> f64 {
        self.values[self.ends.partition_point(|end| *end <= place).min(last)]
    }

    /// The least value that a share of the weight does not exceed, the mean of two where it is met exactly (Hyndman and
    /// Fan's type 2).
    pub(crate) fn stepped(&self, share: f64) -> f64 {
        let (Some(last), Some(end)) = (self.values.len().checked_sub(1), self.ends.last()) else {
            return f64::NAN;
        };
        let wanted = end * share;
        if self.whole {
            // As numpy rounds it, for rows and rows that count several times alike.
            let (row, below) = (wanted - 1.0, (wanted - 1.0).floor());
            let next = self.at(below + 1.0, last);
            return if row == below && row >= 0.0 { between(self.at(below, last), next, 0.5) } else { next };
        }
        let near = |a: f64| (a - wanted).abs() <= 1e-12 * wanted.abs();
        let first = self.ends.partition_point(|end| *end < wanted && !near(*end)).min(last);
        let low = self.values[first];
        if share > 0.0 && near(self.ends[first]) && first < last {
            0.5 * low + 0.5 * self.values[first + 1]
        } else {
            low
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_weights_count_rows() {
        let values = [3.0, 1.0, f64::NAN, 2.0];
        let weighted = Observed::new(&values, Some(&[2.0, 3.0, 9.0, 1.0]));
        let repeated = Observed::new(&[1.0, 1.0, 1.0, 2.0, 3.0, 3.0], None);
        assert_eq!(weighted.quantiles([0.1, 0.25, 0.5, 0.77]), repeated.quantiles([0.1, 0.25, 0.5, 0.77]));
        assert_eq!(weighted.mean(), repeated.mean());
        assert!((weighted.variance() - repeated.variance()).abs() < 1e-15);
        assert_eq!(weighted.most_frequent(), 1.0);
        assert_eq!((weighted.extent().min, weighted.extent().max), (1.0, 3.0));
        assert!(Observed::new(&[f64::NAN], None).median().is_nan());
    }

    #[test]
    fn equal_fractional_weights_change_nothing() {
        let values = [5.0, 1.0, 4.0, 2.0, 9.0];
        let plain = Observed::new(&values, None).quantiles([0.1, 0.5, 0.9]);
        let weighted = Observed::new(&values, Some(&[0.25; 5])).quantiles([0.1, 0.5, 0.9]);
        assert_eq!(plain, weighted);
    }
}
