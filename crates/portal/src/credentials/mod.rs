//! Where the values of settings come from, and how a client follows secrets that change.

pub(crate) mod command;
pub(crate) mod rotation;
pub(crate) mod secret_file;
pub(crate) mod value_source;
