use std::time::Duration;

use portal_core::{BaseUrl, Idempotency, RetryPolicy, ReturnOrigins};

use crate::{Rate, Roots, Spread};

/// How a [`Client`](crate::Client) reaches its provider, and for how long it tries.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The API's base URL; `None` is the provider's default.
    pub base_url: Option<BaseUrl>,
    /// The time for a whole call, retries and waits included.
    pub timeout: Duration,
    /// The time for one attempt, from connecting to the answer's last byte.
    ///
    /// `None` is an equal share of `timeout` for each attempt that `retry` allows. A call that must
    /// not be repeated gets all of `timeout`.
    pub attempt_timeout: Option<Duration>,
    /// The time for opening one connection, TLS included.
    pub connect_timeout: Duration,
    /// How long a connection without a call is kept, unless the server announces less
    /// (`Keep-Alive: timeout=`) or closes it.
    pub idle_timeout: Duration,
    /// How often a call is repeated, and after which delays.
    pub retry: RetryPolicy,
    /// How many requests may be sent. Waiting for the limit counts as time of the call.
    pub rate: Rate,
    /// Whether requests within the limit go at once or at equal distances.
    pub spread: Spread,
    /// Authorities trusted in addition to the system's.
    pub extra_roots: Roots,
    /// The origins that return URLs may have; `None` allows any.
    pub return_origins: Option<ReturnOrigins>,
}

impl Default for Options {
    /// 30 s for a call, 5 s for a connection, which is kept for 90 s, two retries, the documented
    /// rate.
    fn default() -> Self {
        Self {
            base_url: None,
            timeout: Duration::from_secs(30),
            attempt_timeout: None,
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(90),
            retry: RetryPolicy::default(),
            rate: Rate::default(),
            spread: Spread::default(),
            extra_roots: Roots::default(),
            return_origins: None,
        }
    }
}

impl Options {
    /// Returns the time for one attempt at a call, at most.
    pub(crate) fn attempt_time(&self, idempotency: Idempotency) -> Duration {
        match (self.attempt_timeout, idempotency) {
            (Some(time), _) => time,
            (None, Idempotency::Idempotent(_)) => {
                self.timeout / self.retry.max_retries.saturating_add(1)
            }
            // There is no second attempt, so ending this one early would only lose the answer.
            (None, Idempotency::NotIdempotent(_)) => self.timeout,
        }
    }
}
