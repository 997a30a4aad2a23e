mod column;
mod csv;
mod delimiter;
mod dialect;
mod format;
mod jsonl;
mod options;
mod reader;
pub(crate) mod reader_thread;
mod row;
pub(crate) mod row_identity;
mod text_reader;

pub use delimiter::Delimiter;
pub use format::Format;
pub use options::InputOptions;
pub use reader::{Input, RawRow};
pub use row::{Row, RowError, RowPosition};
