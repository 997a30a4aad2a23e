mod column;
mod csv;
mod format;
mod jsonl;
mod reader;
pub(crate) mod reader_thread;
mod row;
pub(crate) mod row_identity;

pub use format::Format;
pub use reader::{Input, RawRow};
pub use row::{Row, RowError, RowPosition};
