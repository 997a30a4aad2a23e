//! `portal doctor` on several providers.

use std::process::Command;

use serde_json::Value;

use crate::common::{Run, Sandbox, portal};

fn ids(report: &Value) -> Vec<&str> {
    let list = report["providers"].as_array().unwrap().iter();
    list.map(|one| one["provider"]["id"].as_str().unwrap())
        .collect()
}

#[test]
fn every_provider_of_a_sandbox_is_checked() {
    let sandbox = Sandbox::start();
    for more in [["--json"].as_slice(), &["--json", "--all"]] {
        let run = sandbox.run(&[&["doctor"], more].concat());
        let report = run.json();
        assert_eq!(ids(&report), ["kwik", "onlineapp"], "{report}");
        assert_eq!(run.stderr, "");
    }
    let run = sandbox.run(&["doctor"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.starts_with("kwik (Kwik)\n"), "{}", run.stdout);
    assert!(
        run.stdout.contains("\n\nonlineapp (OnlineApp)\n"),
        "{}",
        run.stdout
    );
}

/// Returns a command with a complete configuration of one provider, and a part of the other's.
fn configured(sandbox: &Sandbox) -> Command {
    let mut command = portal();
    command
        .args(["doctor", "--json"])
        .env("KWIK_BASE_URL", format!("{}/2.0/", sandbox.url))
        .env("KWIK_API_KEY", "sandbox_key")
        .env("KWIK_API_SECRET", "sandbox_secret");
    command
}

#[test]
fn without_a_name_every_provider_with_a_setting_is_checked() {
    let sandbox = Sandbox::start();
    // One provider: its report, and a list only with `--all`.
    let report = Run::of(&mut configured(&sandbox)).json();
    assert_eq!(report["provider"]["id"], "kwik");
    let report = Run::of(configured(&sandbox).arg("--all")).json();
    assert_eq!(ids(&report), ["kwik"]);
    // A half configured one fails, which the exit code and the error show.
    let run = Run::of(configured(&sandbox).env("ONLINEAPP_API_KEY", "canary"));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(ids(&report), ["kwik", "onlineapp"]);
    let result = |at: usize| &report["providers"][at]["checks"][0]["result"];
    assert_eq!((result(0), result(1)), (&"passed".into(), &"failed".into()));
    let error = run.error_beside_data();
    assert_eq!(error["provider"], "onlineapp");
    let message = error["message"].as_str().unwrap();
    assert_eq!(message, "`configuration` of `onlineapp` failed");
    assert!(!run.stdout.contains("canary"));
    // A name decides, unless all are asked for.
    let mut named = configured(&sandbox);
    named
        .env("ONLINEAPP_API_KEY", "canary")
        .env("PORTAL_PROVIDER", "kwik");
    assert_eq!(Run::of(&mut named).json()["provider"]["id"], "kwik");
    let run = Run::of(named.arg("--all"));
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(ids(&report), ["kwik", "onlineapp"]);
}

#[test]
fn without_any_setting_or_with_one_base_url_for_two_providers_a_name_is_needed() {
    let sandbox = Sandbox::start();
    let mut nothing = portal();
    let mut two = configured(&sandbox);
    two.env("ONLINEAPP_API_KEY", "canary")
        .args(["--base-url", &sandbox.url]);
    for command in [nothing.args(["doctor", "--json"]), &mut two] {
        let run = Run::of(command);
        let error = run.error();
        assert_eq!(
            (run.code, &error["field"]),
            (Some(2), &"provider".into()),
            "{error}"
        );
    }
    let run = crate::common::run(["doctor", "kwik", "--all"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
}
