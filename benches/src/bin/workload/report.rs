//! Timing, outputs and the JSON line.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ndarray::{ArrayRef, Dimension};
use ndarray_npy::{WritableElement, WriteNpyExt};
use serde_json::{Map, Value, json};

use crate::inputs::Inputs;
use crate::{Outcome, memory};

/// What a run measures and writes.
pub(crate) struct Report {
    fields: Map<String, Value>,
    fit_seconds: Vec<f64>,
    predict_seconds: Vec<f64>,
    repeat: usize,
    out: PathBuf,
}

impl Report {
    pub(crate) fn new(
        task: &str,
        inputs: &Inputs,
        threads: usize,
        params: Value,
        repeat: usize,
        out: &Path,
    ) -> Self {
        let (rows, columns) = inputs.shape();
        let mut fields = Map::new();
        for (name, value) in [
            ("task", json!(task)),
            ("rows", json!(rows)),
            ("columns", json!(columns)),
            ("threads", json!(threads)),
            ("params", params),
        ] {
            fields.insert(name.to_owned(), value);
        }
        Self { fields, fit_seconds: Vec::new(), predict_seconds: Vec::new(), repeat, out: out.to_owned() }
    }

    /// Runs `fit` as often as asked and keeps the last result.
    pub(crate) fn time_fit<T>(&mut self, mut fit: impl FnMut() -> Outcome<T>) -> Outcome<T> {
        self.set("rss_before_fit_bytes", memory::now());
        memory::restart_peak();
        let mut result = None;
        for _ in 0..self.repeat {
            drop(result.take());
            let start = Instant::now();
            result = Some(fit()?);
            self.fit_seconds.push(start.elapsed().as_secs_f64());
        }
        self.set("peak_rss_bytes", memory::peak());
        result.ok_or_else(|| "nothing was run".into())
    }

    /// Runs `predict` as often as asked and keeps the last result.
    pub(crate) fn time_predict<T>(&mut self, mut predict: impl FnMut() -> Outcome<T>) -> Outcome<T> {
        let mut result = None;
        for _ in 0..self.repeat {
            let start = Instant::now();
            result = Some(predict()?);
            self.predict_seconds.push(start.elapsed().as_secs_f64());
        }
        self.set("peak_rss_bytes", memory::peak());
        result.ok_or_else(|| "nothing was run".into())
    }

    /// Adds a field to the JSON line.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    /// Where an output of that name belongs.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.out.join(name)
    }

    /// Writes an array as `NAME.npy`.
    pub(crate) fn write<A: WritableElement, D: Dimension>(
        &self,
        name: &str,
        array: &ArrayRef<A, D>,
    ) -> Outcome<()> {
        let path = self.out.join(format!("{name}.npy"));
        let file = File::create(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        array.write_npy(BufWriter::new(file))?;
        Ok(())
    }

    pub(crate) fn to_json(&self) -> String {
        let mut fields = self.fields.clone();
        fields.insert("fit_seconds".to_owned(), json!(self.fit_seconds));
        fields.insert("predict_seconds".to_owned(), json!(self.predict_seconds));
        Value::Object(fields).to_string()
    }
}
