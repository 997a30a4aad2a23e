pub(crate) mod credential_provider;
pub(crate) mod current_credential;
