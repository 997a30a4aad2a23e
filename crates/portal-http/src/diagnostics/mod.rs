//! Checks of the path to a provider: DNS, TCP, TLS, HTTP, the clock and the credential.

pub(crate) mod check;
mod checked_host;
mod clock_skew;

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use portal_core::{
    BaseUrl, Customer, Delivery, Error, Kind, LinkRequest, classify, default_hint, link_call,
};

use crate::Client;
use crate::client::attempt::{redirect_error, send_error, timeout_error};
use crate::client::shared::USER_AGENT;
use crate::clock::timeout;
use crate::diagnostics::check::{Check, CheckKind, Outcome};
use crate::diagnostics::checked_host::CheckedHost;
use crate::diagnostics::clock_skew::clock_skew;
use crate::retry::retry_after::retry_after;
use crate::transport::body::SendState;
use crate::transport::connect_error::{RootCause, is_connected};
use crate::transport::connection::PendingRequest;
use crate::transport::response::TransportError;

impl Client {
    /// Checks the path to the provider step by step, without creating anything there.
    ///
    /// It connects and sends as calls do, and reads statuses as they do. It sends a `HEAD` request,
    /// without the credential, to the path of links. If the provider documents a call that only
    /// verifies the credential, it sends that too. If a proxy applies, everything goes through it.
    /// After a failed check the rest is skipped.
    pub async fn diagnostics(&self) -> Vec<Check> {
        let mut checks = Checks::default();
        let shared = &*self.shared;
        let checked_host = CheckedHost::new(&shared.base, self.proxy());
        let clock = &*shared.clock;
        let limit = shared.options.connect_timeout.min(shared.options.timeout);
        if checks.record(CheckKind::Dns, checked_host.resolve(clock, limit).await)
            && checks.record(CheckKind::Tcp, checked_host.connect(clock, limit).await)
        {
            self.check_exchange(&mut checks).await;
        }
        checks.finish(shared.info.id)
    }

    /// Checks TLS, HTTP, the clock and the credential with requests like those of calls.
    async fn check_exchange(&self, checks: &mut Checks) {
        let shared = &*self.shared;
        let before = shared.clock.date();
        let answer = self.head().await;
        let after = shared.clock.date();
        match (&answer, shared.base.is_plain()) {
            (_, true) => checks.push(
                CheckKind::Tls,
                Outcome::Skipped("plain http, on this machine".into()),
            ),
            (Err(failure), false) if !failure.is_connected => {
                return checks.push(CheckKind::Tls, Outcome::Failed(failure.error.clone()));
            }
            _ => checks.push(CheckKind::Tls, Outcome::Passed(self.trust())),
        }
        let (status, headers) = match answer {
            Ok(head) => head,
            Err(failure) => return checks.push(CheckKind::Http, Outcome::Failed(failure.error)),
        };
        if let Some(error) = self.judge(status, &headers) {
            return checks.push(CheckKind::Http, Outcome::Failed(error));
        }
        checks.push(
            CheckKind::Http,
            Outcome::Passed(format!("it answers, with {status}")),
        );
        checks.push(CheckKind::Clock, clock_skew(&headers, before, after));
        // Last, because a refused key does not affect the other checks.
        let outcome = match shared.adapter.check_credential() {
            Err(reason) => Outcome::NotChecked(reason.to_owned()),
            Ok(_) => match self.check_credential().await {
                Ok(()) => Outcome::Passed("the provider accepts them".into()),
                Err(error) => Outcome::Failed(error),
            },
        };
        checks.push(CheckKind::Credentials, outcome);
    }

    /// Returns the error that a call can expect after this answer to `HEAD`.
    ///
    /// The path takes `POST` with a credential, so a refusal of the method or of the missing
    /// credential is right.
    fn judge(&self, status: StatusCode, headers: &HeaderMap) -> Option<Error> {
        let shared = &*self.shared;
        if status.is_redirection() {
            return Some(redirect_error(status));
        }
        let (kind, delivery) = classify(status);
        let error = Error::new(kind, delivery, format!("the provider answers {status}"));
        let error = match kind {
            Kind::NotFound => {
                let documented: BaseUrl = shared.info.default_base_url.parse().ok()?;
                let path = |base: &BaseUrl| base.path(&Uri::default());
                if path(&documented) == path(&shared.base) {
                    // The server may have the path for `POST` only.
                    return None;
                }
                let hint = format!(
                    "check the path of the base URL: the documented one is `{}`",
                    documented.as_str()
                );
                error.with_field("base_url").with_hint(hint)
            }
            Kind::Unavailable if status != StatusCode::NOT_IMPLEMENTED => {
                error.with_hint(default_hint(kind))
            }
            Kind::RateLimited => error.with_hint(default_hint(kind)),
            _ => return None,
        };
        let error = match retry_after(headers, shared.clock.date()) {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        };
        Some(error.with_status(status))
    }

