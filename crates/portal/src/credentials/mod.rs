//! The sources of settings' values, and the rotation of secrets.

pub(crate) mod command;
pub(crate) mod rotation;
pub(crate) mod secret_file;
pub(crate) mod value_source;
