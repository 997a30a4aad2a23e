//! The client: one loop over the attempts of a call.

pub(crate) mod attempt;
pub(crate) mod preview;
pub(crate) mod shared;

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderValue;
use portal_core::{
    Adapter, BaseUrl, Call, Delivery, Error, Kind, LinkRequest, PortalLink, PortalProvider,
    ProviderInfo, Result, RetryDecision, link_call,
};

use crate::client::attempt::Attempt;
use crate::client::shared::Shared;
use crate::clock::{SleepReason, timeout};
use crate::credentials::credential::Credential;
use crate::limit::limiter::Limiter;
use crate::limit::permit::RateLimiter;
use crate::limit::registry;
use crate::retry::budget::Budget;
use crate::transport::Transport;
use crate::transport::proxy::Proxy;
use crate::transport::tls::Tls;
use crate::{AdapterSource, Clock, Options, Preview, SystemClock, events};

/// A client for one shared at one provider.
///
/// Create one, keep it and share it behind an `Arc`: it keeps connections open. Dropping a call's
/// future cancels the call; the crate's documentation says what that means at each stage.
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) transport: Transport,
    tls: Arc<Tls>,
    proxy: Option<Proxy>,
}

impl Client {
    /// Creates a client from a provider's adapter; nothing is sent yet.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) if the environment's proxy cannot
    /// be used. Certificate authorities are read for the first connection, which fails in the same
    /// way if they cannot be used.
    pub fn new(adapter: impl Adapter, options: Options) -> Result<Self> {
        let clock = Arc::new(SystemClock::default());
        let mut client = Self::with_clock(adapter, options, clock, fastrand::f64)?;
        let shared = Arc::make_mut(&mut client.shared);
        let adapter = shared.credential.last();
        if let Some(limit) = shared.options.rate.limit(shared.info) {
            shared.limiter = Some(registry::limiter(&*adapter, &shared.base, limit));
        }
        Ok(client)
    }

