//! Declared types and roles, and the schema file that holds them.

use std::path::Path;

use crm_ml_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use crate::{Decimal, FieldType, Role};

/// Texts read as missing where nothing else is said, beside blank cells. Compared without regard to case.
///
/// `unknown` and `none` are not here: in CRM data they are levels of their own as often as not.
pub const MISSING_MARKERS: [&str; 5] = ["na", "n/a", "null", "nan", "#n/a"];

/// What is declared about the columns of a table: the content of a schema file.
///
/// All is optional: what is not declared is inferred, and [`Table::schema`](crate::Table::schema) gives the complete
/// one, to be written out, edited and read again.
///
/// ```
/// use crm_ml_table::{FieldType, Role, TableSchema};
///
/// let schema = TableSchema::from_json(
///     r#"{"missing_markers": ["na", "unknown"], "fields": [{"name": "zip", "type": "category"}, {"name": "won", "role": "target"}]}"#,
/// )?;
/// assert_eq!(schema.field("zip").and_then(|f| f.field_type), Some(FieldType::Category));
/// assert_eq!(schema.field("won").and_then(|f| f.role), Some(Role::Target));
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSchema {
    /// Texts read as missing in every column; `None` for [`MISSING_MARKERS`].
    #[serde(default)]
    pub missing_markers: Option<Vec<String>>,
    /// The columns something is declared about.
    #[serde(default)]
    pub fields: Vec<FieldSpec>,
}

/// What is declared about one column.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
    /// Name of the column.
    pub name: String,
    /// Its type; a value that does not parse under it is an error.
    #[serde(default, rename = "type")]
    pub field_type: Option<FieldType>,
    /// What it is for.
    #[serde(default)]
    pub role: Option<Role>,
    /// Decimal mark of its numbers.
    #[serde(default)]
    pub decimal: Option<Decimal>,
    /// Texts read as missing in this column, in place of the table's.
    #[serde(default)]
    pub missing_markers: Option<Vec<String>>,
}

impl FieldSpec {
    /// A column about which nothing is declared yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Declares the type.
    pub fn field_type(mut self, field_type: FieldType) -> Self {
        self.field_type = Some(field_type);
        self
    }

    /// Declares the role.
    pub fn role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    /// Declares the decimal mark.
    pub fn decimal(mut self, decimal: Decimal) -> Self {
        self.decimal = Some(decimal);
        self
    }

    /// Declares what is read as missing here, beside blank cells.
    pub fn missing_markers<S: Into<String>>(mut self, markers: impl IntoIterator<Item = S>) -> Self {
        self.missing_markers = Some(markers.into_iter().map(Into::into).collect());
        self
    }
}

impl TableSchema {
    /// Nothing declared.
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares something about one more column, in place of what was declared before.
    pub fn with(mut self, field: FieldSpec) -> Self {
        self.fields.retain(|f| f.name != field.name);
        self.fields.push(field);
        self
    }

    /// Declares the type of a column.
    pub fn with_type(self, name: &str, field_type: FieldType) -> Self {
        let field = self.field(name).cloned().unwrap_or_else(|| FieldSpec::new(name));
        self.with(field.field_type(field_type))
    }

    /// Declares the role of a column.
    pub fn with_role(self, name: &str, role: Role) -> Self {
        let field = self.field(name).cloned().unwrap_or_else(|| FieldSpec::new(name));
        self.with(field.role(role))
    }

    /// What is declared about a column.
    pub fn field(&self, name: &str) -> Option<&FieldSpec> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// Reads the content of a schema file. Errors: no valid JSON of this form (with its line), a column named twice.
    pub fn from_json(text: &str) -> Result<Self> {
        Self::parse(text, "schema")
    }

    /// Reads a schema file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), &e))?;
        Self::parse(&text, &path.display().to_string())
    }

    fn parse(text: &str, source: &str) -> Result<Self> {
        let schema: Self =
            serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).map_err(|e| {
                ErrorKind::Input {
                    source_name: source.to_owned(),
                    line: Some(e.line() as u64),
                    column: None,
                    value: None,
                    message: e.to_string(),
                }
            })?;
        schema.validate()?;
        Ok(schema)
    }

    /// The content of a schema file.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        text + "\n"
    }

    /// Writes a schema file.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.to_json()).map_err(|e| Error::io(path.display(), &e))
    }

    /// Checks that no column is named twice.
    pub fn validate(&self) -> Result<()> {
        let mut names: Vec<&str> = self.fields.iter().map(|f| f.name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(ErrorKind::DuplicateColumn { column: pair[0].to_owned() }.into()),
            None => Ok(()),
        }
    }

    /// The markers that hold for a column.
    pub(crate) fn markers(&self, name: &str) -> Vec<String> {
        let own = self.field(name).and_then(|f| f.missing_markers.as_ref());
        match own.or(self.missing_markers.as_ref()) {
            Some(markers) => markers.clone(),
            None => MISSING_MARKERS.iter().map(|m| m.to_string()).collect(),
        }
    }
}
