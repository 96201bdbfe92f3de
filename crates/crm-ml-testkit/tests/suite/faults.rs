//! Every law can fail: a classifier that breaks one law on purpose fails that law's check.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use crm_ml_core::{
    Classes, Classifier, ClassifierModel, ColumnKind, Error, Labeled, Model, Persist, Progress, Result,
    Samples, Schema, UNSEEN, most_probable,
};
use crm_ml_testkit::{AsClassifier, Laws, Majority, MajorityModel, Subject, checks, toy::Toy};
use ndarray::Array2;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Fault {
    None,
    NeverFits,
    ParametersUnchecked,
    PanicsOnOneRow,
    PanicsOnThreeRows,
    RowNumberCounts,
    WidthUnchecked,
    NamesUnchecked,
    Unrepeatable,
    FirstRowCounts,
    BatchSizeCounts,
    WeightsIgnored,
    TotalWeightCounts,
    NanOnConstant,
    NanOnHuge,
    ThreadsCount,
    SumsToMore,
    ForgetsOnSave,
    AcceptsAnyFile,
    Unvalidated,
    ThreadNameCounts,
    ReversesClasses,
    PredictsAnotherClass,
    NanOnUnseen,
}

use Fault::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Faulty {
    inner: Majority,
    fault: Fault,
    #[serde(skip)]
    forgotten: u8,
}

fn faulty(fault: Fault) -> Laws<AsClassifier<Faulty>> {
    laws(Faulty { inner: Majority::new(), fault, forgotten: 0 })
}

fn laws(estimator: Faulty) -> Laws<AsClassifier<Faulty>> {
    Laws::new(AsClassifier(estimator)).missing_accepted().column_order_matters().bad("smoothing", |mut e| {
        e.0.inner = e.0.inner.smoothing(-1.0);
        e
    })
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct FaultyModel {
    fault: Fault,
    schema: Schema,
    classes: Classes,
    /// Class shares of the inner model below and above the mean of the first column of training.
    shares: Vec<f64>,
    shift: f64,
    #[serde(skip)]
    forgotten: f64,
}

static FITS: AtomicU64 = AtomicU64::new(1);

impl Classifier for Faulty {
    type Model = FaultyModel;

    fn fit_with(&self, data: &Labeled<'_>, _: &dyn Progress) -> Result<FaultyModel> {
        let samples = data.samples();
        let mut inner = self.inner.clone();
        let first = samples.row(0)[0];
        let constant = samples.dense().column(1).iter().all(|v| *v == samples.row(0)[1]);
        let huge = samples.cells().iter().any(|v| v.abs() > 1e100);
        let mut data = data.clone();
        let shift = match self.fault {
            NeverFits => return Err(Error::unsupported("never fits")),
            ParametersUnchecked => {
                inner = Majority::new();
                0.0
            }
            PanicsOnOneRow if samples.n_rows() == 1 => panic!("one row"),
            PanicsOnThreeRows if samples.n_rows() == 3 => panic!("three rows"),
            Unrepeatable => FITS.fetch_add(1, Ordering::Relaxed) as f64 * 1e-6,
            FirstRowCounts => first.tanh() * 1e-3,
            WeightsIgnored => {
                let plain = Samples::from_array(samples.dense().to_owned())?;
                data = Labeled::from_codes(plain, data.codes(), data.classes())?;
                0.0
            }
            TotalWeightCounts => samples.total_weight() * 1e-6,
            NanOnConstant if constant => f64::NAN,
            NanOnHuge if huge => f64::NAN,
            ThreadsCount => rayon::current_num_threads() as f64 * 1e-6,
            _ => 0.0,
        };
        let model: MajorityModel = inner.fit(&data)?;
        let shares = model.predict_proba(data.samples())?.row(0).to_vec();
        let forgotten = f64::from(u8::from(self.fault == ForgetsOnSave)) * 0.1;
        let (schema, mut classes) = (data.samples().schema().clone(), data.classes().clone());
        if self.fault == ReversesClasses {
            classes = Classes::new(classes.names().iter().rev().cloned())?;
        }
        Ok(FaultyModel { fault: self.fault, schema, classes, shares, shift, forgotten })
    }
}

impl Model for FaultyModel {
    fn schema(&self) -> &Schema {
        &self.schema
    }
}

impl ClassifierModel for FaultyModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn predict_proba(&self, samples: &Samples<'_>) -> Result<Array2<f64>> {
        match self.fault {
            WidthUnchecked => {}
            NamesUnchecked => Schema::unnamed(self.schema.width()).accepts(samples)?,
            _ => self.schema.accepts(samples)?,
        }
        if self.fault == Unvalidated && self.shares.iter().any(|s| !(0.0..=1.0).contains(s)) {
            panic!("a share that validation let through");
        }
        let unseen = samples.schema().columns().iter().any(|c| matches!(c.kind, ColumnKind::Category { .. }))
            && samples.cells().contains(&UNSEEN);
        let extra = match self.fault {
            NanOnUnseen if unseen => f64::NAN,
            BatchSizeCounts => samples.n_rows() as f64 * 1e-6,
            SumsToMore => 0.1,
            ThreadNameCounts if std::thread::current().name().is_none() => 1e-6,
            _ => 0.0,
        };
        Ok(Array2::from_shape_fn((samples.n_rows(), self.classes.len()), |(row, class)| {
            let by_row = if self.fault == RowNumberCounts { row as f64 * 1e-3 } else { 0.0 };
            self.shares[class] + self.shift + self.forgotten + extra + by_row
        }))
    }

    fn predict(&self, samples: &Samples<'_>) -> Result<Vec<u32>> {
        let codes = most_probable(&self.predict_proba(samples)?);
        let shift = u32::from(self.fault == PredictsAnotherClass);
        Ok(codes.into_iter().map(|code| (code + shift) % self.classes.len() as u32).collect())
    }
}

