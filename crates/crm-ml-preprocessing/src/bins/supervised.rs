//! Bins by what they say of the target.

use crm_ml_core::{Check, Error, Labeled, Persist, Result, Samples, Schema, Targeted, parallel};
use serde::{Deserialize, Serialize};

use super::edges::bin_of;
use super::output::{self, BinEncode, Cuts};
use super::partition::{Mass, Wanted, best};
use crate::columns::{check_output, check_schema, column, is_real, transformer_model};
use crate::stats::Observed;

/// Whether the target must rise or fall from bin to bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Monotone {
    /// Neither.
    #[default]
    Free,
    /// It rises (or stays) with the value.
    Increasing,
    /// It falls (or stays) with the value.
    Decreasing,
    /// One of both, whichever fits better.
    Auto,
}

/// The target, by class codes or values.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    Classes { codes: &'a [u32], count: usize },
    Values(&'a [f64]),
}

/// Cuts every real column where the target changes: the bins under which the target is most likely, each paid for by the
/// Bayesian information criterion, so that noise is left in one bin.
///
/// Values are first put into `n_prebins` small bins of about equal weight; of all ways to join neighbours into at most
/// `max_bins` bins with `min_share` of the weight each, and a target that rises or falls if [`Monotone`] says so, the best is
/// found by dynamic programming. Two or more classes are told apart by the entropy of their shares, a real target by its
/// variance. Cuts are values of the data.
///
/// Missing values are left out in fitting and keep a column of their own or stay missing (see [`BinEncode`]); category columns
/// and columns without any value pass unchanged; weights count as rows. It learns from the target: on the rows of training
/// its bins look a little better than they are. Time O(rows log rows + max_bins x n_prebins^3) a column.
///
/// Errors: parameters out of range, a monotone target of more than two classes.
///
/// ```
/// use crm_ml_core::{Labeled, Samples, TransformerModel};
/// use crm_ml_preprocessing::SupervisedBinner;
/// use ndarray::Array2;
///
/// let x = Array2::from_shape_fn((100, 1), |(row, _)| row as f64);
/// let won: Vec<bool> = (0..100).map(|row| row >= 40).collect();
/// let data = Labeled::new(Samples::new(&x)?, &won)?;
/// let model = SupervisedBinner::new().fit(&data)?;
/// assert_eq!(model.cuts(0), Some(&[40.0][..]));
/// assert_eq!(model.output_schema().name(1), "x0=[40, inf)");
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupervisedBinner {
    max_bins: usize,
    n_prebins: usize,
    min_share: f64,
    monotone: Monotone,
    encode: BinEncode,
}

/// The fitted [`SupervisedBinner`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupervisedBinnerModel {
    schema: Schema,
    output: Schema,
    encode: BinEncode,
    cuts: Vec<Option<Cuts>>,
}

impl Default for SupervisedBinner {
    fn default() -> Self {
        let (monotone, encode) = (Monotone::default(), BinEncode::default());
        Self { max_bins: 8, n_prebins: 64, min_share: 0.05, monotone, encode }
    }
}

impl SupervisedBinner {
    /// At most eight bins of a twentieth of the weight or more, one-hot.
    pub fn new() -> Self {
        Self::default()
    }

    /// Most bins of a column.
    pub fn max_bins(mut self, max_bins: usize) -> Self {
        self.max_bins = max_bins;
        self
    }

    /// How many small bins cuts are chosen from: cuts lie between them, so that more of them place cuts more finely.
    pub fn n_prebins(mut self, n_prebins: usize) -> Self {
        self.n_prebins = n_prebins;
        self
    }

    /// Least share of the weight (of values that are there) in a bin.
    pub fn min_share(mut self, min_share: f64) -> Self {
        self.min_share = min_share;
        self
    }

    /// Whether the target must rise or fall with the value.
    pub fn monotone(mut self, monotone: Monotone) -> Self {
        self.monotone = monotone;
        self
    }

    /// What a bin becomes.
    pub fn encode(mut self, encode: BinEncode) -> Self {
        self.encode = encode;
        self
    }

    /// Learns from classes.
    pub fn fit(&self, data: &Labeled<'_>) -> Result<SupervisedBinnerModel> {
        let target = Target::Classes { codes: data.codes(), count: data.classes().len() };
        self.learn(data.samples(), target)
    }

    /// Learns from a real target.
    pub fn fit_targeted(&self, data: &Targeted<'_>) -> Result<SupervisedBinnerModel> {
        self.learn(data.samples(), Target::Values(data.target()))
    }

    pub(crate) fn check(&self, check: Check) -> Check {
        check.between("max_bins", self.max_bins, 1, 64).between("n_prebins", self.n_prebins, 2, 256).range(
            "min_share",
            self.min_share,
            0.0..=0.5,
        )
    }

