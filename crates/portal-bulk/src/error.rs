use std::io;
use std::path::Path;

use portal_core::Error;

/// Why a bulk run cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// The input, the output or the ledger is not what it has to be.
    #[error(transparent)]
    Refused(#[from] Error),
    /// A file cannot be read or written.
    #[error("{what}")]
    File {
        /// What cannot be done, with the file's name.
        what: String,
        /// What the system says.
        #[source]
        cause: io::Error,
    },
}

impl BulkError {
    /// For `map_err` around file work: names what the system's own text leaves out.
    pub(crate) fn file(path: &Path, cannot: &str) -> impl FnOnce(io::Error) -> Self {
        let what = format!("`{}` cannot be {cannot}", path.display());
        move |cause| Self::File { what, cause }
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
        .with_hint("put back the file as the run left it, or begin with another output")
}
