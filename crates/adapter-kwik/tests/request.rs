//! Requests in their details, and credentials that are refused before anything is sent.

use adapter_kwik::Kwik;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portal_core::{Call, CancelType, Customer, Delivery, Kind, LinkRequest, PortalLink, link_call};
use serde_json::{Value, json};

fn customer() -> LinkRequest {
    LinkRequest::new(Customer::from_id("cus_abc123..."))
}

fn call(request: &LinkRequest) -> Call<PortalLink> {
    link_call(&Kwik, request).expect("a request that Kwik can honour")
}

fn body(request: &LinkRequest) -> Value {
    serde_json::from_slice(call(request).request().body()).expect("JSON")
}

#[test]
fn credentials_are_standard_padded_base64_of_utf8() {
    for (key, secret) in [
        ("k", "s"),
        ("key", "with:colons:"),
        ("schlüssel", "ключ☃"),
        ("~~~", "???>>>"),
    ] {
        let credential = Kwik::credential(key.into(), secret.into()).expect(key);
        let mut request = call(&customer()).request().clone();
        credential.apply(request.headers_mut());
        let text = request.headers()["authorization"].to_str().unwrap();
        let encoded = text.strip_prefix("Basic ").expect("Basic");
        let pair = STANDARD
            .decode(encoded)
            .expect("padded and of the standard alphabet");
        assert_eq!(pair, format!("{key}:{secret}").into_bytes());
    }
}

#[test]
fn keys_that_cannot_stand_in_a_header_are_refused_and_never_shown() {
    for bad in [
        "",
        "  ",
        "canary\n",
        "canary\r\nx-admin: 1",
        "cana\u{0}canary",
        "canary\tcanary",
        "canary\u{7f}",
        " canary",
        "canary\u{a0}",
        "canary canary",
        "can\u{200b}ary",
        "\"canary\"",
        "Bearer canary",
    ] {
        for (key, secret, field) in [(bad, "secret", "api_key"), ("key", bad, "api_secret")] {
            refused(key, secret, field);
        }
    }
    for key in ["canary:", ":canary", "can:ary"] {
        refused(key, "canary", "api_key");
    }
}

#[track_caller]
fn refused(key: &str, secret: &str, field: &str) {
    let error = Kwik::credential(key.into(), secret.into()).expect_err("refused");
    assert_eq!(
        (error.kind(), error.delivery(), error.field()),
        (Kind::Configuration, Delivery::NotSent, Some(field)),
        "{key:?} {secret:?}"
    );
    assert!(error.hint().is_some());
    let output = format!("{error} {error:?}");
    assert!(
        !output.contains("canary") && !output.contains("can:ary"),
        "{output}"
    );
}

#[test]
fn each_option_alone_is_the_only_thing_that_is_added() {
    let url = customer().return_url("https://my.site");
    for (request, settings) in [
        (url, json!({"redirect_url": "https://my.site"})),
        (customer().page_title("x"), json!({"page_title": "x"})),
        (
            customer().show_invoices(true),
            json!({"show_invoices": true}),
        ),
        (
            customer().show_billing_info(true),
            json!({"show_billing_info": true}),
        ),
        (
            customer().allow_update_billing_info(true),
            json!({"allow_update_billing_info": true}),
        ),
        (customer().allow_cancel(true), json!({"allow_cancel": true})),
        (
            customer().cancel_type(CancelType::AfterBillingPeriod),
            json!({"cancel_type": "AFTER_BILLING_PERIOD"}),
        ),
        (
            customer().allow_switch_plan(true),
            json!({"allow_switch_plan": true}),
        ),
        (
            customer().products(["a", "b"]),
            json!({"products_ids": ["a", "b"]}),
        ),
    ] {
        let expected = json!({"customer_id": "cus_abc123...", "settings": settings});
        assert_eq!(body(&request), expected);
    }
}

#[test]
fn options_that_are_not_set_are_absent_and_never_null() {
    let bytes = |request| call(&request).request().body().clone();
    assert_eq!(bytes(customer()), r#"{"customer_id":"cus_abc123..."}"#);
    assert_eq!(
        bytes(customer().products(Vec::<&str>::new())),
        r#"{"customer_id":"cus_abc123..."}"#
    );
    assert_eq!(
        bytes(customer().allow_cancel(false)),
        r#"{"customer_id":"cus_abc123...","settings":{"allow_cancel":false}}"#
    );
}

#[test]
fn no_is_sent_as_well_as_yes() {
    let request = customer()
        .show_invoices(false)
        .show_billing_info(false)
        .allow_update_billing_info(false)
        .allow_cancel(false)
        .allow_switch_plan(false)
        .cancel_type(CancelType::Now);
    assert_eq!(
        body(&request)["settings"],
        json!({
            "show_invoices": false,
            "show_billing_info": false,
            "allow_update_billing_info": false,
            "allow_cancel": false,
            "allow_switch_plan": false,
            "cancel_type": "NOW",
        })
    );
}

#[test]
fn ids_are_opaque_and_products_keep_their_order() {
    let request = LinkRequest::new(Customer::from_id("клиент \"1\""))
        .subscription("sub_G-xk_VK/..?#")
        .products(["prd_2", "pro_1"])
        .products(["3"]);
    assert_eq!(
        body(&request),
        json!({
            "customer_id": "клиент \"1\"",
            "subscription_id": "sub_G-xk_VK/..?#",
            "settings": {"products_ids": ["prd_2", "pro_1", "3"]},
        })
    );
}

#[test]
fn extra_fields_pass_through_and_merge_into_what_is_set() {
    let request = customer()
        .allow_cancel(true)
        .extra("reference", json!(null))
        .extra("settings", json!({"theme": {"dark": true}}));
    assert_eq!(
        body(&request),
        json!({
            "customer_id": "cus_abc123...",
            "reference": null,
            "settings": {"allow_cancel": true, "theme": {"dark": true}},
        })
    );
}
