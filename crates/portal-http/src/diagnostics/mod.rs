//! The path to a provider, checked step by step.

pub(crate) mod check;
mod clock_skew;
mod endpoint;

use std::pin::pin;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use portal_core::{Delivery, Error, Kind};

use crate::Client;
use crate::client::attempt::{send_error, timeout_error};
use crate::client::shared::USER_AGENT;
use crate::clock::timeout;
use crate::diagnostics::check::{Check, CheckKind, Outcome};
use crate::diagnostics::clock_skew::clock_skew;
use crate::diagnostics::endpoint::Endpoint;
use crate::transport::body::SendState;
use crate::transport::connect_error::{RootCause, is_connected};
use crate::transport::connection::PendingRequest;
use crate::transport::response::TransportError;

impl Client {
    /// Checks the path to the provider step by step, without creating anything there.
    ///
    /// It sends a `HEAD` of the base URL without the credential and, if the provider documents a
    /// call that only verifies the credential, that call. If a proxy applies, all goes through it.
    /// After a failed check the rest is skipped.
    pub async fn diagnostics(&self) -> Vec<Check> {
        let mut checks = Checks::default();
        let shared = &*self.shared;
        let endpoint = Endpoint::new(&shared.base, self.proxy());
        let (clock, limit) = (&*shared.clock, shared.options.connect_timeout);
        if let Some(addresses) = checks.record(CheckKind::Dns, endpoint.resolve(clock, limit).await)
            && let Some(()) = checks.record(
                CheckKind::Tcp,
                endpoint.connect(addresses, clock, limit).await,
            )
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
        checks.push(
            CheckKind::Http,
            Outcome::Passed(format!("it answers, with {status}")),
        );
        checks.push(CheckKind::Clock, clock_skew(&headers, before, after));
        // Last, since a refused key says nothing about the path.
        let outcome = match shared.adapter.check_credential() {
            Err(reason) => Outcome::NotChecked(reason.to_owned()),
            Ok(_) => match self.check_credential().await {
                Ok(()) => Outcome::Passed("the provider accepts them".into()),
                Err(error) => Outcome::Failed(error),
            },
        };
        checks.push(CheckKind::Credentials, outcome);
    }

    /// Requests the head of the base URL, without a credential.
    async fn head(&self) -> Result<(StatusCode, HeaderMap), HeadFailure> {
        let shared = &*self.shared;
        let mut request = Request::new(SendState::default().track(Bytes::new(), None));
        *request.method_mut() = Method::HEAD;
        *request.uri_mut() = shared.base.path(request.uri());
        request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
        let mut request = PendingRequest::new(request, false);
        let clock = &shared.clock;
        let sending = pin!(self.transport.send(&mut request, clock));
        let Some(response) = timeout(&**clock, shared.options.timeout, sending).await else {
            return Err(HeadFailure {
                is_connected: true,
                error: timeout_error(Delivery::Unknown),
            });
        };
        let error = match response {
            Ok(response) => return Ok((response.status, response.headers)),
            Err(error) => error,
        };
        let host = shared.base.authority().as_str();
        let cause = match error {
            TransportError::ConnectionClosed(cause)
            | TransportError::NoAnswer(cause)
            | TransportError::ConnectionLost(cause)
            | TransportError::HeadersTooLarge(cause)
                if is_connected(&*cause) =>
            {
                Some(RootCause::of(&*cause))
            }
            TransportError::BodyTooLarge(_) | TransportError::AnswerTooLong => None,
            error => {
                return Err(HeadFailure {
                    is_connected: false,
                    error: send_error(error, Delivery::NotSent, host, self.proxy()),
                });
            }
        };
        let message = format!("`{host}` accepts the connection but does not answer with HTTP");
        let error = Error::new(Kind::Unavailable, Delivery::Unknown, message)
            .with_hint("check the base URL, and which server listens there");
        Err(HeadFailure {
            is_connected: true,
            error: match cause {
                Some(cause) => error.with_source(cause),
                None => error,
            },
        })
    }

    /// Describes the authorities by which the certificate is valid.
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

    /// Records the result of a check, and returns the value that the next one needs.
    fn record<T>(&mut self, kind: CheckKind, result: Result<(T, String), Error>) -> Option<T> {
        let (value, outcome) = match result {
            Ok((value, text)) => (Some(value), Outcome::Passed(text)),
            Err(error) => (None, Outcome::Failed(error)),
        };
        self.push(kind, outcome);
        value
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
