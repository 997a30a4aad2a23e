//! `portal webhook verify`.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

// Python's hmac made each signature with the secret below.
const SECRET: &str = "whsec_canary";
const VARIABLE: &str = "ONLINEAPP_WEBHOOK_SECRET";
const BODY: &[u8] = br#"{"id":"evt_1","type":"subscription.updated","created_at":"2024-01-15T12:30:45.000Z","data":{"customer":{"email":"user@example.com"},"subscription":{"id":"sub_1","status":"active","cancel_at_period_end":true}}}"#;
const GOOD: &str = "sha256=4aaa45dbcd86af5e858587b678163f2f26a068c7f93f8be0446ebd5533c3eb2d";

struct Run<'a> {
    arguments: Vec<&'a str>,
    variables: Vec<(&'a str, &'a str)>,
    body: &'a [u8],
}

fn portal<'a>(arguments: &[&'a str]) -> Run<'a> {
    Run {
        arguments: [&["webhook", "verify"], arguments].concat(),
        variables: vec![(VARIABLE, SECRET)],
        body: BODY,
    }
}

impl Run<'_> {
    fn output(&self) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_portal"))
            .args(&self.arguments)
            .env_clear()
            .envs(self.variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        // The command may fail before it reads the body.
        let _ = child.stdin.take().expect("piped").write_all(self.body);
        let output = child.wait_with_output().expect("it ends");
        let seen = [&output.stdout[..], &output.stderr].concat();
        assert!(
            !String::from_utf8_lossy(&seen).contains("canary"),
            "the secret is shown"
        );
        output
    }

    fn success(&self) -> String {
        let output = self.output();
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Returns the error of a command run with `--json`.
    fn failure(&self, code: i32, kind: &str) -> Value {
        let output = self.output();
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert!(output.stdout.is_empty());
        let error: Value = serde_json::from_str(&stderr).expect("JSON");
        assert_eq!(error["error"]["kind"], kind, "{error}");
        error["error"].clone()
    }
}

#[test]
fn a_valid_message_is_printed_as_text() {
    let stdout = portal(&["onlineapp", "--signature", GOOD]).success();
    assert_eq!(
        stdout,
        "subscription.updated evt_1\n  \
         created      2024-01-15T12:30:45Z\n  \
         customer     {\"email\":\"user@example.com\"}\n  \
         subscription {\"cancel_at_period_end\":true,\"id\":\"sub_1\",\"status\":\"active\"}\n"
    );
}

#[test]
fn a_valid_message_is_printed_as_one_json_object() {
    let stdout = portal(&["onlineapp", "--signature", GOOD, "--json"]).success();
    let event: Value = serde_json::from_str(&stdout).expect("JSON");
    let sent: Value = serde_json::from_slice(BODY).expect("JSON");
    assert_eq!(
        event,
        json!({
            "id": "evt_1", "type": "subscription.updated", "created_at": "2024-01-15T12:30:45Z",
            "occurred_at": null, "data": sent["data"],
        })
    );
    assert_eq!(stdout.lines().count(), 1);
}

#[test]
fn an_invalid_signature_exits_3() {
    let wrong = format!("sha256={}", "0".repeat(64));
    for signature in [wrong.as_str(), "", "nonsense", "-x"] {
        let error = portal(&["onlineapp", "--json", "--signature", signature])
            .failure(3, "unauthenticated");
        assert_eq!(error["field"], "signature");
        assert_eq!(error["provider"], "onlineapp");
        assert_eq!(error["delivery"], "not_sent");
        assert_eq!(error["retryable"], false);
    }
}

#[test]
fn every_byte_of_the_body_is_verified() {
    let arguments = ["onlineapp", "--json", "--signature", GOOD];
    for body in [&[BODY, b"\n"].concat()[..], &BODY[1..], b"", b"\xff\x00"] {
        let run = Run {
            body,
            ..portal(&arguments)
        };
        run.failure(3, "unauthenticated");
    }
}

#[test]
fn a_body_over_1_mib_is_refused_and_one_of_1_mib_is_accepted() {
    let arguments = ["onlineapp", "--json", "--signature", GOOD];
    let long = vec![b' '; 1024 * 1024 + 1];
    let over = Run {
        body: &long,
        ..portal(&arguments)
    };
    assert_eq!(over.failure(2, "invalid")["field"], "body");
    let at = Run {
        body: &long[1..],
        ..portal(&arguments)
    };
    at.failure(3, "unauthenticated");
}

