//! Requests in their details, and settings that are refused before anything is sent.

use adapter_onlineapp::{INFO, OnlineApp, client_portal_url};
use portal_core::{BaseUrl, Call, Customer, Delivery, Kind, LinkRequest, PortalLink, link_call};
use serde_json::{Value, json};
use url::Url;

fn onlineapp() -> OnlineApp {
    OnlineApp::new("123").expect("an id")
}

fn user() -> LinkRequest {
    LinkRequest::new(Customer::from_email("user@example.com"))
}

fn call(request: &LinkRequest) -> Call<PortalLink> {
    link_call(&onlineapp(), request).expect("a request that OnlineApp can honour")
}

fn body(request: &LinkRequest) -> Value {
    serde_json::from_slice(call(request).request().body()).expect("JSON")
}

#[test]
fn options_that_are_not_set_are_absent_and_never_null() {
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
fn any_paywall_id_is_one_encoded_segment() {
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
        ("a\\b", "a%5Cb"),
        ("a:b@c", "a%3Ab%40c"),
        ("платёж", "%D0%BF%D0%BB%D0%B0%D1%82%D1%91%D0%B6"),
    ] {
        let adapter = OnlineApp::new(id).expect(id);
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
        "",
        " ",
        "\t",
        " 547",
        "547\n",
        "547\r",
        "5 47",
        "\"547\"",
        "5\u{200b}47",
        "\u{180b}",
        "5\u{a0}47",
        "5\r\n47",
        "5\u{0}47",
        "5\t47",
        ".",
        "..",
        &long,
    ] {
        let error = OnlineApp::new(id).expect_err("refused");
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Configuration, Delivery::NotSent, Some("paywall_id")),
            "{id:?}"
        );
        assert!(error.hint().is_some());
    }
    assert!(OnlineApp::new("ж".repeat(128)).is_ok());
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
        "canary canary",
        "can\u{200b}ary",
        "\u{feff}canary",
        "'canary'",
        "Bearer canary",
    ] {
        let error = OnlineApp::credential(key.into()).expect_err("refused");
        assert_eq!(
            (error.kind(), error.delivery(), error.field()),
            (Kind::Configuration, Delivery::NotSent, Some("api_key")),
            "{key:?}"
        );
        assert!(error.hint().is_some());
        let output = format!("{error} {error:?}");
        assert!(!output.contains("canary"), "{output}");
    }
}

#[test]
fn extra_fields_pass_through_and_merge_into_what_is_set() {
    let request = user()
        .meta("utm_source", "facebook")
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
