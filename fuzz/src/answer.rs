use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use portal_core::{
    Adapter, Answer, BaseUrl, Credential, Delivery, Error, Kind, LinkRequest, PortalLink, Redactor,
    link_call,
};

/// Has an adapter read `STATUS\nBODY`, and checks what no answer may lead to.
pub(crate) fn read(
    adapter: &dyn Adapter,
    credential: &Credential,
    request: &LinkRequest,
    canaries: &[&str],
    data: &[u8],
) -> Option<PortalLink> {
    let (status, body) = crate::first_line(data)?;
    let status = StatusCode::from_bytes(status.as_bytes()).ok()?;
    // The engine follows no redirect, so no adapter sees one.
    if status.is_redirection() {
        return None;
    }
    let call = link_call(adapter, request).expect("the request is a good one");
    let base: BaseUrl = adapter
        .info()
        .default_base_url
        .parse()
        .expect("a default is good");
    let headers =
        HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let redactor = Redactor::new(credential.secrets()).with_fields(request.fields());
    let answer = Answer::new(status, &headers, body, &base, &redactor);
    match call.decode(&answer) {
        Ok(link) => {
            assert!(status.is_success(), "a link from {status}");
            crate::authority::check_https(link.url().expose());
            Some(link)
        }
        Err(error) => {
            check(&error, status, canaries);
            None
        }
    }
}

fn check(error: &Error, status: StatusCode, canaries: &[&str]) {
    assert_eq!(error.status(), Some(status), "{error:?}");
    let expected = match error.kind() {
        Kind::Protocol => Delivery::Answered,
        Kind::Unavailable => Delivery::Unknown,
        Kind::Invalid
        | Kind::Unauthenticated
        | Kind::Forbidden
        | Kind::NotFound
        | Kind::NoPortal
        | Kind::Conflict
        | Kind::RateLimited => Delivery::Refused,
        // `Unsupported`, `Configuration`, `Timeout`, and a kind that is newer than this check.
        kind => panic!("no answer means {kind:?}"),
    };
    assert_eq!(error.delivery(), expected, "{error:?}");
    let shown = format!("{error} {error:?} {:?}", error.provider_code());
    let shown = shown.to_ascii_lowercase();
    for canary in canaries {
        assert!(!shown.contains(canary), "{canary} in {shown}");
    }
    assert!(
        !error.message().contains(char::is_control),
        "{:?}",
        error.message()
    );
}
