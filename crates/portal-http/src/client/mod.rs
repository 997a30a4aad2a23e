//! The client: one loop over the attempts of a call.

pub(crate) mod attempt;
pub(crate) mod preview;
pub(crate) mod shared;

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderValue;
use portal_core::{
    AccountFingerprint, Adapter, BaseUrl, Call, Credential, Delivery, Error, Kind, LinkFields,
    LinkRequest, PortalLink, PortalProvider, ProviderInfo, Result, RetryDecision, link_call,
};

use crate::client::attempt::{Attempt, AttemptError, send_error, timeout_error};
use crate::client::shared::Shared;
use crate::clock::{SleepReason, timeout};
use crate::credentials::current_credential::CurrentCredential;
use crate::limit::limiter::Limiter;
use crate::limit::permit::RateLimiter;
use crate::limit::registry;
use crate::retry::budget::Budget;
use crate::transport::Transport;
use crate::transport::proxy::ProxySettings;
use crate::transport::tls::Tls;
use crate::{Clock, CredentialProvider, Options, Preview, SystemClock, events};

/// How often a call is sent again on another connection; such a resend is not counted as a retry.
const MAX_RESENDS: u32 = 3;

/// A client for one account at one provider.
///
/// Create one and share it behind an `Arc`: it keeps connections open. Dropping a call's future
/// cancels the call; the crate's documentation says what that means at each stage.
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) transport: Transport,
    tls: Arc<Tls>,
    proxy: Option<ProxySettings>,
}

impl Client {
    /// Creates a client for an account; nothing is sent yet.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) if the environment's proxy cannot
    /// be used. Certificate authorities are read for the first connection, which fails in the same
    /// way if they cannot be used.
    pub fn new(adapter: impl Adapter, credential: Credential, options: Options) -> Result<Self> {
        let clock = Arc::new(SystemClock::default());
        let mut client = Self::with_clock(adapter, credential, options, clock, fastrand::f64)?;
        // Replaces the client's own limiter by the one that all clients of the account share.
        let fingerprint = client.account_fingerprint();
        let shared = Arc::make_mut(&mut client.shared);
        if let Some(limit) = shared.options.rate.limit(shared.info) {
            shared.limiter = Some(registry::limiter(fingerprint, limit));
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
        credential: Credential,
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
            false => {
                ProxySettings::from_variables(|name| std::env::var(name)).map_err(with_provider)?
            }
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
            adapter: Arc::new(adapter),
            credential: Arc::new(CurrentCredential::new(credential)),
            base,
            first_path: OnceLock::new(),
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

    /// Takes later credentials from `provider`.
    ///
    /// Each call uses the latest one. A call that is refused with 401 is repeated once if `provider`
    /// has another.
    #[must_use]
    pub fn with_credential_provider(mut self, provider: impl CredentialProvider) -> Self {
        let credential = self.shared.credential.with_provider(provider);
        Arc::make_mut(&mut self.shared).credential = Arc::new(credential);
        self
    }

    /// Replaces the built-in rate limiter, for example by one that several processes share.
    ///
    /// The client's `rate` option then has no effect; `spread` is passed to the new limiter.
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

    /// Creates a client of the same account for another async runtime: with its own connections,
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

    /// Returns the fingerprint of the account, computed from the current credential.
    #[must_use]
    pub fn account_fingerprint(&self) -> AccountFingerprint {
        let Shared {
            info,
            base,
            credential,
            ..
        } = &*self.shared;
        AccountFingerprint::new(info.id, base, &credential.last())
    }

    /// Returns what [`create_link`](PortalProvider::create_link) would send, with secrets masked.
    ///
    /// # Errors
    /// Those of `create_link` that occur before anything is sent.
    pub fn preview(&self, request: &LinkRequest) -> Result<Preview> {
        let shared = &*self.shared;
        let (mut request, _) = self.call(request)?.into_parts();
        shared.authorize(&shared.credential.current(shared.info), &mut request);
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
            url: shared.base.absolute(&parts.uri).to_string(),
            headers: headers.collect(),
            body,
        })
    }