    /// Creates a client with the caller's clock and randomness: `jitter` returns numbers from 0 up
    /// to 1.
    ///
    /// Such a client shares its rate limit only with its clones.
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
        let with_provider = |error: Error| error.with_provider(info.id);
        let base = match &options.base_url {
            Some(base) => base.clone(),
            None => info.default_base_url.parse().map_err(with_provider)?,
        };
        let proxy = match base.is_plain() {
            true => None,
            false => Proxy::from_variables(|name| std::env::var(name)).map_err(with_provider)?,
        };
        let tls = Arc::new(Tls::new(&base, &options.extra_roots));
        let transport =
            Transport::new(&base, tls.clone(), proxy.as_ref(), &options).map_err(with_provider)?;
        let limiter = options
            .rate
            .limit(info)
            .map(|limit| -> Arc<dyn RateLimiter> { Arc::new(Limiter::new(limit, clock.clone())) });
        let shared = Shared {
            info,
            credential: Arc::new(Credential::new(Arc::new(adapter))),
            base,
            limiter,
            clock,
            jitter: Arc::new(jitter),
            budget: Arc::new(Budget::new(options.retry.budget)),
            options,
        };
        Ok(Self {
            shared: Arc::new(shared),
            transport,
            tls,
            proxy,
        })
    }

    /// Takes credentials from a source: each call uses the latest one, and a call that is refused
    /// with 401 is repeated once if the source has another.
    #[must_use]
    pub fn with_source(mut self, source: impl AdapterSource) -> Self {
        let credential = self.shared.credential.with_source(source);
        Arc::make_mut(&mut self.shared).credential = Arc::new(credential);
        self
    }

    /// Replaces the built-in rate limiter, for example by one that several processes share.
    ///
    /// The client's `rate` option then has no effect; `spread` is passed on.
    #[must_use]
    pub fn with_rate_limiter(mut self, limiter: Arc<dyn RateLimiter>) -> Self {
        Arc::make_mut(&mut self.shared).limiter = Some(limiter);
        self
    }

    /// Sends nothing and reads this response body instead, to measure the engine alone.
    #[cfg(feature = "canned-response")]
    #[must_use]
    pub fn with_canned_response(mut self, body: bytes::Bytes) -> Self {
        self.transport = Transport::Canned(body);
        self
    }

    /// Creates a client of the same shared for another async runtime: with its own connections,
    /// which live on the runtime that first uses them, and everything else shared.
    ///
    /// # Errors
    /// As [`new`](Client::new).
    pub fn clone_for_runtime(&self) -> Result<Self> {
        let (shared, tls, proxy) = (self.shared.clone(), self.tls.clone(), self.proxy.clone());
        let transport = Transport::new(&shared.base, tls.clone(), proxy.as_ref(), &shared.options)
            .map_err(|error| error.with_provider(shared.info.id))?;
        Ok(Self {
            shared,
            transport,
            tls,
            proxy,
        })
    }

    /// Returns the base URL of the provider's API.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.shared.base
    }

    /// Returns what [`create_link`](PortalProvider::create_link) would send, with secrets masked.
    ///
    /// # Errors
    /// Those of `create_link` that occur before anything is sent.
    pub fn preview(&self, request: &LinkRequest) -> Result<Preview> {
        let adapter = self.shared.credential.current();
        let call = self.call(&*adapter, request)?;
        let (mut request, _) = call.into_parts();
        self.shared.authorize(&*adapter, &mut request);
        let (parts, body) = request.into_parts();
        let masked = |value: &HeaderValue| match value.is_sensitive() {
            true => "***".to_owned(),
            false => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        };
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), masked(value)));
        Ok(Preview {
            method: parts.method,
            url: self.shared.base.absolute(&parts.uri).to_string(),
            headers: headers.collect(),
            body,
        })
    }

    /// Plans and encodes a request, and checks that its return URL is allowed.
    fn call(&self, adapter: &dyn Adapter, request: &LinkRequest) -> Result<Call<PortalLink>> {
        let call = link_call(adapter, request)?;
        if let (Some(origins), Some(url)) = (
            &self.shared.options.return_origins,
            &request.fields().return_url,
        ) {
            origins.check(url).map_err(|error| {
                error
                    .with_provider(self.shared.info.id)
                    .with_operation(call.operation())
            })?;
        }
        Ok(call)
    }

    /// Asks the provider whether the credential is good, where it documents how.
    pub(crate) async fn check_credential(&self) -> Result<()> {
        let undocumented = |why| Error::not_sent(Kind::Unsupported, why);
        self.run(|adapter| adapter.check_credential().map_err(undocumented))
            .await
    }

    /// Returns the proxy that connections to the base URL go through.
    pub(crate) fn proxy(&self) -> Option<&Proxy> {
        let proxy = self.proxy.as_ref();
        proxy.filter(|proxy| Proxy::applies_to(&self.shared.base, Some(proxy)))
    }

    /// Makes a call and logs its result.
    async fn run<T: 'static>(&self, encode: impl Fn(&dyn Adapter) -> Result<Call<T>>) -> Result<T> {
        let start = self.shared.clock.elapsed();
        let outcome = self.attempts(&encode, start).await;
        if let Err(error) = &outcome {
            events::call_failed(error, || self.shared.clock.elapsed() - start);
        }
        outcome
    }

    /// Encodes a call and sends it, again where that can help and is safe, within the deadline.
    async fn attempts<T: 'static>(
        &self,
        encode: &impl Fn(&dyn Adapter) -> Result<Call<T>>,
        start: Duration,
    ) -> Result<T> {
        let shared = &*self.shared;
        let deadline = start + shared.options.timeout;
        let mut adapter = shared.credential.current();
        let mut now = start;
        let mut failed = None;
        let mut attempts = 0;
        let mut renewed = false;
        loop {
            let mut attempt = {
                // Encoded again for each attempt: that takes no longer than a copy, and the reader of
                // the answer masks the key of this attempt.
                let call = encode(&*adapter)?;
                match shared.permit(now, deadline).await {
                    Ok((permit, at)) => {
                        now = at;
                        Attempt::new(call, shared, &*adapter, permit)
                    }
                    // The error of an earlier attempt says more than that no time is left.
                    Err(refusal) => {
                        let (operation, idempotency) = (call.operation(), call.idempotency());
                        let refusal =
                            || shared.with_context(refusal, operation, idempotency, attempts);
                        return Err(failed.unwrap_or_else(refusal));
                    }
                }
            };
            if attempts == 0 {
                shared.budget.record_first_attempt(now);
            }
            attempts += 1;
            events::attempt_started(shared.info, attempt.operation, &shared.base, attempts);
            let left = deadline.saturating_sub(now);
            let proxy = self.proxy.as_ref();
            let result = attempt.send(&self.transport, proxy, shared, left).await;
            let error = match result {
                Ok(value) => {
                    let duration = || shared.clock.elapsed() - start;
                    events::call_succeeded(shared.info, attempt.operation, attempts, duration);
                    return Ok(value);
                }
                Err(error) => {
                    shared.with_context(error, attempt.operation, attempt.idempotency, attempts)
                }
            };
            let idempotency = attempt.idempotency;
            // Settles the permit now, not after the retry delay.
            drop(attempt);
            if !renewed
                && is_unauthenticated(&error)
                && let Some(other) = self.renewed(&adapter, deadline).await
            {
                events::attempt_failed(&error, Duration::ZERO);
                (adapter, renewed) = (other, true);
            } else {
                // The repetition with another key does not count as a retry.
                let counted = attempts - u32::from(renewed);
                match shared.decide(&error, idempotency, counted, deadline) {
                    RetryDecision::Stop => return Err(error),
                    RetryDecision::Wait(wait) => {
                        events::attempt_failed(&error, wait);
                        shared.clock.sleep(wait, SleepReason::RetryDelay).await;
                    }
                }
            }
            failed = Some(error);
            now = shared.clock.elapsed();
        }
    }

    /// Returns another adapter than the refused one, if there is one before the deadline.
    async fn renewed(
        &self,
        refused: &Arc<dyn Adapter>,
        deadline: Duration,
    ) -> Option<Arc<dyn Adapter>> {
        let shared = &*self.shared;
        let clock = &*shared.clock;
        let renewed = pin!(shared.credential.renewed(refused, clock));
        let renewed = timeout(clock, shared.remaining(deadline), renewed).await;
        renewed
            .flatten()
            .filter(|_| !shared.remaining(deadline).is_zero())
    }
}

#[async_trait]
impl PortalProvider for Client {
    fn info(&self) -> &'static ProviderInfo {
        self.shared.info
    }

    async fn create_link(&self, request: &LinkRequest) -> Result<PortalLink> {
        self.run(|adapter| self.call(adapter, request)).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

/// Returns whether the provider refuses the credential, so that another may help.
fn is_unauthenticated(error: &Error) -> bool {
    error.kind() == Kind::Unauthenticated && error.delivery() == Delivery::Refused
}
