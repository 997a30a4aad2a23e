use std::str::FromStr;

use crate::line::flaw;
use crate::{Error, Result};

/// Declares a text that a provider or an application chose: opaque, but never blank and never
/// holding control characters. Prefix and length are the provider's business.
macro_rules! opaque_text {
    ($(#[$doc:meta])* $name:ident, $field:literal, $hint:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// Returns the text as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
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
    CustomerId, "customer_id", "give the id that the provider's dashboard or API shows"
);
opaque_text!(
    /// The provider's id of a subscription, such as Kwik's `sub_…`.
    SubscriptionId, "subscription_id", "give the id that the provider's dashboard or API shows"
);
opaque_text!(
    /// The provider's id of a product or plan, such as Kwik's `pro_…`.
    ProductId, "products", "give the ids that the provider's dashboard or API shows"
);
opaque_text!(
    /// The title that the portal page shows.
    PageTitle, "page_title", "give one line of text, or leave it out"
);

fn parse(text: String, field: &'static str, hint: &'static str) -> Result<String> {
    match flaw(&text) {
        Some(why) => Err(Error::invalid(field, format!("`{field}` {why}")).with_hint(hint)),
        None => Ok(text),
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
