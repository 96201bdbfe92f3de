//! The table itself.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, LargeStringArray, RecordBatch};
use arrow_schema::Schema as ArrowSchema;
use crm_ml_core::{Error, ErrorKind, Result, parallel};

use crate::build::{self, Origin};
use crate::records::CsvCells;
use crate::stored::{Stored, stored_shown, stored_text, stored_typed, texts};
use crate::text::TextCells;
use crate::{Column, CsvOptions, Field, FieldSpec, Role, TableSchema, arrow};

/// A typed table: Arrow columns, and for each its type, its role and the evidence for both.
///
/// Where a cell's text cannot be rebuilt from its value (`$1,200`, `Yes`, `007`), the text is kept, so that a table may be
/// read again under other types ([`Table::with_schema`]) and written out unchanged. Cloning is cheap.
///
/// ```
/// use crm_ml_table::{CsvOptions, FieldType, Role};
///
/// let csv = "lead_id,industry,revenue,won\n1,retail,\"$1,200\",yes\n2,retail,,no\n3,energy,$900,no\n";
/// let mut table = CsvOptions::new().read(csv.as_bytes(), "leads.csv")?;
/// table.set_role("won", Role::Target)?;
/// assert_eq!(table.field("revenue")?.field_type, FieldType::Number);
/// assert_eq!(table.field("lead_id")?.role, Role::Id);
/// assert_eq!(table.column("revenue")?.numbers()?[0], 1200.0);
/// let features: Vec<&str> = table.features().map(|f| f.name.as_str()).collect();
/// assert_eq!(features, ["industry", "revenue"]);
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Table {
    source: Arc<str>,
    lines: Option<Arc<[u64]>>,
    rows: usize,
    columns: Vec<Stored>,
}

impl Table {
    /// Reads a CSV file with [`CsvOptions`]'s defaults.
    pub fn from_csv_path(path: impl AsRef<Path>) -> Result<Self> {
        CsvOptions::new().read_path(path)
    }

    /// Reads CSV from anywhere with [`CsvOptions`]'s defaults; `source` stands for the file name in errors.
    pub fn from_csv_reader(reader: impl std::io::Read, source: &str) -> Result<Self> {
        CsvOptions::new().read(reader, source)
    }

    /// Takes Arrow columns. Numbers, truth values and dates keep their type; text and whole numbers are looked at as in a
    /// CSV file. Types, roles and missing markers that [`Table::to_record_batch`] wrote into the metadata are honoured.
    ///
    /// Errors: no rows, no columns, a name that occurs twice, an Arrow type with no counterpart, an infinite number.
    pub fn from_record_batch(batch: &RecordBatch) -> Result<Self> {
        Self::from_record_batch_with(batch, &TableSchema::new())
    }

    /// As [`Table::from_record_batch`] with declared types and roles.
    pub fn from_record_batch_with(batch: &RecordBatch, schema: &TableSchema) -> Result<Self> {
        schema.validate()?;
        let source = "record batch";
        let names: Vec<String> = batch.schema().fields().iter().map(|f| f.name().clone()).collect();
        check_names(&names, batch.num_rows())?;
        require_fields(schema, &names)?;
        let origin = Origin { source, lines: None };
        let columns = parallel::try_map(names.len(), |i| {
            let (name, array) = (&names[i], batch.column(i));
            let arrow_field = batch.schema().field(i).clone();
            let spec = arrow::spec_of(&arrow_field, schema);
            match arrow::typed(name, array, source)? {
                Some((field_type, array)) if spec.field_type.is_none_or(|t| t == field_type) => {
                    Ok(stored_typed(&spec, schema, field_type, array))
                }
                Some((_, array)) => stored_shown(&spec, schema, texts(&array), origin),
                None if arrow::holds_numbers(array.data_type()) => {
                    stored_shown(&spec, schema, arrow::text(name, array)?, origin)
                }
                None => stored_text(&spec, schema, arrow::text(name, array)?, origin),
            }
        })?;
        Ok(Self { source: source.into(), lines: None, rows: batch.num_rows(), columns })
    }

