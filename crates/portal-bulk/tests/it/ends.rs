//! However a run ends, a later one goes on.

use std::num::NonZeroUsize;

use portal_bulk::{Input, RunEvent, RunOptions, StopReason, StopRequest, run};
use proptest::prelude::*;

use crate::common::{Acme, Desk, customers};

#[test]
fn after_the_first_failure_no_row_begins_where_that_is_wanted() {
    let mut ids = customers(100);
    ids[10] = "none_11".to_owned();
    let desk = Desk {
        fail_fast: true,
        ..Desk::of(ids)
    };
    let acme = Acme::default();
    let summary = desk.finish(&acme, false);
    assert!(
        matches!(summary.stopped, Some(StopReason::FailFast(_))),
        "{summary:?}"
    );
    assert!((11..11 + 4).contains(&summary.counts.rows()), "{summary:?}");
    assert_eq!(summary.in_flight, 0);

    let summary = desk.finish(&acme, true);
    assert_eq!((summary.counts.rows(), summary.repeated), (100, 0));
    assert!(acme.calls().values().all(|calls| *calls == 1));
}

#[test]
fn a_refused_key_ends_the_run_and_its_rows_are_made_when_it_is_mended() {
    let mut ids = customers(100);
    ids[40] = "key_41".to_owned();
    let desk = Desk::of(ids);
    let summary = desk.finish(&Acme::default(), false);
    assert!(
        matches!(summary.stopped, Some(StopReason::Refused(_))),
        "{summary:?}"
    );
    // It has no line: what the key was refused for is nobody's fault.
    assert_eq!(desk.rows().len(), 40);

    let mended = Acme {
        knows_key: true,
        ..Acme::default()
    };
    let summary = desk.finish(&mended, true);
    assert_eq!((summary.counts.links, summary.resumed), (100, 40));
    assert_eq!(
        summary.repeated, 0,
        "the provider refused it, so it was not in flight"
    );
    assert_eq!(desk.rows(), (1..=100).collect::<Vec<_>>());
}

#[test]
fn who_asks_twice_waits_for_nothing_and_is_told_what_was_in_flight() {
    let desk = Desk::of(customers(50));
    // Nobody ends the run, and its calls never end.
    let acme = Acme {
        last: Some(20),
        ..Acme::default()
    };
    let (ask, stop) = StopRequest::new();
    let input = Input::open(
        std::io::Cursor::new(desk.input.clone()),
        desk.format,
        false,
        |_| Ok(()),
    );
    let job = RunOptions {
        provider: &acme,
        concurrency: NonZeroUsize::new(4).unwrap(),
        fail_fast: false,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let mut stopping = 0;
    let mut tell =
        |event: RunEvent<'_>| stopping += u32::from(matches!(event, RunEvent::Stopping { .. }));
    let journal = desk.journal(false).unwrap();
    let summary = runtime.block_on(async {
        let asking = async {
            acme.killed.notified().await;
            ask();
            ask();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            summary = run(&job, input.unwrap(), journal, stop, &mut tell) => summary.unwrap(),
            () = asking => unreachable!("it waits for the run"),
        }
    });
    assert!(matches!(summary.stopped, Some(StopReason::Interrupted)));
    assert_eq!((summary.counts.links, stopping), (20, 1));
    assert!((1..=4).contains(&summary.in_flight), "{summary:?}");

    let again = desk.finish(&Acme::default(), true);
    assert_eq!(
        (again.counts.links, again.repeated),
        (50, summary.in_flight)
    );
    assert_eq!(desk.rows(), (1..=50).collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Kills a run twice, at any answer, with a half written last line in any of its files.
    #[test]
    fn no_row_is_lost_and_only_rows_in_flight_are_made_twice(
        turns in prop::collection::vec(0_u8..20, 1..8),
        kills in (0_usize..60, 0_usize..60),
        unordered in any::<bool>(),
        concurrency in 1_usize..9,
        cuts in prop::collection::vec((0_usize..3, 1_u64..40), 2),
    ) {
        let desk = Desk { unordered, concurrency, ..Desk::of(customers(60)) };
        let mut called: Vec<usize> = vec![0; 61];
        let mut repeated = 0;
        let mut resume = false;
        for (last, (file, cut)) in [kills.0, kills.1].into_iter().zip(cuts) {
            let acme = Acme { turns: turns.clone(), last: Some(last), ..Acme::default() };
            let summary = desk.run(&acme, resume).unwrap();
            resume = true;
            for (id, calls) in acme.calls() {
                called[id[2..].parse::<usize>().unwrap()] += calls;
            }
            if summary.is_some() {
                // Nothing was left to be killed in.
                repeated += summary.unwrap().repeated;
                continue;
            }
            halve_last_line(&desk, ["", ".ledger", ".held"][file], cut);
        }
        let acme = Acme { turns, ..Acme::default() };
        let in_flight = desk.journal(true).unwrap().in_flight();
        let summary = desk.finish(&acme, true);
        for (id, calls) in acme.calls() {
            called[id[2..].parse::<usize>().unwrap()] += calls;
        }
        repeated += summary.repeated;
        let mut rows = desk.rows();
        prop_assert!(unordered || rows.is_sorted());
        rows.sort_unstable();
        prop_assert_eq!(rows, (1..=60).collect::<Vec<_>>());
        prop_assert_eq!(summary.counts.links, 60);
        prop_assert_eq!(summary.repeated, in_flight);
        prop_assert!(called[1..].iter().all(|calls| *calls > 0));
        // One kill has no more in flight than may be, and one more row lost its line by the cut.
        let twice: usize = called[1..].iter().map(|calls| calls - 1).sum();
        prop_assert!(twice <= 2 * (concurrency + 1), "{twice} of {repeated} repeated");
    }
}

/// Leaves the last line of a file without its end, as a kill in the middle of a write does.
///
/// What the ledger calls safe stays: neither a kill nor a loss of power takes it.
fn halve_last_line(desk: &Desk, end: &str, cut: u64) {
    let path = desk.path(end);
    let Ok(text) = std::fs::read(&path) else {
        return;
    };
    let last = text.split_inclusive(|byte| *byte == b'\n').next_back();
    let length = last.map_or(0, <[u8]>::len) as u64;
    let safe = match end {
        "" => safe_bytes(&desk.ledger()),
        _ => 0,
    };
    let kept = (text.len() as u64 - cut.min(length)).max(safe);
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(kept).unwrap();
}

fn safe_bytes(ledger: &str) -> u64 {
    let said = ledger.lines().filter_map(|line| line.strip_prefix("s "));
    let bytes = said.filter_map(|said| said.split(' ').nth(1)?.parse().ok());
    bytes.max().unwrap_or_default()
}
