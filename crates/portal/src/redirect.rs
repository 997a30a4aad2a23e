use http::{HeaderValue, Response, StatusCode, header};
use portal_core::PortalLink;

/// Builds the response that redirects a customer's browser to a link.
///
/// The status is 303, so that a form's POST becomes a GET. The response must not be cached and sends
/// no referrer. The address is marked sensitive, so `Debug` masks it.
///
/// ```
/// # let url = portal::PortalUrl::from_answer("https://pay.example.com/portal/x", &"https://example.com".parse()?)?;
/// # let link = portal::PortalLink::new(url, portal::Customer::from_id("cus_1"));
/// let response: http::Response<String> = portal::redirect(&link);
/// assert_eq!(response.status(), 303);
/// assert_eq!(response.headers()["location"], "https://pay.example.com/portal/x");
/// assert!(!format!("{response:?}").contains("pay.example.com"));
/// # Ok::<(), portal::Error>(())
/// ```
///
/// # Panics
/// Never: a link's address is visible ASCII.
#[must_use]
pub fn redirect<B: Default>(link: &PortalLink) -> Response<B> {
    let mut location =
        HeaderValue::from_str(link.url().expose()).expect("a link's address is visible ASCII");
    location.set_sensitive(true);
    let mut response = Response::new(B::default());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}
