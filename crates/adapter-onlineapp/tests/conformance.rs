//! OnlineApp's adapter in the trials that every adapter passes.

use std::sync::Arc;

use adapter_onlineapp::OnlineApp;
use portal_core::{Customer, Delivery, Kind, LinkRequest};
use portal_testkit::{
    Declaration, DocumentedAnswer, DocumentedOutcome, DocumentedRequest, FaultValues, LinkValues,
    client, conformance, fault_table,
};

const KEY: &str = "sk_live_KeyCanary0123456789";

#[test]
fn onlineapp_keeps_the_contract() {
    conformance(&declaration()).assert();
}

#[test]
fn onlineapp_answers_as_the_fault_table_says() {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/faults.md");
    fault_table(&declaration()).assert_documented(document);
}

fn declaration() -> Declaration {
    Declaration {
        adapter: Arc::new(OnlineApp::new("123").expect("an id")),
        credential: OnlineApp::credential(KEY.into()).expect("a key"),
        secrets: vec![KEY],
        credential_headers: vec![("x-api-key", KEY)],
        is_idempotent: true,
        // In no answer.
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
            "email required",
            include_str!("../fixtures/fault_400_email_required.json"),
            Kind::Invalid,
        ),
        fault(
            401,
            "key required",
            include_str!("../fixtures/fault_401_key_required.json"),
            Kind::Unauthenticated,
        ),
        fault(
            401,
            "invalid key",
            include_str!("../fixtures/fault_401_key_invalid.json"),
            Kind::Unauthenticated,
        ),
        fault(
            403,
            "no portal, live mode",
            include_str!("../fixtures/fault_403_no_portal_live.json"),
            Kind::NoPortal,
        ),
        fault(
            403,
            "no portal, test mode",
            include_str!("../fixtures/fault_403_no_portal_test.json"),
            Kind::NoPortal,
        ),
        fault(
            403,
            "inactive key",
            include_str!("../fixtures/fault_403_key_inactive.json"),
            Kind::Forbidden,
        ),
        fault(
            404,
            "no such paywall",
            include_str!("../fixtures/fault_404_paywall.json"),
            Kind::NotFound,
        ),
        fault(
            409,
            "active purchase",
            include_str!("../fixtures/fault_409_active_purchase.json"),
            Kind::Conflict,
        ),
        general_error(413, Kind::Invalid, Delivery::Refused),
        general_error(422, Kind::Invalid, Delivery::Refused),
        general_error(429, Kind::RateLimited, Delivery::Refused),
        general_error(500, Kind::Unavailable, Delivery::Unknown),
        general_error(502, Kind::Unavailable, Delivery::Unknown),
        general_error(503, Kind::Unavailable, Delivery::Unknown),
        general_error(504, Kind::Unavailable, Delivery::Unknown),
    ]
}

fn link(name: &'static str, body: &'static str, url: &'static str) -> DocumentedAnswer {
    DocumentedAnswer {
        name,
        status: 200,
        content_type: "application/json",
        body,
        outcome: DocumentedOutcome::Link(LinkValues {
            url,
            id: None,
            session_id: None,
            expires_at: None,
        }),
    }
}

fn fault(status: u16, name: &'static str, body: &'static str, kind: Kind) -> DocumentedAnswer {
    DocumentedAnswer {
        name,
        status,
        content_type: "application/json",
        body,
        outcome: DocumentedOutcome::Fault(FaultValues {
            kind,
            delivery: Delivery::Refused,
            field: None,
            code: None,
        }),
    }
}

/// The general form of the vendor's SDK: a slug as `error`, and a message.
fn general_error(status: u16, kind: Kind, delivery: Delivery) -> DocumentedAnswer {
    DocumentedAnswer {
        name: "general form",
        status,
        content_type: "application/json",
        body: r#"{"error": "general_error", "message": "Sorry"}"#,
        outcome: DocumentedOutcome::Fault(FaultValues {
            kind,
            delivery,
            field: None,
            code: Some("general_error"),
        }),
    }
}
