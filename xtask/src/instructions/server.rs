use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::step::Running;

/// The server of `portal-bench`, a process of its own, so that it is not counted.
#[derive(Debug)]
pub(super) struct Server {
    /// Its addresses, as environment variables of the clients.
    pub(super) environment: BTreeMap<String, String>,
    _process: Running,
}

impl Server {
    pub(super) fn start(program: &Path) -> Result<Self, Error> {
        // It ends when its stdin is closed, at the latest with this process.
        let mut command = Command::new(program);
        command
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = Running::start(&mut command)?;
        let mut line = String::new();
        let stdout = process.0.stdout.take().expect("stdout is a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .map_err(Error::file(program))?;
        let environment = serde_json::from_str(&line)
            .map_err(|error| Error::file(program)(std::io::Error::other(error)))?;
        Ok(Self {
            environment,
            _process: process,
        })
    }
}
