//! OnlineApp's adapter in the trials that every adapter passes.

use std::sync::Arc;

use adapter_onlineapp::OnlineApp;
use portal_core::{Customer, Delivery, Kind, LinkRequest};
use portal_testkit::{
    Declaration, DocumentedAnswer, DocumentedOutcome, DocumentedRequest, FaultValues, LinkValues,
    client, conformance,
};

const KEY: &str = "sk_live_KeyCanary0123456789";

#[test]
fn onlineapp_keeps_the_contract() {
    conformance(&declaration()).assert();
}

fn declaration() -> Declaration {
    Declaration {
        adapter: Arc::new(OnlineApp::new("123").expect("an id")),
        credential: OnlineApp::credential(KEY.into()).expect("a key"),
        secrets: vec![KEY],
        credential_headers: vec![("x-api-key", KEY)],
        is_idempotent: true,
        // Not looked at, and in no answer.
        customer_id: "cus_1",
        answered_customer_id: None,
        answer_secrets: Vec::new(),
        subscription_id: "sub_1",
        requests: requests(),
        answers: answers(),
        engine: client,
    }
}

fn requests() -> Vec<DocumentedRequest> {
    let user = || LinkRequest::new(Customer::from_email("user@example.com"));
    let example = || {
        user()
            .meta("my-user-uuid", "pojfoih27938y50ujtb4ip1n2b")
            .meta("utm_source", "facebook")
    };
    let metadata = example()
        .meta("signup_date", "2024-01-15")
        .meta("user_type", "premium");
    let return_url = user().return_url("https://my.site/account");
    vec![
        post(
            "metadata",
            metadata,
            include_str!("../fixtures/request_metadata.json"),
        ),
        post(
            "implementation example",
            example(),
            include_str!("../fixtures/request_implementation_example.json"),
        ),
        post(
            "return URL",
            return_url,
            include_str!("../fixtures/request_return_url.json"),
        ),
    ]
}

fn post(name: &'static str, request: LinkRequest, body: &'static str) -> DocumentedRequest {
    DocumentedRequest {
        name,
        request,
        method: "POST",
        path: "/api/v1/paywall/123/get-customer-portal",
        headers: vec![
            ("accept", "application/json"),
            ("content-type", "application/json"),
            ("x-paywall-id", "123"),
            (
                "x-sdk-version",
                concat!("portal/", env!("CARGO_PKG_VERSION")),
            ),
        ],
        body,
    }
}

fn answers() -> Vec<DocumentedAnswer> {
    vec![
        link(
            "link",
            include_str!("../fixtures/answer_link.json"),
            "https://checkout.stripe.com/c/pay/cs_test_...",
        ),
        link(
            "link to billing",
            include_str!("../fixtures/answer_link_billing.json"),
            "https://billing.stripe.com/p/session/test_...",
        ),
        fault(
            400,
            include_str!("../fixtures/fault_400_email_required.json"),
            Kind::Invalid,
        ),
        fault(
            401,
            include_str!("../fixtures/fault_401_key_required.json"),
            Kind::Unauthenticated,
        ),
        fault(
            401,
            include_str!("../fixtures/fault_401_key_invalid.json"),
            Kind::Unauthenticated,
        ),
        fault(
            403,
            include_str!("../fixtures/fault_403_no_portal_live.json"),
            Kind::NoPortal,
        ),
        fault(
            403,
            include_str!("../fixtures/fault_403_no_portal_test.json"),
            Kind::NoPortal,
        ),
        fault(
            403,
            include_str!("../fixtures/fault_403_key_inactive.json"),
            Kind::Forbidden,
        ),
        fault(
            404,
            include_str!("../fixtures/fault_404_paywall.json"),
            Kind::NotFound,
        ),
        fault(
            409,
            include_str!("../fixtures/fault_409_active_purchase.json"),
            Kind::Conflict,
        ),
    ]
}

fn link(name: &'static str, body: &'static str, url: &'static str) -> DocumentedAnswer {
    DocumentedAnswer {
        name,
        status: 200,
        content_type: "application/json",
        body,
        meaning: DocumentedOutcome::Link(LinkValues {
            url,
            id: None,
            session_id: None,
            expires_at: None,
        }),
    }
}

fn fault(status: u16, body: &'static str, kind: Kind) -> DocumentedAnswer {
    DocumentedAnswer {
        name: body,
        status,
        content_type: "application/json",
        body,
        meaning: DocumentedOutcome::Fault(FaultValues {
            kind,
            delivery: Delivery::Refused,
            field: None,
            code: None,
        }),
    }
}
