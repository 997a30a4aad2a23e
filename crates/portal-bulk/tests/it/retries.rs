//! Failed rows are sent again by a later run, and their new lines replace the earlier ones.

use std::fs;

use portal_core::{Error, Kind};
use proptest::prelude::*;

use crate::common::{Acme, RunFixture, customers};

/// Fails the customers named `late_…` before anything is sent.
fn late(_: usize, id: &str) -> Option<Error> {
    id.starts_with("late")
        .then(|| Error::not_sent(Kind::Timeout, "no"))
}

fn failing() -> Acme {
    Acme {
        trouble: Some(late),
        ..Acme::default()
    }
}

/// Returns which rows have a link.
fn links(fixture: &RunFixture) -> Vec<u64> {
    let lines = fixture.lines();
    let made = lines.iter().filter(|line| line["ok"] == true);
    made.map(|line| line["row"].as_u64().unwrap()).collect()
}

fn file_count(fixture: &RunFixture) -> usize {
    fs::read_dir(fixture.folder.path()).unwrap().count()
}

#[test]
fn a_later_run_sends_rows_again_that_failed_without_effect_and_no_others() {
    for unordered in [false, true] {
        let ids = ["c_1", "late_2", "none_3", "broken_4", "late_5", "c_6"];
        let mut fixture = RunFixture {
            unordered,
            concurrency: 1,
            ..RunFixture::for_customers(ids)
        };
        let summary = fixture.finish(&failing(), false);
        assert_eq!(links(&fixture), [1, 6]);
        let retryable: Vec<_> = summary.counts.retryable().collect();
        assert_eq!(retryable, [(Kind::Timeout, 2)]);
        assert_eq!((summary.counts.may_be_done, summary.counts.unsent), (1, 2));

        let acme = Acme::default();
        let summary = fixture.finish(&acme, true);
        let called: Vec<_> = acme.calls().into_keys().collect();
        assert_eq!(called, ["late_2", "late_5"]);
        assert_eq!(
            (fixture.rows(), links(&fixture)),
            ((1..=6).collect(), vec![1, 2, 5, 6])
        );
        assert_eq!(summary.counts.retryable().count(), 0);
        assert_eq!((summary.counts.links, summary.counts.rows()), (4, 6));
        assert_eq!((summary.repeated, summary.counts.unsent), (0, 0));

        let acme = Acme::default();
        let again = fixture.finish(&acme, true);
        assert_eq!((again.counts, acme.call_count()), (summary.counts, 0));

        fixture.retry_failed = true;
        // `none_3` is refused as before.
        let acme = Acme::default();
        let summary = fixture.finish(&acme, true);
        let called: Vec<_> = acme.calls().into_keys().collect();
        assert_eq!(called, ["none_3"], "`broken_4` may have a link");
        assert_eq!((summary.counts.links, summary.counts.rows()), (4, 6));
        assert_eq!(fixture.rows(), (1..=6).collect::<Vec<_>>());
        assert_eq!(file_count(&fixture), 2, "output and ledger");
    }
}

#[test]
fn a_row_that_the_provider_does_not_serve_again_keeps_its_line_and_waits() {
    let mut fixture = RunFixture::for_customers(["c_1", "none_2", "c_3"]);
    fixture.finish(&Acme::default(), false);
    fixture.retry_failed = true;
    let dead = Acme {
        trouble: Some(|_, _| Some(Error::not_sent(Kind::Unavailable, "no").with_attempts(1))),
        ..Acme::default()
    };
    let summary = fixture.finish(&dead, true);
    assert_eq!((summary.undone, summary.counts.rows()), (1, 3));
    assert_eq!(fixture.lines()[1]["error"]["kind"], "not_found");
    // A run without `retry_failed` sends it too, because it started again.
    fixture.retry_failed = false;
    let acme = Acme {
        trouble: Some(|_, _| None),
        ..Acme::default()
    };
    let summary = fixture.finish(&acme, true);
    assert_eq!(
        (acme.call_count(), summary.undone, summary.repeated),
        (1, 0, 0)
    );
}

