//! `--output -`: the lines go to stdout.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::BulkFixture;
use crate::common::{Run, RunningCommand};

/// Returns the command from `in.csv` to stdout.
fn bulk(fixture: &BulkFixture, flags: &[&str]) -> Command {
    let mut command = fixture.sandbox.portal(&["bulk", fixture.provider]);
    command.args(["--input", "in.csv", "--output", "-"]);
    command.args(flags).current_dir(fixture.folder.path());
    command
}

fn values(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Returns how many links the sandbox created.
fn link_count(fixture: &BulkFixture) -> usize {
    fixture.state()["links"].as_array().unwrap().len()
}

#[test]
fn lines_go_to_stdout_in_the_inputs_order_and_everything_else_to_stderr() {
    let fixture = BulkFixture::kwik(40);
    let run = Run::of(&mut bulk(&fixture, &["--rate", "9000"]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let rows: Vec<_> = values(&run.stdout)
        .iter()
        .map(|line| (line["ok"] == true, line["row"].as_u64().unwrap()))
        .collect();
    assert_eq!(rows, (1..=40).map(|row| (true, row)).collect::<Vec<_>>());
    let notes: Vec<_> = run.stderr.lines().collect();
    assert_eq!(
        notes[0],
        "this run writes to stdout, so it cannot be resumed"
    );
    assert_eq!(notes[1], "rows                      40");
    assert!(!run.stderr.contains("/portal/"), "{}", run.stderr);
    let names = fs::read_dir(fixture.folder.path()).unwrap();
    assert_eq!(names.count(), 1, "the input");

    let run = Run::of(&mut bulk(&fixture, &["--json", "--rate", "9000"]));
    assert_eq!(values(&run.stdout).len(), 40);
    let found = values(&run.stderr);
    assert_eq!(
        (found.len(), &found[0]["output"], &found[0]["links"]),
        (1, &json!("-"), &json!(40))
    );
}

#[test]
fn each_line_is_flushed_before_the_next_row_is_read() {
    let fixture = BulkFixture::kwik(1);
    let (rows, mut writer) = std::io::pipe().unwrap();
    let mut command = fixture.sandbox.portal(&["bulk", "kwik", "--format=csv"]);
    command.args(["--input=-", "--output=-"]).stdin(rows);
    let mut run = RunningCommand::start(&mut command);
    drop(command);
    writeln!(writer, "customer_id").unwrap();
    for row in 1..=3 {
        writeln!(writer, "cus_demo_new").unwrap();
        let line: Value = serde_json::from_str(&run.line()).unwrap();
        assert_eq!((&line["row"], &line["ok"]), (&json!(row), &json!(true)));
    }
    drop(writer);
    let run = run.end();
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), ""),
        "{}",
        run.stderr
    );
}

#[test]
fn failed_rows_have_a_line_and_the_hint_names_no_flag_that_needs_a_ledger() {
    let fixture = BulkFixture::new("kwik", "customer_id\ncus_demo_new\ncus_unknown\n");
    let run = Run::of(&mut bulk(&fixture, &[]));
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    let lines = values(&run.stdout);
    assert_eq!(
        (&lines[0]["ok"], &lines[1]["error"]["kind"]),
        (&json!(true), &json!("not_found"))
    );
    assert!(
        run.stderr.ends_with(
            "error: 1 of 2 rows failed\n\
             hint: the `error` of each failed line gives the cause and a hint; 1 rows have the `delivery` \
             `not_sent` or `refused`, and can be sent again from another input\n"
        ),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("--re"), "{}", run.stderr);
}

#[test]
fn flags_that_resume_are_refused_before_anything_is_sent() {
    let fixture = BulkFixture::kwik(1);
    for flag in ["--resume", "--retry-failed"] {
        let run = Run::of(&mut bulk(&fixture, &[flag]));
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        let expected = format!(
            "error: `{flag}` needs a file, because a run with `--output -` has no ledger to resume from\n\
             hint: name the earlier run's output, or leave out `{flag}`\n"
        );
        assert_eq!(run.stderr, expected);
    }
    let names = fs::read_dir(fixture.folder.path()).unwrap();
    assert_eq!(names.count(), 1, "the input");
    assert!(fixture.sandbox.journal().is_empty());
}

/// Starts a run, reads one line of stdout, and closes it.
fn close_after_first_line(fixture: &BulkFixture, flags: &[&str]) -> Child {
    let mut command = bulk(fixture, &[&["--rate", "9000"], flags].concat());
    let spawned = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = spawned.unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::with_capacity(1, child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["row"], &line["ok"]), (&json!(1), &json!(true)));
    child
}

