//! What a column is: its type, its role and why.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the values of a column mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FieldType {
    /// A real number, also written as currency or percent (`45%` is 0.45). Stored as `Float64`.
    Number,
    /// A whole number that fits 64 bits. Stored as `Int64`.
    Integer,
    /// True or false. Stored as `Boolean`.
    Boolean,
    /// One of a limited set of values, codes with leading zeros included. Stored as `LargeUtf8`.
    Category,
    /// A calendar date. Stored as `Date32`.
    Date,
    /// A point in time, normalised to UTC; without a zone it is read as UTC. Stored as microseconds.
    DateTime,
    /// Free text. Stored as `LargeUtf8`.
    Text,
    /// A value that names a record and says nothing about it. Stored as `LargeUtf8`, so that no digit is lost.
    Identifier,
    /// A record id of 15 or 18 characters, kept as 18, its checksum verified. Stored as `LargeUtf8`.
    #[serde(rename = "record_id")]
    RecordId,
    /// Any number of a set of options, written with semicolons between them. Stored as `LargeUtf8`.
    #[serde(rename = "multi_select")]
    MultiSelect,
    /// An e-mail address; what is none is kept, to be told as such. Stored as `LargeUtf8`.
    Email,
    /// A telephone number; what is none is kept, to be told as such. Stored as `LargeUtf8`.
    Phone,
}

impl FieldType {
    /// The word used in schema files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Category => "category",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Text => "text",
            Self::Identifier => "identifier",
            Self::RecordId => "record_id",
            Self::MultiSelect => "multi_select",
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    /// Whether the values are kept as text.
    pub fn is_text(self) -> bool {
        use FieldType::*;
        matches!(self, Category | Text | Identifier | RecordId | MultiSelect | Email | Phone)
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        use FieldType::*;
        let all = [
            Number,
            Integer,
            Boolean,
            Category,
            Date,
            DateTime,
            Text,
            Identifier,
            RecordId,
            MultiSelect,
            Email,
            Phone,
        ];
        all.into_iter().find(|t| t.name() == name)
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// What is to be predicted.
    Target,
    /// What it is predicted from.
    Feature,
    /// Names the record; never a feature.
    Id,
    /// Kept in the table, never used.
    Ignored,
    /// Weight of the row in fitting.
    Weight,
    /// Orders the rows in time; never a feature.
    Time,
    /// Says whether the record was deleted in the CRM; never a feature, and such rows are not learnt from.
    Deleted,
}

impl Role {
    /// The word used in schema files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Feature => "feature",
            Self::Id => "id",
            Self::Ignored => "ignored",
            Self::Weight => "weight",
            Self::Time => "time",
            Self::Deleted => "deleted",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        use Role::*;
        [Target, Feature, Id, Ignored, Weight, Time, Deleted].into_iter().find(|r| r.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// Which mark separates whole from fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decimal {
    /// `1,234.50`
    #[default]
    Point,
    /// `1.234,50`
    Comma,
}

/// A column's name, type, role and the evidence for the type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Name, unique in the table.
    pub name: String,
    /// Type of the values.
    pub field_type: FieldType,
    /// What the column is for.
    pub role: Role,
    /// Decimal mark of its numbers.
    pub decimal: Decimal,
    /// Texts read as missing, beside blank cells; compared without regard to case.
    pub missing_markers: Vec<String>,
    /// Why it has this type.
    pub inference: Inference,
}

/// The evidence behind a column's type.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Inference {
    /// Whether the type was declared rather than inferred.
    pub declared: bool,
    /// The reason in words.
    pub reason: String,
    /// Rows read.
    pub rows: usize,
    /// Rows whose cell is missing.
    pub missing: usize,
    /// Different values among the others.
    pub distinct: usize,
    /// Values that stood against the nearest narrower type, or that were taken as missing: at most five.
    pub exceptions: Vec<Exception>,
}

/// A value that did not conform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// The text.
    pub value: String,
    /// How often it occurs.
    pub count: usize,
    /// Its first line in the file, if the table came from one.
    pub line: Option<u64>,
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} ({}), {}", self.name, self.field_type, self.role, self.inference.reason)
    }
}
