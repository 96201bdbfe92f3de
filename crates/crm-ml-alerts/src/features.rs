//! From a table to what the detector sees.

use crm_ml_anomaly::AnyDetector;
use crm_ml_core::{Error, Persist, Result, Samples, Schema, decode, encode, unknown_version};
use crm_ml_preprocessing::{Encoding, Scaling, TablePipeline, TablePipelineModel};
use crm_ml_table::{Role, Table, TableSchema};
use ndarray::{Array2, Axis, concatenate};
use serde::{Deserialize, Serialize};

use crate::habits::{Habits, Watched};

/// The columns of the table that mean something special.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Special {
    pub(crate) entity: Option<String>,
    pub(crate) time: Option<String>,
    pub(crate) label: Option<String>,
}

impl Special {
    /// The table with every column in its role.
    pub(crate) fn assign(&self, table: &Table) -> Result<Table> {
        let mut table = table.clone();
        let others: Vec<String> = table
            .fields()
            .filter(|f| f.role == Role::Time || f.role == Role::Target)
            .map(|f| f.name.clone())
            .collect();
        for name in others {
            table.set_role(&name, Role::Ignored)?;
        }
        for (column, role) in
            [(&self.entity, Role::Ignored), (&self.time, Role::Time), (&self.label, Role::Ignored)]
        {
            if let Some(name) = column {
                table.set_role(name, role)?;
            }
        }
        Ok(table)
    }
}

/// What was learned to see a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Features {
    pub(crate) pipeline: TablePipelineModel,
    pub(crate) watched: Watched,
    pub(crate) habits: Habits,
    /// The columns that are looked at, under the types of training.
    read_as: TableSchema,
    /// Mean and deviation of every column of habits, for detectors that need comparable columns without gaps.
    scales: Option<Vec<(f64, f64)>>,
    pub(crate) schema: Schema,
}

/// A table as the detector sees it.
pub(crate) struct Seen {
    pub(crate) samples: Samples<'static>,
    /// The columns of habits in their own units.
    pub(crate) habits: Array2<f64>,
    /// The table under the types of training.
    pub(crate) table: Table,
}

impl Features {
    /// Learns; `table` has its roles.
    pub(crate) fn learn(table: &Table, special: &Special, detector: &AnyDetector) -> Result<(Self, Seen)> {
        let as_is = matches!(detector, AnyDetector::IsolationForest(_) | AnyDetector::Hbos(_));
        let pipeline = if as_is {
            TablePipeline::new().encoding(Encoding::Native).impute(None).add_indicator(false)
        } else {
            TablePipeline::new().encoding(Encoding::OneHot).scaling(Scaling::Standard)
        };
        let (pipeline, plain) = pipeline.fit_transform(table)?;
        let watched = Watched::new(table, special.entity.as_deref(), special.time.as_deref())?;
        let mut habits = Habits::default();
        let mut of_habits = watched.follow(&mut habits, table)?;
        if let Some(kept) = plain.kept_rows() {
            of_habits = of_habits.select(Axis(0), kept);
        }
        let names: Vec<&str> = table
            .fields()
            .filter(|field| field.role == Role::Feature)
            .map(|field| field.name.as_str())
            .chain(special.entity.as_deref())
            .chain(special.time.as_deref())
            .collect();
        let read_as = table.select_columns(&names)?.schema();
        let scales = (!as_is).then(|| of_habits.columns().into_iter().map(scale).collect());
        let schema = watched.schema(pipeline.output_schema())?;
        let features = Self { pipeline, watched, habits, read_as, scales, schema };
        let samples = features.join(&plain, &of_habits)?;
        Ok((features, Seen { samples, habits: of_habits, table: table.clone() }))
    }

    /// The same for later records. Errors: a column that is missing, a value that does not parse under the type of training.
    pub(crate) fn see(&self, table: &Table) -> Result<Seen> {
        let names: Vec<&str> = self.read_as.fields.iter().map(|field| field.name.as_str()).collect();
        let table = table.select_columns(&names)?.with_schema(&self.read_as)?;
        let plain = self.pipeline.transform(&table)?;
        let of_habits = self.watched.follow(&mut self.habits.clone(), &table)?;
        Ok(Seen { samples: self.join(&plain, &of_habits)?, habits: of_habits, table })
    }

    fn join(&self, plain: &Samples<'_>, habits: &Array2<f64>) -> Result<Samples<'static>> {
        let mut scaled = habits.clone();
        if let Some(scales) = &self.scales {
            for (mut column, (mean, deviation)) in scaled.columns_mut().into_iter().zip(scales) {
                column.mapv_inplace(|v| if v.is_nan() { 0.0 } else { (v - mean) / deviation });
            }
        }
        let x = concatenate(Axis(1), &[plain.dense(), scaled.view()])
            .map_err(|e| Error::numerical(e.to_string()))?;
        plain.with_features(x, &self.schema)
    }
}

/// Mean and standard deviation of what is known; a deviation of 1 where all is alike.
fn scale(column: ndarray::ArrayView1<'_, f64>) -> (f64, f64) {
    let known: Vec<f64> = column.iter().copied().filter(|v| !v.is_nan()).collect();
    let count = known.len().max(1) as f64;
    let mean = known.iter().sum::<f64>() / count;
    let deviation = (known.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt();
    (mean, if deviation > 0.0 { deviation } else { 1.0 })
}

impl Persist for Features {
    const KIND: &'static str = "alert-features";

    fn write_payload(&self) -> Result<Vec<u8>> {
        encode(&(
            self.pipeline.to_bytes()?,
            &self.watched,
            &self.habits,
            self.read_as.to_json(),
            &self.scales,
            &self.schema,
        ))
    }

    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        type Parts = (Vec<u8>, Watched, Habits, String, Option<Vec<(f64, f64)>>, Schema);
        if version != Self::VERSION {
            return Err(unknown_version(Self::KIND, version, Self::VERSION));
        }
        let (pipeline, watched, habits, read_as, scales, schema): Parts = decode(payload)?;
        let (pipeline, read_as) =
            (TablePipelineModel::from_bytes(&pipeline)?, TableSchema::from_json(&read_as)?);
        Ok(Self { pipeline, watched, habits, read_as, scales, schema })
    }

    fn validate(&self) -> Result<()> {
        self.pipeline.validate()?;
        self.watched.validate(&self.habits)?;
        self.read_as.validate()?;
        let width = self.watched.columns().len();
        let sound =
            |(mean, deviation): &(f64, f64)| mean.is_finite() && deviation.is_finite() && *deviation > 0.0;
        let scales = self.scales.as_ref().is_none_or(|s| s.len() == width && s.iter().all(sound));
        if scales && self.watched.schema(self.pipeline.output_schema())? == self.schema {
            Ok(())
        } else {
            Err(Error::model_file("the features of alerts do not fit together"))
        }
    }
}
