//! Kwik's adapter in the trials that every adapter passes.

use std::sync::Arc;

use adapter_kwik::Kwik;
use portal_core::{CancelType, Customer, Delivery, Kind, LinkRequest};
use portal_testkit::{
    Declaration, DocumentedAnswer, DocumentedOutcome, DocumentedRequest, FaultValues, LinkValues,
    client, conformance, fault_table,
};

const KEY: &str = "key_KeyCanary0123456789";
const SECRET: &str = "secret_SecretCanary0123456789";
/// Both, as the header carries them.
const BASIC: &str =
    "Basic a2V5X0tleUNhbmFyeTAxMjM0NTY3ODk6c2VjcmV0X1NlY3JldENhbmFyeTAxMjM0NTY3ODk=";
const CUSTOMER: &str = "cus_abc123...";
const SUBSCRIPTION: &str = "sub_abc123...";

#[test]
fn kwik_keeps_the_contract() {
    conformance(&declaration()).assert();
}

#[test]
fn kwik_answers_as_the_fault_table_says() {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/faults.md");
    fault_table(&declaration()).assert_documented(document);
}

fn declaration() -> Declaration {
    let credential = Kwik::credential(KEY.into(), SECRET.into()).expect("a key and a secret");
    Declaration {
        adapter: Arc::new(Kwik),
        credential,
        secrets: vec![KEY, SECRET],
        credential_headers: vec![("authorization", BASIC)],
        is_idempotent: false,
        customer_id: CUSTOMER,
        answered_customer_id: None,
        answer_secrets: Vec::new(),
        subscription_id: SUBSCRIPTION,
        requests: requests(),
        answers: answers(),
        engine: client,
    }
}

fn requests() -> Vec<DocumentedRequest> {
    let customer = || LinkRequest::new(Customer::from_id(CUSTOMER));
    let advanced = customer()
        .subscription(SUBSCRIPTION)
        .show_invoices(true)
        .show_billing_info(true)
        .allow_update_billing_info(true)
        .allow_cancel(true)
        .cancel_type(CancelType::AfterBillingPeriod)
        .allow_switch_plan(true)
        .products(["pro_abc123...", "pro_abc123..."])
        .return_url("https://my-portal.site.com")
        .page_title("My SaaS business");
    vec![
        post(
            "no subscription",
            customer(),
            include_str!("../fixtures/request_no_subscription.json"),
        ),
        post(
            "subscription",
            customer().subscription(SUBSCRIPTION),
            include_str!("../fixtures/request_subscription.json"),
        ),
        post(
            "advanced settings",
            advanced,
            include_str!("../fixtures/request_advanced_settings.json"),
        ),
    ]
}

fn post(name: &'static str, request: LinkRequest, body: &'static str) -> DocumentedRequest {
    DocumentedRequest {
        name,
        request,
        method: "POST",
        path: "/customer-portal/link",
        headers: vec![
            ("accept", "application/json"),
            ("content-type", "application/json"),
        ],
        body,
    }
}

fn answers() -> Vec<DocumentedAnswer> {
    let link = LinkValues {
        url: "https://pay.kwik.co.za/portal/a0oDxntJxWlA8LjfOR9bgck9C4w....",
        id: Some("cpl_HVpCeoNys1f22X7QcuWHY"),
        session_id: Some("ses_G-xkVKoxHgEBrY8suKgR3"),
        expires_at: Some("2026-03-13T12:30:00Z"),
    };
    let validation = FaultValues {
        kind: Kind::Invalid,
        delivery: Delivery::Refused,
        field: Some("field"),
        code: Some("005"),
    };
    let coded = |kind, code| {
        DocumentedOutcome::Fault(FaultValues {
            kind,
            delivery: Delivery::Refused,
            field: None,
            code: Some(code),
        })
    };
    let answer = |name, status, body, outcome| DocumentedAnswer {
        name,
        status,
        content_type: "application/json",
        body,
        outcome,
    };
    let fault = include_str!("../fixtures/fault_005_validation.json");
    vec![
        answer(
            "link",
            200,
            include_str!("../fixtures/answer_link.json"),
            DocumentedOutcome::Link(link),
        ),
        // The documentation lists the codes with their texts, in the envelope of the fixture.
        answer(
            "invalid API key",
            401,
            r#"{"status": false, "error_code": "001", "error_message": "Invalid API key"}"#,
            coded(Kind::Unauthenticated, "001"),
        ),
        answer(
            "invalid body layout",
            400,
            r#"{"status": false, "error_code": "002", "error_message": "Invalid body layout"}"#,
            coded(Kind::Invalid, "002"),
        ),
        answer(
            "record not found",
            404,
            r#"{"status": false, "error_code": "007", "error_message": "Record not found"}"#,
            coded(Kind::NotFound, "007"),
        ),
        answer(
            "validation",
            422,
            fault,
            DocumentedOutcome::Fault(validation),
        ),
        answer(
            "validation",
            400,
            fault,
            DocumentedOutcome::Fault(validation),
        ),
        answer(
            "validation in a success",
            200,
            fault,
            DocumentedOutcome::Fault(validation),
        ),
    ]
}
