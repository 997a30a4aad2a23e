pub(crate) mod attempt;
pub(crate) mod exchange;
pub(crate) mod preview;
pub(crate) mod shared;

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderValue;
use portal_core::{
    AccountFingerprint, Adapter, BaseUrl, Call, Credential, Delivery, Error, Kind, LinkFields,
    LinkRequest, PortalLink, PortalProvider, ProviderInfo, Redactor, Result, RetryDecision,
    link_call,
};

use crate::client::attempt::Attempt;
use crate::client::exchange::Exchange;
use crate::client::shared::Account;
use crate::clock::within;
use crate::credentials::current_credential::CurrentCredential;
use crate::limit::limiter::Limiter;
use crate::limit::registry;
use crate::retry::budget::Budget;
use crate::transport::response::Received;
use crate::{Clock, CredentialProvider, Options, Preview, SystemClock, events};

/// One provider's account, ready to make links.
///
/// It is cheap to share behind an `Arc` and keeps its connections; make one and keep it. A call
/// that is dropped is cancelled, and leaves nothing running: the crate's page says what that means
/// where.
pub struct Client {
    pub(crate) account: Arc<Account>,
    exchange: Exchange,
}

impl Client {
    /// Makes a client of one account; nothing is sent yet.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) where the environment's proxy cannot
    /// be used. Certificate authorities are read for the first connection, which fails in the same
    /// way where they cannot be used.
    pub fn new(adapter: impl Adapter, credential: Credential, options: Options) -> Result<Self> {
        let clock = Arc::new(SystemClock::default());
        let mut client = Self::with_clock(adapter, credential, options, clock, fastrand::f64)?;
        let fingerprint = client.account_fingerprint();
        let account = Arc::make_mut(&mut client.account);
        let rate = account.options.rate.towards(account.info);
        account.limiter = rate.map(|rate| registry::limiter(fingerprint, rate));
        Ok(client)
    }

