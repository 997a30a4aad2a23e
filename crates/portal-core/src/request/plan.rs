use std::sync::Arc;

use super::capabilities::{Capabilities, Support};
use super::field::Field;
use super::link_fields::LinkFields;
use super::link_request::LinkRequest;
use crate::{Error, Kind, Result};

/// What a provider does with one option of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldSupport {
    /// The option is given, and honoured.
    Supported,
    /// The option is given, and ignored without loss.
    Unneeded,
    /// The option is given, and cannot be honoured.
    Unsupported,
    /// The option is not given, and a link needs it or another one of several.
    Missing,
}

/// What a provider does with a request, known before anything is sent.
///
/// ```
/// use portal_core::{Capabilities, Customer, Field, FieldSupport, LinkRequest, Support};
///
/// let capabilities = Capabilities::new(&[(Field::Email, Support::Required)]);
/// let request = LinkRequest::new(Customer::from_email("user@example.com")).allow_cancel(false);
/// let plan = capabilities.plan(&request)?;
/// assert_eq!(plan.field_support(Field::Email), Some(FieldSupport::Supported));
/// assert_eq!(plan.fields_with(FieldSupport::Unsupported), [Field::AllowCancel]);
/// # Ok::<(), portal_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    request: &'a LinkRequest,
    capabilities: Capabilities,
    fields: Vec<(Field, FieldSupport)>,
}

impl Capabilities {
    /// Returns for every option of `request` whether it is supported, missing or unsupported.
    ///
    /// # Errors
    /// [`Kind::Invalid`] for a value that does not parse, such as an empty id.
    pub fn plan<'a>(&self, request: &'a LinkRequest) -> Result<Plan<'a>> {
        if let Some(problem) = request.problem() {
            return Err(problem.clone());
        }
        let has = |field| request.fields().has(field);
        let is_choice_missing = {
            let mut choices = self.fields_with(Support::OneOf).peekable();
            choices.peek().is_some() && !choices.any(has)
        };
        let support = |field| match (self.support(field), has(field)) {
            (Support::Required, false) => Some(FieldSupport::Missing),
            (Support::OneOf, false) if is_choice_missing => Some(FieldSupport::Missing),
            (Support::Required | Support::OneOf | Support::Supported, true) => {
                Some(FieldSupport::Supported)
            }
            (Support::Unneeded, true) => Some(FieldSupport::Unneeded),
            (Support::Unsupported, true) => Some(FieldSupport::Unsupported),
            (
                Support::OneOf | Support::Supported | Support::Unneeded | Support::Unsupported,
                false,
            ) => None,
        };
        let mut fields = Vec::with_capacity(Field::ALL.len());
        fields.extend(
            Field::ALL
                .iter()
                .filter_map(|field| Some((*field, support(*field)?))),
        );
        Ok(Plan {
            request,
            capabilities: *self,
            fields,
        })
    }
}

impl<'a> Plan<'a> {
    /// Returns what the provider does with `field`; `None` for an option that is neither given nor
    /// missing.
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
            .filter(|(_, of)| *of == support)
            .map(|(field, _)| *field)
            .collect()
    }

    /// Returns the request, if the provider can honour it.
    ///
    /// # Errors
    /// [`Kind::Invalid`] for an option that is missing; [`Kind::Unsupported`] for one that cannot be
    /// honoured, unless the request is best effort. Both name the field; nothing was sent.
    pub fn validate(self) -> Result<ValidatedRequest<'a>> {
        self.validate_for("the provider")
    }

    /// Does the same as [`validate`](Self::validate), and names the provider in errors.
    ///
    /// # Errors
    /// As [`validate`](Self::validate).
    pub fn validate_for(self, provider: &str) -> Result<ValidatedRequest<'a>> {
        let missing = self.fields_with(FieldSupport::Missing);
        if !missing.is_empty() {
            return Err(self.missing(&missing, provider));
        }
        let omitted = self.fields_with(FieldSupport::Unsupported);
        match omitted.first() {
            Some(first) if !self.request.is_best_effort() => {
                let message = format!("{provider} cannot honour {}", quoted(&omitted));
                Err(Error::not_sent(Kind::Unsupported, message)
                    .with_field(first.as_str())
                    .with_hint("leave it out, or ask for best effort, which omits it"))
            }
            _ => Ok(ValidatedRequest {
                fields: self.request.fields(),
                omitted,
            }),
        }
    }

    fn missing(&self, missing: &[Field], provider: &str) -> Error {
        let is_required = |field: &&Field| self.capabilities.support(**field) == Support::Required;
        match (missing.iter().find(is_required), missing.first()) {
            (Some(field), _) => Error::missing_for(*field, provider),
            (None, Some(first)) => {
                let names = quoted(missing);
                let message = format!("{provider} needs one of {names}, and the request has none");
                Error::invalid(first.as_str(), message).with_hint(format!("add one of {names}"))
            }
            (None, None) => Error::invalid("request", "the request lacks an option"),
        }
    }
}

