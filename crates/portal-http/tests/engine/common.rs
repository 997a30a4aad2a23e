//! An adapter without a provider, and its client for a scripted server.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, Request};
use portal_core::{
    Adapter, Answer, Call, Capabilities, Credential, CredentialPart, Customer, Error, Idempotency,
    LinkRequest, PortalLink, PortalProvider, PortalUrl, ProviderInfo, Result, ValidatedRequest,
    classify, post_json,
};
use portal_http::{Client, Options};
pub(crate) use portal_testkit::{Server, Step, TestClock, answer};

pub(crate) const KEY: &str = "canary-key";
pub(crate) const LINK: &str = "http://127.0.0.1/portal/canary-link";

pub(crate) fn link() -> Step {
    answer(
        "200 OK",
        "content-type: application/json\r\n",
        &format!(r#"{{"url":"{LINK}"}}"#),
    )
}

/// An adapter of no provider: the engine must not care.
#[derive(Debug)]
pub(crate) struct Example(pub(crate) Idempotency);

pub(crate) const REPEATABLE: Idempotency = Idempotency::Idempotent("found, not created twice");
pub(crate) const ONCE: Idempotency = Idempotency::NotIdempotent("no idempotency key");

static INFO: ProviderInfo = ProviderInfo::new(
    "example",
    "Example",
    "https://api.example.com",
    Capabilities::with_every_option(),
);

impl Adapter for Example {
    fn info(&self) -> &'static ProviderInfo {
        &INFO
    }

    fn create_link(&self, _: &ValidatedRequest<'_>) -> Result<Call<PortalLink>> {
        let request = post_json("/v1/links?x=1", Bytes::from_static(b"{\"a\":1}"));
        Ok(Call::new("create_link", self.0, request, read))
    }

    fn check_credential(&self) -> Result<Call<()>, &'static str> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = "/v1/whoami".parse().unwrap();
        let idempotency = Idempotency::Idempotent("it changes nothing");
        Ok(Call::new(
            "check_credential",
            idempotency,
            request,
            |answer| match answer.status.is_success() {
                true => Ok(()),
                false => read(answer).map(|_| ()),
            },
        ))
    }
}

fn read(answer: &Answer<'_>) -> Result<PortalLink> {
    if !answer.status.is_success() {
        let (kind, delivery) = classify(answer.status);
        return Err(Error::new(kind, delivery, "refused").with_status(answer.status));
    }
    let body: std::collections::HashMap<String, String> = answer.json()?;
    Ok(PortalLink::new(
        PortalUrl::from_answer(&body["url"], answer.base)?,
        Customer::default(),
    ))
}

/// A client of the example provider at `base`, whose dice always say a half.
pub(crate) fn client(idempotency: Idempotency, base: &str, clock: &TestClock) -> Client {
    client_with(idempotency, base, Options::default(), clock)
}

pub(crate) fn client_with(
    idempotency: Idempotency,
    base: &str,
    mut options: Options,
    clock: &TestClock,
) -> Client {
    options.base_url = Some(base.parse().unwrap());
    Client::with_clock(
        Example(idempotency),
        credential(KEY),
        options,
        Arc::new(clock.clone()),
        || 0.5,
    )
    .unwrap()
}

/// Makes the credential of a key.
pub(crate) fn credential(key: &str) -> Credential {
    let key = CredentialPart::parse("key", key.into(), "").unwrap();
    Credential::header(HeaderName::from_static("x-key"), &key)
}

pub(crate) fn request() -> LinkRequest {
    LinkRequest::new(Customer::from_id("cus_1"))
}

pub(crate) async fn makes_a_link(client: &Client) {
    let link = client.create_link(&request()).await.unwrap();
    assert_eq!(link.url().expose(), LINK);
}

/// Options without retries, so that a request that arrives again was sent again by the transport.
pub(crate) fn no_retries() -> Options {
    let mut options = Options::default();
    options.retry.max_retries = 0;
    options
}

/// A client without retries, and the server that follows the script for it.
pub(crate) async fn scripted(
    idempotency: Idempotency,
    script: impl IntoIterator<Item = Step>,
) -> (Client, Server, TestClock) {
    let clock = TestClock::default();
    let server = Server::start(&clock, script).await;
    let base = format!("http://{}", server.address);
    let client = client_with(idempotency, &base, no_retries(), &clock);
    (client, server, clock)
}
