//! Learning the statistics, and what the training rows see of them.

use crm_ml_core::{Result, Samples, Stream, parallel};

use super::encoder::{Encoder, FEW, Statistic};

/// The training rows with the numbers of one order each: what the trees of round `r` look at is view `r % views`.
pub(crate) type Views = Vec<Samples<'static>>;

/// The evidence of the training rows: negative gradients times weights (an array an output) and weights.
pub(crate) struct Evidence<'a> {
    pub(crate) gradients: &'a [Vec<f64>],
    pub(crate) weights: Option<&'a [f64]>,
    pub(crate) seed: u64,
}

/// The distinct levels of a statistic and the place of every row's level among them.
struct Levels {
    keys: Vec<u64>,
    places: Vec<u32>,
}

impl Levels {
    fn new(statistic: &Statistic, samples: &Samples<'_>) -> Self {
        let of_rows: Vec<u64> = (0..samples.n_rows()).map(|row| statistic.key(samples.row(row))).collect();
        let Some(count) = statistic.few_keys(FEW) else {
            let mut keys = of_rows.clone();
            keys.sort_unstable();
            keys.dedup();
            let place = |key: &u64| keys.partition_point(|other| other < key) as u32;
            let places = of_rows.iter().map(place).collect();
            return Self { keys, places };
        };
        let mut place_of = vec![0; count];
        of_rows.iter().for_each(|key| place_of[*key as usize] = 1);
        let keys: Vec<u64> = (0..count).filter(|key| place_of[*key] == 1).map(|key| key as u64).collect();
        keys.iter().enumerate().for_each(|(place, key)| place_of[*key as usize] = place as u32);
        let places = of_rows.iter().map(|key| place_of[*key as usize]).collect();
        Self { keys, places }
    }
}

/// Sums of one level.
#[derive(Clone, Copy, Default)]
struct Sum {
    gradient: f64,
    count: f64,
}

impl Sum {
    fn add(&mut self, gradient: f64, count: f64) {
        self.gradient -= gradient;
        self.count += count;
    }

    fn mean(self, prior: f64) -> f64 {
        let mean = self.gradient / (self.count + prior);
        if mean.is_finite() { mean } else { 0.0 }
    }
}

impl Encoder {
    /// Learns the tables from all rows (unless they are known), and gives the training rows as each order sees them.
    pub(crate) fn learn(
        &mut self,
        samples: &Samples<'_>,
        evidence: &Evidence<'_>,
        tables_are_known: bool,
    ) -> Result<Views> {
        let rows = samples.n_rows();
        // A prior of so many rows of average weight.
        let unit = evidence.weights.map_or(1.0, |w| w.iter().sum::<f64>() / rows as f64);
        let count = |row: usize| evidence.weights.map_or(1.0, |w| w[row] / unit);
        let levels = parallel::map(self.statistics.len(), |i| Levels::new(&self.statistics[i], samples));
        let prior = self.prior;
        let sums_of = |levels: &Levels,
                       output: usize,
                       rows: &mut dyn Iterator<Item = usize>,
                       see: &mut dyn FnMut(usize, Sum)| {
            let mut sums = vec![Sum::default(); levels.keys.len()];
            for row in rows {
                let sum = &mut sums[levels.places[row] as usize];
                see(row, *sum);
                sum.add(evidence.gradients[output][row] / unit, count(row));
            }
            sums
        };
        let outputs = self.outputs();
        if !tables_are_known {
            let tables = parallel::map(self.statistics.len(), |i| {
                let of_output = |output| sums_of(&levels[i], output, &mut (0..rows), &mut |_, _| {});
                let sums: Vec<Vec<Sum>> = (0..outputs).map(of_output).collect();
                let of_level = |level: usize| sums.iter().map(move |sums| sums[level].mean(prior));
                (0..levels[i].keys.len()).flat_map(of_level).collect::<Vec<f64>>()
            });
            for ((statistic, levels), values) in self.statistics.iter_mut().zip(&levels).zip(tables) {
                statistic.keys.clone_from(&levels.keys);
                statistic.values = values;
            }
        }
        let view = |permutation: usize| {
            let mut stream = Stream::new(evidence.seed, "boosting/ordered", permutation as u64);
            let order = stream.permutation(rows);
            let numbers = parallel::map(levels.len() * outputs, |number| {
                let mut seen = vec![0.0; rows];
                let mut order = order.iter().copied();
                let see = &mut |row: usize, sum: Sum| seen[row] = sum.mean(prior);
                sums_of(&levels[number / outputs], number % outputs, &mut order, see);
                seen
            });
            self.with_numbers(samples, &numbers)
        };
        (0..self.permutations).map(view).collect()
    }
}
