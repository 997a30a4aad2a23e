use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;

use crate::fault::Faults;
use crate::journal::Journal;
use crate::sandbox::Sandbox;
use crate::store::{self, Failure, Store};
use crate::timeline::Timekeeper;
use crate::world::{World, whole_seconds};
use crate::{Clock, Dialect, Error, Seed, SystemClock, webhook};

/// What a sandbox shall be like; made by [`Sandbox::builder`].
#[derive(Debug)]
#[must_use = "a sandbox runs once `start` was awaited"]
pub struct Builder {
    listen: SocketAddr,
    beyond_loopback: bool,
    database: Option<PathBuf>,
    dialect: Dialect,
    clock: Arc<dyn Clock>,
    seed: Option<Seed>,
    webhook_timeout: Duration,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8787)),
            beyond_loopback: false,
            database: None,
            dialect: Dialect::default(),
            clock: Arc::new(SystemClock),
            seed: None,
            webhook_timeout: webhook::TIMEOUT,
        }
    }

    /// Listens on `address` in place of `127.0.0.1:8787`; port 0 takes any free port.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Allows an address that other machines can reach, which is refused otherwise.
    ///
    /// The demo credentials are public and the portal pages are open to whoever has a link: everybody on that network
    /// can use the sandbox. The control API stays on loopback.
    pub fn allow_non_loopback(mut self) -> Self {
        self.beyond_loopback = true;
        self
    }

    /// Keeps the state in an SQLite file in place of memory; a new file is readable by its owner alone.
    pub fn database(mut self, path: impl Into<PathBuf>) -> Self {
        self.database = Some(path.into());
        self
    }

    /// Chooses which generation of OnlineApp's documentation to answer by.
    pub fn onlineapp_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Takes the time from `clock` in place of the machine.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Starts with `seed` in place of [`Seed::default`], and returns to it on reset.
    ///
    /// A database that is not new keeps what it holds, and has to have been made from a seed with the same credentials.
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Gives a webhook's receiver this long to answer, in place of the documented 10 seconds of real time.
    pub fn webhook_timeout(mut self, timeout: Duration) -> Self {
        self.webhook_timeout = timeout;
        self
    }

    /// Starts the sandbox on the current tokio runtime; it listens once this returns.
    ///
    /// Dropping the future leaves nothing that listens. A database that was being made stays, and is
    /// whole.
    ///
    /// # Errors
    /// Each variant of [`Error`] but `UnknownDialect`, `Seed` and `SeedFile`.
    pub async fn start(self) -> Result<Sandbox, Error> {
        let asked = self.listen;
        if !asked.ip().to_canonical().is_loopback() && !self.beyond_loopback {
            return Err(Error::NotLoopback { address: asked });
        }
        // Listening comes first, so that an address in use leaves no new file behind.
        let listener = TcpListener::bind(asked)
            .await
            .map_err(|error| refused(asked, error))?;
        let address = listener
            .local_addr()
            .map_err(|error| refused(asked, error))?;
        let seed = Arc::new(self.seed.unwrap_or_default());
        let (store, offset) = open(
            self.database,
            Arc::clone(&seed),
            whole_seconds(self.clock.now()),
        )
        .await?;
        let (timekeeper, orders) = Timekeeper::new();
        let world = World {
            store,
            journal: Journal::new(seed.keys()),
            faults: Faults::default(),
            clock: self.clock,
            offset: AtomicI64::new(offset),
            timekeeper,
            seed,
            dialect: self.dialect,
            webhook_timeout: self.webhook_timeout,
            url: format!("http://{}", reachable(address)),
        };
        Ok(Sandbox::run(listener, world, orders))
    }
}

/// Opens the database and says by how much its time is ahead of the clock.
async fn open(
    path: Option<PathBuf>,
    seed: Arc<Seed>,
    now: Timestamp,
) -> Result<(Store, i64), Error> {
    let shown = path.clone().unwrap_or_default();
    let sown = Arc::clone(&seed);
    let opening =
        tokio::task::spawn_blocking(move || Store::open(path.as_deref(), |tx| sown.sow(tx, now)));
    let store = opening.await.expect("opening a database does not panic")?;
    let found: Result<_, Failure> = store
        .run(move |tx| Ok((seed.fits(tx)?, store::clock::offset(tx)?)))
        .await;
    match found {
        Ok((true, offset)) => Ok((store, offset)),
        Ok((false, _)) => Err(Error::OtherSeed { path: shown }),
        Err(failure) => Err(Error::Database {
            path: shown,
            source: failure.into(),
        }),
    }
}

/// An address that a browser on this machine can open: "all addresses" is none.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn refused(address: SocketAddr, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::AddrInUse => Error::AddressInUse { address },
        _ => Error::Listen { address, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_a_sandbox_on_all_addresses_lead_to_this_machine() {
        for (given, expected) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.1:80", "10.0.0.1:80"),
        ] {
            assert_eq!(reachable(given.parse().unwrap()).to_string(), expected);
        }
    }
}
