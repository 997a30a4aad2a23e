use std::collections::BTreeSet;
use std::io::Read;

use portal_core::Error;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::row_set::RowSet;
use crate::running_hash::Digest;
use crate::{BulkError, Input, Row};

/// The number of rows that are read ahead.
const READ_AHEAD_ROWS: usize = 256;

/// A message from the thread that reads the input.
#[derive(Debug)]
pub(crate) enum ReaderMessage {
    /// A row to send.
    Row(Box<Row>),
    /// A finished row that is missing from the ledger, because the ledger lost its end.
    Finished(u64, Digest),
    /// The end of the input, or the error that prevents reading the rest.
    End(Result<(), BulkError>),
}

/// Where earlier runs stopped in the input.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResumePoint {
    pub(crate) done: RowSet,
    /// Finished rows that are sent again, because they failed.
    pub(crate) retries: BTreeSet<u64>,
    pub(crate) started: u64,
    pub(crate) digest: Option<Digest>,
}

/// Reads rows on a separate thread, because reading blocks, and sends the unfinished ones.
pub(crate) fn spawn_reader<R: Read + Send + 'static>(
    input: Input<R>,
    resume_point: ResumePoint,
) -> Receiver<ReaderMessage> {
    let (sender, receiver) = channel(READ_AHEAD_ROWS);
    // The thread ends with its input, or when the receiver is dropped.
    std::thread::spawn(move || {
        // Without this message, a thread that panicked would look like the end of the input.
        let end = send_rows(input, &resume_point, &sender);
        let _ = sender.blocking_send(ReaderMessage::End(end));
    });
    receiver
}

/// Checks that the rows of earlier runs are unchanged before it sends any of them.
fn send_rows<R: Read>(
    mut input: Input<R>,
    resume_point: &ResumePoint,
    sender: &Sender<ReaderMessage>,
) -> Result<(), BulkError> {
    // The rows that were in flight or failed, not parsed yet.
    let mut pending = Vec::new();
    let mut count = 0;
    // Rows of earlier runs are compared even beyond this run's limit.
    while let Some(raw) = match count < resume_point.started {
        true => input.next_unlimited()?,
        false => input.next_row()?,
    } {
        count = raw.position.row;
        let is_wanted = input.is_within_limit(count);
        let digest = raw.digest;
        let is_finished = resume_point.done.contains(count);
        if count > resume_point.started && is_finished {
            let message = ReaderMessage::Finished(count, digest);
            if sender.blocking_send(message).is_err() {
                return Ok(());
            }
        }
        if is_wanted && (!is_finished || resume_point.retries.contains(&count)) {
            pending.push(raw);
        }
        if count == resume_point.started && resume_point.digest != Some(digest) {
            let message = format!("the input has changed: its first {count} rows are not those");
            return Err(changed_input(format!(
                "{message} that the ledger was started with"
            )));
        }
        if count >= resume_point.started {
            for next in pending.drain(..) {
                let row = ReaderMessage::Row(Box::new(input.parse(&next)));
                if sender.blocking_send(row).is_err() {
                    return Ok(());
                }
            }
        }
    }
    if count < resume_point.started {
        let started = resume_point.started;
        return Err(changed_input(format!(
            "the input has changed: it has {count} rows, but {started} were started"
        )));
    }
    Ok(())
}

fn changed_input(message: String) -> BulkError {
    Error::invalid("input", message)
        .with_hint("use the input that the ledger was started with, or another output")
        .into()
}
