use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::BulkError;
use crate::error::damaged_line;
use crate::line_reader::LineReader;
use crate::output::output_line::{LineBytes, ParsedLine};
use crate::output::private_file::open_or_create;

/// The new lines of rows that failed before, in the order in which they finished.
///
/// They replace the rows' earlier lines when the run ends, or when the next one starts.
#[derive(Debug)]
pub(crate) struct RetriedFile {
    file: File,
    bytes: u64,
    /// Where each row's line starts, and its length.
    lines: BTreeMap<u64, (u64, usize)>,
}

impl RetriedFile {
    /// Opens the file with what an earlier run left in it, or creates it.
    pub(crate) fn open(path: &Path) -> Result<Self, BulkError> {
        let file = open_or_create(path).map_err(BulkError::file(path, "opened"))?;
        let mut reader = LineReader::new(BufReader::new(&file));
        let (mut lines, mut bytes) = (BTreeMap::new(), 0);
        while let Some(line) = reader.next().map_err(BulkError::file(path, "read"))? {
            if !line.is_whole {
                break;
            }
            let number = line.number;
            let text = LineBytes::new(line.bytes);
            let parsed = ParsedLine::parse(&text).filter(|_| !line.is_too_long);
            let parsed = parsed.ok_or_else(|| {
                damaged_line("output", path, number, "is not a line of an output")
            })?;
            lines.insert(parsed.row, (bytes, text.len() + 1));
            bytes += text.len() as u64 + 1;
        }
        // Cuts off a line that was half written.
        file.set_len(bytes)
            .map_err(BulkError::file(path, "written"))?;
        Ok(Self { file, bytes, lines })
    }

    pub(crate) fn put(&mut self, row: u64, line: &LineBytes) -> io::Result<()> {
        self.file.write_all(line)?;
        self.lines.insert(row, (self.bytes, line.len()));
        self.bytes += line.len() as u64;
        Ok(())
    }

    pub(crate) fn line(&self, row: u64) -> io::Result<Option<LineBytes>> {
        let Some((start, length)) = self.lines.get(&row) else {
            return Ok(None);
        };
        let mut line = LineBytes::new(vec![0; *length]);
        let mut file = &self.file;
        file.seek(SeekFrom::Start(*start))?;
        file.read_exact(&mut line)?;
        Ok(Some(line))
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = u64> {
        self.lines.keys().copied()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }
}
