use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use serde::Serialize;

use crate::errors::CommandError;

const RED: Style = AnsiColor::Red.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();

/// Where output goes: data to stdout, all else to stderr.
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

    /// Says whether data and errors are wanted as JSON.
    pub(crate) fn json(self) -> bool {
        self.json
    }

    /// Says whether data and errors alone are wanted.
    pub(crate) fn quiet(self) -> bool {
        self.quiet
    }

    /// Prints data for people.
    pub(crate) fn data(self, text: &str) -> Result<(), CommandError> {
        let mut stdout = anstream::stdout();
        written(writeln!(stdout, "{text}").and_then(|()| stdout.flush()))
    }

    /// Prints data for programs, on one line.
    pub(crate) fn object(self, value: &impl Serialize) -> Result<(), CommandError> {
        let text = serde_json::to_string(value).map_err(|error| {
            CommandError::internal("the output cannot be written as JSON", &error)
        })?;
        self.data(&text)
    }

    /// Shows people what they asked for in so many words, even where they want it quiet.
    pub(crate) fn asked(self, text: &str) {
        // Nobody is there to be told that nobody listens.
        let _ = writeln!(anstream::stderr(), "{text}");
    }

    /// Tells something by the way.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            self.asked(text);
        }
    }

    /// Tells a fact by the way, with its name set off.
    pub(crate) fn fact(self, name: &str, text: &str) {
        self.note(&format!("{BOLD}{name}{BOLD:#} {text}"));
    }

    /// Prints what went wrong: message, cause, how long to wait, next step.
    pub(crate) fn failure(self, failure: &CommandError) {
        let mut stderr = anstream::stderr();
        if self.json {
            let _ = writeln!(stderr, "{}", failure.to_json());
            return;
        }
        let _ = writeln!(stderr, "{RED}error{RED:#}: {}", failure.message());
        if let Some(cause) = failure.cause() {
            let _ = writeln!(stderr, "  {BOLD}caused by{BOLD:#}: {cause}");
        }
        if let Some(wait) = failure.retry_after() {
            let _ = writeln!(stderr, "  {BOLD}retry after{BOLD:#}: {} s", wait.as_secs());
        }
        if let Some(hint) = failure.hint() {
            let _ = writeln!(stderr, "{CYAN}hint{CYAN:#}: {hint}");
        }
    }
}

/// Takes a reader that went away, as `head` does, for one that has read enough.
fn written(outcome: io::Result<()>) -> Result<(), CommandError> {
    match outcome {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CommandError::internal(
            "stdout cannot be written to",
            &error,
        )),
        _ => Ok(()),
    }
}
