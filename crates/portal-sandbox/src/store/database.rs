use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::batch::{self, Job, QueuedJob};
use super::error::{Result, StoreError};
use super::file::DatabaseFile;
use crate::Error;

/// The database, shared by all handlers.
///
/// It has one connection, since SQLite allows one writer, and an in-memory database belongs to one connection. One blocking
/// thread uses it at a time, so that a slow disk blocks no async task.
#[derive(Clone)]
pub(crate) struct Store {
    connection: Arc<Mutex<Connection>>,
    /// Jobs that arrived while the database was busy; they share the next transaction.
    waiting: Arc<Mutex<Vec<Box<dyn Job>>>>,
    /// After the connection, so that the lock outlives it; `None` in memory.
    _file: Option<Arc<DatabaseFile>>,
}

/// `ptly` in ASCII: marks a file as a sandbox's database.
const APPLICATION_ID: i32 = 0x7074_6c79;
/// Increases with every change to `schema.sql`.
const SCHEMA_VERSION: i32 = 2;

impl Store {
    /// Opens the file, or a database in memory; an empty one gets the schema and the data of `initial` in one transaction.
    pub(crate) fn open(
        path: Option<&Path>,
        initial: impl FnOnce(&Transaction<'_>) -> Result<()>,
    ) -> std::result::Result<Self, Error> {
        let name = path.unwrap_or(Path::new(":memory:"));
        let file = path.map(DatabaseFile::lock).transpose()?;
        let opened = match &file {
            None => Connection::open_in_memory(),
            Some(file) => Connection::open(file.path()),
        };
        let protect = || file.as_ref().map_or(Ok(()), DatabaseFile::make_private);
        let prepared = opened
            .map_err(StoreError::from)
            .and_then(|connection| prepare(connection, protect, initial));
        match prepared.map_err(|error| Error::database(name, error))? {
            Some(connection) => Ok(Self {
                connection: Arc::new(Mutex::new(connection)),
                waiting: Arc::default(),
                _file: file.map(Arc::new),
            }),
            None => Err(Error::ForeignDatabase {
                path: name.to_owned(),
            }),
        }
    }

    /// Runs `work` atomically: all of its writes are committed when this returns, or none if it fails.
    ///
    /// It shares a transaction with the other waiting jobs, in the order in which they arrived.
    pub(crate) async fn run<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, result) = QueuedJob::new(work);
        self.queue(Box::new(job));
        result
            .await
            .unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }

    /// Queues a job. The first of a batch spawns the thread that waits for the connection and runs them all.
    fn queue(&self, job: Box<dyn Job>) {
        let mut waiting = lock(&self.waiting);
        if waiting.is_empty() {
            let store = self.clone();
            // Not awaited: each job sends its own result.
            drop(tokio::task::spawn_blocking(move || {
                let mut connection = lock(&store.connection);
                let jobs = std::mem::take(&mut *lock(&store.waiting));
                batch::run(&mut connection, jobs);
            }));
        }
        waiting.push(job);
    }
}

/// Locks the mutex, even after a panic, because a panic leaves these values consistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// Empties every table.
pub(crate) fn clear(tx: &Transaction<'_>) -> Result<()> {
    // Tables are emptied in any order; the references are valid again once all are empty.
    tx.pragma_update(None, "defer_foreign_keys", true)?;
    let mut names = tx.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    for name in names.query_map([], |row| row.get::<_, String>(0))? {
        tx.execute(&format!("DELETE FROM \"{}\"", name?), [])?;
    }
    Ok(())
}

/// Configures the connection; `None` for another program's database, which is left unchanged.
fn prepare(
    mut connection: Connection,
    protect: impl FnOnce() -> io::Result<()>,
    initial: impl FnOnce(&Transaction<'_>) -> Result<()>,
) -> Result<Option<Connection>> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // More than the statements of both providers' calls, so that none is prepared again for each call.
    connection.set_prepared_statement_cache_capacity(64);
    // Taking the write lock at once avoids a deadlock with another program that uses the file.
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    if !is_ours_or_initialized(&mut connection, protect, initial)? {
        return Ok(None);
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // With WAL a killed process loses nothing either way, but only FULL writes the log to the disk before a commit
    // returns, so that a power cut loses nothing that was acknowledged.
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(Some(connection))
}

/// Returns whether the database is a sandbox's. An empty one first gets the schema and the data of `initial`.
///
/// Calls `protect` after the check for another program's database, and before anything is written.
fn is_ours_or_initialized(
    connection: &mut Connection,
    protect: impl FnOnce() -> io::Result<()>,
    initial: impl FnOnce(&Transaction<'_>) -> Result<()>,
) -> Result<bool> {
    let transaction = connection.transaction()?;
    let number = |pragma| transaction.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let identity = (number("application_id")?, number("user_version")?);
    let tables: i32 =
        transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match identity {
        (APPLICATION_ID, SCHEMA_VERSION) => {
            protect()?;
            Ok(true)
        }
        (0, 0) if tables == 0 => {
            protect()?;
            transaction.execute_batch(include_str!("schema.sql"))?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            initial(&transaction)?;
            transaction.commit()?;
            Ok(true)
        }
        _ => Ok(false),
    }
}
