//! The credential in use, and what provides the next one.

pub(crate) mod credential_provider;
pub(crate) mod current_credential;
