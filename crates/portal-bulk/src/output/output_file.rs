use std::fs::File;
use std::io::{self, Write};

use crate::output::output_line::LineBytes;
use crate::output::reorder_buffer::ReorderBuffer;

/// The output file. Each line is written in one call.
#[derive(Debug)]
pub(crate) struct OutputFile {
    pub(crate) file: File,
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    /// Restores the input's order; `None` for an unordered output.
    pub(crate) reorder: Option<ReorderBuffer>,
}

impl OutputFile {
    /// Writes a row's line, or holds it until the lines of all earlier rows are written.
    pub(crate) fn put(&mut self, row: u64, line: LineBytes) -> io::Result<()> {
        match &mut self.reorder {
            Some(reorder) if reorder.next_row() != row => reorder.hold(row, line),
            _ => {
                self.write(&line)?;
                self.write_held_lines()
            }
        }
    }

    /// Writes all held lines that come next.
    pub(crate) fn write_held_lines(&mut self) -> io::Result<()> {
        while let Some(line) = self.reorder.as_mut().and_then(ReorderBuffer::take_next) {
            self.write(&line)?;
        }
        self.reorder
            .as_mut()
            .map_or(Ok(()), ReorderBuffer::clear_if_empty)
    }

    /// Returns whether another row may start: memory and files stay small.
    pub(crate) fn has_room(&self) -> bool {
        self.reorder.as_ref().is_none_or(ReorderBuffer::has_room)
    }

    /// Returns how many finished lines wait for an earlier row.
    pub(crate) fn held_lines(&self) -> u64 {
        self.reorder.as_ref().map_or(0, ReorderBuffer::held_lines)
    }

    /// Writes the output and the held lines to disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()?;
        self.reorder.as_ref().map_or(Ok(()), ReorderBuffer::sync)
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.file.write_all(line)?;
        self.lines += 1;
        self.bytes += line.len() as u64;
        if let Some(reorder) = &mut self.reorder {
            reorder.advance();
        }
        Ok(())
    }
}
