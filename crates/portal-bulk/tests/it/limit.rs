//! Runs that read only the first rows.

use portal_bulk::StopReason;

use crate::common::{Acme, RunFixture, customers};

#[test]
fn a_later_run_with_a_lower_limit_sends_only_those_rows_that_were_in_flight() {
    let mut fixture = RunFixture::for_customers(customers(10));
    // Rows 1 to 4 are in flight when the run is killed.
    let killed = Acme {
        fatal: Some("c_1"),
        yields: vec![0, 0, 9, 9, 9],
        ..Acme::default()
    };
    assert!(fixture.run(&killed, false).unwrap().is_none());
    assert_eq!(killed.call_count(), 4);

    fixture.limit = Some(2);
    let acme = Acme::default();
    let summary = fixture.finish(&acme, true);
    assert_eq!((summary.counts.rows(), summary.repeated), (2, 2));
    assert_eq!(fixture.rows(), [1, 2]);

    fixture.limit = None;
    let summary = fixture.finish(&acme, true);
    // Two of them in the run before, and two now.
    assert_eq!((summary.counts.rows(), summary.repeated), (10, 4));
    assert_eq!(fixture.rows(), (1..=10).collect::<Vec<_>>());
    assert!(acme.calls().values().all(|calls| *calls == 1));
}

#[test]
fn a_changed_row_of_an_earlier_run_is_found_beyond_the_limit() {
    let mut fixture = RunFixture::for_customers(customers(5));
    fixture.finish(&Acme::default(), false);
    let text = String::from_utf8(fixture.input.clone()).unwrap();
    fixture.input = text.replace("c_5", "c_6").into_bytes();
    fixture.limit = Some(2);
    let acme = Acme::default();
    let summary = fixture.finish(&acme, true);
    assert!(
        matches!(summary.stopped, Some(StopReason::Input(_))),
        "{summary:?}"
    );
    assert!(acme.calls().is_empty());
}
