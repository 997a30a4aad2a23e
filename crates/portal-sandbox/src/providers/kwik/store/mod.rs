//! Kwik's tables, a file for each.

pub(crate) mod account;
pub(crate) mod cards;
pub(crate) mod customers;
pub(crate) mod invoices;
pub(crate) mod products;
pub(crate) mod subscriptions;
