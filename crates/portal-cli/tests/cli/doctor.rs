//! `portal doctor`: the sources of settings, and the checks of the connection.

use std::net::TcpListener;
use std::process::Command;

use portal_testkit::{Proxy, ProxyRule};
use serde_json::{Value, json};

use crate::common::{Run, Sandbox, portal};
use crate::network::{CANARY, TlsProvider};
use crate::server::{CannedServer, Reply, answer};

const STAGES: [&str; 7] = [
    "configuration",
    "dns",
    "tcp",
    "tls",
    "http",
    "clock",
    "credentials",
];

pub(crate) fn doctor(base: &str) -> Command {
    let mut command = portal();
    command
        .args(["doctor", "kwik", "--json", "--base-url", base])
        .env("KWIK_API_KEY", "canary-key")
        .env("KWIK_API_SECRET", "canary-secret");
    command
}

/// Runs a command, and returns its report and the result of each check.
pub(crate) fn report(command: &mut Command, code: i32) -> (Value, Vec<String>) {
    let run = Run::of(command);
    assert_eq!(run.code, Some(code), "{}{}", run.stdout, run.stderr);
    assert!(
        !format!("{}{}", run.stdout, run.stderr).contains(CANARY),
        "{}",
        run.stdout
    );
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let names: Vec<_> = checks
        .iter()
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, STAGES);
    for check in checks {
        let failed = check["result"] == "failed";
        assert_eq!(check["error"].is_object(), failed, "{check}");
        assert!(!failed || check["error"]["hint"].is_string(), "{check}");
        assert!(check["detail"].is_string(), "{check}");
    }
    assert_eq!(run.stderr.is_empty(), code == 0, "{}", run.stderr);
    let results = checks
        .iter()
        .map(|check| check["result"].as_str().unwrap().to_owned());
    let results = results.collect();
    (report, results)
}

pub(crate) fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let at = STAGES.iter().position(|stage| *stage == name).unwrap();
    &report["checks"][at]
}

#[test]
fn a_sandbox_is_checked_and_nothing_is_created() {
    let sandbox = Sandbox::start();
    for id in ["kwik", "onlineapp"] {
        let (report, results) = report(&mut sandbox.portal(&["doctor", id, "--json"]), 0);
        assert_eq!(
            results,
            [
                "passed",
                "passed",
                "passed",
                "skipped",
                "passed",
                "passed",
                "not_checked"
            ]
        );
        assert_eq!(
            report["provider"],
            json!({
                "id": id, "source": { "layer": "flag", "name": "PROVIDER", "path": null, "line": null },
            })
        );
        let why = check(&report, "credentials")["detail"].as_str().unwrap();
        assert!(why.contains("documents no read-only call"), "{why}");
    }
    // One request for each provider, to the path of its links.
    let journal = sandbox.journal();
    assert_eq!(journal.len(), 2, "{journal:?}");
    for request in &journal {
        assert_eq!(request["method"], "HEAD");
        assert_eq!(request["headers"]["authorization"], json!(null));
    }
}

#[test]
fn each_value_shows_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let text = "provider = 'onlineapp'\ntimeout = 9\nrate = 7\n\
        [onlineapp]\napi_key_file = 'key'\npaywall_id = \"a\\u001b[31mb\"\nwebhook_secret_command = 'pass canary'\n\
        [profiles.p]\nmax_retries = 1\nrate = 'off'\nreturn_origins = ['https://my.site']\n";
    std::fs::write(&file, text).unwrap();
    std::fs::write(folder.path().join("key"), "canary").unwrap();
    let path = file.to_str().unwrap();
    let mut command = portal();
    command
        .args([
            "doctor",
            "--json",
            "--profile",
            "p",
            "--timeout=3",
            "--config",
            path,
        ])
        .env("ONLINEAPP_BASE_URL", "http://127.0.0.1:1");
    let (report, _) = report(&mut command, 2);
    let by = |layer: &str, name: Option<&str>, line: Option<u32>| {
        let path = line.map(|_| path);
        json!({ "layer": layer, "name": name, "path": path, "line": line })
    };
    let key = format!("*** in {}", folder.path().join("key").display());
    let expected = [
        ("api_key", json!(key), by("file", None, Some(5))),
        (
            "paywall_id",
            json!("a\\u{1b}[31mb"),
            by("file", None, Some(6)),
        ),
        (
            "base_url",
            json!("http://127.0.0.1:1"),
            by("variable", Some("ONLINEAPP_BASE_URL"), None),
        ),
        (
            "webhook_secret",
            json!("*** printed by pass"),
            by("file", None, Some(7)),
        ),
        ("timeout", json!("3 s"), by("flag", Some("--timeout"), None)),
        ("idle_timeout", json!("90 s"), by("built_in", None, None)),
        ("max_retries", json!("1"), by("profile", Some("p"), Some(9))),
        ("rate", json!("off"), by("profile", Some("p"), Some(10))),
        ("ca", json!(null), by("built_in", None, None)),
        (
            "return_origins",
            json!("https://my.site"),
            by("profile", Some("p"), Some(11)),
        ),
    ];
    let expected = expected
        .map(|(name, value, source)| json!({ "name": name, "value": value, "source": source }));
    assert_eq!(report["values"], json!(expected));
    assert_eq!(
        (&report["profile"], &report["config"]),
        (&json!("p"), &json!(path))
    );
    assert_eq!(report["provider"]["source"], by("file", None, Some(1)));
}

