//! Failed rows that a later run sends again.

use std::fs;

use serde_json::{Value, json};

use super::{BulkFixture, summary};
use crate::common::RunningCommand;

fn ok(fixture: &BulkFixture) -> Vec<bool> {
    let lines = fixture.lines();
    lines.iter().map(|line| line["ok"] == true).collect()
}

#[test]
fn rows_that_failed_for_a_cause_that_was_fixed_get_links_in_their_places() {
    for flags in [&["--json"][..], &["--json", "--unordered"]] {
        let fixture = BulkFixture::kwik(6);
        let fault = json!({ "provider": "kwik", "fault": "status", "status": 404, "times": 3 });
        fixture.set("faults", &fault);
        let run = fixture.run(flags);
        assert_eq!(run.code, Some(4), "{}", run.stderr);
        let error = run.error_beside_data();
        assert_eq!(error["delivery"], "refused");
        assert!(
            error["hint"]
                .as_str()
                .unwrap()
                .ends_with("after the cause is fixed, `--retry-failed` sends 3 rows again"),
            "{error}"
        );
        assert_eq!(fixture.sandbox.journal().len(), 6);

        let run = fixture.run(&[flags, &["--resume"]].concat());
        assert_eq!(run.code, Some(4), "{}", run.stderr);
        assert_eq!(fixture.sandbox.journal().len(), 6, "nothing was sent");

        let run = fixture.run(&[flags, &["--retry-failed"]].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let found = summary(&run);
        assert_eq!(
            (&found["rows"], &found["links"], &found["repeated"]),
            (&json!(6), &json!(6), &json!(0))
        );
        assert_eq!(fixture.sandbox.journal().len(), 9);
        assert_eq!(ok(&fixture), [true; 6]);
        let mut rows = fixture.rows();
        rows.sort_unstable();
        assert_eq!(rows, [1, 2, 3, 4, 5, 6]);
        assert_eq!(fixture.state()["links"].as_array().unwrap().len(), 6);
        let names = fs::read_dir(fixture.folder.path()).unwrap();
        assert_eq!(names.count(), 3, "input, output, ledger");

        let run = fixture.run(&[flags, &["--retry-failed"]].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(fixture.sandbox.journal().len(), 9, "nothing was sent");
    }
}

#[test]
fn the_summary_says_which_failed_rows_are_sent_again() {
    let fixture = BulkFixture::kwik(6);
    // Rows 1 and 2 are not answered, so they may have a link.
    let fault = json!({ "provider": "kwik", "fault": "delay", "seconds": 30, "times": 2 });
    fixture.set("faults", &fault);
    let slow = &["--concurrency", "2", "--timeout", "0.5"];
    let run = fixture.run(slow);
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    for line in [
        "may be done                2  failed, but a link may exist; they are not sent again\n",
        "timeout                    2\n",
    ] {
        assert!(run.stderr.contains(line), "{}", run.stderr);
    }
    assert!(!run.stderr.contains("`--retry-failed`"), "{}", run.stderr);
    let sent = fixture.sandbox.journal().len();
    for flag in ["--resume", "--retry-failed"] {
        let run = fixture.run(&[flag, "--json"]);
        assert_eq!(run.code, Some(7), "{}", run.stderr);
        let found = summary(&run);
        assert_eq!(
            (&found["may_be_done"], &found["retryable"]),
            (&json!(2), &json!(0))
        );
        assert_eq!(run.error_beside_data()["delivery"], "unknown");
    }
    assert_eq!(fixture.sandbox.journal().len(), sent, "nothing was sent");
}

#[test]
fn rows_that_failed_while_the_provider_limited_requests_are_sent_by_resume() {
    let fixture = BulkFixture::kwik(6);
    let fault = json!({ "provider": "kwik", "fault": "status", "status": 404, "times": 3 });
    fixture.set("faults", &fault);
    assert_eq!(fixture.run(&[]).code, Some(4));
    // Before runs paused, their lines said this after a limit.
    let text = fs::read_to_string(fixture.path("out.jsonl")).unwrap();
    let text = text
        .replace("\"not_found\"", "\"rate_limited\"")
        .replace("\"retryable\":false", "\"retryable\":true");
    fs::write(fixture.path("out.jsonl"), text).unwrap();
    let run = fixture.run(&["--resume", "--fail-fast"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.starts_with(
            "resuming: 6 rows are finished, 0 were in flight, 3 failed and are sent again\n"
        ),
        "{}",
        run.stderr
    );
    assert_eq!(fixture.rows(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(ok(&fixture), [true; 6]);
    assert_eq!(fixture.sandbox.journal().len(), 9);
}

#[test]
fn a_row_with_a_refused_key_is_undone_and_gets_its_link_with_the_corrected_key() {
    let fixture = BulkFixture::kwik(3);
    let url = fixture.sandbox.url.clone();
    let flags = ["--concurrency", "1", "--json", "--resume"];
    let run = fixture.run_without_sandbox_flag(&url, "wrong_secret", &flags);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let found = summary(&run);
    assert_eq!(
        (&found["rows"], &found["undone"], &found["stopped"]),
        (&json!(0), &json!(1), &json!("refused"))
    );
    assert_eq!(run.error_beside_data()["status"], 401);
    let run = fixture.run_without_sandbox_flag(&url, "sandbox_secret", &flags);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let found = summary(&run);
    assert_eq!(
        (&found["links"], &found["undone"], &found["repeated"]),
        (&json!(3), &json!(0), &json!(0))
    );
}

#[test]
fn rows_sent_twice_are_counted_over_all_kills() {
    const KILLS: usize = 5;
    let fixture = BulkFixture::kwik(40);
    for kill in 1..=KILLS {
        let fault = json!({ "provider": "kwik", "fault": "delay", "seconds": 60, "times": 4 });
        fixture.set("faults", &fault);
        let flags = ["--resume", "--concurrency", "4"];
        let run = RunningCommand::start(&mut fixture.bulk(&flags));
        while fixture.sandbox.journal().len() < 4 * kill {
            std::thread::yield_now();
        }
        run.signal("KILL");
        run.end();
    }
    let run = fixture.run(&["--resume", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let sent = fixture.sandbox.journal().len();
    let repeated: Value = summary(&run)["repeated"].clone();
    assert_eq!((sent, repeated), (40 + 4 * KILLS, json!(4 * KILLS)));
}
