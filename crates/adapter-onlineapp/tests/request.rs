//! Requests as the documentation shows them, and what is refused before anything is sent.

use adapter_onlineapp::{INFO, OnlineApp, client_portal_url};
use http::{HeaderMap, Method};
use portal_core::{
    Adapter, BaseUrl, Call, CancelType, Customer, Delivery, Effect, Error, Field, Kind,
    LinkRequest, Need, PortalLink, link_call,
};
use serde_json::{Value, json};
use url::Url;

const UNSUPPORTED: [Field; 9] = [
    Field::SubscriptionId,
    Field::PageTitle,
    Field::ShowInvoices,
    Field::ShowBillingInfo,
    Field::AllowUpdateBillingInfo,
    Field::AllowCancel,
    Field::CancelType,
    Field::AllowSwitchPlan,
    Field::Products,
];

fn onlineapp() -> OnlineApp {
    OnlineApp::new("your-secret-api-key".into(), "123").expect("a key and an id")
}

fn user() -> LinkRequest {
    LinkRequest::new(Customer::from_email("user@example.com"))
}

fn call(request: &LinkRequest) -> Call<PortalLink> {
    link_call(&onlineapp(), request).expect("a request that OnlineApp can honour")
}

fn refusal(request: &LinkRequest) -> Error {
    link_call(&onlineapp(), request).expect_err("refused")
}

fn body(request: &LinkRequest) -> Value {
    serde_json::from_slice(call(request).request().body()).expect("JSON")
}

/// The request, with `field` given a value.
fn with(request: LinkRequest, field: Field) -> LinkRequest {
    match field {
        Field::CustomerId => {
            LinkRequest::new(Customer::from_id("cus_1").with_email("user@example.com"))
        }
        Field::Email => request,
        Field::SubscriptionId => request.subscription("sub_1"),
        Field::Metadata => request.meta("utm_source", "facebook"),
        Field::ReturnUrl => request
            .return_url("https://my.site/account")
            .expect("a URL"),
        Field::PageTitle => request.page_title("My SaaS business"),
        Field::ShowInvoices => request.show_invoices(true),
        Field::ShowBillingInfo => request.show_billing_info(false),
        Field::AllowUpdateBillingInfo => request.allow_update_billing_info(true),
        Field::AllowCancel => request.allow_cancel(false),
        Field::CancelType => request.cancel_type(CancelType::Now),
        Field::AllowSwitchPlan => request.allow_switch_plan(true),
        Field::Products => request.products(["pro_1"]),
    }
}

#[test]
fn the_documented_bodies_are_what_is_sent() {
    let uuid = ("my-user-uuid", "pojfoih27938y50ujtb4ip1n2b");
    let utm = ("utm_source", "facebook");
    for (fixture, request) in [
        (
            include_str!("../fixtures/request_metadata.json"),
            user()
                .meta(uuid.0, uuid.1)
                .meta(utm.0, utm.1)
                .meta("signup_date", "2024-01-15")
                .meta("user_type", "premium"),
        ),
        (
            include_str!("../fixtures/request_implementation_example.json"),
            user().meta(uuid.0, uuid.1).meta(utm.0, utm.1),
        ),
        (
            include_str!("../fixtures/request_return_url.json"),
            with(user(), Field::ReturnUrl),
        ),
    ] {
        let documented: Value = serde_json::from_str(fixture).unwrap();
        assert_eq!(body(&request), documented);
    }
}

#[test]
fn the_request_is_a_post_of_json_to_the_paywall_without_a_credential() {
    let call = call(&user());
    let request = call.request();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(
        request.uri(),
        "/api/v1/paywall/123/get-customer-portal",
        "relative, so that it cannot leave its base URL"
    );
    let version = concat!("portal/", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        sorted(request.headers()),
        [
            ("accept", "application/json"),
            ("content-type", "application/json"),
            ("x-paywall-id", "123"),
            ("x-sdk-version", version),
        ]
    );
    assert_eq!(call.operation(), "create_link");
    assert!(matches!(call.effect(), Effect::Repeatable(_)));
}

