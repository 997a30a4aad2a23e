//! The files that a run makes, and those that it leaves alone.

use std::fs;

use super::Desk;
use crate::common::{Going, Run};

#[test]
fn output_and_ledger_are_their_owners_alone_and_the_ledger_names_nobody() {
    let row = "canary@example.com,https://canary.site/,canary\n";
    let desk = Desk::new("onlineapp", &format!("email,return_url,meta.a\n{row}"));
    let run = desk.run(&["--best-effort", "-vv"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        !run.stderr.contains("canary") && !run.stderr.contains("/portal/"),
        "{}",
        run.stderr
    );
    let ledger = fs::read_to_string(desk.path("out.jsonl.ledger")).unwrap();
    for secret in ["canary", "://", "@", "127.0.0.1", "sk_"] {
        assert!(!ledger.contains(secret), "{ledger}");
    }
    #[cfg(unix)]
    for name in ["out.jsonl", "out.jsonl.ledger"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(desk.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let names = fs::read_dir(desk.folder.path()).unwrap();
    assert_eq!(names.count(), 3, "input, output, ledger");
}

#[test]
fn nothing_is_overwritten_and_a_finished_run_has_nothing_left_to_do() {
    let desk = Desk::kwik(3);
    assert_eq!(desk.run(&[]).code, Some(0));
    let before = fs::read(desk.path("out.jsonl")).unwrap();
    let run = desk.run(&[]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr
            .contains("`out.jsonl` already exists\nhint: continue it with `--resume`"),
        "{}",
        run.stderr
    );
    let run = desk.run(&["--resume"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr
            .starts_with("resuming: 3 rows are finished, 0 were in flight\n"),
        "{}",
        run.stderr
    );
    assert_eq!(fs::read(desk.path("out.jsonl")).unwrap(), before);
    assert_eq!(desk.sandbox.journal().len(), 3);
}

#[test]
fn flags_or_an_account_that_change_the_meaning_are_refused() {
    let desk = Desk::kwik(3);
    assert_eq!(desk.run(&[]).code, Some(0));
    let run = desk.run(&["--resume", "--unordered"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr
            .contains("was started with `unordered=no`, but this run has `unordered=yes`"),
        "{}",
        run.stderr
    );

    let mut other = crate::common::portal();
    other.args([
        "bulk",
        "kwik",
        "--input",
        "in.csv",
        "--output",
        "out.jsonl",
        "--resume",
        "--sandbox=http://127.0.0.1:1",
    ]);
    let run = Run::of(other.current_dir(desk.folder.path()));
    assert!(
        run.stderr
            .contains("was started with another account or base URL"),
        "{}",
        run.stderr
    );
    assert_eq!(desk.sandbox.journal().len(), 3);
}

#[test]
fn two_runs_cannot_write_to_the_same_output() {
    let desk = Desk::kwik(3);
    desk.order(
        "faults",
        &serde_json::json!({ "provider": "kwik", "fault": "delay", "seconds": 60, "times": 9 }),
    );
    let first = Going::start(&mut desk.bulk(&[]));
    while desk.sandbox.journal().is_empty() {
        std::thread::yield_now();
    }
    let run = desk.run(&["--resume"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("another run is writing to `out.jsonl`"),
        "{}",
        run.stderr
    );
    first.signal("KILL");
    first.end();
}
