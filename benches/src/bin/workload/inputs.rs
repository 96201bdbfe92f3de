//! Reading `.npy` files and turning them into views. Nothing here is timed.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use crm_ml::core::{Column, Labeled, Samples, Schema, Targeted, UNSEEN};
use ndarray::{Array, Array1, Array2, Dimension, Ix1, Ix2, IxDyn};
use ndarray_npy::{ReadNpyError, ReadNpyExt, ReadableElement};

use crate::{Arguments, Outcome};

/// The files a task looks at, beside `--weights`; it ignores the others. `--x-test` goes with `--x`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Uses {
    pub(crate) x: bool,
    pub(crate) y: bool,
    pub(crate) scores: bool,
    pub(crate) init: bool,
}

/// What was given on the command line, as arrays.
pub(crate) struct Inputs {
    x: Option<Array2<f64>>,
    y: Option<Array1<f64>>,
    scores: Option<Array2<f64>>,
    x_test: Option<Array2<f64>>,
    weights: Option<Array1<f64>>,
    init: Option<Array2<f64>>,
    series: Option<PathBuf>,
    table: Option<PathBuf>,
    schema: Option<Schema>,
}

impl Inputs {
    /// Reads the files that are used.
    pub(crate) fn read(arguments: &Arguments, uses: Uses) -> Outcome<Self> {
        let used = |path: &Option<PathBuf>, wanted: bool| path.clone().filter(|_| wanted);
        let matrix = |path, wanted| used(path, wanted).map(|path| read_matrix(&path)).transpose();
        let vector = |path, wanted| used(path, wanted).map(|path| read_vector(&path)).transpose();
        let mut inputs = Self {
            x: matrix(&arguments.x, uses.x)?,
            y: vector(&arguments.y, uses.y)?,
            scores: matrix(&arguments.scores, uses.scores)?,
            x_test: matrix(&arguments.x_test, uses.x)?,
            weights: vector(&arguments.weights, true)?,
            init: matrix(&arguments.init, uses.init)?,
            series: arguments.series.clone(),
            table: arguments.table.clone(),
            schema: None,
        };
        inputs.declare_categories(&arguments.categorical)?;
        Ok(inputs)
    }

    /// Rows and columns of the features (or of the labels, where a task has no features).
    pub(crate) fn shape(&self) -> (usize, usize) {
        match (&self.x, &self.y) {
            (Some(x), _) => x.dim(),
            (None, Some(y)) => (y.len(), self.scores.as_ref().map_or(0, Array2::ncols)),
            (None, None) => (0, 0),
        }
    }