#[test]
fn a_closed_pipe_ends_the_run_with_0_and_the_lost_links_are_counted() {
    const ROWS: usize = 2000;
    let fixture = BulkFixture::kwik(ROWS);
    let child = close_after_first_line(&fixture, &["--json"]);
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let found = values(&run.stderr);
    assert_eq!(found.len(), 1, "a summary and no error: {}", run.stderr);
    let count = |key: &str| usize::try_from(found[0][key].as_u64().unwrap()).unwrap();
    assert_eq!(found[0]["stopped"], "output");
    // Every link that was created is either written or counted as lost.
    assert_eq!(count("links"), link_count(&fixture));
    assert_eq!(count("unwritten"), count("unwritten_links"));
    assert!((1..count("links")).contains(&count("unwritten")));
    assert_eq!((count("in_flight"), count("undone")), (0, 0));
    assert!(count("rows") < ROWS, "rows not begun stay not begun");

    for (flags, expected) in [
        (&[][..], "stopping: the reader of the output has ended"),
        (&["--quiet"], "finished rows were not written; "),
    ] {
        let child = close_after_first_line(&fixture, flags);
        let run = Run::from(child.wait_with_output().unwrap());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        assert!(run.stderr.contains(" links are lost\n"), "{}", run.stderr);
        assert!(!run.stderr.contains("error"), "{}", run.stderr);
    }
}

/// Linux only: it uses `/dev/full`.
#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_cannot_be_written_stops_the_run_with_1() {
    let fixture = BulkFixture::kwik(500);
    let full = fs::File::options().write(true).open("/dev/full");
    let mut command = bulk(&fixture, &["--rate", "9000"]);
    let child = command.stdout(full.unwrap()).stderr(Stdio::piped()).spawn();
    let run = Run::from(child.unwrap().wait_with_output().unwrap());
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    let links = link_count(&fixture);
    assert!((1..500).contains(&links), "{links}");
    for expected in [
        "stopping: the output cannot be written".to_owned(),
        format!("finished, but not written; {links} links are lost\n"),
        "error: stdout cannot be written to\n".to_owned(),
    ] {
        assert!(run.stderr.contains(&expected), "{expected} {}", run.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_stdout_that_is_closed_or_the_input_is_refused_before_anything_is_sent() {
    let fixture = BulkFixture::kwik(2);
    let before = fs::read(fixture.path("in.csv")).unwrap();
    for (redirection, code, expected) in [
        (
            ">&-",
            1,
            "error: stdout is closed, so the link would be lost; nothing was sent\n",
        ),
        (
            ">> in.csv",
            2,
            "error: stdout is the input `in.csv`, and a run does not write into it\n\
             hint: name a new file with `--output`\n",
        ),
    ] {
        let line = format!(
            "exec '{}' bulk kwik --input in.csv --output - --sandbox={} {redirection}",
            env!("CARGO_BIN_EXE_portal"),
            fixture.sandbox.url
        );
        let mut shell = Command::new("sh");
        shell.args(["-c", &line]).env_clear();
        let run = Run::of(shell.current_dir(fixture.folder.path()));
        assert_eq!(run.code, Some(code), "{redirection} {}", run.stderr);
        assert!(run.stderr.starts_with(expected), "{}", run.stderr);
    }
    assert_eq!(fs::read(fixture.path("in.csv")).unwrap(), before);
    assert!(fixture.sandbox.journal().is_empty());
}

#[cfg(unix)]
#[test]
fn ctrl_c_writes_the_lines_of_rows_in_flight() {
    let fixture = BulkFixture::kwik(2000);
    let fault =
        json!({ "provider": "kwik", "fault": "delay", "seconds": 0.05, "times": 1_000_000 });
    fixture.set("faults", &fault);
    let mut run = RunningCommand::start(&mut bulk(&fixture, &["--rate", "9000", "--json"]));
    let first = run.line();
    run.signal("INT");
    let run = run.end();
    assert_eq!(run.code, Some(130), "{}", run.stderr);
    let lines = values(&format!("{first}\n{}", run.stdout));
    assert!((16..2000).contains(&lines.len()), "{}", lines.len());
    assert_eq!(lines.len(), link_count(&fixture));
    let found = values(&run.stderr);
    assert_eq!(
        (&found[0]["stopped"], &found[0]["unwritten"]),
        (&json!("interrupted"), &json!(0))
    );
    assert_eq!(found[1]["error"]["kind"], "interrupted");
}

#[test]
fn a_dry_run_prints_only_the_summary() {
    let fixture = BulkFixture::kwik(2);
    let run = Run::of(&mut bulk(&fixture, &["--dry-run", "--json"]));
    assert_eq!(run.json()["links"], 2);
    assert!(fixture.sandbox.journal().is_empty());
}