#[test]
fn an_invalid_configuration_exits_2_and_skips_all_other_checks() {
    let server = CannedServer::start(Reply::Close);
    let mut command = portal();
    command.args(["doctor", "kwik", "--json", "--base-url", &server.url]);
    let (report, results) = report(&mut command, 2);
    assert_eq!(results[0], "failed");
    assert!(results[1..].iter().all(|result| result == "skipped"));
    let error = &check(&report, "configuration")["error"];
    assert_eq!(
        (&error["kind"], &error["field"]),
        (&json!("configuration"), &json!("api_key"))
    );
    let found = Run::of(&mut command).error_beside_data();
    assert_eq!(found["kind"], "configuration");
    assert_eq!(server.requests(), 0);
    // An invalid base URL may hold a secret, so it is not shown.
    let run = Run::of(&mut doctor("https://user:canary@example.com"));
    assert_eq!(run.code, Some(2));
    assert!(
        !format!("{}{}", run.stdout, run.stderr).contains(CANARY),
        "{}",
        run.stdout
    );
}

#[test]
fn an_unreachable_provider_exits_7_and_skips_later_checks() {
    let closed_port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (found, results) = report(&mut doctor(&format!("http://{closed_port}")), 7);
    assert_eq!(
        results[2..],
        ["failed", "skipped", "skipped", "skipped", "skipped"]
    );
    assert_eq!(check(&found, "credentials")["detail"], "`tcp` failed");
    let closing = CannedServer::start(Reply::Close);
    let (_, results) = report(&mut doctor(&closing.url), 7);
    assert_eq!(
        results[2..],
        ["passed", "skipped", "failed", "skipped", "skipped"]
    );
}

