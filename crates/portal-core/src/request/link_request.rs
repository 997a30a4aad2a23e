use std::mem;
use std::sync::Arc;

use serde_json::Value;

use super::customer::Customer;
use super::field::Field;
use super::link_fields::LinkFields;
use super::option_value::OptionValue;
use super::problem::Problem;
use crate::{Error, JsonObject};

/// A request for one portal link, for any provider.
///
/// The account's defaults at the provider decide about options that are not set. An option that
/// the provider cannot honour is an error that names it, unless
/// [`best_effort`](LinkRequest::best_effort) allows leaving it out.
///
/// Setters take text or parsed types. The first value that does not parse is stored as an error, and
/// [`Capabilities::plan`](crate::Capabilities::plan) reports it before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LinkRequest {
    /// Shared with the calls that are made of this request.
    fields: Arc<LinkFields>,
    best_effort: bool,
    problem: Option<Problem>,
}

/// Defines the setters of [`LinkRequest`] from the table of options.
macro_rules! define_setters {
    (
        Customer {
            $($id:ident $id_field:ident [$get:ident $with:ident]: $id_kind:ident $id_type:ident, $id_meaning:literal { $($id_key:ident: $id_value:expr),* };)*
        }
        $($group:ident {
            $($variant:ident $field:ident: $kind:ident $($type:ident)?, $meaning:literal { $($key:ident: $value:expr),* };)*
        })*
    ) => {
        impl LinkRequest {
            $($(setter! {
                #[doc = concat!("Sets [`Field::", stringify!($variant), "`]: ", $meaning, ".")]
                $field: $kind $($type)?
            })*)*

            /// Sets any option; a value of the wrong kind is stored like one that does not parse.
            ///
            /// ```
            /// use portal_core::{Customer, Field, LinkRequest, OptionValue};
            ///
            /// let request = LinkRequest::new(Customer::default())
            ///     .set(Field::CustomerId, OptionValue::Text("cus_abc123"))
            ///     .set(Field::AllowCancel, OptionValue::Flag(false));
            /// let same = LinkRequest::new(Customer::from_id("cus_abc123")).allow_cancel(false);
            /// assert_eq!(request, same);
            /// ```
            #[must_use]
            pub fn set(self, field: Field, value: OptionValue<'_>) -> Self {
                match field {
                    $(Field::$id => match value.into_text(field) {
                        Ok(text) => self.with_customer(|customer| customer.$with(text)),
                        Err(error) => self.with_problem(error),
                    },)*
                    $($(Field::$variant => match read!($kind, value, field) {
                        Ok(value) => self.$field(value),
                        Err(error) => self.with_problem(error),
                    },)*)*
                }
            }
        }
    };
}

macro_rules! setter {
    ($(#[$doc:meta])* $name:ident: Flag) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(mut self, yes: bool) -> Self {
            self.fields_mut().$name = Some(yes);
            self
        }
    };
    ($(#[$doc:meta])* $name:ident: Object) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name(mut self, object: JsonObject) -> Self {
            self.fields_mut().$name = Some(object);
            self
        }
    };
    ($(#[$doc:meta])* $name:ident: List $type:ident) => {
        $(#[$doc])*
        ///
        /// A second call adds to the list.
        #[must_use]
        pub fn $name<T>(mut self, values: impl IntoIterator<Item = T>) -> Self
        where
            T: TryInto<super::$type, Error: Into<Error>>,
        {
            for value in values {
                let value = self.parsed(value);
                self.fields_mut().$name.extend(value);
            }
            self
        }
    };
    ($(#[$doc:meta])* $name:ident: $kind:ident $type:ident) => {
        $(#[$doc])*
        #[must_use]
        pub fn $name<T>(mut self, value: T) -> Self
        where
            T: TryInto<super::$type, Error: Into<Error>>,
        {
            let value = self.parsed(value);
            self.fields_mut().$name = value;
            self
        }
    };
}

macro_rules! read {
    (Flag, $value:ident, $field:ident) => {
        $value.into_flag($field)
    };
    (Object, $value:ident, $field:ident) => {
        $value.into_object($field)
    };
    (List, $value:ident, $field:ident) => {
        $value.into_list($field)
    };
    ($kind:ident, $value:ident, $field:ident) => {
        $value.into_text($field)
    };
}

crate::request_options!(define_setters);

impl LinkRequest {
    /// Creates a request for a link for `customer`, with the account's defaults for everything else.
    #[must_use]
    pub fn new(customer: Customer) -> Self {
        let problem = customer.problem().cloned();
        let fields = LinkFields {
            customer,
            ..LinkFields::default()
        };
        Self {
            fields: Arc::new(fields),
            best_effort: false,
            problem,
        }
    }

    /// Adds one entry to the metadata.
    #[must_use]
    pub fn meta(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields_mut()
            .metadata
            .get_or_insert_default()
            .insert(key.into(), value.into());
        self
    }

    /// Adds a field of the provider's own API, for options that this toolkit does not have. It is sent
    /// as it is.
    ///
    /// An object is merged into an object of the same name. A field that the request sets already
    /// is refused before anything is sent, so nothing is overwritten.
    #[must_use]
    pub fn extra(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields_mut().extra.insert(key.into(), value.into());
        self
    }

    /// Allows leaving out options that the provider cannot honour; the link then lists them.
    #[must_use]
    pub fn best_effort(mut self) -> Self {
        self.best_effort = true;
        self
    }

    /// Returns the parsed options.
    #[must_use]
    pub fn fields(&self) -> &Arc<LinkFields> {
        &self.fields
    }

    /// Returns whether options that the provider cannot honour may be left out.
    #[must_use]
    pub fn is_best_effort(&self) -> bool {
        self.best_effort
    }

    pub(crate) fn problem(&self) -> Option<&Error> {
        self.problem.as_ref().map(|problem| &problem.0)
    }

    fn fields_mut(&mut self) -> &mut LinkFields {
        Arc::make_mut(&mut self.fields)
    }

    fn with_customer(mut self, change: impl FnOnce(Customer) -> Customer) -> Self {
        let customer = change(mem::take(&mut self.fields_mut().customer));
        self.problem = self.problem.or_else(|| customer.problem().cloned());
        self.fields_mut().customer = customer;
        self
    }

    /// Stores why a value is refused; only the first problem is kept.
    fn with_problem(mut self, error: Error) -> Self {
        self.problem.get_or_insert(Problem(error));
        self
    }

    /// Parses a value, or stores why it does not parse.
    fn parsed<T>(&mut self, value: impl TryInto<T, Error: Into<Error>>) -> Option<T> {
        match value.try_into() {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problem.get_or_insert_with(|| Problem(problem.into()));
                None
            }
        }
    }
}
