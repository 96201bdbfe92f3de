//! Reading CSV.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crm_ml_core::{Check, Error, ErrorKind, Result};
use flate2::read::MultiGzDecoder;

use crate::delimiter;
use crate::records::{CsvSource, PIECE};
use crate::{Table, TableSchema};

/// How a CSV file is read.
///
/// ```
/// use crm_ml_table::CsvOptions;
///
/// let csv = "id;budget\n7;1.234,50 €\n8;unknown\n";
/// let table = CsvOptions::new().missing_markers(["unknown"]).read(csv.as_bytes(), "deals")?;
/// let budget = table.column("budget")?.numbers()?;
/// assert_eq!(budget[0], 1234.5);
/// assert!(budget[1].is_nan());
/// # Ok::<(), crm_ml_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CsvOptions {
    delimiter: Option<u8>,
    missing_markers: Option<Vec<String>>,
    schema: TableSchema,
    max_bytes: u64,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { delimiter: None, missing_markers: None, schema: TableSchema::new(), max_bytes: 8 << 30 }
    }
}

impl CsvOptions {
    /// The defaults: delimiter found among comma, semicolon, tab and bar; types inferred.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fixes the delimiter.
    pub fn delimiter(mut self, delimiter: char) -> Self {
        // A character outside ASCII becomes the quote, which `read` refuses.
        self.delimiter = Some(u8::try_from(delimiter).ok().filter(u8::is_ascii).unwrap_or(b'"'));
        self
    }

    /// What is read as missing, beside blank cells, in place of [`MISSING_MARKERS`](crate::MISSING_MARKERS).
    pub fn missing_markers<S: Into<String>>(mut self, markers: impl IntoIterator<Item = S>) -> Self {
        self.missing_markers = Some(markers.into_iter().map(Into::into).collect());
        self
    }

    /// Declares types, roles and markers; all else is inferred. Every column of the schema must be in the file.
    pub fn schema(mut self, schema: TableSchema) -> Self {
        self.schema = schema;
        self
    }

    /// Most bytes read, after decompression: 8 GiB unless told.
    pub fn max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// Reads a file, decompressed if it is gzip (whatever its name).
    ///
    /// Errors name file, line, column and value: a ragged row, a byte that is no UTF-8, an empty file, a header without
    /// rows, a column named twice or not at all, a value that does not parse under a declared type.
    pub fn read_path(&self, path: impl AsRef<Path>) -> Result<Table> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|e| Error::io(path.display(), &e))?;
        self.read(file, &path.display().to_string())
    }

    /// Reads from anywhere; `source` stands for the file name in errors. Errors: as [`CsvOptions::read_path`].
    pub fn read(&self, reader: impl Read, source: &str) -> Result<Table> {
        let delimiter = self.delimiter;
        let usable = delimiter.is_none_or(|d| !matches!(d, b'"' | b'\n' | b'\r' | 0));
        let shown = delimiter.map_or_else(String::new, |d| format!("{:?}", d as char));
        let rule = "one ASCII character, no quote and no line end";
        Check::of("CsvOptions").rule("delimiter", shown, usable, rule).finish()?;
        let mut schema = self.schema.clone();
        schema.validate()?;
        if self.missing_markers.is_some() {
            schema.missing_markers.clone_from(&self.missing_markers);
        }
        let data = content(reader, source, self.max_bytes)?;
        let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&data);
        refuse_other_formats(text, source)?;
        let delimiter = delimiter.unwrap_or_else(|| delimiter::detect(text));
        let cells = CsvSource { data: text, delimiter, name: source }.read(PIECE)?;
        drop(data);
        Table::from_cells(source, cells, &schema)
    }
}

/// All bytes, decompressed if they are gzip.
fn content(mut reader: impl Read, source: &str, max_bytes: u64) -> Result<Vec<u8>> {
    let io = |e: std::io::Error| Error::io(source, &e);
    let mut data = Vec::new();
    let limit = max_bytes.saturating_add(1);
    let mut magic = Vec::new();
    reader.by_ref().take(2).read_to_end(&mut magic).map_err(io)?;
    let is_gzip = magic == [0x1f, 0x8b];
    let whole = std::io::Cursor::new(magic).chain(reader);
    if is_gzip {
        MultiGzDecoder::new(whole).take(limit).read_to_end(&mut data).map_err(io)?;
    } else {
        whole.take(limit).read_to_end(&mut data).map_err(io)?;
    }
    if data.len() as u64 > max_bytes {
        return Err(failure(source, None, None, None, format!("it has more than {max_bytes} bytes")));
    }
    // Line ends of old: a lone carriage return. Lines are counted by line feeds.
    if !data.contains(&b'\n') {
        data.iter_mut().filter(|b| **b == b'\r').for_each(|b| *b = b'\n');
    }
    Ok(data)
}

/// An error about a place in a file.
pub(crate) fn failure(
    source: &str,
    line: Option<u64>,
    column: Option<&str>,
    value: Option<String>,
    message: impl Into<String>,
) -> Error {
    ErrorKind::Input {
        source_name: source.to_owned(),
        line,
        column: column.map(str::to_owned),
        value,
        message: message.into(),
    }
    .into()
}

fn refuse_other_formats(data: &[u8], source: &str) -> Result<()> {
    let refuse = |message: &str| Err(failure(source, None, None, None, message));
    match data {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => refuse("it is UTF-16; save it as UTF-8"),
        [b'P', b'K', 3, 4, ..] => refuse("it is a zip archive or an .xlsx workbook; export it as CSV"),
        [b'P', b'A', b'R', b'1', ..] => refuse("it is a Parquet file; export it as CSV"),
        _ if data.iter().all(u8::is_ascii_whitespace) => refuse("the file is empty"),
        _ => match data.iter().position(|b| *b == 0) {
            Some(at) => {
                let line = 1 + data[..at].iter().filter(|b| **b == b'\n').count() as u64;
                let message = "byte 0x00 is no text: the file is damaged, or UTF-16 to be saved as UTF-8";
                Err(failure(source, Some(line), None, None, message))
            }
            None => Ok(()),
        },
    }
}
