//! The credential in use, and the provider of the next one.

pub(crate) mod credential_provider;
pub(crate) mod current_credential;
