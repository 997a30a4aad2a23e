//! All events that the engine logs. None contains the customer, the request's content or a URL.
//!
//! They stand in one file, so that a reviewer can check this.

use std::time::Duration;

use portal_core::{BaseUrl, Error, ProviderInfo, RateLimit};

/// Stable targets, whichever file an event comes from.
const CLIENT: &str = "portal_http::client";
const LIMITER: &str = "portal_http::limiter";
const CREDENTIAL: &str = "portal_http::credential";

pub(crate) fn attempt_started(info: &ProviderInfo, operation: &str, base: &BaseUrl, attempt: u32) {
    tracing::debug!(
        target: CLIENT,
        provider = info.id,
        operation,
        attempt,
        host = base.host(),
        port = base.port(),
        "attempt begins"
    );
}

/// An attempt failed and another follows after `delay`.
pub(crate) fn attempt_failed(error: &Error, delay: Duration) {
    tracing::info!(
        target: CLIENT,
        provider = error.provider(),
        operation = error.operation(),
        attempt = error.attempts(),
        kind = error.kind().as_str(),
        delivery = error.delivery().as_str(),
        status = error.status().map(|status| status.as_u16()),
        seconds = delay.as_secs_f64(),
        "attempt failed, another follows"
    );
}

pub(crate) fn call_succeeded(
    info: &ProviderInfo,
    operation: &str,
    attempts: u32,
    duration: impl FnOnce() -> Duration,
) {
    tracing::debug!(
        target: CLIENT,
        provider = info.id,
        operation,
        attempts,
        seconds = duration().as_secs_f64(),
        "call succeeded"
    );
}

pub(crate) fn call_failed(error: &Error, duration: impl FnOnce() -> Duration) {
    tracing::info!(
        target: CLIENT,
        provider = error.provider(),
        operation = error.operation(),
        attempts = error.attempts(),
        kind = error.kind().as_str(),
        delivery = error.delivery().as_str(),
        status = error.status().map(|status| status.as_u16()),
        seconds = duration().as_secs_f64(),
        "call failed"
    );
}

/// A request waits for the rate limit, probably for `wait`.
pub(crate) fn rate_limit_wait(provider: &str, limit: RateLimit, wait: Duration) {
    tracing::debug!(
        target: LIMITER,
        provider,
        rate = limit.requests().get(),
        seconds = wait.as_secs_f64(),
        "waiting for the rate limit"
    );
}

pub(crate) fn credential_changed(provider: &str) {
    tracing::info!(target: CREDENTIAL, provider, "the credential has changed");
}

/// A credential provider failed.
pub(crate) fn credential_error(provider: &str, error: &Error, message: &'static str) {
    tracing::warn!(target: CREDENTIAL, provider, %error, "{message}");
}
