use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;

use crate::request::validate_single_line;
use crate::{Error, Result, Secret};

/// One part of what proves to a provider who is asking, such as an API key, fit for a header.
///
/// It is not blank, holds no control characters and neither begins nor ends with white space: what
/// a key copied with its line end or its quotes' spaces would bring. It is as secret as a
/// [`Secret`], and the headers made of it are marked sensitive, so `Debug` masks them.
///
/// ```
/// use portal_core::Credential;
///
/// let hint = "copy it from the dashboard";
/// let key = Credential::parse("api_key", "sk_live_1".into(), hint)?;
/// assert_eq!(format!("{key:?} {:?}", key.header()), "Credential(`api_key`) Sensitive");
/// let error = Credential::parse("api_key", "sk_live_1\n".into(), hint).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`api_key` holds control characters; hint: copy it from the dashboard",
/// );
/// # Ok::<(), portal_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Credential {
    field: &'static str,
    hint: &'static str,
    text: Secret,
}

impl Credential {
    /// Parses the value of the setting `field`; `hint` says where to find a good one.
    ///
    /// # Errors
    /// [`Kind::Configuration`](crate::Kind::Configuration) with the field and what is wrong; the
    /// value is not repeated.
    pub fn parse(field: &'static str, text: Secret, hint: &'static str) -> Result<Self> {
        let credential = Self { field, hint, text };
        let text = credential.expose();
        match validate_single_line(text) {
            Err(why) => Err(credential.refuse(why)),
            Ok(()) if text.trim() != text => {
                Err(credential.refuse("begins or ends with white space"))
            }
            Ok(()) => Ok(credential),
        }
    }

    /// Makes the error that refuses this value for what a provider alone does not take.
    #[must_use]
    pub fn refuse(&self, why: &str) -> Error {
        Error::configuration(self.field, format!("`{}` {why}", self.field)).with_hint(self.hint)
    }

    /// Hands out the value; whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// Returns the value as a secret.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.text
    }

    /// Makes the header's value that carries it as it is.
    ///
    /// Its copy in the header is not overwritten in memory when it is dropped.
    ///
    /// # Panics
    /// Never: what was parsed can stand in a header.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        sensitive(self.expose())
    }

    /// Makes the value of `Authorization` that carries a name and a password (RFC 7617).
    ///
    /// Its copy in the header is not overwritten in memory when it is dropped.
    ///
    /// # Errors
    /// [`Kind::Configuration`](crate::Kind::Configuration) with the name's field, where the name
    /// holds a colon, which ends it.
    ///
    /// # Panics
    /// Never: base64 can stand in a header.
    pub fn basic(name: &Self, password: &Self) -> Result<HeaderValue> {
        if name.expose().contains(':') {
            let why = "holds a `:`, which HTTP's Basic authentication cannot carry";
            return Err(name.refuse(why));
        }
        let pair = Secret::from(format!("{}:{}", name.expose(), password.expose()));
        let encoded = Secret::from(STANDARD.encode(pair.expose()));
        let text = Secret::from(format!("Basic {}", encoded.expose()));
        Ok(sensitive(text.expose()))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential(`{}`)", self.field)
    }
}

/// The one place where a credential becomes a header.
fn sensitive(text: &str) -> HeaderValue {
    let mut value =
        HeaderValue::from_bytes(text.as_bytes()).expect("no control characters stand in it");
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    const HINT: &str = "copy it again";

    #[test]
    fn what_cannot_be_carried_is_refused_by_its_field_and_not_repeated() {
        for (text, why) in [
            ("", "is empty"),
            (" \t ", "is empty"),
            ("\r\n", "is empty"),
            ("canary\n", "holds control characters"),
            ("can\u{0}ary", "holds control characters"),
            ("canary\u{7f}", "holds control characters"),
            ("canary\u{85}x", "holds control characters"),
            (" canary", "begins or ends with white space"),
            ("canary\u{a0}", "begins or ends with white space"),
        ] {
            let error = Credential::parse("api_key", text.into(), HINT).expect_err(text);
            assert_eq!(error.message(), format!("`api_key` {why}"), "{text:?}");
            assert_eq!(
                (error.kind(), error.field(), error.hint()),
                (Kind::Configuration, Some("api_key"), Some(HINT))
            );
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn a_header_carries_the_value_to_the_byte_and_shows_none_of_it() {
        for text in ["canary", "can ary", "\"canary\"", "schlüssel-canary"] {
            let credential = Credential::parse("api_key", text.into(), HINT).expect(text);
            let header = credential.header();
            assert_eq!(header.as_bytes(), text.as_bytes());
            assert!(header.is_sensitive());
            assert!(!format!("{credential:?} {header:?}").contains("canary"));
        }
    }

    #[test]
    fn a_name_and_a_password_become_one_header_unless_the_name_holds_a_colon() {
        let parse = |field, text: &str| Credential::parse(field, text.into(), HINT).unwrap();
        // The example of RFC 7617.
        let (name, password) = (parse("name", "Aladdin"), parse("password", "open sesame"));
        let header = Credential::basic(&name, &password).unwrap();
        assert_eq!(header, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(header.is_sensitive());
        let colon = parse("password", "a:b");
        assert!(Credential::basic(&name, &colon).is_ok());
        let error = Credential::basic(&colon, &name).unwrap_err();
        assert!(error.message().contains('`'), "{error}");
        assert!(!error.to_string().contains("a:b"), "{error}");
    }
}
