//! Parquet files.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use crm_ml_core::{Error, ErrorKind, Result};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;

use crate::{Table, TableSchema};

/// Rows decoded at a time: a file's word on how many there are is not taken for the size of a buffer.
const ROWS: usize = 1 << 16;

impl Table {
    /// Reads a Parquet file, types, roles and missing markers as [`Table::from_record_batch`] takes them, but for those that
    /// `schema` declares.
    ///
    /// Errors: a file that cannot be read or is no Parquet, and those of [`Table::from_record_batch`].
    pub fn from_parquet_path(path: impl AsRef<Path>, schema: &TableSchema) -> Result<Self> {
        let path = path.as_ref();
        let source = path.display().to_string();
        let file = File::open(path).map_err(|e| Error::io(&source, &e))?;
        // The decoder is another's, and damaged files have made it panic: such a file is an error here.
        let found = catch_unwind(AssertUnwindSafe(|| whole(file)));
        let batch = match found {
            Ok(batch) => batch.map_err(|error| damaged(&source, error.to_string()))?,
            Err(_) => return Err(damaged(&source, "it is damaged")),
        };
        Self::from_record_batch_with(&batch, schema)
    }

    /// Writes a Parquet file; types, roles and missing markers go into the fields' metadata.
    pub fn write_parquet(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let batch = self.to_record_batch()?;
        let file = File::create(path).map_err(|e| Error::io(path.display(), &e))?;
        let write = || -> std::result::Result<(), ParquetError> {
            let mut writer = ArrowWriter::try_new(file, batch.schema(), None)?;
            writer.write(&batch)?;
            writer.close().map(|_| ())
        };
        write().map_err(|error| damaged(&path.display().to_string(), error.to_string()))
    }
}

fn whole(file: File) -> std::result::Result<RecordBatch, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let schema = builder.schema().clone();
    let batches = builder.with_batch_size(ROWS).build()?.collect::<std::result::Result<Vec<_>, _>>()?;
    Ok(concat_batches(&schema, &batches)?)
}

fn damaged(source: &str, message: impl Into<String>) -> Error {
    let (line, column, value) = (None, None, None);
    ErrorKind::Input { source_name: source.to_owned(), line, column, value, message: message.into() }.into()
}
