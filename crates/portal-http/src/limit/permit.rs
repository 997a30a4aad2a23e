use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use portal_core::Result;

use crate::Spread;

/// The facts about a request that a rate limiter needs.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PermitRequest {
    /// The id of the provider, for events and errors.
    pub provider: &'static str,
    /// The current time of the client's clock.
    pub now: Duration,
    /// When the call's deadline ends, by the same clock.
    pub deadline: Duration,
    /// Whether requests are sent as soon as the limit allows, or at equal distances.
    pub spread: Spread,
}

/// Identifies a permit to the limiter that granted it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PermitId(pub u64);

/// Decides when a request may be sent.
///
/// The built-in limiter counts the requests of one process. It can be replaced by one that
/// several processes share: see [`Client::with_rate_limiter`](crate::Client::with_rate_limiter).
///
/// Every granted permit is settled exactly once: when the request is written, or when the attempt
/// ends unwritten.
#[async_trait]
pub trait RateLimiter: fmt::Debug + Send + Sync + 'static {
    /// Grants a permit at once if one is free and no request waits for one.
    fn try_acquire(&self, request: &PermitRequest) -> Option<PermitId>;

    /// Waits for a permit. Dropping the future leaves the queue; the client drops it at the deadline.
    ///
    /// # Errors
    /// [`Kind::RateLimited`](portal_core::Kind::RateLimited), at once, if the wait would pass the
    /// deadline.
    async fn acquire(&self, request: &PermitRequest) -> Result<PermitId>;

    /// Records that the request of a permit was written, or that its attempt ended.
    fn settle(&self, permit: PermitId);
}

/// The right to send one request. Dropping it settles it.
///
/// A request whose attempt failed before it was written counts as written: a failure must not free
/// its slot early.
#[derive(Debug)]
pub(crate) struct Permit {
    limiter: Arc<dyn RateLimiter>,
    id: PermitId,
}

impl Permit {
    /// Takes a permit at once, if one is free.
    pub(crate) fn try_acquire(
        limiter: &Arc<dyn RateLimiter>,
        request: &PermitRequest,
    ) -> Option<Self> {
        let id = limiter.try_acquire(request)?;
        let limiter = limiter.clone();
        Some(Self { limiter, id })
    }

    /// Waits for a permit.
    pub(crate) async fn acquire(
        limiter: &Arc<dyn RateLimiter>,
        request: &PermitRequest,
    ) -> Result<Self> {
        let id = limiter.acquire(request).await?;
        let limiter = limiter.clone();
        Ok(Self { limiter, id })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.limiter.settle(self.id);
    }
}
