//! Runs that end before their input does.

use std::fs;

use serde_json::json;

use super::{Desk, summary};
use crate::common::{Going, Run};

#[test]
fn ctrl_c_waits_for_what_is_in_flight_and_says_how_to_go_on() {
    let desk = Desk::kwik(2000);
    desk.order(
        "faults",
        &json!({ "provider": "kwik", "fault": "delay", "seconds": 0.05, "times": 1_000_000 }),
    );
    let run = Going::start(&mut desk.bulk(&["--rate", "9000"]));
    while fs::read_to_string(desk.path("out.jsonl"))
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
    let done = desk.rows().len();
    assert!(done < 2000);

    let run = desk.run(&[
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
fn a_second_ctrl_c_gives_up_what_is_in_flight_and_counts_it() {
    let desk = Desk::kwik(100);
    desk.order(
        "faults",
        &json!({ "provider": "kwik", "fault": "delay", "seconds": 60, "times": 8 }),
    );
    let run = Going::start(&mut desk.bulk(&["--json", "--concurrency", "8"]));
    while desk.sandbox.journal().len() < 8 {
        std::thread::yield_now();
    }
    // Signals of one name that come at once are one.
    run.signal("INT");
    run.signal("TERM");
    let run = run.end();
    assert_eq!(run.code, Some(130), "{}", run.stderr);
    let found = summary(&run);
    assert_eq!(
        (&found["in_flight"], &found["stopped"]),
        (&json!(8), &json!("interrupted"))
    );

    let found = summary(&desk.run(&["--resume", "--json"]));
    assert_eq!(
        (&found["links"], &found["repeated"]),
        (&json!(100), &json!(8))
    );
    assert_eq!(desk.rows(), (1..=100).collect::<Vec<_>>());
}

#[test]
fn a_key_that_is_refused_ends_the_run_at_once() {
    let desk = Desk::kwik(500);
    let command = |secret: &str, flags: &[&str]| {
        let mut command = crate::common::portal();
        command
            .args(["bulk", "kwik", "--input", "in.csv", "--output", "out.jsonl"])
            .args(flags)
            .current_dir(desk.folder.path())
            .env("KWIK_API_KEY", "sandbox_key")
            .env("KWIK_API_SECRET", secret)
            .env("KWIK_BASE_URL", format!("{}/2.0/", desk.sandbox.url));
        Run::of(&mut command)
    };
    let run = command("wrong", &[]);
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
    assert!(desk.rows().is_empty());
    assert!(desk.sandbox.journal().len() <= 16);

    let run = command("sandbox_secret", &["--resume", "--json", "--rate", "5000"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let found = summary(&run);
    assert_eq!(
        (&found["links"], &found["repeated"]),
        (&json!(500), &json!(0))
    );
}

#[test]
fn fail_fast_ends_with_the_first_row_that_fails() {
    let rows: String = (0..200)
        .map(|row| match row {
            9 => "cus_nobody\n",
            _ => "cus_demo_new\n",
        })
        .collect();
    let desk = Desk::new("kwik", &format!("customer_id\n{rows}"));
    let run = desk.run(&["--fail-fast", "--concurrency", "1"]);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert!(
        run.stderr.contains("stopping: a row failed"),
        "{}",
        run.stderr
    );
    assert_eq!(desk.rows(), (1..=10).collect::<Vec<_>>());
}

#[test]
fn a_provider_that_limits_its_rate_fails_no_row() {
    let desk = Desk::kwik(300);
    desk.order(
        "rate_limit",
        &json!({ "provider": "kwik", "per_second": 100, "retry_after": true }),
    );
    let run = desk.run(&["--json"]);
    let found = summary(&run);
    assert_eq!(
        (run.code, &found["links"]),
        (Some(0), &json!(300)),
        "{}",
        run.stderr
    );
}

#[test]
fn a_row_that_waits_longer_for_its_turn_than_a_call_may_take_is_not_lost() {
    let desk = Desk::kwik(30);
    let run = desk.run(&[
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
