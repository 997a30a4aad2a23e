//! A provider that limits requests or is down: the run waits for it, and no row is lost.

use std::time::Duration;

use portal_bulk::StopReason;
use portal_core::{Delivery, Error, Idempotency, Kind};

use crate::common::{Acme, RunFixture, customers, unavailable};

fn limited() -> Error {
    Error::new(Kind::RateLimited, Delivery::Refused, "no").with_attempts(1)
}

fn no_connection() -> Error {
    Error::not_sent(Kind::Unavailable, "no").with_attempts(3)
}

fn outage() -> Error {
    unavailable(503).with_idempotency(Idempotency::Idempotent("found, not created twice"))
}

#[test]
fn limits_and_outages_fail_no_row_and_the_run_waits_as_asked() {
    let asked = Duration::from_secs(7);
    for (trouble, at_least) in [
        (
            (|call, _| (20..30).contains(&call).then(limited)) as fn(usize, &str) -> _,
            0.5,
        ),
        (
            |call, _| {
                (20..30)
                    .contains(&call)
                    .then(|| limited().with_retry_after(Duration::from_secs(7)))
            },
            asked.as_secs_f64(),
        ),
        (|call, _| (20..30).contains(&call).then(outage), 0.1),
        (|call, _| (call < 9).then(no_connection), 0.1),
    ] {
        let fixture = RunFixture {
            concurrency: 16,
            ..RunFixture::for_customers(customers(200))
        };
        let acme = Acme {
            trouble: Some(trouble),
            ..Acme::default()
        };
        let summary = fixture.finish(&acme, false);
        assert_eq!((summary.counts.links, summary.counts.rows()), (200, 200));
        assert_eq!((summary.undone, summary.stopped.is_none()), (0, true));
        assert_eq!(fixture.rows(), (1..=200).collect::<Vec<_>>());
        let time = fixture.time.get().as_secs_f64();
        assert!((at_least..250.0).contains(&time), "{time}");
    }
}

#[test]
fn a_run_gives_up_on_a_dead_provider_and_a_later_run_sends_every_row_once() {
    let fixture = RunFixture::for_customers(customers(100));
    let dead = Acme {
        waits_for: Some(fixture.is_read.clone()),
        trouble: Some(|call, _| (call > 10).then(no_connection)),
        ..Acme::default()
    };
    let summary = fixture.finish(&dead, false);
    let Some(StopReason::GaveUp(error)) = summary.stopped else {
        panic!("{summary:?}");
    };
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(
        error.hint().unwrap().contains("`--give-up-after`"),
        "{error}"
    );
    assert_eq!((summary.counts.rows(), summary.undone), (10, 5));
    let time = fixture.time.get().as_secs_f64();
    assert!((300.0..302.0).contains(&time), "{time}");
    // Waiting costs few calls: the waits grow, and one row at a time looks whether it is back.
    assert!(dead.call_count() < 50, "{}", dead.call_count());
    // Rows 16 to 100 were not started.
    assert!(
        !fixture.ledger().contains("\nb 16 "),
        "{}",
        fixture.ledger()
    );

    let acme = Acme::default();
    let summary = fixture.finish(&acme, true);
    assert_eq!(
        (summary.counts.links, summary.repeated, summary.undone),
        (100, 0, 0)
    );
    assert_eq!(acme.call_count(), 90);
}

#[test]
fn a_provider_that_asks_for_longer_than_the_run_would_wait_stops_it_at_once() {
    let fixture = RunFixture::for_customers(customers(100));
    let acme = Acme {
        trouble: Some(|_, _| Some(limited().with_retry_after(Duration::from_secs(3600)))),
        ..Acme::default()
    };
    let summary = fixture.finish(&acme, false);
    assert!(
        matches!(summary.stopped, Some(StopReason::GaveUp(_))),
        "{summary:?}"
    );
    assert_eq!((summary.counts.rows(), summary.undone), (0, 1));
    assert!(fixture.time.get() < Duration::from_secs(2));
}

#[test]
fn a_row_that_may_have_been_done_is_not_sent_again_but_the_others_wait() {
    let fixture = RunFixture::for_customers(customers(100));
    let acme = Acme {
        trouble: Some(|call, _| (11..=14).contains(&call).then(|| unavailable(503))),
        ..Acme::default()
    };
    let summary = fixture.finish(&acme, false);
    let failed: Vec<_> = summary.counts.failed().collect();
    assert_eq!(
        (summary.counts.links, failed),
        (96, vec![(Kind::Unavailable, 4)])
    );
    assert!(acme.calls().values().all(|calls| *calls == 1));
}

#[test]
fn a_row_that_fails_alone_while_others_are_served_is_finished_as_failed() {
    let fixture = RunFixture::for_customers(customers(100));
    let acme = Acme {
        waits_for: Some(fixture.is_read.clone()),
        trouble: Some(|_, id| (id == "c_7").then(outage)),
        ..Acme::default()
    };
    let summary = fixture.finish(&acme, false);
    assert_eq!((summary.counts.links, summary.counts.rows()), (99, 100));
    assert!(summary.stopped.is_none());
    assert_eq!(acme.calls()["c_7"], 5);
}

#[test]
fn a_row_that_waits_when_the_run_is_killed_does_not_count_as_repeated() {
    let fixture = RunFixture {
        concurrency: 1,
        ..RunFixture::for_customers(customers(10))
    };
    let acme = Acme {
        waits_for: Some(fixture.is_read.clone()),
        trouble: Some(|call, _| (call == 5).then(limited)),
        last: Some(4),
        ..Acme::default()
    };
    // Row 5 waits, and row 6 looks whether the provider is back when the run is killed.
    assert!(fixture.run(&acme, false).unwrap().is_none());
    assert_eq!(fixture.open_files(true).unwrap().in_flight(), 1);
    let summary = fixture.finish(&Acme::default(), true);
    assert_eq!((summary.counts.links, summary.repeated), (10, 1));
}
