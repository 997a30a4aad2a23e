//! OnlineApp's tables, a file for each.

pub(crate) mod invoices;
pub(crate) mod paywalls;
pub(crate) mod subscriptions;
pub(crate) mod users;
