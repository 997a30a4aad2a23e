use std::pin::pin;
use std::time::Duration;

use http::StatusCode;
use portal_core::{
    Answer, Call, Credential, Decode, Delivery, Error, Idempotency, Kind, LinkFields, Redactor,
    Result,
};

use crate::client::shared::Shared;
use crate::clock::timeout;
use crate::limit::permit::Permit;
use crate::retry::retry_after::retry_after;
use crate::transport::Transport;
use crate::transport::body::SendState;
use crate::transport::connect_error::{RootCause, connect_error, is_timeout};
use crate::transport::connection::PendingRequest;
use crate::transport::proxy::ProxySettings;
use crate::transport::response::{Response, TransportError};

/// Why an attempt failed.
pub(crate) struct AttemptError {
    pub(crate) error: Error,
    /// Whether the connection caused the error, and the request can be sent again on another one.
    pub(crate) can_resend: bool,
}

impl From<Error> for AttemptError {
    fn from(error: Error) -> Self {
        Self {
            error,
            can_resend: false,
        }
    }
}

/// One attempt at a call: the finished request and the function that reads its answer.
pub(crate) struct Attempt<'a, T> {
    pub(crate) operation: &'static str,
    pub(crate) idempotency: Idempotency,
    request: PendingRequest,
    state: SendState,
    decode: Decode<T>,
    /// Authorizes the request; its secrets are masked in errors.
    credential: &'a Credential,
    /// The request's personal values, masked in errors.
    fields: Option<&'a LinkFields>,
}

impl<'a, T: 'static> Attempt<'a, T> {
    /// Finishes the request of a call.
    pub(crate) fn new(
        call: Call<T>,
        shared: &Shared,
        credential: &'a Credential,
        fields: Option<&'a LinkFields>,
        permit: Option<Permit>,
        is_resent: bool,
    ) -> Self {
        let (operation, idempotency) = (call.operation(), call.idempotency());
        let (mut request, decode) = call.into_parts();
        shared.authorize(credential, &mut request);
        let state = SendState::default();
        Self {
            operation,
            idempotency,
            request: PendingRequest::new(request.map(|body| state.track(body, permit)), is_resent),
            state,
            decode,
            credential,
            fields,
        }
    }

    /// Sends the request once and reads the answer, within the attempt's time and until
    /// `deadline`.
    pub(crate) async fn send(
        &mut self,
        transport: &Transport,
        proxy: Option<&ProxySettings>,
        shared: &Shared,
        now: Duration,
        deadline: Duration,
    ) -> Result<T, AttemptError> {
        let clock = &shared.clock;
        let left = deadline.saturating_sub(now);
        let time = shared.options.attempt_time(self.idempotency).min(left);
        let response = {
            let sending = pin!(transport.send(&mut self.request, clock));
            timeout(&**clock, time, sending).await
        };
        match response {
            None => {
                transport.retire(&self.request, now);
                Err(timeout_error(self.state.delivery()).into())
            }
            Some(Ok(response)) => Ok(self.read(&response, shared)?),
            Some(Err(error)) => {
                let host = shared.base.authority().as_str();
                let can_resend = match &error {
                    TransportError::Unprocessed(_) => true,
                    TransportError::NoAnswer(_) => self.idempotency.is_idempotent(),
                    _ => false,
                };
                let error = send_error(error, self.state.delivery(), host, proxy);
                Err(AttemptError { error, can_resend })
            }
        }
    }

    fn read(&self, response: &Response, shared: &Shared) -> Result<T> {
        let Response {
            status,
            headers,
            body,
        } = response;
        if status.is_redirection() {
            return Err(redirect_error(*status));
        }
        let redactor = Redactor::new(self.credential.secrets());
        let redactor = match self.fields {
            Some(fields) => redactor.with_fields(fields),
            None => redactor,
        };
        let answer = Answer::new(*status, headers, body, &shared.base, &redactor);
        (self.decode)(&answer).map_err(|error| match status.as_u16() {
            429 | 503 => match retry_after(headers, shared.clock.date()) {
                Some(wait) => error.with_retry_after(wait),
                None => error,
            },
            _ => error,
        })
    }
}

/// Creates the error for a redirect.
pub(crate) fn redirect_error(status: StatusCode) -> Error {
    Error::protocol(format!("the provider redirects ({})", status.as_u16()))
        .with_status(status)
        .with_hint("set the base URL to the API's own address: redirects are not followed, because they would send the key elsewhere")
}

/// Creates the error for a request without a whole response.
pub(crate) fn send_error(
    error: TransportError,
    delivery: Delivery,
    host: &str,
    proxy: Option<&ProxySettings>,
) -> Error {
    let cause = match error {
        TransportError::BodyTooLarge(status) => {
            return Error::protocol("the provider's answer is longer than 1 MiB")
                .with_status(status)
                .with_hint("check the base URL");
        }
        TransportError::AnswerTooLong => {
            return Error::protocol("the provider's answer does not end")
                .with_hint("check the base URL");
        }
        TransportError::HeadersTooLarge(cause) => {
            return Error::protocol(
                "the provider's answer has more than 100 headers, or too long ones",
            )
            .with_hint("check the base URL")
            .with_source(RootCause::of(&*cause));
        }
        TransportError::Unprocessed(cause) => {
            let message = format!("`{host}` refused the request and has not processed it");
            return Error::new(Kind::Unavailable, Delivery::NotSent, message)
                .with_hint("repeat the call")
                .with_source(RootCause::of(&*cause));
        }
        TransportError::Configuration(error) => return error,
        TransportError::ConnectionClosed(cause)
        | TransportError::NoAnswer(cause)
        | TransportError::ConnectionLost(cause) => cause,
    };
    let error = if delivery != Delivery::NotSent {
        let message =
            format!("the connection to `{host}` was lost before the whole answer had arrived");
        Error::new(Kind::Unavailable, delivery, message)
            .with_hint("the provider may have acted: check there before you repeat the call")
    } else if is_timeout(&*cause) {
        timeout_error(delivery)
    } else {
        connect_error(&*cause, host, proxy)
    };
    error.with_source(RootCause::of(&*cause))
}

/// Creates the error for a request that ran out of time.
pub(crate) fn timeout_error(delivery: Delivery) -> Error {
    let (message, hint) = match delivery {
        Delivery::NotSent => (
            "no connection in time",
            "check the base URL and the network, or allow more time",
        ),
        _ => (
            "no answer in time",
            "the provider may have acted; allow more time, or check there before you repeat the call",
        ),
    };
    Error::new(Kind::Timeout, delivery, message).with_hint(hint)
}
