//! The `portal` program, and a sandbox that it runs.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use cargo_metadata::MetadataCommand;

use crate::error::Error;
use crate::step::Step;

/// Builds the program and returns its path.
pub(crate) fn build(root: &Path) -> Result<PathBuf, Error> {
    Step::cargo("build --package=portal-cli --bin=portal --locked", root).run()?;
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
    child: Child,
    /// Its origin.
    pub(crate) url: String,
}

impl Sandbox {
    /// Starts the sandbox and waits until it listens.
    pub(crate) fn start(program: &Path, arguments: &[&str]) -> Result<Self, Error> {
        let child = Command::new(program)
            .args(["sandbox", "--quiet", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let child = child.map_err(Error::file(program))?;
        let url = String::new();
        let mut sandbox = Self { child, url };
        let stdout = sandbox.child.stdout.take().expect("stdout is a pipe");
        // Without `--json`, stdout is one line: the address.
        let line = BufReader::new(stdout).lines().next().transpose();
        sandbox.url = line.map_err(Error::file(program))?.unwrap_or_default();
        match sandbox.url.is_empty() {
            true => Err(Error::NoSandbox),
            false => Ok(sandbox),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It fails for a child that has ended, which needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
