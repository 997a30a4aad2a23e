use std::borrow::Cow;
use std::fmt;

use crate::request::validate_id_or_key;
use crate::{Error, Result, Secret};

/// A secret of a credential, such as an API key, that can stand in a header.
///
/// It contains no white space, invisible or control characters, and has no quotes around it and no
/// scheme such as `Bearer` before it. It is as secret as a [`Secret`].
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
///     "`api_key` ends with a line end; hint: copy it from the dashboard",
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
    /// Parses the value of the setting `field`; `hint` says where to find the value.
    ///
    /// # Errors
    /// [`Kind::Configuration`](crate::Kind::Configuration) with the field and what is wrong; the
    /// value is not repeated.
    pub fn parse(field: &'static str, text: Secret, hint: &'static str) -> Result<Self> {
        let part = Self { field, hint, text };
        if let Err(why) = validate_pasted(part.expose()) {
            return Err(part.refuse(&why));
        }
        // No provider's key has a space, unlike a webhook's secret, which may be a sentence.
        match part.expose().contains(' ') {
            true => Err(part.refuse("holds white space")),
            false => Ok(part),
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

/// Checks that a text, such as a secret, contains nothing that was added by copying it.
///
/// The error says what is wrong, to follow the text's name in a message.
///
/// # Errors
/// The reason: blank, a byte order mark, quotes or white space around it, `Bearer ` or the like
/// before it, an invisible character.
pub fn validate_pasted(text: &str) -> Result<(), Cow<'static, str>> {
    validate_id_or_key(text)?;
    const QUOTES: [(char, char); 5] =
        [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’')];
    let is_quoted = |(open, close)| {
        let inner = text.strip_prefix(open);
        inner.is_some_and(|inner: &str| inner.ends_with(close))
    };
    if QUOTES.into_iter().any(is_quoted) {
        return Err("has quotes around it, which are not part of it".into());
    }
    for scheme in ["Bearer", "Basic", "Token"] {
        let start = text.get(..scheme.len()).unwrap_or_default();
        if start.eq_ignore_ascii_case(scheme) && text[scheme.len()..].starts_with(' ') {
            return Err(format!("begins with `{scheme} `, which is not part of it").into());
        }
    }
    Ok(())
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
            ("canary\n", "ends with a line end"),
            ("canary\r", "ends with a line end"),
            ("can\u{0}ary", "holds control characters"),
            ("can\r\nary", "holds control characters"),
            ("canary\u{7f}", "holds control characters"),
            ("canary\u{85}x", "holds control characters"),
            (" canary", "begins or ends with white space"),
            ("canary\u{a0}", "begins or ends with white space"),
            ("can ary", "holds white space"),
            ("can\u{a0}ary", "holds the white space U+00A0"),
            ("\u{feff}canary", "begins with a byte order mark"),
            ("can\u{200b}ary", "holds the invisible character U+200B"),
            ("canary\u{fe0e}", "holds the invisible character U+FE0E"),
            (
                "\"canary\"",
                "has quotes around it, which are not part of it",
            ),
            ("'canary'", "has quotes around it, which are not part of it"),
            ("“canary”", "has quotes around it, which are not part of it"),
            (
                "Bearer canary",
                "begins with `Bearer `, which is not part of it",
            ),
            (
                "basic canary",
                "begins with `Basic `, which is not part of it",
            ),
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

    #[test]
    fn a_key_may_contain_any_visible_character() {
        for text in [
            "sk_live_1",
            "\"",
            "a\"b",
            "\"a",
            "it's",
            "Bearer",
            "bearer_1",
            "schlüssel",
            "a:b/c=+",
        ] {
            let part = CredentialPart::parse("api_key", text.into(), HINT).expect(text);
            assert_eq!(part.expose(), text);
        }
        // A webhook's secret may be a sentence.
        assert_eq!(validate_pasted("open sesame"), Ok(()));
    }
}
