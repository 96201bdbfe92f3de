//! What can be asked of a pipeline.

use crm_ml_core::{Check, Result};
use crm_ml_table::PhoneNumber;
use serde::{Deserialize, Serialize};

use super::gaps::FillFrom;
use super::{DatePart, EmailKinds, EmailPart, PhonePart, TablePipeline, TextMeasure, dates};
use crate::{
    IterativeImputer, KBinsDiscretizer, NeighborWeights, OutlierAction, OutlierRule, SanityChecker, Smooth,
    Strategy, SupervisedBinner, Unseen, encode,
};

/// What category fields become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Encoding {
    /// One 0/1 column a level, missing and rare levels included: for linear and distance-based models.
    #[default]
    OneHot,
    /// One number a level, missing -2, unseen -1.
    Ordinal,
    /// The share of the rows that have the level.
    Frequency,
    /// What the level says of the target, cross-fitted: needs labels.
    Target,
    /// A category column of codes, missing as NaN: for trees that split on categories.
    Native,
    /// The weight of evidence of the level, cross-fitted: needs labels of two classes. See
    /// [`WeightOfEvidence`](crate::WeightOfEvidence).
    WeightOfEvidence,
}

/// How numbers are scaled after filling and cutting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Scaling {
    /// They keep their units.
    #[default]
    None,
    /// Mean 0, variance 1: see [`StandardScaler`](crate::StandardScaler).
    Standard,
    /// From 0 to 1: see [`MinMaxScaler`](crate::MinMaxScaler).
    MinMax,
    /// Median 0, interquartile range 1: see [`RobustScaler`](crate::RobustScaler).
    Robust,
    /// Towards a normal distribution by Yeo and Johnson's powers, mean 0, variance 1: see
    /// [`PowerTransformer`](crate::PowerTransformer).
    Power,
    /// By ranks, from 0 to 1: see [`QuantileTransformer`](crate::QuantileTransformer) (of all rows).
    Uniform,
    /// By ranks, normally distributed: see [`QuantileTransformer`](crate::QuantileTransformer) (of all rows).
    Normal,
}

/// Whether numbers become categories of intervals, which are then encoded as categories are; missing values stay missing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Binning {
    /// They stay numbers.
    #[default]
    None,
    /// By the values alone.
    KBins(KBinsDiscretizer),
    /// By what they say of the target: needs labels. The bins have seen the rows of training.
    Supervised(SupervisedBinner),
}

/// What becomes of extreme numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Outliers {
    pub(super) rule: OutlierRule,
    pub(super) action: OutlierAction,
    /// Whether every value is told in the report.
    pub(super) told: bool,
}

/// Category fields of more levels than that are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hashing {
    pub(super) above: usize,
    pub(super) n_features: usize,
}

impl Default for TablePipeline {
    fn default() -> Self {
        Self {
            encoding: Encoding::default(),
            impute: Some(Strategy::Median),
            fill_from: None,
            add_indicator: true,
            scaling: Scaling::default(),
            binning: Binning::default(),
            outliers: None,
            hashing: None,
            date_parts: None,
            reference_date: None,
            text_measures: vec![TextMeasure::Characters, TextMeasure::Words],
            email_parts: vec![
                EmailPart::DomainKind,
                EmailPart::TopLevelDomain,
                EmailPart::RoleAddress,
                EmailPart::LocalDigits,
            ],
            email_kinds: EmailKinds::default(),
            phone_parts: vec![PhonePart::CountryCode, PhonePart::Valid],
            phone_country: None,
            handle_unknown: Unseen::default(),
            min_frequency: None,
            max_categories: Some(64),
            smooth: Smooth::default(),
            cv: 5,
            seed: 0,
            sanity: None,
        }
    }
}

impl TablePipeline {
    /// One-hot encoding with at most 64 columns a field, gaps filled with the median and flagged, no cutting, no scaling.
    pub fn new() -> Self {
        Self::default()
    }

