use std::error::Error as StdError;
use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use http::Uri;
use portal_core::{BaseUrl, Delivery, Error, Kind, Result};
use tokio::net::lookup_host;
use tower_service::Service;

use crate::Clock;
use crate::clock::timeout;
use crate::transport::connect_error::RootCause;
use crate::transport::pool::tcp_connector;
use crate::transport::proxy::ProxySettings;

/// The host that connections to a provider go to: the provider's own, or the proxy's.
pub(crate) struct CheckedHost {
    host: String,
    port: u16,
    uri: Uri,
    /// The host's name in errors.
    name: String,
    hint: String,
}

impl CheckedHost {
    pub(crate) fn new(base: &BaseUrl, proxy: Option<&ProxySettings>) -> Self {
        let (host, port) = match proxy {
            Some(proxy) => proxy.host_and_port(),
            None => (base.host().to_owned(), base.port()),
        };
        let (name, hint) = match proxy {
            Some(proxy) => (
                format!("the proxy of `{}`, `{host}:{port}`", proxy.variable),
                format!(
                    "check `{}`, and that the proxy runs; list hosts to reach without it in `NO_PROXY`",
                    proxy.variable
                ),
            ),
            None => (
                format!("`{host}:{port}`"),
                "check the base URL and the network: a firewall, or a proxy that `HTTPS_PROXY` should name".into(),
            ),
        };
        let uri = format!("http://{host}:{port}");
        Self {
            uri: uri.parse().expect("a URL's host and port"),
            host: host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned(),
            port,
            name,
            hint,
        }
    }

    /// Resolves the host name.
    pub(crate) async fn resolve(&self, clock: &dyn Clock, limit: Duration) -> Result<String> {
        let Self { host, name, .. } = self;
        if host.parse::<IpAddr>().is_ok() {
            return Ok(format!("{name} is an address"));
        }
        let found = io_timeout(clock, limit, lookup_host((host.as_str(), self.port))).await;
        match found.map(Iterator::count) {
            Ok(1) => Ok(format!("{name} has 1 address")),
            Ok(count) if count > 1 => Ok(format!("{name} has {count} addresses")),
            Ok(_) => Err(unavailable(format!("{name} has no address")).with_hint(HINT_DNS)),
            Err(error) => Err(
                unavailable(format!("the address of {name} cannot be found"))
                    .with_hint(HINT_DNS)
                    .with_source(error),
            ),
        }
    }

    /// Connects as calls do, and closes the connection.
    pub(crate) async fn connect(&self, clock: &dyn Clock, limit: Duration) -> Result<String> {
        let connecting = async {
            let mut tcp = tcp_connector();
            poll_fn(|cx| tcp.poll_ready(cx)).await.map_err(failed)?;
            let stream = tcp.call(self.uri.clone()).await.map_err(failed)?;
            stream.inner().peer_addr()
        };
        match io_timeout(clock, limit, connecting).await {
            Ok(address) => Ok(format!("{} listens, at {address}", self.name)),
            Err(error) => Err(unavailable(format!("no connection to {}", self.name))
                .with_hint(self.hint.clone())
                .with_source(error)),
        }
    }
}

fn failed(error: impl StdError + 'static) -> io::Error {
    io::Error::other(RootCause::of(&error))
}

/// Waits for an I/O operation; fails with `TimedOut` after `limit`.
async fn io_timeout<T>(
    clock: &dyn Clock,
    limit: Duration,
    operation: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    let result = timeout(clock, limit, pin!(operation)).await;
    result.unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))
}

const HINT_DNS: &str = "check the name, and this machine's DNS";

fn unavailable(message: String) -> Error {
    Error::new(Kind::Unavailable, Delivery::NotSent, message)
}
