//! The records of a CSV file, read in pieces side by side.
//!
//! Where a record begins can only be guessed from the middle of a file: after a line end that an even number of quotes
//! precedes. A piece is therefore read until a record begins at or after its end, and all guesses were right if that is where
//! the next piece began, one after the other. Else the file is read again as one piece.

use std::ops::Range;

use arrow_array::builder::LargeBinaryBuilder;
use arrow_array::{LargeBinaryArray, LargeStringArray};
use crm_ml_core::{Error, Result, parallel};
use csv::ByteRecord;

use crate::build::shorten;
use crate::csv::failure;

/// Bytes of a piece.
pub(crate) const PIECE: usize = 4 << 20;

/// What a CSV file holds before any column has a type.
#[derive(Debug)]
pub(crate) struct CsvCells {
    pub(crate) names: Vec<String>,
    /// Of each column, the cells piece by piece.
    pub(crate) columns: Vec<Vec<LargeStringArray>>,
    pub(crate) lines: Vec<u64>,
}

/// The text of a CSV file.
#[derive(Clone, Copy)]
pub(crate) struct CsvSource<'a> {
    pub(crate) data: &'a [u8],
    pub(crate) delimiter: u8,
    /// For errors.
    pub(crate) name: &'a str,
}

/// A place in a file: bytes before it, and the number of its line.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    byte: usize,
    line: u64,
}

/// The records that begin in a part of a file.
struct Piece {
    columns: Vec<LargeStringArray>,
    lines: Vec<u64>,
    /// Where the last record begins.
    last: Option<Place>,
    /// Where the first record behind the part begins; the end of the file if there is none.
    next: usize,
}

