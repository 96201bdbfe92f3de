//! Reading CSV.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use arrow_array::builder::LargeStringBuilder;
use crm_ml_core::{Check, Error, ErrorKind, Result};
use csv::ByteRecord;
use flate2::read::MultiGzDecoder;

use crate::build::shorten;
use crate::delimiter;
use crate::text::TextCells;
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

/// What a CSV file holds before any column has a type.
pub(crate) struct CsvCells {
    pub(crate) names: Vec<String>,
    pub(crate) columns: Vec<TextCells>,
    pub(crate) lines: Vec<u64>,
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
        let cells = records(text, delimiter, source)?;
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

fn failure(
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

fn records(data: &[u8], delimiter: u8, source: &str) -> Result<CsvCells> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(data);
    let mut record = ByteRecord::new();
    let mut next = |record: &mut ByteRecord| match reader.read_byte_record(record) {
        Ok(more) => Ok(more),
        Err(e) => Err(failure(source, e.position().map(csv::Position::line), None, None, e.to_string())),
    };
    // The reader's positions lie before the line ends it is about to skip.
    let position = |record: &ByteRecord| {
        let (mut line, mut start) = record.position().map_or((1, 0), |p| (p.line(), p.byte() as usize));
        while let Some(end @ (b'\n' | b'\r')) = data.get(start) {
            line += u64::from(*end == b'\n');
            start += 1;
        }
        (line, start)
    };
    if !next(&mut record)? {
        return Err(failure(source, None, None, None, "the file is empty"));
    }
    let (header_line, header_start) = position(&record);
    let names = header(&record, header_line, source)?;
    let mut builders: Vec<LargeStringBuilder> = names.iter().map(|_| LargeStringBuilder::new()).collect();
    let mut lines = Vec::new();
    let mut last = (header_line, header_start);
    while next(&mut record)? {
        last = position(&record);
        if is_blank(&record, names.len()) {
            continue;
        }
        if record.len() != names.len() {
            return Err(ragged(&record, names.len(), last.0, data, last.1, source));
        }
        for ((name, builder), cell) in names.iter().zip(&mut builders).zip(&record) {
            builder.append_value(utf8(cell, last.0, Some(name), source)?);
        }
        lines.push(last.0);
    }
    refuse_open_quote(data, last, source)?;
    if lines.is_empty() {
        return Err(failure(source, Some(header_line), None, None, "a header and no rows below it"));
    }
    let columns = builders.iter_mut().map(|b| TextCells::new(b.finish())).collect();
    Ok(CsvCells { names, columns, lines })
}

fn header(record: &ByteRecord, line: u64, source: &str) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::with_capacity(record.len());
    for (position, cell) in record.iter().enumerate() {
        let name = utf8(cell, line, None, source)?.trim();
        if name.is_empty() {
            let message = format!("column {} of {} has no name in the header", position + 1, record.len());
            return Err(failure(source, Some(line), None, None, message));
        }
        names.push(name.to_owned());
    }
    let mut sorted: Vec<(&str, usize)> = names.iter().enumerate().map(|(i, n)| (n.as_str(), i + 1)).collect();
    sorted.sort_unstable();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let message = format!("the header names it twice, at positions {} and {}", pair[0].1, pair[1].1);
        return Err(failure(source, Some(line), Some(pair[0].0), None, message));
    }
    Ok(names)
}

fn utf8<'a>(cell: &'a [u8], line: u64, column: Option<&str>, source: &str) -> Result<&'a str> {
    std::str::from_utf8(cell).map_err(|error| {
        let bad = cell.get(error.valid_up_to()).copied().unwrap_or_default();
        let newlines = cell.iter().take(error.valid_up_to()).filter(|b| **b == b'\n').count() as u64;
        let message = format!("byte 0x{bad:02X} is not valid UTF-8; save the file as UTF-8");
        failure(source, Some(line + newlines), column, Some(shorten(&String::from_utf8_lossy(cell))), message)
    })
}

/// A line of blanks in a table of several columns.
fn is_blank(record: &ByteRecord, width: usize) -> bool {
    width > 1
        && record.len() == 1
        && record.get(0).is_some_and(|cell| cell.iter().all(u8::is_ascii_whitespace))
}

fn ragged(record: &ByteRecord, width: usize, line: u64, data: &[u8], start: usize, source: &str) -> Error {
    let mut message = format!("the row has {} cells, the header has {width}", record.len());
    if record.iter().any(|cell| cell.contains(&b'\n')) {
        message.push_str("; a cell holds line breaks, so a quote may be missing");
    }
    let text = data.get(start..).unwrap_or_default();
    let end = text.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(text.len());
    failure(source, Some(line), None, Some(shorten(&String::from_utf8_lossy(&text[..end]))), message)
}

/// A quote that never closes swallows all that follows; the last record shows it.
fn refuse_open_quote(data: &[u8], (line, start): (u64, usize), source: &str) -> Result<()> {
    let record = data.get(start..).unwrap_or_default();
    let quotes = record.iter().filter(|b| **b == b'"').count();
    let many_lines = record.trim_ascii().contains(&b'\n');
    if quotes % 2 == 1 && many_lines {
        return Err(failure(source, Some(line), None, None, "a quote opened in this row is never closed"));
    }
    Ok(())
}
