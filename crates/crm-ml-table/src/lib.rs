#![doc = include_str!("../README.md")]

mod arrow;
mod build;
mod column;
mod csv;
mod delimiter;
mod distinct;
mod email;
mod field;
mod infer;
mod markers;
mod names;
#[cfg(feature = "parquet")]
mod parquet;
mod parse;
mod phone;
mod record_id;
mod records;
mod schema;
mod shape;
mod stored;
mod table;
mod text;
mod time;

pub use arrow_array;
pub use arrow_schema;

pub use crate::column::Column;
pub use crate::csv::CsvOptions;
pub use crate::email::EmailAddress;
pub use crate::field::{Decimal, Exception, Field, FieldType, Inference, Role};
pub use crate::phone::PhoneNumber;
pub use crate::record_id::record_id;
pub use crate::schema::{FieldSpec, MISSING_MARKERS, TableSchema};
pub use crate::table::Table;
