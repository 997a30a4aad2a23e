//! The certificate authorities that the binary trusts, by flag or variable.

use std::path::{Path, PathBuf};
use std::process::Command;

use portal_testkit::{Authority, Server, Step, TestClock, TlsFront, Validity, answer};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{Run, portal};

/// A text in the credentials and the link that only the provider may see.
pub(crate) const CANARY: &str = "canary";

/// A provider behind TLS with a private authority; it creates one link.
pub(crate) struct TlsProvider {
    pub(crate) server: Server,
    pub(crate) front: TlsFront,
    pub(crate) authority: Authority,
    folder: TempDir,
}

impl TlsProvider {
    pub(crate) async fn start(host: &str) -> Self {
        let server = Server::start(&TestClock::default(), [link()]).await;
        let authority = Authority::new("the network's own");
        let certificate = authority.certificate(host, Validity::Now);
        let front = TlsFront::start(certificate.config(), server.address).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        Self {
            server,
            front,
            authority,
            folder,
        }
    }

    /// Returns the authority's PEM file.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Returns a `link` command for this provider's address.
    pub(crate) fn portal(&self) -> Command {
        ask(&format!("https://{}", self.front.address))
    }
}

/// Returns a `link` command for `base`, with the most verbose log.
pub(crate) fn ask(base: &str) -> Command {
    let mut command = portal();
    command
        .args(["link", "kwik", "--customer", "cus_1", "--base-url"])
        .args([base, "--max-retries=0", "--json"])
        .env("KWIK_API_KEY", "canary-key")
        .env("KWIK_API_SECRET", "canary-secret");
    command
}

fn link() -> Step {
    let url = "https://pay.example.com/portal/canary-link";
    let body = json!({ "status": true, "result": { "link_url": url } });
    answer(
        "200 OK",
        "content-type: application/json\r\n",
        &body.to_string(),
    )
}

/// Returns the error of a run that made no connection.
pub(crate) fn unavailable(run: &Run) -> Value {
    let error = run.error();
    assert_eq!(
        (run.code, &error["kind"], &error["delivery"]),
        (Some(7), &json!("unavailable"), &json!("not_sent")),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains(CANARY), "{}", run.stderr);
    error
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_private_authority_is_trusted_by_flag_or_variable() {
    for (flag, variable) in [(true, false), (false, true), (true, true)] {
        let provider = TlsProvider::start("127.0.0.1").await;
        let mut command = provider.portal();
        if flag {
            command.arg("--ca").arg(provider.ca());
        }
        if variable {
            command.env("SSL_CERT_FILE", provider.ca());
        }
        assert_eq!(Run::of(&mut command).json()["provider"], "kwik");
        assert_eq!(provider.server.requests().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_endless_file_of_the_systems_authorities_is_refused() {
    let provider = TlsProvider::start("127.0.0.1").await;
    let run = Run::of(provider.portal().env("SSL_CERT_FILE", "/dev/zero"));
    let error = run.error();
    assert_eq!(
        (run.code, &error["field"]),
        (Some(2), &json!("ca")),
        "{error}"
    );
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("`SSL_CERT_FILE`"),
        "{error}"
    );
    assert_eq!(provider.server.connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_error_for_an_authority_as_the_servers_certificate_names_the_fix() {
    let server = Server::start(&TestClock::default(), [link()]).await;
    let (authority, certificate) = Authority::self_signed("127.0.0.1");
    let front = TlsFront::start(certificate.config(), server.address).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority.pem()).unwrap();
    let mut command = ask(&format!("https://{}", front.address));
    let run = Run::of(command.arg("--ca").arg(file.path()));
    let error = unavailable(&run);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("is an authority's own, not a server's"),
        "{error}"
    );
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("basicConstraints=CA:FALSE"), "{error}");
    assert!(!run.stderr.contains("OtherError"), "{}", run.stderr);
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_untrusted_authority_is_an_error_with_a_hint() {
    let (provider, other) = (
        TlsProvider::start("127.0.0.1").await,
        TlsProvider::start("127.0.0.1").await,
    );
    for flag in [false, true] {
        let mut command = provider.portal();
        match flag {
            true => command.arg("--ca").arg(other.ca()),
            false => command.env("SSL_CERT_FILE", other.ca()),
        };
        let error = unavailable(&Run::of(&mut command));
        let (message, hint) = (error["message"].as_str(), error["hint"].as_str());
        assert!(
            message
                .unwrap()
                .contains("is not signed by a trusted authority"),
            "{error}"
        );
        assert!(hint.unwrap().contains("--ca FILE"), "{error}");
        assert!(hint.unwrap().contains("SSL_CERT_FILE"), "{error}");
    }
    assert_eq!(provider.server.connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_certificate_for_another_name_is_an_error() {
    let provider = TlsProvider::start("127.0.0.1").await;
    let base = format!("https://localhost:{}", provider.front.address.port());
    let error = unavailable(&Run::of(ask(&base).arg("--ca").arg(provider.ca())));
    assert!(
        error["message"].as_str().unwrap().contains("another name"),
        "{error}"
    );
    assert_eq!(provider.server.connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_variable_without_authorities_is_a_configuration_error() {
    let provider = TlsProvider::start("127.0.0.1").await;
    let empty = provider.ca().with_file_name("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for file in [Path::new("/nowhere/ca.pem"), &empty] {
        let run = Run::of(provider.portal().env("SSL_CERT_FILE", file));
        let error = run.error();
        assert_eq!(
            (run.code, &error["kind"]),
            (Some(2), &json!("configuration"))
        );
        assert_eq!(error["field"], "ca");
        assert!(
            error["hint"].as_str().unwrap().contains("SSL_CERT_FILE"),
            "{error}"
        );
    }
    assert_eq!(provider.server.connections(), 0);
    // Commands that make no connection do not read the authorities.
    let mut dry = provider.portal();
    dry.arg("--dry-run").env("SSL_CERT_FILE", "/nowhere/ca.pem");
    assert_eq!(Run::of(&mut dry).code, Some(0));
}