    /// One record of named texts, such as a lead to be scored; its types are those of `schema`, else inferred.
    ///
    /// ```
    /// use crm_ml_table::{Table, TableSchema};
    ///
    /// let lead = Table::from_record([("industry", "retail"), ("employees", "12")], &TableSchema::new())?;
    /// assert_eq!(lead.column("employees")?.numbers()?, [12.0]);
    /// # Ok::<(), crm_ml_core::Error>(())
    /// ```
    ///
    /// Errors: no field, a name that occurs twice, a value that does not parse under a declared type.
    pub fn from_record<N: Into<String>, V: AsRef<str>>(
        record: impl IntoIterator<Item = (N, V)>,
        schema: &TableSchema,
    ) -> Result<Self> {
        schema.validate()?;
        let cell = |(name, value): (N, V)| (name.into(), vec![LargeStringArray::from_iter_values([value])]);
        let (names, columns): (Vec<String>, Vec<_>) = record.into_iter().map(cell).unzip();
        check_names(&names, 1)?;
        let mut table = Self::from_cells("record", CsvCells { names, columns, lines: vec![1] }, schema)?;
        table.lines = None;
        Ok(table)
    }

    pub(crate) fn from_cells(source: &str, cells: CsvCells, schema: &TableSchema) -> Result<Self> {
        require_fields(schema, &cells.names)?;
        let rows = cells.lines.len();
        let lines: Arc<[u64]> = cells.lines.into();
        let origin = Origin { source, lines: Some(&lines) };
        let columns = parallel::try_map_each(cells.columns, |i, pieces| {
            let name = &cells.names[i];
            let spec = schema.field(name).cloned().unwrap_or_else(|| FieldSpec::new(name));
            stored_text(&spec, schema, TextCells::joined(pieces)?, origin)
        })?;
        Ok(Self { source: source.into(), lines: Some(lines), rows, columns })
    }

    /// The same rows read again under `schema`: its columns, in its order, with its types, roles and markers.
    ///
    /// This is how a table to be scored gets the types of training, whatever it would be taken for by itself. What is
    /// not declared of a column stays as it is.
    ///
    /// Errors: a column that is not here ([`ErrorKind::MissingColumn`]), a value that does not parse, with its place.
    pub fn with_schema(&self, schema: &TableSchema) -> Result<Self> {
        schema.validate()?;
        let names: Vec<String> = self.columns.iter().map(|c| c.field.name.clone()).collect();
        require_fields(schema, &names)?;
        let origin = Origin { source: &self.source, lines: self.lines.as_deref() };
        let columns = parallel::try_map(schema.fields.len(), |i| {
            let spec = &schema.fields[i];
            let stored = self.stored(&spec.name)?;
            let mut spec = spec.clone();
            spec.role = spec.role.or(Some(stored.field.role));
            spec.decimal = spec.decimal.or(stored.mark());
            let declared = spec.missing_markers.clone().or_else(|| schema.missing_markers.clone());
            let markers = declared.unwrap_or_else(|| stored.field.missing_markers.clone());
            let field_type = spec.field_type.unwrap_or(stored.field.field_type);
            if let Some(same) = stored.reread(field_type, spec.decimal, &markers) {
                let field = Field { role: spec.role.unwrap_or(same.field.role), ..same.field };
                return Ok(Stored { field, ..same });
            }
            spec.field_type = Some(field_type);
            spec.missing_markers = Some(markers);
            let cells = stored.raw.clone().unwrap_or_else(|| texts(&stored.array));
            match stored.has_points() {
                true => stored_shown(&spec, schema, cells, origin),
                false => stored_text(&spec, schema, cells, origin),
            }
        })?;
        Ok(Self { columns, ..self.clone() })
    }

    /// The complete schema: every type, role and marker as it is now. Reading the same file with it gives this table.
    pub fn schema(&self) -> TableSchema {
        let field = |stored: &Stored| FieldSpec {
            name: stored.field.name.clone(),
            field_type: Some(stored.field.field_type),
            role: Some(stored.field.role),
            decimal: Some(stored.field.decimal),
            missing_markers: Some(stored.field.missing_markers.clone()),
        };
        TableSchema { missing_markers: None, fields: self.columns.iter().map(field).collect() }
    }

