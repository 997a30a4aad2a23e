use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::store::StoreError;

/// A rendered page with its status, or a redirect.
pub(crate) struct Page {
    status: StatusCode,
    html: String,
    /// Headers of this page only.
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Page {
    pub(crate) fn ok(view: &impl Template) -> Result<Self, StoreError> {
        Self::with_status(StatusCode::OK, view)
    }

    /// Shows an invalid form again, with its errors.
    pub(crate) fn invalid_form(view: &impl Template) -> Result<Self, StoreError> {
        Self::with_status(StatusCode::UNPROCESSABLE_ENTITY, view)
    }

    /// Answers a form with a redirect, so that reloading the page sends nothing again.
    pub(crate) fn redirect(path: &str) -> Self {
        let location = HeaderValue::try_from(path).expect("a live link's path is visible ASCII");
        Self {
            status: StatusCode::SEE_OTHER,
            html: String::new(),
            headers: vec![(header::LOCATION, location)],
        }
    }

    pub(crate) fn expired() -> Self {
        Self::notice(
            StatusCode::GONE,
            "This link has expired",
            "Portal links work for a limited time. Go back to the site that you came from and open your account there \
             to get a new one.",
        )
    }

    pub(crate) fn already_used() -> Self {
        Self::notice(
            StatusCode::GONE,
            "This link has already been used",
            "It opens once, in one browser. Go back to the site that you came from and open your account there to get \
             a new one.",
        )
    }

    /// Returns the same page whether or not such a link or customer has existed.
    pub(crate) fn not_found() -> Self {
        Self::notice(
            StatusCode::NOT_FOUND,
            "This link is not valid",
            "Check that the address is complete, or go back to the site that you came from and open your account there \
             to get a new link.",
        )
    }

    pub(crate) fn rejected_form() -> Self {
        Self::notice(
            StatusCode::FORBIDDEN,
            "This request did not come from your page",
            "Nothing was changed. Open the portal again and use its own buttons.",
        )
    }

    pub(crate) fn not_allowed() -> Self {
        Self::notice(
            StatusCode::FORBIDDEN,
            "This link does not allow that",
            "Nothing was changed. Open the portal again to see what it offers.",
        )
    }

    pub(crate) fn set_cookie(&mut self, cookie: &str) {
        let value = HeaderValue::try_from(cookie).expect("a live link's path is visible ASCII");
        self.headers.push((header::SET_COOKIE, value));
    }

    fn with_status(status: StatusCode, view: &impl Template) -> Result<Self, StoreError> {
        Ok(Self {
            status,
            html: view.render()?,
            headers: Vec::new(),
        })
    }

    fn notice(status: StatusCode, heading: &'static str, text: &'static str) -> Self {
        Self::with_status(status, &Notice { heading, text })
            .unwrap_or_else(|_| unreachable!("two fixed texts fill the template"))
    }
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice {
    heading: &'static str,
    text: &'static str,
}

/// A page's URL is a login and its content is one customer's. So it must not be stored, framed, extended by scripts, or sent
/// as a referrer.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
];

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = (self.status, HEADERS, Html(self.html)).into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}

impl IntoResponse for StoreError {
    fn into_response(self) -> Response {
        tracing::error!(
            error = &self as &dyn std::error::Error,
            "a page could not be created"
        );
        Page::notice(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong on our side",
            "Nothing was changed. Try again in a moment.",
        )
        .into_response()
    }
}
