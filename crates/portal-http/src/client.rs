use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use portal_core::{
    Adapter, BaseUrl, Call, Decision, Error, LinkRequest, PortalLink, PortalProvider, ProviderInfo,
    Result, link_call,
};

use crate::exchange::Exchange;
use crate::{Clock, Options, Preview, SystemClock};

const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("portal/", env!("CARGO_PKG_VERSION")));

/// One provider's account, ready to make links.
///
/// It is cheap to share behind an `Arc` and keeps its connections; make one and keep it. A call
/// that is dropped is cancelled, and leaves nothing running.
pub struct Client {
    adapter: Arc<dyn Adapter>,
    base: BaseUrl,
    options: Options,
    exchange: Exchange,
    clock: Arc<dyn Clock>,
    jitter: Box<dyn Fn() -> f64 + Send + Sync>,
}

impl Client {
    /// Joins an adapter to its provider; nothing is sent yet.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) where the certificate authorities
    /// cannot be used.
    pub fn new(adapter: impl Adapter, options: Options) -> Result<Self> {
        Self::with_clock(
            adapter,
            options,
            Arc::new(SystemClock::default()),
            fastrand::f64,
        )
    }

    /// The same, with the time and the dice of the caller: `jitter` gives numbers from 0 up to 1.
    ///
    /// # Errors
    /// As [`new`](Client::new).
    pub fn with_clock(
        adapter: impl Adapter,
        options: Options,
        clock: Arc<dyn Clock>,
        jitter: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Result<Self> {
        let info = adapter.info();
        let named = |error: Error| error.with_provider(info.id);
        let base = match &options.base_url {
            Some(base) => base.clone(),
            None => info.default_base_url.parse().map_err(named)?,
        };
        let exchange = Exchange::new(&base, &options).map_err(named)?;
        Ok(Self {
            adapter: Arc::new(adapter),
            base,
            options,
            exchange,
            clock,
            jitter: Box::new(jitter),
        })
    }

    /// Shows what [`create_link`](PortalProvider::create_link) would send, with secrets masked.
    ///
    /// # Errors
    /// Those that `create_link` finds before anything is sent.
    pub fn preview(&self, request: &LinkRequest) -> Result<Preview> {
        let call = self.call(request)?;
        let (parts, body) = self.authorized(&call).into_parts();
        let show = |value: &HeaderValue| match value.is_sensitive() {
            true => "***".to_owned(),
            false => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        };
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), show(value)));
        Ok(Preview {
            method: parts.method,
            url: parts.uri.to_string(),
            headers: headers.collect(),
            body,
        })
    }

    /// Plans and encodes a request, whose return URL must lead where it may.
    fn call(&self, request: &LinkRequest) -> Result<Call<PortalLink>> {
        let call = link_call(&*self.adapter, request)?;
        if let (Some(origins), Some(url)) =
            (&self.options.return_origins, &request.fields().return_url)
        {
            origins.check(url).map_err(|error| {
                error
                    .with_provider(self.adapter.info().id)
                    .with_operation(call.operation())
            })?;
        }
        Ok(call)
    }

    /// Sends a call as often as it takes and is safe, within the deadline.
    async fn run<T: 'static>(&self, call: &Call<T>) -> Result<T> {
        let deadline = self.clock.elapsed() + self.options.timeout;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let error = match self.attempt(call, self.remaining(deadline)).await {
                Ok(value) => return Ok(value),
                Err(error) => error
                    .with_provider(self.adapter.info().id)
                    .with_operation(call.operation())
                    .with_effect(call.effect())
                    .with_attempts(attempts),
            };
            let remaining = self.remaining(deadline);
            let decision = self.options.retry.decide(
                &error,
                call.effect(),
                attempts,
                remaining,
                (self.jitter)(),
            );
            tracing::debug!(
                provider = self.adapter.info().id,
                operation = call.operation(),
                attempts,
                kind = error.kind().as_str(),
                delivery = error.delivery().as_str(),
                ?decision,
                "attempt failed"
            );
            match decision {
                Decision::Stop => return Err(error),
                Decision::Wait(wait) => self.clock.pause(wait).await,
            }
        }
    }

    async fn attempt<T: 'static>(&self, call: &Call<T>, remaining: Duration) -> Result<T> {
        let time = self.options.attempt_time(call.effect()).min(remaining);
        let request = self.authorized(call);
        self.exchange
            .send(request, call, &self.base, &*self.clock, time)
            .await
    }

    /// Makes the absolute request, with our name and the credential on it.
    fn authorized<T: 'static>(&self, call: &Call<T>) -> Request<Bytes> {
        let mut request = call.request().clone();
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        *request.uri_mut() = self
            .base
            .join(path)
            .parse()
            .expect("a base URL and a path make a URI");
        request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
        self.adapter.authorize(&mut request);
        request
    }

    fn remaining(&self, deadline: Duration) -> Duration {
        deadline.saturating_sub(self.clock.elapsed())
    }
}

#[async_trait]
impl PortalProvider for Client {
    fn info(&self) -> &'static ProviderInfo {
        self.adapter.info()
    }

    async fn create_link(&self, request: &LinkRequest) -> Result<PortalLink> {
        self.run(&self.call(request)?).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("adapter", &self.adapter)
            .field("base", &self.base)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
