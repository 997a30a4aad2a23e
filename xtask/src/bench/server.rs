use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::Error;
use crate::step::Running;

/// As many lines tell where the server is.
const PLACES: usize = 4;

/// The server of `portal-bench`, a process of its own.
#[derive(Debug)]
pub(crate) struct Server {
    places: Vec<(String, String)>,
    /// It ends with this value.
    _process: Running,
}

impl Server {
    pub(crate) fn start(program: &Path) -> Result<Self, Error> {
        // It ends when its input does, which is with us.
        let mut command = Command::new(program);
        command
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = Running::start(&mut command)?;
        let lines = BufReader::new(process.0.stdout.take().expect("it is a pipe")).lines();
        let places: Result<Vec<_>, _> = lines
            .take(PLACES)
            .map(|line| line.map(|line| place(&line)))
            .collect();
        Ok(Self {
            places: places.map_err(Error::file(program))?,
            _process: process,
        })
    }

    /// Where it is, as variables for clients.
    pub(crate) fn places(&self) -> &[(String, String)] {
        &self.places
    }

    /// One of the places, by the end of its variable's name.
    pub(crate) fn place(&self, name: &str) -> &str {
        let found = self.places.iter().find(|(of, _)| of.ends_with(name));
        found.map_or("", |(_, place)| place)
    }
}

/// Reads `NAME=VALUE`, of which the value may have lines.
fn place(line: &str) -> (String, String) {
    let (name, value) = line.split_once('=').unwrap_or((line, ""));
    (name.to_owned(), value.replace("\\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_may_have_lines() {
        assert_eq!(place("A=b=c\\nd"), ("A".to_owned(), "b=c\nd".to_owned()));
    }
}
