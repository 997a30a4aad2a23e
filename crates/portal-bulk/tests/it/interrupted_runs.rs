//! A later run resumes an interrupted one.

use std::num::NonZeroUsize;

use portal_bulk::{Input, InputOptions, RunEvent, RunOptions, StopReason, StopRequest, run};
use proptest::prelude::*;

use crate::common::{Acme, RunFixture, customers};

#[test]
fn fail_fast_starts_no_row_after_the_first_failure() {
    let mut ids = customers(100);
    ids[10] = "none_11".to_owned();
    let fixture = RunFixture {
        fail_fast: true,
        ..RunFixture::for_customers(ids)
    };
    let acme = Acme::default();
    let summary = fixture.finish(&acme, false);
    assert!(
        matches!(summary.stopped, Some(StopReason::FailFast(_))),
        "{summary:?}"
    );
    assert!((11..11 + 4).contains(&summary.counts.rows()), "{summary:?}");
    assert_eq!(summary.in_flight, 0);

    let summary = fixture.finish(&acme, true);
    assert_eq!((summary.counts.rows(), summary.repeated), (100, 0));
    assert!(acme.calls().values().all(|calls| *calls == 1));
}

#[test]
fn a_refused_key_stops_the_run_and_a_later_run_sends_its_rows() {
    let mut ids = customers(100);
    ids[40] = "key_41".to_owned();
    let fixture = RunFixture::for_customers(ids);
    let summary = fixture.finish(&Acme::default(), false);
    assert!(
        matches!(summary.stopped, Some(StopReason::Refused(_))),
        "{summary:?}"
    );
    // The row has no line, because the error is about the key.
    assert_eq!(fixture.rows().len(), 40);

    let with_valid_key = Acme {
        accepts_key: true,
        ..Acme::default()
    };
    let summary = fixture.finish(&with_valid_key, true);
    assert_eq!((summary.counts.links, summary.resumed), (100, 40));
    assert_eq!(
        summary.repeated, 0,
        "the provider refused it, so it was not in flight"
    );
    assert_eq!(fixture.rows(), (1..=100).collect::<Vec<_>>());
}

#[test]
fn a_second_stop_request_abandons_and_counts_the_rows_in_flight() {
    let fixture = RunFixture::for_customers(customers(50));
    // After 20 answers, calls never finish.
    let acme = Acme {
        last: Some(20),
        ..Acme::default()
    };
    let (request_stop, stop) = StopRequest::new();
    let input = Input::open(
        std::io::Cursor::new(fixture.input.clone()),
        &InputOptions::new(fixture.format),
        |_| Ok(()),
    );
    let mut options = RunOptions::new(&acme);
    options.concurrency = NonZeroUsize::new(4).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let mut stopping = 0;
    let mut on_event =
        |event: RunEvent<'_>| stopping += u32::from(matches!(event, RunEvent::Stopping { .. }));
    let files = fixture.open_files(false).unwrap();
    let summary = runtime.block_on(async {
        let requests = async {
            acme.killed.notified().await;
            request_stop();
            request_stop();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            summary = run(&options, input.unwrap(), files, stop, &mut on_event) => summary.unwrap(),
            () = requests => unreachable!("this branch never ends"),
        }
    });
    assert!(matches!(summary.stopped, Some(StopReason::Interrupted)));
    assert_eq!((summary.counts.links, stopping), (20, 1));
    assert!((1..=4).contains(&summary.in_flight), "{summary:?}");

    let resumed = fixture.finish(&Acme::default(), true);
    assert_eq!(
        (resumed.counts.links, resumed.repeated),
        (50, summary.in_flight)
    );
    assert_eq!(fixture.rows(), (1..=50).collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Kills a run twice, after any answer, and cuts the last line of one of its files.
    #[test]
    fn no_row_is_lost_and_only_rows_in_flight_are_sent_twice(
        yields in prop::collection::vec(0_u8..20, 1..8),
        kills in (0_usize..60, 0_usize..60),
        unordered in any::<bool>(),
        concurrency in 1_usize..9,
        cuts in prop::collection::vec((0_usize..3, 1_u64..40), 2),
    ) {
        let fixture = RunFixture { unordered, concurrency, ..RunFixture::for_customers(customers(60)) };
        let mut called: Vec<usize> = vec![0; 61];
        let mut repeated = 0;
        let mut ledger_is_whole = true;
        let mut resume = false;
        for (last, (file, cut)) in [kills.0, kills.1].into_iter().zip(cuts) {
            let acme = Acme { yields: yields.clone(), last: Some(last), ..Acme::default() };
            let summary = fixture.run(&acme, resume).unwrap();
            resume = true;
            for (id, calls) in acme.calls() {
                called[id[2..].parse::<usize>().unwrap()] += calls;
            }
            if summary.is_some() {
                // The run finished before the kill.
                continue;
            }
            let file = ["", ".ledger", ".held"][file];
            ledger_is_whole &= file != ".ledger";
            cut_last_line(&fixture, file, cut);
        }
        let acme = Acme { yields, ..Acme::default() };
        let in_flight = fixture.open_files(true).unwrap().in_flight();
        repeated += repetitions(&fixture.ledger());
        let summary = fixture.finish(&acme, true);
        for (id, calls) in acme.calls() {
            called[id[2..].parse::<usize>().unwrap()] += calls;
        }
        let mut rows = fixture.rows();
        prop_assert!(unordered || rows.is_sorted());
        rows.sort_unstable();
        prop_assert_eq!(rows, (1..=60).collect::<Vec<_>>());
        prop_assert_eq!(summary.counts.links, 60);
        prop_assert_eq!(summary.repeated - repeated, in_flight);
        prop_assert!(called[1..].iter().all(|calls| *calls > 0));
        // Each kill repeats at most the rows in flight and the row whose line was cut.
        let twice: usize = called[1..].iter().map(|calls| calls - 1).sum();
        prop_assert!(twice <= 2 * (concurrency + 1), "{twice}");
        // The summary counts them for all interruptions, unless the ledger lost the row's start.
        prop_assert!(!ledger_is_whole || twice as u64 <= summary.repeated, "{twice}, {summary:?}");
    }
}

/// Returns how often a ledger records the start of a row that was already started.
fn repetitions(ledger: &str) -> u64 {
    let mut started = std::collections::BTreeSet::new();
    let starts = ledger.lines().filter_map(|line| line.strip_prefix("b "));
    let rows = starts.filter_map(|record| record.split(' ').next());
    rows.map(|row| u64::from(!started.insert(row))).sum()
}

/// Cuts the end off a file's last line, as a kill during a write does.
///
/// Keeps what the ledger lists as on disk: neither a kill nor a power failure removes it.
pub(crate) fn cut_last_line(fixture: &RunFixture, end: &str, cut: u64) {
    let path = fixture.path(end);
    let Ok(text) = std::fs::read(&path) else {
        return;
    };
    let last = text.split_inclusive(|byte| *byte == b'\n').next_back();
    let length = last.map_or(0, <[u8]>::len) as u64;
    let saved = match end {
        "" => saved_bytes(&fixture.ledger()),
        _ => 0,
    };
    let kept = (text.len() as u64 - cut.min(length)).max(saved);
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(kept).unwrap();
}

fn saved_bytes(ledger: &str) -> u64 {
    let records = ledger.lines().filter_map(|line| line.strip_prefix("s "));
    let bytes = records.filter_map(|record| record.split(' ').nth(1)?.parse().ok());
    bytes.max().unwrap_or_default()
}
