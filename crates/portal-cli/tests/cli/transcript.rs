//! The output of commands as one text, compared with a committed one.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use portal_sandbox::Dialect;
use serde_json::Value;

use crate::common::{Run, RunningCommand, Sandbox, portal, post};

/// Replaces links, ids, times and ports, which differ between runs or are secret.
const REDACTED: &[(&str, &str)] = &[
    (
        r"http://127\.0\.0\.1:\d+/(portal|p/session)/[\w-]+",
        "[LINK]",
    ),
    (r"http://127\.0\.0\.1:\d+", "[SANDBOX]"),
    (r"127\.0\.0\.1:[1-9]\d+", "[ADDRESS]"),
    (r"\b(cpl|ses)_[\w-]{8,}", "[ID]"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[TIME]"),
    (r"[\d,.]+ rows a second", "[RATE] rows a second"),
    (r#""seconds":[\d.]+"#, r#""seconds":[SECONDS]"#),
    // The default sandbox is documented.
    (r"\[DEFAULT\]", "127.0.0.1:8787"),
];

/// Runs commands in sequence against one sandbox, with credentials from the environment.
pub(crate) struct Transcript {
    sandbox: Sandbox,
    text: String,
}

impl Transcript {
    pub(crate) fn new() -> Self {
        Self::with_dialect(Dialect::Classic)
    }

    pub(crate) fn with_dialect(dialect: Dialect) -> Self {
        Self {
            sandbox: Sandbox::with_dialect(dialect),
            text: String::new(),
        }
    }

    /// Runs a command line: words are separated by spaces, variables come before the program.
    pub(crate) fn run(&mut self, line: &str) -> &mut Self {
        self.run_with(line, "")
    }

    /// Runs a command line as text and with `--json`.
    pub(crate) fn run_both(&mut self, line: &str) -> &mut Self {
        self.run(line).run(&format!("{line} --json"))
    }

    /// Runs a command line with `input` on stdin.
    pub(crate) fn run_with(&mut self, line: &str, input: &str) -> &mut Self {
        let mut command = self.command(line);
        command.stdin(Stdio::piped());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The command may fail before it reads all input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let run = child.wait_with_output().unwrap().into();
        self.note(line, &run);
        self
    }

    /// Runs a long-running command until it prints a line, then sends SIGTERM.
    pub(crate) fn run_a_while(&mut self, line: &str) -> &mut Self {
        let mut command = RunningCommand::start(&mut self.command(line));
        let first = command.line();
        command.signal("TERM");
        let mut run = command.end();
        run.stdout = format!("{first}\n{}", run.stdout);
        self.note(line, &run);
        self
    }

    /// Makes the next two provider calls fail: one as text and one with `--json`.
    pub(crate) fn fault(&mut self, fault: &Value) -> &mut Self {
        let mut fault = fault.clone();
        fault["times"] = 2.into();
        let url = format!("{}/_sandbox/faults", self.sandbox.url);
        let (status, body) = post(&url, &fault.to_string());
        assert!(status < 300, "{body}");
        self
    }

    /// Returns the output so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Compares the output with the file of this name in `snapshots`.
    #[track_caller]
    pub(crate) fn check(&self, name: &str) {
        check(name, &self.text);
    }

    fn command(&self, line: &str) -> Command {
        let mut command = portal();
        command
            .env("KWIK_API_KEY", "sandbox_key")
            .env("KWIK_API_SECRET", "sandbox_secret")
            .env("KWIK_BASE_URL", format!("{}/2.0/", self.sandbox.url))
            .env("ONLINEAPP_API_KEY", "sk_sandbox_onlineapp")
            .env("ONLINEAPP_PAYWALL_ID", "547")
            .env("ONLINEAPP_BASE_URL", &self.sandbox.url);
        let mut words = line.split_whitespace();
        for word in words.by_ref().take_while(|word| *word != "portal") {
            match word.split_once('=').unwrap() {
                (name, "") => command.env_remove(name),
                (name, value) => command.env(name, value),
            };
        }
        command.args(words.take_while(|word| *word != "<"));
        command
    }

    fn note(&mut self, line: &str, run: &Run) {
        let _ = writeln!(self.text, "$ {line}");
        for (name, text) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
            if !text.is_empty() {
                let _ = writeln!(self.text, "--- {name}\n{}", text.trim_end());
            }
        }
        let _ = writeln!(self.text, "--- exit code {}\n", run.code.unwrap());
    }
}

/// Redacts a text and compares it with the file of this name in `snapshots`.
#[track_caller]
pub(crate) fn check(name: &str, text: &str) {
    let text = text.replace("127.0.0.1:8787", "[DEFAULT]");
    let mut settings = insta::Settings::clone_current();
    settings.set_filters(REDACTED.to_vec());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text.trim_end()));
}
