//! The trials, by group. Each is a function from a bench to findings.

pub(crate) mod codec;
pub(crate) mod contract;
pub(crate) mod faults;
pub(crate) mod mutilation;
pub(crate) mod safety;
pub(crate) mod secrecy;
