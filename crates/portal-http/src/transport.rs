use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Response, StatusCode};
use http_body::Body;
use portal_core::{BaseUrl, Error, Result};

use crate::connection::Unsent;
use crate::direct::{Direct, IDLE};
use crate::proxy::Proxy;
use crate::tls::Tls;
use crate::unreachable::Cause;
use crate::{Clock, Options};

/// The most that is read of an answer: documented ones have a few hundred bytes. Compression is
/// neither asked for nor undone, so nothing grows after it was counted.
const MAX_ANSWER: usize = 1024 * 1024;

/// What some library said of a request that got no answer.
pub(crate) type Cut = Box<dyn StdError + Send + Sync>;

/// The way to one provider.
pub(crate) enum Transport {
    /// By connections of our own.
    Direct(Box<Direct>),
    /// By a proxy, which reqwest knows how to speak to.
    Proxied(reqwest::Client),
    /// None: this is what every answer says.
    #[cfg(feature = "canned-response")]
    Canned(Bytes),
}

/// An answer, read to its end.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
pub(crate) enum Lost {
    /// It did not come, or not to its end.
    Cut(Cut),
    /// It was not asked for: the certificate authorities cannot be used.
    Misconfigured(Error),
    /// There is too much of it.
    TooLong(StatusCode),
}

impl<E: Into<Cut>> From<E> for Lost {
    fn from(error: E) -> Self {
        Self::Cut(error.into())
    }
}

impl Transport {
    /// Chooses the way: by the proxy, where there is one for this base.
    pub(crate) fn new(
        base: &BaseUrl,
        tls: Arc<Tls>,
        proxy: Option<&Proxy>,
        options: &Options,
    ) -> Result<Self> {
        // Plain http is for this machine; a proxy would see the key in clear.
        let direct = base.is_plain() || !Proxy::is_between(base, proxy);
        match direct {
            true => Ok(Self::Direct(Box::new(Direct::new(base, tls, options)))),
            false => proxied(&*tls.config()?, proxy, options)
                .map(Self::Proxied)
                .map_err(|error| {
                    Error::configuration("proxy", "the HTTP client cannot be set up")
                        .with_hint("check the proxy variables of the environment")
                        .with_source(Cause::of(&error))
                }),
        }
    }

    /// Takes the request, sends it once, and reads its answer.
    pub(crate) async fn send(
        &self,
        request: &mut Unsent,
        clock: &dyn Clock,
    ) -> Result<Received, Lost> {
        match self {
            Self::Direct(direct) => direct.send(request, clock).await,
            Self::Proxied(http) => {
                let request = *request.take().expect("it was not sent");
                let request = request.map(reqwest::Body::wrap).try_into()?;
                // Boxed, as in `Direct`, so that a call by the other way is not made larger by it.
                let response = Box::pin(http.execute(request)).await?;
                read(&mut Response::<reqwest::Body>::from(response)).await
            }
            #[cfg(feature = "canned-response")]
            Self::Canned(body) => Ok(Received {
                status: StatusCode::OK,
                headers: HeaderMap::new(),
                body: body.clone(),
            }),
        }
    }
}

fn proxied(
    tls: &rustls::ClientConfig,
    proxy: Option<&Proxy>,
    options: &Options,
) -> reqwest::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(IDLE);
    if let Some(proxy) = proxy {
        builder = builder.proxy(proxy.rule()?);
    }
    builder.build()
}

/// Reads an answer to its end.
pub(crate) async fn read<B>(response: &mut Response<B>) -> Result<Received, Lost>
where
    B: Body<Data = Bytes, Error: Into<Cut>> + Unpin,
{
    let (mut first, mut all) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = poll_fn(|cx| Pin::new(response.body_mut()).poll_frame(cx)).await {
        let Ok(chunk) = frame.map_err(Into::into)?.into_data() else {
            // Trailers, which no provider documents.
            continue;
        };
        if first.len() + all.len() + chunk.len() > MAX_ANSWER {
            return Err(Lost::TooLong(response.status()));
        }
        // Most answers come in one piece, which stays where it is.
        if first.is_empty() && all.is_empty() {
            first = chunk;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&chunk);
        }
    }
    Ok(Received {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body: match all.is_empty() {
            true => first,
            false => all.freeze(),
        },
    })
}
