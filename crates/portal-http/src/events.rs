//! What is told of a call while it goes on: all of it, so that one look shows what is never told. That
//! is whom a call is about, what it carries, and any URL.

use std::time::Duration;

use portal_core::{BaseUrl, Error, ProviderInfo};

/// Under this name, whichever file an event is from.
const CLIENT: &str = "portal_http::client";
const LIMITER: &str = "portal_http::limiter";
const CREDENTIAL: &str = "portal_http::credential";

pub(crate) fn attempt_begins(info: &ProviderInfo, operation: &str, base: &BaseUrl, attempt: u32) {
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

/// An attempt failed that is followed by another, `wait` later.
pub(crate) fn attempt_failed(error: &Error, wait: Duration) {
    tracing::info!(
        target: CLIENT,
        provider = error.provider(),
        operation = error.operation(),
        attempt = error.attempts(),
        kind = error.kind().as_str(),
        delivery = error.delivery().as_str(),
        status = error.status().map(|status| status.as_u16()),
        seconds = wait.as_secs_f64(),
        "attempt failed, another follows"
    );
}

pub(crate) fn call_succeeded(
    info: &ProviderInfo,
    operation: &str,
    attempts: u32,
    took: impl FnOnce() -> Duration,
) {
    tracing::debug!(
        target: CLIENT,
        provider = info.id,
        operation,
        attempts,
        seconds = took().as_secs_f64(),
        "call succeeded"
    );
}

pub(crate) fn call_failed(error: &Error, took: impl FnOnce() -> Duration) {
    tracing::info!(
        target: CLIENT,
        provider = error.provider(),
        operation = error.operation(),
        attempts = error.attempts(),
        kind = error.kind().as_str(),
        delivery = error.delivery().as_str(),
        status = error.status().map(|status| status.as_u16()),
        seconds = took().as_secs_f64(),
        "call failed"
    );
}

/// A request waits for its turn, presumably that long.
pub(crate) fn rate_waits(info: &ProviderInfo, rate: usize, wait: Duration) {
    tracing::debug!(
        target: LIMITER,
        provider = info.id,
        rate,
        seconds = wait.as_secs_f64(),
        "waiting for the rate limit"
    );
}

pub(crate) fn credential_changed(info: &ProviderInfo) {
    tracing::info!(target: CREDENTIAL, provider = info.id, "the credential has changed");
}

/// A credential could not be checked, or not be read again.
pub(crate) fn credential_unreadable(info: &ProviderInfo, error: &Error, what: &'static str) {
    tracing::warn!(target: CREDENTIAL, provider = info.id, %error, "{what}");
}
