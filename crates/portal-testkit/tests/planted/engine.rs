//! Engines with one fault each, around the real one.

use std::sync::Arc;

use async_trait::async_trait;
use portal_core::{
    Adapter, Answer, BaseUrl, Delivery, Error, LinkRequest, PortalLink, PortalProvider,
    ProviderInfo, Redactor, Result, link_call,
};
use portal_http::Options;
use portal_testkit::{Declaration, TestClock, client};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) fn never_retries(
    declaration: &Declaration,
    mut options: Options,
    clock: TestClock,
) -> Box<dyn PortalProvider> {
    options.retry.max_retries = 0;
    client(declaration, options, clock)
}

pub(crate) fn follows_redirects(
    declaration: &Declaration,
    options: Options,
    _: TestClock,
) -> Box<dyn PortalProvider> {
    let base = options.base_url.expect("trials set the base URL");
    let adapter = declaration.adapter.clone();
    Box::new(RedirectFollower { adapter, base })
}

pub(crate) fn with_fault(
    declaration: &Declaration,
    options: Options,
    clock: TestClock,
    fault: Fault,
) -> Box<dyn PortalProvider> {
    let inner = client(declaration, options, clock);
    Box::new(FaultyEngine { inner, fault })
}

/// A fault around the calls of the real engine.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    RetriesEverything,
    ChangesDelivery(Delivery, Delivery),
    OmitsRetryAfter,
    IsAlwaysBestEffort,
    LogsTheLink,
}

#[derive(Debug)]
struct FaultyEngine {
    inner: Box<dyn PortalProvider>,
    fault: Fault,
}

#[async_trait]
impl PortalProvider for FaultyEngine {
    fn info(&self) -> &'static ProviderInfo {
        self.inner.info()
    }

    async fn create_link(&self, request: &LinkRequest) -> Result<PortalLink> {
        let result = self.inner.create_link(request).await;
        match (self.fault, result) {
            (Fault::RetriesEverything, Err(_)) => self.inner.create_link(request).await,
            (Fault::ChangesDelivery(from, to), Err(error)) if error.delivery() == from => {
                Err(with_delivery(&error, to))
            }
            (Fault::OmitsRetryAfter, Err(error)) => Err(with_delivery(&error, error.delivery())),
            (Fault::IsAlwaysBestEffort, Err(_)) => {
                self.inner.create_link(&request.clone().best_effort()).await
            }
            (Fault::LogsTheLink, Ok(link)) => {
                tracing::trace!(url = link.url().expose(), "made");
                Ok(link)
            }
            (_, result) => result,
        }
    }
}

/// Returns the same error with another delivery, and without a wait.
fn with_delivery(error: &Error, delivery: Delivery) -> Error {
    Error::new(error.kind(), delivery, error.message().to_owned())
        .with_hint("none")
        .with_provider(error.provider().unwrap_or("acme"))
        .with_operation("create_link")
        .with_attempts(error.attempts())
}

/// An engine that follows redirects with its credential.
#[derive(Debug)]
struct RedirectFollower {
    adapter: Arc<dyn Adapter>,
    base: BaseUrl,
}

#[async_trait]
impl PortalProvider for RedirectFollower {
    fn info(&self) -> &'static ProviderInfo {
        self.adapter.info()
    }

    async fn create_link(&self, request: &LinkRequest) -> Result<PortalLink> {
        let call = link_call(&*self.adapter, request)?;
        let mut url = self.base.join(call.request().uri().path());
        loop {
            let (host, _) = url
                .trim_start_matches("http://")
                .split_once('/')
                .expect("a path");
            let mut stream = TcpStream::connect(host).await.expect("the server listens");
            let head = "POST / HTTP/1.1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
            stream
                .write_all(head.as_bytes())
                .await
                .expect("the server reads");
            let mut text = vec![0; 16 * 1024];
            let length = stream.read(&mut text).await.expect("the server answers");
            let text = String::from_utf8_lossy(&text[..length]).into_owned();
            let (head, body) = text.split_once("\r\n\r\n").expect("a whole answer");
            match head
                .lines()
                .find_map(|line| line.strip_prefix("location: "))
            {
                Some(location) => url = location.to_owned(),
                None => {
                    return call.decode(&Answer::new(
                        head[9..12].parse().expect("a status"),
                        &http::HeaderMap::new(),
                        body.as_bytes(),
                        &self.base,
                        &Redactor::new(&[]),
                    ));
                }
            }
        }
    }
}
