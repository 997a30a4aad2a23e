//! Applies the effects of time.
//!
//! Links expire by comparison. Period ends and webhook deliveries are due at times in the database: each is applied at its
//! own time, in order, whether the clock was advanced or the time passed by itself.

pub(crate) mod due;
pub(crate) mod runner;
pub(crate) mod scheduler;
