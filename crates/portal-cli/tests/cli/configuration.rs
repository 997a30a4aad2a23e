//! The sources of credentials and the base URL, and the errors if they are missing.

use std::process::Command;

use serde_json::json;

use crate::common::{Run, Sandbox, portal, run};
use crate::server::{CannedServer, Reply};

fn assert_refused(command: &mut Command, field: &str, message: &str, hint: &str) {
    let run = Run::of(command.arg("--json"));
    let error = run.error();
    assert_eq!(run.code, Some(2), "{error}");
    assert_eq!(error["kind"], "configuration", "{error}");
    assert_eq!(error["delivery"], "not_sent");
    assert_eq!(error["attempts"], 0);
    assert_eq!(error["field"], field, "{error}");
    let found = |key: &str, part: &str| error[key].as_str().unwrap().contains(part);
    assert!(found("message", message) && found("hint", hint), "{error}");
}

fn kwik() -> Command {
    let mut command = portal();
    command.args(["link", "kwik", "--customer", "cus_demo_active"]);
    command
}

#[test]
fn a_provider_must_be_named_if_none_is_configured() {
    for provider in ["kwik", "onlineapp"] {
        let mut command = portal();
        assert_refused(
            command.args(["link", "--customer", "cus_1"]),
            "provider",
            "no provider is named",
            &format!("`{provider}`"),
        );
    }
}

#[test]
fn a_provider_must_be_named_if_both_are_configured() {
    let mut command = portal();
    command
        .args(["link", "--customer", "cus_1"])
        .env("KWIK_API_KEY", "a")
        .env("KWIK_API_SECRET", "b")
        .env("ONLINEAPP_API_KEY", "c")
        .env("ONLINEAPP_PAYWALL_ID", "d");
    assert_refused(
        &mut command,
        "provider",
        "no provider is named",
        "`kwik`, `onlineapp`",
    );
}

#[test]
fn a_sandbox_needs_a_provider_name_too() {
    let sandbox = Sandbox::start();
    assert_refused(
        &mut sandbox.portal(&["link", "--customer", "cus_1"]),
        "provider",
        "no provider is named",
        "`kwik`, `onlineapp`",
    );
}

#[test]
fn an_unknown_provider_error_lists_the_known_ones() {
    assert_refused(
        portal().args(["link", "stripe"]),
        "provider",
        "`stripe`",
        "`kwik`, `onlineapp`",
    );
}

#[test]
fn a_missing_credential_names_its_variable_and_the_file_form() {
    for name in ["KWIK_API_KEY", "KWIK_API_KEY_FILE"] {
        assert_refused(&mut kwik(), "api_key", "is not set", &format!("`{name}`"));
    }
    assert_refused(
        kwik().env("KWIK_API_KEY", "key"),
        "api_secret",
        "is not set",
        "`KWIK_API_SECRET`",
    );
    let mut command = portal();
    command.args(["link", "onlineapp", "--email", "a@example.com"]);
    assert_refused(
        command.env("ONLINEAPP_API_KEY", "key"),
        "paywall_id",
        "is not set",
        "`ONLINEAPP_PAYWALL_ID`",
    );
}

#[test]
fn secrets_can_come_from_files() {
    let sandbox = Sandbox::start();
    let folder = tempfile::tempdir().unwrap();
    let (key, secret) = (folder.path().join("key"), folder.path().join("secret"));
    std::fs::write(&key, "sandbox_key\n").unwrap();
    std::fs::write(&secret, "sandbox_secret").unwrap();
    let run = Run::of(
        kwik()
            .env("KWIK_API_KEY_FILE", &key)
            .env("KWIK_API_SECRET_FILE", &secret)
            .env("KWIK_BASE_URL", format!("{}/2.0/", sandbox.url)),
    );
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(sandbox.journal()[0]["status"], 200);
}

#[test]
fn a_secret_set_both_directly_and_by_file_is_refused() {
    assert_refused(
        kwik()
            .env("KWIK_API_KEY", "a")
            .env("KWIK_API_KEY_FILE", "/nowhere"),
        "api_key",
        "`KWIK_API_KEY` and `KWIK_API_KEY_FILE` are both set",
        "keep one",
    );
}

#[test]
fn the_error_of_an_unreadable_secret_file_names_its_variable() {
    assert_refused(
        kwik().env("KWIK_API_KEY_FILE", "/nowhere/key"),
        "api_key",
        "`KWIK_API_KEY_FILE`",
        "path",
    );
}

#[test]
fn a_kwik_key_with_a_colon_is_refused() {
    assert_refused(
        kwik()
            .env("KWIK_API_KEY", "a:b")
            .env("KWIK_API_SECRET", "c"),
        "api_key",
        "`:`",
        "dashboard",
    );
}

#[test]
fn the_base_url_flag_overrides_the_environment() {
    let sandbox = Sandbox::start();
    let run = Run::of(
        kwik()
            .arg("--base-url")
            .arg(format!("{}/2.0", sandbox.url))
            .env("KWIK_API_KEY", "sandbox_key")
            .env("KWIK_API_SECRET", "sandbox_secret")
            .env("KWIK_BASE_URL", "http://127.0.0.1:1"),
    );
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(sandbox.journal().len(), 1);
}

