//! What the transformers share: reading and mapping columns.

use crm_ml_core::{ColumnKind, Error, Result, Samples, Schema, parallel};

/// Whether a column holds real numbers (rather than codes).
pub(crate) fn is_real(schema: &Schema, column: usize) -> bool {
    schema.columns().get(column).is_some_and(|c| matches!(c.kind, ColumnKind::Real))
}

/// What follows from each column's statistic, computed in parallel.
pub(crate) fn each_statistic<C: Sync, T: Send>(
    columns: &[Option<C>],
    f: impl Fn(usize, Option<&C>) -> Result<T> + Sync + Send,
) -> Result<Vec<T>> {
    parallel::try_map(columns.len(), |column| f(column, columns[column].as_ref()))
}

/// Every cell mapped by what was learnt of its column; the columns keep names and kinds.
pub(crate) fn map_columns<P: Copy + Sync>(
    samples: &Samples<'_>,
    schema: &Schema,
    learnt: &[P],
    f: impl Fn(f64, P) -> f64 + Sync + Send,
) -> Result<Samples<'static>> {
    samples.map_rows(schema, |_, input, output| {
        for ((cell, value), learnt) in output.iter_mut().zip(input).zip(learnt) {
            *cell = f(*value, *learnt);
        }
    })
}

/// Every cell mapped: `f(column, cell)`.
pub(crate) fn map_indexed(
    samples: &Samples<'_>,
    schema: &Schema,
    f: impl Fn(usize, f64) -> f64 + Sync + Send,
) -> Result<Samples<'static>> {
    samples.map_rows(schema, |_, input, output| {
        output.iter_mut().zip(input).enumerate().for_each(|(column, (cell, v))| *cell = f(column, *v));
    })
}

/// A statistic that must be finite to be of use.
pub(crate) fn finite(value: f64, what: &str, schema: &Schema, column: usize) -> Result<f64> {
    if value.is_finite() {
        return Ok(value);
    }
    let name = schema.name(column);
    Err(Error::numerical(format!("column '{name}': the {what} is beyond what a 64-bit float holds")))
}

/// For `validate`: as many values as columns, all finite.
pub(crate) fn check_values(what: &str, values: &[f64], schema: &Schema) -> Result<()> {
    if values.len() != schema.width() {
        return Err(Error::length(what, schema.width(), values.len()));
    }
    match values.iter().all(|v| v.is_finite()) {
        true => Ok(()),
        false => Err(Error::model_file(format!("{what}: a value is not finite"))),
    }
}

/// For `validate`: no column at all, or a name twice, makes no schema of a model.
pub(crate) fn check_schema(schema: &Schema) -> Result<()> {
    if schema.width() == 0 {
        return Err(Error::empty("columns"));
    }
    Schema::new(schema.columns().to_vec()).map(|_| ())
}

/// For `validate`: the columns given must be those that follow from what was learnt.
pub(crate) fn check_output(found: &Schema, expected: &Schema) -> Result<()> {
    match found == expected {
        true => Ok(()),
        false => Err(Error::model_file("the columns given are not those that follow from what was learnt")),
    }
}

/// The values of a column, NaN where missing.
pub(crate) fn column(samples: &Samples<'_>, column: usize) -> Vec<f64> {
    samples.cells().iter().skip(column).step_by(samples.n_columns()).copied().collect()
}

/// The traits of a model with `schema`, `output` (or the same columns) and `apply`, which transforms rows of those columns.
macro_rules! transformer_model {
    ($model:ty) => {
        transformer_model!($model, output);
    };
    ($model:ty, $output:ident) => {
        impl crm_ml_core::Model for $model {
            fn schema(&self) -> &crm_ml_core::Schema {
                &self.schema
            }
        }

        impl crm_ml_core::TransformerModel for $model {
            fn output_schema(&self) -> &crm_ml_core::Schema {
                &self.$output
            }

            fn transform(
                &self,
                samples: &crm_ml_core::Samples<'_>,
            ) -> crm_ml_core::Result<crm_ml_core::Samples<'static>> {
                self.schema.accepts(samples)?;
                self.apply(samples)
            }
        }
    };
}
pub(crate) use transformer_model;
