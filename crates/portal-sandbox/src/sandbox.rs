use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::clock::truncate_to_seconds;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::schedule::scheduler::{Scheduler, SchedulerCommands};
use crate::server::limits::Limits;
use crate::state::AppState;
use crate::store::{self, Store, StoreError};
use crate::webhook::delivery;
use crate::{Clock, Dialect, Error, ProviderAccount, SandboxInfo, Seed, SystemClock, server};

/// A running sandbox; it stops when it is shut down or dropped.
pub struct Sandbox {
    info: SandboxInfo,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Returns a builder with the default configuration.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Returns the origin, like `http://127.0.0.1:8787`, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> &str {
        self.info.url()
    }

    /// Returns the sandbox's URL and accounts.
    #[must_use]
    pub fn info(&self) -> &SandboxInfo {
        &self.info
    }

    /// Returns the account of each provider that the sandbox emulates.
    #[must_use]
    pub fn accounts(&self) -> &[ProviderAccount] {
        self.info.accounts()
    }

    /// Returns the account of the provider with this id; `None` if the sandbox does not emulate it.
    #[must_use]
    pub fn account(&self, provider: &str) -> Option<&ProviderAccount> {
        self.info.account(provider)
    }

    /// Stops listening, gives running calls up to five seconds to end, and closes every connection.
    ///
    /// Dropping the future closes all of them at once.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            // Fails only if the server has ended already.
            let _ = stop.send(());
        }
        // An error here is a panic of the server's task, which the panic hook has printed.
        let _ = (&mut self.server).await;
    }

    fn run(listener: TcpListener, state: AppState, commands: SchedulerCommands) -> Self {
        let info = SandboxInfo::new(&state.seed, &state.url);
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(server::serve(listener, Arc::new(state), commands, stopped));
        Self {
            info,
            stop: Some(stop),
            server,
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The task owns the listener and every connection's task, so they end with it.
        self.server.abort();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("url", &self.info.url())
            .finish_non_exhaustive()
    }
}

/// The configuration of a sandbox; create it with [`Sandbox::builder`].
#[derive(Debug)]
#[must_use = "a sandbox runs once `start` was awaited"]
pub struct Builder {
    listen: SocketAddr,
    allow_non_loopback: bool,
    database: Option<PathBuf>,
    dialect: Dialect,
    clock: Arc<dyn Clock>,
    seed: Option<Seed>,
    webhook_timeout: Duration,
    max_connections: Option<usize>,
}

impl Builder {
    fn new() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8787)),
            allow_non_loopback: false,
            database: None,
            dialect: Dialect::default(),
            clock: Arc::new(SystemClock),
            seed: None,
            webhook_timeout: delivery::TIMEOUT,
            max_connections: None,
        }
    }

    /// Listens on `address` instead of `127.0.0.1:8787`; port 0 takes any free port.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Allows an address that other machines can reach; by default it is refused.
    ///
    /// The demo credentials are public and the portal pages open for anyone with a link, so every machine on that
    /// network can use the sandbox. The control API stays on loopback.
    pub fn allow_non_loopback(mut self) -> Self {
        self.allow_non_loopback = true;
        self
    }

    /// Keeps the state in an SQLite file instead of memory.
    ///
    /// Only its owner can read the file, and one sandbox at a time can use it. An empty `-lock` file stays beside it.
    pub fn database(mut self, path: impl Into<PathBuf>) -> Self {
        self.database = Some(path.into());
        self
    }

    /// Sets the version of OnlineApp's documentation to follow.
    pub fn onlineapp_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Takes the time from `clock` instead of the machine.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Starts with `seed` instead of [`Seed::default`]; a reset restores it.
    ///
    /// An existing database keeps its data; it must have been created from a seed with the same credentials.
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the time that a webhook's receiver has to answer, instead of the documented 10 seconds of real time.
    pub fn webhook_timeout(mut self, timeout: Duration) -> Self {
        self.webhook_timeout = timeout;
        self
    }

    /// Sets how many connections may be open, instead of 4,096 or what the process's limit of open files allows.
    ///
    /// Beyond it, the connection that has been idle for the longest time is closed. Half as many provider calls are
    /// handled at a time, a quarter waits, and further ones get 503.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = Some(connections);
        self
    }

    /// Starts the sandbox on the current tokio runtime; it listens once this returns.
    ///
    /// Dropping the future closes the listener. A database that was being created stays, and is complete.
    ///
    /// # Errors
    /// Each variant of [`Error`] but `UnknownDialect`, `Seed` and `SeedFile`.
    pub async fn start(self) -> Result<Sandbox, Error> {
        let requested = self.listen;
        if !requested.ip().to_canonical().is_loopback() && !self.allow_non_loopback {
            return Err(Error::NotLoopback { address: requested });
        }
        // Listening comes first, so that an address in use leaves no new file behind.
        let listener = TcpListener::bind(requested)
            .await
            .map_err(|error| listen_error(requested, error))?;
        let address = listener
            .local_addr()
            .map_err(|error| listen_error(requested, error))?;
        let seed = Arc::new(self.seed.unwrap_or_default());
        let (store, offset) = open(
            self.database,
            Arc::clone(&seed),
            truncate_to_seconds(self.clock.now()),
        )
        .await?;
        let (scheduler, commands) = Scheduler::new();
        let state = AppState {
            store,
            journal: Journal::new(&seed.secrets()),
            faults: Faults::default(),
            limits: self
                .max_connections
                .map_or_else(Limits::default, Limits::new),
            clock: self.clock,
            offset: AtomicI64::new(offset),
            scheduler,
            seed,
            dialect: self.dialect,
            webhook_timeout: self.webhook_timeout,
            url: format!("http://{}", browsable(address)),
        };
        Ok(Sandbox::run(listener, state, commands))
    }
}

/// Opens the database; returns it with its clock offset in seconds.
async fn open(
    path: Option<PathBuf>,
    seed: Arc<Seed>,
    now: Timestamp,
) -> Result<(Store, i64), Error> {
    let file = path.clone().unwrap_or_default();
    let initial = Arc::clone(&seed);
    let opening = tokio::task::spawn_blocking(move || {
        Store::open(path.as_deref(), |tx| initial.seed_database(tx, now))
    });
    let store = opening.await.expect("opening a database does not panic")?;
    let loaded: Result<_, StoreError> = store
        .run(move |tx| Ok((seed.matches(tx)?, store::clock::offset(tx)?)))
        .await;
    match loaded {
        Ok((true, offset)) => Ok((store, offset)),
        Ok((false, _)) => Err(Error::OtherSeed { path: file }),
        Err(error) => Err(Error::Database {
            path: file,
            source: error.into(),
        }),
    }
}

/// Returns an address that a browser on this machine can open: an unspecified address becomes loopback.
fn browsable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn listen_error(address: SocketAddr, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::AddrInUse => Error::AddressInUse { address },
        _ => Error::Listen { address, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_on_all_addresses_gives_links_to_loopback() {
        for (listen, expected) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.1:80", "10.0.0.1:80"),
        ] {
            assert_eq!(browsable(listen.parse().unwrap()).to_string(), expected);
        }
    }
}
