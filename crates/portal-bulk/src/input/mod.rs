mod column;
mod csv;
mod jsonl;
mod reader;
pub(crate) mod reader_thread;
mod row;

pub use reader::{Format, Input, RawRow};
pub use row::{Row, RowError, RowPosition};
