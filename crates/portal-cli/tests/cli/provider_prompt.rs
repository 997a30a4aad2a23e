//! The question which provider is meant: asked at a terminal, and only there.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::common::{Run, Sandbox, portal};

/// What ends a terminal's input.
const END: &str = "\x04";

/// Runs a command at a terminal, where somebody types once they are asked; its stdout goes elsewhere.
fn at_terminal(command: Command, typed: &str) -> Run {
    let (mut terminal, end) = pty_process::blocking::open().unwrap();
    let mut child = pty_process::blocking::Command::from(command)
        .stdout(Stdio::piped())
        .spawn(end)
        .unwrap();
    let mut screen = Vec::new();
    let mut byte = [0];
    // Earlier, the terminal would show what is typed in the midst of the question.
    let is_asked = |screen: &[u8]| screen.ends_with(b"number or name: ");
    while !is_asked(&screen) {
        match terminal.read(&mut byte) {
            Ok(1) => screen.extend(byte),
            _ => break,
        }
    }
    // A command that does not ask has ended.
    if is_asked(&screen) {
        terminal.write_all(typed.as_bytes()).unwrap();
    }
    let mut stdout = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut stdout)
        .unwrap();
    let code = child.wait().unwrap().code();
    // A terminal that nobody is at any more ends in an error.
    let _ = terminal.read_to_end(&mut screen);
    Run {
        code,
        stdout,
        stderr: String::from_utf8(screen).unwrap(),
    }
}

/// Asks the sandbox for a link without naming a provider; each takes what it goes by.
fn ask(sandbox: &Sandbox) -> Command {
    sandbox.portal(&[
        "link",
        "--customer",
        "cus_demo_active",
        "--email",
        "a@example.com",
    ])
}

#[test]
fn a_provider_is_chosen_by_number_or_by_name() {
    let sandbox = Sandbox::start();
    for (typed, id) in [
        ("1\n", "kwik"),
        ("onlineapp\n", "onlineapp"),
        ("9\nx\n 2 \n", "onlineapp"),
    ] {
        let run = at_terminal(ask(&sandbox), &format!("{typed}{END}"));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.stdout.starts_with("http://127.0.0.1:"),
            "{}",
            run.stdout
        );
        assert_eq!(run.stdout.lines().count(), 1);
        for part in [
            "Which provider?",
            "1  kwik (Kwik)",
            "2  onlineapp (OnlineApp)",
        ] {
            assert!(run.stderr.contains(part), "{}", run.stderr);
        }
        assert_eq!(sandbox.journal().last().unwrap()["provider"], id);
    }
}

#[test]
fn no_answer_is_the_error_that_there_is_without_a_terminal() {
    for typed in [END, "\n", " \n"] {
        let mut command = portal();
        command.args(["link", "--customer", "cus_1"]);
        let run = at_terminal(command, &format!("{typed}{END}"));
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), ""),
            "{}",
            run.stderr
        );
        assert!(
            run.stderr.contains("no provider is named"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn nobody_is_asked_who_has_said_it_or_wants_json() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, "provider = 'kwik'").unwrap();
    let sandbox = Sandbox::start();
    let mut by_variable = ask(&sandbox);
    by_variable.env("PORTAL_PROVIDER", "kwik");
    let mut by_file = ask(&sandbox);
    by_file.arg("--config").arg(&file);
    let mut by_credentials = portal();
    by_credentials
        .args(["link", "--customer", "cus_demo_active"])
        .env("KWIK_API_KEY", "sandbox_key")
        .env("KWIK_API_SECRET", "sandbox_secret")
        .env("KWIK_BASE_URL", format!("{}/2.0/", sandbox.url));
    for command in [by_variable, by_file, by_credentials] {
        let run = at_terminal(command, END);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(!run.stderr.contains("Which"), "{}", run.stderr);
    }
    let mut json = ask(&sandbox);
    json.arg("--json");
    let run = at_terminal(json, &format!("1\n{END}"));
    assert_eq!(run.code, Some(2));
    assert!(!run.stderr.contains("Which"), "{}", run.stderr);
}

#[test]
fn a_wrong_configuration_is_told_and_not_asked_about() {
    let mut command = portal();
    command.args(["link", "--customer", "cus_1", "--config", "/nowhere"]);
    let run = at_terminal(command, END);
    assert_eq!(run.code, Some(2));
    assert!(!run.stderr.contains("Which"), "{}", run.stderr);
    assert!(
        run.stderr.contains("`/nowhere` cannot be read"),
        "{}",
        run.stderr
    );
}
