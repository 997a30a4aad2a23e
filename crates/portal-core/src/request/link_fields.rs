use std::fmt;

use super::customer::Customer;
use super::field::Field;
use crate::JsonObject;

/// Defines [`LinkFields`] from the table of options.
macro_rules! define_link_fields {
    (
        Customer {
            $($id:ident $id_field:ident [$get:ident $with:ident]: $id_kind:ident $id_type:ident, $id_meaning:literal { $($id_key:ident: $id_value:expr),* };)*
        }
        $($group:ident {
            $($variant:ident $field:ident: $kind:ident $($type:ident)?, $meaning:literal { $($key:ident: $value:expr),* };)*
        })*
    ) => {
        /// The parsed contents of a [`LinkRequest`](crate::LinkRequest), as adapters read them.
        ///
        /// `Debug` shows which options are set, and of their values only ids: applications put
        /// personal data into metadata, titles and return URLs.
        #[derive(Clone, Default, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub struct LinkFields {
            /// The customer that the link is for.
            pub customer: Customer,
            $($(
                #[doc = concat!($meaning, ".")]
                pub $field: stored!($kind $($type)?),
            )*)*
            /// Fields of the provider's own API, sent in the body as they are.
            pub extra: JsonObject,
        }

        impl LinkFields {
            /// Returns whether the request gives `field` a value.
            #[must_use]
            pub fn has(&self, field: Field) -> bool {
                match field {
                    $(Field::$id => self.customer.$get().is_some(),)*
                    $($(Field::$variant => is_set!(self, $kind $field),)*)*
                }
            }

            /// Returns the value of a field with [`ValueKind::Text`](crate::ValueKind::Text).
            pub(crate) fn text(&self, field: Field) -> Option<&str> {
                match field {
                    $(Field::$id => self.customer.$get().map(|value| value.as_str()),)*
                    $($(Field::$variant => text!(self, $kind $field),)*)*
                }
            }

            /// Returns the value of a field with [`ValueKind::Object`](crate::ValueKind::Object).
            pub(crate) fn object(&self, field: Field) -> Option<&JsonObject> {
                match field {
                    $(Field::$id => None,)*
                    $($(Field::$variant => object!(self, $kind $field),)*)*
                }
            }
        }
    };
}

/// The type that holds an option: `None`, and an empty list, for an option that is not set.
macro_rules! stored {
    (Flag) => { Option<bool> };
    (Object) => { Option<JsonObject> };
    (List $type:ident) => { Vec<super::$type> };
    ($kind:ident $type:ident) => { Option<super::$type> };
}

macro_rules! is_set {
    ($this:ident, List $field:ident) => {
        !$this.$field.is_empty()
    };
    ($this:ident, $kind:ident $field:ident) => {
        $this.$field.is_some()
    };
}

macro_rules! text {
    ($this:ident, Text $field:ident) => {
        $this.$field.as_ref().map(|value| value.as_str())
    };
    ($this:ident, $kind:ident $field:ident) => {
        None
    };
}

macro_rules! object {
    ($this:ident, Object $field:ident) => {
        $this.$field.as_ref()
    };
    ($this:ident, $kind:ident $field:ident) => {
        None
    };
}

crate::request_options!(define_link_fields);

impl fmt::Debug for LinkFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkFields")
            .field("customer", &self.customer)
            .field("subscription", &self.subscription)
            .field(
                "set",
                &Field::ALL
                    .iter()
                    .filter(|field| self.has(**field))
                    .collect::<Vec<_>>(),
            )
            .field("extra", &self.extra.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