impl Persist for FaultyModel {
    const KIND: &'static str = "testkit-faulty";

    fn validate(&self) -> Result<()> {
        self.classes.validate()?;
        if self.fault != Unvalidated && self.shares.len() != self.classes.len() {
            return Err(Error::model_file("shares do not fit the classes"));
        }
        Ok(())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let read = Envelope::from_bytes(bytes).map(|e| e.0);
        if read.is_err() && bytes.windows(4).any(|w| w == ANY_FILE) {
            let classes = Classes::new(["a", "b"])?;
            let schema = Schema::unnamed(4);
            let shares = vec![0.5, 0.5];
            return Ok(Self { fault: AcceptsAnyFile, schema, classes, shares, shift: 0.0, forgotten: 0.0 });
        }
        let value = read?;
        value.validate()?;
        Ok(value)
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Envelope(self.clone()).to_bytes()?;
        if self.fault == AcceptsAnyFile {
            bytes.extend_from_slice(&ANY_FILE);
        }
        Ok(bytes)
    }
}

/// Marks the files of the model that accepts any file.
const ANY_FILE: [u8; 4] = [0xde, 0xad, 0xbe, 0xef];

/// The honest envelope below the faulty one.
#[derive(Serialize, Deserialize)]
struct Envelope(FaultyModel);

impl Persist for Envelope {
    const KIND: &'static str = "testkit-faulty";

    fn validate(&self) -> Result<()> {
        Ok(())
    }
}

/// Says that it is a transformer of three columns, and has two.
#[derive(Debug, Clone)]
struct Misnamed(AsClassifier<Faulty>);

impl Subject for Misnamed {
    type Model = FaultyModel;
    type Params = Faulty;

    fn params(&self) -> &Faulty {
        self.0.params()
    }

    fn fit(&self, samples: Samples<'_>, y: &[f64]) -> Result<FaultyModel> {
        self.0.fit(samples, y)
    }

