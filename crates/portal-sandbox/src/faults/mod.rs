//! Faults on demand: wrong, late and missing answers, and a rate limit.
//!
//! They are kept in memory, like the journal, since a developer needs them only for the moment.

pub(crate) mod fault;
pub(crate) mod queue;
pub(crate) mod rate_limit;
pub(crate) mod response;

pub(crate) use self::queue::Faults;
