//! Child processes: printed before they run, judged by their exit status.
//!
//! Home-made: a shell crate such as `xshell` would be one more dependency for what `Command` almost does.

use std::ffi::{OsStr, OsString};
use std::iter;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use crate::error::Error;

/// A command that is about to run.
#[derive(Debug)]
pub(crate) struct Step {
    command: Command,
    shown: String,
}

impl Step {
    /// A program with arguments that are words separated by spaces, started in `directory`.
    pub(crate) fn new(program: impl AsRef<OsStr>, words: &str, directory: &Path) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.current_dir(directory);
        for (name, _) in std::env::vars_os().filter(|(name, _)| describes_xtask(name)) {
            command.env_remove(name);
        }
        let name = Path::new(program).file_stem().unwrap_or(program);
        let shown = name.to_string_lossy().into_owned();
        Self { command, shown }.args(words.split_whitespace())
    }

    /// The cargo that started xtask.
    pub(crate) fn cargo(words: &str, directory: &Path) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        Self::new(cargo, words, directory)
    }

    /// Adds an argument, which may contain spaces.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.shown = format!("{} {}", self.shown, argument.as_ref().display());
        self.command.arg(argument);
        self
    }

    /// Adds several arguments.
    pub(crate) fn args(self, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable for this command alone.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.shown = format!("{name}=\"{}\" {}", value.as_ref().display(), self.shown);
        self.command.env(name, value);
        self
    }

    /// Removes a variable of the environment for this command.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Puts `folder` before the folders of `PATH`.
    pub(crate) fn path(mut self, folder: &Path) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
        // Only a folder with the separator in its name cannot be joined.
        if let Ok(path) = std::env::join_paths(folders) {
            self.command.env("PATH", path);
        }
        self
    }

    /// Prints the command and runs it on this terminal.
    pub(crate) fn run(mut self) -> Result<(), Error> {
        println!("$ {}", self.shown);
        let status = self.command.status().map_err(no_start(&self.command))?;
        self.judge(status)
    }

    /// Runs the command without printing it, and returns its stdout; stderr goes to the terminal.
    pub(crate) fn output(self) -> Result<String, Error> {
        let (output, result) = self.capture()?;
        result.map(|()| output)
    }

    /// Does the same, but returns the stdout of a failed command too.
    pub(crate) fn capture(mut self) -> Result<(String, Result<(), Error>), Error> {
        self.command.stderr(Stdio::inherit());
        let output = self.command.output().map_err(no_start(&self.command))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((text, self.judge(output.status)))
    }

    fn judge(self, status: ExitStatus) -> Result<(), Error> {
        match status.success() {
            true => Ok(()),
            false => Err(Error::Failed {
                shown: self.shown,
                status,
            }),
        }
    }
}

/// Names the program, which the system's message leaves out.
fn no_start(command: &Command) -> impl FnOnce(std::io::Error) -> Error {
    Error::file(Path::new(command.get_program()))
}

/// Whether `cargo run` set the variable to describe xtask: handed on, it would make build scripts
/// that watch it (ring's does) run again, and once more in a plain `cargo build` afterwards.
fn describes_xtask(variable: &OsStr) -> bool {
    let name = variable.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cargo(words: &str) -> Step {
        Step::new(env!("CARGO"), words, Path::new("."))
    }

    #[test]
    fn stdout_is_returned_for_a_failed_command_too() {
        assert!(cargo("--version").output().unwrap().starts_with("cargo "));
        let (_, result) = cargo("no-such-verb").capture().unwrap();
        let error = result.unwrap_err().to_string();
        assert!(error.starts_with("`cargo no-such-verb` failed"), "{error}");
    }

    #[test]
    fn a_program_that_does_not_exist_is_named_in_the_error() {
        let step = Step::new("no-such-program-anywhere", "", Path::new("."));
        let error = step.run().unwrap_err().to_string();
        assert!(error.contains("`no-such-program-anywhere`"), "{error}");
    }

    #[test]
    fn variables_that_describe_xtask_are_not_passed_on() {
        assert!(describes_xtask(OsStr::new("CARGO_MANIFEST_DIR")));
        assert!(describes_xtask(OsStr::new("CARGO_PKG_NAME")));
        assert!(!describes_xtask(OsStr::new("CARGO_TARGET_DIR")));
        assert!(!describes_xtask(OsStr::new("CARGO")));
    }
}
