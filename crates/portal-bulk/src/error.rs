use std::io;
use std::path::Path;

use portal_core::Error;

/// Why a bulk run cannot start or continue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BulkError {
    /// The input, the output or the ledger is invalid.
    #[error(transparent)]
    Refused(#[from] Error),
    /// A file cannot be read or written.
    #[error("{what}")]
    File {
        /// What failed, with the file's name.
        what: String,
        /// The system's error.
        #[source]
        cause: io::Error,
    },
}

impl BulkError {
    /// Returns a function for `map_err` that adds the file's name to the system's error.
    pub(crate) fn file(path: &Path, cannot: &str) -> impl FnOnce(io::Error) -> Self {
        move |cause| {
            let what = format!("`{}` cannot be {cannot}", path.display());
            Self::File { what, cause }
        }
    }

    pub(crate) fn input(cause: io::Error) -> Self {
        let what = "the input cannot be read".to_owned();
        Self::File { what, cause }
    }
}

/// Returns the error for a line that no run can have written.
pub(crate) fn damaged_line(field: &'static str, path: &Path, line: u64, why: &str) -> Error {
    let message = format!("`{}`, line {line}: the line {why}", path.display());
    Error::invalid(field, message)
        .with_hint("put the file back as the run left it, or start again with another output")
}
