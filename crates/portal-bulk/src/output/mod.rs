mod ledger;
mod merge;
mod output_file;
pub(crate) mod output_line;
mod private_file;
mod reorder_buffer;
mod resume_state;
mod retried_file;
mod run_files;

pub use ledger::{LedgerState, RunFingerprint};
pub use run_files::RunFiles;