    /// What category fields become.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// What fills gaps in numbers, truth values and dates (truth values take the most frequent one, unless it is a
    /// constant); `None` leaves them NaN, for estimators that take it.
    pub fn impute(mut self, impute: impl Into<Option<Strategy>>) -> Self {
        self.impute = impute.into();
        self.fill_from = None;
        self
    }

    /// Fills gaps in numbers, truth values and dates from the nearest rows, as [`KnnImputer`](crate::KnnImputer) does it, after
    /// scaling and encoding: choose a [`Scaling`], and an encoding other than [`Encoding::Native`] where there are categories.
    pub fn impute_knn(mut self, n_neighbors: usize, weights: NeighborWeights) -> Self {
        self.impute = None;
        self.fill_from = Some(FillFrom::Nearest { count: n_neighbors, weights });
        self
    }

    /// Fills gaps in numbers, truth values and dates by regressions on the other columns, as [`IterativeImputer`] does it, after scaling
    /// and encoding: choose an encoding other than [`Encoding::Native`] where there are categories. Truth values become shares.
    pub fn impute_iterative(mut self, imputer: IterativeImputer) -> Self {
        self.impute = None;
        self.fill_from = Some(FillFrom::Regressions(Box::new(imputer)));
        self
    }

    /// Whether fields with gaps get a column that says where.
    pub fn add_indicator(mut self, add_indicator: bool) -> Self {
        self.add_indicator = add_indicator;
        self
    }

