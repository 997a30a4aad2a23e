use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use portal_bulk::{Counts, RowError, RowPosition, RunEvent, StopReason};

use crate::commands::bulk::input_file::InputFile;
use crate::errors::CommandError;
use crate::output::Printer;

/// How often a line tells of progress where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);

/// How many bad rows are told by the way; all of them stand in the output.
const MOST_BAD: u64 = 20;

/// Tells on stderr how far a run is: a bar on a terminal, a line from time to time otherwise.
pub(crate) struct Progress {
    printer: Printer,
    bar: Option<ProgressBar>,
    read: Arc<AtomicU64>,
    length: Option<u64>,
    bad: u64,
    begun: Instant,
    told: Instant,
    /// How many rows this run has done.
    done: u64,
    /// What a row is that did not fail.
    good: &'static str,
}

impl Progress {
    pub(crate) fn new(printer: Printer, source: &InputFile) -> Self {
        let shown = std::io::stderr().is_terminal() && !printer.quiet() && !printer.json();
        let bar = shown.then(|| bar(source.length));
        let now = Instant::now();
        Self {
            printer,
            bar,
            read: source.read.clone(),
            length: source.length,
            bad: 0,
            begun: now,
            told: now,
            done: 0,
            good: "links",
        }
    }

    /// The same for a run that makes no links.
    pub(crate) fn checking(printer: Printer, source: &InputFile) -> Self {
        Self {
            good: "good",
            ..Self::new(printer, source)
        }
    }

    pub(crate) fn record(&mut self, event: &RunEvent<'_>) {
        match event {
            RunEvent::RowDone { counts, .. } => self.done(counts),
            RunEvent::InvalidRow { position, error } => self.invalid_row(*position, error),
            RunEvent::Stopping { why, in_flight } => self.stopping(why, *in_flight),
        }
    }

    /// Tells of a row that cannot be asked for.
    pub(crate) fn invalid_row(&mut self, position: RowPosition, bad: &RowError) {
        self.bad += 1;
        if self.bad <= MOST_BAD {
            let column = bad.column.map(|at| format!(", column {at}"));
            let column = column.unwrap_or_default();
            self.say(&format!("line {}{column}: {}", position.line, bad.error));
        } else if self.bad == MOST_BAD + 1 {
            self.say("more bad rows are counted and not shown");
        }
    }

    /// Takes the bar away: what comes now is no progress.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// How long the run took so far.
    pub(crate) fn time(&self) -> Duration {
        self.begun.elapsed()
    }

    /// How many rows a second this run has done.
    pub(crate) fn rate(&self) -> f64 {
        let seconds = self.time().as_secs_f64();
        if seconds > 0.0 {
            self.done as f64 / seconds
        } else {
            0.0
        }
    }

    fn done(&mut self, counts: &Counts) {
        self.done += 1;
        let text = || {
            let failed = counts.rows() - counts.links;
            let (links, failed) = (HumanCount(counts.links), HumanCount(failed));
            format!(
                "{links} {}, {failed} failed, {:.0}/s",
                self.good,
                self.rate()
            )
        };
        match &self.bar {
            Some(bar) => {
                bar.set_message(text());
                bar.set_position(self.read.load(Ordering::Relaxed));
            }
            None if self.told.elapsed() >= EVERY => {
                let left = self
                    .left()
                    .map(|left| format!(", {} left", HumanDuration(left)));
                let text = format!("{}{}", text(), left.unwrap_or_default());
                self.told = Instant::now();
                self.say(&text);
            }
            None => {}
        }
    }

    /// Takes what is read for what is done: little is read ahead.
    fn left(&self) -> Option<Duration> {
        let read = self.read.load(Ordering::Relaxed) as f64;
        let left = (self.length? as f64 - read) / read * self.time().as_secs_f64();
        Duration::try_from_secs_f64(left).ok()
    }

    fn stopping(&mut self, why: &StopReason, in_flight: u64) {
        let why = match why {
            StopReason::Interrupted => "interrupted",
            StopReason::FailFast(_) => "a row failed",
            StopReason::Refused(_) => "every row would fail alike",
            StopReason::Input(_) => "the input cannot be read on",
        };
        self.say(&match in_flight {
            0 => format!("stopping: {why}"),
            some => format!(
                "stopping: {why}; {some} rows in flight are waited for, Ctrl-C gives them up"
            ),
        });
    }

    fn say(&self, text: &str) {
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
            "{bar:30} {percent:>3}% {msg}, {eta} left",
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

/// The failure that a run which ended early ends the program with.
pub(crate) fn failure(stopped: &StopReason) -> CommandError {
    match stopped {
        StopReason::Interrupted => CommandError::Interrupted,
        StopReason::FailFast(error) | StopReason::Refused(error) | StopReason::Input(error) => {
            error.clone().into()
        }
    }
}