#[test]
fn plain_http_to_another_machine_is_refused_in_every_source() {
    let with_keys = || {
        let mut command = kwik();
        command.env("KWIK_API_KEY", "a").env("KWIK_API_SECRET", "b");
        command
    };
    let url = "http://example.com";
    for command in [
        with_keys().args(["--base-url", url]),
        with_keys().env("KWIK_BASE_URL", url),
        kwik().arg(format!("--sandbox={url}")),
    ] {
        assert_refused(command, "base_url", "plain http", "https");
    }
}

#[test]
fn an_invalid_timeout_is_refused() {
    for time in ["0", "-1", "x", "", "inf", "NaN", "1e40"] {
        let time = format!("--timeout={time}");
        let run = run(["link", "kwik", "--json", &time]);
        let error = run.error();
        assert_eq!(run.code, Some(2), "{error}");
        assert_eq!(error["field"], "timeout", "{error}");
        assert!(error["message"].as_str().unwrap().contains("above 0"));
    }
}

#[test]
fn a_ca_file_that_is_missing_empty_or_not_pem_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let command = || {
        let mut command = kwik();
        command
            .arg("--ca")
            .arg(&file)
            .env("KWIK_API_KEY", "a")
            .env("KWIK_API_SECRET", "b");
        command
    };
    assert_refused(&mut command(), "ca", "cannot be read", "PEM");
    for (text, why) in [
        ("", "holds no certificate"),
        ("hello\n", "holds no certificate"),
        (
            "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
            "is not PEM",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        assert_refused(&mut command(), "ca", why, "PEM");
    }
}

#[test]
fn a_sandbox_and_a_base_url_together_are_refused() {
    let run = run(["link", "kwik", "--sandbox", "--base-url", "x", "--json"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(run.error()["kind"], json!("invalid"));
}

#[test]
fn a_secret_with_copied_characters_is_refused_with_the_reason_and_its_source() {
    let server = CannedServer::start(Reply::Close);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    for (around, why) in [
        ("\"KEY\"", "has quotes around it, which are not part of it"),
        ("'KEY'", "has quotes around it, which are not part of it"),
        (
            "Bearer KEY",
            "begins with `Bearer `, which is not part of it",
        ),
        ("KEY\u{200b}", "holds the invisible character U+200B"),
        ("\u{feff}KEY", "begins with a byte order mark"),
        ("KEY\r", "ends with a line end"),
        ("KEY and more", "holds white space"),
    ] {
        let key = around.replace("KEY", "canary-key");
        std::fs::write(&file, &key).unwrap();
        for (variable, value) in [
            ("ONLINEAPP_API_KEY", key.as_str()),
            ("ONLINEAPP_API_KEY_FILE", file.to_str().unwrap()),
        ] {
            let mut command = server.portal("onlineapp");
            command.args(["--json", "--max-retries", "0"]);
            command.env_remove("ONLINEAPP_API_KEY");
            let run = Run::of(command.env(variable, value));
            // A file may begin with a byte order mark, and end with a line end.
            if variable.ends_with("_FILE") && ["\u{feff}KEY", "KEY\r"].contains(&around) {
                let sent = server.request();
                assert!(sent.contains("x-api-key: canary-key\r\n"), "{sent:?}");
                continue;
            }
            let error = run.error();
            assert_eq!(run.code, Some(2), "{error}");
            assert_eq!(error["kind"], "configuration");
            assert_eq!(error["message"], format!("`api_key` {why}"));
            let hint = error["hint"].as_str().unwrap();
            assert!(
                hint.ends_with(&format!("it is set in `{variable}`")),
                "{hint}"
            );
            assert!(!run.stderr.contains("canary"), "{}", run.stderr);
        }
        assert_eq!(server.requests(), 0);
        if why != "holds white space" {
            let mut command = portal();
            command.args(["webhook", "verify", "onlineapp", "--signature=00", "--json"]);
            let run = Run::of(command.env("ONLINEAPP_WEBHOOK_SECRET", &key));
            let error = run.error();
            assert_eq!(error["message"], format!("`webhook_secret` {why}"));
            let hint = error["hint"].as_str().unwrap();
            assert!(hint.contains("`ONLINEAPP_WEBHOOK_SECRET`"), "{hint}");
        }
    }
}

#[test]
fn a_provider_id_with_copied_characters_is_refused_with_the_reason() {
    for (name, why) in [
        ("onlineapp\r", "`provider` ends with a line end"),
        (
            "\"onlineapp\"",
            "`provider` has quotes around it, which are not part of it",
        ),
        (
            "onlineapp\u{200b}",
            "`provider` holds the invisible character U+200B",
        ),
        ("onlineap", "no provider is called `onlineap`"),
    ] {
        let run = Run::of(
            portal()
                .args(["link", "--json"])
                .env("PORTAL_PROVIDER", name),
        );
        let error = run.error();
        assert_eq!((run.code, error["message"].as_str()), (Some(2), Some(why)));
        let hint = error["hint"].as_str().unwrap();
        assert!(hint.starts_with("did you mean `onlineapp`?"), "{hint}");
    }
}