    /// Plans and encodes a request, and checks that its return URL is allowed.
    fn call(&self, request: &LinkRequest) -> Result<Call<PortalLink>> {
        let call = link_call(&*self.shared.adapter, request)?;
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

    /// Asks the provider whether the credential is valid, if it documents a call for that.
    pub(crate) async fn check_credential(&self) -> Result<()> {
        let undocumented = |why| Error::not_sent(Kind::Unsupported, why);
        let call = || self.shared.adapter.check_credential();
        self.run(|| call().map_err(undocumented), None).await
    }

    /// Returns the proxy that connections to the base URL go through.
    pub(crate) fn proxy(&self) -> Option<&ProxySettings> {
        let proxy = self.proxy.as_ref();
        proxy.filter(|proxy| ProxySettings::applies_to(&self.shared.base, Some(proxy)))
    }

    /// Makes a call and logs its result; errors mask the personal values in `fields`.
    async fn run<T: 'static>(
        &self,
        encode: impl Fn() -> Result<Call<T>>,
        fields: Option<&LinkFields>,
    ) -> Result<T> {
        let start = self.shared.clock.elapsed();
        let outcome = self.attempts(&encode, fields, start).await;
        if let Err(error) = &outcome {
            events::call_failed(error, || self.shared.clock.elapsed() - start);
        }
        outcome
    }

    /// Encodes and sends a call within the deadline, and repeats it if that can help and is safe.
    async fn attempts<T: 'static>(
        &self,
        encode: &impl Fn() -> Result<Call<T>>,
        fields: Option<&LinkFields>,
        start: Duration,
    ) -> Result<T> {
        let shared = &*self.shared;
        let deadline = start + shared.options.timeout;
        let mut credential = shared.credential.current(shared.info);
        let mut now = start;
        let mut failed = None;
        let mut attempts = 0;
        let mut is_refreshed = false;
        let mut resent = 0;
        loop {
            let mut attempt = {
                // Encoded again for each attempt: that takes no longer than a copy.
                let call = encode()?;
                match shared.permit(now, deadline).await {
                    Ok((permit, at)) => {
                        now = at;
                        Attempt::new(call, shared, &credential, fields, permit, resent > 0)
                    }
                    // The error of an earlier attempt is more useful than "no time is left".
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
            let proxy = self.proxy.as_ref();
            let sending = attempt.send(&self.transport, proxy, shared, now, deadline);
            let (error, can_resend) = match sending.await {
                Ok(value) => {
                    let duration = || shared.clock.elapsed() - start;
                    events::call_succeeded(shared.info, attempt.operation, attempts, duration);
                    return Ok(value);
                }
                Err(AttemptError { error, can_resend }) => {
                    let (operation, idempotency) = (attempt.operation, attempt.idempotency);
                    let error = shared.with_context(error, operation, idempotency, attempts);
                    (error, can_resend)
                }
            };
            let idempotency = attempt.idempotency;
            // Settles the permit now, not after the retry delay.
            drop(attempt);
            if can_resend && resent < MAX_RESENDS && !shared.remaining(deadline).is_zero() {
                events::attempt_failed(&error, Duration::ZERO);
                resent += 1;
            } else if !is_refreshed
                && is_unauthenticated(&error)
                && let Some(other) = self.refresh(&credential, deadline).await
            {
                events::attempt_failed(&error, Duration::ZERO);
                (credential, is_refreshed) = (other, true);
            } else {
                // An attempt with another credential or over another connection is no retry.
                let counted = attempts - u32::from(is_refreshed) - resent;
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

    /// Returns another credential than the refused one, if there is one before the deadline.
    async fn refresh(
        &self,
        refused: &Arc<Credential>,
        deadline: Duration,
    ) -> Option<Arc<Credential>> {
        let shared = &*self.shared;
        let clock = &*shared.clock;
        let refresh = pin!(shared.credential.refresh(refused, shared.info, clock));
        let refreshed = timeout(clock, shared.remaining(deadline), refresh).await;
        refreshed
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
        let fields = request.fields();
        self.run(|| self.call(request), Some(fields)).await
    }

    async fn warm_up(&self) -> Result<()> {
        let shared = &*self.shared;
        let opening = pin!(self.transport.warm_up(&shared.clock));
        let opened = timeout(&*shared.clock, shared.options.timeout, opening).await;
        let error = match opened {
            Some(Ok(())) => return Ok(()),
            Some(Err(error)) => {
                let host = shared.base.authority().as_str();
                send_error(error, Delivery::NotSent, host, self.proxy())
            }
            None => timeout_error(Delivery::NotSent),
        };
        Err(error
            .with_provider(shared.info.id)
            .with_operation("warm_up"))
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
