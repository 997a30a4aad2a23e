use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use portal::{Error, Kind};
use portal_bulk::{Counts, RowError, RowPosition, RunEvent, StopReason};

use crate::commands::bulk::finished_bytes::FinishedBytes;
use crate::commands::bulk::input_file::InputFile;
use crate::errors::CommandError;
use crate::output::Printer;

/// The interval at which progress is printed if stderr is not a terminal.
const PRINT_INTERVAL: Duration = Duration::from_secs(10);

/// The maximum number of invalid rows that are printed; the output lists all of them.
const MAX_PRINTED_ROWS: u64 = 20;

/// Shows progress on stderr: a bar on a terminal, otherwise a line every few seconds.
pub(crate) struct Progress {
    printer: Printer,
    bar: Option<ProgressBar>,
    finished: FinishedBytes,
    length: Option<u64>,
    invalid: u64,
    started: Instant,
    last_print: Instant,
    /// When a pause was printed last.
    last_pause_print: Option<Instant>,
    /// How many rows this run has finished.
    done: u64,
    /// The label of rows that did not fail.
    label: &'static str,
}

impl Progress {
    /// Creates the progress of a run; without a bar if the terminal shows the lines of the output.
    pub(crate) fn new(printer: Printer, source: &InputFile, shows_lines: bool) -> Self {
        let is_terminal = std::io::stderr().is_terminal() && !shows_lines;
        let has_bar = is_terminal && !printer.quiet() && !printer.json();
        let bar = has_bar.then(|| bar(source.length));
        let now = Instant::now();
        Self {
            printer,
            bar,
            finished: FinishedBytes::default(),
            length: source.length,
            invalid: 0,
            started: now,
            last_print: now,
            last_pause_print: None,
            done: 0,
            label: "links",
        }
    }

    /// Creates the progress of a run that only checks its rows.
    pub(crate) fn for_check(printer: Printer, source: &InputFile) -> Self {
        Self {
            label: "good",
            ..Self::new(printer, source, false)
        }
    }

    pub(crate) fn record(&mut self, event: &RunEvent<'_>) {
        match event {
            RunEvent::RowDone {
                position, counts, ..
            } => self.done(*position, counts),
            RunEvent::InvalidRow { position, error } => self.invalid_row(*position, error),
            RunEvent::Paused { wait, error } => self.paused(*wait, error),
            RunEvent::Stopping { why, in_flight } => self.stopping(why, *in_flight),
            _ => {}
        }
    }

    /// Prints the error of an invalid row.
    pub(crate) fn invalid_row(&mut self, position: RowPosition, error: &RowError) {
        self.invalid += 1;
        if self.invalid <= MAX_PRINTED_ROWS {
            let column = error.column.map(|at| format!(", column {at}"));
            let column = column.unwrap_or_default();
            self.print(&format!("line {}{column}: {}", position.line, error.error));
        } else if self.invalid == MAX_PRINTED_ROWS + 1 {
            self.print("more invalid rows are counted but not shown");
        }
    }

    /// Removes the bar.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Returns how long the run has taken so far.
    pub(crate) fn time(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns how many rows a second this run has finished; `None` if it finished none.
    pub(crate) fn final_rate(&self) -> Option<f64> {
        (self.done > 0).then(|| self.rate())
    }

    fn rate(&self) -> f64 {
        let seconds = self.time().as_secs_f64();
        if seconds > 0.0 {
            self.done as f64 / seconds
        } else {
            0.0
        }
    }

    fn done(&mut self, position: RowPosition, counts: &Counts) {
        self.done += 1;
        self.finished.record(position, counts.rows());
        let text = || {
            let failed = counts.rows() - counts.links;
            let (links, failed) = (HumanCount(counts.links), HumanCount(failed));
            format!(
                "{links} {}, {failed} failed, {:.0}/s",
                self.label,
                self.rate()
            )
        };
        match &self.bar {
            Some(bar) => {
                bar.set_position(self.finished.bytes());
                let left = self.left();
                let left = left.map(|left| format!(", {} left", HumanDuration(left)));
                bar.set_message(format!("{}{}", text(), left.unwrap_or_default()));
            }
            None if self.last_print.elapsed() >= PRINT_INTERVAL => {
                let left = self
                    .left()
                    .map(|left| format!(", {} left", HumanDuration(left)));
                let text = format!("{}{}", text(), left.unwrap_or_default());
                self.last_print = Instant::now();
                self.print(&text);
            }
            None => {}
        }
    }

    /// Estimates the time left from the rows that this run has finished, and the rows left.
    fn left(&self) -> Option<Duration> {
        let rows = self.finished.rows_left(self.length?);
        Duration::try_from_secs_f64(rows / self.rate()).ok()
    }

    /// Prints how long the run waits for the provider. Short waits that follow each other, as with a
    /// rate limit, are printed every few seconds only.
    fn paused(&mut self, wait: Duration, error: &Error) {
        let why = match error.kind() {
            Kind::RateLimited => "the provider limits requests",
            _ if error.status().is_some() => "the provider is unavailable",
            _ => "the provider does not answer",
        };
        let text = format!(
            "paused for {:.1} s: {why} ({})",
            wait.as_secs_f64(),
            error.message()
        );
        if let Some(bar) = &self.bar {
            bar.set_message(format!(
                "paused for {:.0} s: {why}",
                wait.as_secs_f64().ceil()
            ));
        }
        let is_due = self
            .last_pause_print
            .is_none_or(|at| at.elapsed() >= PRINT_INTERVAL);
        if is_due || wait >= PRINT_INTERVAL {
            self.last_pause_print = Some(Instant::now());
            self.print(&text);
        }
    }

    fn stopping(&mut self, why: &StopReason, in_flight: u64) {
        self.print(&match in_flight {
            0 => format!("stopping: {why}"),
            in_flight => {
                format!(
                    "stopping: {why}; waiting for {in_flight} rows in flight, Ctrl-C abandons them"
                )
            }
        });
    }

    fn print(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.printer.note(text)),
            None if !self.printer.json() => self.printer.note(text),
            None => {}
        }
    }
}

fn bar(length: Option<u64>) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(10);
    let (bar, template) = match length {
        Some(length) => (
            ProgressBar::with_draw_target(Some(length), target),
            "{bar:30} {percent:>3}% {msg}",
        ),
        None => (
            ProgressBar::with_draw_target(None, target),
            "{spinner} {msg}, {elapsed}",
        ),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Returns the error of a run that ended early.
pub(crate) fn stop_error(stopped: &StopReason) -> CommandError {
    match (stopped, stopped.error()) {
        (_, Some(error)) => error.clone().into(),
        (StopReason::ReadFailed(cause), _) => {
            CommandError::internal("the input cannot be read", cause)
        }
        (StopReason::WriteFailed(cause), _) => {
            CommandError::internal("stdout cannot be written to", cause)
        }
        _ => CommandError::Interrupted,
    }
}
