//! The `portal` program, and a sandbox that it runs.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::MetadataCommand;

use crate::error::Error;
use crate::step::{Running, Step};

/// Builds the program and returns its path.
pub(crate) fn build(root: &Path) -> Result<PathBuf, Error> {
    let words = ["build", "--package=portal-cli", "--bin=portal", "--locked"];
    Step::cargo(&words, root).run()?;
    let name = format!("portal{}", std::env::consts::EXE_SUFFIX);
    Ok(target_folder(root)?.join("debug").join(name))
}

/// Cargo's target folder, wherever `CARGO_TARGET_DIR` points.
pub(crate) fn target_folder(root: &Path) -> Result<PathBuf, Error> {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}

/// A sandbox on a free port of this machine; it ends when this value is dropped.
#[derive(Debug)]
pub(crate) struct Sandbox {
    _child: Running,
    /// Its origin.
    pub(crate) url: String,
}

impl Sandbox {
    /// Starts the sandbox and waits until it listens.
    pub(crate) fn start(program: &Path, arguments: &[&str]) -> Result<Self, Error> {
        let mut command = Command::new(program);
        command
            .args(["sandbox", "--quiet", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = Running::start(&mut command)?;
        let mut url = String::new();
        if let Some(stdout) = child.0.stdout.take() {
            // Without `--json`, stdout is one line: the address.
            BufReader::new(stdout)
                .read_line(&mut url)
                .map_err(Error::file(program))?;
        }
        let url = url.trim_end().to_owned();
        match url.is_empty() {
            true => Err(Error::NoSandbox),
            false => Ok(Self { _child: child, url }),
        }
    }
}