#[test]
fn the_secret_can_come_from_a_file_named_by_flag_or_variable() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secret");
    std::fs::write(&path, format!("{SECRET}\n")).expect("written");
    let path = path.to_str().expect("UTF-8");
    let by_flag = ["onlineapp", "--signature", GOOD, "--secret-file", path];
    for variables in [vec![], vec![(VARIABLE, "another")]] {
        let run = Run {
            variables,
            ..portal(&by_flag)
        };
        run.success();
    }
    let by_variable = Run {
        variables: vec![("ONLINEAPP_WEBHOOK_SECRET_FILE", path)],
        ..portal(&by_flag[..3])
    };
    by_variable.success();
}

#[test]
fn a_missing_or_unreadable_secret_exits_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "\n").expect("written");
    let gone = folder.path().join("gone");
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    for file in [None, Some(text(&empty)), Some(text(&gone))] {
        let mut arguments = vec!["onlineapp", "--json", "--signature", GOOD];
        if let Some(file) = &file {
            arguments.extend(["--secret-file", file]);
        }
        let run = Run {
            variables: vec![],
            ..portal(&arguments)
        };
        let error = run.failure(2, "configuration");
        assert_eq!(error["field"], "webhook_secret", "{file:?}");
        assert_eq!(error["provider"], "onlineapp", "{file:?}");
    }
}

#[test]
fn no_flag_takes_the_secret_itself() {
    for flag in ["--secret", "--webhook-secret"] {
        let run = portal(&["onlineapp", "--json", "--signature", GOOD, flag, "x"]);
        run.failure(2, "invalid");
    }
}

#[test]
fn a_provider_that_is_unknown_or_signs_nothing_exits_2() {
    for secret_file in [&["--secret-file", "gone"][..], &[]] {
        let arguments = [&["kwik", "--json", "--signature", GOOD], secret_file].concat();
        let error = portal(&arguments).failure(2, "unsupported");
        assert_eq!(error["provider"], "kwik");
    }
    let unknown = portal(&["strype", "--json", "--signature", GOOD]);
    assert_eq!(unknown.failure(2, "configuration")["field"], "provider");
}

#[test]
fn a_signed_body_that_is_not_an_event_exits_8() {
    let run = Run {
        body: b"[]",
        ..portal(&[
            "onlineapp",
            "--json",
            "--signature",
            "3b3646f5344296016f4a1a43b6248587124053044e707676f4581712829ae630",
        ])
    };
    assert_eq!(run.failure(8, "protocol")["delivery"], "answered");
}

#[test]
fn an_unreadable_field_is_reported_on_stderr() {
    let run = Run {
        body: br#"{"id":"evt_1","type":"x","created_at":"2024-01-15T12:30:45Z","data":{"price":{"unit_amount":"9"}}}"#,
        ..portal(&["onlineapp", "--json", "--signature", "7eb724f5e51fea17c4826aa152780cb1505d4b8087e7b8c5aefca782cdb97568"])
    };
    let output = run.output();
    assert_eq!(output.status.code(), Some(0));
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(stderr.contains("data.price.unit_amount"), "{stderr}");
}

#[test]
fn a_message_cannot_control_the_terminal() {
    let run = Run {
        body: "{\"id\":\"e\\u001b[2Jv\",\"type\":\"x\\u202ey\",\"created_at\":\"2024-01-15T12:30:45Z\",\"data\":{\"\u{9b}31m\":\"\u{9b}\u{2066}\\n\"}}".as_bytes(),
        ..portal(&["onlineapp", "--signature", "e61ba909018bfb99927331d67bf0ed878e9b84ccd887e3147858a59146cf1da8"])
    };
    let stdout = run.success();
    let steers = |c: char| (c.is_control() && c != '\n') || ('\u{2000}'..'\u{2070}').contains(&c);
    assert!(!stdout.contains(steers), "{stdout:?}");
    assert_eq!(stdout.lines().count(), 3, "{stdout}");
    assert!(stdout.starts_with(r"x\u{202e}y e\u{1b}[2Jv"), "{stdout}");
}
