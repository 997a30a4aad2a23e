use std::io::Read;

use portal_core::Error;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::row_set::RowSet;
use crate::running_hash::Digest;
use crate::{BulkError, Input, Row};

/// How many rows are read ahead.
const AHEAD: usize = 256;

/// What comes from the input.
#[derive(Debug)]
pub(crate) enum ReaderMessage {
    /// A row to be done.
    Row(Box<Row>),
    /// A row that is done, which the ledger does not know: it lost its end.
    Known(u64, Digest),
    /// There is no more: all was read, or the input cannot be read on.
    End(Result<(), BulkError>),
}

/// What of an input is done already.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResumePoint {
    pub(crate) done: RowSet,
    pub(crate) begun: u64,
    pub(crate) digest: Option<Digest>,
}

/// Reads rows on a thread of its own, since reading waits, and passes on what is to be done.
pub(crate) fn spawn_reader<R: Read + Send + 'static>(
    input: Input<R>,
    skip: ResumePoint,
) -> Receiver<ReaderMessage> {
    let (sender, receiver) = channel(AHEAD);
    // It ends with its input, or when nobody takes its rows any more.
    std::thread::spawn(move || {
        // Told in so many words: a thread that broke off has not read all.
        let end = pass_on(input, &skip, &sender);
        let _ = sender.blocking_send(ReaderMessage::End(end));
    });
    receiver
}

/// Nothing of what earlier runs began is passed on before all of it is known to be the same.
fn pass_on<R: Read>(
    mut input: Input<R>,
    skip: &ResumePoint,
    sender: &Sender<ReaderMessage>,
) -> Result<(), BulkError> {
    // No more than can have been in flight.
    let mut pending = Vec::new();
    let mut count = 0;
    while let Some(record) = input.record()? {
        count = record.position.row;
        let known = skip.done.contains(count);
        if count <= skip.begun {
            if !known {
                pending.push(ReaderMessage::Row(Box::new(input.read(&record))));
            }
            if count == skip.begun && skip.digest != Some(record.digest) {
                let message = format!("the input is another: its first {count} rows are not those");
                return Err(another(format!("{message} that the ledger was begun with")));
            }
        } else {
            pending.push(match known {
                true => ReaderMessage::Known(count, record.digest),
                false => ReaderMessage::Row(Box::new(input.read(&record))),
            });
        }
        if count >= skip.begun {
            for next in pending.drain(..) {
                if sender.blocking_send(next).is_err() {
                    return Ok(());
                }
            }
        }
    }
    if count < skip.begun {
        let begun = skip.begun;
        return Err(another(format!(
            "the input is another: it has {count} rows, and {begun} were begun"
        )));
    }
    Ok(())
}

fn another(message: String) -> BulkError {
    Error::invalid("input", message)
        .with_hint("give the input that the ledger was begun with, or another output")
        .into()
}
