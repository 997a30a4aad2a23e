use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use cargo_metadata::MetadataCommand;

use crate::debian;
use crate::error::Error;
use crate::step::Step;

/// How many calls are counted, after others that are not.
const CALLS: u64 = 200;

/// As many lines tell where the server is.
const PLACES: usize = 3;

/// The function within which instructions count, whichever way its name is mangled.
const TOGGLE: &str = "--toggle-collect=*portal_bench*measured*";

/// A server that runs by itself, and valgrind for what asks it.
#[derive(Debug)]
pub(super) struct Counter {
    valgrind: PathBuf,
    program: PathBuf,
    /// Where the profiles go.
    folder: PathBuf,
    places: Vec<(String, String)>,
    server: Child,
}

impl Counter {
    /// Finds or installs valgrind, builds what is measured, and starts the server.
    pub(super) fn start(root: &Path) -> Result<Self, Error> {
        let valgrind = debian::program(&["valgrind"], "valgrind", root)?;
        let valgrind = valgrind.ok_or(Error::NoValgrind)?;
        let build = [
            "build",
            "--package",
            "portal-bench",
            "--profile",
            "counted",
            "--locked",
        ];
        Step::cargo(&build, root).run()?;
        let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
        let target = metadata.target_directory.into_std_path_buf();
        let folder = target.join("instructions");
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let program = target.join("counted").join("portal-bench");
        let no_start = |reason| Error::NoStart {
            program: program.display().to_string(),
            reason,
        };
        // It ends when its input does, which is with us.
        let mut server = Command::new(&program)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(no_start)?;
        let lines = BufReader::new(server.stdout.take().expect("it is a pipe")).lines();
        let places: Result<Vec<_>, _> = lines
            .take(PLACES)
            .map(|line| line.map(|line| place(&line)))
            .collect();
        Ok(Self {
            valgrind,
            places: places.map_err(Error::file(&program))?,
            program,
            folder,
            server,
        })
    }

    /// Counts the instructions of one call.
    pub(super) fn count(&self, name: &str) -> Result<u64, Error> {
        let profile = self.folder.join(format!("{}.out", name.replace('/', "-")));
        let mut command = Command::new(&self.valgrind);
        command
            .args(["--tool=callgrind", TOGGLE])
            .arg(format!("--callgrind-out-file={}", profile.display()))
            .arg(&self.program)
            .args(["call", name, &CALLS.to_string()])
            // What a machine's environment holds must make no difference.
            .env_clear()
            .envs(self.places.iter().cloned());
        let output = command.output().map_err(|reason| Error::NoStart {
            program: self.valgrind.display().to_string(),
            reason,
        })?;
        let said = String::from_utf8_lossy(&output.stderr);
        match (output.status.success(), collected(&said)) {
            (true, Some(count)) => Ok(count / CALLS),
            _ => Err(Error::NoCount {
                name: name.to_owned(),
                said: said.into_owned(),
            }),
        }
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Reads `NAME=VALUE`, of which the value may have lines.
fn place(line: &str) -> (String, String) {
    let (name, value) = line.split_once('=').unwrap_or((line, ""));
    (name.to_owned(), value.replace("\\n", "\n"))
}

/// Reads valgrind's `==1== Collected : 123`.
fn collected(said: &str) -> Option<u64> {
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    line?.1.trim().parse().ok().filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_valgrind_counted_is_read_and_nothing_counted_is_no_count() {
        assert_eq!(collected("==7== \n==7== Collected : 123\n"), Some(123));
        assert_eq!(collected("==7== Collected : 0\n"), None);
        assert_eq!(collected("valgrind: failed\n"), None);
    }

    #[test]
    fn a_place_may_have_lines() {
        assert_eq!(place("A=b=c\\nd"), ("A".to_owned(), "b=c\nd".to_owned()));
    }
}