#[test]
fn a_wrong_clock_is_reported_and_exits_2() {
    let date = "date: Fri, 31 Dec 1999 23:59:59 GMT\r\n";
    let server = CannedServer::start(answer("200 OK", date, ""));
    let (found, results) = report(&mut doctor(&server.url), 2);
    assert_eq!(results[4..], ["passed", "failed", "not_checked"]);
    let error = &check(&found, "clock")["error"];
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("s ahead of the provider's"),
        "{error}"
    );
    let request = server.request();
    assert!(
        request.starts_with("HEAD /customer-portal/link HTTP/1.1"),
        "{request}"
    );
    assert!(
        !request.to_lowercase().contains("authorization"),
        "{request}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn certificates_are_checked_with_the_same_authorities_as_in_calls() {
    let provider = TlsProvider::start("127.0.0.1").await;
    let base = format!("https://{}", provider.front.address);
    let (found, results) = report(doctor(&base).arg("--ca").arg(provider.ca()), 0);
    assert_eq!(
        results[3..],
        ["passed", "passed", "not_checked", "not_checked"]
    );
    let detail = &check(&found, "tls")["detail"];
    assert_eq!(
        detail,
        "the certificate is good, by the system's authorities and 1 of `ca`"
    );
    let provider = TlsProvider::start("127.0.0.1").await;
    let base = format!("https://{}", provider.front.address);
    let (found, _) = report(doctor(&base).env("SSL_CERT_FILE", provider.ca()), 0);
    let detail = &check(&found, "tls")["detail"];
    assert_eq!(
        detail,
        "the certificate is good, by the authorities of `SSL_CERT_FILE`"
    );
    let requests = provider.server.requests().len();
    let other = TlsProvider::start("127.0.0.1").await;
    let (found, results) = report(doctor(&base).env("SSL_CERT_FILE", other.ca()), 7);
    assert_eq!(
        results[2..],
        ["passed", "failed", "skipped", "skipped", "skipped"]
    );
    let error = &check(&found, "tls")["error"];
    assert!(
        error["hint"].as_str().unwrap().contains("--ca FILE"),
        "{error}"
    );
    assert_eq!(provider.server.requests().len(), requests);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_proxy_that_applies_is_named_and_used() {
    const HOST: &str = "api.provider.test";
    let provider = TlsProvider::start(HOST).await;
    let proxy = Proxy::start(ProxyRule::Open, provider.front.address).await;
    let by = |proxy: &str| {
        let mut command = doctor(&format!("https://{HOST}"));
        command
            .arg("--ca")
            .arg(provider.ca())
            .env("HTTPS_PROXY", format!("http://user:canary@{proxy}"));
        command
    };
    let (found, results) = report(&mut by(&proxy.address.to_string()), 0);
    assert_eq!(results[1..5], ["passed", "passed", "passed", "passed"]);
    for stage in ["dns", "tcp", "tls"] {
        let detail = check(&found, stage)["detail"].as_str().unwrap();
        assert!(detail.contains("the proxy of `HTTPS_PROXY`"), "{detail}");
    }
    let requests = proxy.requests();
    assert!(
        requests
            .iter()
            .all(|head| head.is_empty() || head.starts_with("CONNECT ")),
        "{requests:?}"
    );
    // A closed port: the proxy is not bypassed.
    let closed_port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (found, results) = report(&mut by(&closed_port.to_string()), 7);
    assert_eq!(results[2], "failed");
    let error = &check(&found, "tcp")["error"];
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("the proxy of `HTTPS_PROXY`"),
        "{error}"
    );
    // A proxy that refuses.
    let rule = ProxyRule::Refuse("403 Forbidden".into());
    let proxy = Proxy::start(rule, provider.front.address).await;
    let (found, results) = report(&mut by(&proxy.address.to_string()), 7);
    assert_eq!(results[2..4], ["passed", "failed"]);
    let error = &check(&found, "tls")["error"];
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("does not connect"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_proxy_that_does_not_apply_is_not_mentioned() {
    let provider = TlsProvider::start("127.0.0.1").await;
    let mut command = doctor(&format!("https://{}", provider.front.address));
    command
        .arg("--ca")
        .arg(provider.ca())
        .env("HTTPS_PROXY", "http://proxy.invalid:1")
        .env("NO_PROXY", "127.0.0.0/8");
    let (found, _) = report(&mut command, 0);
    assert!(!found.to_string().contains("proxy of"), "{found}");
}

#[test]
fn the_text_report_is_a_table_with_a_hint_for_each_failure() {
    let sandbox = Sandbox::start();
    let run = Run::of(&mut sandbox.portal(&["doctor", "kwik"]));
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    for line in [
        "kwik (Kwik)\n",
        "\n  provider       kwik                         the command line\n",
        "\n  api_key        ***                          `--sandbox`\n",
        "\n  max_retries    2                            built in\n",
        "\n  ca             not set\n",
        "\n\n  configuration  ok: ",
        "\n  tls            skipped: plain http, on this machine\n",
        "\n  clock          ok: ",
        "\n  credentials    not checked: Kwik documents no read-only call",
    ] {
        assert!(run.stdout.contains(line), "{line}{}", run.stdout);
    }
    let run = Run::of(portal().args(["doctor", "kwik"]));
    assert_eq!(run.code, Some(2));
    for line in [
        "configuration  failed: Kwik needs `api_key`",
        "hint: set `KWIK_API_KEY`",
        "dns            skipped",
    ] {
        assert!(run.stdout.contains(line), "{line}{}", run.stdout);
    }
    assert!(
        run.stderr.starts_with(
            "error: `configuration` failed
"
        ),
        "{}",
        run.stderr
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_with_all_logs_log_shows_no_secret() {
    let provider = TlsProvider::start("127.0.0.1").await;
    let proxy = Proxy::start(ProxyRule::Open, provider.front.address).await;
    let mut command = doctor(&format!("https://{}", provider.front.address));
    command
        .args(["-vv", "--ca"])
        .arg(provider.ca())
        .env(
            "HTTPS_PROXY",
            format!("http://user:canary@{}", proxy.address),
        )
        .env("RUST_LOG", "trace");
    let run = Run::of(&mut command);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let all = format!("{}{}", run.stdout, run.stderr);
    assert!(!all.contains(CANARY) && !all.contains("Y2FuYXJ5"), "{all}");
}
