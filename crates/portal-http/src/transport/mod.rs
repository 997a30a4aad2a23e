//! One request over one connection: the pool, a proxy, TLS, and the response body.

pub(crate) mod body;
pub(crate) mod connect_error;
pub(crate) mod connection;
pub(crate) mod first_handshake;
pub(crate) mod idle;
pub(crate) mod pool;
pub(crate) mod proxy;
pub(crate) mod read_meter;
pub(crate) mod response;
pub(crate) mod tls;

use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "canned-response")]
use bytes::Bytes;
#[cfg(feature = "canned-response")]
use http::{HeaderMap, StatusCode};
use portal_core::{BaseUrl, Error, Result};

use crate::transport::connect_error::RootCause;
use crate::transport::connection::PendingRequest;
use crate::transport::pool::Pool;
use crate::transport::proxy::ProxySettings;
use crate::transport::response::{Response, TransportError, read_body};
use crate::transport::tls::Tls;
use crate::{Clock, Options};

/// The way in which requests reach one provider.
pub(crate) enum Transport {
    /// Through our own connection pool.
    Direct(Box<Pool>),
    /// Through a proxy, by reqwest.
    Proxied {
        http: reqwest::Client,
        base: BaseUrl,
    },
    /// Nothing is sent: every request gets this response body.
    #[cfg(feature = "canned-response")]
    Canned(Bytes),
}

impl Transport {
    /// Chooses the proxy if one applies to this base URL, else direct connections.
    pub(crate) fn new(
        base: &BaseUrl,
        tls: Arc<Tls>,
        proxy: Option<&ProxySettings>,
        options: &Options,
    ) -> Result<Self> {
        // Plain http stays on this machine; a proxy would see the key in clear text.
        if base.is_plain() || !ProxySettings::applies_to(base, proxy) {
            return Ok(Self::Direct(Box::new(Pool::new(base, tls, options))));
        }
        let http = proxied(base, &*tls.config()?, proxy, options).map_err(|error| {
            Error::configuration("proxy", "the HTTP client cannot be set up")
                .with_hint("check the proxy variables of the environment")
                .with_source(RootCause::of(&error))
        })?;
        let base = base.clone();
        Ok(Self::Proxied { http, base })
    }

    /// Takes the request, sends it once and reads the response.
    pub(crate) async fn send(
        &self,
        pending: &mut PendingRequest,
        clock: &Arc<dyn Clock>,
    ) -> Result<Response, TransportError> {
        match self {
            Self::Direct(pool) => pool.send(pending, clock).await,
            Self::Proxied { http, base } => {
                let mut request = pending.take();
                *request.uri_mut() = base.absolute(request.uri());
                let request = request.map(reqwest::Body::wrap).try_into()?;
                // Boxed, as in `Pool`, so that direct calls do not carry the space for it.
                let response = Box::pin(http.execute(request)).await?;
                read_body(&mut http::Response::<reqwest::Body>::from(response)).await
            }
            #[cfg(feature = "canned-response")]
            Self::Canned(body) => Ok(Response {
                status: StatusCode::OK,
                headers: HeaderMap::new(),
                body: body.clone(),
            }),
        }
    }

    /// Opens a connection if none is ready. A proxy's connections open with their first call.
    pub(crate) async fn warm_up(&self, clock: &Arc<dyn Clock>) -> Result<(), TransportError> {
        match self {
            Self::Direct(pool) => pool.warm_up(clock).await,
            _ => Ok(()),
        }
    }

    /// Stops using a connection on which a call, sent at `start`, timed out.
    pub(crate) fn retire(&self, pending: &PendingRequest, start: Duration) {
        if let Self::Direct(pool) = self {
            pool.retire(pending, start);
        }
    }
}

fn proxied(
    base: &BaseUrl,
    tls: &rustls::ClientConfig,
    proxy: Option<&ProxySettings>,
    options: &Options,
) -> reqwest::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(options.idle_timeout);
    if let Some(proxy) = proxy {
        builder = builder.proxy(proxy.rule(base)?);
    }
    builder.build()
}