    /// Returns the path of links, and the time limit of an attempt.
    fn link_endpoint(&self) -> (Uri, Duration) {
        let shared = &*self.shared;
        let customer = Customer::from_id("x").with_email("x@example.com");
        let sample = LinkRequest::new(customer).best_effort();
        let (relative, time) = match link_call(&*shared.adapter, &sample) {
            Ok(call) => {
                let time = shared.options.attempt_time(call.idempotency());
                (call.into_parts().0.into_parts().0.uri, time)
            }
            // The provider needs more options than this request has, so use the base URL's path.
            Err(_) => (Uri::default(), shared.options.timeout),
        };
        (
            shared.base.path(&relative),
            time.min(shared.options.timeout),
        )
    }

    /// Sends a `HEAD` request to the path of links, without a credential.
    async fn head(&self) -> Result<(StatusCode, HeaderMap), HeadFailure> {
        let shared = &*self.shared;
        let state = SendState::default();
        let mut request = Request::new(state.track(Bytes::new(), None));
        *request.method_mut() = Method::HEAD;
        let (uri, time) = self.link_endpoint();
        *request.uri_mut() = uri;
        request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
        let mut request = PendingRequest::new(request, false);
        let clock = &shared.clock;
        let sending = pin!(self.transport.send(&mut request, clock));
        let Some(response) = timeout(&**clock, time, sending).await else {
            let delivery = state.delivery();
            return Err(HeadFailure {
                is_connected: delivery != Delivery::NotSent,
                error: timeout_error(delivery),
            });
        };
        let error = match response {
            Ok(response) => return Ok((response.status, response.headers)),
            Err(error) => error,
        };
        let host = shared.base.authority().as_str();
        let message = format!("`{host}` accepts the connection but does not answer with HTTP");
        Err(match error {
            TransportError::ConnectionClosed(cause)
            | TransportError::NoAnswer(cause)
            | TransportError::ConnectionLost(cause)
                if is_connected(&*cause) =>
            {
                let error = Error::new(Kind::Unavailable, Delivery::Unknown, message)
                    .with_hint("check the base URL, and which server listens there")
                    .with_source(RootCause::of(&*cause));
                HeadFailure {
                    is_connected: true,
                    error,
                }
            }
            error => HeadFailure {
                is_connected: !matches!(
                    error,
                    TransportError::Configuration(_)
                        | TransportError::ConnectionClosed(_)
                        | TransportError::NoAnswer(_)
                        | TransportError::ConnectionLost(_)
                ),
                error: send_error(error, Delivery::NotSent, host, self.proxy()),
            },
        })
    }

    /// Describes the authorities that certificates are checked against.
    fn trust(&self) -> String {
        let roots = self.shared.options.extra_roots.description();
        match self.proxy() {
            None => format!("the certificate is good, by {roots}"),
            Some(proxy) => format!(
                "through the proxy of `{}`, the certificate is good, by {roots}",
                proxy.variable
            ),
        }
    }
}

/// Why a `HEAD` has no response.
struct HeadFailure {
    is_connected: bool,
    error: Error,
}

/// The checks so far.
#[derive(Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn push(&mut self, kind: CheckKind, outcome: Outcome) {
        self.0.push(Check { kind, outcome });
    }

    /// Records the result of a check, and returns whether it passed.
    fn record(&mut self, kind: CheckKind, result: Result<String, Error>) -> bool {
        let has_passed = result.is_ok();
        self.push(kind, result.map_or_else(Outcome::Failed, Outcome::Passed));
        has_passed
    }

    /// Names the provider in errors, and marks the remaining checks as skipped.
    fn finish(mut self, provider: &'static str) -> Vec<Check> {
        let mut last = None;
        for check in &mut self.0 {
            last = Some(check.kind);
            if let Outcome::Failed(error) = &mut check.outcome {
                *error = error.clone().with_provider(provider);
            }
        }
        let failed = last.map_or("it", CheckKind::as_str);
        for kind in CheckKind::ALL.iter().skip(self.0.len()) {
            self.push(*kind, Outcome::Skipped(format!("`{failed}` failed")));
        }
        self.0
    }
}
