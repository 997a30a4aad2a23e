use std::io;

/// What an output has at the end of a run.
#[derive(Debug, Default)]
pub(crate) struct OutputTotals {
    pub(crate) repeated: u64,
    pub(crate) undone: u64,
    /// How many finished rows wait for an earlier one.
    pub(crate) held_lines: u64,
    /// How many finished rows, and how many links, a stream did not get.
    pub(crate) unwritten: u64,
    pub(crate) unwritten_links: u64,
    /// Why a stream did not get the last lines.
    pub(crate) write_error: Option<io::Error>,
}
