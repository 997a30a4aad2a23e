//! The proxy from the environment: it is used, never bypassed, and receives no secret.

use std::net::TcpListener;
use std::process::Command;

use portal_testkit::{Proxy, ProxyRule, TlsFront, Validity};
use serde_json::json;

use crate::common::Run;
use crate::network::{CANARY, TlsProvider, ask, unavailable};

/// A name that does not resolve, so only a proxy can reach it.
const HOST: &str = "api.provider.test";

/// `user:canary:1` in Base64.
const AUTHORIZATION: &str = "Basic dXNlcjpjYW5hcnk6MQ==";

/// Texts that the proxy must not see: the credentials, plain and in Base64, the customer, the path and
/// the header's name.
const SECRETS: [&str; 4] = [
    CANARY,
    "Y2FuYXJ5LWtleTpjYW5hcnktc2VjcmV0",
    "customer",
    "\nauthorization",
];

/// Returns a `link` command for a host that only `proxy` reaches.
fn link_through_proxy(variable: &str, proxy: &str, provider: &TlsProvider) -> Command {
    let mut command = ask(&format!("https://{HOST}"));
    command.arg("--ca").arg(provider.ca()).env(variable, proxy);
    command
}

async fn provider_and_proxy(rule: ProxyRule) -> (TlsProvider, Proxy) {
    let provider = TlsProvider::start(HOST).await;
    let proxy = Proxy::start(rule, provider.front.address).await;
    (provider, proxy)
}

