use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Uri, header};
use portal_core::{
    Adapter, BaseUrl, Credential, Error, Idempotency, ProviderInfo, Result, RetryDecision,
};

use crate::credentials::current_credential::CurrentCredential;
use crate::limit::limiter::{Grant, Limiter};
use crate::retry::budget::Budget;
use crate::{Clock, Options};

pub(crate) const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("portal/", env!("CARGO_PKG_VERSION")));

/// What the clients of one account have in common, whichever runtime their connections live on.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) info: &'static ProviderInfo,
    pub(crate) adapter: Arc<dyn Adapter>,
    pub(crate) credential: Arc<CurrentCredential>,
    pub(crate) base: BaseUrl,
    pub(crate) options: Options,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) limiter: Option<Arc<Limiter>>,
    /// The latest path that was called, and its URI: there are few, and to join one takes longest
    /// of all about a finished request.
    pub(crate) called: Arc<Mutex<Option<(PathAndQuery, Uri)>>>,
}

impl Account {
    /// Makes a call's request absolute, and puts our name and the credential on it.
    pub(crate) fn authorize(&self, credential: &Credential, request: &mut Request<Bytes>) {
        let path = request.uri().path_and_query();
        *request.uri_mut() = self.uri(path.expect("a call has a path"));
        request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
        credential.apply(request.headers_mut());
    }

    fn uri(&self, path: &PathAndQuery) -> Uri {
        let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        match &*called {
            Some((of, uri)) if of == path => uri.clone(),
            _ => {
                let uri = self.base.uri(path);
                *called = Some((path.clone(), uri.clone()));
                uri
            }
        }
    }

    /// Waits until an attempt may be made, and returns when that is; without leave where there is
    /// no limit.
    pub(crate) async fn permit(
        &self,
        now: Duration,
        deadline: Duration,
    ) -> Result<(Option<Grant>, Duration)> {
        let Some(limiter) = &self.limiter else {
            return Ok((None, now));
        };
        if let Some(grant) = limiter.try_permit(now) {
            return Ok((Some(grant), now));
        }
        let waited = limiter.permit(now, deadline, self.info);
        // Boxed, since most calls do not wait.
        let grant = Box::pin(waited).await?;
        Ok((Some(grant), self.clock.elapsed()))
    }

    /// Decides whether a failed attempt is followed by another, and takes that from the budget.
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

    /// Says of an error where it comes from.
    pub(crate) fn named(
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

    /// Returns the time that is left until a deadline.
    pub(crate) fn remaining(&self, deadline: Duration) -> Duration {
        deadline.saturating_sub(self.clock.elapsed())
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("adapter", &self.adapter)
            .field("credential", &self.credential)
            .field("base", &self.base)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
