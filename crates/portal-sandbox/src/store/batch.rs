//! Group commit: what waits for the database is one transaction, and so one write to the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

use super::Failure;

/// Work that waits for its turn at the database.
pub(super) trait Job: Send {
    /// Does the work, or leaves no trace of it where it fails. An error is the whole transaction's.
    fn attempt(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()>;

    /// Tells whoever waits what came of it.
    fn answer(self: Box<Self>, stored: Result<(), &Arc<rusqlite::Error>>);
}

/// Does all jobs in one transaction; nobody is answered before it is stored.
pub(super) fn run(connection: &mut Connection, mut jobs: Vec<Box<dyn Job>>) {
    let stored = commit(connection, &mut jobs).map_err(Arc::new);
    for job in jobs {
        job.answer(stored.as_ref().copied());
    }
}

fn commit(connection: &mut Connection, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for job in jobs {
        job.attempt(&transaction)?;
    }
    transaction.commit()
}

/// A closure with the one who waits for its value.
pub(super) struct Asked<W, T, E> {
    work: Option<W>,
    /// `None` until the work was attempted.
    outcome: Option<Result<T, E>>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<W, T, E> Asked<W, T, E> {
    pub(super) fn new(work: W) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (answer, answered) = oneshot::channel();
        let asked = Self {
            work: Some(work),
            outcome: None,
            answer,
        };
        (asked, answered)
    }
}

impl<W, T, E> Job for Asked<W, T, E>
where
    W: FnOnce(&Transaction<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Failure> + Send,
{
    fn attempt(&mut self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        step(tx, "SAVEPOINT job")?;
        // A panic is this job's alone: its writes are rolled back below, and the connection is fit for use.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(tx)))
            .unwrap_or_else(|_| Err(Failure::Stopped.into()));
        if outcome.is_err() {
            step(tx, "ROLLBACK TO job")?;
        }
        step(tx, "RELEASE job")?;
        self.outcome = Some(outcome);
        Ok(())
    }

    fn answer(self: Box<Self>, stored: Result<(), &Arc<rusqlite::Error>>) {
        let answer = match (self.outcome, stored) {
            // What was refused has nothing to store.
            (Some(outcome), Ok(())) | (Some(outcome @ Err(_)), _) => outcome,
            (_, Err(error)) => Err(Failure::Transaction(Arc::clone(error)).into()),
            (None, Ok(())) => Err(Failure::Stopped.into()),
        };
        // Whoever asked may have left; what was stored stays.
        let _ = self.answer.send(answer);
    }
}

fn step(tx: &Transaction<'_>, sql: &str) -> rusqlite::Result<()> {
    tx.prepare_cached(sql)?.execute([]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = Result<(), Failure>;

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

    /// A job that writes a name, and a friend's where it is given, and then ends as `end` does.
    fn job(
        name: &'static str,
        friend: Option<&'static str>,
        end: fn() -> Outcome,
    ) -> (Box<dyn Job>, oneshot::Receiver<Outcome>) {
        let (job, told) = Asked::new(move |tx: &Transaction<'_>| {
            tx.execute("INSERT INTO names VALUES (?1, ?2)", (name, friend))?;
            end()
        });
        (Box::new(job), told)
    }

    #[test]
    fn what_fails_or_panics_leaves_no_trace_and_spoils_no_other() {
        let mut connection = database(":memory:");
        let (first, mut first_told) = job("first", None, || Ok(()));
        let (failing, mut failing_told) = job("failing", None, || Err(askama::Error::Fmt.into()));
        let (panicking, mut panicking_told) = job("panicking", None, || panic!("on purpose"));
        let (twice, mut twice_told) = job("first", None, || Ok(()));
        let (last, mut last_told) = job("last", None, || Ok(()));
        run(
            &mut connection,
            vec![first, failing, panicking, twice, last],
        );
        assert_eq!(names(&connection), ["first", "last"]);
        assert!(matches!(first_told.try_recv(), Ok(Ok(()))));
        assert!(matches!(
            failing_told.try_recv(),
            Ok(Err(Failure::Template(_)))
        ));
        assert!(matches!(
            panicking_told.try_recv(),
            Ok(Err(Failure::Stopped))
        ));
        assert!(matches!(
            twice_told.try_recv(),
            Ok(Err(Failure::Database(_)))
        ));
        assert!(matches!(last_told.try_recv(), Ok(Ok(()))));
    }

    #[test]
    fn nobody_is_told_of_success_where_the_commit_fails() {
        let mut connection = database(":memory:");
        let (good, mut good_told) = job("good", None, || Ok(()));
        let (refused, mut refused_told) = job("refused", None, || Err(askama::Error::Fmt.into()));
        let (dangling, mut dangling_told) = job("dangling", Some("nobody"), || Ok(()));
        run(&mut connection, vec![good, refused, dangling]);
        for told in [&mut good_told, &mut dangling_told] {
            assert!(matches!(told.try_recv(), Ok(Err(Failure::Transaction(_)))));
        }
        assert!(matches!(
            refused_told.try_recv(),
            Ok(Err(Failure::Template(_)))
        ));
        assert!(names(&connection).is_empty());

        let (next, mut told) = job("next", None, || Ok(()));
        run(&mut connection, vec![next]);
        assert!(matches!(told.try_recv(), Ok(Ok(()))));
        assert_eq!(names(&connection), ["next"]);
    }

    #[test]
    fn a_transaction_that_cannot_begin_is_told_to_everyone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let mut connection = database(path);
        connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        connection.set_transaction_behavior(rusqlite::TransactionBehavior::Immediate);
        let other = database(path);
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (jobs, told): (Vec<_>, Vec<_>) = ["a", "b"]
            .map(|name| job(name, None, || Ok(())))
            .into_iter()
            .unzip();
        run(&mut connection, jobs);
        for mut told in told {
            assert!(matches!(told.try_recv(), Ok(Err(Failure::Transaction(_)))));
        }
    }
}
