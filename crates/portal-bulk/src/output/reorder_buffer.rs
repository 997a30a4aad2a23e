use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;

use crate::BulkError;
use crate::error::damaged_line;
use crate::line_reader::LineReader;
use crate::output::output_line::{LineBytes, ParsedLine};
use crate::output::private_file::private_file_options;

/// Lines that are finished and wait for an earlier row's, in a file beside the output, so that an
/// end at any moment loses none of them.
#[derive(Debug)]
pub(crate) struct Held {
    file: File,
    length: u64,
}

impl Held {
    /// Opens the file, and reads what an earlier run left in it.
    pub(crate) fn open(path: &Path) -> Result<(Self, Vec<(u64, LineBytes)>), BulkError> {
        let file = private_file_options()
            .create(true)
            .open(path)
            .map_err(BulkError::file(path, "opened"))?;
        let mut lines = LineReader::new(BufReader::new(&file));
        let mut found = Vec::new();
        let mut length = 0;
        while let Some(line) = lines.next().map_err(BulkError::file(path, "read"))? {
            if !line.is_whole {
                break;
            }
            let number = line.number;
            let mut bytes = LineBytes::new(line.bytes);
            let written = ParsedLine::parse(&bytes).filter(|_| !line.is_too_long);
            let written = written
                .ok_or_else(|| damaged_line("output", path, number, "is no line of an output"))?;
            length += bytes.len() as u64 + 1;
            bytes.push(b'\n');
            found.push((written.row, bytes));
        }
        // What was half written is not there.
        file.set_len(length)
            .map_err(BulkError::file(path, "written"))?;
        Ok((Self { file, length }, found))
    }

    pub(crate) fn append(&mut self, line: &[u8]) -> io::Result<()> {
        self.file.write_all(line)?;
        self.length += line.len() as u64;
        Ok(())
    }

    /// Forgets all lines, which stand in the output by now.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        if self.length > 0 {
            self.file.set_len(0)?;
            self.length = 0;
        }
        Ok(())
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }
}
