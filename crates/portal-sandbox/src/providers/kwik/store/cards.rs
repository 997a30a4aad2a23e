//! Kwik's payment methods: cards, with only the last four digits of their numbers.

use rusqlite::Transaction;
use serde::Serialize;

use crate::store::Result;
use crate::store::record::{Record as _, record};

/// A customer's card.
#[derive(Clone, Serialize)]
pub(crate) struct Card {
    pub(crate) id: String,
    pub(crate) customer_id: String,
    pub(crate) brand: String,
    pub(crate) last_four: String,
    /// Month and year as on the card: `12/2030`.
    pub(crate) expires: String,
}

record!(Card in "kwik_cards": id, customer_id, brand, last_four, expires);

/// Lists a customer's cards in the order in which they were added; the first is charged.
pub(crate) fn list(tx: &Transaction<'_>, customer_id: &str) -> Result<Vec<Card>> {
    Card::list(tx, "WHERE customer_id = ?1 ORDER BY rowid", [customer_id])
}
