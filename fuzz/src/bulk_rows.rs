use std::io::Read;

use portal_bulk::{Format, Input};

/// What is told of a row: its number, its line, and what is wrong with it.
type Told = (u64, u64, Option<String>);

/// Gives what it has byte by byte.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(1);
        self.0.read(&mut buffer[..count])
    }
}

/// Reads all rows, and what ended them if they were ended.
pub(crate) fn read(data: &[u8], format: Format) -> (Vec<Told>, Option<String>) {
    let whole = rows(data, format);
    assert_eq!(
        rows(Slow(data), format),
        whole,
        "how it comes makes no difference"
    );
    let mut line = 0;
    for (number, told) in (1..).zip(&whole.0) {
        assert_eq!(told.0, number);
        // A carriage return alone ends a row of CSV, and no line.
        assert!(told.1 >= line, "lines are counted on");
        line = told.1;
    }
    whole
}

fn rows(reader: impl Read, format: Format) -> (Vec<Told>, Option<String>) {
    let mut told = Vec::new();
    let mut input = match Input::open(reader, format, false, |_| Ok(())) {
        Ok(input) => input,
        Err(failure) => return (told, Some(with_hint(failure.to_string()))),
    };
    loop {
        match input.next_row() {
            Ok(None) => return (told, None),
            Err(failure) => return (told, Some(with_hint(failure.to_string()))),
            Ok(Some(raw)) => {
                let row = input.parse(&raw);
                let bad = row.request.err().map(|bad| {
                    assert!(bad.error.field().is_some(), "{:?}", bad.error);
                    with_hint(bad.error.to_string())
                });
                told.push((row.position.row, row.position.line, bad));
            }
        }
    }
}

fn with_hint(error: String) -> String {
    assert!(error.contains("hint: "), "{error}");
    error
}
