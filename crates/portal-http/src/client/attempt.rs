use portal_core::{Answer, Call, Credential, Decode, Error, Idempotency, Redactor, Result};

use crate::client::shared::Account;
use crate::limit::limiter::Grant;
use crate::retry::retry_after::retry_after;
use crate::transport::body::Sent;
use crate::transport::connection::Unsent;
use crate::transport::response::Received;

/// A call on its way: the request, and how its answer is read.
pub(crate) struct Attempt<T> {
    pub(crate) operation: &'static str,
    pub(crate) idempotency: Idempotency,
    pub(crate) request: Unsent,
    pub(crate) sent: Sent,
    decode: Decode<T>,
}

impl<T: 'static> Attempt<T> {
    /// Makes one that may go now.
    pub(crate) fn new(
        call: Call<T>,
        account: &Account,
        credential: &Credential,
        grant: Option<Grant>,
    ) -> Self {
        let (operation, idempotency) = (call.operation(), call.idempotency());
        let (mut request, decode) = call.into_parts();
        account.authorize(credential, &mut request);
        let sent = Sent::default();
        Self {
            operation,
            idempotency,
            request: Some(Box::new(request.map(|body| sent.watch(body, grant)))),
            sent,
            decode,
        }
    }

    /// Reads the answer; errors are redacted by `redactor`.
    pub(crate) fn read(
        &self,
        received: &Received,
        account: &Account,
        redactor: &Redactor<'_>,
    ) -> Result<T> {
        let Received {
            status,
            headers,
            body,
        } = received;
        if status.is_redirection() {
            return Err(Error::protocol(format!("the provider redirects ({})", status.as_u16()))
                .with_status(*status)
                .with_hint("redirects are not followed, since they would carry the key elsewhere: set the base URL to where the API lives"));
        }
        let answer = Answer {
            status: *status,
            headers,
            body,
            base: &account.base,
            redactor,
        };
        let wait = || retry_after(headers, account.clock.date());
        (self.decode)(&answer).map_err(|error| match wait() {
            Some(wait) if matches!(status.as_u16(), 429 | 503) => error.with_retry_after(wait),
            _ => error,
        })
    }
}