impl CsvSource<'_> {
    /// All cells, read in pieces of about so many bytes. Errors: ragged rows, bytes that are no UTF-8, no rows, a bad header.
    pub(crate) fn read(self, piece: usize) -> Result<CsvCells> {
        let (names, header) = self.header()?;
        let starts = self.starts(header, piece);
        let end_of = |i: usize| starts.get(i + 1).map_or(self.data.len(), |next| next.byte);
        let pieces = parallel::map(starts.len(), |i| self.piece(&names, starts[i], end_of(i)));
        let fits = |(i, piece): (usize, &Result<Piece>)| match piece {
            Ok(piece) => piece.next == end_of(i),
            Err(_) => false,
        };
        // What goes wrong in a piece may be due to a wrong guess, so it is looked at again in order.
        let pieces = if pieces.iter().enumerate().all(fits) {
            pieces.into_iter().collect::<Result<Vec<_>>>()?
        } else {
            drop(pieces);
            vec![self.piece(&names, Place { byte: 0, line: 1 }, self.data.len())?]
        };
        let last = pieces.iter().rev().find_map(|piece| piece.last).unwrap_or(header);
        self.refuse_open_quote(last)?;
        let mut columns: Vec<Vec<LargeStringArray>> = names.iter().map(|_| Vec::new()).collect();
        let mut lines = Vec::new();
        for piece in pieces {
            lines.extend(piece.lines);
            columns.iter_mut().zip(piece.columns).for_each(|(column, cells)| column.push(cells));
        }
        if lines.is_empty() {
            return Err(self.failure(header.line, "a header and no rows below it"));
        }
        Ok(CsvCells { names, columns, lines })
    }

    /// The names of the columns and where the header begins.
    fn header(self) -> Result<(Vec<String>, Place)> {
        let mut reader = self.reader(0);
        let mut record = ByteRecord::new();
        if !self.next(&mut reader, &mut record)? {
            return Err(failure(self.name, None, None, None, "the file is empty"));
        }
        let place = self.place(&record, Place { byte: 0, line: 1 });
        Ok((header(&record, place.line, self.name)?, place))
    }

    /// Where records are likely to begin, a piece apart; the first piece begins with the file.
    fn starts(self, header: Place, piece: usize) -> Vec<Place> {
        let data = self.data;
        let parts: Vec<Range<usize>> = parallel::chunks(data.len(), piece).collect();
        let counts = parallel::map(parts.len(), |i| {
            let part = &data[parts[i].clone()];
            (count(part, b'"'), count(part, b'\n') as u64)
        });
        let mut starts = vec![Place { byte: 0, line: 1 }];
        let (mut quotes, mut line) = (0, 1);
        for (part, counted) in parts.iter().zip(counts) {
            if part.start > header.byte {
                let (text, before) = (&data[part.clone()], Place { byte: part.start, line });
                starts.extend(likely_start(text, quotes % 2 == 0, before));
            }
            quotes += counted.0;
            line += counted.1;
        }
        starts
    }

    /// The records that begin between `start` and `end`, but for the header.
    fn piece(self, names: &[String], start: Place, end: usize) -> Result<Piece> {
        let mut reader = self.reader(start.byte);
        let mut record = ByteRecord::new();
        if start.byte == 0 {
            self.next(&mut reader, &mut record)?;
        }
        let mut builders: Vec<LargeBinaryBuilder> = names.iter().map(|_| LargeBinaryBuilder::new()).collect();
        let mut lines = Vec::new();
        let (mut last, mut next, mut fault) = (None, self.data.len(), None);
        while self.next(&mut reader, &mut record)? {
            let place = self.place(&record, start);
            if place.byte >= end {
                next = place.byte;
                break;
            }
            last = Some(place);
            if is_blank(&record, names.len()) {
                continue;
            }
            if record.len() != names.len() {
                fault = Some(self.ragged(&record, names.len(), place));
                break;
            }
            builders.iter_mut().zip(&record).for_each(|(builder, cell)| builder.append_value(cell));
            lines.push(place.line);
        }
        let cells = builders.iter_mut().map(LargeBinaryBuilder::finish).collect();
        let columns = self.texts(names, cells, &lines)?;
        match fault {
            Some(error) => Err(error),
            None => Ok(Piece { columns, lines, last, next }),
        }
    }

    /// Cells as text, checked a column at a time. Errors: the first cell in the file that is no UTF-8.
    fn texts(
        self,
        names: &[String],
        columns: Vec<LargeBinaryArray>,
        lines: &[u64],
    ) -> Result<Vec<LargeStringArray>> {
        let texts = |column: &LargeBinaryArray| LargeStringArray::try_from_binary(column.clone());
        columns.iter().map(texts).collect::<std::result::Result<_, _>>().map_err(|other| {
            for (row, line) in lines.iter().enumerate() {
                for (name, column) in names.iter().zip(&columns) {
                    if let Err(error) = utf8(column.value(row), *line, Some(name), self.name) {
                        return error;
                    }
                }
            }
            Error::unsupported(other.to_string())
        })
    }

    fn reader(&self, start: usize) -> csv::Reader<&[u8]> {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .from_reader(&self.data[start..])
    }

    fn next(self, reader: &mut csv::Reader<&[u8]>, record: &mut ByteRecord) -> Result<bool> {
        reader
            .read_byte_record(record)
            .map_err(|e| failure(self.name, e.position().map(csv::Position::line), None, None, e.to_string()))
    }

    /// Where a record begins that a reader from `start` on found. The reader's positions lie before the line ends that it
    /// is about to skip.
    fn place(self, record: &ByteRecord, start: Place) -> Place {
        let (byte, line) = record.position().map_or((0, 1), |p| (p.byte() as usize, p.line()));
        let mut place = Place { byte: start.byte + byte, line: start.line + line - 1 };
        while let Some(end @ (b'\n' | b'\r')) = self.data.get(place.byte) {
            place.line += u64::from(*end == b'\n');
            place.byte += 1;
        }
        place
    }

    fn failure(self, line: u64, message: &str) -> Error {
        failure(self.name, Some(line), None, None, message)
    }

    fn ragged(self, record: &ByteRecord, width: usize, at: Place) -> Error {
        let mut message = format!("the row has {} cells, the header has {width}", record.len());
        if record.iter().any(|cell| cell.contains(&b'\n')) {
            message.push_str("; a cell holds line breaks, so a quote may be missing");
        }
        let text = self.data.get(at.byte..).unwrap_or_default();
        let end = text.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(text.len());
        let shown = shorten(&String::from_utf8_lossy(&text[..end]));
        failure(self.name, Some(at.line), None, Some(shown), message)
    }

    /// A quote that never closes swallows all that follows; the last record shows it.
    fn refuse_open_quote(self, last: Place) -> Result<()> {
        match ends_in_quotes(self.data.get(last.byte..).unwrap_or_default(), self.delimiter) {
            true => Err(self.failure(last.line, "a quote opened in this row is never closed")),
            false => Ok(()),
        }
    }
}