/// Returns the address of a closed port.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_proxy_receives_only_a_connect_request() {
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let (provider, proxy) = provider_and_proxy(ProxyRule::Open).await;
        let address = format!("http://{}", proxy.address);
        let run = Run::of(&mut link_through_proxy(variable, &address, &provider));
        assert_eq!(run.json()["provider"], "kwik", "{variable}");
        assert_eq!(provider.server.requests().len(), 1);
        let connect = format!("CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443");
        assert_eq!(proxy.requests(), [connect]);
        let sent = String::from_utf8_lossy(&proxy.sent()[0]).to_lowercase();
        for secret in SECRETS {
            assert!(!sent.contains(&secret.to_lowercase()), "{secret} in {sent}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn only_the_proxy_receives_its_user_and_password() {
    let (provider, proxy) =
        provider_and_proxy(ProxyRule::Authorization(AUTHORIZATION.into())).await;
    let address = format!("http://user:canary%3A1@{}", proxy.address);
    let run = Run::of(link_through_proxy("HTTPS_PROXY", &address, &provider).arg("-vv"));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(!run.stderr.contains(CANARY), "{}", run.stderr);
    let request = &provider.server.requests()[0];
    assert!(
        !request.to_lowercase().contains("proxy-authorization"),
        "{request}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_missing_and_a_wrong_proxy_password_are_different_errors() {
    let (provider, proxy) =
        provider_and_proxy(ProxyRule::Authorization(AUTHORIZATION.into())).await;
    for credentials in ["", "user:canary@", "canary@"] {
        let address = format!("http://{credentials}{}", proxy.address);
        let mut command = link_through_proxy("https_proxy", &address, &provider);
        let error = unavailable(&Run::of(&mut command));
        assert_eq!(
            error["message"],
            "the proxy of `https_proxy` requires a user name and a password"
        );
        let run = Run::of(command.arg("-vv"));
        assert!(!run.stderr.contains(CANARY), "{}", run.stderr);
    }
    assert_eq!(provider.server.connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_proxy_that_refuses_or_is_down_is_not_bypassed() {
    // An address that is reachable without a proxy.
    let provider = TlsProvider::start("127.0.0.1").await;
    let ask = |proxy: &str| {
        let mut command = provider.portal();
        command
            .arg("--ca")
            .arg(provider.ca())
            .env("HTTPS_PROXY", proxy);
        unavailable(&Run::of(&mut command))
    };
    for status in ["502 Bad Gateway", "403 Forbidden"] {
        let rule = ProxyRule::Refuse(status.into());
        let proxy = Proxy::start(rule, provider.front.address).await;
        let error = ask(&format!("http://user:canary@{}", proxy.address));
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("`HTTPS_PROXY` does not connect to `127.0.0.1:"),
            "{error}"
        );
        assert_eq!(proxy.requests().len(), 1);
    }
    let error = ask(&closed_port());
    assert_eq!(
        error["message"],
        "no connection to the proxy of `HTTPS_PROXY`"
    );
    assert_eq!(provider.server.connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_unusable_proxy_is_refused_before_anything_is_sent() {
    let provider = TlsProvider::start("127.0.0.1").await;
    for proxy in [
        "socks5://canary:canary@127.0.0.1:1080",
        "ftp://canary",
        "http://canary@:1",
        "canary canary",
    ] {
        let mut command = provider.portal();
        command
            .arg("--ca")
            .arg(provider.ca())
            .env("ALL_PROXY", proxy);
        let run = Run::of(&mut command);
        let error = run.error();
        assert_eq!(
            (run.code, &error["kind"]),
            (Some(2), &json!("configuration")),
            "{proxy}"
        );
        assert_eq!(error["field"], "proxy");
        assert!(
            error["message"].as_str().unwrap().contains("`ALL_PROXY`"),
            "{error}"
        );
        assert!(!run.stderr.contains(CANARY), "{}", run.stderr);
    }
    assert_eq!(provider.server.connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn hosts_in_no_proxy_are_reached_directly() {
    for (host, variable, hosts, is_direct) in [
        ("127.0.0.1", "NO_PROXY", "127.0.0.1", true),
        ("127.0.0.1", "no_proxy", "example.com, 127.0.0.0/8", true),
        ("localhost", "NO_PROXY", "localhost", true),
        ("localhost", "NO_PROXY", "*", true),
        ("localhost", "NO_PROXY", "example.com", false),
        ("127.0.0.1", "NO_PROXY", "", false),
        ("127.0.0.1", "NO_PROXY", "example.com,127.0.0.1:PORT", true),
        ("localhost", "NO_PROXY", "localhost:PORT", true),
        ("localhost", "NO_PROXY", "localhost:1", false),
    ] {
        let provider = TlsProvider::start(host).await;
        let proxy = Proxy::start(ProxyRule::Open, provider.front.address).await;
        let port = provider.front.address.port();
        let base = format!("https://{host}:{port}");
        let hosts = hosts.replace("PORT", &port.to_string());
        let mut command = ask(&base);
        command
            .arg("--ca")
            .arg(provider.ca())
            .env("HTTPS_PROXY", format!("http://{}", proxy.address))
            .env(variable, &hosts);
        let run = Run::of(&mut command);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(proxy.requests().is_empty(), is_direct, "{variable}={hosts}");
        assert_eq!(provider.server.requests().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_proxy_for_plain_http_is_not_used_for_https() {
    let provider = TlsProvider::start("127.0.0.1").await;
    let mut command = provider.portal();
    command.arg("--ca").arg(provider.ca());
    let run = Run::of(
        command
            .env("HTTP_PROXY", closed_port())
            .env("http_proxy", closed_port()),
    );
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(provider.server.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_proxy_can_be_reached_over_tls() {
    let (provider, proxy) = provider_and_proxy(ProxyRule::Open).await;
    let certificate = provider.authority.certificate("127.0.0.1", Validity::Now);
    let front = TlsFront::start(certificate.config(), proxy.address).await;
    let address = format!("https://{}", front.address);
    let run = Run::of(&mut link_through_proxy("HTTPS_PROXY", &address, &provider));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(
        (proxy.requests().len(), provider.server.requests().len()),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn certificates_are_checked_the_same_behind_a_proxy() {
    let (provider, proxy) = provider_and_proxy(ProxyRule::Open).await;
    let other = TlsProvider::start(HOST).await;
    let address = format!("http://{}", proxy.address);
    let error = unavailable(&Run::of(&mut link_through_proxy(
        "HTTPS_PROXY",
        &address,
        &other,
    )));
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("is not signed by a trusted authority"),
        "{error}"
    );
    let mut command = ask("https://other.provider.test");
    command
        .arg("--ca")
        .arg(provider.ca())
        .env("HTTPS_PROXY", &address);
    let error = unavailable(&Run::of(&mut command));
    assert!(
        error["message"].as_str().unwrap().contains("another name"),
        "{error}"
    );
    assert_eq!(provider.server.requests().len(), 0);
}