    /// The same, with the time and the dice of the caller: `jitter` gives numbers from 0 up to 1.
    ///
    /// Such a client shares its rate limit with its siblings only.
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
        let named = |error: Error| error.with_provider(info.id);
        let base = match &options.base_url {
            Some(base) => base.clone(),
            None => info.default_base_url.parse().map_err(named)?,
        };
        let exchange = Exchange::new(&base, &options).map_err(named)?;
        let account = Account {
            info,
            adapter: Arc::new(adapter),
            credential: Arc::new(CurrentCredential::new(credential)),
            base,
            limiter: options
                .rate
                .towards(info)
                .map(|rate| Arc::new(Limiter::new(rate, clock.clone()))),
            clock,
            jitter: Arc::new(jitter),
            budget: Arc::new(Budget::new(options.retry.budget)),
            options,
            called: Arc::default(),
        };
        Ok(Self {
            account: Arc::new(account),
            exchange,
        })
    }

    /// Takes later credentials from `provider`: each call uses the latest one when it begins, and a
    /// call that is refused with 401 is repeated once with a refreshed one.
    #[must_use]
    pub fn with_credential_provider(mut self, provider: impl CredentialProvider) -> Self {
        let credential = self.account.credential.with_provider(provider);
        Arc::make_mut(&mut self.account).credential = Arc::new(credential);
        self
    }

    /// Has the client send nothing, and read this answer instead: what is left is the engine.
    #[cfg(feature = "canned-response")]
    #[must_use]
    pub fn with_canned_response(mut self, answer: bytes::Bytes) -> Self {
        self.exchange.answer_with(answer);
        self
    }

    /// Makes a client of the same account for another async runtime: with connections of its own,
    /// which live on the runtime that first uses them, and everything else in common.
    ///
    /// # Errors
    /// As [`new`](Client::new).
    pub fn clone_for_runtime(&self) -> Result<Self> {
        let account = self.account.clone();
        let exchange = self
            .exchange
            .clone_for_runtime(&account.base, &account.options)
            .map_err(|error| error.with_provider(account.info.id))?;
        Ok(Self { account, exchange })
    }

    /// Returns where the provider's API is called.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.account.base
    }

    /// Returns the fingerprint of the account, by its present credential.
    #[must_use]
    pub fn account_fingerprint(&self) -> AccountFingerprint {
        let account = &*self.account;
        AccountFingerprint::new(account.info.id, &account.base, &account.credential.last())
    }

    /// Shows what [`create_link`](PortalProvider::create_link) would send, with secrets masked.
    ///
    /// # Errors
    /// Those that `create_link` finds before anything is sent.
    pub fn preview(&self, request: &LinkRequest) -> Result<Preview> {
        let (mut request, _) = self.call(request)?.into_parts();
        let credential = self.account.credential.current(self.account.info);
        self.account.authorize(&credential, &mut request);
        let (parts, body) = request.into_parts();
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
        let call = link_call(&*self.account.adapter, request)?;
        if let (Some(origins), Some(url)) = (
            &self.account.options.return_origins,
            &request.fields().return_url,
        ) {
            origins.check(url).map_err(|error| {
                error
                    .with_provider(self.account.info.id)
                    .with_operation(call.operation())
            })?;
        }
        Ok(call)
    }

    /// Asks the provider whether the credential is good, where it documents how.
    pub(crate) async fn check_credential(&self) -> Result<()> {
        let undocumented = |why| Error::not_sent(Kind::Unsupported, why);
        let call = || self.account.adapter.check_credential();
        self.run(|| call().map_err(undocumented), None).await
    }

    pub(crate) fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// Makes a call, and tells how it went.
    async fn run<T: 'static>(
        &self,
        encode: impl Fn() -> Result<Call<T>>,
        fields: Option<&LinkFields>,
    ) -> Result<T> {
        let begun = self.account.clock.elapsed();
        let outcome = self.attempts(&encode, fields, begun).await;
        if let Err(error) = &outcome {
            events::call_failed(error, || self.account.clock.elapsed() - begun);
        }
        outcome
    }

    /// Encodes a call, and sends it as often as it takes and is safe, within the deadline.
    async fn attempts<T: 'static>(
        &self,
        encode: &impl Fn() -> Result<Call<T>>,
        fields: Option<&LinkFields>,
        begun: Duration,
    ) -> Result<T> {
        let account = &*self.account;
        let deadline = begun + account.options.timeout;
        let mut credential = account.credential.current(account.info);
        let mut now = begun;
        let mut failed = None;
        let mut attempts = 0;
        let mut refreshed = false;
        loop {
            let mut attempt = {
                // Anew for each attempt: encoding takes no longer than a copy of the same bytes.
                let call = encode()?;
                match account.permit(now, deadline).await {
                    Ok((grant, at)) => {
                        now = at;
                        Attempt::new(call, account, &credential, grant)
                    }
                    // What became of an attempt says more than that there is no time for another.
                    Err(refusal) => {
                        let (operation, idempotency) = (call.operation(), call.idempotency());
                        let refusal = || account.named(refusal, operation, idempotency, attempts);
                        return Err(failed.unwrap_or_else(refusal));
                    }
                }
            };
            if attempts == 0 {
                account.budget.begin(now);
            }
            attempts += 1;
            events::attempt_begins(account.info, attempt.operation, &account.base, attempts);
            let left = deadline.saturating_sub(now);
            let received = self.exchange.send(&mut attempt, account, left).await;
            let read = |answer: Received| {
                let redactor = Redactor::new(credential.secrets());
                let redactor = match fields {
                    Some(fields) => redactor.with_fields(fields),
                    None => redactor,
                };
                attempt.read(&answer, account, &redactor)
            };
            let error = match received.and_then(read) {
                Ok(value) => {
                    let took = || account.clock.elapsed() - begun;
                    events::call_succeeded(account.info, attempt.operation, attempts, took);
                    return Ok(value);
                }
                Err(error) => {
                    account.named(error, attempt.operation, attempt.idempotency, attempts)
                }
            };
            let idempotency = attempt.idempotency;
            // Now, not after a pause: a request that was not written counts from when it is given up.
            drop(attempt);
            if !refreshed
                && is_unauthenticated(&error)
                && let Some(other) = self.refresh(&credential, deadline).await
            {
                events::attempt_failed(&error, Duration::ZERO);
                (credential, refreshed) = (other, true);
            } else {
                // The repetition with another key is none of the policy's.
                let counted = attempts - u32::from(refreshed);
                match account.decide(&error, idempotency, counted, deadline) {
                    RetryDecision::Stop => return Err(error),
                    RetryDecision::Wait(wait) => {
                        events::attempt_failed(&error, wait);
                        account.clock.pause(wait).await;
                    }
                }
            }
            failed = Some(error);
            now = account.clock.elapsed();
        }
    }

    /// Returns another credential than the refused one, if there is one before the deadline.
    async fn refresh(
        &self,
        refused: &Arc<Credential>,
        deadline: Duration,
    ) -> Option<Arc<Credential>> {
        let account = &*self.account;
        let clock = &*account.clock;
        let refresh = pin!(account.credential.refresh(refused, account.info, clock));
        let refreshed = within(clock, account.remaining(deadline), refresh).await;
        refreshed
            .flatten()
            .filter(|_| !account.remaining(deadline).is_zero())
    }
}

#[async_trait]
impl PortalProvider for Client {
    fn info(&self) -> &'static ProviderInfo {
        self.account.info
    }

    async fn create_link(&self, request: &LinkRequest) -> Result<PortalLink> {
        let fields = request.fields();
        self.run(|| self.call(request), Some(fields)).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// Says whether the provider knows the credential no more, by which another may help.
fn is_unauthenticated(error: &Error) -> bool {
    error.kind() == Kind::Unauthenticated && error.delivery() == Delivery::Refused
}
