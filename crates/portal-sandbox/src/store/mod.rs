//! The sandbox's database in SQLite. The tables of one provider are read in its folder.

mod batch;
pub(crate) mod clock;
pub(crate) mod column_enum;
mod database;
mod error;
mod file;
pub(crate) mod from_row;
pub(crate) mod invoice_numbers;
pub(crate) mod links;
pub(crate) mod period;
pub(crate) mod record;

pub(crate) use self::database::{Store, clear};
pub(crate) use self::error::{Result, StoreError};
