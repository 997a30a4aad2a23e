//! What proves that a form comes from the page of its own link.
//!
//! The proof is a MAC under the link's token, which another site does not know and the database does not hold. Where the
//! browser says which site a form was sent from, that is checked as well.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::token::Digest;

/// Makes the hidden field `csrf` for the forms behind a link, and for one browser where the link is bound to it.
pub(super) fn make(token: &str, session: Option<&Digest>) -> String {
    URL_SAFE_NO_PAD.encode(mac(token, session).finalize().into_bytes())
}

/// Says whether a form's field is the one that [`make`] gave; takes the same time wherever they differ.
pub(super) fn holds(given: &str, token: &str, session: Option<&Digest>) -> bool {
    URL_SAFE_NO_PAD
        .decode(given)
        .is_ok_and(|given| mac(token, session).verify_slice(&given).is_ok())
}

/// Says whether the browser tells that another site sent the form.
///
/// `Sec-Fetch-Site` decides where it is sent. Without it an `Origin` must be the page's own; `null` says nothing here,
/// because a page with `no-referrer` sends no other.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
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
    fn a_seal_holds_for_its_own_link_and_browser_only() {
        let (one, other) = ([1; 32], [2; 32]);
        for (session, others) in [
            (None, [Some(&one), Some(&other)]),
            (Some(&one), [None, Some(&other)]),
        ] {
            let seal = make("token", session);
            assert!(holds(&seal, "token", session));
            assert!(!holds(&seal, "tokem", session));
            for session in others {
                assert!(!holds(&seal, "token", session));
            }
        }
        for forged in ["", "AAAA", "not base64!", &make("token", None)[1..]] {
            assert!(!holds(forged, "token", None), "{forged}");
        }
    }

    #[test]
    fn what_the_browser_tells_of_another_site_is_believed() {
        let host = ("host", "127.0.0.1:8787");
        for (told, foreign) in [
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
            let headers = told
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect();
            assert_eq!(is_foreign(&headers), foreign, "{told:?}");
        }
    }
}
