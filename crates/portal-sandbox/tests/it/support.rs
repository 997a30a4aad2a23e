//! A sandbox with a manual clock, and a minimal HTTP client.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::header::{HOST, HeaderMap};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use portal_sandbox::{Builder, Dialect, ManualClock, Sandbox, Seed};
use serde_json::{Value, json};
use tokio::net::TcpStream;

pub(crate) const ONLINEAPP_PATH: &str = "/api/v1/paywall/547/get-customer-portal";
pub(crate) const KWIK_PATH: &str = "/2.0/customer-portal/link";
/// `sandbox_key:sandbox_secret`
pub(crate) const KWIK_BASIC: &str = "Basic c2FuZGJveF9rZXk6c2FuZGJveF9zZWNyZXQ=";
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");
pub(crate) const KEY: (&str, &str) = ("x-api-key", "sk_sandbox_onlineapp");
pub(crate) const BASIC: (&str, &str) = ("authorization", KWIK_BASIC);

pub(crate) struct Fixture {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        Self::start_as(|builder| builder).await
    }

    pub(crate) async fn v3() -> Self {
        Self::start_as(|builder| builder.onlineapp_dialect(Dialect::V3)).await
    }

    pub(crate) async fn on_file(path: &Path) -> Self {
        Self::start_as(|builder| builder.database(path)).await
    }

    /// A sandbox whose seed is the default one with some of its text replaced.
    pub(crate) async fn seeded(changes: &[(&str, &str)]) -> Self {
        let seed = seed(changes);
        Self::start_as(|builder| builder.seed(seed)).await
    }

    pub(crate) async fn start_as(adapt: impl FnOnce(Builder) -> Builder) -> Self {
        let clock = Arc::new(ManualClock::at("2026-03-13T11:30:00.25Z".parse().unwrap()));
        let builder = Sandbox::builder()
            .listen("127.0.0.1:0".parse().unwrap())
            .clock(Arc::clone(&clock) as _);
        Self {
            sandbox: adapt(builder).start().await.unwrap(),
            clock,
        }
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send(Method::POST, path, headers, body).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let host = self.sandbox.url().strip_prefix("http://").unwrap();
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header(HOST, host);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let stream = TcpStream::connect(host).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        let connection = tokio::spawn(connection);
        let response = sender
            .send_request(request.body(body.to_owned()).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        drop(sender);
        connection.await.unwrap().unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Calls OnlineApp with the demo credentials.
    pub(crate) async fn onlineapp(&self, body: &Value) -> Answer {
        self.post(ONLINEAPP_PATH, &[JSON, KEY], &body.to_string())
            .await
    }

    /// Calls Kwik with the demo credentials.
    pub(crate) async fn kwik(&self, body: &Value) -> Answer {
        self.post(KWIK_PATH, &[JSON, BASIC], &body.to_string())
            .await
    }

    /// Creates a OnlineApp link and returns its path.
    pub(crate) async fn onlineapp_link(&self, body: &Value) -> String {
        let answer = self.onlineapp(body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.path_of(answer.json()["url"].as_str().unwrap())
    }

    /// Creates a Kwik link and returns its path.
    pub(crate) async fn kwik_link(&self, body: &Value) -> String {
        let answer = self.kwik(body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.path_of(answer.json()["result"]["link_url"].as_str().unwrap())
    }

    /// Calls the control API.
    pub(crate) async fn control(&self, what: &str, body: &Value) -> Answer {
        let path = format!("/_sandbox/{what}");
        self.post(&path, &[JSON], &body.to_string()).await
    }

    pub(crate) async fn state(&self) -> Value {
        self.get("/_sandbox/state").await.json()
    }

    pub(crate) async fn journal(&self) -> Vec<Value> {
        self.get("/_sandbox/journal")
            .await
            .json()
            .as_array()
            .unwrap()
            .clone()
    }

    pub(crate) async fn users_with(&self, email: &str) -> Vec<Value> {
        let state = self.state().await;
        let users = state["users"].as_array().unwrap().iter();
        users
            .filter(|user| user["email"] == json!(email))
            .cloned()
            .collect()
    }

    fn path_of(&self, url: &str) -> String {
        url.strip_prefix(self.sandbox.url())
            .expect("a link is on the sandbox's own origin")
            .to_owned()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json");
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn is(&self, status: u16, body: &Value) {
        assert_eq!((self.status, self.json()), (status, body.clone()));
    }
}

/// Returns the default seed with some of its text replaced.
pub(crate) fn seed(changes: &[(&str, &str)]) -> Seed {
    let mut text = Seed::DEFAULT.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    Seed::parse(&text).unwrap()
}

pub(crate) fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}
