use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use portal_core::{Adapter, BaseUrl, Call, Decision, Effect, Error, ProviderInfo, Result};

use crate::budget::Budget;
use crate::credential::Credential;
use crate::limiter::{Grant, Limiter};
use crate::{Clock, Options};

pub(crate) const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("portal/", env!("CARGO_PKG_VERSION")));

/// What the clients of one account have in common, whichever runtime their connections live on.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) info: &'static ProviderInfo,
    pub(crate) credential: Arc<Credential>,
    pub(crate) base: BaseUrl,
    pub(crate) options: Options,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) limiter: Option<Arc<Limiter>>,
}

impl Account {
    /// Makes the absolute request, with our name and the credential on it.
    pub(crate) fn authorized<T: 'static>(
        &self,
        adapter: &dyn Adapter,
        call: &Call<T>,
    ) -> Request<Bytes> {
        let of = call.request();
        let mut request = Request::new(of.body().clone());
        *request.method_mut() = of.method().clone();
        let path = of.uri().path_and_query();
        *request.uri_mut() = self.base.uri(path.expect("a call has a path"));
        // With room for ours, the adapter's and the HTTP library's, so that nothing is moved.
        let headers = request.headers_mut();
        headers.reserve(of.headers().len() + 6);
        for (name, value) in of.headers() {
            headers.append(name, value.clone());
        }
        headers.insert(header::USER_AGENT, USER_AGENT);
        adapter.authorize(&mut request);
        request
    }

    /// Waits until an attempt may be made; `None` where there is no limit.
    pub(crate) async fn permit(&self, deadline: Duration) -> Result<Option<Grant>> {
        match &self.limiter {
            Some(limiter) => limiter
                .permit(&self.clock, deadline, self.info)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    /// Decides whether a failed attempt is followed by another, and takes that from the budget.
    pub(crate) fn decide(
        &self,
        error: &Error,
        effect: Effect,
        attempts: u32,
        deadline: Duration,
    ) -> Decision {
        let now = self.clock.elapsed();
        let left = deadline.saturating_sub(now);
        let policy = &self.options.retry;
        match policy.decide(error, effect, attempts, left, (self.jitter)()) {
            Decision::Wait(_) if !self.budget.spend(now) => Decision::Stop,
            decision => decision,
        }
    }

    /// Returns the time that is left until a deadline.
    pub(crate) fn remaining(&self, deadline: Duration) -> Duration {
        deadline.saturating_sub(self.clock.elapsed())
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("credential", &self.credential)
            .field("base", &self.base)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
