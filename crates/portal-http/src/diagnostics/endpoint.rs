use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use portal_core::{BaseUrl, Delivery, Error, Kind, Result};
use tokio::net::{TcpStream, lookup_host};

use crate::Clock;
use crate::clock::timeout;
use crate::transport::proxy::Proxy;

/// Where a connection to a provider starts: at its host, or at the proxy's.
pub(crate) struct Endpoint {
    host: String,
    port: u16,
    /// Its name in errors.
    name: String,
    hint: String,
}

impl Endpoint {
    pub(crate) fn new(base: &BaseUrl, proxy: Option<&Proxy>) -> Self {
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
        Self {
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
    pub(crate) async fn resolve(
        &self,
        clock: &dyn Clock,
        limit: Duration,
    ) -> Result<(Vec<SocketAddr>, String)> {
        let Self { host, name, .. } = self;
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok((
                vec![(address, self.port).into()],
                format!("{name} is an address"),
            ));
        }
        let found = io_timeout(clock, limit, lookup_host((host.as_str(), self.port))).await;
        match found.map(Iterator::collect::<Vec<_>>) {
            Ok(addresses) if !addresses.is_empty() => {
                let text = match addresses.len() {
                    1 => format!("{name} has 1 address"),
                    count => format!("{name} has {count} addresses"),
                };
                Ok((addresses, text))
            }
            Ok(_) => Err(unavailable(format!("{name} has no address")).with_hint(HINT_DNS)),
            Err(error) => Err(
                unavailable(format!("the address of {name} cannot be found"))
                    .with_hint(HINT_DNS)
                    .with_source(error),
            ),
        }
    }

    /// Connects to one of the addresses, and closes the connection.
    pub(crate) async fn connect(
        &self,
        addresses: Vec<SocketAddr>,
        clock: &dyn Clock,
        limit: Duration,
    ) -> Result<((), String)> {
        let any = async {
            let mut failure = None;
            for address in addresses {
                match TcpStream::connect(address).await {
                    Ok(_) => return Ok(address),
                    Err(error) => failure = Some(error),
                }
            }
            Err(failure.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
        };
        match io_timeout(clock, limit, any).await {
            Ok(address) => Ok(((), format!("{} listens, at {address}", self.name))),
            Err(error) => Err(unavailable(format!("no connection to {}", self.name))
                .with_hint(self.hint.clone())
                .with_source(error)),
        }
    }
}

/// Waits for an I/O operation; `TimedOut` once the time is up.
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
