use std::io::Read;

use portal_bulk::{Format, Input, InputOptions};

/// A row: its number, its line and its error.
type RowSummary = (u64, u64, Option<String>);

/// Returns one byte a read.
struct OneByteReader<'a>(&'a [u8]);

impl Read for OneByteReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(1);
        self.0.read(&mut buffer[..count])
    }
}

/// Reads all rows, and the error that ended the input, if any.
pub(crate) fn read(data: &[u8], format: Format) -> (Vec<RowSummary>, Option<String>) {
    let whole = rows(data, format);
    assert_eq!(
        rows(OneByteReader(data), format),
        whole,
        "the size of reads makes no difference"
    );
    let mut line = 0;
    for (number, row) in (1..).zip(&whole.0) {
        assert_eq!(row.0, number);
        // A lone carriage return ends a row of CSV but not a line.
        assert!(row.1 >= line, "line numbers do not decrease");
        line = row.1;
    }
    whole
}

fn rows(reader: impl Read, format: Format) -> (Vec<RowSummary>, Option<String>) {
    let mut found = Vec::new();
    let mut input = match Input::open(reader, &InputOptions::new(format), |_| Ok(())) {
        Ok(input) => input,
        Err(error) => return (found, Some(with_hint(error.to_string()))),
    };
    loop {
        match input.next_row() {
            Ok(None) => return (found, None),
            Err(error) => return (found, Some(with_hint(error.to_string()))),
            Ok(Some(raw)) => {
                let row = input.parse(&raw);
                let error = row.request.err().map(|row_error| {
                    assert!(row_error.error.field().is_some(), "{:?}", row_error.error);
                    with_hint(row_error.error.to_string())
                });
                found.push((row.position.row, row.position.line, error));
            }
        }
    }
}

fn with_hint(error: String) -> String {
    assert!(error.contains("hint: "), "{error}");
    error
}
