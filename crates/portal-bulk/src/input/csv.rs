use std::io::BufRead;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use portal_core::Error;

use crate::BulkError;
use crate::input::delimiter::Delimiter;
use crate::line_reader::MAX_LINE_BYTES;

/// The maximum number of columns of a row.
const MAX_COLUMNS: usize = 8192;

/// One row of CSV.
#[derive(Debug)]
pub(crate) struct CsvRow {
    /// The line on which the row starts, from 1.
    pub(crate) line: u64,
    text: Vec<u8>,
    /// Where each cell ends.
    ends: Vec<usize>,
}

impl CsvRow {
    /// Returns whether the row is only delimiters and spaces, as spreadsheets write after the last row.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.trim_ascii().is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ranges = starts.zip(&self.ends);
        ranges.map(|(start, end)| &self.text[start..*end])
    }
}

/// Reads CSV row by row in bounded memory, and counts lines.
#[derive(Debug)]
pub(crate) struct CsvReader<R> {
    reader: R,
    parser: Reader,
    line: u64,
}

impl<R: BufRead> CsvReader<R> {
    pub(crate) fn new(reader: R, delimiter: Delimiter) -> Self {
        Self {
            reader,
            parser: parser(delimiter),
            line: 1,
        }
    }

    /// Sets the delimiter for the following rows.
    pub(crate) fn set_delimiter(&mut self, delimiter: Delimiter) {
        self.parser = parser(delimiter);
    }

    pub(crate) fn get_ref(&self) -> &R {
        &self.reader
    }

    /// Returns the next row that is not an empty line.
    ///
    /// A row without an end is an error of the whole input, because the next row cannot be found.
    pub(crate) fn next(&mut self) -> Result<Option<CsvRow>, BulkError> {
        self.skip_line_ends()?;
        let line = self.line;
        let (mut text, mut ends) = (vec![0; 256], vec![0; 32]);
        let (mut length, mut count) = (0, 0);
        let mut has_row = false;
        loop {
            let piece = self.reader.fill_buf().map_err(BulkError::input)?;
            let at_end = piece.is_empty();
            if at_end && !has_row {
                return Ok(None);
            }
            has_row = true;
            // Ends the last row, unless a quote is open.
            let input = if at_end { b"\n" } else { piece };
            let (result, used, written, ended) =
                self.parser
                    .read_record(input, &mut text[length..], &mut ends[count..]);
            length += written;
            count += ended;
            if !at_end {
                self.line += newlines(&piece[..used]);
                self.reader.consume(used);
            }
            match result {
                ReadRecordResult::InputEmpty if at_end => return Err(open_quote(line).into()),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if text.len() < MAX_LINE_BYTES => {
                    text.resize(text.len() * 4, 0);
                }
                ReadRecordResult::OutputEndsFull if ends.len() < MAX_COLUMNS => {
                    ends.resize(ends.len() * 4, 0);
                }
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(too_long(line).into());
                }
                ReadRecordResult::Record => {
                    text.truncate(length);
                    ends.truncate(count);
                    return Ok(Some(CsvRow { line, text, ends }));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    fn skip_line_ends(&mut self) -> Result<(), BulkError> {
        loop {
            let piece = self.reader.fill_buf().map_err(BulkError::input)?;
            let blank = piece
                .iter()
                .take_while(|byte| matches!(byte, b'\r' | b'\n'));
            let blank = blank.count();
            let at_end = blank < piece.len() || piece.is_empty();
            self.line += newlines(&piece[..blank]);
            self.reader.consume(blank);
            if at_end {
                return Ok(());
            }
        }
    }
}

fn parser(delimiter: Delimiter) -> Reader {
    let mut parser = ReaderBuilder::new().delimiter(delimiter.as_byte()).build();
    // Skips the parser's own check for a byte order mark, which misses one read in pieces.
    parser.read_record(b"\n", &mut [0], &mut [0]);
    parser
}

fn newlines(text: &[u8]) -> u64 {
    text.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

fn open_quote(line: u64) -> Error {
    Error::invalid(
        "input",
        format!("line {line}: a quote in this row is not closed"),
    )
    .with_hint("close it; write a quote inside quotes twice")
}

fn too_long(line: u64) -> Error {
    let message = format!("line {line}: the row that starts here is longer than 1 MiB");
    Error::invalid("input", message).with_hint("look for a quote that is not closed")
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn read(text: &[u8]) -> Result<Vec<(u64, Vec<String>)>, BulkError> {
        let comma = ",".parse().unwrap();
        // With this small buffer, each row is read in several pieces.
        let mut csv = CsvReader::new(BufReader::with_capacity(2, text), comma);
        let mut rows = Vec::new();
        while let Some(cells) = csv.next()? {
            let texts = cells
                .iter()
                .map(|cell| String::from_utf8_lossy(cell).into_owned());
            rows.push((cells.line, texts.collect()));
        }
        Ok(rows)
    }

    fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn each_row_has_the_line_on_which_it_starts() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "", "\"c\nd\",e", "", "", "f,\"g\"\"h\"", "i,"].join(end);
            let expected = [
                row(1, &["a", "b"]),
                row(3, &["c\nd", "e"]),
                row(7, &["f", "g\"h"]),
                row(8, &["i", ""]),
            ];
            assert_eq!(read(text.as_bytes()).unwrap(), expected, "{end:?}");
            assert_eq!(read((text + end).as_bytes()).unwrap(), expected, "{end:?}");
        }
        assert_eq!(read(b"").unwrap(), []);
        assert_eq!(read(b"\r\n\n").unwrap(), []);
    }

    #[test]
    fn an_unclosed_quote_is_an_error_with_its_line() {
        let error = read(b"a\nb\n\n\"c\nd\ne").unwrap_err().to_string();
        assert!(
            error.starts_with("line 4: a quote in this row is not closed"),
            "{error}"
        );
    }

    #[test]
    fn an_endless_row_does_not_fill_memory() {
        let text = [b"a\n\"".to_vec(), vec![b'x'; 2 * MAX_LINE_BYTES]].concat();
        let error = read(&text).unwrap_err().to_string();
        assert!(
            error.starts_with("line 2: the row that starts here"),
            "{error}"
        );
        let error = read(&vec![b','; MAX_COLUMNS + 9]).unwrap_err().to_string();
        assert!(
            error.starts_with("line 1: the row that starts here"),
            "{error}"
        );
        let longest = vec![b'x'; MAX_LINE_BYTES - 1];
        assert_eq!(read(&longest).unwrap()[0].1[0].len(), MAX_LINE_BYTES - 1);
    }
}