    /// The training features with their weights.
    pub(crate) fn samples(&self) -> Outcome<Samples<'_>> {
        let x = self.x.as_ref().ok_or("this task needs --x")?;
        let mut samples = Samples::new(x)?;
        if let Some(schema) = &self.schema {
            samples = samples.with_schema(schema)?;
        }
        if let Some(weights) = &self.weights {
            samples = samples.with_weights(weights)?;
        }
        Ok(samples)
    }

    /// The rows of training without their weights.
    pub(crate) fn training_rows(&self) -> Outcome<Samples<'_>> {
        let samples = Samples::new(self.x.as_ref().ok_or("this task needs --x")?)?;
        Ok(match &self.schema {
            Some(schema) => samples.with_schema(schema)?,
            None => samples,
        })
    }

    /// The rows to predict.
    pub(crate) fn test_samples(&self) -> Outcome<Samples<'_>> {
        let x = self.x_test.as_ref().or(self.x.as_ref()).ok_or("this task needs --x")?;
        let samples = Samples::new(x)?;
        Ok(match &self.schema {
            Some(schema) => samples.with_schema(schema)?,
            None => samples,
        })
    }

    /// The rows of `--x-test`, if given.
    pub(crate) fn new_samples(&self) -> Outcome<Option<Samples<'_>>> {
        if self.x_test.is_none() { Ok(None) } else { self.test_samples().map(Some) }
    }

    /// Labels or targets.
    pub(crate) fn y(&self) -> Outcome<&Array1<f64>> {
        self.y.as_ref().ok_or_else(|| "this task needs --y".into())
    }

    /// Scores or probabilities.
    pub(crate) fn scores(&self) -> Outcome<&Array2<f64>> {
        self.scores.as_ref().ok_or_else(|| "this task needs --scores".into())
    }

    /// Start values, if given.
    pub(crate) fn init(&self) -> Option<&Array2<f64>> {
        self.init.as_ref()
    }

    /// The long table of series, read by the task that needs it.
    pub(crate) fn series(&self) -> Outcome<&Path> {
        self.series.as_deref().ok_or_else(|| "this task needs --series".into())
    }

    /// The CSV file, read by the task that needs it.
    pub(crate) fn table(&self) -> Outcome<&Path> {
        self.table.as_deref().ok_or_else(|| "this task needs --table".into())
    }

    /// Weights, if given.
    pub(crate) fn weights(&self) -> Option<Vec<f64>> {
        self.weights.as_ref().map(|w| w.to_vec())
    }

    pub(crate) fn labeled(&self) -> Outcome<Labeled<'_>> {
        Ok(Labeled::from_values(self.samples()?, self.y()?)?)
    }

    pub(crate) fn targeted(&self) -> Outcome<Targeted<'_>> {
        Ok(Targeted::new(self.samples()?, self.y()?)?)
    }

    /// Turns the given columns into codes of the values seen in training.
    fn declare_categories(&mut self, positions: &[usize]) -> Outcome<()> {
        let Some(x) = self.x.as_mut().filter(|_| !positions.is_empty()) else { return Ok(()) };
        let width = x.ncols();
        let mut columns: Vec<Column> = (0..width).map(|i| Column::real(format!("x{i}"))).collect();
        for &position in positions {
            let column = columns
                .get_mut(position)
                .ok_or_else(|| format!("--categorical {position}: only {width} columns"))?;
            let mut levels: Vec<f64> = x.column(position).iter().copied().filter(|v| !v.is_nan()).collect();
            levels.sort_by(f64::total_cmp);
            levels.dedup();
            *column = Column::category(format!("x{position}"), levels.iter().map(f64::to_string).collect());
            let code = |value: f64| match levels.binary_search_by(|level| level.total_cmp(&value)) {
                _ if value.is_nan() => f64::NAN,
                Ok(code) => code as f64,
                Err(_) => UNSEEN,
            };
            x.column_mut(position).mapv_inplace(code);
            if let Some(test) = self.x_test.as_mut().filter(|test| test.ncols() == width) {
                test.column_mut(position).mapv_inplace(code);
            }
        }
        self.schema = Some(Schema::new(columns)?);
        Ok(())
    }
}

/// A matrix of features; a vector counts as one column.
fn read_matrix(path: &Path) -> Outcome<Array2<f64>> {
    let array = read_numbers(path)?;
    let shape = array.shape().to_vec();
    match array.ndim() {
        2 => Ok(array.into_dimensionality::<Ix2>()?),
        1 => Ok(array.into_dimensionality::<Ix1>()?.insert_axis(ndarray::Axis(1))),
        _ => Err(format!("{}: expected rows x columns, found {shape:?}", path.display()).into()),
    }
}

/// Labels, targets or weights; a matrix of one column counts as a vector.
fn read_vector(path: &Path) -> Outcome<Array1<f64>> {
    let matrix = read_matrix(path)?;
    if matrix.ncols() != 1 {
        return Err(format!(
            "{}: expected one value a row, found {} columns",
            path.display(),
            matrix.ncols()
        )
        .into());
    }
    Ok(matrix.column(0).to_owned())
}

fn read_numbers(path: &Path) -> Outcome<Array<f64, IxDyn>> {
    let wrong = |error: ReadNpyError| format!("{}: {error}", path.display());
    macro_rules! try_types {
        ($($type:ty => $convert:expr),*) => {
            $(match read_as::<$type, IxDyn>(path)? {
                Ok(array) => return Ok(array.mapv($convert)),
                Err(ReadNpyError::WrongDescriptor(_)) => {}
                Err(error) => return Err(wrong(error).into()),
            })*
        };
    }
    try_types!(f64 => |v| v, f32 => f64::from, u8 => f64::from, bool => |v| f64::from(u8::from(v)),
        i32 => f64::from, i64 => |v| v as f64);
    Err(format!("{}: expected f32, f64, u8, bool, i32 or i64", path.display()).into())
}

fn read_as<T: ReadableElement, D: Dimension>(path: &Path) -> Outcome<Result<Array<T, D>, ReadNpyError>> {
    let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(Array::<T, D>::read_npy(BufReader::new(file)))
}
