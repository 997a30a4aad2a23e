use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::error::Error;

/// As many lines tell where the server is.
const PLACES: usize = 4;

/// The server of `portal-bench`, a process of its own.
#[derive(Debug)]
pub(crate) struct Server {
    places: Vec<(String, String)>,
    process: Child,
}

impl Server {
    pub(crate) fn start(program: &Path) -> Result<Self, Error> {
        // It ends when its input does, which is with us.
        let mut process = Command::new(program)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|reason| Error::NoStart {
                program: program.display().to_string(),
                reason,
            })?;
        let lines = BufReader::new(process.stdout.take().expect("it is a pipe")).lines();
        let places: Result<Vec<_>, _> = lines
            .take(PLACES)
            .map(|line| line.map(|line| place(&line)))
            .collect();
        Ok(Self {
            places: places.map_err(Error::file(program))?,
            process,
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

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
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
