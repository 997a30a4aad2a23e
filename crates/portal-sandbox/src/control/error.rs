use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::fields::InvalidField;
use crate::store::StoreError;

/// The reason why a control request failed.
pub(super) enum ControlError {
    InvalidField(InvalidField),
    /// The state could not be read or written.
    Store(StoreError),
}

impl From<InvalidField> for ControlError {
    fn from(invalid: InvalidField) -> Self {
        Self::InvalidField(invalid)
    }
}

impl From<StoreError> for ControlError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl IntoResponse for ControlError {
    fn into_response(self) -> Response {
        let error = match self {
            Self::InvalidField(invalid) => return invalid.into_response(),
            Self::Store(error) => error,
        };
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the control API failed"
        );
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            Json(json!({ "error": "Internal server error" })),
        )
            .into_response()
    }
}
