use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::store::Failure;

/// A finished page of the house front.
pub(super) struct Front {
    status: StatusCode,
    html: String,
}

impl Front {
    pub(super) fn of(view: &impl Template) -> Result<Self, Failure> {
        Ok(Self {
            status: StatusCode::OK,
            html: view.render()?,
        })
    }

    pub(super) fn with(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
}

/// As on the portal pages but for two: forms may post home, and the referrer stays within the origin where the portal
/// pages send none, because a browser that sends no referrer says `Origin: null` with a form, which the guard refuses.
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

impl IntoResponse for Front {
    fn into_response(self) -> Response {
        (self.status, HEADERS, Html(self.html)).into_response()
    }
}
