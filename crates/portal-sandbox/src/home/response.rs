use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::store::StoreError;

/// A rendered page of the home site.
pub(super) struct HomeResponse {
    status: StatusCode,
    html: String,
}

impl HomeResponse {
    pub(super) fn render(view: &impl Template) -> Result<Self, StoreError> {
        Ok(Self {
            status: StatusCode::OK,
            html: view.render()?,
        })
    }

    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
}

/// As on the portal pages, except that the referrer is sent within the origin: without one, a browser sends a form with
/// `Origin: null`, which the guard refuses.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
];

impl IntoResponse for HomeResponse {
    fn into_response(self) -> Response {
        (self.status, HEADERS, Html(self.html)).into_response()
    }
}