fn quoted(fields: &[Field]) -> String {
    let names: Vec<_> = fields.iter().map(|field| format!("`{field}`")).collect();
    names.join(", ")
}

/// A request that a provider can honour; only [`Plan::validate`] creates one.
///
/// An adapter reads only the options that its capabilities list, since best effort does not clear
/// the others.
#[derive(Clone, Debug)]
pub struct ValidatedRequest<'a> {
    fields: &'a Arc<LinkFields>,
    omitted: Vec<Field>,
}

impl<'a> ValidatedRequest<'a> {
    /// Returns the parsed options.
    #[must_use]
    pub fn fields(&self) -> &'a Arc<LinkFields> {
        self.fields
    }

    /// Returns the options that best effort left out.
    #[must_use]
    pub fn omitted(&self) -> &[Field] {
        &self.omitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Customer, Delivery};

    fn capabilities() -> Capabilities {
        Capabilities::new(&[
            (Field::CustomerId, Support::Required),
            (Field::Email, Support::Unneeded),
            (Field::AllowCancel, Support::Supported),
        ])
    }

    fn refusal(request: &LinkRequest) -> Error {
        capabilities()
            .plan(request)
            .and_then(Plan::validate)
            .expect_err("refused")
    }

    #[test]
    fn both_identifiers_may_be_given_and_nothing_is_omitted() {
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
    fn a_missing_identifier_is_an_error_even_at_best_effort() {
        let error = refusal(&LinkRequest::new(Customer::from_email("a@b.co")).best_effort());
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Invalid, Delivery::NotSent, Some("customer_id"))
        );
    }

    #[test]
    fn one_of_several_identifiers_is_enough_and_none_is_an_error_that_names_them_all() {
        let capabilities = Capabilities::new(&[
            (Field::Email, Support::OneOf),
            (Field::ExternalId, Support::OneOf),
        ]);
        let plan = |customer| {
            let request = LinkRequest::new(customer).best_effort();
            capabilities.plan(&request).and_then(|plan| {
                let missing = plan.fields_with(FieldSupport::Missing);
                plan.validate().map(|_| missing)
            })
        };
        assert_eq!(plan(Customer::from_email("a@b.co")).unwrap(), []);
        assert_eq!(plan(Customer::from_external_id("user_42")).unwrap(), []);
        let both = Customer::from_email("a@b.co").with_external_id("user_42");
        assert_eq!(plan(both).unwrap(), []);
        let error = plan(Customer::from_id("cus_1")).unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Invalid, Delivery::NotSent, Some("email"))
        );
        assert_eq!(
            error.to_string(),
            "the provider needs one of `email`, `external_id`, and the request has none; \
             hint: add one of `email`, `external_id`"
        );
    }

    #[test]
    fn unsupported_options_are_an_error_that_names_them_all() {
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
    fn best_effort_lists_the_omitted_options() {
        let request = LinkRequest::new(Customer::from_id("cus_1"))
            .page_title("x")
            .best_effort();
        let validated = capabilities()
            .plan(&request)
            .and_then(Plan::validate)
            .unwrap();
        assert_eq!(validated.omitted(), [Field::PageTitle]);
    }

    #[test]
    fn the_plan_reports_the_first_value_that_does_not_parse() {
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
            (
                LinkRequest::new(Customer::from_id("cus_1")).return_url("/account"),
                "return_url",
            ),
            (
                LinkRequest::new(Customer::from_id("cus_1")).cancel_type("later"),
                "cancel_type",
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
