//! `portal link --dry-run`.

use std::process::Command;

use serde_json::json;

use crate::common::{Run, portal};
use crate::server::{CannedServer, Reply};

const TITLE: &str = "it's \"ours\"; $(echo no) `x` \\";

fn dry_run(server: &CannedServer) -> Command {
    let mut command = server.portal("kwik");
    command.args(["--dry-run", "--page-title", TITLE]);
    command
}

#[test]
fn a_dry_run_prints_the_request_with_its_secrets_masked_and_sends_nothing() {
    let server = CannedServer::start(Reply::Close);
    let run = Run::of(&mut dry_run(&server));
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let (request, _) = run.stdout.split_once("\n\ncurl ").unwrap();
    let (head, body) = request.split_once("\n\n").unwrap();
    assert!(
        head.starts_with(&format!("POST {}/customer-portal/link\n", server.url)),
        "{head}"
    );
    for line in ["content-type: application/json", "authorization: ***"] {
        assert!(head.lines().any(|found| found == line), "{head}");
    }
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        body,
        json!({ "customer_id": "cus_1", "settings": { "page_title": TITLE } })
    );
    assert!(!run.stdout.contains("canary"), "{}", run.stdout);
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_dry_run_masks_onlineapps_key_too() {
    let server = CannedServer::start(Reply::Close);
    let run = Run::of(server.portal("onlineapp").arg("--dry-run"));
    assert!(run.stdout.contains("\nx-api-key: ***\n"), "{}", run.stdout);
    assert!(!run.stdout.contains("canary-key"), "{}", run.stdout);
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_shell_parses_the_curl_command_correctly() {
    let server = CannedServer::start(Reply::Close);
    let run = Run::of(&mut dry_run(&server));
    let (_, command) = run.stdout.split_once("\n\ncurl ").unwrap();
    // This shell function prints the arguments of `curl`, one a line.
    let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}\ncurl {command}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let arguments: Vec<_> = output.lines().collect();
    let url = format!("{}/customer-portal/link", server.url);
    assert_eq!(
        arguments[..3],
        ["--request", "POST", url.as_str()],
        "{output}"
    );
    assert!(arguments.contains(&"authorization: ***"), "{output}");
    let at = arguments
        .iter()
        .position(|argument| *argument == "--data-raw")
        .unwrap();
    let body: serde_json::Value = serde_json::from_str(arguments[at + 1]).unwrap();
    assert_eq!(body["settings"]["page_title"], TITLE);
    assert_eq!(arguments.len(), at + 2, "{output}");
}

#[test]
fn a_dry_run_in_json_is_one_object() {
    let server = CannedServer::start(Reply::Close);
    let run = Run::of(dry_run(&server).arg("--json"));
    let object = run.json();
    let keys: Vec<_> = object.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["body", "curl", "headers", "method", "url"]);
    assert_eq!(object["method"], "POST");
    assert_eq!(
        object["url"],
        format!("{}/customer-portal/link", server.url)
    );
    assert_eq!(object["headers"]["authorization"], "***");
    assert_eq!(object["body"]["settings"]["page_title"], TITLE);
    assert!(
        object["curl"]
            .as_str()
            .unwrap()
            .starts_with("curl --request POST '")
    );
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_dry_run_refuses_what_a_call_would_refuse() {
    let server = CannedServer::start(Reply::Close);
    let run = Run::of(
        server
            .portal("kwik")
            .args(["--dry-run", "--meta", "a=b", "--json"]),
    );
    assert_eq!(
        (run.code, &run.error()["kind"]),
        (Some(2), &json!("unsupported"))
    );
    let run = Run::of(portal().args(["link", "kwik", "--dry-run", "--open"]));
    assert_eq!(run.code, Some(2));
}
