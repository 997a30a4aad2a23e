use std::fmt;
use std::str::FromStr;

use super::line::validate_single_line;
use crate::{Error, Result, redact};

/// Declares a type for text that a provider or an application chose. It is one line without control
/// characters; its prefix and length are not checked.
macro_rules! opaque_text {
    ($(#[$doc:meta])* $name:ident, $show:expr, $field:literal, $hint:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
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
                parse(text, $field, $hint).map(Self)
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
    CustomerId, id, "customer_id", "give the id that the provider's dashboard or API shows"
);
opaque_text!(
    /// An application's own id of a customer, which some providers store beside their own.
    ExternalId, id, "external_id", "give your application's own id of the customer"
);
opaque_text!(
    /// The provider's id of a subscription, such as Kwik's `sub_…`.
    SubscriptionId, id, "subscription_id", "give the id that the provider's dashboard or API shows"
);
opaque_text!(
    /// The provider's id of a product or plan, such as Kwik's `pro_…`.
    ProductId, id, "products", "give the ids that the provider's dashboard or API shows"
);
opaque_text!(
    /// The title that the portal page shows.
    PageTitle, |_| "***".to_owned(), "page_title", "give one line of text, or leave it out"
);

/// Shows an id, but masks an e-mail address or a URL that was given in place of an id.
fn id(text: &str) -> String {
    redact(text, &[])
}

fn parse(text: String, field: &'static str, hint: &'static str) -> Result<String> {
    match validate_single_line(&text) {
        Ok(()) => Ok(text),
        Err(why) => Err(Error::invalid(field, format!("`{field}` {why}")).with_hint(hint)),
    }
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
    fn debug_shows_an_id_but_no_address_in_its_place_and_no_title() {
        let shown = |text: &str| format!("{:?}", CustomerId::try_from(text).unwrap());
        assert_eq!(shown("cus_1"), r#"CustomerId("cus_1")"#);
        assert_eq!(shown("ada@example.com"), r#"CustomerId("***")"#);
        assert_eq!(shown("https://x.com/portal/1"), r#"CustomerId("***")"#);
        let title = PageTitle::try_from("Ada's page").unwrap();
        assert_eq!(format!("{title:?}"), r#"PageTitle("***")"#);
    }

    #[test]
    fn blank_ids_and_control_characters_are_refused_by_name() {
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
