use super::email::EmailAddress;
use super::id::{CustomerId, ExternalId};
use super::problem::Problem;
use crate::Error;

/// Defines [`Customer`] from the table of options.
macro_rules! define_customer {
    (
        Customer {
            $($variant:ident $field:ident [$get:ident $with:ident]: $kind:ident $type:ident, $meaning:literal { $($key:ident: $value:expr),* };)*
        }
        $($other:tt)*
    ) => {
        /// The customer that a link is for, named by one identifier or by several.
        ///
        /// Give every identifier that the application has; each provider uses the one it needs. An
        /// malformed identifier is stored, and the plan of the request reports it.
        ///
        /// ```
        /// use portal_core::Customer;
        ///
        /// let customer = Customer::from_id("cus_abc123").with_email("user@example.com");
        /// assert_eq!(customer.id().map(|id| id.as_str()), Some("cus_abc123"));
        /// ```
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub struct Customer {
            $($get: Option<super::$type>,)*
            problem: Option<Problem>,
        }

        impl Customer {
            $(
                #[doc = concat!("Adds an identifier: ", $meaning, ".")]
                #[must_use]
                pub fn $with<T>(mut self, value: T) -> Self
                where
                    T: TryInto<super::$type, Error: Into<Error>>,
                {
                    match value.try_into() {
                        Ok(value) => self.$get = Some(value),
                        Err(error) => {
                            self.problem.get_or_insert_with(|| Problem(error.into()));
                        }
                    }
                    self
                }

                #[doc = concat!("Returns an identifier, if it is known: ", $meaning, ".")]
                #[must_use]
                pub fn $get(&self) -> Option<&super::$type> {
                    self.$get.as_ref()
                }
            )*
        }
    };
}

crate::request_options!(define_customer);

impl Customer {
    /// Names the customer by the provider's id, such as `cus_…`.
    pub fn from_id<I>(id: I) -> Self
    where
        I: TryInto<CustomerId, Error: Into<Error>>,
    {
        Self::default().with_id(id)
    }

    /// Names the customer by the e-mail address.
    pub fn from_email<E>(email: E) -> Self
    where
        E: TryInto<EmailAddress, Error: Into<Error>>,
    {
        Self::default().with_email(email)
    }

    /// Names the customer by the application's own id, for providers that store it.
    pub fn from_external_id<I>(id: I) -> Self
    where
        I: TryInto<ExternalId, Error: Into<Error>>,
    {
        Self::default().with_external_id(id)
    }

    pub(crate) fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }
}