#[test]
fn authorizing_adds_the_key_once_however_many_attempts_there_are() {
    let call = call(&user());
    let mut request = call.request().clone();
    let before = request.headers().len();
    for _attempt in 0..3 {
        onlineapp().authorize(&mut request);
    }
    assert_eq!(request.headers().len(), before + 1);
    let key = &request.headers()["x-api-key"];
    assert_eq!(key, "your-secret-api-key");
    assert!(
        key.is_sensitive(),
        "HTTP libraries must not log or index it"
    );
    assert_eq!(request.body(), call.request().body());
    assert_eq!(request.uri(), call.request().uri());
}

#[test]
fn what_is_not_said_is_absent_and_never_null() {
    let bytes = call(&user()).request().body().clone();
    assert_eq!(bytes, r#"{"email":"user@example.com"}"#);
}

#[test]
fn metadata_is_any_json_object_and_goes_as_it_is() {
    let metadata = json!({"": null, "a.b": [1, {"c": 0.5}], "long": "x".repeat(5000), "ключ": "☃"});
    let request = user().metadata(metadata.as_object().unwrap().clone());
    assert_eq!(body(&request)["userMeta"], metadata);
    let empty = user().metadata(serde_json::Map::new());
    assert_eq!(body(&empty)["userMeta"], json!({}));
}

#[test]
fn encoding_twice_gives_the_same_bytes() {
    let request = Field::ALL
        .into_iter()
        .fold(user(), with)
        .extra("b", 1)
        .extra("a", json!({"d": 1, "c": 2}))
        .best_effort();
    let (one, two) = (call(&request), call(&request));
    assert_eq!(one.request().body(), two.request().body());
    assert_eq!(one.request().headers(), two.request().headers());
    assert_eq!(one.request().uri(), two.request().uri());
}

#[test]
fn a_paywall_id_is_one_encoded_segment_whatever_it_holds() {
    let base: BaseUrl = INFO.default_base_url.parse().unwrap();
    for (id, segment) in [
        ("547", "547"),
        ("pw_123", "pw_123"),
        ("a/b", "a%2Fb"),
        ("/", "%2F"),
        ("../..", "..%2F.."),
        ("a/../../admin", "a%2F..%2F..%2Fadmin"),
        ("...", "..."),
        ("%2e%2e", "%252e%252e"),
        ("a?b=c", "a%3Fb%3Dc"),
        ("a#b", "a%23b"),
        ("a b", "a%20b"),
        ("a\\b", "a%5Cb"),
        ("a:b@c", "a%3Ab%40c"),
        ("платёж", "%D0%BF%D0%BB%D0%B0%D1%82%D1%91%D0%B6"),
    ] {
        let adapter = OnlineApp::new("key".into(), id).expect(id);
        let call = link_call(&adapter, &user()).expect(id);
        let path = format!("/api/v1/paywall/{segment}/get-customer-portal");
        assert_eq!(call.request().uri(), path.as_str(), "{id}");
        assert_eq!(call.request().headers()["x-paywall-id"], id.as_bytes());

        // As the parser of browsers and HTTP clients reads it, which repairs what it dislikes.
        let client_mode = client_portal_url(&base, &id.try_into().expect(id));
        for (url, segments) in [(base.join(&path), 5), (client_mode, 4)] {
            let url = Url::parse(&url).expect(id);
            assert_eq!(url.path_segments().unwrap().count(), segments, "{id}");
            assert!(url.path().contains(&format!("/paywall/{segment}/")), "{id}");
            assert_eq!((url.query(), url.fragment()), (None, None), "{id}");
        }
    }
}

#[test]
fn a_paywall_id_that_is_no_segment_is_refused() {
    let long = "x".repeat(257);
    for id in [
        "", " ", "\t", " 547", "547\n", "5\r\n47", "5\u{0}47", "5\t47", ".", "..", &long,
    ] {
        let error = OnlineApp::new("key".into(), id).expect_err("refused");
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Configuration, Delivery::NotSent, Some("paywall_id")),
            "{id:?}"
        );
        assert!(error.hint().is_some());
    }
    assert!(OnlineApp::new("key".into(), "ж".repeat(128)).is_ok());
}

