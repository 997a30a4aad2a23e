//! The clock offset: how far the sandbox's time is ahead of its clock.

use rusqlite::{OptionalExtension as _, Transaction};

use super::Result;

/// Returns the offset in seconds, 0 unless the clock was advanced.
pub(crate) fn offset(tx: &Transaction<'_>) -> Result<i64> {
    let mut rows = tx.prepare_cached("SELECT offset_seconds FROM clock")?;
    Ok(rows
        .query_row([], |row| row.get(0))
        .optional()?
        .unwrap_or_default())
}

pub(crate) fn set_offset(tx: &Transaction<'_>, seconds: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO clock (id, offset_seconds) VALUES (1, ?1)
         ON CONFLICT DO UPDATE SET offset_seconds = excluded.offset_seconds",
        [seconds],
    )?;
    Ok(())
}