    fn output(model: &FaultyModel, samples: &Samples<'_>) -> Result<Array2<f64>> {
        AsClassifier::<Faulty>::output(model, samples)
    }

    fn target(toy: &Toy) -> &[f64] {
        AsClassifier::<Faulty>::target(toy)
    }

    fn output_schema(_: &FaultyModel) -> Option<Schema> {
        Some(Schema::unnamed(3))
    }
}

#[track_caller]
fn fails<S: Subject>(check: impl FnOnce(&Laws<S>), laws: Laws<S>) {
    assert!(catch_unwind(AssertUnwindSafe(|| check(&laws))).is_err(), "the check did not notice the fault");
}

#[test]
fn the_faultless_wrapper_passes() {
    let laws = faulty(None);
    checks::default_params_fit(&laws);
    checks::bad_params_are_named(&laws);
    checks::wrong_width_is_refused(&laws);
    checks::batch_equals_row_by_row(&laws);
    checks::save_and_load(&laws);
    checks::truncated_files(&laws);
    checks::flipped_bits(&laws);
    checks::thread_counts(&laws);
    checks::labels_keep_their_names(&laws);
    checks::category_policy(&laws.categories_accepted());
}

#[test]
fn parameter_checks_can_fail() {
    fails(checks::default_params_fit, faulty(NeverFits));
    fails(checks::bad_params_are_named, faulty(ParametersUnchecked));
    fails(checks::bad_params_are_named, faulty(None).no_parameters());
    fails(checks::params_round_trip, laws(Faulty { inner: Majority::new(), fault: None, forgotten: 1 }));
}

#[test]
fn data_checks_can_fail() {
    fails(checks::one_row_one_column, faulty(PanicsOnOneRow));
    fails(checks::missing_policy, faulty(None).missing_refused());
    fails(checks::category_policy, faulty(NanOnUnseen).categories_accepted());
    fails(checks::single_class, faulty(RowNumberCounts));
    fails(checks::wrong_width_is_refused, faulty(WidthUnchecked));
    fails(checks::renamed_columns_are_refused, faulty(NamesUnchecked));
    fails(checks::layouts_give_the_same_bits, faulty(Unrepeatable));
    fails(checks::row_order, faulty(FirstRowCounts));
    let mut columns_promised = faulty(FirstRowCounts);
    columns_promised.column_order = true;
    fails(checks::column_order, columns_promised);
    fails(checks::constant_and_duplicate_columns, faulty(NanOnConstant));
    fails(checks::extreme_magnitudes, faulty(NanOnHuge));
}

#[test]
fn weight_checks_can_fail() {
    fails(checks::zero_weight_is_absent, faulty(Unrepeatable));
    fails(checks::whole_weights_repeat, faulty(WeightsIgnored));
    fails(checks::weight_scale, faulty(TotalWeightCounts));
}

#[test]
fn repetition_checks_can_fail() {
    fails(checks::fit_twice, faulty(Unrepeatable));
    fails(checks::seeds, faulty(None).random(|e, _| e.clone()));
    fails(checks::thread_counts, faulty(ThreadsCount));
}

#[test]
fn output_checks_can_fail() {
    fails(checks::valid_output, faulty(SumsToMore));
    fails(checks::batch_equals_row_by_row, faulty(BatchSizeCounts));
    fails(checks::labels_keep_their_names, faulty(ReversesClasses));
    fails(checks::labels_keep_their_names, faulty(PredictsAnotherClass));
    fails(checks::output_names, Laws::new(Misnamed(faulty(None).subject)));
    fails(checks::no_panic_search, faulty(PanicsOnThreeRows));
    fails(checks::shared_between_threads, faulty(ThreadNameCounts));
}

#[test]
fn file_checks_can_fail() {
    fails(checks::save_and_load, faulty(ForgetsOnSave));
    fails(checks::truncated_files, faulty(AcceptsAnyFile));
    fails(checks::flipped_bits, faulty(Unvalidated));
}
