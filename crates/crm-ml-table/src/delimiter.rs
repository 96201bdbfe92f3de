//! Which character separates the cells.

use csv::ByteRecord;

const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
const SAMPLE_BYTES: usize = 1 << 18;
const SAMPLE_ROWS: usize = 200;

/// The candidate under which most rows are as wide as the header; of equals the one with more columns, then the first.
/// A comma if the header has no candidate in it.
pub(crate) fn detect(data: &[u8]) -> u8 {
    let sample = &data[..data.len().min(SAMPLE_BYTES)];
    let cut = sample.len() < data.len();
    let mut best = (0.0, 0, b',');
    for candidate in CANDIDATES {
        let (agreement, width) = agreement(sample, candidate, cut);
        if width > 1 && (agreement, width) > (best.0, best.1) {
            best = (agreement, width, candidate);
        }
    }
    best.2
}

/// Share of rows as wide as the header, and that width.
fn agreement(sample: &[u8], delimiter: u8, cut: bool) -> (f64, usize) {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(sample);
    let mut widths = Vec::new();
    let mut record = ByteRecord::new();
    while widths.len() < SAMPLE_ROWS && matches!(reader.read_byte_record(&mut record), Ok(true)) {
        widths.push(record.len());
    }
    if cut && widths.len() > 2 && widths.len() < SAMPLE_ROWS {
        widths.pop();
    }
    let Some((&header, rows)) = widths.split_first() else { return (0.0, 0) };
    let same = rows.iter().filter(|w| **w == header).count();
    (if rows.is_empty() { 1.0 } else { same as f64 / rows.len() as f64 }, header)
}

#[cfg(test)]
mod tests {
    use super::detect;

    #[test]
    fn the_delimiter_is_the_one_the_rows_agree_on() {
        assert_eq!(detect(b"a,b\n1,2\n"), b',');
        assert_eq!(detect(b"a;b;c\n1,5;2;3\n1,6;2;3"), b';');
        assert_eq!(detect(b"a\tb\n1\t2\n"), b'\t');
        assert_eq!(detect(b"a|b\n1|2\n"), b'|');
        assert_eq!(detect(b"text\nhello, world; again\n"), b',');
        assert_eq!(detect(b"name,title;x\nAda,1\nBob,2\n"), b',');
        assert_eq!(detect(b""), b',');
    }
}
