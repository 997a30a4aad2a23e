use std::fmt;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Uri, header};
use portal_core::{
    Adapter, BaseUrl, Credential, Error, Idempotency, Kind, ProviderInfo, Result, RetryDecision,
};

use crate::clock::timeout;
use crate::credentials::current_credential::CurrentCredential;
use crate::limit::permit::{Permit, PermitRequest, RateLimiter};
use crate::retry::budget::Budget;
use crate::{Clock, Options};

pub(crate) const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("portal/", env!("CARGO_PKG_VERSION")));

/// The state that a client shares with its clones for other runtimes.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) info: &'static ProviderInfo,
    pub(crate) adapter: Arc<dyn Adapter>,
    pub(crate) credential: Arc<CurrentCredential>,
    pub(crate) base: BaseUrl,
    /// The relative URI of the first call, and its path below the base URL.
    pub(crate) first_path: OnceLock<(Uri, Uri)>,
    pub(crate) options: Options,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) limiter: Option<Arc<dyn RateLimiter>>,
}

impl Shared {
    /// Finishes a call's request: the path below the base URL, the user agent and the credential.
    pub(crate) fn authorize(&self, credential: &Credential, request: &mut Request<Bytes>) {
        *request.uri_mut() = self.path(request.uri());
        request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
        credential.apply(request.headers_mut());
    }

    /// Returns the path below the base URL.
    ///
    /// Most calls have the same one, and parsing it costs 3 % of a call.
    fn path(&self, uri: &Uri) -> Uri {
        let first = || (uri.clone(), self.base.path(uri));
        match self.first_path.get_or_init(first) {
            (first, path) if first == uri => path.clone(),
            _ => self.base.path(uri),
        }
    }

    /// Waits until an attempt may be made. There is no permit if there is no limit.
    ///
    /// Returns the permit and the time when it was granted.
    pub(crate) async fn permit(
        &self,
        now: Duration,
        deadline: Duration,
    ) -> Result<(Option<Permit>, Duration)> {
        let Some(limiter) = &self.limiter else {
            return Ok((None, now));
        };
        let request = PermitRequest {
            provider: self.info.id,
            now,
            deadline,
            spread: self.options.spread,
        };
        if let Some(permit) = Permit::try_acquire(limiter, &request) {
            return Ok((Some(permit), now));
        }
        // Boxed, since most calls do not wait.
        let permit = Box::pin(self.wait_for_permit(limiter, &request)).await?;
        Ok((Some(permit), self.clock.elapsed()))
    }

    /// Waits for a permit until the deadline, which a limiter of another crate may not keep to.
    async fn wait_for_permit(
        &self,
        limiter: &Arc<dyn RateLimiter>,
        request: &PermitRequest,
    ) -> Result<Permit> {
        let permit = pin!(Permit::acquire(limiter, request));
        let left = self.remaining(request.deadline);
        let permit = timeout(&*self.clock, left, permit).await;
        permit.unwrap_or_else(|| {
            let message = "the rate limiter granted no permit before the deadline";
            let hint = "send fewer requests at once, or allow more time";
            Err(Error::not_sent(Kind::RateLimited, message).with_hint(hint))
        })
    }

    /// Decides whether another attempt follows a failed one, and counts it in the retry budget.
    pub(crate) fn decide(
        &self,
        error: &Error,
        idempotency: Idempotency,
        attempts: u32,
        deadline: Duration,
    ) -> RetryDecision {
        let now = self.clock.elapsed();
        let left = deadline.saturating_sub(now);
        let policy = &self.options.retry;
        match policy.decide(error, idempotency, attempts, left, (self.jitter)()) {
            RetryDecision::Wait(_) if !self.budget.spend(now) => RetryDecision::Stop,
            decision => decision,
        }
    }

    /// Adds the call's provider, operation, idempotency and attempts to an error.
    pub(crate) fn with_context(
        &self,
        error: Error,
        operation: &'static str,
        idempotency: Idempotency,
        attempts: u32,
    ) -> Error {
        error
            .with_provider(self.info.id)
            .with_operation(operation)
            .with_idempotency(idempotency)
            .with_attempts(attempts)
    }

    /// Returns the time left until a deadline.
    pub(crate) fn remaining(&self, deadline: Duration) -> Duration {
        deadline.saturating_sub(self.clock.elapsed())
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("adapter", &self.adapter)
            .field("credential", &self.credential)
            .field("base", &self.base)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::Uri;

    use crate::test_adapter::{TestAdapter, credential};
    use crate::{Client, Options};

    #[test]
    fn each_call_gets_its_own_path_below_the_base_url() {
        let options = Options {
            base_url: Some("https://api.example.com/v2/".parse().unwrap()),
            ..Options::default()
        };
        let client = Client::new(TestAdapter, credential("canary-key"), options).unwrap();
        for (relative, path) in [
            ("/a?x=1", "/v2/a?x=1"),
            ("/a?x=2", "/v2/a?x=2"),
            ("/b", "/v2/b"),
            ("/a?x=1", "/v2/a?x=1"),
        ] {
            let relative = Uri::from_static(relative);
            assert_eq!(client.shared.path(&relative), path);
        }
    }
}
