//! Requests as the documentation shows them, and what is refused before anything is sent.

use adapter_kwik::{INFO, Kwik};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method};
use portal_core::{
    Adapter, Call, CancelType, Customer, Delivery, Effect, Error, Field, Kind, LinkRequest, Need,
    PortalLink, link_call,
};
use serde_json::{Value, json};

fn kwik() -> Kwik {
    Kwik::new("api_key".into(), "api_secret".into()).expect("a key and a secret")
}

fn customer() -> LinkRequest {
    LinkRequest::new(Customer::from_id("cus_abc123..."))
}

fn call(request: &LinkRequest) -> Call<PortalLink> {
    link_call(&kwik(), request).expect("a request that Kwik can honour")
}

fn refusal(request: &LinkRequest) -> Error {
    link_call(&kwik(), request).expect_err("refused")
}

fn body(request: &LinkRequest) -> Value {
    serde_json::from_slice(call(request).request().body()).expect("JSON")
}

/// The request, with `field` given a value.
fn with(request: LinkRequest, field: Field) -> LinkRequest {
    match field {
        Field::CustomerId => request,
        Field::Email => {
            LinkRequest::new(Customer::from_id("cus_abc123...").with_email("user@example.com"))
        }
        Field::SubscriptionId => request.subscription("sub_abc123..."),
        Field::Metadata => request.meta("utm_source", "facebook"),
        Field::ReturnUrl => request
            .return_url("https://my-portal.site.com")
            .expect("a URL"),
        Field::PageTitle => request.page_title("My SaaS business"),
        Field::ShowInvoices => request.show_invoices(true),
        Field::ShowBillingInfo => request.show_billing_info(true),
        Field::AllowUpdateBillingInfo => request.allow_update_billing_info(true),
        Field::AllowCancel => request.allow_cancel(true),
        Field::CancelType => request.cancel_type(CancelType::AfterBillingPeriod),
        Field::AllowSwitchPlan => request.allow_switch_plan(true),
        Field::Products => request.products(["pro_abc123...", "pro_abc123..."]),
    }
}

/// The request with everything that Kwik knows, as the documentation's last example has it.
fn advanced() -> LinkRequest {
    Field::ALL
        .into_iter()
        .filter(|field| !matches!(field, Field::Email | Field::Metadata))
        .fold(customer(), with)
}

fn documented(fixture: &str) -> Value {
    serde_json::from_str(fixture).expect("JSON")
}

#[test]
fn the_documented_bodies_are_what_is_sent() {
    let advanced_settings = documented(include_str!("../fixtures/request_advanced_settings.json"));
    for (documented, request) in [
        (
            documented(include_str!("../fixtures/request_no_subscription.json")),
            customer(),
        ),
        (
            documented(include_str!("../fixtures/request_subscription.json")),
            with(customer(), Field::SubscriptionId),
        ),
        (advanced_settings, advanced()),
    ] {
        assert_eq!(body(&request), documented);
    }
}

#[test]
fn the_request_is_a_post_of_json_without_a_credential() {
    let call = call(&customer());
    let request = call.request();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(
        request.uri(),
        "/customer-portal/link",
        "relative, so that it cannot leave its base URL"
    );
    assert_eq!(
        sorted(request.headers()),
        [
            ("accept", "application/json"),
            ("content-type", "application/json")
        ]
    );
    assert_eq!(call.operation(), "create_link");
    assert!(matches!(call.effect(), Effect::Once(_)));
}

#[test]
fn authorizing_adds_the_credentials_once_however_many_attempts_there_are() {
    let call = call(&customer());
    let mut request = call.request().clone();
    let before = request.headers().len();
    for _attempt in 0..3 {
        kwik().authorize(&mut request);
    }
    assert_eq!(request.headers().len(), before + 1);
    let credentials = &request.headers()["authorization"];
    // `api_key:api_secret`
    assert_eq!(credentials, "Basic YXBpX2tleTphcGlfc2VjcmV0");
    assert!(
        credentials.is_sensitive(),
        "HTTP libraries must not log or index it"
    );
    assert_eq!(request.body(), call.request().body());
    assert_eq!(request.uri(), call.request().uri());
}

#[test]
fn credentials_are_standard_padded_base64_of_utf8() {
    for (key, secret) in [
        ("k", "s"),
        ("key", "with:colons:"),
        ("schlüssel", "ключ☃"),
        ("~~~", "???>>>"),
        ("k k", "s s"),
    ] {
        let adapter = Kwik::new(key.into(), secret.into()).expect(key);
        let mut request = call(&customer()).request().clone();
        adapter.authorize(&mut request);
        let text = request.headers()["authorization"].to_str().unwrap();
        let encoded = text.strip_prefix("Basic ").expect("Basic");
        let pair = STANDARD
            .decode(encoded)
            .expect("padded and of the standard alphabet");
        assert_eq!(pair, format!("{key}:{secret}").into_bytes());
    }
}

