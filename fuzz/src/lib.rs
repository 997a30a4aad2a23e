//! What must hold for any bytes: one reader, one file, one function from bytes to panics.
//!
//! An input is text that a person can write: what a reader takes besides its main text stands on
//! the first line, so that `corpus/` reads like examples.

#![forbid(unsafe_code)]

pub mod answer;
pub mod base_url;
pub mod bulk_csv;
pub mod bulk_jsonl;
pub mod bulk_ledger;
pub mod config_file;
pub mod link_url;
pub mod redact;
pub mod retry_after;
pub mod return_url;
pub mod timestamp;
pub mod webhook;

mod authority;
mod bulk_rows;

/// Splits an input at its first line end.
fn first_line(data: &[u8]) -> Option<(&str, &[u8])> {
    let end = data.iter().position(|&byte| byte == b'\n')?;
    Some((std::str::from_utf8(&data[..end]).ok()?, &data[end + 1..]))
}
