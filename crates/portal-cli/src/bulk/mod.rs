//! How a bulk run looks on a terminal: its input's place, its progress, its summary.

pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod source;
