use std::sync::Arc;

use crate::request::LinkFields;
use crate::{Capabilities, Error, Field, Kind, LinkRequest, Result, Support};

/// What a provider would make of one field of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldSupport {
    /// Given, and honoured.
    Supported,
    /// Given, and not looked at, by which nothing is lost.
    Unneeded,
    /// Given, and cannot be honoured.
    Unsupported,
    /// Not given, and there is no link without it.
    Missing,
}

/// What a provider would make of a request, told before anything is sent.
///
/// ```
/// use portal_core::{Capabilities, Customer, Field, LinkPolicy, LinkRequest, Support, FieldSupport};
///
/// let capabilities = Capabilities {
///     support: |field| match field {
///         Field::Email => Support::Required,
///         _ => Support::Unsupported,
///     },
///     creates_customer: false,
///     link: LinkPolicy { expiry_known: false, safe_to_reuse: false },
/// };
/// let request = LinkRequest::new(Customer::from_email("user@example.com")).allow_cancel(false);
/// let plan = capabilities.plan(&request)?;
/// assert_eq!(plan.field_support(Field::Email), Some(FieldSupport::Supported));
/// assert_eq!(plan.fields_with(FieldSupport::Unsupported), [Field::AllowCancel]);
/// # Ok::<(), portal_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    request: &'a LinkRequest,
    fields: Vec<(Field, FieldSupport)>,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(capabilities: &Capabilities, request: &'a LinkRequest) -> Result<Self> {
        if let Some(problem) = request.problem() {
            return Err(problem.clone());
        }
        let support = |field| match (capabilities.support(field), request.fields().has(field)) {
            (Support::Required, false) => Some(FieldSupport::Missing),
            (Support::Required | Support::Supported, true) => Some(FieldSupport::Supported),
            (Support::Unneeded, true) => Some(FieldSupport::Unneeded),
            (Support::Unsupported, true) => Some(FieldSupport::Unsupported),
            (Support::Supported | Support::Unneeded | Support::Unsupported, false) => None,
        };
        let mut fields = Vec::with_capacity(Field::ALL.len());
        fields.extend(
            Field::ALL
                .into_iter()
                .filter_map(|field| Some((field, support(field)?))),
        );
        Ok(Self { request, fields })
    }

    /// Returns what becomes of `field`; `None` where the request does not say it and need not.
    #[must_use]
    pub fn field_support(&self, field: Field) -> Option<FieldSupport> {
        self.fields
            .iter()
            .find(|(of, _)| *of == field)
            .map(|(_, support)| *support)
    }

    /// Returns the fields with that support.
    #[must_use]
    pub fn fields_with(&self, support: FieldSupport) -> Vec<Field> {
        self.fields
            .iter()
            .filter(|(_, v)| *v == support)
            .map(|(field, _)| *field)
            .collect()
    }

    /// Goes ahead with the plan, if the provider can honour it.
    ///
    /// # Errors
    /// [`Kind::Invalid`] for a field that is missing; [`Kind::Unsupported`] for one that cannot be
    /// honoured, unless the request is best effort. Both name the field; nothing was sent.
    pub fn validate(self) -> Result<ValidatedRequest<'a>> {
        if let Some(field) = self.fields_with(FieldSupport::Missing).first() {
            return Err(Error::missing(*field));
        }
        let omitted = self.fields_with(FieldSupport::Unsupported);
        match omitted.first() {
            Some(first) if !self.request.is_best_effort() => {
                let names: Vec<_> = omitted.iter().map(|field| format!("`{field}`")).collect();
                let message = format!("the provider cannot honour {}", names.join(", "));
                Err(Error::not_sent(Kind::Unsupported, message)
                    .with_field(first.as_str())
                    .with_hint("leave it out, or ask for best effort to have it left out"))
            }
            _ => Ok(ValidatedRequest {
                fields: self.request.fields(),
                omitted,
            }),
        }
    }
}

