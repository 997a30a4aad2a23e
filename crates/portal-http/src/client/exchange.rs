use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Request, StatusCode, header};
use portal_core::{BaseUrl, Delivery, Error, Kind, Result};

use crate::client::attempt::Attempt;
use crate::client::shared::{Account, USER_AGENT};
use crate::clock::within;
use crate::transport::Transport;
use crate::transport::body::Sent;
use crate::transport::connect_error::{Cause, is_connected, is_timeout, unreachable};
use crate::transport::proxy::Proxy;
use crate::transport::response::{Lost, Received};
use crate::transport::tls::Tls;
use crate::{Clock, Options};

/// The connection to one provider: sends a request once and reads its answer.
pub(crate) struct Exchange {
    transport: Transport,
    proxy: Option<Proxy>,
    tls: Arc<Tls>,
}

/// Why there was no answer, and whether there was a connection at least.
pub(crate) struct Unanswered {
    pub(crate) connected: bool,
    pub(crate) error: Error,
}

impl Exchange {
    pub(crate) fn new(base: &BaseUrl, options: &Options) -> Result<Self> {
        let tls = Arc::new(Tls::towards(base, &options.extra_roots));
        let proxy = match base.is_plain() {
            true => None,
            false => Proxy::from_variables(|name| std::env::var(name))?,
        };
        Self::by(tls, proxy, base, options)
    }

    /// Makes one with connections of its own, and the same authorities and proxy.
    pub(crate) fn clone_for_runtime(&self, base: &BaseUrl, options: &Options) -> Result<Self> {
        Self::by(self.tls.clone(), self.proxy.clone(), base, options)
    }

    fn by(tls: Arc<Tls>, proxy: Option<Proxy>, base: &BaseUrl, options: &Options) -> Result<Self> {
        Ok(Self {
            transport: Transport::new(base, tls.clone(), proxy.as_ref(), options)?,
            proxy,
            tls,
        })
    }

    /// Sends nothing from now on, and answers with this.
    #[cfg(feature = "canned-response")]
    pub(crate) fn answer_with(&mut self, body: Bytes) {
        self.transport = Transport::Canned(body);
    }

    /// Sends a request once, and returns its answer, within the attempt's time and `left`.
    pub(crate) async fn send<T>(
        &self,
        attempt: &mut Attempt<T>,
        account: &Account,
        left: Duration,
    ) -> Result<Received> {
        let clock = &*account.clock;
        let time = account.options.attempt_time(attempt.idempotency).min(left);
        let sending = pin!(self.transport.send(&mut attempt.request, clock));
        let Some(received) = within(clock, time, sending).await else {
            return Err(timeout(attempt.sent.delivery()));
        };
        received.map_err(|lost| self.failure(&lost, attempt.sent.delivery(), &account.base))
    }

    /// Returns the proxy that a connection to the base URL leads through.
    pub(crate) fn proxy_to(&self, base: &BaseUrl) -> Option<&Proxy> {
        let proxy = self.proxy.as_ref();
        proxy.filter(|proxy| Proxy::is_between(base, Some(proxy)))
    }

    /// Asks for the head of what is at the base URL, without a credential, within `time`.
    pub(crate) async fn head(
        &self,
        base: &BaseUrl,
        clock: &dyn Clock,
        time: Duration,
    ) -> Result<(StatusCode, HeaderMap), Unanswered> {
        let mut request = Request::new(Sent::default().watch(Bytes::new(), None));
        *request.method_mut() = Method::HEAD;
        *request.uri_mut() = base.uri(&PathAndQuery::from_static("/"));
        request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
        let mut request = Some(Box::new(request));
        let sending = pin!(self.transport.send(&mut request, clock));
        let Some(answer) = within(clock, time, sending).await else {
            let error = timeout(Delivery::Unknown);
            return Err(Unanswered {
                connected: true,
                error,
            });
        };
        let lost = match answer {
            Ok(answer) => return Ok((answer.status, answer.headers)),
            Err(lost) => lost,
        };
        let connected = match &lost {
            Lost::Cut(error) => is_connected(&**error),
            Lost::Misconfigured(_) => false,
            Lost::TooLong(_) => true,
        };
        if !connected {
            let error = self.failure(&lost, Delivery::NotSent, base);
            return Err(Unanswered { connected, error });
        }
        let host = base.authority().as_str();
        let message = format!("`{host}` takes the connection and does not answer by HTTP");
        let error = Error::new(Kind::Unavailable, Delivery::Unknown, message)
            .with_hint("check the base URL, and what listens there");
        let error = match lost {
            Lost::Cut(cut) => error.with_source(Cause::of(&*cut)),
            Lost::TooLong(_) | Lost::Misconfigured(_) => error,
        };
        Err(Unanswered { connected, error })
    }

    fn failure(&self, lost: &Lost, delivery: Delivery, base: &BaseUrl) -> Error {
        let error = match lost {
            Lost::TooLong(status) => {
                return Error::protocol("the provider's answer is longer than 1 MiB")
                    .with_status(*status)
                    .with_hint("check the base URL");
            }
            Lost::Misconfigured(error) => return error.clone(),
            Lost::Cut(error) => &**error,
        };
        let host = base.authority().as_str();
        let failed = if delivery != Delivery::NotSent {
            let message =
                format!("the connection to `{host}` was lost before the whole answer was there");
            Error::new(Kind::Unavailable, delivery, message)
                .with_hint("the provider may have acted: look there before you repeat the call")
        } else if is_timeout(error) {
            timeout(delivery)
        } else {
            unreachable(error, host, self.proxy.as_ref())
        };
        failed.with_source(Cause::of(error))
    }
}

fn timeout(delivery: Delivery) -> Error {
    let (message, hint) = match delivery {
        Delivery::NotSent => (
            "no connection in time",
            "check the base URL and the network, or allow more time",
        ),
        _ => (
            "no answer in time",
            "the provider may have acted; allow more time, or look there before you repeat the call",
        ),
    };
    Error::new(Kind::Timeout, delivery, message).with_hint(hint)
}
