//! Creates customer-portal links for many customers, and resumes exactly after a crash.
//!
//! [`Input`] reads rows of CSV or JSONL one by one, so memory does not grow with the input. [`run`]
//! creates their links with any [`PortalProvider`](portal_core::PortalProvider) and writes a line of
//! JSON for each. A ledger beside the output records which rows were started. A later run resumes from
//! it: no row is lost, and only rows that were in flight are sent twice.
//!
//! ```no_run
//! # async fn example(provider: &dyn portal_core::PortalProvider) -> Result<(), portal_bulk::BulkError> {
//! use portal_bulk::{Format, Input, InputOptions, RunFiles, RunFingerprint, RunOptions, StopRequest, run};
//!
//! let info = provider.info();
//! let check = move |request: &portal_core::LinkRequest| {
//!     info.capabilities.plan(request)?.validate().map(drop)
//! };
//! let input = Input::open(std::io::stdin(), &InputOptions::new(Format::Csv), check)?;
//! let fingerprint = RunFingerprint::new(info.id, Format::Csv, false, false, "my account");
//! let files = RunFiles::begin("links.jsonl".as_ref(), &fingerprint)?;
//! let summary = run(&RunOptions::new(provider), input, files, StopRequest::never(), &mut |_| {}).await?;
//! println!("{} links", summary.counts.links);
//! # Ok(())
//! # }
//! ```

mod error;
mod failure;
mod input;
mod line_reader;
mod link_view;
mod output;
mod row_set;
mod run;
mod running_hash;
mod stop;
mod summary;

pub use error::BulkError;
pub use input::{Delimiter, Format, Input, InputOptions, RawRow, Row, RowError, RowPosition};
pub use link_view::LinkView;
pub use output::{LedgerState, RunFiles, RunFingerprint};
pub use run::{RunEvent, RunOptions, run};
pub use stop::StopRequest;
pub use summary::{Counts, StopReason, Summary};