#[test]
fn keys_that_cannot_be_carried_are_refused_and_never_shown() {
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
    let error = Kwik::new(key.into(), secret.into()).expect_err("refused");
    assert_eq!(
        (error.kind(), error.delivery(), error.field()),
        (Kind::Configuration, Delivery::NotSent, Some(field)),
        "{key:?} {secret:?}"
    );
    assert!(error.hint().is_some());
    let shown = format!("{error} {error:?}");
    assert!(
        !shown.contains("canary") && !shown.contains("can:ary"),
        "{shown}"
    );
}

#[test]
fn each_option_alone_is_the_only_thing_that_is_added() {
    for (field, settings) in [
        (
            Field::ReturnUrl,
            json!({"redirect_url": "https://my-portal.site.com"}),
        ),
        (Field::PageTitle, json!({"page_title": "My SaaS business"})),
        (Field::ShowInvoices, json!({"show_invoices": true})),
        (Field::ShowBillingInfo, json!({"show_billing_info": true})),
        (
            Field::AllowUpdateBillingInfo,
            json!({"allow_update_billing_info": true}),
        ),
        (Field::AllowCancel, json!({"allow_cancel": true})),
        (
            Field::CancelType,
            json!({"cancel_type": "AFTER_BILLING_PERIOD"}),
        ),
        (Field::AllowSwitchPlan, json!({"allow_switch_plan": true})),
        (
            Field::Products,
            json!({"products_ids": ["pro_abc123...", "pro_abc123..."]}),
        ),
    ] {
        let expected = json!({"customer_id": "cus_abc123...", "settings": settings});
        assert_eq!(body(&with(customer(), field)), expected, "{field}");
    }
}

#[test]
fn what_is_not_said_is_absent_and_never_null() {
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
fn encoding_twice_gives_the_same_bytes() {
    for request in [
        advanced(),
        advanced()
            .extra("b", 1)
            .extra("a", json!({"d": 1, "c": 2}))
            .extra("settings", json!({"z": 1, "y": 2})),
    ] {
        let (one, two) = (call(&request), call(&request));
        assert_eq!(one.request().body(), two.request().body());
        assert_eq!(one.request().headers(), two.request().headers());
        assert_eq!(one.request().uri(), two.request().uri());
    }
}

#[test]
fn extra_fields_pass_through_and_merge_into_what_is_set() {
    let request = with(customer(), Field::AllowCancel)
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

#[test]
fn an_extra_field_that_would_overwrite_one_is_refused_by_its_path() {
    for (extra, value, field) in [
        ("customer_id", json!("cus_2"), "extra.customer_id"),
        ("customer_id", json!(null), "extra.customer_id"),
        ("subscription_id", json!("sub_2"), "extra.subscription_id"),
        ("settings", json!([]), "extra.settings"),
        (
            "settings",
            json!({"allow_cancel": false}),
            "extra.settings.allow_cancel",
        ),
        (
            "settings",
            json!({"redirect_url": "https://x.com"}),
            "extra.settings.redirect_url",
        ),
        (
            "settings",
            json!({"new": 1, "products_ids": []}),
            "extra.settings.products_ids",
        ),
    ] {
        let error = refusal(&advanced().extra(extra, value.clone()));
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Invalid, Delivery::NotSent, Some(field)),
            "{extra} {value}"
        );
        assert_eq!(error.provider(), Some("kwik"));
        assert_eq!(error.operation(), Some("create_link"));
        assert!(error.hint().is_some());
    }
}

#[test]
fn metadata_is_refused_by_name_and_each_other_field_accepted() {
    for field in Field::ALL {
        let request = with(customer(), field);
        assert!(request.fields().has(field), "{field}");
        if field != Field::Metadata {
            assert!(link_call(&kwik(), &request).is_ok(), "{field}");
            assert_ne!(INFO.capabilities.need(field), Need::Unsupported, "{field}");
            continue;
        }
        let error = refusal(&request);
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Unsupported, Delivery::NotSent, Some("metadata"))
        );
        assert_eq!(error.provider(), Some("kwik"));
        assert!(error.hint().is_some());
    }
}

#[test]
fn a_customer_without_an_id_is_refused_even_at_best_effort() {
    for customer in [
        Customer::default(),
        Customer::from_email("user@example.com"),
    ] {
        let error = refusal(&LinkRequest::new(customer).best_effort());
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Invalid, Delivery::NotSent, Some("customer_id"))
        );
        assert!(error.hint().is_some());
    }
}

#[test]
fn a_customer_known_both_ways_is_accepted_and_the_address_stays_here() {
    let request = with(customer(), Field::Email);
    assert_eq!(body(&request), json!({"customer_id": "cus_abc123..."}));
}

#[test]
fn best_effort_leaves_out_metadata_and_sends_the_rest() {
    let request = with(advanced(), Field::Metadata).best_effort();
    assert_eq!(body(&request), body(&advanced()));
    let plan = INFO.capabilities.plan(&request).unwrap();
    assert_eq!(plan.accept().unwrap().omitted(), [Field::Metadata]);
}

fn sorted(headers: &HeaderMap) -> Vec<(&str, &str)> {
    let mut headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().expect("ASCII")))
        .collect();
    headers.sort_unstable();
    headers
}
