//! What holds for any request and any answer, not only for the documented ones.

use adapter_onlineapp::{INFO, OnlineApp};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use portal_core::{
    Answer, BaseUrl, Call, Customer, LinkRequest, PortalLink, Redactor, is_invisible,
    is_variation_selector, link_call,
};
use proptest::collection::btree_map;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn call(paywall: &str, request: &LinkRequest) -> Call<PortalLink> {
    let onlineapp = OnlineApp::new(paywall).expect("an id");
    link_call(&onlineapp, request).expect("a request that OnlineApp can honour")
}

/// What metadata may hold: JSON of some depth.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(".{0,8}", inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}

proptest! {
    #[test]
    fn every_option_stands_at_its_documented_place_and_nothing_else_does(
        name in "[a-z0-9]{1,20}",
        metadata in option::of(btree_map(".{1,10}", json(), 1..5)),
        path in option::of("[a-z0-9/?=&%]{0,20}"),
    ) {
        let email = format!("{name}@example.com");
        let mut request = LinkRequest::new(Customer::from_email(email.as_str()));
        let mut expected = Map::from_iter([("email".to_owned(), email.into())]);
        if let Some(metadata) = metadata {
            let metadata = Map::from_iter(metadata);
            request = request.metadata(metadata.clone());
            expected.insert("userMeta".to_owned(), metadata.into());
        }
        if let Some(path) = path {
            let url = format!("https://my.site/{path}");
            request = request.return_url(url.as_str());
            expected.insert("returnUrl".to_owned(), url.into());
        }
        let sent = call("547", &request);
        let body: Value = serde_json::from_slice(sent.request().body()).expect("JSON");
        prop_assert_eq!(body, Value::from(expected));
        let again = call("547", &request);
        prop_assert_eq!(sent.request().body(), again.request().body());
    }

    #[test]
    fn any_paywall_id_stays_one_segment_of_the_path(id in "[^\\pC\\pZ]{1,40}") {
        prop_assume!(id != "." && id != ".." && !id.contains(is_invisible));
        prop_assume!(!id.contains(is_variation_selector));
        prop_assume!(!id.starts_with(['"', '\'', '`', '“', '‘']));
        let request = LinkRequest::new(Customer::from_email("a@example.com"));
        let sent = call(&id, &request);
        let path = sent.request().uri().path();
        let segments: Vec<_> = path.split('/').collect();
        prop_assert_eq!(segments.len(), 6, "{}", path);
        prop_assert_eq!((segments[3], segments[5]), ("paywall", "get-customer-portal"));
        let decoded = percent_encoding::percent_decode_str(segments[4]).decode_utf8().expect("UTF-8");
        prop_assert_eq!(&*decoded, id.as_str());
        prop_assert_eq!(sent.request().uri().query(), None);
    }

    #[test]
    fn a_link_is_read_as_it_was_written(token in "[A-Za-z0-9_.~#-]{1,60}", rest in btree_map("[a-z]{5,8}", json(), 0..4)) {
        let request = LinkRequest::new(Customer::from_email("a@example.com"));
        let url = format!("https://checkout.stripe.com/c/pay/{token}");
        let mut body = Map::from_iter(rest.clone());
        body.insert("url".to_owned(), json!(url));
        let base: BaseUrl = INFO.default_base_url.parse().expect("a base URL");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let link = call("547", &request).decode(&Answer::new(
            StatusCode::OK,
            &headers,
            Value::from(body).to_string().as_bytes(),
            &base,
            &Redactor::new(&[]),
        )).expect("a link");
        prop_assert_eq!(link.url().expose(), url);
        prop_assert_eq!(link.raw, Map::from_iter(rest));
    }
}
