//! An adapter for a provider that accepts any one of three identifiers of the customer.

use std::sync::Arc;

use portal_core::{
    Adapter, Call, Capabilities, Customer, CustomerId, EmailAddress, Error, ExternalId, Field,
    Idempotency, JsonObject, LinkRequest, PortalLink, ProviderInfo, Result, Support,
    ValidatedRequest, json_body, post_json,
};
use portal_testkit::{Declaration, DocumentedRequest};

use crate::acme::{self, Reader};

/// The provider's own id of the customer.
const OWN_ID: &str = "acme_own_7";

/// The fault of an [`AnyIdentifier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// It accepts an answer to a request for another customer.
    IgnoresTheRequestedId,
    /// It declares three identifiers and takes only one.
    NeedsTheId,
    /// It refuses the provider's own id of the customer.
    RefusesTheAnsweredId,
    /// It returns a link for the answered id instead of the customer of the request.
    ReplacesTheCustomer,
    /// It leaves an identifier out of the body.
    OmitsTheExternalId,
}

#[derive(Debug)]
struct AnyIdentifier(Fault);

static INFO: ProviderInfo = ProviderInfo::new(
    "acme",
    "Acme",
    "https://api.acme.example",
    Capabilities::new(&[
        (Field::CustomerId, Support::OneOf),
        (Field::Email, Support::OneOf),
        (Field::ExternalId, Support::OneOf),
    ])
    .with_known_expiry(),
);

impl Adapter for AnyIdentifier {
    fn info(&self) -> &'static ProviderInfo {
        &INFO
    }

    fn create_link(&self, request: &ValidatedRequest<'_>) -> Result<Call<PortalLink>> {
        let fields = request.fields();
        let customer = &fields.customer;
        if self.0 == Fault::NeedsTheId && customer.id().is_none() {
            return Err(Error::missing(Field::CustomerId));
        }
        let external_id = customer
            .external_id()
            .filter(|_| self.0 != Fault::OmitsTheExternalId);
        let identifiers = [
            ("customer", customer.id().map(CustomerId::as_str)),
            ("email", customer.email().map(EmailAddress::as_str)),
            ("external_id", external_id.map(ExternalId::as_str)),
        ];
        let body: JsonObject = identifiers
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
            .collect();
        let reader = Reader {
            fault: match self.0 {
                Fault::IgnoresTheRequestedId => acme::Fault::IgnoresTheCustomer,
                _ => acme::Fault::None,
            },
            customer: customer.clone(),
            has_own_ids: self.0 != Fault::RefusesTheAnsweredId,
        };
        let fault = self.0;
        Ok(Call::new(
            "create_link",
            Idempotency::NotIdempotent("no idempotency key"),
            post_json("/v1/portals", json_body(&body, &fields.extra)?),
            move |answer| {
                let mut link = reader.read(answer)?;
                if fault == Fault::ReplacesTheCustomer {
                    link.customer = Customer::from_id(OWN_ID);
                }
                Ok(link)
            },
        ))
    }

    fn check_credential(&self) -> Result<Call<()>, &'static str> {
        Err("no call is documented that creates nothing")
    }
}

pub(crate) fn declaration(fault: Fault) -> Declaration {
    let mut answers = acme::declaration(acme::Fault::None).answers;
    for answer in &mut answers {
        answer.body = match answer.body.contains("cus_1") {
            true => include_str!("own_id.json"),
            false => answer.body,
        };
    }
    Declaration {
        adapter: Arc::new(AnyIdentifier(fault)),
        requests: vec![DocumentedRequest {
            name: "by the application's own id",
            request: LinkRequest::new(Customer::from_external_id("user_42")),
            method: "POST",
            path: "/v1/portals",
            headers: vec![
                ("accept", "application/json"),
                ("content-type", "application/json"),
            ],
            body: r#"{"external_id": "user_42"}"#,
        }],
        answered_customer_id: Some(OWN_ID),
        answer_secrets: Vec::new(),
        answers,
        ..acme::declaration(acme::Fault::None)
    }
}

/// Returns a declaration whose answers do not repeat the id of the request.
pub(crate) fn declaration_with_own_ids_only(fault: Fault) -> Declaration {
    let mut declaration = declaration(fault);
    for answer in &mut declaration.answers {
        answer.body = match answer.body.contains(OWN_ID) {
            true => include_str!("only_own_id.json"),
            false => answer.body,
        };
    }
    declaration
}
