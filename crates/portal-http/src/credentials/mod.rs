pub(crate) mod adapter_source;
pub(crate) mod credential;
