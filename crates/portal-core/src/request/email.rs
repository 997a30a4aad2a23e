use std::fmt;
use std::str::FromStr;

use super::line::validate_visible;
use crate::{Error, Result};

/// The maximum length of an address: RFC 5321 allows 64 bytes before the `@`, and 255 after it.
const MAX_BYTES: usize = 320;

/// The characters that separate addresses, or a name from an address (RFC 5322).
const SPECIALS: [char; 10] = ['(', ')', '<', '>', '[', ']', ':', ';', ',', '\\'];

/// A customer's e-mail address: one mailbox, with a dotted domain and no display name.
///
/// The letter case is kept, since providers document no other rule. `Debug` masks the address, since it
/// is personal data.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Takes an address from a provider in any form, since the provider identifies the customer by it.
    #[must_use]
    pub fn from_answer(text: String) -> Self {
        Self(text)
    }

    /// Returns the address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = Error;

    /// Parses an address by the check of OnlineApp's own sample, `^[^\s@]+@[^\s@]+\.[^\s@]+$`.
    ///
    /// RFC 5321 is stricter, but carriers gave out addresses like `user..name@…` and `user.@…`. These
    /// are refused too: invisible and control characters, separators such as `<` and `,` outside
    /// quotes, a domain with an empty label, and more than 320 bytes.
    ///
    /// # Errors
    /// [`Kind::Invalid`](crate::Kind::Invalid) with the field `email`; the text is not repeated.
    fn from_str(text: &str) -> Result<Self> {
        let refuse = |why: &str| {
            Err(Error::invalid("email", format!("`email` {why}"))
                .with_hint("write it like `user@example.com`"))
        };
        match validate_visible(text) {
            Err(why) => refuse(&why),
            Ok(()) if is_address(text) => Ok(Self(text.to_owned())),
            Ok(()) => refuse("is not an e-mail address"),
        }
    }
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let mut labels = domain.split('.');
    text.len() <= MAX_BYTES
        && !text.contains(char::is_whitespace)
        && !local.is_empty()
        && (is_quoted || !local.contains(SPECIALS) && !local.contains('"'))
        && domain.contains('.')
        && labels.all(|label| !label.is_empty())
        && !domain.contains(SPECIALS)
        && !domain.contains(['@', '"'])
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
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn ordinary_addresses_are_kept_as_written() {
        for text in [
            "user@example.com",
            "User+tag@Example.co.uk",
            "o'neil@example.com",
            "jörg@bücher.example",
            "user..name@docomo.ne.jp",
            ".user.@docomo.ne.jp",
            "jo\u{308}rg@bu\u{308}cher.example",
            "用户@例子.广告",
            "\"a,b\"@example.com",
            "user@under_score.example.com",
            "!#$%&'*+/=?^`{|}~-@example.com",
        ] {
            assert_eq!(text.parse::<EmailAddress>().expect(text).as_str(), text);
        }
    }

    #[test]
    fn any_other_text_is_refused_with_its_field_and_not_repeated() {
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
            "canary@x..com",
            "canary@.com",
            "canary@x.com.",
            "<canary@x.com>",
            "canary@x.com,b",
            "a,canary@x.com",
            "mailto:canary@x.com",
            "\"\"@canary.com",
            " canary@x.com",
            "canary@x.com\u{a0}",
            "can\u{200b}ary@x.com",
            "\u{feff}canary@x.com",
            "canary\u{202e}@x.com",
            &format!("{}@canary.com", "a".repeat(400)),
        ] {
            let error = text.parse::<EmailAddress>().expect_err(text);
            assert_eq!(error.field(), Some("email"), "{text}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn the_error_names_an_invisible_character() {
        for (text, why) in [
            (" a@x.com", "`email` begins or ends with white space"),
            ("a@x.com\r", "`email` ends with a line end"),
            (
                "a\u{200b}@x.com",
                "`email` holds the invisible character U+200B",
            ),
            ("\u{feff}a@x.com", "`email` begins with a byte order mark"),
            ("a@x.com and b", "`email` is not an e-mail address"),
        ] {
            assert_eq!(text.parse::<EmailAddress>().unwrap_err().message(), why);
        }
    }

    proptest! {
        #[test]
        fn addresses_that_the_providers_sample_refuses_are_refused(text in any::<String>(), at in "[^@]{0,3}@[^@]{0,3}") {
            for text in [text, at] {
                let parsed = text.parse::<EmailAddress>();
                let parts: Vec<_> = text.split('@').collect();
                let [local, domain] = parts[..] else {
                    prop_assert!(parsed.is_err());
                    continue;
                };
                let dot = domain.char_indices().find(|(at, c)| *c == '.' && *at > 0 && at + 1 < domain.len());
                let is_good = !local.is_empty() && dot.is_some() && !text.contains(char::is_whitespace);
                prop_assert!(parsed.is_err() || is_good, "{text:?}");
            }
        }

        #[test]
        fn dots_and_letters_of_every_script_are_an_address(local in r"[\p{L}\p{M}\p{N}.+_'-]{1,20}", domain in r"[\p{L}\p{N}]{1,9}\.[a-z]{2,9}") {
            let text = format!("{local}@{domain}");
            let is_visible = !text.contains(crate::characters::is_invisible);
            prop_assert_eq!(text.parse::<EmailAddress>().is_ok(), is_visible, "{:?}", text);
        }
    }

    #[test]
    fn debug_masks_it() {
        let email: EmailAddress = "canary@example.com".parse().unwrap();
        assert_eq!(format!("{email:?}"), "EmailAddress(***)");
    }
}
