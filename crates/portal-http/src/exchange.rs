use std::error::Error as StdError;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, StatusCode, header};
use portal_core::{Answer, BaseUrl, Call, Delivery, Error, Kind, Result};

use crate::account::USER_AGENT;
use crate::delivery::Sent;
use crate::proxy::Proxy;
use crate::retry_after::retry_after;
use crate::unreachable::unreachable;
use crate::{Clock, Options, tls};

/// The most that is read of an answer: documented ones have a few hundred bytes. Compression is
/// neither asked for nor undone, so nothing grows after it was counted.
const MAX_ANSWER: usize = 1024 * 1024;

/// How long an idle connection is kept: below the keep-alive of common servers, so that a request
/// seldom meets a connection that the server is closing.
const IDLE: Duration = Duration::from_secs(15);

/// The connection to one provider: sends a request once and reads its answer.
pub(crate) struct Exchange {
    http: reqwest::Client,
    proxy: Option<Proxy>,
}

/// Why there was no answer, and whether there was a connection at least.
pub(crate) struct Unanswered {
    pub(crate) connected: bool,
    pub(crate) error: Error,
}

/// An answer, read to its end.
struct Received {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Exchange {
    pub(crate) fn new(base: &BaseUrl, options: &Options) -> Result<Self> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(base, &options.extra_roots)?)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(IDLE);
        let refuse = |error| {
            Error::configuration("proxy", "the HTTP client cannot be set up")
                .with_hint("check the proxy variables of the environment")
                .with_source(Cause::of(&error))
        };
        let mut proxy = None;
        if base.is_plain() {
            // Plain http is for this machine; a proxy would see the key in clear.
            builder = builder.no_proxy();
        } else if let Some(of) = Proxy::from_variables(|name| std::env::var(name))? {
            builder = builder.proxy(of.rule().map_err(refuse)?);
            proxy = Some(of);
        }
        let http = builder.build().map_err(refuse)?;
        Ok(Self { http, proxy })
    }

    /// Sends a request once, and has its answer read, within `time`.
    pub(crate) async fn send<T: 'static>(
        &self,
        request: Request<Bytes>,
        call: &Call<T>,
        base: &BaseUrl,
        clock: &dyn Clock,
        time: Duration,
    ) -> Result<T> {
        let sent = Sent::default();
        let received = tokio::select! {
            // An answer that is there counts, even if the time is up as well.
            biased;
            received = self.receive(request, &sent) => received?,
            () = clock.alarm(time) => return Err(timeout(sent.delivery())),
        };
        let Received {
            status,
            headers,
            body,
        } = received;
        if status.is_redirection() {
            return Err(Error::protocol(format!("the provider redirects ({})", status.as_u16()))
                .with_status(status)
                .with_hint("redirects are not followed, since they would carry the key elsewhere: set the base URL to where the API lives"));
        }
        let answer = Answer {
            status,
            headers: &headers,
            body: &body,
            base,
        };
        call.decode(&answer)
            .map_err(|error| match retry_after(&headers, clock.date()) {
                Some(wait) if matches!(status.as_u16(), 429 | 503) => error.with_retry_after(wait),
                _ => error,
            })
    }

    /// Returns the proxy that a connection to the base URL leads through.
    pub(crate) fn proxy_to(&self, base: &BaseUrl) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|proxy| proxy.applies_to(base))
    }

    /// Asks for the head of what is at the base URL, without a credential, within `time`.
    pub(crate) async fn head(
        &self,
        base: &BaseUrl,
        clock: &dyn Clock,
        time: Duration,
    ) -> Result<(StatusCode, HeaderMap), Unanswered> {
        let url = base.join("/");
        let request = self.http.head(url).header(header::USER_AGENT, USER_AGENT);
        let host = base.as_str().split_once("://").map_or("", |(_, rest)| rest);
        let host = host.split('/').next().unwrap_or_default();
        let answer = tokio::select! {
            biased;
            answer = request.send() => answer,
            () = clock.alarm(time) => {
                let error = timeout(Delivery::Unknown);
                return Err(Unanswered { connected: true, error });
            }
        };
        match answer {
            Ok(answer) => Ok((answer.status(), answer.headers().clone())),
            Err(error) if error.is_connect() => Err(Unanswered {
                connected: false,
                error: failure(&error, Delivery::NotSent, host, self.proxy.as_ref()),
            }),
            Err(error) => {
                let message = format!("`{host}` takes the connection and does not answer by HTTP");
                let told = Error::new(Kind::Unavailable, Delivery::Unknown, message)
                    .with_hint("check the base URL, and what listens there")
                    .with_source(Cause::of(&error));
                Err(Unanswered {
                    connected: true,
                    error: told,
                })
            }
        }
    }

    async fn receive(&self, request: Request<Bytes>, sent: &Sent) -> Result<Received> {
        let host = request
            .uri()
            .authority()
            .map(ToString::to_string)
            .unwrap_or_default();
        let failed =
            |error: reqwest::Error| failure(&error, sent.delivery(), &host, self.proxy.as_ref());
        let request = request.map(|body| reqwest::Body::wrap(sent.watch(body)));
        let request = reqwest::Request::try_from(request).map_err(failed)?;

        let mut response = self.http.execute(request).await.map_err(failed)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(
                    Error::protocol("the provider's answer is longer than 1 MiB")
                        .with_status(status)
                        .with_hint("check the base URL"),
                );
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Received {
            status,
            headers,
            body: body.freeze(),
        })
    }
}

fn failure(error: &reqwest::Error, delivery: Delivery, host: &str, proxy: Option<&Proxy>) -> Error {
    let failed = if delivery != Delivery::NotSent {
        let message =
            format!("the connection to `{host}` was lost before the whole answer was there");
        Error::new(Kind::Unavailable, delivery, message)
            .with_hint("the provider may have acted: look there before you repeat the call")
    } else if error.is_timeout() {
        timeout(delivery)
    } else {
        unreachable(error, host, proxy)
    };
    failed.with_source(Cause::of(error))
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

/// What the HTTP library said at the root of a failure, without the URL that its errors carry.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Cause(String);

impl Cause {
    fn of(error: &reqwest::Error) -> Self {
        let mut root: &dyn StdError = error;
        while let Some(source) = root.source() {
            root = source;
        }
        match std::ptr::addr_eq(root, error) {
            true => Self("the HTTP client gives no reason".into()),
            false => Self(root.to_string()),
        }
    }
}
