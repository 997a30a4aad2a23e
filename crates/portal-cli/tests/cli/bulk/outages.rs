//! A provider that limits requests or is down: the run waits for it.

use serde_json::json;

use super::{BulkFixture, summary};
use crate::common::Sandbox;

#[test]
fn a_rate_limit_below_the_documented_rate_fails_no_row() {
    let fixture = BulkFixture::kwik(500);
    fixture.set(
        "rate_limit",
        &json!({ "provider": "kwik", "per_second": 50, "retry_after": true }),
    );
    let run = fixture.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr
            .starts_with("paused for 1.0 s: the provider limits requests ("),
        "{}",
        run.stderr
    );
    let lines = fixture.lines();
    assert_eq!(lines.iter().filter(|line| line["ok"] == true).count(), 500);
    // No row was made twice: a refused request creates nothing.
    assert_eq!(fixture.state()["links"].as_array().unwrap().len(), 500);
}

#[test]
fn an_outage_fails_no_row_that_may_be_repeated() {
    let rows: String = (0..200)
        .map(|row| format!("u{row}@example.com\n"))
        .collect();
    let fixture = BulkFixture::new("onlineapp", &format!("email\n{rows}"));
    fixture.set(
        "faults",
        &json!({ "provider": "onlineapp", "fault": "status", "status": 503, "times": 20 }),
    );
    let run = fixture.run(&["--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(summary(&run)["links"], 200);
}

#[test]
fn an_outage_may_fail_the_rows_in_flight_where_a_repetition_could_make_a_second_link() {
    let fixture = BulkFixture::kwik(200);
    fixture.set(
        "faults",
        &json!({ "provider": "kwik", "fault": "status", "status": 503, "times": 5 }),
    );
    let run = fixture.run(&["--json"]);
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    let found = summary(&run);
    let failed = found["failed"]["unavailable"].as_u64().unwrap();
    assert_eq!((failed, found["rows"].as_u64()), (5, Some(200)), "{found}");
    for line in fixture.lines().iter().filter(|line| line["ok"] == false) {
        assert_eq!(line["error"]["delivery"], "unknown");
    }
}

#[test]
fn a_dead_server_stops_the_run_and_later_every_row_is_sent() {
    let fixture = BulkFixture::kwik(199);
    let url = Sandbox::start().url.clone();
    let address = url.strip_prefix("http://").unwrap().parse().unwrap();
    let bulk = |flags: &[&str]| fixture.run_without_sandbox_flag(&url, "sandbox_secret", flags);
    let run = bulk(&["--give-up-after", "1s", "--json"]);
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    let found = summary(&run);
    assert_eq!(
        (&found["rows"], &found["stopped"], &found["in_flight"]),
        (&json!(0), &json!("gave_up"), &json!(0))
    );
    assert!(
        (1..=17).contains(&found["undone"].as_u64().unwrap()),
        "{found}"
    );
    let error = run.error_beside_data();
    assert!(
        error["hint"].as_str().unwrap().contains("`--resume`"),
        "{error}"
    );

    // The server is back at its address.
    let _sandbox = Sandbox::listening(address);
    let run = bulk(&["--resume", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let found = summary(&run);
    assert_eq!(
        (&found["links"], &found["repeated"], &found["undone"]),
        (&json!(199), &json!(0), &json!(0))
    );
    assert_eq!(fixture.rows(), (1..=199).collect::<Vec<_>>());
}
