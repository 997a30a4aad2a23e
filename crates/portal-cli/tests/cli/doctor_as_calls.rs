//! `portal doctor` reaches and judges a provider as `portal link` does.

use std::net::TcpListener;
use std::process::Command;

use serde_json::json;

use crate::common::{Run, Sandbox, portal};
use crate::doctor::{check, doctor, report};
use crate::server::{CannedServer, answer};

#[test]
fn a_redirect_fails_with_the_error_of_a_call() {
    let server = CannedServer::start(answer("302 Found", "location: /elsewhere\r\n", ""));
    let (found, results) = report(&mut doctor(&server.url), 8);
    assert_eq!(results[4..], ["failed", "skipped", "skipped"]);
    let error = &check(&found, "http")["error"];
    let link = Run::of(server.portal("kwik").arg("--json")).error();
    for key in ["kind", "message", "status", "hint"] {
        assert_eq!(error[key], link[key], "{key}");
    }
}

#[test]
fn a_base_url_without_its_path_is_named_by_the_check_and_by_a_call() {
    let sandbox = Sandbox::start();
    let with_keys = |command: &mut Command| {
        command
            .env("KWIK_API_KEY", "sandbox_key")
            .env("KWIK_API_SECRET", "sandbox_secret")
            .env("KWIK_BASE_URL", &sandbox.url);
    };
    let mut command = portal();
    command.args(["doctor", "kwik", "--json"]);
    with_keys(&mut command);
    let (found, results) = report(&mut command, 4);
    assert_eq!(results[4..], ["failed", "skipped", "skipped"]);
    let error = &check(&found, "http")["error"];
    assert_eq!(
        (&error["kind"], &error["field"]),
        (&json!("not_found"), &json!("base_url"))
    );
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("`https://api.kwik.co.za/2.0`"), "{hint}");
    let mut command = portal();
    command.args(["link", "kwik", "--customer=cus_demo_active", "--json"]);
    with_keys(&mut command);
    let run = Run::of(&mut command);
    let error = run.error();
    assert_eq!(run.code, Some(4), "{error}");
    let hint = error["hint"].as_str().unwrap();
    assert!(
        hint.contains(&format!("base URL `{}", sandbox.url)),
        "{hint}"
    );
    // With the right path, the ids are named.
    let run = sandbox.run(&["link", "kwik", "--customer=cus_missing", "--json"]);
    let hint = run.error()["hint"].as_str().unwrap().to_owned();
    assert!(
        hint.contains("check the ids") && !hint.contains("base URL"),
        "{hint}"
    );
}

/// Runs with a name that has two addresses, the first of which drops connections.
///
/// `unshare` gives the commands an `/etc/hosts` of their own; where a container forbids that, or has no
/// IPv6, there is no such name to test with.
#[cfg(target_os = "linux")]
#[test]
fn one_dead_address_of_two_fails_neither_the_check_nor_a_call() {
    let mut unshare = Command::new("unshare");
    unshare.args(["--map-root-user", "--mount", "true"]);
    let may_unshare = unshare.output().is_ok_and(|run| run.status.success());
    if !may_unshare || TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    let sandbox = Sandbox::start();
    let port = sandbox.url.rsplit_once(':').unwrap().1.to_owned();
    let dead = DeadAddress::new(format!("[::1]:{port}").parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let hosts = folder.path().join("hosts");
    std::fs::write(&hosts, "::1 localhost\n127.0.0.1 localhost\n").unwrap();
    let script = r#"mount --bind "$0" /etc/hosts && exec "$@""#;
    let run = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command
            .args(["--map-root-user", "--mount", "sh", "-c", script])
            .arg(&hosts)
            .arg(env!("CARGO_BIN_EXE_portal"))
            .args(arguments)
            .args(["--json", "--base-url"])
            .arg(format!("http://localhost:{port}/2.0/"))
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("KWIK_API_KEY", "sandbox_key")
            .env("KWIK_API_SECRET", "sandbox_secret");
        Run::of(&mut command)
    };
    let link = run(&["link", "kwik", "--customer=cus_demo_active"]);
    assert_eq!(link.code, Some(0), "{}", link.stderr);
    let doctor = run(&["doctor", "kwik"]);
    assert_eq!(doctor.code, Some(0), "{}{}", doctor.stdout, doctor.stderr);
    let found = doctor.json();
    let detail = check(&found, "dns")["detail"].as_str().unwrap();
    assert!(detail.contains("has 2 addresses"), "{detail}");
    let detail = check(&found, "tcp")["detail"].as_str().unwrap();
    assert!(detail.contains("listens, at 127.0.0.1:"), "{detail}");
    drop(dead);
}

/// An address that drops new connections, since its queue is full and no program accepts.
#[cfg(target_os = "linux")]
struct DeadAddress {
    _listener: TcpListener,
    _queue: Vec<std::net::TcpStream>,
}

#[cfg(target_os = "linux")]
impl DeadAddress {
    fn new(address: std::net::SocketAddr) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let connect =
            || std::net::TcpStream::connect_timeout(&address, std::time::Duration::from_secs(1));
        let queue = std::iter::from_fn(|| connect().ok()).collect();
        Self {
            _listener: listener,
            _queue: queue,
        }
    }
}
