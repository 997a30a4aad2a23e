use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::store::StoreError;

/// The `result` of a success. Its URL is a login, so there is no Debug.
#[derive(Serialize)]
pub(crate) struct CreatedLink {
    pub(super) id: String,
    pub(super) session_id: String,
    pub(super) customer_id: String,
    /// Documented as present "when one was supplied", and absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subscription_id: Option<String>,
    pub(super) link_url: String,
    pub(super) expires_at: Timestamp,
}

impl CreatedLink {
    /// Returns the URL for the home page that requested it.
    pub(crate) fn expose(&self) -> &str {
        &self.link_url
    }

    /// Returns the part of the URL that opens the portal.
    pub(super) fn token(&self) -> &str {
        self.link_url.rsplit('/').next().unwrap_or_default()
    }
}

/// An answer other than a success. The HTTP statuses are not documented: a third-party mock pairs 001 with 401, 002 with 400
/// and 007 with 404, and here 003 and 005 are 400 like 002.
pub(crate) enum ApiError {
    UnknownKey,
    Layout,
    Parameters {
        record: Map<String, Value>,
        errors: FieldErrors,
    },
    Validation {
        record: Map<String, Value>,
        errors: FieldErrors,
    },
    NotFound {
        record: Map<String, Value>,
        errors: FieldErrors,
    },
    Store(StoreError),
}

/// Errors by field name; nested names are in dot notation.
pub(crate) type FieldErrors = BTreeMap<String, FieldError>;

/// The error of one field.
#[derive(Serialize)]
pub(crate) struct FieldError {
    pub(super) message: String,
    pub(super) rule: &'static str,
}

impl IntoResponse for CreatedLink {
    fn into_response(self) -> Response {
        Json(json!({ "status": true, "result": self })).into_response()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::UnknownKey => envelope(StatusCode::UNAUTHORIZED, "001", "Invalid API key", None),
            Self::Layout => envelope(bad, "002", "Invalid body layout", None),
            Self::Parameters { record, errors } => envelope(
                bad,
                "003",
                "Invalid body parameters",
                Some((record, errors)),
            ),
            Self::Validation { record, errors } => {
                envelope(bad, "005", "Validation failed", Some((record, errors)))
            }
            Self::NotFound { record, errors } => envelope(
                StatusCode::NOT_FOUND,
                "007",
                "Record not found",
                Some((record, errors)),
            ),
            Self::Store(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a Kwik call failed"
                );
                // No documented code fits a server error.
                let body = json!({ "status": false, "error_message": "Internal server error" });
                (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
            }
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn envelope(
    status: StatusCode,
    code: &str,
    message: &str,
    details: Option<(Map<String, Value>, FieldErrors)>,
) -> Response {
    let details = details.map(|(record, errors)| json!({ "record": record, "errors": errors }));
    let body = json!({
        "status": false,
        "error_code": code,
        "error_message": message,
        "error_details": Vec::from_iter(details),
    });
    (status, Json(body)).into_response()
}
