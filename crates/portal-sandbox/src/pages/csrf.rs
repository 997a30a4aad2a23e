//! Protects the portal's forms against cross-site request forgery.
//!
//! A form's token is a MAC keyed with the link's token, which other sites do not know and the database does not store. If
//! the browser names the site that sent a form, that is checked as well.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::token::Digest;

/// Returns the hidden field `csrf` for the forms of a link, and of one browser if the link is bound to it.
pub(super) fn sign(token: &str, session: Option<&Digest>) -> String {
    URL_SAFE_NO_PAD.encode(mac(token, session).finalize().into_bytes())
}

/// Checks a form's field against [`sign`] in constant time.
pub(super) fn verify(field: &str, token: &str, session: Option<&Digest>) -> bool {
    URL_SAFE_NO_PAD
        .decode(field)
        .is_ok_and(|field| mac(token, session).verify_slice(&field).is_ok())
}

/// Returns whether another site sent the form, according to the browser.
///
/// `Sec-Fetch-Site` decides if it is sent. Without it an `Origin` must be the page's own; `null` is accepted, since a
/// page with `no-referrer` sends no other.
pub(super) fn is_cross_site(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site != "same-origin";
    }
    match headers.get(header::ORIGIN).map(HeaderValue::as_bytes) {
        None | Some(b"null") => false,
        Some(origin) => headers
            .get(header::HOST)
            .is_none_or(|host| origin != [b"http://", host.as_bytes()].concat()),
    }
}

fn mac(token: &str, session: Option<&Digest>) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("a key of any length will do");
    mac.update(b"portal form");
    mac.update(session.map_or(&[], |session| &session[..]));
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_valid_only_for_its_own_link_and_browser() {
        let (one, other) = ([1; 32], [2; 32]);
        for (session, others) in [
            (None, [Some(&one), Some(&other)]),
            (Some(&one), [None, Some(&other)]),
        ] {
            let field = sign("token", session);
            assert!(verify(&field, "token", session));
            assert!(!verify(&field, "tokem", session));
            for session in others {
                assert!(!verify(&field, "token", session));
            }
        }
        for forged in ["", "AAAA", "not base64!", &sign("token", None)[1..]] {
            assert!(!verify(forged, "token", None), "{forged}");
        }
    }

    #[test]
    fn another_site_named_by_the_browser_is_refused() {
        let host = ("host", "127.0.0.1:8787");
        for (headers, cross_site) in [
            (vec![host], false),
            (vec![host, ("sec-fetch-site", "same-origin")], false),
            (
                vec![host, ("sec-fetch-site", "same-origin"), ("origin", "null")],
                false,
            ),
            (vec![host, ("origin", "http://127.0.0.1:8787")], false),
            (vec![host, ("origin", "null")], false),
            (vec![host, ("sec-fetch-site", "cross-site")], true),
            (vec![host, ("sec-fetch-site", "same-site")], true),
            (vec![host, ("sec-fetch-site", "none")], true),
            (vec![host, ("origin", "http://evil.example")], true),
            (vec![host, ("origin", "http://127.0.0.1:3000")], true),
            (vec![host, ("origin", "https://127.0.0.1:8787")], true),
            (vec![("origin", "http://127.0.0.1:8787")], true),
        ] {
            let parsed = headers
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect();
            assert_eq!(is_cross_site(&parsed), cross_site, "{headers:?}");
        }
    }
}
