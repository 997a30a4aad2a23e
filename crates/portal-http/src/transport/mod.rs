pub(crate) mod body;
pub(crate) mod connect_error;
pub(crate) mod connection;
pub(crate) mod pool;
pub(crate) mod proxy;
pub(crate) mod response;
pub(crate) mod tls;

use std::sync::Arc;

#[cfg(feature = "canned-response")]
use bytes::Bytes;
use http::Response;
#[cfg(feature = "canned-response")]
use http::{HeaderMap, StatusCode};
use portal_core::{BaseUrl, Error, Result};

use crate::transport::connect_error::Cause;
use crate::transport::connection::Unsent;
use crate::transport::pool::{Direct, IDLE};
use crate::transport::proxy::Proxy;
use crate::transport::response::{Lost, Received, read};
use crate::transport::tls::Tls;
use crate::{Clock, Options};

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
