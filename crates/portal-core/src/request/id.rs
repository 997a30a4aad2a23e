use std::fmt;
use std::str::FromStr;

use super::line::{validate_id_or_key, validate_single_line};
use crate::{Error, Result, redact};

/// Declares a type for text that a provider or an application chose. It is one line without control
/// characters, and an id has no invisible ones either; its prefix and length are not checked.
macro_rules! opaque_text {
    ($(#[$doc:meta])* $name:ident, $show:expr, $validate:expr, $field:literal, $hint:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes a text from a provider's answer, unless it is blank or contains control characters.
            #[must_use]
            pub fn from_answer(text: String) -> Option<Self> {
                validate_single_line(&text).is_ok().then_some(Self(text))
            }

            /// Returns the text as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let show: fn(&str) -> String = $show;
                f.debug_tuple(stringify!($name)).field(&show(&self.0)).finish()
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self> {
                match $validate(&text) {
                    Ok(()) => Ok(Self(text)),
                    Err(why) => {
                        let message = format!("`{}` {why}", $field);
                        Err(Error::invalid($field, message).with_hint($hint))
                    }
                }
            }
        }

        impl TryFrom<&str> for $name {
            type Error = Error;

            fn try_from(text: &str) -> Result<Self> {
                text.to_owned().try_into()
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                text.try_into()
            }
        }
    };
}

opaque_text!(
    /// The provider's id of a customer, such as Kwik's `cus_…`.
    CustomerId, id, validate_id_or_key, "customer_id", "give the id that the provider's dashboard or API shows"
);
opaque_text!(
    /// An application's own id of a customer, which some providers store beside their own.
    ExternalId, id, validate_id_or_key, "external_id", "give your application's own id of the customer"
);
opaque_text!(
    /// The provider's id of a subscription, such as Kwik's `sub_…`.
    SubscriptionId, id, validate_id_or_key, "subscription_id", "give the id that the provider's dashboard or API shows"
);
opaque_text!(
    /// The provider's id of a product or plan, such as Kwik's `pro_…`.
    ProductId, id, validate_id_or_key, "products", "give the ids that the provider's dashboard or API shows"
);
opaque_text!(
    /// The title that the portal page shows.
    PageTitle, |_| "***".to_owned(), validate_single_line, "page_title", "give one line of text, or leave it out"
);

/// Shows an id, but masks an e-mail address or a URL that was given in place of an id.
fn id(text: &str) -> String {
    redact(text, &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn ids_are_opaque() {
        for text in [
            "cus_HVpCeoNys1f22X7QcuWHY",
            "cus_G-xk_x",
            "42",
            "pw_123",
            "кл-1",
        ] {
            assert_eq!(CustomerId::try_from(text).expect(text).as_str(), text);
        }
    }

    #[test]
    fn debug_shows_an_id_but_no_address_given_as_one_and_no_title() {
        let output = |text: &str| format!("{:?}", CustomerId::try_from(text).unwrap());
        assert_eq!(output("cus_1"), r#"CustomerId("cus_1")"#);
        assert_eq!(output("ada@example.com"), r#"CustomerId("***")"#);
        assert_eq!(output("https://x.com/portal/1"), r#"CustomerId("***")"#);
        let title = PageTitle::try_from("Ada's page").unwrap();
        assert_eq!(format!("{title:?}"), r#"PageTitle("***")"#);
    }

    #[test]
    fn an_id_with_an_invisible_character_is_refused_with_its_field() {
        for (text, why) in [
            (" cus_1", "begins or ends with white space"),
            ("cus_1\u{a0}", "begins or ends with white space"),
            ("cus_1\n", "ends with a line end"),
            ("cus\u{200b}_1", "holds the invisible character U+200B"),
            ("cus_1\u{202e}", "holds the invisible character U+202E"),
            ("\u{feff}cus_1", "begins with a byte order mark"),
            ("cus\u{a0}1", "holds the white space U+00A0"),
            ("cus_1\u{fe0f}", "holds the invisible character U+FE0F"),
            ("cus\u{e0100}_1", "holds the invisible character U+E0100"),
        ] {
            let error = CustomerId::try_from(text).expect_err(text);
            assert_eq!(error.message(), format!("`customer_id` {why}"));
            assert!(ExternalId::try_from(text).is_err(), "{text:?}");
            assert!(
                PageTitle::try_from(text).is_ok() || text.ends_with('\n'),
                "{text:?}"
            );
        }
        assert!(ExternalId::try_from("user 42").is_ok());
        let answered = CustomerId::from_answer(" cus_1\u{200b}".to_owned()).unwrap();
        assert_eq!(answered.as_str(), " cus_1\u{200b}");
        assert_eq!(CustomerId::from_answer(" ".to_owned()), None);
    }

    #[test]
    fn blank_ids_and_control_characters_are_refused_with_the_field() {
        for text in ["", "  ", "cus_1\n", "cus\u{0}1", "cus\u{7f}"] {
            let error = SubscriptionId::try_from(text).expect_err(text);
            assert_eq!(
                (error.kind(), error.field()),
                (Kind::Invalid, Some("subscription_id"))
            );
            assert!(error.hint().is_some());
        }
    }
}
