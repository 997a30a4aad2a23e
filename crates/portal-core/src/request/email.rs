use std::fmt;
use std::str::FromStr;

use email_address::Options;

use crate::{Error, Result};

/// A customer's e-mail address: one mailbox, with a dotted domain and no display name.
///
/// Kept as written, case included: providers document no folding. `Debug` masks it, since it is
/// personal data.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(email_address::EmailAddress);

impl EmailAddress {
    /// Returns the address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for EmailAddress {
    type Err = Error;

    /// Parses an address by RFC 5321 and 5322, without the forms that no web application accepts.
    ///
    /// # Errors
    /// [`Kind::Invalid`](crate::Kind::Invalid) with the field `email`; the text is not repeated.
    fn from_str(text: &str) -> Result<Self> {
        let options = Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        // White space is legal in quotes; the providers' own check refuses it anywhere.
        let parsed = if text.contains(char::is_whitespace) {
            None
        } else {
            email_address::EmailAddress::parse_with_options(text, options).ok()
        };
        let why = if text.trim().is_empty() {
            "is empty"
        } else {
            "is not an e-mail address"
        };
        parsed.map(Self).ok_or_else(|| {
            Error::invalid("email", format!("`email` {why}"))
                .with_hint("write it like `user@example.com`")
        })
    }
}

impl TryFrom<&str> for EmailAddress {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        text.parse()
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_addresses_are_kept_as_written() {
        for text in [
            "user@example.com",
            "User+tag@Example.co.uk",
            "o'neil@example.com",
            "jörg@bücher.example",
        ] {
            assert_eq!(text.parse::<EmailAddress>().expect(text).as_str(), text);
        }
    }

    #[test]
    fn anything_else_is_refused_by_name_and_not_repeated() {
        for text in [
            "",
            " ",
            "canary",
            "canary@",
            "@canary.com",
            "canary@localhost",
            "a b@canary.com",
            "canary@x.com\r\nBcc: y@z.com",
            "Canary <user@example.com>",
            "user@[127.0.0.1]",
            "\"a b\"@canary.com",
            "a@b@canary.com",
        ] {
            let error = text.parse::<EmailAddress>().expect_err(text);
            assert_eq!(error.field(), Some("email"), "{text}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn debug_masks_it() {
        let email: EmailAddress = "canary@example.com".parse().unwrap();
        assert_eq!(format!("{email:?}"), "EmailAddress(***)");
    }
}
