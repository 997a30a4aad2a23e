use std::sync::Arc;

/// Why the database could not be read or written: an answer of status 500.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the database failed")]
    Database(#[from] rusqlite::Error),
    /// It may be another job's fault, since jobs share transactions.
    #[error("the transaction failed")]
    Transaction(#[source] Arc<rusqlite::Error>),
    #[error("{0}")]
    File(#[from] std::io::Error),
    #[error("a stored value does not read")]
    Json(#[from] serde_json::Error),
    #[error("a page's template failed")]
    Template(#[from] askama::Error),
    #[error("the work was stopped before it ended")]
    Stopped,
}

pub(crate) type Result<T> = std::result::Result<T, StoreError>;
