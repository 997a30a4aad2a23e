use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use serde::Serialize;

use crate::errors::CommandError;

const RED: Style = AnsiColor::Red.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();

/// Prints data to stdout and everything else to stderr.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    json: bool,
    quiet: bool,
}

impl Printer {
    pub(crate) fn new(json: bool, quiet: bool, color: ColorChoice) -> Self {
        match color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        }
        .write_global();
        Self { json, quiet }
    }

    /// Returns whether data and errors are printed as JSON.
    pub(crate) fn json(self) -> bool {
        self.json
    }

    /// Returns whether only data and errors are printed.
    pub(crate) fn quiet(self) -> bool {
        self.quiet
    }

    /// Refuses a closed stdout, if the result could not be created again.
    pub(crate) fn require_stdout(self) -> Result<(), CommandError> {
        match is_stdout_closed() {
            true => Err(CommandError::ClosedStdout),
            false => Ok(()),
        }
    }

    /// Prints data as text.
    pub(crate) fn data(self, text: &str) -> Result<(), CommandError> {
        let mut stdout = anstream::stdout();
        ignore_closed_pipe(writeln!(stdout, "{text}").and_then(|()| stdout.flush()))
    }

    /// Prints data as one line of JSON.
    pub(crate) fn object(self, value: &impl Serialize) -> Result<(), CommandError> {
        self.data(&Self::json_text(value)?)
    }

    /// Returns one line of JSON.
    pub(crate) fn json_text(value: &impl Serialize) -> Result<String, CommandError> {
        serde_json::to_string(value)
            .map_err(|error| CommandError::internal("the output cannot be written as JSON", &error))
    }

    /// Prints to stderr, even with `--quiet`.
    pub(crate) fn stderr(self, text: &str) {
        // A closed stderr cannot be reported.
        let _ = writeln!(anstream::stderr(), "{text}");
    }

    /// Prints a note, unless `--quiet` is given.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            self.stderr(text);
        }
    }

    /// Prints a note with its name in bold.
    pub(crate) fn fact(self, name: &str, text: &str) {
        self.note(&format!("{BOLD}{name}{BOLD:#} {text}"));
    }

    /// Prints an error: message, cause, how long to wait, hint.
    pub(crate) fn error(self, error: &CommandError) {
        let mut stderr = anstream::stderr();
        if self.json {
            let _ = writeln!(stderr, "{}", error.to_json());
            return;
        }
        let _ = writeln!(stderr, "{RED}error{RED:#}: {}", error.message());
        if let Some(cause) = error.cause() {
            let _ = writeln!(stderr, "  {BOLD}caused by{BOLD:#}: {cause}");
        }
        if let Some(wait) = error.retry_after() {
            let _ = writeln!(stderr, "  {BOLD}retry after{BOLD:#}: {} s", wait.as_secs());
        }
        if let Some(hint) = error.hint() {
            let _ = writeln!(stderr, "{CYAN}hint{CYAN:#}: {hint}");
        }
    }
}

/// Ignores a closed pipe: the reader, such as `head`, has read enough.
fn ignore_closed_pipe(outcome: io::Result<()>) -> Result<(), CommandError> {
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CommandError::internal(
            "stdout cannot be written to",
            &error,
        )),
        _ => Ok(()),
    }
}

/// Returns whether stdout was closed when the process started.
///
/// Rust opens a closed stdout as `/dev/null`, for reading too; `> /dev/null` opens it for writing only.
/// A parent that opens it for both, such as Python with `DEVNULL`, looks the same.
#[cfg(unix)]
fn is_stdout_closed() -> bool {
    use rustix::fs::{OFlags, fcntl_getfl, fstat, stat};
    let stdout = io::stdout();
    let (Ok(flags), Ok(opened)) = (fcntl_getfl(&stdout), fstat(&stdout)) else {
        return false;
    };
    let is_null = stat("/dev/null").is_ok_and(|null| null.st_rdev == opened.st_rdev);
    is_null && flags.contains(OFlags::RDWR)
}

#[cfg(not(unix))]
fn is_stdout_closed() -> bool {
    false
}
