//! The journal: the provider requests that arrived and the webhooks that were sent, with secrets masked.

mod entries;
mod find;
mod packed;
mod redaction;

pub(crate) use self::entries::{Direction, Entry, Journal};
