use std::io::BufRead;

use csv_core::{ReadRecordResult, Reader};
use portal_core::Error;

use crate::BulkError;
use crate::line_reader::LONGEST;

/// The most columns that a row may have.
const MOST: usize = 8192;

/// One row of CSV.
#[derive(Debug)]
pub(crate) struct CsvRow {
    /// The line on which it begins, counted from 1.
    pub(crate) line: u64,
    text: Vec<u8>,
    /// Where each cell ends.
    ends: Vec<usize>,
}

impl CsvRow {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let places = starts.zip(&self.ends);
        places.map(|(start, end)| &self.text[start..*end])
    }
}

/// Reads CSV row by row in bounded memory, and counts its lines.
#[derive(Debug)]
pub(crate) struct CsvReader<R> {
    reader: R,
    parser: Reader,
    line: u64,
}

impl<R: BufRead> CsvReader<R> {
    pub(crate) fn new(reader: R) -> Self {
        let mut parser = Reader::new();
        // It would leave out a mark at the start, if that came in one piece; ours is left out already.
        parser.read_record(b"\n", &mut [0], &mut [0]);
        Self {
            reader,
            parser,
            line: 1,
        }
    }

    /// Returns the next row that is not an empty line.
    ///
    /// A row without an end is an error of the whole input: nobody knows where the next one begins.
    pub(crate) fn next(&mut self) -> Result<Option<CsvRow>, BulkError> {
        self.skip_line_ends()?;
        let line = self.line;
        let (mut text, mut ends) = (vec![0; 256], vec![0; 32]);
        let (mut length, mut count) = (0, 0);
        let mut begun = false;
        loop {
            let piece = self.reader.fill_buf().map_err(BulkError::input)?;
            let at_end = piece.is_empty();
            if at_end && !begun {
                return Ok(None);
            }
            begun = true;
            // A line end ends the last row too, unless it stands in quotes.
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
                ReadRecordResult::OutputFull if text.len() < LONGEST => {
                    text.resize(text.len() * 4, 0);
                }
                ReadRecordResult::OutputEndsFull if ends.len() < MOST => {
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

fn newlines(text: &[u8]) -> u64 {
    text.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

fn open_quote(line: u64) -> Error {
    Error::invalid(
        "input",
        format!("line {line}: a quote is opened in this row and never closed"),
    )
    .with_hint("close it; a quote within quotes is written twice")
}

fn too_long(line: u64) -> Error {
    let message = format!("line {line}: the row that begins here has no end within 1 MiB");
    Error::invalid("input", message).with_hint("look for a quote that is opened and never closed")
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn read(text: &[u8]) -> Result<Vec<(u64, Vec<String>)>, BulkError> {
        // A small buffer, so that rows are put together from pieces.
        let mut csv = CsvReader::new(BufReader::with_capacity(2, text));
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
    fn rows_are_told_with_the_line_on_which_they_begin() {
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
    fn a_quote_that_is_never_closed_is_an_error_with_its_line() {
        let error = read(b"a\nb\n\n\"c\nd\ne").unwrap_err().to_string();
        assert!(error.starts_with("line 4: a quote is opened"), "{error}");
    }

    #[test]
    fn a_row_without_an_end_fills_no_memory() {
        let text = [b"a\n\"".to_vec(), vec![b'x'; 2 * LONGEST]].concat();
        let error = read(&text).unwrap_err().to_string();
        assert!(
            error.starts_with("line 2: the row that begins here"),
            "{error}"
        );
        let error = read(&vec![b','; MOST + 9]).unwrap_err().to_string();
        assert!(
            error.starts_with("line 1: the row that begins here"),
            "{error}"
        );
        let longest = vec![b'x'; LONGEST - 1];
        assert_eq!(read(&longest).unwrap()[0].1[0].len(), LONGEST - 1);
    }
}