    /// The columns as an Arrow batch; types, roles and missing markers go into the fields' metadata.
    pub fn to_record_batch(&self) -> Result<RecordBatch> {
        let fields: Vec<_> = self.columns.iter().map(|c| arrow::field(&c.field)).collect();
        let arrays = self.columns.iter().map(|c| c.array.clone()).collect();
        RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), arrays)
            .map_err(|e| Error::unsupported(e.to_string()))
    }

    /// Number of rows, at least 1 unless rows were selected away.
    pub fn n_rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// File name or other name of the source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The line of the file on which a row starts, from 1; `None` if the table came from no file.
    pub fn line(&self, row: usize) -> Option<u64> {
        self.lines.as_deref()?.get(row).copied()
    }

    /// An error about one cell, with its line in the file where known.
    pub fn cell_error(&self, column: &str, row: usize, message: &str) -> Error {
        let value =
            self.column(column).ok().and_then(|c| c.text(row).map(|t| t.into_owned())).unwrap_or_default();
        Origin { source: &self.source, lines: self.lines.as_deref() }.error(column, row, &value, message)
    }

    /// All fields in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.columns.iter().map(|c| &c.field)
    }

    /// A field by name. Errors: [`ErrorKind::MissingColumn`].
    pub fn field(&self, name: &str) -> Result<&Field> {
        Ok(&self.stored(name)?.field)
    }

    /// The field whose role is target, if one is.
    pub fn target(&self) -> Option<&Field> {
        self.fields().find(|f| f.role == Role::Target)
    }

    /// The fields to predict from.
    pub fn features(&self) -> impl Iterator<Item = &Field> {
        self.fields().filter(|f| f.role == Role::Feature)
    }

    /// The columns in order.
    pub fn columns(&self) -> impl Iterator<Item = Column<'_>> {
        self.columns.iter().map(Stored::view)
    }

    /// A column by name. Errors: [`ErrorKind::MissingColumn`].
    pub fn column(&self, name: &str) -> Result<Column<'_>> {
        Ok(self.stored(name)?.view())
    }

    /// Says what a column is for. There is one target, one weight, one time and one flag of deletion at most: a
    /// former one becomes a feature.
    ///
    /// Errors: [`ErrorKind::MissingColumn`].
    pub fn set_role(&mut self, name: &str, role: Role) -> Result<()> {
        self.stored(name)?;
        let single = matches!(role, Role::Target | Role::Weight | Role::Time | Role::Deleted);
        for stored in &mut self.columns {
            if stored.field.name == name {
                stored.field.role = role;
            } else if single && stored.field.role == role {
                stored.field.role = Role::Feature;
            }
        }
        Ok(())
    }

    /// Whether each row is marked as deleted by the column of role deleted; `None` without such a column.
    ///
    /// A missing mark is no mark. Errors: a column that is neither truth values nor numbers.
    pub fn deleted(&self) -> Result<Option<Vec<bool>>> {
        let Some(stored) = self.columns.iter().find(|c| c.field.role == Role::Deleted) else {
            return Ok(None);
        };
        Ok(Some(stored.view().numbers()?.into_iter().map(|mark| mark > 0.0).collect()))
    }

    /// The rows that are not marked as deleted. Errors: as [`Table::deleted`].
    pub fn without_deleted(&self) -> Result<Self> {
        match self.deleted()? {
            None => Ok(self.clone()),
            Some(deleted) => {
                let rows: Vec<usize> = (0..self.rows).filter(|row| !deleted[*row]).collect();
                self.select_rows(&rows)
            }
        }
    }

    /// The rows at `rows`, in that order; they keep their lines. Errors: a row that is not there.
    pub fn select_rows(&self, rows: &[usize]) -> Result<Self> {
        if let Some(row) = rows.iter().find(|row| **row >= self.rows) {
            return Err(Error::unsupported(format!(
                "row {row} is asked for, the table has {} rows",
                self.rows
            )));
        }
        let column = |stored: &Stored| Stored {
            field: stored.field.clone(),
            array: build::take(&stored.array, rows),
            raw: stored.raw.as_ref().map(|raw| TextCells::from_cells(rows.iter().map(|&row| raw.get(row)))),
            shown: stored.shown,
        };
        Ok(Self {
            source: self.source.clone(),
            lines: self.lines.as_ref().map(|lines| rows.iter().map(|&row| lines[row]).collect()),
            rows: rows.len(),
            columns: self.columns.iter().map(column).collect(),
        })
    }

    /// The columns of these names, in that order. Errors: [`ErrorKind::MissingColumn`], a name given twice.
    pub fn select_columns<S: AsRef<str>>(&self, names: &[S]) -> Result<Self> {
        let mut columns: Vec<Stored> = Vec::with_capacity(names.len());
        for name in names {
            let stored = self.stored(name.as_ref())?;
            if columns.iter().any(|c| c.field.name == stored.field.name) {
                return Err(ErrorKind::DuplicateColumn { column: stored.field.name.clone() }.into());
            }
            columns.push(stored.clone());
        }
        Ok(Self { columns, ..self.clone() })
    }

    /// All columns but these. Errors: [`ErrorKind::MissingColumn`].
    pub fn drop_columns<S: AsRef<str>>(&self, names: &[S]) -> Result<Self> {
        names.iter().try_for_each(|name| self.stored(name.as_ref()).map(|_| ()))?;
        let kept = |c: &&Stored| names.iter().all(|name| name.as_ref() != c.field.name);
        Ok(Self { columns: self.columns.iter().filter(kept).cloned().collect(), ..self.clone() })
    }

    /// The table with one more column at the end, of an Arrow type that [`Table::from_record_batch`] takes.
    ///
    /// Errors: another length, a name that is there already, an Arrow type with no counterpart.
    pub fn with_column(&self, spec: FieldSpec, array: ArrayRef) -> Result<Self> {
        if array.len() != self.rows {
            return Err(Error::length(format!("column '{}'", spec.name), self.rows, array.len()));
        }
        if self.stored(&spec.name).is_ok() {
            return Err(ErrorKind::DuplicateColumn { column: spec.name }.into());
        }
        let schema = TableSchema::new().with(spec.clone());
        let batch = RecordBatch::try_from_iter_with_nullable([(spec.name.as_str(), array, true)])
            .map_err(|e| Error::unsupported(e.to_string()))?;
        let added = Self::from_record_batch_with(&batch, &schema)?;
        let mut table = self.clone();
        table.columns.extend(added.columns);
        Ok(table)
    }

    /// Writes the table as CSV with a header: cells as they were read, else as their values; missing cells empty.
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let file = std::fs::File::create(path).map_err(|e| Error::io(path.display(), &e))?;
        self.write_csv_to(std::io::BufWriter::new(file)).map_err(|e| Error::io(path.display(), &e))
    }

    /// Writes the table as CSV to anywhere.
    pub fn write_csv_to(&self, writer: impl std::io::Write) -> std::io::Result<()> {
        let mut writer = ::csv::Writer::from_writer(writer);
        writer.write_record(self.columns.iter().map(|c| c.field.name.as_str()))?;
        for row in 0..self.rows {
            for column in self.columns() {
                writer.write_field(column.text(row).as_deref().unwrap_or("").as_bytes())?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer.flush()
    }

    fn stored(&self, name: &str) -> Result<&Stored> {
        self.columns.iter().find(|c| c.field.name == name).ok_or_else(|| {
            let available = self.columns.iter().map(|c| c.field.name.clone()).collect();
            ErrorKind::MissingColumn { column: name.to_owned(), available }.into()
        })
    }
}

/// The size, and a line a field: what it is and why.
impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}: {} rows, {} columns", self.source, self.rows, self.columns.len())?;
        let width = self.fields().map(|f| f.name.chars().count()).max().unwrap_or(0);
        for column in self.columns() {
            let (field, missing) = (column.field(), column.missing_count());
            let reason = &field.inference.reason;
            writeln!(
                formatter,
                "{:width$}  {:10}  {:7}  {missing:>7} missing  {reason}",
                field.name, field.field_type, field.role
            )?;
        }
        Ok(())
    }
}

fn check_names(names: &[String], rows: usize) -> Result<()> {
    if names.is_empty() {
        return Err(Error::empty("columns"));
    }
    if rows == 0 {
        return Err(Error::empty("rows"));
    }
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(ErrorKind::DuplicateColumn { column: pair[0].clone() }.into()),
        None => Ok(()),
    }
}

fn require_fields(schema: &TableSchema, names: &[String]) -> Result<()> {
    match schema.fields.iter().find(|f| !names.contains(&f.name)) {
        Some(field) => {
            Err(ErrorKind::MissingColumn { column: field.name.clone(), available: names.to_vec() }.into())
        }
        None => Ok(()),
    }
}