/// A request that a provider can honour; only [`Plan::validate`] makes one.
///
/// What it reads as "not said" includes what best effort left out: an adapter reads only the
/// fields that its capabilities declare, and those are right.
#[derive(Clone, Debug)]
pub struct ValidatedRequest<'a> {
    fields: &'a Arc<LinkFields>,
    omitted: Vec<Field>,
}

impl<'a> ValidatedRequest<'a> {
    /// Returns what the request says, parsed.
    #[must_use]
    pub fn fields(&self) -> &'a Arc<LinkFields> {
        self.fields
    }

    /// Returns what best effort left out.
    #[must_use]
    pub fn omitted(&self) -> &[Field] {
        &self.omitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Customer, Delivery, LinkPolicy};

    fn capabilities() -> Capabilities {
        Capabilities {
            support: |field| match field {
                Field::CustomerId => Support::Required,
                Field::Email => Support::Unneeded,
                Field::AllowCancel => Support::Supported,
                _ => Support::Unsupported,
            },
            creates_customer: false,
            link: LinkPolicy {
                expiry_known: false,
                safe_to_reuse: false,
            },
        }
    }

    fn refusal(request: &LinkRequest) -> Error {
        capabilities()
            .plan(request)
            .and_then(Plan::validate)
            .expect_err("refused")
    }

    #[test]
    fn both_identities_may_be_given_and_nothing_is_omitted() {
        let request =
            LinkRequest::new(Customer::from_id("cus_1").with_email("a@b.co")).allow_cancel(false);
        let plan = capabilities().plan(&request).unwrap();
        assert_eq!(
            plan.field_support(Field::Email),
            Some(FieldSupport::Unneeded)
        );
        assert_eq!(plan.field_support(Field::Products), None);
        assert!(plan.validate().unwrap().omitted().is_empty());
    }

    #[test]
    fn a_missing_identity_is_named_even_at_best_effort() {
        let error = refusal(&LinkRequest::new(Customer::from_email("a@b.co")).best_effort());
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Invalid, Delivery::NotSent, Some("customer_id"))
        );
    }

    #[test]
    fn what_cannot_be_honoured_is_an_error_that_names_all_of_it() {
        let request = LinkRequest::new(Customer::from_id("cus_1"))
            .show_invoices(true)
            .page_title("x");
        let error = refusal(&request);
        assert_eq!(
            (error.kind(), error.field()),
            (Kind::Unsupported, Some("page_title"))
        );
        assert_eq!(
            error.message(),
            "the provider cannot honour `page_title`, `show_invoices`"
        );
    }

    #[test]
    fn best_effort_lists_what_it_left_out() {
        let request = LinkRequest::new(Customer::from_id("cus_1"))
            .page_title("x")
            .best_effort();
        let accepted = capabilities()
            .plan(&request)
            .and_then(Plan::validate)
            .unwrap();
        assert_eq!(accepted.omitted(), [Field::PageTitle]);
    }

    #[test]
    fn a_value_that_did_not_parse_is_told_by_the_plan_first_one_first() {
        for (request, field) in [
            (
                LinkRequest::new(Customer::from_id("")).subscription(""),
                "customer_id",
            ),
            (LinkRequest::new(Customer::from_email("nonsense")), "email"),
            (
                LinkRequest::new(Customer::from_id("cus_1"))
                    .subscription("a\nb")
                    .page_title(""),
                "subscription_id",
            ),
            (
                LinkRequest::new(Customer::from_id("cus_1")).products(["pro_1", " "]),
                "products",
            ),
            (
                LinkRequest::new(Customer::from_id("cus_1")).page_title("\0"),
                "page_title",
            ),
        ] {
            let error = refusal(&request);
            assert_eq!(
                (error.kind(), error.delivery(), error.field()),
                (Kind::Invalid, Delivery::NotSent, Some(field))
            );
        }
    }
}
