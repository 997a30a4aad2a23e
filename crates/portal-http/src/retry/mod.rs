pub(crate) mod budget;
pub(crate) mod retry_after;
