use crate::problem::Problem;
use crate::{CustomerId, EmailAddress, Error};

/// Whom a link is for: by the provider's id, by e-mail, or by both.
///
/// Give all that the application knows; each provider takes what it goes by. A bad id or address
/// does not become part of the customer: it is remembered, and the request that this customer is
/// put into is refused with it before anything is sent.
///
/// ```
/// use portal_core::Customer;
///
/// let customer = Customer::from_id("cus_abc123").with_email("user@example.com");
/// assert_eq!(customer.id().map(|id| id.as_str()), Some("cus_abc123"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Customer {
    id: Option<CustomerId>,
    email: Option<EmailAddress>,
    problem: Option<Problem>,
}

impl Customer {
    /// Names the customer by the provider's id, such as `cus_…`.
    pub fn from_id<I>(id: I) -> Self
    where
        I: TryInto<CustomerId, Error: Into<Error>>,
    {
        Self::default().with_id(id)
    }

    /// Names the customer by e-mail.
    pub fn from_email<E>(email: E) -> Self
    where
        E: TryInto<EmailAddress, Error: Into<Error>>,
    {
        Self::default().with_email(email)
    }

    /// Adds the provider's id.
    #[must_use]
    pub fn with_id<I>(mut self, id: I) -> Self
    where
        I: TryInto<CustomerId, Error: Into<Error>>,
    {
        match id.try_into() {
            Ok(id) => self.id = Some(id),
            Err(problem) => self.problem = self.problem.or(Some(Problem(problem.into()))),
        }
        self
    }

    /// Adds the e-mail address.
    #[must_use]
    pub fn with_email<E>(mut self, email: E) -> Self
    where
        E: TryInto<EmailAddress, Error: Into<Error>>,
    {
        match email.try_into() {
            Ok(email) => self.email = Some(email),
            Err(problem) => self.problem = self.problem.or(Some(Problem(problem.into()))),
        }
        self
    }

    /// Returns the provider's id, where it is known.
    #[must_use]
    pub fn id(&self) -> Option<&CustomerId> {
        self.id.as_ref()
    }

    /// Returns the e-mail address, where it is known.
    #[must_use]
    pub fn email(&self) -> Option<&EmailAddress> {
        self.email.as_ref()
    }

    pub(crate) fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }
}
