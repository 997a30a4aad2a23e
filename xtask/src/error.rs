//! Why a command failed, and what to do next.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use thiserror::Error as ThisError;

#[derive(Debug, ThisError)]
pub(crate) enum Error {
    #[error("the workspace cannot be read: {0}")]
    Metadata(#[from] cargo_metadata::Error),

    #[error("`{shown}` failed: {status}")]
    Failed { shown: String, status: ExitStatus },

    #[error("`{}`: {reason}", path.display())]
    File {
        path: PathBuf,
        reason: std::io::Error,
    },

    #[error(
        "the tools cannot be installed: {cause}; hint: the output above says why; Python 3.10 or newer with venv is needed (Debian: `apt install python3-venv`; `PYTHON` names another than `python3`)"
    )]
    NoTools { cause: Box<Error> },

    #[error(
        "`{name}` is not installed, and only root on Debian can install it; hint: `apt install {name}`; for a Chromium elsewhere, set `CHROMIUM`"
    )]
    NoProgram { name: String },

    #[error(
        "the sandbox printed no address; hint: run `cargo portal sandbox --listen 127.0.0.1:0` to see why"
    )]
    NoSandbox,

    #[error("`{0}` passed but reports no test, so nothing shows that a test ran")]
    NoTests(String),

    #[error("`{}` exists already; hint: delete it first, or choose another id", path.display())]
    Exists { path: PathBuf },

    #[error(
        "no provider can be called `{id}`: {what}; hint: choose another id, such as `{id}-pay`"
    )]
    Taken { id: String, what: String },

    #[error(
        "in a new adapter, the trials {failed:?} fail instead of {expected:?}; hint: change the templates in `xtask/src/new_adapter`, or the list in `xtask/src/ci/new_adapter.rs`"
    )]
    NewAdapter {
        failed: Vec<String>,
        expected: &'static [&'static str],
    },

    #[error("violations of the house rules, listed above: {0}")]
    Untidy(usize),

    #[error("job `{job}` failed: {cause}\nto repeat it alone: `cargo xtask ci {job}`")]
    Job { job: String, cause: Box<Error> },
}

impl Error {
    /// For `map_err` after an operation on a file: adds the path, which the system's message leaves out.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |reason| Self::File { path, reason }
    }
}
