//! `portal sandbox`.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::common::{Run, RunningCommand, get, portal, run};

#[test]
fn with_json_the_sandbox_prints_one_line_with_its_urls_and_credentials() {
    let mut sandbox =
        RunningCommand::start(portal().args(["sandbox", "--listen=127.0.0.1:0", "--json"]));
    let ready: Value = serde_json::from_str(&sandbox.line()).unwrap();
    let url = ready["url"].as_str().unwrap().to_owned();
    let expected = json!({
        "url": url,
        "onlineapp": { "base_url": url, "api_key": "sk_sandbox_onlineapp", "paywall_id": "547" },
        "kwik": {
            "base_url": format!("{url}/2.0/"), "api_key": "sandbox_key", "api_secret": "sandbox_secret",
        },
    });
    assert_eq!(ready, expected);

    let link = run([
        "link",
        "kwik",
        &format!("--sandbox={url}"),
        "--customer=cus_demo_new",
        "--json",
    ]);
    assert_eq!(get(link.json()["url"].as_str().unwrap()).0, 200);
    sandbox.signal("INT");
    let rest = sandbox.end();
    assert_eq!((rest.code, rest.stdout.as_str()), (Some(0), ""));
}

#[test]
fn the_sandbox_prints_its_url_and_how_to_use_it() {
    let mut sandbox = RunningCommand::start(portal().args(["sandbox", "--listen=127.0.0.1:0"]));
    let url = sandbox.line();
    assert_eq!(
        get(&format!("{url}/_sandbox/journal")),
        (200, "[]".to_owned())
    );
    sandbox.signal("TERM");
    let rest = sandbox.end();
    assert_eq!((rest.code, rest.stdout.as_str()), (Some(0), ""));
    for part in [
        "portal link kwik",
        "portal link onlineapp",
        &format!("--sandbox={url}"),
    ] {
        assert!(rest.stderr.contains(part), "{}", rest.stderr);
    }
}

#[test]
fn the_dialect_flag_selects_the_sandboxs_dialect() {
    let mut sandbox = RunningCommand::start(portal().args([
        "sandbox",
        "--listen=127.0.0.1:0",
        "--onlineapp-dialect=v3",
    ]));
    let url = format!("--sandbox={}", sandbox.line());
    let run = run(["link", "onlineapp", "--email=a@example.com", &url, "--json"]);
    assert_eq!(run.error()["kind"], "no_portal");
}

#[test]
fn the_sandbox_keeps_its_state_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let start = || {
        let mut command = portal();
        command.args(["sandbox", "--listen=127.0.0.1:0", "--db"]);
        let mut sandbox = RunningCommand::start(command.arg(&file));
        let url = sandbox.line();
        (sandbox, url)
    };
    let (sandbox, url) = start();
    let link = run([
        "link",
        "onlineapp",
        "--email=kept@example.com",
        &format!("--sandbox={url}"),
    ]);
    assert_eq!(link.code, Some(0), "{}", link.stderr);
    sandbox.signal("TERM");
    assert_eq!(sandbox.end().code, Some(0));

    let (_sandbox, url) = start();
    let (_, state) = get(&format!("{url}/_sandbox/state"));
    assert!(state.contains("kept@example.com"), "{state}");
}

#[test]
fn a_port_in_use_is_an_error_with_a_hint() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let result = run(["sandbox", "--listen", &address]);
    assert_eq!((result.code, result.stdout.as_str()), (Some(2), ""));
    let expected =
        format!("error: `{address}` is in use\nhint: stop the program that listens there");
    assert!(result.stderr.starts_with(&expected), "{}", result.stderr);
    let error = run(["sandbox", "--json", "--listen", &address]).error();
    assert_eq!(
        (&error["kind"], &error["field"]),
        (&json!("configuration"), &json!("listen"))
    );
}

#[test]
fn other_machines_have_access_only_with_a_flag() {
    let result = run(["sandbox", "--listen=0.0.0.0:0", "--json"]);
    let error = result.error();
    assert_eq!((result.code, &error["field"]), (Some(2), &json!("listen")));
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("--allow-non-loopback"),
        "{error}"
    );
}

#[test]
fn the_error_of_an_invalid_database_names_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    std::fs::write(
        &file,
        "no database, and longer than a header of one would be: ".repeat(40),
    )
    .unwrap();
    let mut command = portal();
    command.args(["sandbox", "--listen=127.0.0.1:0", "--json", "--db"]);
    let result = Run::of(command.arg(&file));
    let error = result.error();
    assert_eq!(
        (result.code, &error["field"]),
        (Some(2), &json!("db")),
        "{error}"
    );
}

#[test]
fn a_database_in_use_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let command = || {
        let mut command = portal();
        command.args(["sandbox", "--listen=127.0.0.1:0", "--db"]);
        command.arg(&file);
        command
    };
    let mut first = RunningCommand::start(&mut command());
    first.line();
    let second = Run::of(&mut command());
    let expected = format!(
        "error: another sandbox uses the database `{}`\nhint: stop that sandbox, or name another file\n",
        file.display()
    );
    assert_eq!((second.code, second.stderr), (Some(2), expected));
}