#[test]
fn a_retried_row_in_flight_at_a_kill_is_sent_again_and_counts_as_repeated() {
    let mut fixture = RunFixture::for_customers(["c_1", "none_2", "c_3"]);
    fixture.finish(&Acme::default(), false);
    fixture.retry_failed = true;
    for kills in 1..=3 {
        let killed = Acme {
            fatal: Some("none_2"),
            ..Acme::default()
        };
        assert!(fixture.run(&killed, true).unwrap().is_none());
        fixture.retry_failed = false;
        assert_eq!(fixture.open_files(true).unwrap().in_flight(), 1, "{kills}");
    }
    let acme = Acme::default();
    let summary = fixture.finish(&acme, true);
    assert_eq!((acme.call_count(), summary.repeated), (1, 3));
}

#[test]
fn rows_sent_twice_are_counted_over_all_interruptions() {
    let fixture = RunFixture::for_customers(customers(60));
    let mut calls = 0;
    for kill in 0..5 {
        let killed = Acme {
            waits_for: Some(fixture.is_read.clone()),
            last: Some(7),
            ..Acme::default()
        };
        assert!(fixture.run(&killed, kill > 0).unwrap().is_none());
        calls += killed.call_count();
    }
    let acme = Acme::default();
    let summary = fixture.finish(&acme, true);
    calls += acme.call_count();
    assert!(calls >= 65, "{calls}");
    assert_eq!(summary.repeated, calls as u64 - 60);
}

/// What a run leaves that is killed while it sends failed rows again, and what a later one makes of it.
struct Crash {
    unordered: bool,
    before: [Vec<u8>; 3],
    after: [Vec<u8>; 2],
}

const IDS: [&str; 7] = ["c_1", "late_2", "c_3", "late_4", "c_5", "late_6", "late_7"];

impl Crash {
    fn new(unordered: bool) -> Self {
        let fixture = Self::fixture(unordered);
        fixture.finish(&failing(), false);
        let killed = Acme {
            fatal: Some("late_7"),
            ..Acme::default()
        };
        assert!(fixture.run(&killed, true).unwrap().is_none());
        let read = |end| fs::read(fixture.path(end)).unwrap();
        let before = [read(""), read(".ledger"), read(".retried")];
        // The lines are merged before any row is sent.
        drop(fixture.open_files(true).unwrap());
        Self {
            unordered,
            before,
            after: [read(""), read(".ledger")],
        }
    }

    fn fixture(unordered: bool) -> RunFixture {
        RunFixture {
            unordered,
            concurrency: 1,
            ..RunFixture::for_customers(IDS)
        }
    }

    /// Resumes from these files and checks that only the row in flight is sent.
    fn check(&self, output: &[u8], ledger: &[u8], merged: Option<&[u8]>, why: &str) {
        let fixture = Self::fixture(self.unordered);
        fs::write(fixture.path(""), output).unwrap();
        fs::write(fixture.path(".ledger"), ledger).unwrap();
        fs::write(fixture.path(".retried"), &self.before[2]).unwrap();
        if let Some(merged) = merged {
            fs::write(fixture.path(".merged"), merged).unwrap();
        }
        let acme = Acme::default();
        let summary = fixture.finish(&acme, true);
        let called: Vec<_> = acme.calls().into_keys().collect();
        assert_eq!(called, ["late_7"], "{why}");
        assert_eq!((summary.counts.links, summary.repeated), (7, 1), "{why}");
        assert_eq!(links(&fixture), (1..=7).collect::<Vec<_>>(), "{why}");
        assert_eq!(file_count(&fixture), 2, "{why}");
    }
}

#[test]
fn a_crash_at_any_moment_of_the_merge_loses_no_line_and_sends_no_row_twice() {
    for unordered in [false, true] {
        let crash = Crash::new(unordered);
        let [output, ledger, _] = &crash.before;
        let [new_output, new_ledger] = &crash.after;
        let start = output
            .iter()
            .zip(new_output)
            .position(|(old, new)| old != new)
            .unwrap();
        let start = output[..start]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let end = &new_output[start..];
        // Before the ledger records the new end.
        for cut in [0, 1, end.len() / 2, end.len()] {
            crash.check(
                output,
                ledger,
                Some(&end[..cut]),
                &format!("prepared {cut}"),
            );
        }
        let records: Vec<_> = new_ledger[ledger.len()..]
            .split_inclusive(|byte| *byte == b'\n')
            .collect();
        let kinds: Vec<_> = records.iter().map(|record| record[0]).collect();
        assert_eq!(kinds, *b"msddd");
        let with = |count: usize| [ledger.clone(), records[..count].concat()].concat();
        // The copy may end in the middle of a line, before its line feed and after it.
        let line_ends = (0..end.len()).filter(|at| end[*at] == b'\n');
        for cut in line_ends.flat_map(|at| [at - 50, at, at + 1]).chain([0]) {
            let copied = &new_output[..start + cut];
            crash.check(copied, &with(1), Some(end), &format!("copied {cut}"));
        }
        crash.check(output, &with(1), Some(end), "recorded");
        for count in 2..=records.len() {
            crash.check(
                new_output,
                &with(count),
                Some(end),
                &format!("record {count}"),
            );
            crash.check(new_output, &with(count), None, &format!("removed {count}"));
        }
    }
}

