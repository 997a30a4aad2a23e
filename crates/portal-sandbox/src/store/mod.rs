//! The sandbox's state in SQLite, one file per noun.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use self::batch::{Asked, Job};
use crate::Error;

pub(crate) mod accounts;
mod batch;
pub(crate) mod cards;
pub(crate) mod clock;
pub(crate) mod customers;
pub(crate) mod invoices;
pub(crate) mod links;
pub(crate) mod outbox;
pub(crate) mod products;
pub(crate) mod subscriptions;
pub(crate) mod users;

/// The database, shared by all handlers.
///
/// One connection, since SQLite has one writer anyway, and an in-memory database exists on its connection only. It is
/// used on one of tokio's blocking threads at a time, so that a slow disk or a second sandbox on the same file holds up
/// no connection to a client.
#[derive(Clone)]
pub(crate) struct Store {
    connection: Arc<Mutex<Connection>>,
    /// What is asked of the database while it is busy: all of it is the next transaction.
    waiting: Arc<Mutex<Vec<Box<dyn Job>>>>,
}

/// Why the state could not be read or written: the sandbox's fault, an answer of status 500.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the database failed")]
    Database(#[from] rusqlite::Error),
    /// Also of others that were part of it.
    #[error("the transaction failed")]
    Transaction(#[source] Arc<rusqlite::Error>),
    #[error("a stored value does not read")]
    Json(#[from] serde_json::Error),
    #[error("a page's template failed")]
    Template(#[from] askama::Error),
    #[error("the work was stopped before it ended")]
    Stopped,
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// `ptly` in ASCII: tells a database of ours from any other.
const APPLICATION_ID: i32 = 0x7074_6c79;
/// Goes up with every change to `schema.sql`.
const SCHEMA_VERSION: i32 = 2;

impl Store {
    /// Opens the file, or a database in memory; an empty one gets the schema and `first`'s data in one transaction.
    pub(crate) fn open(
        path: Option<&Path>,
        first: impl FnOnce(&Transaction<'_>) -> Result<()>,
    ) -> std::result::Result<Self, Error> {
        let (shown, opened) = match path {
            None => (Path::new(":memory:"), Connection::open_in_memory()),
            Some(path) => {
                create_private(path).map_err(|error| unusable(path, error))?;
                (path, Connection::open(path))
            }
        };
        let prepared = opened
            .map_err(Failure::from)
            .and_then(|connection| prepare(connection, first));
        match prepared.map_err(|failure| unusable(shown, failure))? {
            Some(connection) => Ok(Self {
                connection: Arc::new(Mutex::new(connection)),
                waiting: Arc::default(),
            }),
            None => Err(Error::ForeignDatabase {
                path: shown.to_owned(),
            }),
        }
    }

    /// Does `work` whole or not at all: all of it is stored when this returns, and none of it where it fails.
    ///
    /// It shares a transaction with what else waits, each after what was asked for before it.
    pub(crate) async fn run<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Failure> + Send + 'static,
    {
        let (job, answered) = Asked::new(work);
        self.queue(Box::new(job));
        answered
            .await
            .unwrap_or_else(|_| Err(Failure::Stopped.into()))
    }

    /// Whoever comes first waits for the connection on behalf of all who come until it is free.
    fn queue(&self, job: Box<dyn Job>) {
        let mut waiting = hold(&self.waiting);
        if waiting.is_empty() {
            let store = self.clone();
            // Its end is told by the jobs' answers.
            drop(tokio::task::spawn_blocking(move || {
                let mut connection = hold(&store.connection);
                let jobs = std::mem::take(&mut *hold(&store.waiting));
                batch::run(&mut connection, jobs);
            }));
        }
        waiting.push(job);
    }
}

/// Locks; a panic leaves nothing half done behind these locks.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// Empties every table.
pub(crate) fn clear(tx: &Transaction<'_>) -> Result<()> {
    // Tables are emptied in no particular order; the references hold again once all are empty.
    tx.pragma_update(None, "defer_foreign_keys", true)?;
    let mut names = tx.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    for name in names.query_map([], |row| row.get::<_, String>(0))? {
        tx.execute(&format!("DELETE FROM \"{}\"", name?), [])?;
    }
    Ok(())
}

/// Gives the connection its manners; `None` for a database that is not ours, which is left untouched.
fn prepare(
    mut connection: Connection,
    first: impl FnOnce(&Transaction<'_>) -> Result<()>,
) -> Result<Option<Connection>> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // More than the statements of both providers' calls, so that none is prepared anew for each.
    connection.set_prepared_statement_cache_capacity(64);
    // Taking the write lock at once spares a deadlock between two sandboxes on one file.
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    if !recognise(&mut connection, first)? {
        return Ok(None);
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // An answer says that its link is there. With WAL a killed process loses nothing either way, but only FULL writes
    // the log through to the disk before a commit returns, so that a power cut loses nothing that was acknowledged.
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(Some(connection))
}

/// Says whether the database is ours, as an empty one becomes by the schema and `first`'s data.
fn recognise(
    connection: &mut Connection,
    first: impl FnOnce(&Transaction<'_>) -> Result<()>,
) -> Result<bool> {
    let transaction = connection.transaction()?;
    let number = |pragma| transaction.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let identity = (number("application_id")?, number("user_version")?);
    let tables: i32 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match identity {
        (APPLICATION_ID, SCHEMA_VERSION) => Ok(true),
        (0, 0) if tables == 0 => {
            transaction.execute_batch(include_str!("schema.sql"))?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            first(&transaction)?;
            transaction.commit()?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Makes the file, readable by its owner alone, before SQLite would make it readable by all; the write-ahead log
/// inherits that.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn unusable(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Database {
        path: path.to_owned(),
        source: source.into(),
    }
}
