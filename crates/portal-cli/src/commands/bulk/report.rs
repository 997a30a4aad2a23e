use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::errors::exit_code;
use indicatif::HumanCount;
use portal::Kind;
use portal_bulk::{Counts, StopReason, Summary};
use serde::Serialize;

/// A run's summary as `--json` prints it: every key always there.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    /// `null` in a dry run, whose `links` are rows that could be asked for.
    output: Option<&'a Path>,
    rows: u64,
    links: u64,
    failed: BTreeMap<&'static str, u64>,
    unsent: u64,
    resumed: u64,
    repeated: u64,
    in_flight: u64,
    held: u64,
    stopped: Option<&'static str>,
    seconds: f64,
}

impl<'a> Report<'a> {
    pub(crate) fn new(summary: &Summary, output: Option<&'a Path>, time: Duration) -> Self {
        let kinds = Kind::ALL.into_iter().map(|kind| (kind.as_str(), 0));
        let failed = summary.counts.failed();
        Self {
            output,
            rows: summary.counts.rows(),
            links: summary.counts.links,
            failed: kinds
                .chain(failed.map(|(kind, count)| (kind.as_str(), count)))
                .collect(),
            unsent: summary.counts.unsent,
            resumed: summary.resumed,
            repeated: summary.repeated,
            in_flight: summary.in_flight,
            held: summary.held,
            stopped: summary.stopped.as_ref().map(|stopped| match stopped {
                StopReason::Interrupted => "interrupted",
                StopReason::FailFast(_) => "fail_fast",
                StopReason::Refused(_) => "refused",
                StopReason::Input(_) => "input",
            }),
            seconds: (time.as_secs_f64() * 1000.0).round() / 1000.0,
        }
    }

    /// For people: a line for each figure that says something.
    pub(crate) fn table(&self, rate: f64) -> String {
        let mut rows = vec![
            ("rows", self.rows, String::new()),
            (
                if self.output.is_some() {
                    "links"
                } else {
                    "good"
                },
                self.links,
                format!("{rate:.1} rows a second"),
            ),
        ];
        for (kind, count) in &self.failed {
            rows.push((kind, *count, String::new()));
        }
        rows.extend([
            ("resumed", self.resumed, "done by earlier runs".to_owned()),
            (
                "repeated",
                self.repeated,
                "in flight when an earlier run ended, so perhaps made twice".to_owned(),
            ),
            (
                "in flight",
                self.in_flight,
                "given up, so perhaps made: `--resume` makes them again".to_owned(),
            ),
            (
                "held",
                self.held,
                "finished, and waiting in `.held` for earlier rows".to_owned(),
            ),
        ]);
        let told = rows
            .into_iter()
            .filter(|(name, count, _)| *count > 0 || ["rows", "links", "good"].contains(name));
        let lines: Vec<_> = told
            .map(|(name, count, note)| {
                let count = HumanCount(count).to_string();
                format!("{name:<16}{count:>12}  {note}")
                    .trim_end()
                    .to_owned()
            })
            .collect();
        lines.join("\n")
    }
}

/// Returns the kind of error that decides the exit code: of those that rows have, the one with the
/// highest.
pub(crate) fn worst(counts: &Counts) -> Option<(Kind, u64)> {
    counts
        .failed()
        .max_by_key(|(kind, _)| exit_code::number_of(*kind))
}
