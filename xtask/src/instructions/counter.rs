use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::MetadataCommand;

use crate::bench::Server;
use crate::debian;
use crate::error::Error;
use crate::running::ended;
use crate::step::Step;

/// How many calls are counted, after others that are not.
const CALLS: u64 = 200;

/// The function within which instructions count, whichever way its name is mangled.
const TOGGLE: &str = "--toggle-collect=*portal_bench*measured*";

/// A server that runs by itself, and valgrind for what asks it.
#[derive(Debug)]
pub(super) struct Counter {
    valgrind: PathBuf,
    program: PathBuf,
    /// Where the profiles go.
    folder: PathBuf,
    server: Server,
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
        Ok(Self {
            valgrind,
            server: Server::start(&program)?,
            program,
            folder,
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
            .envs(self.server.places().iter().cloned());
        let output = ended(&mut command)?;
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
}
