//! The journal: the provider requests that arrived and the webhooks that were sent, with secrets masked.

mod detectors;
mod entries;
mod known_values;
mod redactor;
mod unescape;

pub(crate) use self::entries::{Direction, Entry, Journal};
