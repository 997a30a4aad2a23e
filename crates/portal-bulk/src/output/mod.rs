mod ledger;
mod merge;
mod output_file;
pub(crate) mod output_line;
mod output_totals;
mod private_file;
mod reorder_buffer;
mod resume_state;
mod retried_file;
pub(crate) mod run_files;
mod run_output;
mod stream_output;

pub use ledger::{LedgerState, RunFingerprint};
pub use run_files::RunFiles;
pub use run_output::RunOutput;
pub use stream_output::StreamOutput;