    /// How numbers, days and text measures are scaled.
    pub fn scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = scaling;
        self
    }

    /// Whether number fields become categories of intervals.
    pub fn binning(mut self, binning: Binning) -> Self {
        self.binning = binning;
        self
    }

    /// Cuts numbers to these two of their quantiles, for example 0.01 and 0.99.
    pub fn clip(mut self, lower: f64, upper: f64) -> Self {
        let rule = OutlierRule::Quantile(lower, upper);
        self.outliers = Some(Outliers { rule, action: OutlierAction::Clip, told: false });
        self
    }

    /// What becomes of extreme values of number fields, each of which is told in [`CleaningReport::touched`](super::CleaningReport::touched);
    /// days and text measures are cut at the same bounds whatever the action, and not told.
    pub fn outliers(mut self, rule: OutlierRule, action: OutlierAction) -> Self {
        self.outliers = Some(Outliers { rule, action, told: true });
        self
    }

    /// Hashes category fields of more than `levels` levels into `n_features` columns each ([`FeatureHasher`](crate::FeatureHasher)):
    /// levels not seen in training are hashed too.
    pub fn hash_above(mut self, levels: usize, n_features: usize) -> Self {
        self.hashing = Some(Hashing { above: levels, n_features });
        self
    }

    /// What dates become, in this order; unless given, [`DatePart::Days`], [`DatePart::Month`], [`DatePart::Weekday`],
    /// [`DatePart::DayOfMonth`], and [`DatePart::Hour`] where there are times.
    pub fn date_parts(mut self, parts: impl IntoIterator<Item = DatePart>) -> Self {
        self.date_parts = Some(parts.into_iter().collect());
        self
    }

    /// The day, as `2024-03-01`, at which [`DatePart::AgeDays`] and [`DatePart::AgeYears`] are taken; unless given, each
    /// field's last day in training.
    pub fn reference_date(mut self, date: impl Into<Option<String>>) -> Self {
        self.reference_date = date.into();
        self
    }

    /// What texts become, in this order; unless given, characters and words.
    pub fn text_measures(mut self, measures: impl IntoIterator<Item = TextMeasure>) -> Self {
        self.text_measures = measures.into_iter().collect();
        self
    }

    /// What e-mail addresses become, in this order; unless given, kind and last label of the host, whether it is a post's address, and
    /// how many digits are before the `@`.
    pub fn email_parts(mut self, parts: impl IntoIterator<Item = EmailPart>) -> Self {
        self.email_parts = parts.into_iter().collect();
        self
    }

    /// Which hosts and names are of which kind.
    pub fn email_kinds(mut self, kinds: EmailKinds) -> Self {
        self.email_kinds = kinds;
        self
    }

    /// What telephone numbers become, in this order; unless given, the country's code and whether they are valid.
    pub fn phone_parts(mut self, parts: impl IntoIterator<Item = PhonePart>) -> Self {
        self.phone_parts = parts.into_iter().collect();
        self
    }

    /// The code of the country that numbers without one belong to, such as 49; unless given, they are `(national)`.
    pub fn phone_country(mut self, code: impl Into<Option<u16>>) -> Self {
        self.phone_country = code.into();
        self
    }

    /// What becomes of categories that were not there in training.
    pub fn handle_unknown(mut self, handle_unknown: Unseen) -> Self {
        self.handle_unknown = handle_unknown;
        self
    }

    /// Levels lighter than this weight (or, below 1, than this share) are grouped as `(other)`.
    pub fn min_frequency(mut self, min_frequency: impl Into<Option<f64>>) -> Self {
        self.min_frequency = min_frequency.into();
        self
    }

    /// Most levels of a field, `(other)` included; `None` for no limit.
    pub fn max_categories(mut self, max_categories: impl Into<Option<usize>>) -> Self {
        self.max_categories = max_categories.into();
        self
    }

    /// Smoothing of target encoding.
    pub fn smooth(mut self, smooth: Smooth) -> Self {
        self.smooth = smooth;
        self
    }

    /// Folds by which what learns from the target is cross-fitted.
    pub fn cv(mut self, cv: usize) -> Self {
        self.cv = cv;
        self
    }

    /// Seed of those folds.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Looks at the raw fields first and learns without those that must not be learnt from; what was found is in the report
    /// ([`CleaningReport::sanity`](super::CleaningReport)). Without one, only fields of no or one value are left out.
    pub fn sanity(mut self, sanity: impl Into<Option<SanityChecker>>) -> Self {
        self.sanity = sanity.into();
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        let mut check = Check::of("TablePipeline").at_least("cv", self.cv, 2);
        check = encode::check_rare(check, self.min_frequency, self.max_categories);
        match self.outliers {
            Some(Outliers { rule: OutlierRule::Quantile(lower, upper), told: false, .. }) => {
                let shown = format!("{lower} to {upper}");
                let ascending = lower >= 0.0 && lower < upper && upper <= 1.0;
                check = check.rule("clip", shown, ascending, "two shares from 0 to 1, ascending");
            }
            Some(outliers) => check = outliers.rule.check(check),
            None => {}
        }
        if let Some(Strategy::Constant(value)) = self.impute {
            check = check.range("impute.constant", value, ..);
        }
        if let Some(fill_from) = &self.fill_from {
            check = fill_from.check(check);
        }
        if let Some(code) = self.phone_country {
            let holds = PhoneNumber::is_country_code(code);
            check = check.rule("phone_country", code, holds, "the code of a country, such as 49");
        }
        check = self.email_kinds.check(check);
        if let Some(hashing) = self.hashing {
            check = check.between("hash_above.n_features", hashing.n_features, 1, 1 << 20);
        }
        if let Smooth::Weight(weight) = self.smooth {
            check = check.range("smooth", weight, 0.0..);
        }
        if let Some(date) = &self.reference_date {
            let holds = dates::parse_day(date).is_some();
            check = check.rule("reference_date", date, holds, "a day such as 2024-03-01");
        }
        let repeated = has_repeats(&self.text_measures)
            || has_repeats(&self.email_parts)
            || has_repeats(&self.phone_parts)
            || self.date_parts.as_ref().is_some_and(|parts| has_repeats(parts));
        check = check.rule(
            "date_parts, text_measures, email_parts, phone_parts",
            "a repetition",
            !repeated,
            "each given once",
        );
        match &self.binning {
            Binning::None => check.finish(),
            Binning::KBins(bins) => check.finish().and(bins.check()),
            Binning::Supervised(bins) => bins.check(check).finish(),
        }
    }

    /// Whether no gap is left when all is done.
    pub(super) fn fills_gaps(&self) -> bool {
        self.impute.is_some() || self.fill_from.is_some()
    }
}

fn has_repeats<T: PartialEq>(values: &[T]) -> bool {
    values.iter().enumerate().any(|(i, value)| values[..i].contains(value))
}
