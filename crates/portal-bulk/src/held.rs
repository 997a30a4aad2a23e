use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Write};
use std::path::Path;

use crate::Failure;
use crate::line::{Bytes, Written};
use crate::text::Lines;

/// Lines that are finished and wait for an earlier row's, in a file beside the output, so that an
/// end at any moment loses none of them.
#[derive(Debug)]
pub(crate) struct Held {
    file: File,
    length: u64,
}

impl Held {
    /// Opens the file, and reads what an earlier run left in it.
    pub(crate) fn open(path: &Path) -> Result<(Self, Vec<(u64, Bytes)>), Failure> {
        let file = private()
            .create(true)
            .open(path)
            .map_err(Failure::file(path, "opened"))?;
        let mut lines = Lines::new(BufReader::new(&file));
        let mut found = Vec::new();
        let mut length = 0;
        while let Some(line) = lines.next().map_err(Failure::file(path, "read"))? {
            if !line.is_whole {
                break;
            }
            let number = line.number;
            let mut bytes = Bytes::new(line.bytes);
            let written = Written::parse(&bytes).filter(|_| !line.is_too_long);
            let written = written.ok_or_else(|| {
                crate::journal::damaged("output", path, number, "is no line of an output")
            })?;
            length += bytes.len() as u64 + 1;
            bytes.push(b'\n');
            found.push((written.row, bytes));
        }
        // What was half written is not there.
        file.set_len(length)
            .map_err(Failure::file(path, "written"))?;
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

/// How every file of a run is opened: for its owner alone, and to be written at its end.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
