use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use portal_core::{BaseUrl, Delivery, Error, Kind, Result};
use tokio::net::{TcpStream, lookup_host};

use crate::Clock;
use crate::clock::within;
use crate::transport::proxy::Proxy;

/// Where a connection to a provider leads first: to its host, or to the proxy's.
pub(crate) struct Way {
    host: String,
    port: u16,
    /// How errors call it.
    name: String,
    hint: String,
}

impl Way {
    pub(crate) fn to(base: &BaseUrl, proxy: Option<&Proxy>) -> Self {
        let (host, port) = match proxy {
            Some(proxy) => proxy.host_and_port(),
            None => (base.host().to_owned(), base.port()),
        };
        let (name, hint) = match proxy {
            Some(proxy) => (
                format!("the proxy of `{}`, `{host}:{port}`", proxy.variable),
                format!(
                    "check `{}`, and that the proxy runs; `NO_PROXY` names hosts to be reached without it",
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

    /// Finds the addresses.
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
        let found = in_time(clock, limit, lookup_host((host.as_str(), self.port))).await;
        match found.map(Iterator::collect::<Vec<_>>) {
            Ok(addresses) if !addresses.is_empty() => {
                let seen = match addresses.len() {
                    1 => format!("{name} has 1 address"),
                    count => format!("{name} has {count} addresses"),
                };
                Ok((addresses, seen))
            }
            Ok(_) => Err(unavailable(format!("{name} has no address")).with_hint(HINT_DNS)),
            Err(error) => Err(
                unavailable(format!("the address of {name} cannot be found"))
                    .with_hint(HINT_DNS)
                    .with_source(error),
            ),
        }
    }

    /// Connects to one of the addresses, and hangs up.
    pub(crate) async fn connect(
        &self,
        addresses: Vec<SocketAddr>,
        clock: &dyn Clock,
        limit: Duration,
    ) -> Result<((), String)> {
        let any = async {
            let mut failed = None;
            for address in addresses {
                match TcpStream::connect(address).await {
                    Ok(_) => return Ok(address),
                    Err(error) => failed = Some(error),
                }
            }
            Err(failed.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
        };
        match in_time(clock, limit, any).await {
            Ok(address) => Ok(((), format!("{} listens, at {address}", self.name))),
            Err(error) => Err(unavailable(format!("no connection to {}", self.name))
                .with_hint(self.hint.clone())
                .with_source(error)),
        }
    }
}

/// Waits for something of the network's, which is late once the time is up.
async fn in_time<T>(
    clock: &dyn Clock,
    limit: Duration,
    something: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    let there = within(clock, limit, pin!(something)).await;
    there.unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))
}

const HINT_DNS: &str = "check the name, and this machine's DNS";

fn unavailable(message: String) -> Error {
    Error::new(Kind::Unavailable, Delivery::NotSent, message)
}