#[test]
fn a_key_that_is_blank_or_has_line_ends_is_refused_and_never_shown() {
    for key in [
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
        let error = OnlineApp::new(key.into(), "547").expect_err("refused");
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Configuration, Delivery::NotSent, Some("api_key")),
            "{key:?}"
        );
        assert!(error.hint().is_some());
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}

#[test]
fn extra_fields_pass_through_and_merge_into_what_is_set() {
    let request = with(user(), Field::Metadata)
        .extra("locale", "en")
        .extra("userMeta", json!({"deep": {"x": [null, 1.5]}}));
    assert_eq!(
        body(&request),
        json!({
            "email": "user@example.com",
            "locale": "en",
            "userMeta": {"utm_source": "facebook", "deep": {"x": [null, 1.5]}},
        })
    );
}

#[test]
fn an_extra_field_that_would_overwrite_one_is_refused_by_its_path() {
    for (extra, value, field) in [
        ("email", json!("x@example.com"), "extra.email"),
        ("email", json!(null), "extra.email"),
        ("userMeta", json!("x"), "extra.userMeta"),
        (
            "userMeta",
            json!({"utm_source": "x"}),
            "extra.userMeta.utm_source",
        ),
        ("returnUrl", json!("https://x.com"), "extra.returnUrl"),
    ] {
        let request = with(with(user(), Field::Metadata), Field::ReturnUrl);
        let error = refusal(&request.extra(extra, value.clone()));
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Invalid, Delivery::NotSent, Some(field)),
            "{extra} {value}"
        );
        assert_eq!(error.provider(), Some("onlineapp"));
        assert_eq!(error.operation(), Some("create_link"));
        assert!(error.hint().is_some());
    }
}

#[test]
fn each_field_that_onlineapp_lacks_is_refused_by_name_and_each_other_one_accepted() {
    for field in Field::ALL {
        let request = with(user(), field);
        assert!(request.fields().has(field), "{field}");
        if !UNSUPPORTED.contains(&field) {
            assert!(link_call(&onlineapp(), &request).is_ok(), "{field}");
            assert_ne!(INFO.capabilities.need(field), Need::Unsupported, "{field}");
            continue;
        }
        let error = refusal(&request);
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Unsupported, Delivery::NotSent, Some(field.as_str()))
        );
        assert_eq!(error.provider(), Some("onlineapp"), "{field}");
        assert!(error.hint().is_some(), "{field}");
    }
}

#[test]
fn a_customer_without_an_email_is_refused_even_at_best_effort() {
    for customer in [Customer::default(), Customer::from_id("cus_1")] {
        let error = refusal(&LinkRequest::new(customer).best_effort());
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Invalid, Delivery::NotSent, Some("email"))
        );
        assert!(error.hint().is_some());
    }
}

#[test]
fn a_customer_known_both_ways_is_accepted_and_the_id_stays_here() {
    let request = with(user(), Field::CustomerId);
    assert_eq!(body(&request), json!({"email": "user@example.com"}));
}

#[test]
fn best_effort_leaves_out_and_sends_the_rest() {
    let request = Field::ALL.into_iter().fold(user(), with).best_effort();
    assert_eq!(
        body(&request),
        json!({
            "email": "user@example.com",
            "userMeta": {"utm_source": "facebook"},
            "returnUrl": "https://my.site/account",
        })
    );
    let plan = INFO.capabilities.plan(&request).unwrap();
    assert_eq!(plan.accept().unwrap().omitted(), UNSUPPORTED);
}

fn sorted(headers: &HeaderMap) -> Vec<(&str, &str)> {
    let mut headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().expect("ASCII")))
        .collect();
    headers.sort_unstable();
    headers
}
