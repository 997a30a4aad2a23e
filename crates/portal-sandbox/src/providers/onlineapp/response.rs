use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::info::ONLINEAPP;
use crate::store::StoreError;
use crate::token::Token;

/// 200: the one documented field. The URL is a login, so there is no Debug.
#[derive(Serialize)]
pub(crate) struct CreatedLink {
    url: String,
}

impl CreatedLink {
    pub(super) fn new(origin: &str, token: &Token) -> Self {
        Self {
            url: format!("{origin}{}/{}", ONLINEAPP.portal_path, token.expose()),
        }
    }

    /// Returns the URL for the home page that requested it.
    pub(crate) fn expose(&self) -> &str {
        &self.url
    }
}

/// An answer other than 200.
pub(crate) enum ApiError {
    Parameter(&'static str),
    KeyRequired,
    InvalidKey,
    PaywallNotFound,
    ActivePurchase,
    NoSubscription,
    Store(StoreError),
}

impl IntoResponse for CreatedLink {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            // "missing parameter, bad e-mail, bad paywall id"
            Self::Parameter(message) => (StatusCode::BAD_REQUEST, json!({ "error": message })),
            // "key missing, unknown, expired or revoked"
            Self::KeyRequired => (
                StatusCode::UNAUTHORIZED,
                json!({ "error": "API key is required" }),
            ),
            Self::InvalidKey => (
                StatusCode::UNAUTHORIZED,
                json!({ "error": "Invalid API key" }),
            ),
            // The newest documentation has it for the sibling endpoints.
            Self::PaywallNotFound => (
                StatusCode::NOT_FOUND,
                json!({ "error": "Paywall not found" }),
            ),
            // "active purchase exists"; the body is start-checkout's, since this endpoint's is not documented.
            Self::ActivePurchase => (StatusCode::CONFLICT, json!({ "hasActivePurchase": true })),
            // "no active subscription": neither `error` nor `code`, and everything here is a test.
            Self::NoSubscription => (StatusCode::FORBIDDEN, json!({ "isTest": "1" })),
            Self::Store(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an OnlineApp call failed"
                );
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    json!({ "error": "Internal server error" }),
                )
            }
        };
        (status, Json(body)).into_response()
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
