//! The prompt for a provider, which appears only at a terminal.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::common::{Run, Sandbox, portal};

/// The character that ends a terminal's input.
const END: &str = "\x04";

/// Runs a command at a terminal, and types after the prompt; stdout is a pipe.
fn at_terminal(command: Command, typed: &str) -> Run {
    let (mut terminal, end) = pty_process::blocking::open().unwrap();
    let mut child = pty_process::blocking::Command::from(command)
        .stdout(Stdio::piped())
        .spawn(end)
        .unwrap();
    let mut screen = Vec::new();
    let mut byte = [0];
    // Types only after the prompt, or the terminal would echo inside it.
    let is_asked = |screen: &[u8]| screen.ends_with(b"number or name: ");
    while !is_asked(&screen) {
        match terminal.read(&mut byte) {
            Ok(1) => screen.extend(byte),
            _ => break,
        }
    }
    // A command without a prompt has ended.
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
    // A closed terminal ends with an error.
    let _ = terminal.read_to_end(&mut screen);
    Run {
        code,
        stdout,
        stderr: String::from_utf8(screen).unwrap(),
    }
}

/// Returns a `link` command without a provider, with the fields that each provider needs.
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
fn a_provider_can_be_chosen_by_number_or_name() {
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
fn no_answer_is_the_same_error_as_without_a_terminal() {
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
fn there_is_no_prompt_if_a_provider_is_named_or_json_is_requested() {
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
fn an_invalid_configuration_is_an_error_without_a_prompt() {
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
