//! The files that a run creates, and those that it does not overwrite.

use std::fs;
use std::path::Path;

use super::BulkFixture;
use crate::common::{Run, RunningCommand};

#[test]
fn only_the_owner_can_read_the_files_and_the_ledger_holds_no_personal_data() {
    let row = "canary@example.com,https://canary.site/,canary\n";
    let fixture = BulkFixture::new("onlineapp", &format!("email,return_url,meta.a\n{row}"));
    let run = fixture.run(&["--best-effort", "-vv"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        !run.stderr.contains("canary") && !run.stderr.contains("/portal/"),
        "{}",
        run.stderr
    );
    let ledger = fs::read_to_string(fixture.path("out.jsonl.ledger")).unwrap();
    for secret in ["canary", "://", "@", "127.0.0.1", "sk_"] {
        assert!(!ledger.contains(secret), "{ledger}");
    }
    #[cfg(unix)]
    for name in ["out.jsonl", "out.jsonl.ledger"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(fixture.path(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let names = fs::read_dir(fixture.folder.path()).unwrap();
    assert_eq!(names.count(), 3, "input, output, ledger");
}

#[test]
fn existing_files_are_not_overwritten_and_a_finished_run_sends_nothing() {
    let fixture = BulkFixture::kwik(3);
    assert_eq!(fixture.run(&[]).code, Some(0));
    let before = fs::read(fixture.path("out.jsonl")).unwrap();
    let run = fixture.run(&[]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr
            .contains("`out.jsonl` already exists\nhint: continue it with `--resume`"),
        "{}",
        run.stderr
    );
    for flag in ["--resume", "--retry-failed"] {
        let run = fixture.run(&[flag]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let lines: Vec<_> = run.stderr.lines().collect();
        assert_eq!(
            lines,
            [
                "resuming: 3 rows are finished, 0 were in flight",
                "rows                       3",
                "links                      3",
                "resumed                    3  finished by earlier runs",
            ]
        );
    }
    assert_eq!(fs::read(fixture.path("out.jsonl")).unwrap(), before);
    assert_eq!(fixture.sandbox.journal().len(), 3);
}

#[test]
fn stdout_as_the_output_is_refused_and_no_file_is_called_like_that() {
    let fixture = BulkFixture::kwik(1);
    let mut command = fixture.sandbox.portal(&["bulk", "kwik", "--input=in.csv"]);
    command.args(["--output", "-"]);
    let run = Run::of(command.current_dir(fixture.folder.path()));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let expected = "error: `--output` does not take `-`: a run resumes from its output, so it is a file\n\
        hint: name a new file\n";
    assert_eq!((run.stderr.as_str(), run.stdout.as_str()), (expected, ""));
    assert_eq!(fs::read_dir(fixture.folder.path()).unwrap().count(), 1);
    assert!(fixture.sandbox.journal().is_empty());
}

#[cfg(unix)]
#[test]
fn an_output_that_is_the_input_is_refused_and_the_input_stays() {
    let fixture = BulkFixture::kwik(2);
    std::os::unix::fs::symlink("in.csv", fixture.path("symbolic")).unwrap();
    fs::hard_link(fixture.path("in.csv"), fixture.path("hard")).unwrap();
    let before = fs::read(fixture.path("in.csv")).unwrap();
    for output in ["in.csv", "./in.csv", "symbolic", "hard"] {
        for flags in [&[][..], &["--resume"], &["--strict"]] {
            let mut command = fixture.sandbox.portal(&["bulk", "kwik", "--input=in.csv"]);
            command.args(["--output", output]).args(flags);
            let run = Run::of(command.current_dir(fixture.folder.path()));
            assert_eq!(run.code, Some(2), "{output} {}", run.stderr);
            let expected = format!(
                "error: `{output}` is the input `in.csv`, and a run does not write into it\n\
                 hint: name a new file with `--output`\n"
            );
            assert_eq!(run.stderr, expected);
        }
    }
    assert_eq!(fs::read(fixture.path("in.csv")).unwrap(), before);
    let names = fs::read_dir(fixture.folder.path()).unwrap();
    assert_eq!(names.count(), 3, "the input and its links");
    assert!(fixture.sandbox.journal().is_empty());
}

#[test]
fn resuming_with_other_flags_or_another_account_is_refused() {
    let fixture = BulkFixture::kwik(3);
    assert_eq!(fixture.run(&[]).code, Some(0));
    let run = fixture.run(&["--resume", "--unordered"]);
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
    let run = Run::of(other.current_dir(fixture.folder.path()));
    assert!(
        run.stderr
            .contains("was started with another account or base URL"),
        "{}",
        run.stderr
    );
    assert_eq!(fixture.sandbox.journal().len(), 3);
}

#[test]
fn resuming_with_another_key_is_refused_and_names_both_profiles() {
    let fixture = BulkFixture::kwik(3);
    let url = &fixture.sandbox.url;
    let profile = |name: &str, key: &str| {
        format!(
            "[profiles.{name}.kwik]\napi_key = '{key}'\napi_secret = 'sandbox_secret'\n\
             base_url = '{url}/2.0/'\n"
        )
    };
    let config = fixture.path("config.toml");
    let profiles = [
        profile("live", "sandbox_key"),
        profile("test", "canary_key"),
    ];
    write_private(&config, &profiles.concat());
    let bulk = |profile: &str, flags: &[&str]| {
        let mut command = crate::common::portal();
        command.args(["bulk", "kwik", "--input", "in.csv", "--output", "out.jsonl"]);
        command.args(flags).args(["--profile", profile, "--config"]);
        Run::of(command.arg(&config).current_dir(fixture.folder.path()))
    };
    let run = bulk("live", &[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    // One row is left to send.
    let input = fs::read_to_string(fixture.path("in.csv")).unwrap();
    let more = input + "cus_demo_active,sub_demo_active,row 4\n";
    fs::write(fixture.path("in.csv"), more).unwrap();
    let run = bulk("test", &["--resume"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert_eq!(fixture.sandbox.journal().len(), 3, "nothing was sent");
    assert!(
        run.stderr.contains(
            "was started with another account or base URL: \
             it has profile `live`, and this run has profile `test`\n\
             hint: use the key that it was started with, because a new key of the same account looks like"
        ),
        "{}",
        run.stderr
    );
    let ledger = fs::read_to_string(fixture.path("out.jsonl.ledger")).unwrap();
    for secret in ["sandbox_key", "sandbox_secret", "canary_key"] {
        assert!(!run.stderr.contains(secret) && !ledger.contains(secret));
    }
    assert_eq!(bulk("live", &["--resume"]).code, Some(0));
    assert_eq!(fixture.rows(), [1, 2, 3, 4]);
    assert_eq!(fixture.sandbox.journal().len(), 4);
}

fn write_private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn two_runs_cannot_write_to_the_same_output() {
    let fixture = BulkFixture::kwik(3);
    fixture.set(
        "faults",
        &serde_json::json!({ "provider": "kwik", "fault": "delay", "seconds": 60, "times": 9 }),
    );
    let first = RunningCommand::start(&mut fixture.bulk(&[]));
    while fixture.sandbox.journal().is_empty() {
        std::thread::yield_now();
    }
    let run = fixture.run(&["--resume"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("another run is writing to `out.jsonl`"),
        "{}",
        run.stderr
    );
    first.signal("KILL");
    first.end();
}
