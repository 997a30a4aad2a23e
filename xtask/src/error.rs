//! Why a verb failed, and what to do next.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use thiserror::Error as ThisError;

/// Why a verb failed.
#[derive(Debug, ThisError)]
pub(crate) enum Error {
    #[error("the workspace does not read: {0}")]
    Metadata(#[from] cargo_metadata::Error),

    #[error("`{program}` does not start: {reason}")]
    NoStart {
        program: String,
        reason: std::io::Error,
    },

    #[error("`{shown}` failed: {status}")]
    Failed { shown: String, status: ExitStatus },

    #[error("`{}`: {reason}", path.display())]
    File {
        path: PathBuf,
        reason: std::io::Error,
    },

    #[error("no usable Python: {tried}; hint: {hint}")]
    NoPython { tried: String, hint: &'static str },

    #[error(
        "the tools do not install: {cause}; hint: what pip says stands above; `target/tools` may be deleted at any time"
    )]
    NoTools { cause: Box<Error> },

    #[error(
        "no Chromium: {tried}; hint: install it (Debian: `apt install chromium`), or set `CHROMIUM` to its path"
    )]
    NoChromium { tried: String },

    #[error(
        "no valgrind, and this is not root on Debian, who could install it; hint: `apt install valgrind`; without it no instructions are counted"
    )]
    NoValgrind,

    #[error("the instructions of `{name}` were not counted: {said}")]
    NoCount { name: String, said: String },

    #[error(
        "{}; hint: `callgrind_annotate --inclusive=yes` with the files in `target/instructions` shows where they go; if more is meant: `cargo xtask instructions --save`",
        wrong.join("\n")
    )]
    Instructions { wrong: Vec<String> },

    #[error(
        "nothing can be held to cores {cores}: {reason}; hint: figures are comparable where server and clients have a core each, on Linux with two or more"
    )]
    NoCore { cores: String, reason: String },

    #[error("`{name}` printed no figures: {said}")]
    NoFigures { name: String, said: String },

    #[error("not measured: {0}; hint: the report above says why")]
    Unmeasured(String),

    #[error("`{}` has no line `{mark}`; hint: what is measured goes between two such lines", path.display())]
    NoMark { path: PathBuf, mark: &'static str },

    #[error("node's packages do not install: {cause}; hint: install node 20 or newer with npm")]
    NoPackages { cause: Box<Error> },

    #[error(
        "the sandbox printed no address; hint: run `cargo portal sandbox --listen 127.0.0.1:0` to see why"
    )]
    NoSandbox,

    #[error("`{shown}` printed no test summary, so nothing shows that a test ran")]
    NoSummary { shown: String },

    #[error("`{}` is there already; hint: delete it first, or choose another id", path.display())]
    Exists { path: PathBuf },

    #[error(
        "a new adapter owes {owed:?}, and should owe {expected:?}; hint: mend the templates in `xtask/src/new_adapter`, or the list in `xtask/src/ci/newcomer.rs`"
    )]
    Owes {
        owed: Vec<String>,
        expected: &'static [&'static str],
    },

    #[error("maturin made nothing new; hint: what it says stands above")]
    NoWheel,

    #[error("the bill of materials cannot be written: {0}")]
    Bill(String),

    #[error(
        "`{}` has {size} bytes, and may have {most}; hint: `cargo tree --package portal-cli` shows what is in it", program.display()
    )]
    TooLarge {
        program: PathBuf,
        size: u64,
        most: u64,
    },

    #[error("not proved: {0}")]
    Unproved(String),

    #[error("{0}, listed above")]
    Untidy(String),

    #[error("job `{job}` failed: {cause}\nto repeat it alone: `cargo xtask ci {job}`")]
    Job { job: String, cause: Box<Error> },
}

impl Error {
    /// For `map_err` around file work: names the file that the operating system's own text leaves out.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |reason| Self::File { path, reason }
    }
}
