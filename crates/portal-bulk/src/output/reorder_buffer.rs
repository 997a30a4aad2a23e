use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;

use crate::BulkError;
use crate::error::damaged_line;
use crate::line_reader::LineReader;
use crate::output::output_line::{LineBytes, ParsedLine};
use crate::output::private_file::open_or_create;

/// No more rows start while this many finished ones wait for an earlier row.
const MAX_HELD_LINES: usize = 4096;

/// No more rows start while the file of held lines has this many bytes; it shrinks when it is empty.
const MAX_FILE_BYTES: u64 = 8 << 20;

/// Finished lines that wait for the line of an earlier row.
///
/// They are also in a file beside the output, so that a crash loses none of them.
#[derive(Debug)]
pub(crate) struct ReorderBuffer {
    next_row: u64,
    lines: BTreeMap<u64, LineBytes>,
    file: File,
    file_bytes: u64,
}

impl ReorderBuffer {
    /// Opens the file with what an earlier run left in it; `next_row` is the first row that is not in
    /// the output.
    pub(crate) fn open(path: &Path, next_row: u64) -> Result<Self, BulkError> {
        let file = open_or_create(path).map_err(BulkError::file(path, "opened"))?;
        let mut reader = LineReader::new(BufReader::new(&file));
        let mut lines = BTreeMap::new();
        let mut file_bytes = 0;
        while let Some(line) = reader.next().map_err(BulkError::file(path, "read"))? {
            if !line.is_whole {
                break;
            }
            let number = line.number;
            let mut bytes = LineBytes::new(line.bytes);
            let parsed = ParsedLine::parse(&bytes).filter(|_| !line.is_too_long);
            let parsed = parsed.ok_or_else(|| {
                damaged_line("output", path, number, "is not a line of an output")
            })?;
            file_bytes += bytes.len() as u64 + 1;
            bytes.push(b'\n');
            // Lines that the earlier run also wrote to the output are still in this file.
            if parsed.row >= next_row {
                lines.insert(parsed.row, bytes);
            }
        }
        // Cuts off a line that was half written.
        file.set_len(file_bytes)
            .map_err(BulkError::file(path, "written"))?;
        Ok(Self {
            next_row,
            lines,
            file,
            file_bytes,
        })
    }

    /// Returns the row whose line is written next.
    pub(crate) fn next_row(&self) -> u64 {
        self.next_row
    }

    /// Moves on to the next row, after the line of the last one was written.
    pub(crate) fn advance(&mut self) {
        self.next_row += 1;
    }

    pub(crate) fn hold(&mut self, row: u64, line: LineBytes) -> io::Result<()> {
        self.file.write_all(&line)?;
        self.file_bytes += line.len() as u64;
        self.lines.insert(row, line);
        Ok(())
    }

    /// Takes the next row's line out, if it is held.
    pub(crate) fn take_next(&mut self) -> Option<LineBytes> {
        self.lines.remove(&self.next_row)
    }

    /// Empties the file once all of its lines are in the output.
    pub(crate) fn clear_if_empty(&mut self) -> io::Result<()> {
        if self.lines.is_empty() && self.file_bytes > 0 {
            self.file.set_len(0)?;
            self.file_bytes = 0;
        }
        Ok(())
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    pub(crate) fn has_room(&self) -> bool {
        self.lines.len() < MAX_HELD_LINES && self.file_bytes < MAX_FILE_BYTES
    }

    /// Returns how many lines are held.
    pub(crate) fn held_lines(&self) -> u64 {
        self.lines.len() as u64
    }

    /// Returns the held rows with their lines.
    pub(crate) fn lines(&self) -> &BTreeMap<u64, LineBytes> {
        &self.lines
    }
}
