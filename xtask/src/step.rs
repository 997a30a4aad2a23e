//! One child process: shown before it runs, streamed while it runs, judged by its exit status.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::iter;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;

use crate::error::Error;
use crate::running::{ended, no_start};

/// A command that is about to run.
#[derive(Debug)]
pub(crate) struct Step {
    command: Command,
    shown: String,
}

impl Step {
    /// A program with its arguments, started in `directory`.
    pub(crate) fn new(program: impl AsRef<OsStr>, arguments: &[&str], directory: &Path) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.args(arguments).current_dir(directory);
        for name in std::env::vars_os().map(|(name, _)| name) {
            if belongs_to_xtask(&name) {
                command.env_remove(name);
            }
        }
        if io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
            command.env("CARGO_TERM_COLOR", "always");
        }
        let name = Path::new(program).file_stem().unwrap_or(program);
        let shown = [&*name.to_string_lossy()]
            .iter()
            .chain(arguments)
            .copied()
            .collect::<Vec<_>>()
            .join(" ");
        Self { command, shown }
    }

    /// The cargo that started us.
    pub(crate) fn cargo(arguments: &[&str], directory: &Path) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        Self::new(cargo, arguments, directory)
    }

    /// Sets a variable for this command alone.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self.shown = format!("{name}=\"{value}\" {}", self.shown);
        self
    }

    /// Keeps a variable of ours from this command.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Lets it find programs in `folder` before those on our `PATH`.
    pub(crate) fn finding(mut self, folder: &Path) -> Self {
        let ours = std::env::var_os("PATH").unwrap_or_default();
        let places = iter::once(folder.to_path_buf()).chain(std::env::split_paths(&ours));
        // Only a folder with the separator in its name cannot be joined.
        if let Ok(path) = std::env::join_paths(places) {
            self.command.env("PATH", path);
        }
        self
    }

    /// The command as a person would type it.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Runs it on our own terminal.
    pub(crate) fn run(mut self) -> Result<(), Error> {
        println!("$ {}", self.shown);
        let status = self.command.status().map_err(no_start(&self.command))?;
        self.judge(status)
    }

    /// Runs it, passing every line on as it comes and showing it to `read` as well.
    pub(crate) fn run_reading(mut self, mut read: impl FnMut(&str)) -> Result<(), Error> {
        println!("$ {}", self.shown);
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(no_start(&self.command))?;
        let (lines, received) = mpsc::channel();
        let pipes = [
            child
                .stdout
                .take()
                .map(|pipe| pass_on(pipe, io::stdout(), lines.clone())),
            child
                .stderr
                .take()
                .map(|pipe| pass_on(pipe, io::stderr(), lines)),
        ];
        for line in received {
            read(&line);
        }
        for pipe in pipes.into_iter().flatten() {
            pipe.join().expect("copying lines does not panic");
        }
        let status = child.wait().map_err(no_start(&self.command))?;
        self.judge(status)
    }

    /// Runs it, and shows its output to `read` alone; what it says on stderr is passed on.
    pub(crate) fn read_quietly(mut self, read: impl FnMut(&str)) -> Result<(), Error> {
        self.command.stderr(Stdio::inherit());
        let output = ended(&mut self.command)?;
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .for_each(read);
        self.judge(output.status)
    }

    fn judge(self, status: std::process::ExitStatus) -> Result<(), Error> {
        match status.success() {
            true => Ok(()),
            false => Err(Error::Failed {
                shown: self.shown,
                status,
            }),
        }
    }
}

/// `cargo run` describes xtask to xtask in these; handed on, they make build scripts that watch
/// them (ring's does) run anew, and a plain `cargo build` afterwards once more.
fn belongs_to_xtask(variable: &OsStr) -> bool {
    let name = variable.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

fn pass_on(
    pipe: impl Read + Send + 'static,
    mut terminal: impl Write + Send + 'static,
    lines: Sender<String>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe
            .read_until(b'\n', &mut line)
            .is_ok_and(|length| length > 0)
        {
            // A reader of ours that went away (`| head`) is no reason to block or kill the child.
            let _ = terminal.write_all(&line).and_then(|()| terminal.flush());
            let _ = lines.send(without_colour(&String::from_utf8_lossy(&line)));
            line.clear();
        }
    })
}

/// The line without terminal escapes (`ESC [ … letter`) and line end.
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.trim_end().chars();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' if characters.next() == Some('[') => {
                characters.find(|escape| matches!(escape, '\u{40}'..='\u{7e}'));
            }
            '\u{1b}' => {}
            _ => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cargo(arguments: &[&str]) -> Step {
        Step::cargo(arguments, Path::new(env!("CARGO_MANIFEST_DIR")))
    }

    #[test]
    fn every_line_of_a_child_is_read() {
        let mut lines = Vec::new();
        cargo(&["--version"])
            .run_reading(|line| lines.push(line.to_owned()))
            .unwrap();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("cargo "), "{lines:?}");
    }

    #[test]
    fn a_failing_child_is_an_error_that_shows_the_command() {
        let error = cargo(&["no-such-verb-of-cargo"])
            .run_reading(|_| {})
            .unwrap_err();
        assert!(matches!(error, Error::Failed { .. }));
        assert!(
            error
                .to_string()
                .starts_with("`cargo no-such-verb-of-cargo` failed"),
            "{error}"
        );
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_that_names_it() {
        let error = Step::new("no-such-program-anywhere", &[], Path::new("."))
            .run()
            .unwrap_err();
        assert!(
            error.to_string().contains("`no-such-program-anywhere`"),
            "{error}"
        );
    }

    #[test]
    fn colours_are_not_part_of_a_line() {
        assert_eq!(
            without_colour("\u{1b}[32;1m     Summary\u{1b}[0m [ 1s] \u{1b}[1m3\u{1b}[0m run\r\n"),
            "     Summary [ 1s] 3 run"
        );
    }

    #[test]
    fn what_describes_xtask_stays_with_xtask() {
        assert!(belongs_to_xtask(OsStr::new("CARGO_MANIFEST_DIR")));
        assert!(belongs_to_xtask(OsStr::new("CARGO_PKG_NAME")));
        assert!(!belongs_to_xtask(OsStr::new("CARGO_TARGET_DIR")));
        assert!(!belongs_to_xtask(OsStr::new("CARGO")));
    }
}
