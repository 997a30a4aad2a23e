//! Kwik's payment methods: cards, with only the last four digits of their numbers.

use rusqlite::Transaction;
use serde::Serialize;

use crate::store::Result;
use crate::store::from_row::from_row;

/// A customer's card.
#[derive(Serialize)]
pub(crate) struct Card {
    pub(crate) id: String,
    pub(crate) customer_id: String,
    pub(crate) brand: String,
    pub(crate) last_four: String,
    /// Month and year as on the card: `12/2030`.
    pub(crate) expires: String,
}

pub(crate) fn add(tx: &Transaction<'_>, card: &Card) -> Result<()> {
    tx.execute(
        "INSERT INTO kwik_cards (id, customer_id, brand, last_four, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            &card.id,
            &card.customer_id,
            &card.brand,
            &card.last_four,
            &card.expires,
        ),
    )?;
    Ok(())
}

/// Replaces a card by another, which keeps its place in the order.
pub(crate) fn replace(tx: &Transaction<'_>, id: &str, card: &Card) -> Result<()> {
    tx.execute(
        "UPDATE kwik_cards SET id = ?2, brand = ?3, last_four = ?4, expires = ?5 WHERE id = ?1",
        (id, &card.id, &card.brand, &card.last_four, &card.expires),
    )?;
    Ok(())
}

/// Lists a customer's cards in the order in which they were added; the first is charged.
pub(crate) fn list(tx: &Transaction<'_>, customer_id: &str) -> Result<Vec<Card>> {
    let mut rows =
        tx.prepare_cached("SELECT * FROM kwik_cards WHERE customer_id = ?1 ORDER BY rowid")?;
    let cards = rows.query_map(
        [customer_id],
        |row| from_row!(row => Card, id, customer_id, brand, last_four, expires),
    )?;
    Ok(cards.collect::<rusqlite::Result<_>>()?)
}