fn count(data: &[u8], byte: u8) -> usize {
    data.iter().filter(|b| **b == byte).count()
}

/// Whether a text that begins with a record ends within quotes. A quote opens at the start of a cell only, and the one that
/// closes it is not doubled; in other places it is text.
fn ends_in_quotes(text: &[u8], delimiter: u8) -> bool {
    let (mut at_start, mut quoted, mut after_quote) = (true, false, false);
    for &byte in text {
        let ends_cell = byte == delimiter || matches!(byte, b'\n' | b'\r');
        (at_start, quoted, after_quote) = match byte {
            b'"' if quoted => (false, false, true),
            _ if quoted => (false, true, false),
            b'"' if at_start || after_quote => (false, true, false),
            _ => (ends_cell, false, false),
        };
    }
    quoted
}

/// The first place in a part of a file where a record may begin, if an even number of quotes precedes it: what follows line
/// ends. Not before a byte order mark, which a reader would skip as it does at the start of a file.
fn likely_start(part: &[u8], mut outside_quotes: bool, before: Place) -> Option<Place> {
    let mut line = before.line;
    for (i, byte) in part.iter().enumerate() {
        outside_quotes ^= *byte == b'"';
        line += u64::from(*byte == b'\n');
        if *byte == b'\n' && outside_quotes {
            let next = part.get(i + 1)?;
            if !matches!(next, b'\n' | b'\r' | 0xef) {
                return Some(Place { byte: before.byte + i + 1, line });
            }
        }
    }
    None
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(data: &[u8], piece: usize) -> String {
        let source = CsvSource { data, delimiter: b',', name: "test" };
        match source.read(piece) {
            Ok(cells) => {
                let text = |pieces: &Vec<LargeStringArray>| -> Vec<String> {
                    pieces.iter().flatten().flatten().map(str::to_owned).collect()
                };
                let columns: Vec<_> = cells.columns.iter().map(text).collect();
                format!("{:?} {columns:?} {:?}", cells.names, cells.lines)
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_file_is_cut_where_records_begin() {
        let text = "a,b\n1,2\n3,\"4\n5\"\n\n6,7\r\n\r\n8,\"9\"\n";
        let source = CsvSource { data: text.as_bytes(), delimiter: b',', name: "test" };
        let starts: Vec<_> =
            source.starts(Place { byte: 0, line: 1 }, 3).iter().map(|p| (p.byte, p.line)).collect();
        assert_eq!(starts, [(0, 1), (4, 2), (8, 3), (17, 6)]);
        assert_eq!(read(text.as_bytes(), 3), read(text.as_bytes(), 1 << 20));
        assert!(read(text.as_bytes(), 3).contains("[2, 3, 6, 8]"));
    }

    #[test]
    fn a_quote_within_a_cell_misleads_nobody() {
        let text = "a,b\n5\" pipe,1\n6,\"x\n7,y\"\n8,2\n9,3\n";
        assert_eq!(read(text.as_bytes(), 4), read(text.as_bytes(), 1 << 20));
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_give_the_same(
            data in prop::collection::vec(prop::sample::select(b"ab,,\"\"\n\n\n\r\xef\xbb\xbf".to_vec()), 0..120),
            piece in 1usize..40,
        ) {
            let data = [b"a,b\n", data.as_slice()].concat();
            prop_assert_eq!(read(&data, piece), read(&data, 1 << 20));
        }

        #[test]
        fn well_formed_files_too(
            rows in prop::collection::vec(prop::sample::select(vec!["1,2\n", "x,\"y\nz\"\r\n", "\"a\"\"b\",\n", "\n", "\r\n", "é,ü\n"]), 1..60),
            piece in 1usize..60,
        ) {
            let data = format!("a,b\n{}", rows.concat());
            prop_assert_eq!(read(data.as_bytes(), piece), read(data.as_bytes(), 1 << 20));
        }
    }
}
