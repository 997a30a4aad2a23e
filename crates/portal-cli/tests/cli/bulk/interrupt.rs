//! Runs that stop before the end of their input.

use std::fs;
use std::process::Command;

use serde_json::json;

use super::{BulkFixture, summary};
use crate::common::{RunningCommand, portal};

#[test]
fn ctrl_c_waits_for_rows_in_flight_and_prints_how_to_resume() {
    let fixture = BulkFixture::kwik(2000);
    fixture.set(
        "faults",
        &json!({ "provider": "kwik", "fault": "delay", "seconds": 0.05, "times": 1_000_000 }),
    );
    let run = RunningCommand::start(&mut fixture.bulk(&["--rate", "9000"]));
    while fs::read_to_string(fixture.path("out.jsonl"))
        .unwrap_or_default()
        .is_empty()
    {
        std::thread::yield_now();
    }
    run.signal("INT");
    let run = run.end();
    assert_eq!(run.code, Some(130), "{}", run.stderr);
    assert!(
        run.stderr.contains("stopping: interrupted; "),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .contains("`out.jsonl` is not complete; continue with `--resume`"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.ends_with("error: interrupted\n"),
        "{}",
        run.stderr
    );
    let done = fixture.rows().len();
    assert!(done < 2000);

    let run = fixture.run(&[
        "--resume",
        "--json",
        "--rate",
        "9000",
        "--concurrency",
        "200",
    ]);
    let found = summary(&run);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(
        (&found["links"], &found["resumed"], &found["repeated"]),
        (&json!(2000), &json!(done), &json!(0))
    );
}

#[test]
fn a_second_ctrl_c_abandons_and_counts_rows_in_flight() {
    let fixture = BulkFixture::kwik(100);
    fixture.set(
        "faults",
        &json!({ "provider": "kwik", "fault": "delay", "seconds": 60, "times": 8 }),
    );
    let run = RunningCommand::start(&mut fixture.bulk(&["--json", "--concurrency", "8"]));
    while fixture.sandbox.journal().len() < 8 {
        std::thread::yield_now();
    }
    // Two different signals, because equal pending signals count as one.
    run.signal("INT");
    run.signal("TERM");
    let run = run.end();
    assert_eq!(run.code, Some(130), "{}", run.stderr);
    let found = summary(&run);
    assert_eq!(
        (&found["in_flight"], &found["stopped"]),
        (&json!(8), &json!("interrupted"))
    );

    let found = summary(&fixture.run(&["--resume", "--json"]));
    assert_eq!(
        (&found["links"], &found["repeated"]),
        (&json!(100), &json!(8))
    );
    assert_eq!(fixture.rows(), (1..=100).collect::<Vec<_>>());
}

#[test]
fn a_refused_key_stops_the_run_at_once() {
    let fixture = BulkFixture::kwik(500);
    let url = &fixture.sandbox.url;
    let bulk = |secret: &str, flags: &[&str]| fixture.run_without_sandbox_flag(url, secret, flags);
    let run = bulk("wrong", &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("stopping: every row would fail with this error"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("fix it, then use `--resume`"),
        "{}",
        run.stderr
    );
    assert!(fixture.rows().is_empty());
    assert!(fixture.sandbox.journal().len() <= 16);

    let run = bulk("sandbox_secret", &["--resume", "--json", "--rate", "5000"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let found = summary(&run);
    assert_eq!(
        (&found["links"], &found["repeated"]),
        (&json!(500), &json!(0))
    );
    // The ledger is now the corrected key's.
    let run = bulk("sandbox_secret", &["--resume"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let run = bulk("wrong", &["--resume"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
}

#[test]
fn fail_fast_stops_at_the_first_failed_row() {
    let rows: String = (0..200)
        .map(|row| match row {
            9 => "cus_unknown\n",
            _ => "cus_demo_new\n",
        })
        .collect();
    let fixture = BulkFixture::new("kwik", &format!("customer_id\n{rows}"));
    let run = fixture.run(&["--fail-fast", "--concurrency", "1"]);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert!(
        run.stderr.contains("stopping: a row failed"),
        "{}",
        run.stderr
    );
    assert_eq!(fixture.rows(), (1..=10).collect::<Vec<_>>());
}

#[test]
fn a_row_that_waits_for_the_rate_limit_longer_than_the_timeout_is_not_lost() {
    // OnlineApp's calls may be repeated: one that a slow machine does not answer in time is not lost either.
    let rows: String = (1..=30)
        .map(|row| format!("a{row}@example.com\n"))
        .collect();
    let fixture = BulkFixture::new("onlineapp", &format!("email\n{rows}"));
    let run = fixture.run(&[
        "--json",
        "--rate",
        "10",
        "--timeout",
        "0.5",
        "--concurrency",
        "30",
    ]);
    let found = summary(&run);
    assert_eq!(
        (run.code, &found["links"]),
        (Some(0), &json!(30)),
        "{}",
        run.stderr
    );
}

#[test]
fn a_signal_ends_a_check_that_waits_for_its_input() {
    for signal in ["INT", "TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("rows");
        let status = Command::new("mkfifo").arg(&pipe).status();
        assert!(status.unwrap().success());
        let mut bulk = portal();
        bulk.args(["bulk", "kwik", "--dry-run", "--format=csv", "--input"])
            .arg(&pipe)
            .env("KWIK_API_KEY", "canary-key")
            .env("KWIK_API_SECRET", "canary-secret");
        let run = RunningCommand::start(&mut bulk);
        // Opening it waits for the reader, which then waits for rows.
        let writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        run.signal(signal);
        let run = run.end();
        assert_eq!(run.code, Some(130), "{signal} {}", run.stderr);
        assert_eq!(run.stderr, "error: interrupted\n");
        drop(writer);
    }
}