    fn learn(&self, samples: &Samples<'_>, target: Target<'_>) -> Result<SupervisedBinnerModel> {
        self.check(Check::of("SupervisedBinner")).finish()?;
        self.check_target(target)?;
        let schema = samples.schema();
        let cuts = parallel::map(samples.n_columns(), |position| {
            let values = is_real(schema, position).then(|| column(samples, position))?;
            let gaps = values.iter().any(|v| v.is_nan());
            Some(Cuts { cuts: self.cuts(&values, samples.weights(), target)?, gaps })
        });
        let output = output::schema(schema, &cuts, self.encode)?;
        Ok(SupervisedBinnerModel { schema: schema.clone(), output, encode: self.encode, cuts })
    }

    pub(crate) fn check_target(&self, target: Target<'_>) -> Result<()> {
        match target {
            Target::Classes { count, .. } if count > 2 && self.monotone != Monotone::Free => {
                Err(Error::unsupported(format!("of {count} classes none rises or falls: use Monotone::Free")))
            }
            _ => Ok(()),
        }
    }

    /// The ascending cuts of values, NaN where missing; `None` without values.
    pub(crate) fn cuts(
        &self,
        values: &[f64],
        weights: Option<&[f64]>,
        target: Target<'_>,
    ) -> Option<Vec<f64>> {
        let seen = Observed::new(values, weights);
        if seen.is_empty() {
            return None;
        }
        let fine = self.prebins(&seen);
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        let there: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan()).collect();
        let total: f64 = there.iter().map(|&row| weight(row)).sum();
        let (centre, variance) = match target {
            Target::Classes { .. } => (0.0, None),
            Target::Values(y) => {
                let mean = there.iter().map(|&row| weight(row) * y[row]).sum::<f64>() / total;
                let square = |row: &usize| weight(*row) * (y[*row] - mean) * (y[*row] - mean);
                (mean, Some(there.iter().map(square).sum::<f64>() / total))
            }
        };
        if variance.is_some_and(|v| !(v.is_finite() && v > 0.0)) {
            return Some(Vec::new());
        }
        let sums = match target {
            Target::Classes { count, .. } => count,
            Target::Values(_) => 2,
        };
        let mut masses = vec![Mass { weight: 0.0, sums: vec![0.0; sums] }; fine.len() + 1];
        for row in there {
            let mass = &mut masses[bin_of(values[row], &fine)];
            mass.weight += weight(row);
            match target {
                Target::Classes { codes, .. } => mass.sums[codes[row] as usize] += weight(row),
                Target::Values(y) => {
                    let distance = y[row] - centre;
                    mass.sums[0] += weight(row) * distance;
                    mass.sums[1] += weight(row) * distance * distance;
                }
            }
        }
        // A cut and the shares (or the mean) behind it.
        let free = match target {
            Target::Classes { count, .. } => count.max(2) as f64,
            Target::Values(_) => 2.0,
        };
        let price = 0.5 * free * total.max(2.0).ln();
        let least = self.min_share * total;
        let wanted = Wanted { max_bins: self.max_bins, least, price, monotone: self.monotone, variance };
        Some(best(&masses, &wanted).into_iter().filter_map(|start| fine.get(start - 1).copied()).collect())
    }

    /// Cuts between small bins: all different values, or about equal weights.
    fn prebins(&self, seen: &Observed) -> Vec<f64> {
        let sorted = seen.sorted();
        let end = sorted.ends.last().copied().unwrap_or(0.0);
        let mut different = sorted.values.clone();
        different.dedup_by(|a, b| a == b);
        let mut cuts: Vec<f64> = if different.len() <= self.n_prebins {
            different
        } else {
            let at = |i: usize| {
                let wanted = end * i as f64 / self.n_prebins as f64;
                sorted.values[sorted.ends.partition_point(|e| *e <= wanted).min(sorted.values.len() - 1)]
            };
            (0..self.n_prebins).map(at).collect()
        };
        cuts.dedup_by(|a, b| a == b);
        cuts.retain(|cut| *cut > sorted.values[0]);
        cuts
    }
}

impl SupervisedBinnerModel {
    /// The ascending cuts of a column; `None` for one that passes unchanged.
    pub fn cuts(&self, column: usize) -> Option<&[f64]> {
        Some(&self.cuts.get(column)?.as_ref()?.cuts)
    }

    fn apply(&self, samples: &Samples<'_>) -> Result<Samples<'static>> {
        output::transform(samples, &self.output, &self.cuts, self.encode)
    }
}

transformer_model!(SupervisedBinnerModel);

impl Persist for SupervisedBinnerModel {
    const KIND: &'static str = "preprocessing/supervised-binner";

    fn validate(&self) -> Result<()> {
        check_schema(&self.schema)?;
        if self.cuts.len() != self.schema.width() {
            return Err(Error::length("cuts", self.schema.width(), self.cuts.len()));
        }
        let sound = |(position, cuts): (usize, &Option<Cuts>)| {
            cuts.as_ref().is_none_or(|cuts| is_real(&self.schema, position) && cuts.is_sound())
        };
        match self.cuts.iter().enumerate().all(sound) {
            true => check_output(&self.output, &output::schema(&self.schema, &self.cuts, self.encode)?),
            false => Err(Error::model_file("cuts do not fit their column")),
        }
    }
}
