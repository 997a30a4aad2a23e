//! The `portal` program as users have it, built once for the jobs that start it.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::MetadataCommand;

use crate::error::Error;
use crate::running::Running;
use crate::step::Step;

/// Builds the program and returns its path.
pub(crate) fn build(root: &Path) -> Result<PathBuf, Error> {
    build_as(root, &[], "debug")
}

/// Builds the program as users have it, which takes minutes, and returns its path.
pub(crate) fn build_release(root: &Path) -> Result<PathBuf, Error> {
    build_as(root, &["--release"], "release")
}

fn build_as(root: &Path, flags: &[&str], folder: &str) -> Result<PathBuf, Error> {
    let what = [
        "build",
        "--package",
        "portal-cli",
        "--bin",
        "portal",
        "--locked",
    ];
    Step::cargo(&[&what, flags].concat(), root).run()?;
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
    let name = format!("portal{}", std::env::consts::EXE_SUFFIX);
    let program = metadata.target_directory.join(folder).join(name);
    Ok(program.into_std_path_buf())
}

/// A sandbox on a free port of this machine, ended with this value.
#[derive(Debug)]
pub(crate) struct Sandbox {
    _child: Running,
    /// Its origin.
    pub(crate) url: String,
}

impl Sandbox {
    /// Starts it and waits until it listens.
    pub(crate) fn start(program: &Path, arguments: &[&str]) -> Result<Self, Error> {
        let mut command = Command::new(program);
        command
            .args(["sandbox", "--quiet", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = Running::start(&mut command)?;
        let mut url = String::new();
        if let Some(stdout) = child.stdout.take() {
            // Without `--json` the one line of data is the address.
            BufReader::new(stdout)
                .read_line(&mut url)
                .map_err(Error::file(program))?;
        }
        let sandbox = Self {
            _child: child,
            url: url.trim_end().to_owned(),
        };
        match sandbox.url.is_empty() {
            true => Err(Error::NoSandbox),
            false => Ok(sandbox),
        }
    }
}

/// Asks the sandbox's control API, and returns the answer's body.
pub(crate) fn control(url: &str, method: &str, path: &str, body: &str) -> Result<String, Error> {
    let host = url.trim_start_matches("http://");
    let answer = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(host)?;
        let length = body.len();
        write!(
            stream,
            "{method} /_sandbox/{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    };
    let text = answer().map_err(Error::file(Path::new(url)))?;
    match text.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 20") => Ok(body.to_owned()),
        _ => Err(Error::Unproved(format!(
            "the sandbox refused `{method} {path}`"
        ))),
    }
}