#[test]
fn a_new_end_that_is_missing_or_cut_is_refused_and_nothing_is_sent() {
    let crash = Crash::new(false);
    let ledger = &crash.after[1];
    let end = ledger.iter().rposition(|byte| *byte == b'm').unwrap();
    let length = ledger[end..]
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap();
    for merged in [None, Some("{}\n")] {
        let fixture = Crash::fixture(false);
        fs::write(fixture.path(""), &crash.before[0]).unwrap();
        fs::write(fixture.path(".ledger"), &ledger[..=end + length]).unwrap();
        fs::write(fixture.path(".retried"), &crash.before[2]).unwrap();
        if let Some(merged) = merged {
            fs::write(fixture.path(".merged"), merged).unwrap();
        }
        let error = fixture.open_files(true).unwrap_err().to_string();
        assert!(error.contains("hint: put the file"), "{error}");
        assert_eq!(fs::read(fixture.path("")).unwrap(), crash.before[0]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Kills runs that send failed rows again, after any answer, and cuts the last line of one file.
    #[test]
    fn kills_of_a_retry_lose_no_row_and_repeat_only_rows_in_flight(
        yields in prop::collection::vec(0_u8..20, 1..8),
        kills in prop::collection::vec((0_usize..30, 0_usize..4, 1_u64..40), 0..4),
        first in 0_usize..60,
        unordered in any::<bool>(),
        concurrency in 1_usize..9,
    ) {
        let ids = (1..=50).map(|row| format!("{}_{row}", if row % 3 == 0 { "late" } else { "c" }));
        let fixture = RunFixture { unordered, concurrency, ..RunFixture::for_customers(ids) };
        let mut called = vec![0_usize; 51];
        let mut count = |acme: &Acme| {
            for (id, calls) in acme.calls() {
                called[id.split('_').nth(1).unwrap().parse::<usize>().unwrap()] += calls;
            }
        };
        // The first run may be killed too, with failed rows in the output and in the held lines.
        let acme = Acme { yields: yields.clone(), last: Some(first), ..failing() };
        fixture.run(&acme, false).unwrap();
        let late: usize = acme.calls().iter().filter(|(id, _)| id.starts_with("late")).map(|(_, calls)| calls).sum();
        count(&acme);
        let kill_count = kills.len();
        for (last, file, cut) in kills {
            let acme = Acme { yields: yields.clone(), last: Some(last), ..Acme::default() };
            let is_killed = fixture.run(&acme, true).unwrap().is_none();
            count(&acme);
            let file = ["", ".ledger", ".held", ".retried"][file];
            if is_killed && file != ".ledger" && !file.is_empty() {
                crate::interrupted_runs::cut_last_line(&fixture, file, cut);
            }
        }
        let acme = Acme { yields, ..Acme::default() };
        let summary = fixture.finish(&acme, true);
        count(&acme);
        let mut rows = fixture.rows();
        prop_assert!(unordered || rows.is_sorted());
        rows.sort_unstable();
        prop_assert_eq!(rows, (1..=50).collect::<Vec<_>>());
        prop_assert_eq!((summary.counts.links, summary.undone), (50, 0));
        prop_assert_eq!(file_count(&fixture), 2);
        let twice = called.iter().sum::<usize>() - 50 - late;
        prop_assert!(twice <= (kill_count + 1) * (concurrency + 1), "{twice}");
        prop_assert!(twice as u64 <= summary.repeated, "{twice}, {summary:?}");
    }
}
