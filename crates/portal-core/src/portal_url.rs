use std::borrow::Cow;
use std::fmt;

use crate::address;
use crate::{BaseUrl, Error, Result, Secret};

/// The maximum length of a link, in bytes: common servers and browsers accept it in a header.
const MAX_BYTES: usize = 8 * 1024;

/// A portal link's address: safe to redirect a browser to, and as secret as a password.
///
/// It is a login to a customer's billing. So `Debug` shows only its scheme, there is no `Display`
/// and no `Serialize`, and its memory is overwritten on drop. [`expose`](PortalUrl::expose) returns it.
#[derive(Clone)]
pub struct PortalUrl(Secret);

impl PortalUrl {
    /// Parses the address that a provider answered with.
    ///
    /// It is absolute https (http only to loopback, and only if `base` is loopback
    /// itself), without userinfo, white space, control characters or backslashes, and at most
    /// 8 KiB long.
    ///
    /// # Errors
    /// [`Kind::Protocol`](crate::Kind::Protocol), delivery `Answered`; the text is not repeated.
    pub fn from_answer(text: &str, base: &BaseUrl) -> Result<Self> {
        let refuse = |why: &str| {
            Err(
                Error::protocol(format!("the provider's link {why}")).with_hint(
                    "do not redirect a customer to it; check the base URL, or ask the provider",
                ),
            )
        };
        let origin = match address::origin(text) {
            Ok(origin) => origin,
            Err(why) => return refuse(why),
        };
        let is_ours = origin.is_loopback && base.is_loopback();
        if origin.is_plain && !is_ours {
            return refuse("is plain http");
        }
        let secret = match address::encoded(text) {
            Ok(Cow::Borrowed(text)) => Secret::from(text),
            Ok(Cow::Owned(text)) => Secret::from(text),
            Err(why) => return refuse(why),
        };
        if secret.expose().len() > MAX_BYTES {
            return refuse("is longer than 8 KiB");
        }
        Ok(Self(secret))
    }

    /// Returns the address: redirect the customer's browser to it, and use it for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for PortalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PortalUrl(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Delivery, Kind};

    fn base(text: &str) -> BaseUrl {
        text.parse().unwrap()
    }

    #[test]
    fn an_https_address_is_kept_unchanged() {
        for text in [
            "https://checkout.stripe.com/c/pay/cs_test_a1#fid'x|y",
            "https://pay.kwik.co.za/portal/a/../b%2F",
            "HTTPS://x.com",
            "https://x.com:8443/?a=b",
        ] {
            assert_eq!(
                PortalUrl::from_answer(text, &base("https://x.com"))
                    .unwrap()
                    .expose(),
                text
            );
        }
        let idn =
            PortalUrl::from_answer("https://bücher.example/ö", &base("https://x.com")).unwrap();
        assert_eq!(idn.expose(), "https://xn--bcher-kva.example/%C3%B6");
    }

    #[test]
    fn plain_http_is_allowed_for_a_loopback_link_of_a_loopback_base() {
        let text = "http://127.0.0.1:8787/portal/x";
        assert!(PortalUrl::from_answer(text, &base("http://127.0.0.1:1")).is_ok());
        assert!(PortalUrl::from_answer(text, &base("https://127.0.0.1:1")).is_ok());
        assert!(PortalUrl::from_answer(text, &base("https://api.kwik.co.za")).is_err());
        for not_loopback in [
            "http://localhost.evil.com/x",
            "http://127.0.0.1.evil.com/x",
            "http://10.0.0.1/x",
            "http://0.0.0.0/x",
        ] {
            assert!(PortalUrl::from_answer(not_loopback, &base("http://127.0.0.1:1")).is_err());
        }
        assert!(
            PortalUrl::from_answer("http://pay.kwik.co.za/x", &base("http://127.0.0.1:1")).is_err()
        );
    }

    #[test]
    fn a_link_has_at_most_8_kib() {
        let link = |length: usize| format!("https://x.com/{}", "a".repeat(length - 14));
        let parse = |text: &str| PortalUrl::from_answer(text, &base("https://x.com"));
        assert_eq!(parse(&link(8192)).unwrap().expose().len(), 8192);
        assert!(parse(&link(8193)).is_err());
    }

    #[test]
    fn an_at_sign_in_the_path_is_no_userinfo() {
        let text = "https://x.com/@a?b=c@d#e@f";
        assert!(PortalUrl::from_answer(text, &base("https://x.com")).is_ok());
    }

    #[test]
    fn any_other_link_is_a_protocol_error_that_does_not_repeat_it() {
        let long = format!("https://x.com/{}", "canary".repeat(2000));
        let encodes_long = format!("https://x.com/canary{}", "ö".repeat(2000));
        for text in [
            "",
            "canary",
            "/portal/canary",
            "//x.com/canary",
            "https:x.com/canary",
            "https:/x.com/canary",
            "https://",
            "javascript://x.com/%0aalert(1)//canary",
            "ftp://x.com/canary",
            "https://user@x.com/canary",
            "https://:pw@x.com/canary",
            "https://@x.com/canary",
            "https://x.com\\@evil.com/canary",
            " https://x.com/canary",
            "https://x.com/canary\r\nSet-Cookie: a=b",
            "https://x.com/a canary",
            "https:///x.com/canary",
            "https:/canary://x.com",
            &long,
            &encodes_long,
        ] {
            let error = PortalUrl::from_answer(text, &base("https://x.com")).expect_err(text);
            assert_eq!(
                (error.kind(), error.delivery()),
                (Kind::Protocol, Delivery::Answered),
                "{text}"
            );
            assert!(
                !format!("{error:?} {error}").contains("canary"),
                "{error:?}"
            );
        }
    }

    #[test]
    fn debug_shows_only_the_scheme() {
        let url =
            PortalUrl::from_answer("https://x.com/portal/canary", &base("https://x.com")).unwrap();
        assert_eq!(format!("{url:?}"), "PortalUrl(***)");
    }
}
