//! A `.tar.gz` that is the same bytes for the same files.

use std::io::{self, Write};

use flate2::{Compression, GzBuilder};
use tar::{Builder, Header};
use tempfile::TempDir;

use crate::error::Error;

/// When every file was changed, as far as the archive says: nothing of the machine's gets in.
const TIME: u64 = 1_000_000_000;

/// Files below one folder of the archive's name.
#[derive(Debug)]
pub(super) struct Archive {
    folder: String,
    files: Vec<(String, u32, Vec<u8>)>,
}

impl Archive {
    pub(super) fn new(folder: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            files: Vec::new(),
        }
    }

    /// Adds a file that can be run.
    pub(super) fn program(&mut self, path: &str, bytes: Vec<u8>) {
        self.files.push((path.to_owned(), 0o755, bytes));
    }

    /// Adds a file that can be read.
    pub(super) fn file(&mut self, path: &str, bytes: Vec<u8>) {
        self.files.push((path.to_owned(), 0o644, bytes));
    }

    /// What was added, in order.
    #[cfg(test)]
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(path, _, _)| path.as_str())
    }

    /// Returns the archive's bytes.
    pub(super) fn pack(&self) -> Result<Vec<u8>, Error> {
        self.write().map_err(|reason| Error::File {
            path: self.folder.clone().into(),
            reason,
        })
    }

    fn write(&self) -> io::Result<Vec<u8>> {
        // Neither a name nor a time in gzip's header.
        let gzip = GzBuilder::new().write(Vec::new(), Compression::best());
        let mut tar = Builder::new(gzip);
        for (path, mode, bytes) in &self.files {
            let mut header = Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(*mode);
            header.set_mtime(TIME);
            tar.append_data(&mut header, format!("{}/{path}", self.folder), &bytes[..])?;
        }
        let mut gzip = tar.into_inner()?;
        gzip.flush()?;
        gzip.finish()
    }
}

/// A folder that is gone afterwards.
pub(super) fn scratch() -> Result<TempDir, Error> {
    TempDir::new().map_err(Error::file(&std::env::temp_dir()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    fn archive() -> Vec<u8> {
        let mut archive = Archive::new("portal-1.0.0-here");
        archive.program("portal", b"program".to_vec());
        archive.file("man/man1/portal.1", b"page".to_vec());
        archive.pack().unwrap()
    }

    #[test]
    fn files_lie_in_one_folder_and_only_the_program_can_be_run() {
        let bytes = archive();
        let mut tar = tar::Archive::new(GzDecoder::new(&bytes[..]));
        let mut found = BTreeMap::new();
        for entry in tar.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            let path = entry.path().unwrap().display().to_string();
            found.insert(path, (entry.header().mode().unwrap(), text));
        }
        let expected = BTreeMap::from([
            (
                "portal-1.0.0-here/man/man1/portal.1".to_owned(),
                (0o644, "page".to_owned()),
            ),
            (
                "portal-1.0.0-here/portal".to_owned(),
                (0o755, "program".to_owned()),
            ),
        ]);
        assert_eq!(found, expected);
    }

    #[test]
    fn the_same_files_are_the_same_bytes() {
        assert_eq!(archive(), archive());
    }
}
