//! Group commit: all waiting jobs share one transaction, and so one write to the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

use super::error::StoreError;

/// A job that waits for the database.
pub(super) trait Job: Send {
    /// Runs the job; a failed job leaves no writes. An error fails the whole transaction.
    fn attempt(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()>;

    /// Sends the result to the caller.
    fn finish(self: Box<Self>, stored: Result<(), &Arc<rusqlite::Error>>);
}

/// Runs all jobs in one transaction; no result is sent before the commit.
pub(super) fn run(connection: &mut Connection, mut jobs: Vec<Box<dyn Job>>) {
    let stored = commit(connection, &mut jobs).map_err(Arc::new);
    for job in jobs {
        job.finish(stored.as_ref().copied());
    }
}

fn commit(connection: &mut Connection, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for job in jobs {
        job.attempt(&transaction)?;
    }
    transaction.commit()
}

/// A closure, with the channel for its result.
pub(super) struct QueuedJob<W, T, E> {
    work: Option<W>,
    /// `None` until the job has run.
    outcome: Option<Result<T, E>>,
    sender: oneshot::Sender<Result<T, E>>,
}

impl<W, T, E> QueuedJob<W, T, E> {
    pub(super) fn new(work: W) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (sender, receiver) = oneshot::channel();
        let job = Self {
            work: Some(work),
            outcome: None,
            sender,
        };
        (job, receiver)
    }
}

impl<W, T, E> Job for QueuedJob<W, T, E>
where
    W: FnOnce(&Transaction<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn attempt(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        execute(tx, "SAVEPOINT job")?;
        // A panic fails this job only: its writes are rolled back below, and the connection stays usable.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(tx)))
            .unwrap_or_else(|_| Err(StoreError::Stopped.into()));
        if outcome.is_err() {
            execute(tx, "ROLLBACK TO job")?;
        }
        execute(tx, "RELEASE job")?;
        self.outcome = Some(outcome);
        Ok(())
    }

    fn finish(self: Box<Self>, stored: Result<(), &Arc<rusqlite::Error>>) {
        let result = match (self.outcome, stored) {
            // A failed job has nothing to commit.
            (Some(outcome), Ok(())) | (Some(outcome @ Err(_)), _) => outcome,
            (_, Err(error)) => Err(StoreError::Transaction(Arc::clone(error)).into()),
            (None, Ok(())) => Err(StoreError::Stopped.into()),
        };
        // The caller may have been dropped; the writes stay.
        let _ = self.sender.send(result);
    }
}

fn execute(tx: &Transaction<'_>, sql: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(sql)?.execute([]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = Result<(), StoreError>;

    fn database(path: &str) -> Connection {
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch(
                "PRAGMA foreign_keys = true;
                 CREATE TABLE IF NOT EXISTS names (
                     name TEXT PRIMARY KEY,
                     friend TEXT REFERENCES names DEFERRABLE INITIALLY DEFERRED
                 )",
            )
            .unwrap();
        connection
    }

    fn names(connection: &Connection) -> Vec<String> {
        let mut rows = connection
            .prepare("SELECT name FROM names ORDER BY rowid")
            .unwrap();
        let names = rows.query_map([], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    }

    /// A job that writes a name, with a friend's if given, and then returns what `end` returns.
    fn job(
        name: &'static str,
        friend: Option<&'static str>,
        end: fn() -> Outcome,
    ) -> (Box<dyn Job>, oneshot::Receiver<Outcome>) {
        let (job, result) = QueuedJob::new(move |tx: &Transaction<'_>| {
            tx.execute("INSERT INTO names VALUES (?1, ?2)", (name, friend))?;
            end()
        });
        (Box::new(job), result)
    }

    #[test]
    fn a_job_that_fails_or_panics_leaves_no_writes_and_harms_no_other() {
        let mut connection = database(":memory:");
        let (first, mut first_result) = job("first", None, || Ok(()));
        let (failing, mut failing_result) = job("failing", None, || Err(askama::Error::Fmt.into()));
        let (panicking, mut panicking_result) = job("panicking", None, || panic!("on purpose"));
        let (twice, mut twice_result) = job("first", None, || Ok(()));
        let (last, mut last_result) = job("last", None, || Ok(()));
        run(
            &mut connection,
            vec![first, failing, panicking, twice, last],
        );
        assert_eq!(names(&connection), ["first", "last"]);
        assert!(matches!(first_result.try_recv(), Ok(Ok(()))));
        assert!(matches!(
            failing_result.try_recv(),
            Ok(Err(StoreError::Template(_)))
        ));
        assert!(matches!(
            panicking_result.try_recv(),
            Ok(Err(StoreError::Stopped))
        ));
        assert!(matches!(
            twice_result.try_recv(),
            Ok(Err(StoreError::Database(_)))
        ));
        assert!(matches!(last_result.try_recv(), Ok(Ok(()))));
    }

    #[test]
    fn no_job_succeeds_if_the_commit_fails() {
        let mut connection = database(":memory:");
        let (good, mut good_result) = job("good", None, || Ok(()));
        let (refused, mut refused_result) = job("refused", None, || Err(askama::Error::Fmt.into()));
        let (dangling, mut dangling_result) = job("dangling", Some("missing"), || Ok(()));
        run(&mut connection, vec![good, refused, dangling]);
        for result in [&mut good_result, &mut dangling_result] {
            assert!(matches!(
                result.try_recv(),
                Ok(Err(StoreError::Transaction(_)))
            ));
        }
        assert!(matches!(
            refused_result.try_recv(),
            Ok(Err(StoreError::Template(_)))
        ));
        assert!(names(&connection).is_empty());

        let (next, mut result) = job("next", None, || Ok(()));
        run(&mut connection, vec![next]);
        assert!(matches!(result.try_recv(), Ok(Ok(()))));
        assert_eq!(names(&connection), ["next"]);
    }

    #[test]
    fn a_transaction_that_cannot_begin_fails_every_job() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let mut connection = database(path);
        connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        connection.set_transaction_behavior(rusqlite::TransactionBehavior::Immediate);
        let other = database(path);
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (jobs, results): (Vec<_>, Vec<_>) = ["a", "b"]
            .map(|name| job(name, None, || Ok(())))
            .into_iter()
            .unzip();
        run(&mut connection, jobs);
        for mut result in results {
            assert!(matches!(
                result.try_recv(),
                Ok(Err(StoreError::Transaction(_)))
            ));
        }
    }
}
