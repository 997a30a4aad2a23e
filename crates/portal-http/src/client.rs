use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use portal_core::{
    Adapter, BaseUrl, Call, Decision, Delivery, Error, Kind, LinkRequest, PortalLink,
    PortalProvider, ProviderInfo, Result, link_call,
};

use crate::credential::Credential;
use crate::exchange::Exchange;
use crate::{AdapterSource, Clock, Options, Preview, SystemClock};

const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("portal/", env!("CARGO_PKG_VERSION")));

/// One provider's account, ready to make links.
///
/// It is cheap to share behind an `Arc` and keeps its connections; make one and keep it. A call
/// that is dropped is cancelled, and leaves nothing running.
pub struct Client {
    info: &'static ProviderInfo,
    credential: Credential,
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
            info,
            credential: Credential::new(Arc::new(adapter)),
            base,
            options,
            exchange,
            clock,
            jitter: Box::new(jitter),
        })
    }

    /// Has the credential follow its source: each call takes the adapter that is the latest when it
    /// begins, and one that is refused with 401 is made once more where the source has another.
    #[must_use]
    pub fn with_source(mut self, source: impl AdapterSource) -> Self {
        self.credential = self.credential.with_source(source);
        self
    }

    /// Shows what [`create_link`](PortalProvider::create_link) would send, with secrets masked.
    ///
    /// # Errors
    /// Those that `create_link` finds before anything is sent.
    pub fn preview(&self, request: &LinkRequest) -> Result<Preview> {
        let adapter = self.credential.current();
        let call = link_call(&*adapter, request)?;
        let (parts, body) = self.authorized(&*adapter, &call).into_parts();
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

    /// Encodes a call, and sends it as often as it takes and is safe, within the deadline.
    async fn run<T: 'static>(&self, encode: impl Fn(&dyn Adapter) -> Result<Call<T>>) -> Result<T> {
        let deadline = self.clock.elapsed() + self.options.timeout;
        let mut adapter = self.credential.current();
        let mut call = encode(&*adapter)?;
        let mut attempts = 0;
        let mut renewed = false;
        loop {
            attempts += 1;
            let remaining = self.remaining(deadline);
            let error = match self.attempt(&*adapter, &call, remaining).await {
                Ok(value) => return Ok(value),
                Err(error) => error
                    .with_provider(self.info.id)
                    .with_operation(call.operation())
                    .with_effect(call.effect())
                    .with_attempts(attempts),
            };
            if !renewed
                && is_unauthenticated(&error)
                && let Some(other) = self.renewed(&adapter, deadline).await
            {
                // Encoded again: what reads an answer masks the key that it was asked with.
                (call, adapter, renewed) = (encode(&*other)?, other, true);
                continue;
            }
            let remaining = self.remaining(deadline);
            let decision = self.options.retry.decide(
                &error,
                call.effect(),
                attempts - u32::from(renewed),
                remaining,
                (self.jitter)(),
            );
            tracing::debug!(
                provider = self.info.id,
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

    async fn attempt<T: 'static>(
        &self,
        adapter: &dyn Adapter,
        call: &Call<T>,
        remaining: Duration,
    ) -> Result<T> {
        let time = self.options.attempt_time(call.effect()).min(remaining);
        let request = self.authorized(adapter, call);
        self.exchange
            .send(request, call, &self.base, &*self.clock, time)
            .await
    }

    /// Returns another adapter than the one that was refused, where there is one in time.
    async fn renewed(
        &self,
        refused: &Arc<dyn Adapter>,
        deadline: Duration,
    ) -> Option<Arc<dyn Adapter>> {
        let renewed = tokio::select! {
            biased;
            renewed = self.credential.renewed(refused) => renewed,
            () = self.clock.alarm(self.remaining(deadline)) => None,
        };
        renewed.filter(|_| !self.remaining(deadline).is_zero())
    }

    /// Makes the absolute request, with our name and the credential on it.
    fn authorized<T: 'static>(&self, adapter: &dyn Adapter, call: &Call<T>) -> Request<Bytes> {
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
        adapter.authorize(&mut request);
        request
    }

    fn remaining(&self, deadline: Duration) -> Duration {
        deadline.saturating_sub(self.clock.elapsed())
    }
}

#[async_trait]
impl PortalProvider for Client {
    fn info(&self) -> &'static ProviderInfo {
        self.info
    }

    async fn create_link(&self, request: &LinkRequest) -> Result<PortalLink> {
        self.run(|adapter| link_call(adapter, request)).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("credential", &self.credential)
            .field("base", &self.base)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Says whether the provider knows the credential no more, by which another may help.
fn is_unauthenticated(error: &Error) -> bool {
    error.kind() == Kind::Unauthenticated && error.delivery() == Delivery::Refused
}
