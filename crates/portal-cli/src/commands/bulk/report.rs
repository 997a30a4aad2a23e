use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::errors::exit_code;
use indicatif::HumanCount;
use portal::Kind;
use portal_bulk::{Counts, StopReason, Summary};
use serde::Serialize;

/// The summary that `--json` prints: every key is always present.
#[derive(Serialize)]
pub(crate) struct BulkReport<'a> {
    /// `null` in a dry run, whose `links` are the valid rows.
    output: Option<&'a Path>,
    rows: u64,
    links: u64,
    failed: BTreeMap<&'static str, u64>,
    unsent: u64,
    /// Failed rows that `--resume` sends again.
    retryable: u64,
    /// Failed rows that may have a link, so that no flag sends them again.
    may_be_done: u64,
    resumed: u64,
    repeated: u64,
    in_flight: u64,
    undone: u64,
    held: u64,
    /// Finished rows that stdout did not get, and how many of them have a link.
    unwritten: u64,
    unwritten_links: u64,
    stopped: Option<&'static str>,
    seconds: f64,
}

impl<'a> BulkReport<'a> {
    pub(crate) fn new(summary: &Summary, output: Option<&'a Path>, time: Duration) -> Self {
        let kinds = Kind::ALL.iter().map(|kind| (kind.as_str(), 0));
        let failed = summary.counts.failed();
        Self {
            output,
            rows: summary.counts.rows(),
            links: summary.counts.links,
            failed: kinds
                .chain(failed.map(|(kind, count)| (kind.as_str(), count)))
                .collect(),
            unsent: summary.counts.unsent,
            retryable: retryable_rows(&summary.counts),
            may_be_done: summary.counts.may_be_done,
            resumed: summary.resumed,
            repeated: summary.repeated,
            in_flight: summary.in_flight,
            undone: summary.undone,
            held: summary.held_lines,
            unwritten: summary.unwritten,
            unwritten_links: summary.unwritten_links,
            stopped: summary.stopped.as_ref().map(StopReason::as_str),
            seconds: (time.as_secs_f64() * 1000.0).round() / 1000.0,
        }
    }

    /// Returns the summary as text, with a line for each count above zero; `rate` is in rows a second.
    pub(crate) fn table(&self, rate: Option<f64>, is_resumable: bool) -> String {
        let sent_again = |note: &str| match is_resumable {
            true => format!("{note}; `--resume` sends them again"),
            false => note.to_owned(),
        };
        let mut rows = vec![
            ("rows", self.rows, String::new()),
            (
                if self.output.is_some() {
                    "links"
                } else {
                    "good"
                },
                self.links,
                rate.map(|rate| format!("{rate:.1} rows a second"))
                    .unwrap_or_default(),
            ),
        ];
        for (kind, count) in &self.failed {
            rows.push((kind, *count, String::new()));
        }
        rows.extend([
            (
                "retryable",
                self.retryable,
                sent_again("failed, and nothing was done"),
            ),
            (
                "may be done",
                self.may_be_done,
                "failed, but a link may exist; they are not sent again".to_owned(),
            ),
            (
                "resumed",
                self.resumed,
                "finished by earlier runs".to_owned(),
            ),
            (
                "repeated",
                self.repeated,
                "in flight when a run was interrupted, so perhaps created twice".to_owned(),
            ),
            (
                "in flight",
                self.in_flight,
                sent_again("abandoned, so perhaps created"),
            ),
            (
                "undone",
                self.undone,
                sent_again("not served by the provider"),
            ),
            (
                "held",
                self.held,
                "finished, but waiting in `.held` for earlier rows".to_owned(),
            ),
            (
                "unwritten",
                self.unwritten,
                format!(
                    "finished, but not written; {} links are lost",
                    self.unwritten_links
                ),
            ),
        ]);
        let printed_rows = rows
            .into_iter()
            .filter(|(name, count, _)| *count > 0 || ["rows", "links", "good"].contains(name));
        let lines: Vec<_> = printed_rows
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

/// Returns the rows' kind of error with the highest exit code, which the command exits with. Rows that
/// `--resume` sends again count only if no other row failed.
pub(crate) fn worst_kind(counts: &Counts) -> Option<Kind> {
    let retryable = |kind| {
        let mut kinds = counts.retryable();
        kinds.find(|one| one.0 == kind).map_or(0, |one| one.1)
    };
    counts
        .failed()
        .map(|(kind, count)| (count > retryable(kind), exit_code::of_kind(kind), kind))
        .max_by_key(|(is_final, code, _)| (*is_final, *code))
        .map(|(_, _, kind)| kind)
}

pub(crate) fn retryable_rows(counts: &Counts) -> u64 {
    counts.retryable().map(|(_, count)| count).sum()
}
