use std::fmt;

use crate::request::validate_single_line;
use crate::{Error, Result, Secret};

/// A secret of a credential, such as an API key, that can stand in a header.
///
/// It is not blank, holds no control characters and neither begins nor ends with white space, as a
/// key does that was copied with its line end. It is as secret as a [`Secret`].
///
/// ```
/// use portal_core::CredentialPart;
///
/// let hint = "copy it from the dashboard";
/// let key = CredentialPart::parse("api_key", "sk_live_1".into(), hint)?;
/// assert_eq!(format!("{key:?}"), "CredentialPart(`api_key`)");
/// let error = CredentialPart::parse("api_key", "sk_live_1\n".into(), hint).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`api_key` holds control characters; hint: copy it from the dashboard",
/// );
/// # Ok::<(), portal_core::Error>(())
/// ```
#[derive(Clone)]
pub struct CredentialPart {
    field: &'static str,
    hint: &'static str,
    text: Secret,
}

impl CredentialPart {
    /// Parses the value of the setting `field`; `hint` says where to find a good one.
    ///
    /// # Errors
    /// [`Kind::Configuration`](crate::Kind::Configuration) with the field and what is wrong; the
    /// value is not repeated.
    pub fn parse(field: &'static str, text: Secret, hint: &'static str) -> Result<Self> {
        let part = Self { field, hint, text };
        let text = part.expose();
        match validate_single_line(text) {
            Err(why) => Err(part.refuse(why)),
            Ok(()) if text.trim() != text => Err(part.refuse("begins or ends with white space")),
            Ok(()) => Ok(part),
        }
    }

    /// Returns the error that refuses this value for a reason of the provider's own.
    #[must_use]
    pub fn refuse(&self, why: &str) -> Error {
        Error::configuration(self.field, format!("`{}` {why}", self.field)).with_hint(self.hint)
    }

    /// Returns the plain value: never log it or write it to an error.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// Returns the value as a secret.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.text
    }
}

impl fmt::Debug for CredentialPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialPart(`{}`)", self.field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    const HINT: &str = "copy it again";

    #[test]
    fn a_value_unfit_for_a_header_is_refused_by_its_field_and_not_repeated() {
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
            let error = CredentialPart::parse("api_key", text.into(), HINT).expect_err(text);
            assert_eq!(error.message(), format!("`api_key` {why}"), "{text:?}");
            assert_eq!(
                (error.kind(), error.field(), error.hint()),
                (Kind::Configuration, Some("api_key"), Some(HINT))
            );
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }
}
