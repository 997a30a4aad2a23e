//! The trials, by group. Each is a function from a setup to findings.

pub(crate) mod body_mutation;
pub(crate) mod codec;
pub(crate) mod contract;
pub(crate) mod faults;
pub(crate) mod safety;
pub(crate) mod secrecy;
