//! Customer-portal links for many customers: rows in, one line out for each, exact after a crash.
//!
//! Rows come as CSV or JSONL ([`Input`]), one by one whatever the size. [`run`] makes their links
//! with any [`PortalProvider`](portal_core::PortalProvider) and writes a line of JSON for each. A
//! ledger beside the output tells a later run what an interrupted one began, so that no row is lost
//! and none is done twice but those that were in flight.
//!
//! ```no_run
//! # async fn example(provider: &dyn portal_core::PortalProvider) -> Result<(), portal_bulk::Failure> {
//! use portal_bulk::{Format, Input, Job, Journal, Meaning, Stop, run};
//!
//! let info = provider.info();
//! let check = move |request: &portal_core::LinkRequest| {
//!     info.capabilities.plan(request)?.validate().map(drop)
//! };
//! let input = Input::open(std::io::stdin(), Format::Csv, false, check)?;
//! let meaning = Meaning::new(info.id, Format::Csv, false, false, "my account");
//! let journal = Journal::begin("links.jsonl".as_ref(), &meaning)?;
//! let summary = run(&Job::new(provider), input, journal, Stop::never(), &mut |_| {}).await?;
//! println!("{} links", summary.tally.links);
//! # Ok(())
//! # }
//! ```

mod cells;
mod chain;
mod column;
mod entries;
mod failure;
mod held;
mod input;
mod journal;
mod ledger;
mod line;
mod link_view;
mod output;
mod past;
mod row;
mod rows;
mod run;
mod source;
mod stop;
mod summary;
mod text;

pub use failure::Failure;
pub use input::{Format, Input, Record};
pub use journal::Journal;
pub use ledger::{Meaning, Told};
pub use link_view::LinkView;
pub use row::{Bad, Place, Row};
pub use run::{Event, Job, run};
pub use stop::Stop;
pub use summary::{Stopped, Summary, Tally};
