use rusqlite::types::ToSql;
use rusqlite::{OptionalExtension as _, Params, Row, Transaction, params_from_iter};

use super::Result;

/// A struct that is stored as a row of a table; [`record!`] implements it.
pub(crate) trait Record: Sized {
    const TABLE: &'static str;

    /// Returns the columns' names and values, the key first.
    fn columns(&self) -> Vec<(&'static str, &dyn ToSql)>;

    fn read(row: &Row<'_>) -> rusqlite::Result<Self>;

    fn insert(&self, tx: &Transaction<'_>) -> Result<()> {
        let (names, values): (Vec<_>, Vec<_>) = self.columns().into_iter().unzip();
        let placeholders = vec!["?"; names.len()].join(", ");
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({placeholders})",
            Self::TABLE,
            names.join(", ")
        );
        tx.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        Ok(())
    }

    /// Stores every column of a row that exists.
    fn update(&self, tx: &Transaction<'_>) -> Result<()> {
        let (names, values): (Vec<_>, Vec<_>) = self.columns().into_iter().unzip();
        let (table, key) = (Self::TABLE, names[0]);
        let sql = format!(
            "UPDATE {table} SET {} = ? WHERE {key} = ?1",
            names.join(" = ?, ")
        );
        tx.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        Ok(())
    }

    /// Returns the first row for the clauses that follow `FROM`.
    fn find(tx: &Transaction<'_>, clauses: &str, values: impl Params) -> Result<Option<Self>> {
        let mut rows = tx.prepare_cached(&format!("SELECT * FROM {} {clauses}", Self::TABLE))?;
        Ok(rows.query_row(values, Self::read).optional()?)
    }

    /// Returns all rows for the clauses that follow `FROM`.
    fn list(tx: &Transaction<'_>, clauses: &str, values: impl Params) -> Result<Vec<Self>> {
        let mut rows = tx.prepare_cached(&format!("SELECT * FROM {} {clauses}", Self::TABLE))?;
        Ok(rows
            .query_map(values, Self::read)?
            .collect::<rusqlite::Result<_>>()?)
    }
}

/// Implements [`Record`] for a struct whose fields have the names of the columns, the key first.
macro_rules! record {
    ($name:ident in $table:literal: $($field:ident),+ $(,)?) => {
        impl $crate::store::record::Record for $name {
            const TABLE: &'static str = $table;

            fn columns(&self) -> Vec<(&'static str, &dyn rusqlite::types::ToSql)> {
                vec![$((stringify!($field), &self.$field)),+]
            }

            fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
                $crate::store::from_row::from_row!(row => $name, $($field),+)
            }
        }
    };
}

pub(crate) use record;
